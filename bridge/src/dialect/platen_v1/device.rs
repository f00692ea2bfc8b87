//! `devices.*` of `platen.v1`: what a call asks of a device, and how what
//! happens to one is told.

use std::error::Error as _;
use std::io::ErrorKind;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::device::{
    Device, DeviceClass, DeviceName, DevicesOpen, ScaleSettings, SerialFraming, SerialSettings,
};
use platen_protocol::message::Notification;
use platen_protocol::{CustomerText, ErrorCode, WireError, device};

use crate::device_access::{DeviceError, HeldError, SerialUse, UsbDevice};
use crate::grant::{DeviceIdentity, DeviceRule};
use crate::hid::HidDevice;
use crate::scale::{ScaleProfile, ScaleSetup, ScaleState, Unit, UnitError};
use crate::serial::{
    BaudRate, Body, Endian, Field, Frame, Framing, LineSettings, PortInfo, PortName, SerialError,
};
use crate::visible;

/// Which device a name means.
///
/// # Errors
/// `invalid-params`.
pub(crate) fn rule(name: &DeviceName) -> Result<DeviceRule, WireError> {
    name.as_str()
        .parse()
        .map_err(|error: crate::grant::DeviceRuleError| invalid(&error.to_string()))
}

/// The port of that name.
///
/// # Errors
/// `invalid-params`.
pub(crate) fn port(name: &str) -> Result<PortName, WireError> {
    name.parse()
        .map_err(|error: crate::serial::PortNameError| invalid(&error.to_string()))
}

/// Octets as a page wrote them.
///
/// # Errors
/// `invalid-params`: no base64.
pub(crate) fn octets(data: &str) -> Result<Vec<u8>, WireError> {
    STANDARD
        .decode(data)
        .map_err(|_| invalid("octets are written in base64 (RFC 4648, section 4, with padding)"))
}

/// Octets as a page reads them.
pub(crate) fn data(octets: &[u8]) -> CustomerText {
    STANDARD.encode(octets).into()
}

/// How a line is set, and what becomes of what arrives on it.
///
/// # Errors
/// `invalid-params`: the value that is none.
pub(crate) fn line(asked: &DevicesOpen) -> Result<(LineSettings, SerialUse), WireError> {
    let scale = asked.scale.as_ref().map(read_scale).transpose()?;
    let defaults = scale.map_or_else(LineSettings::default, |scale| scale.profile.settings());
    let (settings, framing) = match &asked.serial {
        None => (defaults, Framing::Raw),
        Some(asked) => read_line(asked, defaults)?,
    };
    let using = scale.map_or(SerialUse::Frames(framing), SerialUse::Scale);
    Ok((settings, using))
}

fn read_scale(asked: &ScaleSettings) -> Result<ScaleSetup, WireError> {
    let profile = asked.profile.parse::<ScaleProfile>();
    let unit = asked.unit.as_deref().map_or(Ok(Unit::Kilogram), str::parse);
    Ok(ScaleSetup {
        profile: profile.map_err(|error| invalid(&error.to_string()))?,
        unit: unit.map_err(|error: UnitError| invalid(&error.to_string()))?,
    })
}

fn read_line(
    asked: &SerialSettings,
    defaults: LineSettings,
) -> Result<(LineSettings, Framing), WireError> {
    let SerialSettings {
        baud,
        data_bits,
        parity,
        stop_bits,
        flow,
        framing,
    } = asked;
    let wrong = |error: crate::serial::SettingError| invalid(&error.to_string());
    let baud = match baud {
        None => defaults.baud,
        Some(rate) => Some(rate.to_string().parse::<BaudRate>().map_err(wrong)?),
    };
    let settings = LineSettings {
        baud,
        data_bits: match data_bits {
            None => defaults.data_bits,
            Some(bits) => bits.to_string().parse().map_err(wrong)?,
        },
        parity: match parity {
            None => defaults.parity,
            Some(parity) => parity.parse().map_err(wrong)?,
        },
        stop_bits: match stop_bits {
            None => defaults.stop_bits,
            Some(bits) => bits.to_string().parse().map_err(wrong)?,
        },
        flow: match flow {
            None => defaults.flow,
            Some(flow) => flow.parse().map_err(wrong)?,
        },
    };
    let framing = framing.as_ref().map_or(Ok(Framing::Raw), read_framing)?;
    framing
        .check()
        .map_err(|error| invalid(&error.to_string()))?;
    Ok((settings, framing))
}

fn read_framing(asked: &SerialFraming) -> Result<Framing, WireError> {
    let mark = |text: &Option<String>| text.as_deref().map_or(Ok(Vec::new()), octets);
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let (start, body) = match asked {
        SerialFraming::Line => return Ok(Framing::Lines),
        SerialFraming::Mark { start, end } => (mark(start)?, Body::Until(octets(end)?)),
        SerialFraming::Width { start, octets } => (mark(start)?, Body::Width(count(*octets))),
        SerialFraming::Length {
            start,
            index,
            octets,
            little_endian,
        } => {
            let field = Field {
                index: count(*index),
                octets: count(*octets),
            };
            let endian = if *little_endian {
                Endian::Little
            } else {
                Endian::Big
            };
            let body = Body::Length {
                field,
                endian,
                checksum: None,
            };
            (mark(start)?, body)
        }
    };
    Ok(Framing::Frames(Frame {
        start,
        body,
        includes_header: false,
    }))
}

/// What a scale says.
pub(crate) fn weighed(state: ScaleState) -> device::DeviceEvent {
    let problem = match state {
        ScaleState::Weight(weight) => {
            return device::DeviceEvent::Weight {
                weight: weight.value.to_string(),
                unit: weight.unit.to_string(),
                stable: weight.stable,
                zero: weight.zero,
                tare: weight.tare,
            };
        }
        ScaleState::InMotion => "in-motion",
        ScaleState::OverRange => "over-range",
        ScaleState::UnderRange => "under-range",
        ScaleState::Silent => "silent",
        ScaleState::Fault(fault) => fault.as_str(),
    };
    device::DeviceEvent::NoWeight {
        problem: problem.to_owned(),
    }
}

/// A serial port in a list.
pub(crate) fn describe_port(port: &PortInfo) -> Device {
    let adapter = port.adapter.as_ref();
    let words = adapter.map(|adapter| [&adapter.manufacturer, &adapter.product_name]);
    describe(&port.identity(), words.unwrap_or([&None, &None]))
}

/// A device in a list, with what it says of its maker and itself.
fn describe(identity: &DeviceIdentity, words: [&Option<String>; 2]) -> Device {
    let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
    Device {
        device: DeviceName::new(identity.to_string()),
        class: class(identity),
        label: visible::line(&words.join(" ")).into_owned(),
        usage_pages: Vec::new(),
    }
}

/// A USB device in a list.
pub(crate) fn describe_usb(found: &UsbDevice) -> Device {
    let identity = DeviceIdentity::Usb(found.identity.clone());
    describe(&identity, [&found.manufacturer, &found.product])
}

/// A HID device in a list.
pub(crate) fn describe_hid(found: &HidDevice) -> Device {
    let identity = DeviceIdentity::Hid(found.identity.clone());
    Device {
        usage_pages: found.collections.iter().map(|usage| usage.page).collect(),
        ..describe(&identity, [&found.manufacturer, &found.product])
    }
}

/// Whether a page that wants to hear of devices hears of them already.
pub(crate) fn is_followed_already(error: &DeviceError) -> bool {
    matches!(error, DeviceError::Held(HeldError::Watching))
}

/// An adapter is opened by the port that it is now.
pub(crate) fn no_port() -> WireError {
    invalid("open the port by its name in devices.list")
}

/// A USB device is opened by an interface.
pub(crate) fn no_interface() -> WireError {
    invalid("usb.interface names the interface that is opened")
}

/// Only feature reports and endpoints are asked.
pub(crate) fn no_feature() -> WireError {
    invalid(
        "what arrives of this device is told as it comes; of a HID device a feature report can be asked for",
    )
}

fn class(identity: &DeviceIdentity) -> DeviceClass {
    match identity {
        DeviceIdentity::Serial { .. } => DeviceClass::Serial,
        DeviceIdentity::Usb(_) => DeviceClass::Usb,
        DeviceIdentity::Hid(_) => DeviceClass::Hid,
        DeviceIdentity::Socket(_) => DeviceClass::Socket,
    }
}

/// What a page is told of a device.
pub(crate) fn tell(device: DeviceName, event: device::DeviceEvent) -> String {
    Notification::Device { device, event }.to_text()
}

/// What went wrong.
pub(crate) fn error(error: &DeviceError) -> WireError {
    let code = match error {
        DeviceError::SocketOpen(_) | DeviceError::SerialOpen(_) => ErrorCode::DeviceInUse,
        DeviceError::SocketNotOpen(_) | DeviceError::SerialNotOpen(_) => ErrorCode::DeviceNotOpen,
        DeviceError::TooManySockets(_)
        | DeviceError::TooManySerialPorts(_)
        | DeviceError::SocketBusy(_)
        | DeviceError::SerialBusy(_) => ErrorCode::LimitExceeded,
        DeviceError::SerialCannotOpen { source, .. } => match source {
            SerialError::InUse => ErrorCode::DeviceInUse,
            SerialError::NotThere => ErrorCode::DeviceNotFound,
            _ => ErrorCode::DeviceUnreachable,
        },
        DeviceError::SocketCannotOpen { source, .. } if source.kind() == ErrorKind::NotFound => {
            ErrorCode::DeviceNotFound
        }
        DeviceError::SocketCannotOpen { .. }
        | DeviceError::SocketCannotSend(_)
        | DeviceError::SerialCannotSend { .. } => ErrorCode::DeviceUnreachable,
        DeviceError::NotNamed(_) => ErrorCode::NotPermitted,
        DeviceError::Held(held) => held_code(held),
        // What only pages for QZ Tray ask for.
        DeviceError::Network(_)
        | DeviceError::Folder(_)
        | DeviceError::File { .. }
        | DeviceError::Prohibited { .. }
        | DeviceError::Listening
        | DeviceError::NotListening
        | DeviceError::TooManyFolders(_)
        | DeviceError::BrokenOff => ErrorCode::Internal,
    };
    let message = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    WireError::with_message(code, message)
}

fn held_code(error: &HeldError) -> ErrorCode {
    match error {
        HeldError::NotFound(..) | HeldError::NoInterface(_) | HeldError::NoLane(_) => {
            ErrorCode::DeviceNotFound
        }
        HeldError::Protected => ErrorCode::NotPermitted,
        HeldError::AlreadyHeld
        | HeldError::HeldElsewhere(_)
        | HeldError::Streaming
        | HeldError::Watching => ErrorCode::DeviceInUse,
        HeldError::NotHeld | HeldError::NotStreaming | HeldError::NotWatching => {
            ErrorCode::DeviceNotOpen
        }
        HeldError::TooMany(_) | HeldError::Busy => ErrorCode::LimitExceeded,
        HeldError::NoFeatures => ErrorCode::InvalidParams,
        HeldError::CannotList(_)
        | HeldError::CannotOpen(_)
        | HeldError::TimedOut(_)
        | HeldError::Failed(_)
        | HeldError::Lost => ErrorCode::DeviceUnreachable,
    }
}

fn invalid(message: &str) -> WireError {
    WireError::with_message(ErrorCode::InvalidParams, message)
}
