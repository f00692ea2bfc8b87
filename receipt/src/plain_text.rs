//! Plain text as a receipt: text in, ESC/POS out, and nothing else.
//!
//! A [`TextEncoder`] takes UTF-8 in pieces of any size and writes it row by row.
//! A row that the printer's code tables have is sent as it is; one with other
//! characters, or with a script that joins its letters or runs from right to
//! left, goes through the receipt builder, which draws what must be drawn.
//! Control characters become line feeds, blanks or [`REPLACEMENT`]; none reaches
//! the printer. Lists, columns and pictures are not known here.

use unicode_bidi::{BidiClass, bidi_class};

use crate::build::{cut, needs_shaping, text_rows};
use crate::code_table::{CharacterSet, CharacterSets, Placed};
use crate::command::CutMode;
use crate::command::control::{ESC, FS, LF};
use crate::encode::encode;
use crate::font::Fonts;
use crate::profile::Profile;

/// What stands for an octet that is no text, and for a control character.
pub const REPLACEMENT: char = '?';

/// Characters that begin commands of label printers. What follows one of them
/// is [`APART`]: no setting, but an end to the command on every such printer.
const BEGIN_LABEL_COMMANDS: &str = "^~!{";
/// `ESC - 0`: no underline, as before.
const APART: [u8; 3] = [ESC, b'-', 0];

/// Columns from one tab stop to the next.
const TAB_COLUMNS: usize = 8;
/// A row of more characters is written in parts.
const ROW_CHARACTERS_MAX: usize = 4_096;

/// Writes text as ESC/POS.
///
/// ```
/// use platen_receipt::{Profile, TextEncoder};
///
/// let mut encoder = TextEncoder::new(&Profile::default());
/// let mut job = encoder.feed("2 × Käse\n".as_bytes());
/// job.extend(encoder.finish());
/// assert!(platen_receipt::render_text(&job, &Profile::default()).starts_with("2 × Käse\n"));
/// ```
#[derive(Debug, Clone)]
pub struct TextEncoder {
    profile: Profile,
    sets: CharacterSets,
    /// The table selected last; `None` where that is not known.
    selected: Option<u8>,
    /// What is not written yet of the row that is being read.
    row: String,
    /// How many characters of this row have been read.
    column: usize,
    /// Whether `row` can be sent as it is.
    is_plain: bool,
    begun: bool,
    after_return: bool,
    /// The first octets of a character cut between two pieces.
    unfinished: Vec<u8>,
}

impl TextEncoder {
    /// For a printer with these code tables.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        Self {
            profile: profile.clone(),
            sets: CharacterSets::new(profile),
            selected: None,
            row: String::new(),
            column: 0,
            is_plain: true,
            begun: false,
            after_return: false,
            unfinished: Vec::new(),
        }
    }

    /// The next piece of the text, as far as its rows are complete.
    #[must_use]
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() + 16);
        self.begin(&mut out);
        let mut octets = std::mem::take(&mut self.unfinished);
        octets.extend_from_slice(piece);
        let mut rest = octets.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.text(text, &mut out);
                    return out;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    let valid = std::str::from_utf8(valid).unwrap_or_default();
                    self.text(valid, &mut out);
                    let Some(invalid_octets) = error.error_len() else {
                        self.unfinished = after.to_vec();
                        return out;
                    };
                    self.take(REPLACEMENT, &mut out);
                    rest = &after[invalid_octets..];
                }
            }
        }
    }

    /// The end of the text: its last row, the feed and the cut.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.begin(&mut out);
        if !self.unfinished.is_empty() {
            self.take(REPLACEMENT, &mut out);
        }
        if self.column > 0 {
            self.end_row(&mut out);
        }
        out.extend(encode(&[cut(&self.profile, CutMode::Partial)]));
        out
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            // `ESC R 0`: the characters of ASCII, whatever the printer's
            // switches say.
            out.extend([ESC, b'@', ESC, b'R', 0]);
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        for character in text.chars() {
            let after_return = std::mem::replace(&mut self.after_return, character == '\r');
            match character {
                '\n' if after_return => {}
                '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                    self.end_row(out);
                }
                '\t' => {
                    for _ in 0..TAB_COLUMNS - self.column % TAB_COLUMNS {
                        self.take(' ', out);
                    }
                }
                // A byte order mark is no character of the text.
                '\u{feff}' => {}
                character if character.is_control() => self.take(REPLACEMENT, out),
                character => self.take(character, out),
            }
        }
    }

    /// Takes a character into the row.
    fn take(&mut self, character: char, out: &mut Vec<u8>) {
        self.row.push(character);
        self.column += 1;
        self.is_plain = self.is_plain && self.can_send(character);
        if self.column.is_multiple_of(ROW_CHARACTERS_MAX) {
            self.write_row(out);
        }
    }

    /// Whether the printer shows a character as it is sent, where it is sent.
    fn can_send(&self, character: char) -> bool {
        if let ' '..='~' = character {
            return true;
        }
        let from_the_right = matches!(
            bidi_class(character),
            BidiClass::R | BidiClass::AL | BidiClass::AN
        );
        !from_the_right && !needs_shaping(character) && self.place(character).is_some()
    }

    fn end_row(&mut self, out: &mut Vec<u8>) {
        if self.is_plain {
            self.write_row(out);
            out.push(LF);
        } else {
            self.write_row(out);
        }
        self.column = 0;
    }

    /// Writes what has been read of the row; a drawn one with its line feed.
    fn write_row(&mut self, out: &mut Vec<u8>) {
        let row = std::mem::take(&mut self.row);
        if std::mem::replace(&mut self.is_plain, true) {
            for character in row.chars() {
                self.print(character, out);
            }
        } else {
            let rows = text_rows(row, &self.profile, Fonts::bundled());
            out.extend(encode(&rows));
            self.selected = None;
        }
    }

    fn print(&mut self, character: char, out: &mut Vec<u8>) {
        if let ' '..='~' = character {
            out.push(character as u8);
            if BEGIN_LABEL_COMMANDS.contains(character) {
                out.extend(APART);
            }
            return;
        }
        let Some((number, placed)) = self.place(character) else {
            return;
        };
        if self.selected.is_none() {
            // Printers made for East Asia would take two of these octets for
            // one character.
            out.extend([FS, b'.']);
        }
        if self.selected.replace(number) != Some(number) {
            out.extend([ESC, b't', number]);
        }
        out.extend_from_slice(placed.octets());
    }

    /// The table that has a character, and where; best the one that is
    /// selected already.
    fn place(&self, character: char) -> Option<(u8, Placed)> {
        let found = || {
            self.sets
                .placed(character)
                .filter_map(|placed| match placed.set {
                    CharacterSet::Table(number) => Some((number, placed)),
                    CharacterSet::Multibyte => None,
                })
        };
        found()
            .find(|&(number, _)| Some(number) == self.selected)
            .or_else(|| found().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::inspect::Inspector;
    use crate::{parse, render_text};
    use proptest::prelude::*;

    fn encode(text: &[u8]) -> Vec<u8> {
        let mut encoder = TextEncoder::new(&Profile::default());
        let mut job = encoder.feed(text);
        job.extend(encoder.finish());
        job
    }

    fn printed(text: &str) -> String {
        render_text(&encode(text.as_bytes()), &Profile::default())
    }

    #[test]
    fn text_prints_as_it_reads() {
        for (text, expected) in [
            ("Flat white\n", "Flat white\n[cut]\n"),
            ("no line end", "no line end\n[cut]\n"),
            ("a\r\nb\rc\n\nd", "a\nb\nc\n\nd\n[cut]\n"),
            ("\u{feff}Äpfel\t2,10 €\n", "Äpfel   2,10 €\n[cut]\n"),
            ("Żółć, Ђ, Ω, ş\n", "Żółć, Ђ, Ω, ş\n[cut]\n"),
            (
                "~JR ^JUS {}{ ! U1 setvar\n",
                "~JR ^JUS {}{ ! U1 setvar\n[cut]\n",
            ),
            ("\u{1b}p\u{7} \u{9b}\n", "?p? ?\n[cut]\n"),
        ] {
            assert_eq!(printed(text), expected, "{text:?}");
        }
    }

    #[test]
    fn ascii_alone_needs_no_code_table() {
        assert_eq!(encode(b"Hi\n"), b"\x1b@\x1bR\x00Hi\n\x1dVB\x00");
    }

    #[test]
    fn a_code_table_is_kept_while_it_has_the_characters() {
        let job = encode("ééé€é".as_bytes());
        let switches = parse(&job)
            .commands
            .iter()
            .filter(|located| matches!(located.command, Command::SelectCharacterCodeTable(_)))
            .count();
        assert_eq!(switches, 2);
    }

    #[test]
    fn what_no_code_table_has_is_drawn_beside_the_rest() {
        let job = encode("Tea ชา 2.10\nΩ\n".as_bytes());
        let drawn = parse(&job)
            .commands
            .iter()
            .filter(|located| matches!(located.command, Command::SelectBitImageMode { .. }))
            .count();
        assert_eq!(drawn, 1);
        let text = render_text(&job, &Profile::default());
        assert_eq!(text, "Tea    2.10\n[image 24x24]\nΩ\n[cut]\n");
        assert!(!job.contains(&(REPLACEMENT as u8)));
    }

    #[test]
    fn hebrew_stands_as_it_is_read() {
        assert_eq!(printed("שלום 12\n"), "12 םולש\n[cut]\n");
    }

    #[test]
    fn a_row_without_end_is_written_in_parts() {
        let mut encoder = TextEncoder::new(&Profile::default());
        let mut octets = 0;
        for _ in 0..100 {
            octets += encoder.feed(&[b'a'; 1_000]).len();
            assert!(encoder.row.len() <= ROW_CHARACTERS_MAX);
        }
        assert!(octets > 90_000);
        assert!(encoder.finish().len() > 1_000);
    }

    #[test]
    fn octets_that_are_no_text_are_shown() {
        assert_eq!(
            render_text(&encode(b"a\xff\x1bb\xe2\x82"), &Profile::default()),
            "a??b?\n[cut]\n"
        );
    }

    /// Text with more than its share of what steers a printer.
    fn any_text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            proptest::collection::vec(
                prop_oneof![
                    any::<char>().prop_map(String::from),
                    Just("\u{1b}p\u{0}\u{19}\u{19}".to_owned()),
                    Just("\u{1d}V\u{0}".to_owned()),
                    Just("\u{10}\u{14}\u{1}\u{0}\u{1}".to_owned()),
                    Just("\u{7}".to_owned()),
                    Just("~JR".to_owned()),
                    Just("^XA^JUF^XZ".to_owned()),
                    Just("! U1 setvar \"a\" \"b\"".to_owned()),
                    Just("{}{".to_owned()),
                    Just("é€Ж\r\n\t".to_owned()),
                ],
                0..60
            )
            .prop_map(|parts| parts.concat().into_bytes()),
        ]
    }

    proptest! {
        // Finding every character's place anew takes its time in a debug build.
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the text: the printer gets text and our own commands.
        #[test]
        fn text_never_becomes_a_command(text in any_text()) {
            let job = encode(&text);
            let commands = parse(&job).commands;
            let last = commands.len() - 1;
            for (index, located) in commands.into_iter().enumerate() {
                let ours = match located.command {
                    Command::InitializePrinter => index == 0,
                    Command::SelectInternationalCharacterSet(n) => index == 1 && n == 0,
                    Command::FeedAndCutPaper { .. } => index == last,
                    Command::Text(octets) => octets.iter().all(|&octet| octet >= 0x20 && octet != 0x7F),
                    Command::PrintAndLineFeed
                    | Command::CancelKanjiMode
                    | Command::SelectCharacterCodeTable(_) => true,
                    Command::TurnUnderlineMode(n) => n.byte() == 0,
                    // What must be drawn.
                    Command::SelectBitImageMode { .. }
                    | Command::PrintRasterBitImage { .. } => true,
                    _ => false,
                };
                prop_assert!(ours, "at {}", located.offset);
            }
        }

        /// Whatever the text, and whatever the printer speaks: no drawer, no
        /// setting.
        #[test]
        fn the_inspector_finds_nothing_in_a_text(text in any_text()) {
            let mut inspector = Inspector::new();
            inspector.feed(&encode(&text));
            let findings = inspector.finish().findings;
            prop_assert!(findings.is_empty(), "{findings:?}");
        }

        /// However a text is cut, the job is the same.
        #[test]
        fn the_job_does_not_depend_on_the_pieces(
            text in any_text(),
            cut in 0usize..300,
        ) {
            let (first, second) = text.split_at(cut.min(text.len()));
            let mut encoder = TextEncoder::new(&Profile::default());
            let mut job = encoder.feed(first);
            job.extend(encoder.feed(second));
            job.extend(encoder.finish());
            prop_assert_eq!(job, encode(&text));
        }
    }
}
