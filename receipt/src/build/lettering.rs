//! Text that the printer has no characters for, drawn in our fonts.

use unicode_width::UnicodeWidthChar;

use super::style::TextStyle;
use super::thai::is_placed_mark;
use super::wrap::{Line, Unit, cell, character_dots, is_blank, width_dots};
use crate::font::Fonts;
use crate::image::Bitmap;
use crate::profile::{Cell, Profile};

/// The height of a strip that stands in a row of text (`ESC *`).
pub(super) const STRIP_DOTS: u16 = 24;

/// The height of a character on paper.
fn height_dots(unit: &Unit, profile: &Profile) -> u32 {
    let cell = cell(unit.style, unit.cells, profile);
    let up = if unit.style.rotated {
        cell.width_dots
    } else {
        cell.height_dots
    };
    u32::from(up) * u32::from(unit.style.height)
}

/// Whether the drawn character can stand in a row beside the printer's own.
pub(super) fn fits_a_strip(unit: &Unit, profile: &Profile) -> bool {
    !unit.style.rotated && height_dots(unit, profile) <= STRIP_DOTS.into()
}

/// A run of text of one style as a strip.
pub(super) fn strip(units: &[Unit], profile: &Profile, fonts: &Fonts) -> Bitmap {
    let mut sheet = Sheet::new(width_dots(units), STRIP_DOTS.into());
    sheet.run(0, units, profile, fonts);
    sheet.into_bitmap()
}

/// A whole row of paper as a picture, its text on one base line.
pub(super) fn row(parts: &[(u32, Line)], profile: &Profile, fonts: &Fonts) -> Bitmap {
    let ends = parts.iter().map(|(x, line)| x + width_dots(line));
    let heights = parts
        .iter()
        .flat_map(|(_, line)| line)
        .map(|unit| height_dots(unit, profile));
    let mut sheet = Sheet::new(ends.max().unwrap_or(0), heights.max().unwrap_or(0));
    for (x, line) in parts {
        let mut x = *x;
        for run in line.chunk_by(|one, next| one.style == next.style) {
            sheet.run(x, run, profile, fonts);
            x += width_dots(run);
        }
    }
    sheet.into_bitmap()
}

/// Paper to draw on.
struct Sheet {
    width: u32,
    height: u32,
    row_octets: usize,
    rows: Vec<u8>,
}

impl Sheet {
    fn new(width: u32, height: u32) -> Self {
        let row_octets = width.div_ceil(8) as usize;
        Self {
            width,
            height,
            row_octets,
            rows: vec![0; row_octets * height as usize],
        }
    }

    fn into_bitmap(self) -> Bitmap {
        Bitmap::from_rows(self.width, self.height, self.rows)
    }

    /// Draws units of one style from x on, standing on the lower edge.
    fn run(&mut self, x: u32, units: &[Unit], profile: &Profile, fonts: &Fonts) {
        let Some(style) = units.first().map(|unit| unit.style) else {
            return;
        };
        let heights = units.iter().map(|unit| height_dots(unit, profile));
        let (width, height) = (width_dots(units), heights.max().unwrap_or(0));
        let mut left = x;
        for unit in units {
            let mut right = left;
            let mut pen = Pen {
                left,
                top: self.height.saturating_sub(height_dots(unit, profile)),
                cell: cell(style, unit.cells, profile),
                style,
            };
            for character in unit.text.chars() {
                // What has no width of its own stands with what is before it.
                let columns = columns(character);
                if columns > 0 {
                    pen.left = right;
                    pen.cell = cell(style, columns, profile);
                    right += character_dots(style, columns, profile);
                }
                if !is_blank(character) {
                    self.character(&pen, character, fonts);
                }
            }
            left += unit.dots;
        }
        if style.underline {
            self.fill(x, self.height.saturating_sub(1), width, 1);
        }
        if style.inverse {
            let top = self.height.saturating_sub(height);
            self.invert(x, top, width, height);
        }
    }

    fn character(&mut self, pen: &Pen, character: char, fonts: &Fonts) {
        let Cell {
            width_dots: width,
            height_dots: height,
        } = pen.cell;
        match fonts.glyph(character, pen.cell) {
            Some(glyph) => glyph.each_block(|block| {
                let bold = u16::from(pen.style.bold);
                let right = width.saturating_sub(block.column);
                let width = (block.width + bold).min(right);
                self.stroke(pen, block.column, block.row, width, block.height);
            }),
            None if is_invisible(character) => {}
            // A box says that something stands here.
            None if width >= 4 && height >= 8 => {
                let (right, bottom) = (width - 2, height - height / 8 - 1);
                self.stroke(pen, 1, 2, right, 1);
                self.stroke(pen, 1, bottom, right, 1);
                self.stroke(pen, 1, 2, 1, bottom - 2);
                self.stroke(pen, right, 2, 1, bottom - 2);
            }
            None => {}
        }
    }

    /// Fills dots of a cell, turned and enlarged as the style says.
    fn stroke(&mut self, pen: &Pen, x: u16, y: u16, width: u16, height: u16) {
        let (x, y, width, height) = if pen.style.rotated {
            (pen.cell.height_dots - y - height, x, height, width)
        } else {
            (x, y, width, height)
        };
        let (across, down) = (u32::from(pen.style.width), u32::from(pen.style.height));
        self.fill(
            pen.left + u32::from(x) * across,
            pen.top + u32::from(y) * down,
            u32::from(width) * across,
            u32::from(height) * down,
        );
    }

    fn fill(&mut self, x: u32, y: u32, width: u32, height: u32) {
        self.each(x, y, width, height, |octet, mask| *octet |= mask);
    }

    fn invert(&mut self, x: u32, y: u32, width: u32, height: u32) {
        self.each(x, y, width, height, |octet, mask| *octet ^= mask);
    }

    /// Changes the dots of a rectangle, as far as it is on the sheet.
    fn each(&mut self, x: u32, y: u32, width: u32, height: u32, change: impl Fn(&mut u8, u8)) {
        let (right, bottom) = ((x + width).min(self.width), (y + height).min(self.height));
        for y in y..bottom {
            let row = &mut self.rows[y as usize * self.row_octets..][..self.row_octets];
            for x in x..right {
                change(&mut row[x as usize / 8], 0x80 >> (x % 8));
            }
        }
    }
}

/// The columns a character takes: none where it stands with the one before it.
fn columns(character: char) -> u32 {
    if is_placed_mark(character) {
        return 0;
    }
    u32::try_from(character.width().unwrap_or(0)).unwrap_or(1)
}

/// Where a character is drawn, and how.
struct Pen {
    left: u32,
    top: u32,
    cell: Cell,
    style: TextStyle,
}

/// Characters that are there to steer others and show nothing themselves.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
        )
}
