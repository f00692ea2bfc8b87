//! Text in the character sets that pages name, by the names Java has for them.

use std::fmt;

use encoding_rs::{Decoder, EncoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use platen_receipt::CodeTable;

use super::arabic;

/// What stands where a set lacks a character.
const REPLACEMENT: u8 = b'?';

/// A character set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Charset {
    /// UTF-8: the default of every system that matters here.
    Utf8,
    /// ISO 8859-1 as it is, where browsers take windows-1252 for it.
    Latin1,
    /// UTF-16, big-endian, with or without a byte order mark.
    Utf16 {
        /// Least significant octet first.
        little_endian: bool,
        /// U+FEFF before the text.
        mark: bool,
    },
    /// A printer's code page.
    Table(CodeTable),
    /// Code page 864, its letters joined and in the order in which they are seen.
    Arabic,
    /// One that browsers know.
    Browser(&'static Encoding),
}

impl Charset {
    /// The set with this name.
    ///
    /// # Errors
    /// The name itself: that is what pages look for.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let lower = name.trim().to_ascii_lowercase().replace('_', "-");
        let found = match lower.as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" => Some(Self::Latin1),
            "utf-16" | "utf16" => Some(Self::Utf16 {
                little_endian: false,
                mark: true,
            }),
            "utf-16be" => Some(Self::Utf16 {
                little_endian: false,
                mark: false,
            }),
            "utf-16le" => Some(Self::Utf16 {
                little_endian: true,
                mark: false,
            }),
            "ibm864" | "cp864" | "csibm864" | "x-ibm864" | "ibm-864" | "864" | "raw/ibm864"
            | "raw/cp864" | "raw/csibm864" => Some(Self::Arabic),
            // Encoded by itself, GBK is what the standard calls it.
            "gb18030" => Some(Self::Browser(GB18030)),
            "gbk" | "gb2312" | "cp936" => Some(Self::Browser(GBK)),
            other => Self::numbered(other)
                .or_else(|| Encoding::for_label(other.as_bytes()).map(Self::Browser)),
        };
        found.ok_or_else(|| name.to_owned())
    }

    /// A code page by its number: `cp437`, `IBM437`, `x-IBM874`, `437`.
    fn numbered(name: &str) -> Option<Self> {
        let name = name.strip_prefix("x-").unwrap_or(name);
        let number = ["ibm-", "ibm00", "ibm", "windows-", "cp", ""]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))?;
        let number: u16 = number.parse().ok()?;
        let names = [format!("cp{number}"), format!("windows-{number}")];
        CodeTable::ALL
            .iter()
            .find(|table| names.iter().any(|name| name == table.name()))
            .map(|table| Self::Table(*table))
    }

    /// The text in this set; a question mark for what it lacks, as pages know
    /// it from that agent.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Latin1 => text
                .chars()
                .map(|character| u8::try_from(u32::from(character)).unwrap_or(REPLACEMENT))
                .collect(),
            Self::Utf16 {
                little_endian,
                mark,
            } => mark
                .then_some(0xFEFF)
                .into_iter()
                .chain(text.encode_utf16())
                .flat_map(|unit| {
                    if little_endian {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect(),
            Self::Table(table) => text
                .chars()
                .map(|character| {
                    (0..=u8::MAX)
                        .find(|octet| table.character(*octet) == character)
                        .unwrap_or(REPLACEMENT)
                })
                .collect(),
            Self::Arabic => arabic::encode(text),
            Self::Browser(encoding) => encode(encoding, text),
        }
    }

    /// The text that these octets are in this set.
    pub(crate) fn decode(self, octets: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(octets).into_owned(),
            Self::Latin1 => octets.iter().copied().map(char::from).collect(),
            Self::Utf16 { little_endian, .. } => {
                let units = octets.chunks_exact(2).map(|pair| {
                    let pair = [pair[0], pair[1]];
                    if little_endian {
                        u16::from_le_bytes(pair)
                    } else {
                        u16::from_be_bytes(pair)
                    }
                });
                char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            Self::Table(table) => decode(table, octets),
            Self::Arabic => decode(CodeTable::Cp864, octets),
            Self::Browser(encoding) => encoding.decode_without_bom_handling(octets).0.into_owned(),
        }
    }
}

/// Octets that arrive in pieces, as text: a character may be cut in two.
pub(crate) struct PieceDecoder(Pieces);

enum Pieces {
    /// One octet, one character.
    Single(Charset),
    /// Characters of several octets.
    Several(Box<Decoder>),
}

impl PieceDecoder {
    /// At the beginning of a text in this set.
    pub(crate) fn new(charset: Charset) -> Self {
        let encoding = match charset {
            Charset::Latin1 | Charset::Table(_) | Charset::Arabic => {
                return Self(Pieces::Single(charset));
            }
            Charset::Utf8 => UTF_8,
            Charset::Utf16 {
                little_endian: true,
                ..
            } => UTF_16LE,
            Charset::Utf16 { .. } => UTF_16BE,
            Charset::Browser(encoding) => encoding,
        };
        let decoder = encoding.new_decoder_without_bom_handling();
        Self(Pieces::Several(Box::new(decoder)))
    }

    /// The characters that are whole with this piece.
    pub(crate) fn decode(&mut self, piece: &[u8]) -> String {
        match &mut self.0 {
            Pieces::Single(charset) => charset.decode(piece),
            Pieces::Several(decoder) => {
                let room = decoder.max_utf8_buffer_length(piece.len());
                let mut text = String::with_capacity(room.unwrap_or(piece.len() * 4));
                let _ = decoder.decode_to_string(piece, &mut text, false);
                text
            }
        }
    }
}

impl fmt::Debug for PieceDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PieceDecoder")
    }
}

fn decode(table: CodeTable, octets: &[u8]) -> String {
    octets.iter().map(|octet| table.character(*octet)).collect()
}

fn encode(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let mut encoder = encoding.new_encoder();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let room = encoder
            .max_buffer_length_from_utf8_without_replacement(rest.len())
            .unwrap_or(rest.len() * 4)
            .max(16);
        let start = out.len();
        out.resize(start + room, 0);
        let (result, read, written) =
            encoder.encode_from_utf8_without_replacement(rest, &mut out[start..], true);
        out.truncate(start + written);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return out,
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(_) => out.push(REPLACEMENT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_known_by_javas_names() {
        for (name, text, octets) in [
            ("UTF-8", "é€", "é€".as_bytes()),
            ("ISO-8859-1", "é€", b"\xe9?"),
            ("windows-1252", "é€", b"\xe9\x80"),
            ("Cp1252", "€", b"\x80"),
            ("IBM437", "é€", b"\x82?"),
            ("Cp850", "ß", b"\xe1"),
            ("IBM00858", "€", b"\xd5"),
            ("cp866", "Ж", b"\x86"),
            ("x-IBM874", "ก", b"\xa1"),
            ("Shift_JIS", "あa", b"\x82\xa0a"),
            ("GBK", "中", b"\xd6\xd0"),
            ("GB18030", "中", b"\xd6\xd0"),
            ("Big5", "中", b"\xa4\xa4"),
            ("EUC-KR", "한", b"\xc7\xd1"),
            ("KOI8-R", "Ж", b"\xf6"),
            ("IBM864", "مر", b"\xd1\xe5"),
            ("raw/cp864", "\u{1b}@", b"\x1b@"),
            ("US-ASCII", "a", b"a"),
            ("UTF-16BE", "a", b"\0a"),
            ("UTF-16", "a", b"\xfe\xff\0a"),
        ] {
            let set = Charset::named(name).unwrap();
            assert_eq!(set.encode(text), octets, "{name}");
        }
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        for (name, text) in [
            ("UTF-8", "é 5 €"),
            ("Cp852", "Łódź é"),
            ("Shift_JIS", "合計 5"),
            ("UTF-16LE", "é €"),
            ("ISO-8859-1", "é"),
        ] {
            let set = Charset::named(name).unwrap();
            assert_eq!(set.decode(&set.encode(text)), text, "{name}");
        }
    }

    #[test]
    fn characters_that_are_cut_in_two_are_whole_again() {
        for (name, text) in [
            ("UTF-8", "7,5 kg €"),
            ("UTF-16LE", "é €"),
            ("UTF-16BE", "é €"),
            ("Shift_JIS", "合計 5"),
            ("Cp437", "é 5"),
            ("ISO-8859-1", "é"),
        ] {
            let set = Charset::named(name).unwrap();
            let mut decoder = PieceDecoder::new(set);
            let octets = set.encode(text);
            let pieces = octets.chunks(1).map(|piece| decoder.decode(piece));
            assert_eq!(pieces.collect::<String>(), text, "{name}");
        }
    }

    #[test]
    fn an_unknown_set_is_named_and_nothing_else() {
        assert_eq!(
            Charset::named("Klingon-1").unwrap_err(),
            "Klingon-1".to_owned()
        );
    }
}
