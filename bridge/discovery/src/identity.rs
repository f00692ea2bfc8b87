//! Which device is which: one stable identity each, by a ladder.
//!
//! The USB serial number, the serial number of the device id, the UUID, the
//! hardware address, and only then where it is. The higher the rung, the more
//! of a move it survives. A device says all of this of itself, so an identity
//! finds a printer again; it never allows anything.

use std::fmt;
use std::str::FromStr;

/// Serial numbers that many devices share are none.
const SERIAL_CHARACTERS_MIN: usize = 3;
/// A printer's id, and what it must leave room for.
const ID_OCTETS_MAX: usize = 96;

/// What tells one device from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// By its USB serial number.
    Usb(UsbSerial),
    /// By the serial number in its device id (IEEE 1284).
    DeviceId(SerialNumber),
    /// By the UUID it announces.
    Uuid(Uuid),
    /// By its hardware address.
    Mac(Mac),
    /// By where it is: another device there would be taken for it.
    Place(String),
}

impl Identity {
    /// Whether it finds the device again at another network address.
    #[must_use]
    pub fn survives_a_move(&self) -> bool {
        match self {
            Self::Usb(_) | Self::DeviceId(_) | Self::Uuid(_) | Self::Mac(_) => true,
            Self::Place(_) => false,
        }
    }

    /// As the id of a printer: letters, digits, `-`, `_`, `.` and `:`. Two
    /// identities never have the same one, as far as 64 bits can tell.
    #[must_use]
    pub fn printer_id(&self) -> String {
        let text = match self {
            Self::Place(uri) => uri.replacen("://", ":", 1),
            Self::Usb(_) | Self::DeviceId(_) | Self::Uuid(_) | Self::Mac(_) => self.to_string(),
        };
        let mut id = String::new();
        for octet in text.bytes() {
            if octet.is_ascii_alphanumeric() || b"-.:".contains(&octet) {
                id.push(char::from(octet));
            } else {
                id.push_str(&format!("_{octet:02x}"));
            }
        }
        if id.len() > ID_OCTETS_MAX {
            id.truncate(ID_OCTETS_MAX - 17);
            id.push_str(&format!("-{:016x}", digest(text.as_bytes())));
        }
        id
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

/// FNV-1a: no secret, and the same on every machine.
fn digest(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |digest, octet| {
        (digest ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usb(usb) => write!(
                f,
                "usb:{:04x}:{:04x}:{}",
                usb.vendor, usb.product, usb.serial
            ),
            Self::DeviceId(number) => write!(
                f,
                "serial:{}:{}:{}",
                number.manufacturer.replace(':', "."),
                number.model.replace(':', "."),
                number.serial
            ),
            Self::Uuid(uuid) => write!(f, "uuid:{uuid}"),
            Self::Mac(mac) => write!(f, "mac:{mac}"),
            Self::Place(uri) => write!(f, "place:{uri}"),
        }
    }
}

/// The text is no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no identity of a device")]
pub struct NotAnIdentity(String);

impl FromStr for Identity {
    type Err = NotAnIdentity;

    fn from_str(text: &str) -> Result<Self, NotAnIdentity> {
        let wrong = || NotAnIdentity(text.to_owned());
        let (rung, rest) = text.split_once(':').ok_or_else(wrong)?;
        match rung {
            "usb" => {
                let mut parts = rest.splitn(3, ':');
                let mut number = || {
                    let part = parts
                        .next()
                        .filter(|part| part.len() == 4 && is_hex(part))?;
                    u16::from_str_radix(part, 16).ok()
                };
                let (vendor, product) = (number().ok_or_else(wrong)?, number().ok_or_else(wrong)?);
                let serial = parts.next().ok_or_else(wrong)?.to_owned();
                Ok(Self::Usb(UsbSerial {
                    vendor,
                    product,
                    serial,
                }))
            }
            "serial" => {
                let mut parts = rest.splitn(3, ':').map(str::to_owned);
                let mut part = || parts.next().ok_or_else(wrong);
                Ok(Self::DeviceId(SerialNumber {
                    manufacturer: part()?,
                    model: part()?,
                    serial: part()?,
                }))
            }
            "uuid" => Uuid::read(rest).map(Self::Uuid).ok_or_else(wrong),
            "mac" => rest.parse().map(Self::Mac).map_err(|_| wrong()),
            "place" if !rest.is_empty() => Ok(Self::Place(rest.to_owned())),
            _ => Err(wrong()),
        }
    }
}

/// A USB device's own number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UsbSerial {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// `iSerialNumber`.
    pub serial: String,
}

/// A serial number and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber {
    /// Who made the device.
    pub manufacturer: String,
    /// What it is.
    pub model: String,
    /// Its number.
    pub serial: String,
}

/// Whether a text can be the serial number of one device alone: makers of cheap
/// ones leave it at zeros, or at one word for all.
#[must_use]
pub fn is_serial_number(text: &str) -> bool {
    let significant = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let mut characters = significant.chars();
    let first = characters.next();
    significant.chars().count() >= SERIAL_CHARACTERS_MIN
        && characters.any(|c| Some(c) != first)
        && significant.bytes().any(|octet| octet.is_ascii_digit())
        && !matches!(
            significant,
            "123456" | "1234567" | "12345678" | "123456789" | "0123456789"
        )
}

/// A UUID (RFC 9562).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(u128);

impl Uuid {
    /// Reads one, with `urn:uuid:` before it or not. The empty and the full one
    /// are none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bare = match text.get(..9) {
            Some(prefix) if prefix.eq_ignore_ascii_case("urn:uuid:") => &text[9..],
            Some(_) | None => text,
        };
        let groups: Vec<&str> = bare.split('-').collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        if lengths != [8, 4, 4, 4, 12] || !groups.iter().all(|group| is_hex(group)) {
            return None;
        }
        let value = u128::from_str_radix(&groups.concat(), 16).ok()?;
        (value != 0 && value != u128::MAX).then_some(Self(value))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        let group = |from: usize, to: usize| &hex[from..to];
        write!(
            f,
            "{}-{}-{}-{}-{}",
            group(0, 8),
            group(8, 12),
            group(12, 16),
            group(16, 20),
            group(20, 32)
        )
    }
}

/// A hardware address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac([u8; 6]);

impl Mac {
    /// These octets, if they can be one device's: neither a group's nor empty.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let octets: [u8; 6] = octets.try_into().ok()?;
        (octets != [0; 6] && octets[0] & 1 == 0).then_some(Self(octets))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.0 {
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Mac {
    type Err = NotAnIdentity;

    /// Twelve hexadecimal digits, with `:` or `-` between them or not.
    fn from_str(text: &str) -> Result<Self, NotAnIdentity> {
        let wrong = || NotAnIdentity(text.to_owned());
        let digits: String = text.chars().filter(|c| !":-".contains(*c)).collect();
        if digits.len() != 12 || !is_hex(&digits) {
            return Err(wrong());
        }
        let number = u64::from_str_radix(&digits, 16).map_err(|_| wrong())?;
        Self::from_octets(&number.to_be_bytes()[2..]).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identities_read_back_and_are_ids_of_printers() {
        for (text, id) in [
            ("usb:04b8:0e15:J7AF012345", "usb:04b8:0e15:J7AF012345"),
            (
                "uuid:12345678-9abc-def0-1234-56789abcdef0",
                "uuid:12345678-9abc-def0-1234-56789abcdef0",
            ),
            ("mac:0026ab112233", "mac:0026ab112233"),
            ("serial:EPSON:TM-T88V:A 1", "serial:EPSON:TM-T88V:A_201"),
            ("place:socket://192.0.2.7:9100", "socket:192.0.2.7:9100"),
        ] {
            let identity: Identity = text.parse().unwrap();
            assert_eq!(identity.to_string(), text);
            assert_eq!(identity.printer_id(), id);
        }
    }

    #[test]
    fn what_is_no_identity_is_refused() {
        for text in [
            "",
            "usb",
            "usb:04b8:0e15",
            "place:",
            "usb:4b8:0e15:x",
            "usb:+4b8:0e15:x9",
            "uuid:00000000-0000-0000-0000-000000000000",
            "uuid:123456789abcdef0123456789abcdef0",
            "mac:000000000000",
            "mac:ffffffffffff",
            "mac:01005e0000fb",
            "hid:1:2",
        ] {
            assert!(text.parse::<Identity>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_uuid_has_one_spelling() {
        let uuid = Uuid::read("urn:uuid:ABCDEF00-0000-1000-8000-0026ab112233").unwrap();
        assert_eq!(uuid.to_string(), "abcdef00-0000-1000-8000-0026ab112233");
        assert_eq!(
            Uuid::read("abcdef00-0000-1000-8000-0026ab112233"),
            Some(uuid)
        );
    }

    #[test]
    fn serial_numbers_that_many_share_are_none() {
        for (text, expected) in [
            ("J7AF012345", true),
            ("X1Y", true),
            ("", false),
            ("0", false),
            ("000000000000", false),
            ("----", false),
            ("12345678", false),
            ("None", false),
            ("Printer", false),
        ] {
            assert_eq!(is_serial_number(text), expected, "{text}");
        }
    }

    fn identity() -> impl Strategy<Value = Identity> {
        prop_oneof![
            (any::<u16>(), any::<u16>(), ".{0,80}").prop_map(|(vendor, product, serial)| {
                Identity::Usb(UsbSerial {
                    vendor,
                    product,
                    serial,
                })
            }),
            (1..u128::MAX).prop_map(|value| Identity::Uuid(Uuid(value))),
            any::<[u8; 6]>()
                .prop_filter_map("a group's", |octets| Mac::from_octets(&octets))
                .prop_map(Identity::Mac),
            ".{1,200}".prop_map(Identity::Place),
        ]
    }

    proptest! {
        #[test]
        fn every_identity_reads_back_and_makes_an_id(identity in identity()) {
            prop_assert_eq!(identity.to_string().parse(), Ok(identity.clone()));
            let id = identity.printer_id();
            let fits = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.:".contains(&octet);
            prop_assert!((1..=ID_OCTETS_MAX).contains(&id.len()) && id.bytes().all(fits), "{}", id);
        }

        #[test]
        fn two_identities_are_two_ids(one in identity(), other in identity()) {
            prop_assert_eq!(one == other, one.printer_id() == other.printer_id());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,120}") {
            let _ = text.parse::<Identity>();
        }
    }
}
