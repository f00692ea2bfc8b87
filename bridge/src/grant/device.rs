//! Which devices a grant names: each by itself, never a whole class.
//!
//! A [`DeviceRule`] is what a person writes, a [`DeviceIdentity`] what was
//! found. Both say vendor and product in four hexadecimal digits, as `lsusb`
//! does.

use std::fmt;
use std::str::FromStr;

use platen_protocol::Capability;
use serde::{Deserialize, Serialize};

use super::Destination;

/// Characters of a port's name or a serial number, at most.
const TEXT_CHARACTERS_MAX: usize = 255;

/// Who made a USB device, which of theirs it is, and which one of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbIdentity {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// Its serial number, where it has one; in a rule: where one device is
    /// meant, and not each of its kind.
    pub serial_number: Option<String>,
}

impl UsbIdentity {
    /// Whether this, as a rule, names `found`.
    #[must_use]
    pub fn names(&self, found: &Self) -> bool {
        (self.vendor, self.product) == (found.vendor, found.product)
            && (self.serial_number.is_none() || self.serial_number == found.serial_number)
    }
}

impl fmt::Display for UsbIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)?;
        match &self.serial_number {
            Some(number) => write!(f, ":{number}"),
            None => Ok(()),
        }
    }
}

impl FromStr for UsbIdentity {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, ':');
        let mut number = || {
            let digits = parts.next().filter(|digits| digits.len() == 4).ok_or(())?;
            u16::from_str_radix(digits, 16).map_err(|_| ())
        };
        let (vendor, product) = (number()?, number()?);
        let serial_number = parts.next().map(checked).transpose()?;
        Ok(Self {
            vendor,
            product,
            serial_number,
        })
    }
}

/// A text that may stand in a list and in a log.
fn checked(text: &str) -> Result<String, ()> {
    let fits = !text.is_empty()
        && text.chars().count() <= TEXT_CHARACTERS_MAX
        && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or(())
}

/// A device that a grant names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceRule {
    /// The serial port that the system calls so.
    Port(String),
    /// The serial port of this USB adapter, whatever the system calls it.
    Adapter(UsbIdentity),
    /// This USB device.
    Usb(UsbIdentity),
    /// This HID device.
    Hid(UsbIdentity),
    /// This port of this host.
    Socket(Destination),
}

/// A device as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceIdentity {
    /// A serial port.
    Serial {
        /// What the system calls it.
        port: String,
        /// The USB adapter that it is on, if it is on one.
        adapter: Option<UsbIdentity>,
    },
    /// A USB device.
    Usb(UsbIdentity),
    /// A HID device.
    Hid(UsbIdentity),
    /// A port of a host.
    Socket(Destination),
}

impl DeviceIdentity {
    /// What a grant must have for it, beside a rule that names it.
    #[must_use]
    pub fn capability(&self) -> Capability {
        match self {
            Self::Serial { .. } => Capability::Serial,
            Self::Usb(_) => Capability::Usb,
            Self::Hid(_) => Capability::Hid,
            Self::Socket(_) => Capability::Socket,
        }
    }
}

impl fmt::Display for DeviceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { port, .. } => write!(f, "serial:{port}"),
            Self::Usb(device) => write!(f, "usb:{device}"),
            Self::Hid(device) => write!(f, "hid:{device}"),
            Self::Socket(to) => write!(f, "socket:{to}"),
        }
    }
}

impl DeviceRule {
    /// The capability that it is about.
    #[must_use]
    pub fn capability(&self) -> Capability {
        match self {
            Self::Port(_) | Self::Adapter(_) => Capability::Serial,
            Self::Usb(_) => Capability::Usb,
            Self::Hid(_) => Capability::Hid,
            Self::Socket(_) => Capability::Socket,
        }
    }

    /// Whether it names `found`.
    #[must_use]
    pub fn names(&self, found: &DeviceIdentity) -> bool {
        match (self, found) {
            (Self::Port(name), DeviceIdentity::Serial { port, .. }) => name == port,
            (Self::Adapter(rule), DeviceIdentity::Serial { adapter, .. }) => {
                adapter.as_ref().is_some_and(|found| rule.names(found))
            }
            (Self::Usb(rule), DeviceIdentity::Usb(found))
            | (Self::Hid(rule), DeviceIdentity::Hid(found)) => rule.names(found),
            (Self::Socket(to), DeviceIdentity::Socket(found)) => to == found,
            (
                Self::Port(_) | Self::Adapter(_) | Self::Usb(_) | Self::Hid(_) | Self::Socket(_),
                _,
            ) => false,
        }
    }
}

impl fmt::Display for DeviceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(name) => write!(f, "serial:{name}"),
            Self::Adapter(adapter) => write!(f, "serial:usb:{adapter}"),
            Self::Usb(device) => write!(f, "usb:{device}"),
            Self::Hid(device) => write!(f, "hid:{device}"),
            Self::Socket(to) => write!(f, "socket:{to}"),
        }
    }
}

/// The text names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no device; write `serial:/dev/ttyUSB0`, `serial:COM3`, `serial:usb:0403:6001`, `usb:04b8:0202`, `hid:0922:8003` (with `:SERIAL` for one of several) or `socket:192.0.2.7:4001`"
)]
pub struct DeviceRuleError(String);

impl FromStr for DeviceRule {
    type Err = DeviceRuleError;

    fn from_str(text: &str) -> Result<Self, DeviceRuleError> {
        let error = || DeviceRuleError(text.chars().take(TEXT_CHARACTERS_MAX).collect());
        let (class, rest) = text.split_once(':').ok_or_else(error)?;
        let usb = |rest: &str| rest.parse::<UsbIdentity>().map_err(|()| error());
        match class {
            "serial" => match rest.strip_prefix("usb:") {
                Some(adapter) => Ok(Self::Adapter(usb(adapter)?)),
                None => Ok(Self::Port(checked(rest).map_err(|()| error())?)),
            },
            "usb" => Ok(Self::Usb(usb(rest)?)),
            "hid" => Ok(Self::Hid(usb(rest)?)),
            "socket" => Ok(Self::Socket(rest.parse().map_err(|_| error())?)),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for DeviceRule {
    type Error = DeviceRuleError;

    fn try_from(text: String) -> Result<Self, DeviceRuleError> {
        text.parse()
    }
}

impl From<DeviceRule> for String {
    fn from(rule: DeviceRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        for text in [
            "serial:/dev/ttyUSB0",
            "serial:COM3",
            "serial:usb:0403:6001",
            "serial:usb:0403:6001:A5:X 1",
            "usb:04b8:0202",
            "usb:04b8:0202:J3 7",
            "hid:0922:8003",
            "socket:192.0.2.7:4001",
            "socket:[2001:db8::7]:4001",
        ] {
            let rule: DeviceRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), text);
        }
        for text in [
            "",
            "usb",
            "usb:",
            "usb:4b8:202",
            "usb:04b8:0202:",
            "usb:04b8:02020",
            "usb:04b8",
            "usb:-4b8:0202",
            "serial:",
            "serial:usb:",
            "serial:a\u{1b}b",
            "socket:192.0.2.7",
            "printer:a",
        ] {
            let error = text.parse::<DeviceRule>().unwrap_err().to_string();
            assert!(error.contains("names no device; write"), "{text}");
        }
    }

    #[test]
    fn a_rule_names_its_device_and_no_other() {
        let usb = |text: &str| text.parse::<UsbIdentity>().unwrap();
        let port = |adapter: Option<&str>| DeviceIdentity::Serial {
            port: "/dev/ttyUSB0".to_owned(),
            adapter: adapter.map(usb),
        };
        for (rule, found, expected) in [
            (
                "usb:04b8:0202",
                DeviceIdentity::Usb(usb("04b8:0202:1")),
                true,
            ),
            (
                "usb:04b8:0202:1",
                DeviceIdentity::Usb(usb("04b8:0202:1")),
                true,
            ),
            (
                "usb:04b8:0202:2",
                DeviceIdentity::Usb(usb("04b8:0202:1")),
                false,
            ),
            (
                "usb:04b8:0202:2",
                DeviceIdentity::Usb(usb("04b8:0202")),
                false,
            ),
            (
                "usb:04b8:0203",
                DeviceIdentity::Usb(usb("04b8:0202")),
                false,
            ),
            (
                "hid:04b8:0202",
                DeviceIdentity::Usb(usb("04b8:0202")),
                false,
            ),
            ("hid:0922:8003", DeviceIdentity::Hid(usb("0922:8003")), true),
            ("serial:/dev/ttyUSB0", port(None), true),
            ("serial:/dev/ttyUSB1", port(None), false),
            ("serial:usb:0403:6001", port(None), false),
            ("serial:usb:0403:6001", port(Some("0403:6001:A")), true),
            ("serial:usb:0403:6001:B", port(Some("0403:6001:A")), false),
            (
                "socket:scale.example:4001",
                DeviceIdentity::Socket("scale.example:4001".parse().unwrap()),
                true,
            ),
        ] {
            let rule: DeviceRule = rule.parse().unwrap();
            assert_eq!(rule.names(&found), expected, "{rule} and {found}");
            assert_eq!(
                rule.capability() == found.capability(),
                expected || !rule.to_string().starts_with("hid:04b8"),
            );
        }
    }
}
