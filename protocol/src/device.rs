//! Devices beside printers: serial ports, USB and HID devices, connections.
//!
//! A page sees and opens only what its grant names, one device at a time for
//! itself; what it opened closes with its session. Octets are base64 (RFC 4648
//! §4) in both directions.

use serde::{Deserialize, Serialize};

use crate::{Capability, CustomerText, ErrorCode, WireError};

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum DeviceClass {
    /// Serial ports.
    Serial,
    /// USB devices, by interfaces and endpoints.
    Usb,
    /// HID devices, by reports.
    Hid,
    /// TCP connections to a host and port.
    Socket,
}

impl DeviceClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Serial, Self::Usb, Self::Hid, Self::Socket];

    /// What a grant must have for it.
    #[must_use]
    pub fn capability(self) -> Capability {
        match self {
            Self::Serial => Capability::Serial,
            Self::Usb => Capability::Usb,
            Self::Hid => Capability::Hid,
            Self::Socket => Capability::Socket,
        }
    }

    /// The word that a name begins with.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.capability().as_str()
    }
}

/// A device as grants name it: `serial:/dev/ttyUSB0`, `usb:04b8:0202`,
/// `hid:0922:8003:SERIAL`, `socket:192.0.2.7:4001`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
#[serde(transparent)]
pub struct DeviceName(String);

/// Characters of a device's name, at most.
pub const DEVICE_NAME_CHARACTERS_MAX: usize = 300;

impl DeviceName {
    /// The name with this text; whether it names anything is the agent's to say.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is a device of.
    #[must_use]
    pub fn class(&self) -> Option<DeviceClass> {
        let (class, _) = self.0.split_once(':')?;
        DeviceClass::ALL
            .into_iter()
            .find(|known| known.as_str() == class)
    }

    fn check(&self) -> Result<(), WireError> {
        let is_short = self.0.chars().count() <= DEVICE_NAME_CHARACTERS_MAX;
        if !is_short || self.class().is_none() || self.0.chars().any(char::is_control) {
            return invalid(
                "device is a name such as serial:/dev/ttyUSB0, usb:04b8:0202, hid:0922:8003 or socket:192.0.2.7:4001; devices.list tells those of this site",
            );
        }
        Ok(())
    }
}

/// Params of `devices.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DevicesList {
    /// Only of this class; left out: of every class that the grant has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<DeviceClass>,
    /// Whether to tell from now on which HID devices come and go, until the
    /// session ends; left out: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<bool>,
}

/// Result of `devices.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Devices {
    /// Those that the grant names and that are there; hosts to connect to are
    /// not looked for.
    pub devices: Vec<Device>,
}

/// A device that a page may open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Device {
    /// What to open it by.
    pub device: DeviceName,
    /// What it is a device of.
    pub class: DeviceClass,
    /// What it says that it is; may be empty.
    pub label: String,
    /// The usage pages of a HID device.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage_pages: Vec<u16>,
}

/// Params of `devices.open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DevicesOpen {
    /// Which.
    pub device: DeviceName,
    /// How a serial line is set; left out: 9600 baud, 8N1, pieces as they come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<SerialSettings>,
    /// What is used of a USB device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usb: Option<UsbSettings>,
    /// What is used of a HID device with several usage pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_page: Option<u16>,
    /// That it is a scale, whose weight is told in place of octets; of a serial
    /// port with the settings that such scales come with, unless `serial` says
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<ScaleSettings>,
}

/// How a scale speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ScaleSettings {
    /// `mt-sics`, `toledo-8217`, `nci`, `sma` or `and-standard` on a serial
    /// port, `hid` on a HID device.
    pub profile: String,
    /// What a scale counts in that does not say so: `kg`, `lb`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// How a serial line is set. What is left out is as the system has it, but
/// for 9600 baud, eight bits, no parity, one stop bit and no flow control.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SerialSettings {
    /// Symbols a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
    /// 5 to 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_bits: Option<u8>,
    /// `none`, `odd`, `even`, `mark`, `space`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<String>,
    /// 1 or 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_bits: Option<u8>,
    /// `none`, `rts-cts`, `xon-xoff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// How what arrives is cut; left out: pieces as they come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framing: Option<SerialFraming>,
}

/// How what arrives on a line is cut into pieces that a page hears of. Marks
/// are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SerialFraming {
    /// At line ends (CR, LF or both), which are dropped with empty lines.
    Line,
    /// From a mark to a mark.
    Mark {
        /// What a frame begins with; left out: where the one before ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<String>,
        /// What it ends with.
        end: String,
    },
    /// After so many octets.
    Width {
        /// What a frame begins with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<String>,
        /// How many octets come then.
        octets: u32,
    },
    /// After as many octets as a number in the frame says.
    Length {
        /// What a frame begins with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<String>,
        /// How many octets stand before the number.
        index: u32,
        /// How many octets it has, 1 to 4.
        octets: u32,
        /// Whether its least significant octet comes first.
        #[serde(default)]
        little_endian: bool,
    },
}

/// What is used of a USB device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct UsbSettings {
    /// The number of the interface.
    pub interface: u8,
    /// The endpoint whose octets are told as they come (its address, 128 and
    /// more); left out: none is listened to, and `devices.receive` asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<u8>,
}

/// Params of `devices.send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DevicesSend {
    /// An open device.
    pub device: DeviceName,
    /// What, base64. Of a HID device a whole report, its number first (0 where
    /// it has no numbers).
    #[cfg_attr(test, ts(as = "String"))]
    pub data: CustomerText,
    /// Of a USB device the address of the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<u8>,
    /// Of a HID device, that it is a feature report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<bool>,
}

/// Params of `devices.receive`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DevicesReceive {
    /// An open USB or HID device; what arrives of others is told as it comes.
    pub device: DeviceName,
    /// How many octets at most: 1 to 65,536.
    pub octets: u32,
    /// Of a USB device the address of the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<u8>,
    /// Of a HID device the number of the feature report that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<u8>,
}

/// Octets of one `devices.receive`, at most.
pub const RECEIVE_OCTETS_MAX: u32 = 65_536;

/// Result of `devices.receive`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeviceData {
    /// Base64.
    #[cfg_attr(test, ts(as = "String"))]
    pub data: CustomerText,
}

/// Params of `devices.close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DevicesClose {
    /// An open device.
    pub device: DeviceName,
}

/// What happens to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum DeviceEvent {
    /// Octets arrived.
    Received {
        /// Base64.
        #[cfg_attr(test, ts(as = "String"))]
        data: CustomerText,
    },
    /// What arrived was longer than any frame; it is lost, and the line goes on.
    FrameLost,
    /// What a scale weighs now.
    Weight {
        /// A decimal number, with the places that the scale shows.
        weight: String,
        /// `g`, `kg`, `oz`, `lb`, ...
        unit: String,
        /// Whether it is at rest: only such a weight may be sold by.
        stable: bool,
        /// Whether nothing is on the scale.
        zero: bool,
        /// Whether something was taken off as tare.
        tare: bool,
    },
    /// A scale does not weigh now.
    NoWeight {
        /// `under-range`, `over-range`, `silent` (it does not answer), or what
        /// is wrong with it.
        problem: String,
    },
    /// It is open no more: unplugged, or its connection broke.
    Lost {
        /// Why, for people.
        problem: String,
    },
    /// It was plugged in.
    Attached,
    /// It was unplugged.
    Detached,
}

impl DevicesOpen {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        self.device.check()?;
        let class = self.device.class();
        if self.serial.is_some() && class != Some(DeviceClass::Serial) {
            return invalid("serial is for the device of a serial port");
        }
        if self.usb.is_some() != (class == Some(DeviceClass::Usb)) {
            return invalid("usb is for a USB device, and needed there");
        }
        let is_hid_scale = self.scale.as_ref().map(|scale| scale.profile == "hid");
        let fits = match is_hid_scale {
            None => true,
            Some(true) => class == Some(DeviceClass::Hid),
            Some(false) => class == Some(DeviceClass::Serial),
        };
        if !fits {
            return invalid("a scale is on a serial port, or on a HID device with the profile hid");
        }
        if self.usage_page.is_some() && class != Some(DeviceClass::Hid) {
            return invalid("usage_page is for a HID device");
        }
        Ok(())
    }
}

impl DevicesSend {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        check_use(&self.device, self.endpoint, self.feature.is_some())
    }
}

impl DevicesReceive {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        if !(1..=RECEIVE_OCTETS_MAX).contains(&self.octets) {
            return invalid("octets goes from 1 to 65536");
        }
        if matches!(
            self.device.class(),
            Some(DeviceClass::Serial | DeviceClass::Socket)
        ) {
            return invalid("what arrives of this device is told as it comes");
        }
        check_use(&self.device, self.endpoint, self.feature.is_some())
    }
}

impl DevicesClose {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        self.device.check()
    }
}

fn check_use(device: &DeviceName, endpoint: Option<u8>, is_feature: bool) -> Result<(), WireError> {
    device.check()?;
    if endpoint.is_some() != (device.class() == Some(DeviceClass::Usb)) {
        return invalid("endpoint is for a USB device, and needed there");
    }
    if is_feature && device.class() != Some(DeviceClass::Hid) {
        return invalid("feature is for a HID device");
    }
    Ok(())
}

fn invalid(message: &str) -> Result<(), WireError> {
    Err(WireError::with_message(ErrorCode::InvalidParams, message))
}

#[cfg(test)]
mod tests {
    use crate::{ErrorCode, Method, Request};

    #[test]
    fn settings_are_for_their_class_of_device() {
        let check = |method, params: &str| {
            let checked = Request::read(method, params).unwrap().check();
            checked.err().map(|error| error.data.code)
        };
        let invalid = Some(ErrorCode::InvalidParams);
        let long = format!(r#"{{"device":"serial:{}"}}"#, "x".repeat(300));
        for (method, params, expected) in [
            (Method::DevicesOpen, r#"{"device":"serial:COM3"}"#, None),
            (Method::DevicesOpen, r#"{"device":"hid:0922:8003"}"#, None),
            (
                Method::DevicesOpen,
                r#"{"device":"usb:04b8:0202"}"#,
                invalid,
            ),
            (
                Method::DevicesOpen,
                r#"{"device":"usb:04b8:0202","usb":{"interface":0}}"#,
                None,
            ),
            (
                Method::DevicesOpen,
                r#"{"device":"socket:a:1","serial":{"baud":9600}}"#,
                invalid,
            ),
            (Method::DevicesOpen, r#"{"device":"printer:a"}"#, invalid),
            (
                Method::DevicesOpen,
                r#"{"device":"serial:a\u001b"}"#,
                invalid,
            ),
            (Method::DevicesOpen, long.as_str(), invalid),
            (
                Method::DevicesSend,
                r#"{"device":"usb:04b8:0202","data":""}"#,
                invalid,
            ),
            (
                Method::DevicesSend,
                r#"{"device":"serial:COM3","data":"","feature":true}"#,
                invalid,
            ),
            (
                Method::DevicesReceive,
                r#"{"device":"hid:0922:8003","octets":8,"feature":2}"#,
                None,
            ),
            (
                Method::DevicesReceive,
                r#"{"device":"hid:0922:8003","octets":0}"#,
                invalid,
            ),
            (
                Method::DevicesReceive,
                r#"{"device":"serial:COM3","octets":8}"#,
                invalid,
            ),
        ] {
            assert_eq!(check(method, params), expected, "{params}");
        }
    }
}
