//! Text to rows: where it breaks, and how wide everything is.
//!
//! Breaks come from Unicode's line breaking algorithm (UAX #14), between
//! characters as people see them (UAX #29); widths are in dots of the printer.
//! Arabic letters are joined (`arabic`), Thai marks stacked (`thai`), and what reads from right to left is
//! put in its visual order (`visual`).

use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::arabic::joined;
use super::normal::normal_form;
use super::style::{Text, TextStyle};
use super::thai::stacked;
use super::visual::Order;
use crate::profile::{Cell, Profile};

/// Columns from one tab stop to the next.
const TAB_COLUMNS: u32 = 8;

/// A character as people see it, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// One character with what combines with it.
    pub(super) text: String,
    pub(super) style: TextStyle,
    /// Cells it takes: 0, 1 or 2.
    pub(super) cells: u32,
    /// Its width on paper.
    pub(super) dots: u32,
    /// Where it begins in the text it is from.
    pub(super) place: usize,
}

impl Unit {
    pub(super) fn is_blank(&self) -> bool {
        self.text.chars().all(is_blank)
    }
}

/// Characters that print as nothing but room.
pub(super) fn is_blank(character: char) -> bool {
    matches!(
        character,
        ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// A row of text.
pub(super) type Line = Vec<Unit>;

/// How wide a row is.
pub(super) fn width_dots(line: &[Unit]) -> u32 {
    line.iter().map(|unit| unit.dots).sum()
}

/// Breaks text into rows of at most this width; there is at least one. A
/// character that is wider than that stands alone in its row.
pub(super) fn wrap(text: &Text, width_dots_max: u32, profile: &Profile) -> Vec<Line> {
    let mut whole = String::new();
    let mut styles = Vec::new();
    for span in &text.spans {
        whole.push_str(&normal_form(&span.text));
        styles.push((whole.len(), span.style));
    }
    let order = Order::of(&whole);
    let mut wrapping = Wrapping {
        width_dots_max,
        lines: Vec::new(),
        line: Vec::new(),
        dots: 0,
    };
    let mut start = 0;
    for (end, opportunity) in linebreaks(&whole) {
        let segment = whole[start..end].trim_end_matches(is_line_end);
        let units = units(segment, start, &styles, profile);
        wrapping.push(units);
        if opportunity == BreakOpportunity::Mandatory {
            wrapping.end_row();
        }
        start = end;
    }
    if wrapping.lines.is_empty() || !wrapping.line.is_empty() {
        wrapping.end_row();
    }
    let rows = wrapping.lines.into_iter();
    rows.map(|line| order.visual(joined(line)))
        .map(|line| line.into_iter().map(stacked).collect())
        .collect()
}

/// A line of text as a printer without knowledge of scripts must get it: its
/// Arabic letters joined, and everything from left to right as it is seen.
#[must_use]
pub fn visual_order(line: &str) -> String {
    wrap(&line.into(), u32::MAX, &Profile::default())
        .into_iter()
        .flatten()
        .map(|unit| unit.text)
        .collect()
}

fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The cell of a character that is so many columns wide: those of two have one
/// size in all fonts.
pub(super) fn cell(style: TextStyle, columns: u32, profile: &Profile) -> Cell {
    if columns > 1 {
        profile.kanji
    } else {
        profile.cell(style.font)
    }
}

/// The width on paper of a character that is so many columns wide.
pub(super) fn character_dots(style: TextStyle, columns: u32, profile: &Profile) -> u32 {
    let cell = cell(style, columns, profile);
    // A turned character is as wide as it was high.
    let across = if style.rotated {
        cell.height_dots
    } else {
        cell.width_dots
    };
    u32::from(across) * u32::from(style.width)
}

fn units(
    segment: &str,
    start: usize,
    styles: &[(usize, TextStyle)],
    profile: &Profile,
) -> Vec<Unit> {
    segment
        .grapheme_indices(true)
        .filter_map(|(at, text)| {
            let place = start + at;
            let span = styles.partition_point(|&(end, _)| end <= place);
            let style = styles[span].1;
            let cells = if text == "\t" {
                1
            } else if text.chars().all(char::is_control) {
                return None;
            } else {
                u32::try_from(text.width().min(2)).unwrap_or(2)
            };
            Some(Unit {
                text: text.to_owned(),
                style,
                cells,
                dots: if cells == 0 {
                    0
                } else {
                    character_dots(style, cells, profile)
                },
                place,
            })
        })
        .collect()
}

struct Wrapping {
    width_dots_max: u32,
    lines: Vec<Line>,
    line: Line,
    dots: u32,
}

impl Wrapping {
    /// Adds what must stay together, if it can.
    fn push(&mut self, units: Vec<Unit>) {
        let ink = units.iter().rposition(|unit| !unit.is_blank());
        let ink_dots = ink.map_or(0, |last| width_dots(&units[..=last]));
        if !self.line.is_empty() && self.dots + ink_dots > self.width_dots_max {
            self.break_row();
        }
        for unit in units {
            if !unit.is_blank()
                && !self.line.is_empty()
                && self.dots + unit.dots > self.width_dots_max
            {
                self.break_row();
            }
            self.add(unit);
        }
    }

    fn add(&mut self, mut unit: Unit) {
        if unit.text == "\t" {
            unit.text = " ".to_owned();
            let column = self.dots / unit.dots.max(1);
            for _ in 0..TAB_COLUMNS - column % TAB_COLUMNS {
                self.dots += unit.dots;
                self.line.push(unit.clone());
            }
            return;
        }
        self.dots += unit.dots;
        self.line.push(unit);
    }

    /// Ends a row where the text goes on: blanks at its end are not there.
    fn break_row(&mut self) {
        while self.line.last().is_some_and(Unit::is_blank) {
            self.line.pop();
        }
        self.end_row();
    }

    /// Ends a row; blanks that do not fit are not there.
    fn end_row(&mut self) {
        while self.dots > self.width_dots_max && self.line.last().is_some_and(Unit::is_blank) {
            let blank = self.line.pop();
            self.dots -= blank.map_or(0, |unit| unit.dots);
        }
        self.lines.push(std::mem::take(&mut self.line));
        self.dots = 0;
    }
}

/// What stands in the first row of a text on 80 mm paper.
#[cfg(test)]
pub(super) fn first_row(text: &str) -> String {
    let lines = wrap(&text.into(), 576, &Profile::default());
    lines[0].iter().map(|unit| unit.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::style::Span;
    use super::*;
    use proptest::prelude::*;

    fn rows(text: impl Into<Text>, columns: u32) -> Vec<String> {
        wrap(&text.into(), columns * 12, &Profile::default())
            .iter()
            .map(|line| line.iter().map(|unit| unit.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn text_breaks_where_people_would() {
        for (text, expected) in [
            ("", vec![""]),
            ("a\n\nb\r\nc\n", vec!["a", "", "b", "c"]),
            ("two words", vec!["two", "words"]),
            ("well-known facts", vec!["well-", "known", "facts"]),
            ("abcdefghijkl", vec!["abcdefgh", "ijkl"]),
            ("123 000\u{a0}€ x", vec!["123", "000\u{a0}€ x"]),
            ("価格は税込です。", vec!["価格は税", "込です。"]),
            ("a       b", vec!["a", "b"]),
            ("a\tb", vec!["a", "b"]),
            ("a\u{7}\u{1b}@b", vec!["a@b"]),
        ] {
            assert_eq!(rows(text, 8), expected, "{text:?}");
        }
    }

    #[test]
    fn a_letter_and_its_accent_are_one_character() {
        assert_eq!(rows("Cafe\u{301}", 8), ["Café"]);
        // No code point has both: they stay together and take one cell.
        let lines = wrap(&"x\u{301}y".into(), 96, &Profile::default());
        assert_eq!(lines[0].len(), 2);
        assert_eq!(width_dots(&lines[0]), 24);
    }

    #[test]
    fn wide_characters_and_enlarged_ones_take_their_room() {
        let spans = vec![
            Span::new("ab", TextStyle::new().size(2, 1)),
            Span::new("漢", TextStyle::new()),
        ];
        let lines = wrap(&spans.into(), 96, &Profile::default());
        assert_eq!(width_dots(&lines[0]), 2 * 24 + 24);
    }

    proptest! {
        /// No row is wider than it may be, and no visible character is lost.
        #[test]
        fn every_row_fits_and_nothing_is_lost(text in "[a-zé漢 \\-\n]{0,60}", columns in 2u32..12) {
            let lines = wrap(&text.as_str().into(), columns * 12, &Profile::default());
            for line in &lines {
                prop_assert!(width_dots(line) <= columns * 12);
            }
            let ink = |text: &str| text.replace([' ', '\n'], "");
            let printed: String = lines.iter().flatten().map(|unit| unit.text.as_str()).collect();
            prop_assert_eq!(ink(&printed), ink(&text));
        }
    }
}
