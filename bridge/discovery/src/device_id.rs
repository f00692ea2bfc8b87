//! Device ids (IEEE 1284): `MFG:EPSON;MDL:TM-T88V;SN:X1;`, from a USB printer,
//! from DNS-SD or from a print service.
//!
//! Reading never fails: what is no field is passed over, and the first of two
//! equal fields counts.

use crate::text::said;

/// What GET_DEVICE_ID can carry is longer, what printers send is not.
const OCTETS_MAX: usize = 4_096;
/// Fields that are looked at.
const FIELDS_MAX: usize = 64;

/// The fields that say which printer it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceId {
    /// `MFG`, `MANUFACTURER`.
    pub manufacturer: Option<String>,
    /// `MDL`, `MODEL`.
    pub model: Option<String>,
    /// `SN`, `SERN`, `SERIALNUMBER`.
    pub serial: Option<String>,
    /// `DES`, `DESCRIPTION`.
    pub description: Option<String>,
    /// `CMD`, `COMMAND SET`: the languages it speaks.
    pub commands: Option<String>,
}

impl DeviceId {
    /// Reads one, without the two octets of its length.
    #[must_use]
    pub fn read(octets: &[u8]) -> Self {
        let mut id = Self::default();
        let octets = &octets[..octets.len().min(OCTETS_MAX)];
        for field in octets.split(|octet| *octet == b';').take(FIELDS_MAX) {
            let Some(colon) = field.iter().position(|octet| *octet == b':') else {
                continue;
            };
            let name = field[..colon].trim_ascii().to_ascii_uppercase();
            let place = match &name[..] {
                b"MFG" | b"MANUFACTURER" => &mut id.manufacturer,
                b"MDL" | b"MODEL" => &mut id.model,
                b"SN" | b"SERN" | b"SERIALNUMBER" => &mut id.serial,
                b"DES" | b"DESCRIPTION" => &mut id.description,
                b"CMD" | b"COMMAND SET" => &mut id.commands,
                _ => continue,
            };
            if place.is_none() {
                *place = said(&field[colon + 1..]);
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_fields_that_say_which_printer_it_is_are_read() {
        let id = DeviceId::read(
            b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;DES:EPSON TM-T88V;SN:J7AF012345;",
        );
        assert_eq!(id.manufacturer.as_deref(), Some("EPSON"));
        assert_eq!(id.model.as_deref(), Some("TM-T88V"));
        assert_eq!(id.serial.as_deref(), Some("J7AF012345"));
        assert_eq!(id.description.as_deref(), Some("EPSON TM-T88V"));
        assert_eq!(id.commands.as_deref(), Some("ESC/POS"));
        let id = DeviceId::read(b" manufacturer : Zebra ;MODEL:ZD420-203dpi ZPL;MDL:other");
        assert_eq!(id.manufacturer.as_deref(), Some("Zebra"));
        assert_eq!(id.model.as_deref(), Some("ZD420-203dpi ZPL"));
    }

    proptest! {
        #[test]
        fn whatever_it_says_it_is_read_within_bounds(octets: Vec<u8>, repeat in 1..400_usize) {
            let id = DeviceId::read(&[&b"MDL:"[..], &octets.repeat(repeat)].concat());
            if let Some(model) = id.model {
                prop_assert!(model.chars().count() <= crate::text::TEXT_CHARACTERS_MAX);
            }
        }
    }
}
