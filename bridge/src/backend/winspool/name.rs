//! The name of a printer of Windows, and how a URI carries it.

use std::fmt;
use std::str::FromStr;

/// Windows allows 220 characters, and a server's name before them.
const NAME_CHARS_MAX: usize = 300;

/// The name of a printer of Windows; `\\SERVER\NAME` is one of another machine.
///
/// Read from and written as the rest of a `winspool:` URI: as UTF-8, with all
/// but letters, digits and `-._~` percent-encoded (RFC 3986 §2.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowsPrinterName(String);

/// The text is no name of a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no printer of Windows has such a name")]
pub struct NotAPrinterName;

impl WindowsPrinterName {
    /// The printer that the system lists under this name.
    ///
    /// # Errors
    /// When no printer can have it: with a comma a name means something else to
    /// the spooler.
    pub fn new(name: &str) -> Result<Self, NotAPrinterName> {
        let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
            && name.trim() == name
            && !name.chars().any(|c| c.is_control() || c == ',');
        fits.then(|| Self(name.to_owned())).ok_or(NotAPrinterName)
    }

    /// The name as the system lists it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WindowsPrinterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        for octet in self.0.bytes() {
            if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                f.write_char(char::from(octet))?;
            } else {
                write!(f, "%{octet:02X}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for WindowsPrinterName {
    type Err = NotAPrinterName;

    /// What need not be encoded may stand as it is: `winspool:Epson TM-T20` is
    /// what people write.
    fn from_str(text: &str) -> Result<Self, NotAPrinterName> {
        let mut octets = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let [first, after @ ..] = rest {
            if *first != b'%' {
                octets.push(*first);
                rest = after;
                continue;
            }
            let [high, low, after @ ..] = after else {
                return Err(NotAPrinterName);
            };
            octets.push(digit(*high)? << 4 | digit(*low)?);
            rest = after;
        }
        let name = String::from_utf8(octets).map_err(|_| NotAPrinterName)?;
        Self::new(&name)
    }
}

fn digit(octet: u8) -> Result<u8, NotAPrinterName> {
    char::from(octet)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(NotAPrinterName)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_however_it_is_written_and_what_is_more_than_a_name_is_none() {
        for (text, name) in [
            ("Epson%20TM-T20", "Epson TM-T20"),
            ("Epson TM-T20", "Epson TM-T20"),
            ("%5C%5Cserver%5CK%C3%BCche", r"\\server\Küche"),
            (r"\\server\Küche", r"\\server\Küche"),
        ] {
            let read: WindowsPrinterName = text.parse().unwrap();
            assert_eq!(read.as_str(), name);
            assert_eq!(read.to_string().parse(), Ok(read));
        }
        for text in [
            "",
            "%",
            "%2",
            "%zz",
            "%FF",
            "%00",
            "a%0Ab",
            " a",
            "a%20",
            "Till,Job 1",
            "%2CXcv",
        ] {
            assert_eq!(
                text.parse::<WindowsPrinterName>(),
                Err(NotAPrinterName),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_written_and_read_the_same(text in "(%[0-9a-f]{0,2}|.){0,40}") {
            if let Ok(name) = text.parse::<WindowsPrinterName>() {
                prop_assert_eq!(name.to_string().parse(), Ok(name));
            }
        }
    }
}
