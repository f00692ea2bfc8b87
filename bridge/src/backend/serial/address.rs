//! Which line a serial printer is on, and how it is set, as its URI says.
//!
//! `serial:/dev/ttyUSB0?baud=19200&flow=rts-cts`, `serial:COM3`, or
//! `serial:usb:0403:6001?baud=38400` for a USB adapter wherever it is plugged
//! in. Written back are the settings that differ from 9600 8N1.

use std::fmt;
use std::str::FromStr;

use crate::grant::UsbIdentity;
use crate::serial::{LineSettings, PortInfo, PortName};

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The port that the system calls so.
    Port(PortName),
    /// The port of this USB adapter.
    Adapter(UsbIdentity),
}

/// A line and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialAddress {
    /// Where it is.
    pub place: Place,
    /// How it is set.
    pub settings: LineSettings,
}

/// Which of the ports of this machine is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// This one.
    Port(PortName),
    /// None of them.
    Nowhere,
    /// More than one.
    Several,
}

impl Place {
    /// Which of these ports it is. A port by name need not be among them.
    pub(super) fn among(&self, ports: &[PortInfo]) -> Found {
        let wanted = match self {
            Self::Port(name) => return Found::Port(name.clone()),
            Self::Adapter(wanted) => wanted,
        };
        let is_it = |port: &&PortInfo| {
            let adapter = port.adapter.as_ref();
            adapter.is_some_and(|adapter| wanted.names(&adapter.identity))
        };
        let mut fitting = ports.iter().filter(is_it);
        match (fitting.next(), fitting.next()) {
            (None, _) => Found::Nowhere,
            (Some(port), None) => Found::Port(port.name.clone()),
            (Some(_), Some(_)) => Found::Several,
        }
    }
}

impl FromStr for SerialAddress {
    type Err = String;

    /// What stands behind `serial:`. The error is what is wrong with it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (place, query) = match text.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (text, None),
        };
        if text.contains('#') {
            return Err("`#` means nothing in it".to_owned());
        }
        let place =
            match place.strip_prefix("usb:") {
                Some(adapter) => Place::Adapter(adapter.parse().map_err(|()| {
                    "an adapter is named by vendor and product in four hexadecimal digits each"
                        .to_owned()
                })?),
                None => Place::Port(place.parse().map_err(|_| {
                    "the port is missing, or no name as the system has it".to_owned()
                })?),
            };
        let mut settings = LineSettings::default();
        let mut seen: Vec<&str> = Vec::new();
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err("a setting is written NAME=VALUE".to_owned());
            };
            if seen.contains(&name) {
                return Err(format!("`{name}` is said twice"));
            }
            seen.push(name);
            set(&mut settings, name, value)?;
        }
        Ok(Self { place, settings })
    }
}

fn set(settings: &mut LineSettings, name: &str, value: &str) -> Result<(), String> {
    let wrong = |error: crate::serial::SettingError| error.to_string();
    match name {
        "baud" => settings.baud = Some(value.parse().map_err(wrong)?),
        "data-bits" => settings.data_bits = value.parse().map_err(wrong)?,
        "parity" => settings.parity = value.parse().map_err(wrong)?,
        "stop-bits" => settings.stop_bits = value.parse().map_err(wrong)?,
        "flow" => settings.flow = value.parse().map_err(wrong)?,
        _ => {
            return Err(
                "the settings are `baud`, `data-bits`, `parity`, `stop-bits` and `flow`".to_owned(),
            );
        }
    }
    Ok(())
}

impl fmt::Display for SerialAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Port(name) => name.fmt(f)?,
            Place::Adapter(adapter) => write!(f, "usb:{adapter}")?,
        }
        let (settings, usual) = (self.settings, LineSettings::default());
        let baud = settings.baud.filter(|baud| Some(*baud) != usual.baud);
        let pairs = [
            ("baud", baud.map(|baud| baud.to_string())),
            (
                "data-bits",
                (settings.data_bits != usual.data_bits).then(|| settings.data_bits.to_string()),
            ),
            (
                "parity",
                (settings.parity != usual.parity).then(|| settings.parity.to_string()),
            ),
            (
                "stop-bits",
                (settings.stop_bits != usual.stop_bits).then(|| settings.stop_bits.to_string()),
            ),
            (
                "flow",
                (settings.flow != usual.flow).then(|| settings.flow.to_string()),
            ),
        ];
        let said = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        for (count, (name, value)) in said.enumerate() {
            let mark = if count == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serial::UsbAdapter;

    #[test]
    fn an_adapter_is_found_wherever_it_is_plugged_in_and_two_of_a_kind_are_told_apart() {
        let port = |name: &str, adapter: Option<&str>| PortInfo {
            name: name.parse().unwrap(),
            adapter: adapter.map(|identity| UsbAdapter {
                identity: identity.parse().unwrap(),
                product_name: None,
                manufacturer: None,
            }),
        };
        let ports = [
            port("/dev/ttyS0", None),
            port("/dev/ttyUSB0", Some("0403:6001:A1")),
            port("/dev/ttyUSB1", Some("0403:6001:B2")),
            port("/dev/ttyUSB2", Some("1a86:7523")),
        ];
        let found = |name: &str| Found::Port(name.parse().unwrap());
        for (text, expected) in [
            ("/dev/ttyS9", found("/dev/ttyS9")),
            ("usb:1a86:7523", found("/dev/ttyUSB2")),
            ("usb:0403:6001:B2", found("/dev/ttyUSB1")),
            ("usb:0403:6001", Found::Several),
            ("usb:0403:6015", Found::Nowhere),
            ("usb:0403:6001:C3", Found::Nowhere),
        ] {
            let address: SerialAddress = text.parse().unwrap();
            assert_eq!(address.place.among(&ports), expected, "{text}");
        }
    }
}
