//! Which USB printer is meant: its kind, and what tells it from another of the
//! same kind.
//!
//! A serial number stays with the printer wherever it is plugged in. Many
//! cheap printers have none; then it is the place where it is plugged in.

use std::fmt;
use std::str::FromStr;

/// A serial number is a string descriptor: 126 UTF-16 units at most.
const SERIAL_CHARACTERS_MAX: usize = 126;
/// USB allows five hubs between the computer and a device.
const PORTS_MAX: usize = 6;
/// Of the name of a bus: a number on Linux, a longer word elsewhere.
const BUS_CHARACTERS_MAX: usize = 32;

/// Which USB printer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UsbAddress {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// Which of its kind.
    pub which: Which,
}

/// What tells a printer from another of the same kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Which {
    /// Its serial number.
    SerialNumber(String),
    /// Where it is plugged in.
    Port(PortPath),
}

/// A place to plug something in: a bus, and the ports from its root on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortPath {
    bus: String,
    ports: Vec<u8>,
}

impl PortPath {
    /// Of what the system says; `None` where it makes no sense.
    #[must_use]
    pub fn new(bus: &str, ports: &[u8]) -> Option<Self> {
        // Linux pads the number of a bus with zeros in some places.
        let bus = match bus.trim_start_matches('0') {
            "" => "0",
            bus => bus,
        };
        let fits = bus.len() <= BUS_CHARACTERS_MAX
            && bus.bytes().all(|octet| octet.is_ascii_alphanumeric())
            && (1..=PORTS_MAX).contains(&ports.len());
        fits.then(|| Self {
            bus: bus.to_owned(),
            ports: ports.to_vec(),
        })
    }
}

impl fmt::Display for PortPath {
    /// As Linux writes it: `3-1.4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bus)?;
        for (at, port) in self.ports.iter().enumerate() {
            write!(f, "{}{port}", if at == 0 { '-' } else { '.' })?;
        }
        Ok(())
    }
}

impl FromStr for PortPath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const PROBLEM: &str = "what follows `@` is no port, such as `3-1.4`";
        let (bus, ports) = text.split_once('-').ok_or(PROBLEM)?;
        let ports: Vec<u8> = ports
            .split('.')
            .map(|port| port.parse().map_err(|_| PROBLEM))
            .collect::<Result<_, _>>()?;
        Self::new(bus, &ports).ok_or(PROBLEM)
    }
}

impl fmt::Display for UsbAddress {
    /// What follows `usb://`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)?;
        match &self.which {
            Which::Port(port) => write!(f, "@{port}"),
            Which::SerialNumber(number) => {
                f.write_str("/")?;
                for octet in number.bytes() {
                    if is_plain(octet) {
                        write!(f, "{}", char::from(octet))?;
                    } else {
                        write!(f, "%{octet:02X}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl FromStr for UsbAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let kind_ends = text
            .find(['/', '@'])
            .ok_or("neither `/` and a serial number nor `@` and a port tells which one is meant")?;
        let (kind, which) = text.split_at(kind_ends);
        let (vendor, product) = kind
            .split_once(':')
            .ok_or("vendor and product are not two numbers with `:` between them")?;
        Ok(Self {
            vendor: number(vendor)?,
            product: number(product)?,
            which: match which.strip_prefix('@') {
                Some(port) => Which::Port(port.parse()?),
                None => Which::SerialNumber(serial_number(&which[1..])?),
            },
        })
    }
}

fn number(text: &str) -> Result<u16, &'static str> {
    let is_number = text.len() == 4 && text.bytes().all(|octet| octet.is_ascii_hexdigit());
    is_number
        .then(|| u16::from_str_radix(text, 16).ok())
        .flatten()
        .ok_or("vendor and product are four hexadecimal digits each")
}

fn serial_number(text: &str) -> Result<String, &'static str> {
    const PROBLEM: &str = "the serial number is not written as in a URI";
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [octet, after @ ..] = rest {
        if *octet == b'%' {
            let [high, low] = [after.first(), after.get(1)].map(|digit| {
                digit.and_then(|digit| char::from(*digit).to_digit(16)?.try_into().ok())
            });
            let (high, low): (u8, u8) = high.zip(low).ok_or(PROBLEM)?;
            octets.push(high << 4 | low);
            rest = &after[2..];
        } else if is_plain(*octet) {
            octets.push(*octet);
            rest = after;
        } else {
            return Err(PROBLEM);
        }
    }
    let number = String::from_utf8(octets).map_err(|_| PROBLEM)?;
    if (1..=SERIAL_CHARACTERS_MAX).contains(&number.chars().count()) {
        Ok(number)
    } else {
        Err("the serial number has 1 to 126 characters")
    }
}

/// The unreserved characters of a URI (RFC 3986 §2.3).
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_way_to_write_a_printer_has_one_canonical_form() {
        for (text, canonical) in [
            ("04b8:0e28/X5TG001234", "04b8:0e28/X5TG001234"),
            ("04B8:0E28/x", "04b8:0e28/x"),
            ("0416:5011@003-1.04", "0416:5011@3-1.4"),
            ("0416:5011/00%200", "0416:5011/00%200"),
        ] {
            let address: UsbAddress = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(address.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(address));
        }
    }

    #[test]
    fn what_leaves_open_which_printer_is_meant_is_refused() {
        for text in [
            "",
            "04b8:0e28",
            "04b8/1",
            "4b8:0e28/1",
            "+4b8:0e28/1",
            "04b8:0e28/",
            "04b8:0e28/a/b",
            "04b8:0e28/a b",
            "04b8:0e28/%4",
            "04b8:0e28/%+1",
            "04b8:0e28/%FF",
            "04b8:0e28@",
            "04b8:0e28@3",
            "04b8:0e28@3-",
            "04b8:0e28@3-1.256",
            "04b8:0e28@3-1.1.1.1.1.1.1",
            "04b8:0e28@../x-1",
        ] {
            assert!(text.parse::<UsbAddress>().is_err(), "{text}");
        }
    }

    proptest! {
        /// A device may call itself anything; it is one line of plain text here.
        #[test]
        fn every_serial_number_survives_being_written(number in ".{1,126}", vendor: u16) {
            let address = UsbAddress {
                vendor,
                product: 7,
                which: Which::SerialNumber(number),
            };
            let text = address.to_string();
            prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic()));
            prop_assert_eq!(text.parse(), Ok(address));
        }
    }
}
