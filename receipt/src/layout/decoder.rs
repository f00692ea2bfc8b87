//! Text bytes to characters, in whatever coding is selected.
//!
//! A two-byte character may be cut in two by the pieces the parser makes of a
//! long text, so the decoder keeps the bytes of an unfinished one.

use crate::code_table::{CodeTable, InternationalCharacterSet, multibyte};
use crate::command::{CharacterEncoding, Command, KanjiCodeSystem};
use crate::profile::{Multibyte, Profile};

/// A character, and whether it takes a two-byte cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Glyph {
    pub(crate) character: char,
    pub(crate) wide: bool,
}

/// How bytes become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// One byte each, in the selected page.
    SingleByte,
    /// Two bytes of 21h to 7Eh (kanji mode, JIS).
    Jis,
    /// Two-byte characters among single bytes.
    Mixed(Multibyte),
    /// UTF-8 (`FS ( C`).
    Utf8,
}

/// Turns text into characters.
#[derive(Debug)]
pub(crate) struct Decoder {
    multibyte: Option<Multibyte>,
    kanji_system: Option<KanjiCodeSystem>,
    kanji_mode: bool,
    utf8: bool,
    table: CodeTable,
    international: InternationalCharacterSet,
    pending: [u8; 4],
    pending_octets: usize,
}

impl Decoder {
    /// The state after power-on and `ESC @`.
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            multibyte: profile.multibyte,
            kanji_system: None,
            // Chinese and Korean models start with two-byte characters on.
            kanji_mode: matches!(
                profile.multibyte,
                Some(Multibyte::Gb18030 | Multibyte::Big5 | Multibyte::KsC5601)
            ),
            utf8: false,
            table: profile.code_table(0).unwrap_or(CodeTable::Cp437),
            international: InternationalCharacterSet::default(),
            pending: [0; 4],
            pending_octets: 0,
        }
    }

    /// Does what a command does to the coding of the text after it. Whatever it
    /// is, a character that it interrupts is forgotten.
    pub(crate) fn follow(&mut self, command: &Command, profile: &Profile) {
        self.interrupt();
        match command {
            Command::InitializePrinter => *self = Self::new(profile),
            Command::SelectCharacterCodeTable(n) => {
                self.table = profile.code_table(*n).unwrap_or(self.table);
            }
            Command::SelectInternationalCharacterSet(n) => {
                if let Some(set) = InternationalCharacterSet::new(*n) {
                    self.international = set;
                }
            }
            Command::SelectKanjiMode => self.kanji_mode = true,
            Command::CancelKanjiMode => self.kanji_mode = false,
            Command::SelectKanjiCodeSystem(n) => {
                self.kanji_system = n.meaning().or(self.kanji_system);
            }
            Command::SelectCharacterEncoding(n) => {
                if let Some(encoding) = n.meaning() {
                    self.utf8 = encoding == CharacterEncoding::Utf8;
                }
            }
            _ => {}
        }
    }

    /// The bytes that print a text in the coding now selected; `Err` with the
    /// first character that has none.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u8>, char> {
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            if character.is_control() {
                return Err(character);
            }
            match self.coding() {
                Coding::Utf8 => {
                    let mut octets = [0; 4];
                    bytes.extend_from_slice(character.encode_utf8(&mut octets).as_bytes());
                }
                Coding::Mixed(system) if !character.is_ascii() => {
                    bytes.extend(multibyte::octets(system, character).ok_or(character)?);
                }
                Coding::SingleByte | Coding::Mixed(_) => {
                    let byte = (0x20..=0xFF).find(|&byte| self.single(byte).character == character);
                    bytes.push(byte.ok_or(character)?);
                }
                Coding::Jis => return Err(character),
            }
        }
        Ok(bytes)
    }

    /// Forgets the first bytes of a character that a command interrupted.
    pub(crate) fn interrupt(&mut self) {
        self.pending_octets = 0;
    }

    /// Takes one byte; gives a character when one is complete.
    pub(crate) fn decode(&mut self, byte: u8) -> Option<Glyph> {
        match self.coding() {
            Coding::SingleByte => Some(self.single(byte)),
            Coding::Jis => self.jis(byte),
            Coding::Mixed(system) => self.mixed(system, byte),
            Coding::Utf8 => self.utf8(byte),
        }
    }

    fn coding(&self) -> Coding {
        if self.utf8 {
            return Coding::Utf8;
        }
        match (self.multibyte, self.kanji_system) {
            // With Shift JIS two-byte characters are known by their first byte,
            // in kanji mode or not.
            (
                None | Some(Multibyte::ShiftJis),
                Some(KanjiCodeSystem::ShiftJis | KanjiCodeSystem::ShiftJis2004),
            )
            | (Some(Multibyte::ShiftJis), None) => Coding::Mixed(Multibyte::ShiftJis),
            (None | Some(Multibyte::ShiftJis), Some(KanjiCodeSystem::Jis)) if self.kanji_mode => {
                Coding::Jis
            }
            (Some(system), _) if self.kanji_mode => Coding::Mixed(system),
            _ => Coding::SingleByte,
        }
    }

    fn single(&self, byte: u8) -> Glyph {
        let character = if byte < 0x80 {
            self.international.character(byte)
        } else {
            self.table.character(byte)
        };
        Glyph {
            character,
            wide: false,
        }
    }

    fn jis(&mut self, byte: u8) -> Option<Glyph> {
        let Some(&first) = self.pending[..self.pending_octets].first() else {
            if !matches!(byte, 0x21..=0x7E) {
                return Some(self.single(byte));
            }
            self.pending[0] = byte;
            self.pending_octets = 1;
            return None;
        };
        self.pending_octets = 0;
        if !matches!(byte, 0x21..=0x7E) {
            return Some(self.single(byte));
        }
        // JIS X 0208 rows 33-126 fold in pairs into the lead bytes of Shift JIS.
        let lead = first.div_ceil(2) + if first <= 0x5E { 0x70 } else { 0xB0 };
        let trail = if first % 2 == 1 {
            byte + if byte >= 0x60 { 0x20 } else { 0x1F }
        } else {
            byte + 0x7E
        };
        Some(Glyph {
            character: multibyte::character(Multibyte::ShiftJis, &[lead, trail]),
            wide: true,
        })
    }

    fn mixed(&mut self, system: Multibyte, byte: u8) -> Option<Glyph> {
        if self.pending_octets == 0 {
            return match system {
                Multibyte::ShiftJis if matches!(byte, 0xA1..=0xDF) => Some(Glyph {
                    character: CodeTable::Katakana.character(byte),
                    wide: false,
                }),
                Multibyte::ShiftJis if matches!(byte, 0x80 | 0xA0 | 0xFD..=0xFF) => {
                    Some(self.single(byte))
                }
                _ if matches!(byte, 0x00..=0x80 | 0xFF) => Some(self.single(byte)),
                _ => {
                    self.pending[0] = byte;
                    self.pending_octets = 1;
                    None
                }
            };
        }
        self.pending[self.pending_octets] = byte;
        self.pending_octets += 1;
        // GB18030 has four-byte characters, whose second byte is a digit.
        let four = system == Multibyte::Gb18030 && self.pending[1].is_ascii_digit();
        if four && self.pending_octets < 4 {
            return None;
        }
        let glyph = Glyph {
            character: multibyte::character(system, &self.pending[..self.pending_octets]),
            wide: true,
        };
        self.pending_octets = 0;
        Some(glyph)
    }

    fn utf8(&mut self, byte: u8) -> Option<Glyph> {
        if byte < 0x80 {
            self.pending_octets = 0;
            return Some(Glyph {
                character: char::from(byte),
                wide: false,
            });
        }
        if byte >= 0xC0 {
            self.pending_octets = 0;
        }
        if self.pending_octets == self.pending.len() {
            self.pending_octets = 0;
        }
        self.pending[self.pending_octets] = byte;
        self.pending_octets += 1;
        let character = std::str::from_utf8(&self.pending[..self.pending_octets])
            .ok()?
            .chars()
            .next()?;
        self.pending_octets = 0;
        Some(Glyph {
            character,
            wide: is_wide(character),
        })
    }
}

/// Whether a character is as wide as it is high (Unicode's East Asian Wide).
fn is_wide(character: char) -> bool {
    matches!(u32::from(character),
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(decoder: &mut Decoder, bytes: &[u8], expected: &str) {
        let text: String = bytes
            .iter()
            .filter_map(|&byte| decoder.decode(byte))
            .map(|glyph| glyph.character)
            .collect();
        assert_eq!(text, expected);
    }

    fn decoder(multibyte: Multibyte) -> Decoder {
        Decoder::new(&Profile::default().with_multibyte(multibyte))
    }

    #[test]
    fn every_east_asian_coding_is_read() {
        check(
            &mut decoder(Multibyte::ShiftJis),
            b"\x97\xcc\x8e\xfbA\xb1",
            "領収Aｱ",
        );
        check(
            &mut decoder(Multibyte::Gb18030),
            b"\xc4\xe3\xba\xc3!",
            "你好!",
        );
        check(&mut decoder(Multibyte::Big5), b"\xa7\x41\xa6\x6e", "你好");
        check(
            &mut decoder(Multibyte::KsC5601),
            b"\xbe\xc8\xb3\xe7",
            "안녕",
        );
    }

    #[test]
    fn four_byte_characters_of_gb18030_are_read() {
        check(&mut decoder(Multibyte::Gb18030), b"\x81\x30\x89\x37x", "Þx");
    }

    #[test]
    fn jis_needs_kanji_mode() {
        let mut decoder = Decoder::new(&Profile::default());
        let profile = Profile::default();
        let jis = Command::SelectKanjiCodeSystem(KanjiCodeSystem::Jis.into());
        decoder.follow(&jis, &profile);
        check(&mut decoder, b"0!", "0!");
        decoder.follow(&Command::SelectKanjiMode, &profile);
        check(&mut decoder, b"\x30\x21\x46\x7c", "亜日");
    }

    #[test]
    fn utf_8_is_read_once_selected() {
        let mut decoder = Decoder::new(&Profile::default());
        let utf8 = Command::SelectCharacterEncoding(CharacterEncoding::Utf8.into());
        decoder.follow(&utf8, &Profile::default());
        check(&mut decoder, "a€日😀".as_bytes(), "a€日😀");
        check(&mut decoder, b"\xff\xe2\x82\xac", "€");
    }
}
