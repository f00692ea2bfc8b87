//! Barcodes: which data each takes, and how the printer is told.

use crate::command::{BarcodeSystem, Command, HriPosition};

/// A barcode that a printer can print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barcode {
    kind: BarcodeKind,
    data: Vec<u8>,
    /// Height of the bars.
    pub height_dots: u8,
    /// Width of the thinnest bar, 2 to 6 dots on most models.
    pub module_dots: u8,
    /// Where its text stands.
    pub hri_position: HriPosition,
}

/// A kind of barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BarcodeKind {
    /// UPC-A: 11 digits, or 12 with the check digit.
    UpcA,
    /// UPC-E: given as the 11 or 12 digits of the UPC-A it stands for.
    UpcE,
    /// EAN13: 12 digits, or 13 with the check digit.
    Ean13,
    /// EAN8: 7 digits, or 8 with the check digit.
    Ean8,
    /// CODE39: digits, capitals, blank and `-.$/+%`.
    Code39,
    /// Interleaved 2 of 5: digits, an even number of them.
    Itf,
    /// CODABAR: digits and `-$:/.+` between two of A to D.
    Codabar,
    /// CODE93: all of ASCII.
    Code93,
    /// CODE128: all of ASCII, in the shortest of its code sets.
    Code128,
    /// GS1-128: element strings such as `(01)04012345123456`.
    Gs1128,
}

/// The data do not fit the kind of barcode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BarcodeError {
    /// Characters or a length that the kind does not have.
    #[error("{kind} takes {wanted}, and these data are something else")]
    WrongData {
        /// The kind's name.
        kind: &'static str,
        /// What it takes.
        wanted: &'static str,
    },
    /// The last digit is not the check digit of the others.
    #[error("the check digit of this {kind} should be {expected}; leave it out to have it added")]
    WrongCheckDigit {
        /// The kind's name.
        kind: &'static str,
        /// What it would have to be.
        expected: char,
    },
    /// More than one command can say.
    #[error("a barcode takes at most {octets_max} octets of data; use a QR code for more")]
    TooLong {
        /// How many fit.
        octets_max: usize,
    },
}

impl BarcodeKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::UpcA,
        Self::UpcE,
        Self::Ean13,
        Self::Ean8,
        Self::Code39,
        Self::Itf,
        Self::Codabar,
        Self::Code93,
        Self::Code128,
        Self::Gs1128,
    ];

    /// The name one writes in templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UpcA => "upc-a",
            Self::UpcE => "upc-e",
            Self::Ean13 => "ean13",
            Self::Ean8 => "ean8",
            Self::Code39 => "code39",
            Self::Itf => "itf",
            Self::Codabar => "codabar",
            Self::Code93 => "code93",
            Self::Code128 => "code128",
            Self::Gs1128 => "gs1-128",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// m of `GS k`, in the form that says its length.
    fn system(self) -> BarcodeSystem {
        let m = match self {
            Self::UpcA => 65,
            Self::UpcE => 66,
            Self::Ean13 => 67,
            Self::Ean8 => 68,
            Self::Code39 => 69,
            Self::Itf => 70,
            Self::Codabar => 71,
            Self::Code93 => 72,
            Self::Code128 => 73,
            Self::Gs1128 => 74,
        };
        BarcodeSystem::new(m).expect("65 to 74 are systems")
    }

    /// What it takes, and whether these are such data.
    fn accepts(self, data: &str) -> (&'static str, bool) {
        let digits = data.bytes().all(|octet| octet.is_ascii_digit());
        let count = data.len();
        let ascii = !data.is_empty() && data.is_ascii();
        match self {
            Self::UpcA | Self::UpcE => ("11 or 12 digits", digits && matches!(count, 11 | 12)),
            Self::Ean13 => ("12 or 13 digits", digits && matches!(count, 12 | 13)),
            Self::Ean8 => ("7 or 8 digits", digits && matches!(count, 7 | 8)),
            Self::Code39 => (
                "digits, capitals, blanks and -.$/+%",
                ascii
                    && data.bytes().all(|octet| {
                        octet.is_ascii_digit()
                            || octet.is_ascii_uppercase()
                            || b" -.$/+%".contains(&octet)
                    }),
            ),
            Self::Itf => (
                "an even number of digits",
                digits && count > 0 && count.is_multiple_of(2),
            ),
            Self::Codabar => ("digits and -$:/.+ between two of A to D", is_codabar(data)),
            Self::Code93 | Self::Code128 => ("ASCII characters", ascii),
            Self::Gs1128 => (
                "element strings such as (01)04012345123456",
                ascii
                    && data
                        .bytes()
                        .all(|octet| octet.is_ascii_graphic() || octet == b' '),
            ),
        }
    }
}

impl Barcode {
    /// The most data of one command.
    const OCTETS_MAX: usize = 255;

    /// A barcode of this kind.
    pub fn new(kind: BarcodeKind, data: &str) -> Result<Self, BarcodeError> {
        let (wanted, fits) = kind.accepts(data);
        if !fits {
            return Err(BarcodeError::WrongData {
                kind: kind.name(),
                wanted,
            });
        }
        let with_check_digit = match kind {
            BarcodeKind::UpcA | BarcodeKind::UpcE => data.len() == 12,
            BarcodeKind::Ean13 => data.len() == 13,
            BarcodeKind::Ean8 => data.len() == 8,
            BarcodeKind::Code39
            | BarcodeKind::Itf
            | BarcodeKind::Codabar
            | BarcodeKind::Code93
            | BarcodeKind::Code128
            | BarcodeKind::Gs1128 => false,
        };
        if with_check_digit {
            let (others, given) = data.split_at(data.len() - 1);
            let expected = check_digit(others);
            if !given.starts_with(expected) {
                return Err(BarcodeError::WrongCheckDigit {
                    kind: kind.name(),
                    expected,
                });
            }
        }
        let data = match kind {
            BarcodeKind::Code128 => code128(data.as_bytes()),
            _ => data.as_bytes().to_vec(),
        };
        if data.len() > Self::OCTETS_MAX {
            return Err(BarcodeError::TooLong {
                octets_max: Self::OCTETS_MAX,
            });
        }
        Ok(Self {
            kind,
            data,
            height_dots: 80,
            module_dots: 2,
            hri_position: super::HRI_POSITION,
        })
    }

    /// Sets it up and prints it.
    pub(super) fn commands(&self) -> Vec<Command> {
        vec![
            Command::SetBarcodeHeight(self.height_dots.max(1)),
            Command::SetBarcodeWidth(self.module_dots.clamp(1, 6)),
            Command::SelectHriPosition(self.hri_position.into()),
            Command::PrintBarcode {
                system: self.kind.system(),
                data: self.data.clone(),
            },
        ]
    }
}

fn is_codabar(data: &str) -> bool {
    let ends = |octet: &u8| matches!(octet, b'A'..=b'D' | b'a'..=b'd');
    match data.as_bytes() {
        [first, between @ .., last] => {
            ends(first)
                && ends(last)
                && between
                    .iter()
                    .all(|octet| octet.is_ascii_digit() || b"-$:/.+".contains(octet))
        }
        _ => false,
    }
}

/// The check digit of UPC and EAN: from the right, weights 3 and 1 in turn.
fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).expect("a digit is below ten")
}

/// Data of `GS k` 73: `{A`, `{B` and `{C` choose code sets. Four digits and
/// more are shorter in C, two to a symbol; A has the control characters.
fn code128(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 4);
    let mut set = None;
    let mut rest = data;
    while let Some(&octet) = rest.first() {
        let digits = rest
            .iter()
            .take_while(|octet| octet.is_ascii_digit())
            .count();
        let pairs = digits / 2;
        if digits >= 4 || (digits == data.len() && digits == 2) {
            // An odd digit stays in front, in the set before.
            if digits % 2 == 1 && set != Some(b'C') && set.is_some() {
                out.push(octet);
                rest = &rest[1..];
                continue;
            }
            if set.replace(b'C') != Some(b'C') {
                out.extend(b"{C");
            }
            for pair in rest[..pairs * 2].chunks_exact(2) {
                out.push((pair[0] - b'0') * 10 + (pair[1] - b'0'));
            }
            rest = &rest[pairs * 2..];
            continue;
        }
        let wanted = match octet {
            0..=0x1F => b'A',
            0x60..=0x7F => b'B',
            _ if matches!(set, Some(b'A' | b'B')) => set.unwrap_or(b'B'),
            _ => b'B',
        };
        if set.replace(wanted) != Some(wanted) {
            out.extend([b'{', wanted]);
        }
        if octet == b'{' {
            out.push(b'{');
        }
        out.push(octet);
        rest = &rest[1..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::BarcodeSymbology;
    use proptest::prelude::*;

    #[test]
    fn each_kind_takes_its_own_data_and_nothing_else() {
        use BarcodeKind::*;
        for (kind, good, bad) in [
            (UpcA, "03600029145", "0360002914"),
            (UpcE, "012345000058", "12345"),
            (Ean13, "4006381333931", "400638133393x"),
            (Ean8, "96385074", "963850741"),
            (Code39, "ABC-12 $", "abc"),
            (Itf, "123456", "12345"),
            (Codabar, "A12-34B", "12-34"),
            (Code93, "Test 93", "ü"),
            (Code128, "a{b}~12", ""),
            (Gs1128, "(01)04012345123456", "(01)\u{1d}"),
        ] {
            assert!(Barcode::new(kind, good).is_ok(), "{kind:?} {good}");
            assert!(
                matches!(Barcode::new(kind, bad), Err(BarcodeError::WrongData { .. })),
                "{kind:?} {bad}"
            );
            assert_eq!(BarcodeKind::named(kind.name()), Some(kind));
        }
    }

    #[test]
    fn a_wrong_check_digit_is_said_with_the_right_one() {
        assert_eq!(
            Barcode::new(BarcodeKind::Ean13, "4006381333930"),
            Err(BarcodeError::WrongCheckDigit {
                kind: "ean13",
                expected: '1'
            })
        );
    }

    #[test]
    fn digits_of_code128_go_two_by_two() {
        for (text, data) in [
            ("12", b"{C\x0c".as_slice()),
            ("HC-20260203-7", b"{BHC-{C\x14\x1a\x02\x03{B-7"),
            ("a12345", b"{Ba1{C\x17\x2d"),
            ("12345", b"{C\x0c\x22{B5"),
            ("a\tb{", b"{Ba{A\t{Bb{{"),
        ] {
            assert_eq!(code128(text.as_bytes()), data, "{text}");
        }
    }

    proptest! {
        /// A reader gets back what was put in.
        #[test]
        fn code128_says_what_it_was_given(text in "[\\x00-\\x7f]{1,40}") {
            let data = code128(text.as_bytes());
            prop_assert_eq!(BarcodeSymbology::Code128.text(&data), text);
        }
    }
}
