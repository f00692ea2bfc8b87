//! A document as plain text: one row of paper a line, columns kept with blanks.
//!
//! A position in dots becomes a column by the width of the row's smallest
//! characters; enlarged characters take as many columns as they are wide.
//! Whatever is not text stands alone on its line in brackets: `[cut]`,
//! `[drawer 2]`, `[barcode EAN13 4006381333931]`, `[QR https://example.org]`,
//! `[image 120x88]`, `[stored image 1]`. Rows that are printed upside down or
//! turned are given as someone reads them who turns the paper.

use std::borrow::Cow;

use crate::command::DrawerPin;
use crate::layout::{Content, Document, Element, Item, Layout, Row, Run};
use crate::limits::Limits;
use crate::parse::parse_each;
use crate::profile::Profile;

/// How many texts on top of one another in a row are told apart; more than
/// that are unreadable on paper as well.
const LAYERS_MAX: usize = 8;

/// The columns a row can have at most, however small its characters.
const COLUMNS_MAX: usize = 4096;

/// What stands in place of what was left out.
const LEFT_OUT: &str = "[the rest is left out]\n";

/// Renders a job as plain text: parse, lay out and write in one step.
///
/// ```
/// use platen_receipt::{Profile, render_text};
///
/// let job = b"\x1b@\x1ba\x01Hello\n\x1dVA\x00";
/// let text = render_text(job, &Profile::new(15, 180));
/// assert_eq!(text, "     Hello\n[cut]\n");
/// ```
#[must_use]
pub fn render_text(job: &[u8], profile: &Profile) -> String {
    let limits = Limits::default();
    let mut layout = Layout::new(profile, limits);
    parse_each(job, limits, |located| layout.apply(located));
    document_text(&layout.finish(), profile, &limits)
}

/// Writes a document as plain text.
#[must_use]
pub fn document_text(document: &Document, profile: &Profile, limits: &Limits) -> String {
    let mut text = String::new();
    let mut y_dots = 0;
    for element in &document.elements {
        match element {
            Element::Row(row) => {
                blank_rows(&mut text, y_dots, row.y_dots, profile, limits);
                row_text(&mut text, row, profile);
                y_dots = row.y_dots.saturating_add(row.advance_dots);
            }
            Element::Cut { y_dots: here, .. } => {
                blank_rows(&mut text, y_dots, *here, profile, limits);
                text.push_str("[cut]\n");
                y_dots = *here;
            }
            Element::Pulse {
                y_dots: here, pin, ..
            } => {
                blank_rows(&mut text, y_dots, *here, profile, limits);
                text.push_str(match pin {
                    DrawerPin::Pin2 => "[drawer 2]\n",
                    DrawerPin::Pin5 => "[drawer 5]\n",
                });
                y_dots = *here;
            }
        }
        if text.len() > limits.text_octets_max {
            // One element is small; what went over is cut off at a row.
            let kept = text[..floor_char_boundary(&text, limits.text_octets_max)]
                .rfind('\n')
                .map_or(0, |end| end + 1);
            text.truncate(kept);
            text.push_str(LEFT_OUT);
            return text;
        }
    }
    if document.cut_short {
        text.push_str(LEFT_OUT);
    }
    text
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn blank_rows(text: &mut String, from: u32, to: u32, profile: &Profile, limits: &Limits) {
    let row_dots = u32::from(profile.line_spacing_dots.max(1));
    let gap_dots = to.saturating_sub(from);
    let rows = (gap_dots.saturating_add(row_dots / 2) / row_dots) as usize;
    for _ in 0..rows.min(limits.blank_rows_max) {
        text.push('\n');
    }
}

fn row_text(text: &mut String, row: &Row, profile: &Profile) {
    for line in row_lines(row, profile, Spread::Columns) {
        text.push_str(&line);
        text.push('\n');
    }
    for item in &row.items {
        bracketed(text, &item.content);
    }
}

/// What enlarged characters do to the characters after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Blanks keep each character in its column.
    Columns,
    /// Words stay words, and positions in dots still become columns.
    Words,
}

/// The text of a row, without blanks at its end: one line, or more where texts
/// were printed over one another.
pub(crate) fn row_lines(row: &Row, profile: &Profile, spread: Spread) -> Vec<String> {
    let runs = row.items.iter().filter_map(|item| match &item.content {
        Content::Run(run) => Some((item.x_dots, Cow::Borrowed(run))),
        Content::UserDefined(defined) => Some((
            item.x_dots,
            Cow::Owned(Run {
                text: defined.character.into(),
                style: defined.style,
                advance_dots: item.width_dots,
                lead_dots: 0,
                wide: defined.wide,
            }),
        )),
        Content::Picture(_)
        | Content::StoredPicture { .. }
        | Content::Barcode(_)
        | Content::Symbol(_) => None,
    });
    match column_dots(row, profile) {
        Some(column_dots) => runs_lines(runs.collect(), column_dots, profile, spread),
        None => Vec::new(),
    }
}

/// The width of a column of a row: that of its smallest characters.
pub(crate) fn column_dots(row: &Row, profile: &Profile) -> Option<u32> {
    let font = |item: &Item| match &item.content {
        Content::Run(run) => Some(run.style.font),
        Content::UserDefined(defined) => Some(defined.style.font),
        Content::Picture(_)
        | Content::StoredPicture { .. }
        | Content::Barcode(_)
        | Content::Symbol(_) => None,
    };
    let widths = row.items.iter().filter_map(font);
    widths
        .map(|font| u32::from(profile.cell(font).width_dots.max(1)))
        .min()
}

/// A line of the text being put together.
#[derive(Default)]
struct Layer {
    text: String,
    /// Columns of the text so far.
    columns: usize,
    /// Right edge of what stands in it.
    end_dots: u32,
}

fn runs_lines(
    mut runs: Vec<(u32, Cow<'_, Run>)>,
    column_dots: u32,
    profile: &Profile,
    spread: Spread,
) -> Vec<String> {
    runs.sort_by_key(|(x_dots, _)| *x_dots);
    let mut layers: Vec<Layer> = vec![Layer::default()];
    let mut previous: Option<(u32, &str)> = None;
    for (x_dots, run) in &runs {
        let x_dots = *x_dots;
        // Blanks at the ends print nothing and are in nobody's way.
        let shown = run.text.trim_matches(is_blank);
        if shown.is_empty() {
            continue;
        }
        let blanks = run.text.chars().take_while(|&c| is_blank(c)).count();
        let x_dots = x_dots.saturating_add(times(run.advance_dots, blanks));
        // Text printed twice on the same place is bold, not twice there.
        if previous == Some((x_dots, shown)) {
            continue;
        }
        previous = Some((x_dots, shown));
        let end_dots = x_dots.saturating_add(times(run.advance_dots, run.cells(shown)));

        let free = layers.iter().position(|layer| layer.end_dots <= x_dots);
        let layer = match free {
            Some(place) => &mut layers[place],
            None if layers.len() < LAYERS_MAX => {
                layers.push(Layer::default());
                layers.last_mut().expect("one was pushed")
            }
            None => continue,
        };
        let character_columns = character_columns(run, profile);
        layer.put(
            run,
            shown,
            columns(x_dots, column_dots),
            character_columns,
            spread,
        );
        layer.end_dots = end_dots;
    }
    layers
        .into_iter()
        .enumerate()
        .filter(|(place, layer)| *place == 0 || !layer.text.is_empty())
        .map(|(_, mut layer)| {
            layer.text.truncate(layer.text.trim_end().len());
            layer.text
        })
        .collect()
}

impl Layer {
    /// Puts characters at a column, or after what stands there already.
    fn put(
        &mut self,
        run: &Run,
        shown: &str,
        column: usize,
        character_columns: usize,
        spread: Spread,
    ) {
        self.blanks(column.min(COLUMNS_MAX).saturating_sub(self.columns));
        let shown_columns = if run.wide { 2 } else { 1 };
        for character in shown.chars() {
            if run.joins(character) {
                // Beside its letter, before the blanks of an enlarged one.
                let end = self.text.trim_end_matches(' ').len();
                self.text.insert(end, character);
                continue;
            }
            if self.columns + character_columns > COLUMNS_MAX {
                return;
            }
            if is_blank(character) {
                match spread {
                    Spread::Columns => self.blanks(character_columns),
                    Spread::Words => {
                        self.text.push(' ');
                        self.columns += character_columns;
                    }
                }
                continue;
            }
            // A job may hold any character in UTF-8, also another line end.
            self.text.push(if character.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            });
            match spread {
                Spread::Columns => {
                    self.columns += shown_columns;
                    self.blanks(character_columns - shown_columns);
                }
                Spread::Words => self.columns += character_columns,
            }
        }
    }

    fn blanks(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
        self.columns += count;
    }
}

/// How many columns of its own font a character of the run fills.
fn character_columns(run: &Run, profile: &Profile) -> usize {
    let font_dots = u32::from(profile.cell(run.style.font).width_dots.max(1));
    if run.wide {
        let half_dots = u32::from(profile.kanji.width_dots / 2).max(1);
        columns(run.advance_dots, half_dots).max(2)
    } else {
        columns(run.advance_dots, font_dots).max(1)
    }
}

/// Dots as columns, half a column either way.
pub(crate) fn columns(dots: u32, column_dots: u32) -> usize {
    (dots.saturating_add(column_dots / 2) / column_dots) as usize
}

fn times(dots: u32, count: usize) -> u32 {
    dots.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Characters that leave the paper white.
pub(crate) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\u{7f}' | '\u{a0}' | '\u{3000}')
}

fn bracketed(text: &mut String, content: &Content) {
    match content {
        Content::Run(_) | Content::UserDefined(_) => return,
        Content::Picture(picture) => text.push_str(&format!(
            "[image {}x{}]",
            picture.bitmap.width_dots(),
            picture.bitmap.height_dots()
        )),
        Content::StoredPicture { key, .. } => {
            text.push_str("[stored image ");
            push_visible(text, key);
            text.push(']');
        }
        Content::Barcode(barcode) => {
            text.push_str("[barcode ");
            text.push_str(barcode.symbology.name());
            text.push(' ');
            push_visible(text, &barcode.symbology.text(&barcode.data));
            text.push(']');
        }
        Content::Symbol(symbol) => {
            text.push('[');
            text.push_str(symbol.symbology.name());
            text.push(' ');
            push_visible(text, &code_text(&symbol.data));
            text.push(']');
        }
    }
    text.push('\n');
}

/// The data of a code as text: UTF-8 where it is, else Latin-1. Both occur.
pub(crate) fn code_text(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        Err(_) => data.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Control characters would break the line: they are written as escapes.
fn push_visible(text: &mut String, data: &str) {
    for character in data.chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
}
