//! The IEEE 1284 device id: what a printer says it is, in one line.
//!
//! Keys and values such as `MFG:EPSON;MDL:TM-T20III;CMD:ESC/POS;`. It is a
//! stranger's text: bounded, and for people and suggestions only.

/// Longer ones are cut: real ones have 100 to 300 octets.
pub(super) const OCTETS_MAX: u16 = 1_024;
const VALUE_CHARACTERS_MAX: usize = 128;

/// What a printer says it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceId {
    /// `MFG` or `MANUFACTURER`.
    pub manufacturer: Option<String>,
    /// `MDL` or `MODEL`.
    pub model: Option<String>,
    /// `CMD` or `COMMAND SET`: the languages it speaks, as it calls them.
    pub commands: Vec<String>,
    /// `SN`, `SERN` or `SERIALNUMBER`.
    pub serial_number: Option<String>,
}

impl DeviceId {
    /// Reads the answer to `GET_DEVICE_ID`: two octets of length, which some
    /// printers count without themselves or in the wrong order, and the text.
    #[must_use]
    pub fn from_answer(answer: &[u8]) -> Option<Self> {
        let text = answer.get(2..)?;
        let text = &text[..text.len().min(usize::from(OCTETS_MAX))];
        let text = String::from_utf8_lossy(text);
        let mut id = Self::default();
        for pair in text.split(';') {
            let Some((key, value)) = pair.split_once(':') else {
                continue;
            };
            let value = cleaned(value);
            if value.is_empty() {
                continue;
            }
            match key.trim().to_ascii_uppercase().as_str() {
                "MFG" | "MANUFACTURER" => id.manufacturer = Some(value),
                "MDL" | "MODEL" => id.model = Some(value),
                "CMD" | "COMMAND SET" => {
                    let words = value.split(',').map(cleaned);
                    id.commands = words.filter(|word| !word.is_empty()).collect();
                }
                "SN" | "SERN" | "SERIALNUMBER" => id.serial_number = Some(value),
                _ => {}
            }
        }
        (id != Self::default()).then_some(id)
    }

    /// Whether it speaks ZPL and is asked how it is in that language.
    #[must_use]
    pub fn speaks_zpl(&self) -> bool {
        let is_zpl = |word: &String| word.to_ascii_uppercase().starts_with("ZPL");
        self.commands.iter().any(is_zpl)
    }
}

/// Without what could steer a terminal, and not too long.
pub(super) fn cleaned(text: &str) -> String {
    let plain = text.chars().filter(|c| !crate::visible::steers(*c));
    let cut: String = plain.take(VALUE_CHARACTERS_MAX).collect();
    cut.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<DeviceId> {
        let mut answer = vec![0, 0];
        answer.extend(text.as_bytes());
        DeviceId::from_answer(&answer)
    }

    #[test]
    fn the_ids_of_receipt_and_label_printers_are_read() {
        let epson = read("MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;SN:X5TG;").unwrap();
        assert_eq!(epson.manufacturer.as_deref(), Some("EPSON"));
        assert_eq!(epson.model.as_deref(), Some("TM-T20III"));
        assert_eq!(epson.serial_number.as_deref(), Some("X5TG"));
        assert!(!epson.speaks_zpl());
        let zebra =
            read("MANUFACTURER:Zebra Technologies ;COMMAND SET:EPL,ZPL;MODEL:ZD420").unwrap();
        assert_eq!(zebra.manufacturer.as_deref(), Some("Zebra Technologies"));
        assert_eq!(zebra.commands, ["EPL", "ZPL"]);
        assert!(zebra.speaks_zpl());
    }

    #[test]
    fn what_says_nothing_is_no_id() {
        for text in ["", ";;;", "MFG:;", "no keys at all", "MFG"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(DeviceId::from_answer(&[]), None);
        assert_eq!(DeviceId::from_answer(&[0]), None);
    }

    proptest! {
        /// Whatever a printer says of itself, nothing of it steers a terminal.
        #[test]
        fn an_id_is_bounded_and_harmless(answer: Vec<u8>) {
            let Some(id) = DeviceId::from_answer(&answer) else { return Ok(()) };
            let words = id.commands.iter().chain(&id.manufacturer).chain(&id.model);
            for word in words {
                prop_assert!(word.chars().count() <= VALUE_CHARACTERS_MAX);
                prop_assert!(!word.chars().any(crate::visible::steers));
            }
        }
    }
}
