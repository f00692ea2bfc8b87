//! Character code tables: what the bytes 20h to FFh print.
//!
//! A [`CodeTable`] is a page as printers number them with `ESC t`; which number
//! means which page is a matter of the printer, so of its
//! [`Profile`](crate::Profile). `international` holds the twelve ASCII
//! characters that `ESC R` replaces, `multibyte` the systems of East Asia.

mod choice;
mod international;
pub(crate) mod multibyte;
mod tables;

pub(crate) use choice::{CharacterSet, CharacterSets, Placed};

pub use international::InternationalCharacterSet;

/// Declares the code tables with the table and the names that belong to each.
macro_rules! code_tables {
    ($($(#[$doc:meta])* $variant:ident = $table:ident, $name:literal;)+) => {
        /// A page of 128 characters for the bytes 80h to FFh.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CodeTable {
            $($(#[$doc])* $variant,)+
        }

        impl CodeTable {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name people know it by.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            fn characters(self) -> &'static [u16; 128] {
                match self {
                    $(Self::$variant => {
                        static TABLE: [u16; 128] = tables::$table;
                        &TABLE
                    })+
                }
            }
        }
    };
}

code_tables! {
    /// Code page 437, the IBM PC's.
    Cp437 = CP437, "cp437";
    /// Half-width katakana and graphics.
    Katakana = KATAKANA, "katakana";
    /// Thai character code 11.
    Thai11 = THAI_11, "thai11";
    /// Thai character code 13.
    Thai13 = THAI_13, "thai13";
    /// Thai character code 14.
    Thai14 = THAI_14, "thai14";
    /// Thai character code 16.
    Thai16 = THAI_16, "thai16";
    /// Thai character code 18.
    Thai18 = THAI_18, "thai18";
    /// Thai character code 42.
    Thai42 = THAI_42, "thai42";
    /// TCVN-3, small Vietnamese letters.
    Tcvn3 = TCVN_3, "tcvn3";
    /// TCVN-3, capital Vietnamese letters.
    Tcvn3Capitals = TCVN_3_CAPITALS, "tcvn3-capitals";
    /// Code page 720, Arabic.
    Cp720 = CP720, "cp720";
    /// Code page 737, Greek.
    Cp737 = CP737, "cp737";
    /// Code page 772, Lithuanian and Cyrillic.
    Cp772 = CP772, "cp772";
    /// Code page 774, Lithuanian.
    Cp774 = CP774, "cp774";
    /// Code page 775, Baltic.
    Cp775 = CP775, "cp775";
    /// Code page 850, Latin-1.
    Cp850 = CP850, "cp850";
    /// Code page 851, Greek.
    Cp851 = CP851, "cp851";
    /// Code page 852, Latin-2.
    Cp852 = CP852, "cp852";
    /// Code page 853, Turkish, Maltese and Esperanto.
    Cp853 = CP853, "cp853";
    /// Code page 855, Cyrillic.
    Cp855 = CP855, "cp855";
    /// Code page 857, Turkish.
    Cp857 = CP857, "cp857";
    /// Code page 858, Latin-1 with the euro sign.
    Cp858 = CP858, "cp858";
    /// Code page 860, Portuguese.
    Cp860 = CP860, "cp860";
    /// Code page 861, Icelandic.
    Cp861 = CP861, "cp861";
    /// Code page 862, Hebrew.
    Cp862 = CP862, "cp862";
    /// Code page 863, Canadian French.
    Cp863 = CP863, "cp863";
    /// Code page 864, Arabic.
    Cp864 = CP864, "cp864";
    /// Code page 865, Nordic.
    Cp865 = CP865, "cp865";
    /// Code page 866, Cyrillic.
    Cp866 = CP866, "cp866";
    /// Code page 869, Greek.
    Cp869 = CP869, "cp869";
    /// Code page 874, Thai.
    Cp874 = CP874, "cp874";
    /// Code page 1098, Farsi.
    Cp1098 = CP1098, "cp1098";
    /// Code page 1125, Ukrainian.
    Cp1125 = CP1125, "cp1125";
    /// Windows-1250, Central European.
    Windows1250 = WINDOWS_1250, "windows-1250";
    /// Windows-1251, Cyrillic.
    Windows1251 = WINDOWS_1251, "windows-1251";
    /// Windows-1252, Western European.
    Windows1252 = WINDOWS_1252, "windows-1252";
    /// Windows-1253, Greek.
    Windows1253 = WINDOWS_1253, "windows-1253";
    /// Windows-1254, Turkish.
    Windows1254 = WINDOWS_1254, "windows-1254";
    /// Windows-1255, Hebrew.
    Windows1255 = WINDOWS_1255, "windows-1255";
    /// Windows-1256, Arabic.
    Windows1256 = WINDOWS_1256, "windows-1256";
    /// Windows-1257, Baltic.
    Windows1257 = WINDOWS_1257, "windows-1257";
    /// Windows-1258, Vietnamese.
    Windows1258 = WINDOWS_1258, "windows-1258";
    /// ISO 8859-2, Central European, with graphics in 80h to 9Fh.
    Iso8859_2 = EPSON_ISO_8859_2, "iso-8859-2";
    /// ISO 8859-7, Greek.
    Iso8859_7 = ISO_8859_7, "iso-8859-7";
    /// ISO 8859-15, Western European with the euro sign.
    Iso8859_15 = ISO_8859_15, "iso-8859-15";
    /// KZ-1048, Kazakh.
    Kz1048 = KZ_1048, "kz-1048";
}

impl CodeTable {
    /// The character a byte prints; U+FFFD where the page has none.
    ///
    /// ```
    /// use platen_receipt::CodeTable;
    ///
    /// assert_eq!(CodeTable::Cp858.character(0xD5), '€');
    /// assert_eq!(CodeTable::Cp858.character(b'A'), 'A');
    /// ```
    #[must_use]
    pub fn character(self, byte: u8) -> char {
        match byte.checked_sub(0x80) {
            None => char::from(byte),
            Some(place) => char::from_u32(self.characters()[usize::from(place)].into())
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        }
    }
}

/// The pages of `ESC t` in the maker's own numbering.
pub const EPSON: &[(u8, CodeTable)] = &[
    (0, CodeTable::Cp437),
    (1, CodeTable::Katakana),
    (2, CodeTable::Cp850),
    (3, CodeTable::Cp860),
    (4, CodeTable::Cp863),
    (5, CodeTable::Cp865),
    (11, CodeTable::Cp851),
    (12, CodeTable::Cp853),
    (13, CodeTable::Cp857),
    (14, CodeTable::Cp737),
    (15, CodeTable::Iso8859_7),
    (16, CodeTable::Windows1252),
    (17, CodeTable::Cp866),
    (18, CodeTable::Cp852),
    (19, CodeTable::Cp858),
    (20, CodeTable::Thai42),
    (21, CodeTable::Thai11),
    (22, CodeTable::Thai13),
    (23, CodeTable::Thai14),
    (24, CodeTable::Thai16),
    (26, CodeTable::Thai18),
    (30, CodeTable::Tcvn3),
    (31, CodeTable::Tcvn3Capitals),
    (32, CodeTable::Cp720),
    (33, CodeTable::Cp775),
    (34, CodeTable::Cp855),
    (35, CodeTable::Cp861),
    (36, CodeTable::Cp862),
    (37, CodeTable::Cp864),
    (38, CodeTable::Cp869),
    (39, CodeTable::Iso8859_2),
    (40, CodeTable::Iso8859_15),
    (41, CodeTable::Cp1098),
    (42, CodeTable::Cp774),
    (43, CodeTable::Cp772),
    (44, CodeTable::Cp1125),
    (45, CodeTable::Windows1250),
    (46, CodeTable::Windows1251),
    (47, CodeTable::Windows1253),
    (48, CodeTable::Windows1254),
    (49, CodeTable::Windows1255),
    (50, CodeTable::Windows1256),
    (51, CodeTable::Windows1257),
    (52, CodeTable::Windows1258),
    (53, CodeTable::Kz1048),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_print_what_their_names_say() {
        for (table, byte, expected) in [
            (CodeTable::Cp437, 0x82, 'é'),
            (CodeTable::Katakana, 0x95, '─'),
            (CodeTable::Katakana, 0xB1, 'ｱ'),
            (CodeTable::Cp852, 0xA9, 'ę'),
            (CodeTable::Cp866, 0x91, 'С'),
            (CodeTable::Windows1252, 0x80, '€'),
            (CodeTable::Windows1252, 0x81, '\u{fffd}'),
            (CodeTable::Iso8859_15, 0xA4, '€'),
            (CodeTable::Cp862, 0x80, 'א'),
            (CodeTable::Cp851, 0xD6, 'α'),
            (CodeTable::Iso8859_2, 0x94, '─'),
            (CodeTable::Tcvn3, 0xA8, 'ă'),
            (CodeTable::Thai11, 0xA1, 'ก'),
        ] {
            assert_eq!(table.character(byte), expected, "{} {byte:x}", table.name());
        }
    }

    #[test]
    fn every_page_has_characters_in_its_upper_half() {
        for &table in CodeTable::ALL {
            let known = (0x80..=0xFF)
                .filter(|&byte| table.character(byte) != char::REPLACEMENT_CHARACTER)
                .count();
            assert!(known > 60, "{} has only {known} characters", table.name());
        }
    }
}
