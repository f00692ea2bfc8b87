//! Characters: enlarged, bold, underlined, white on black, turned.

use std::sync::Arc;

use super::canvas::{Canvas, Ink};
use super::frame::{Frame, Rectangle};
use super::row::picture;
use crate::command::{Rotation, Underline};
use crate::font::{Block, Fonts};
use crate::layout::{Barcode, Picture, Run, UserDefined};
use crate::profile::{Cell, Profile};

/// Draws a run into its place.
pub(super) fn draw(
    canvas: &mut Canvas,
    frame: Frame,
    place: Rectangle,
    run: &Run,
    profile: &Profile,
    fonts: &Fonts,
) {
    let style = run.style;
    let ink = if style.reverse {
        canvas.fill(frame.on_paper(place), Ink::Black);
        Ink::White
    } else {
        Ink::Black
    };
    let pen = Pen {
        frame,
        cell: cell(run, profile),
        scale_x: style.width.into(),
        scale_y: style.height.into(),
        bold: style.bold,
        turned: style.rotation != Rotation::Off,
        ink,
    };
    let mut x = place.x + i64::from(run.lead_dots);
    for (index, character) in run.text.chars().enumerate() {
        if canvas.is_exhausted() {
            return;
        }
        if index > 0 && !run.joins(character) {
            x += i64::from(run.advance_dots);
        }
        pen.character(canvas, x, place.y, character, fonts);
    }
    let thickness = match style.underline {
        Underline::Off => 0,
        Underline::OneDot => 1,
        Underline::TwoDots => 2,
    };
    // White on black and turned characters are not underlined.
    if thickness > 0 && !style.reverse && !pen.turned {
        let line = Rectangle {
            y: place.y + i64::from(place.height) - i64::from(thickness),
            height: thickness,
            ..place
        };
        canvas.fill(frame.on_paper(line), Ink::Black);
    }
}

/// Draws a character that the job defines.
pub(super) fn draw_user_defined(
    canvas: &mut Canvas,
    frame: Frame,
    place: Rectangle,
    defined: &UserDefined,
) {
    let style = defined.style;
    let ink = if style.reverse {
        canvas.fill(frame.on_paper(place), Ink::Black);
        Ink::White
    } else {
        Ink::Black
    };
    let dots = Picture {
        bitmap: Arc::clone(&defined.bitmap),
        scale_x: style.width,
        scale_y: style.height,
        strips: 0,
    };
    picture(canvas, frame, place, &dots, ink);
}

/// Draws the text of a barcode in the middle of the width of its bars.
pub(super) fn draw_beside_bars(
    canvas: &mut Canvas,
    frame: Frame,
    bars: Rectangle,
    barcode: &Barcode,
    cell: Cell,
    fonts: &Fonts,
) {
    let pen = Pen {
        frame,
        cell,
        scale_x: 1,
        scale_y: 1,
        bold: false,
        turned: false,
        ink: Ink::Black,
    };
    let advance = i64::from(cell.width_dots);
    // At most as many characters as a barcode holds.
    let count = i64::try_from(barcode.hri.chars().count()).unwrap_or(0);
    let room = i64::from(bars.width) - count * advance;
    // Text wider than its bars begins no further left than the area does.
    let mut x = (bars.x + room.div_euclid(2)).max(0);
    for character in barcode.hri.chars() {
        pen.character(canvas, x, bars.y, character, fonts);
        x += advance;
    }
}

fn cell(run: &Run, profile: &Profile) -> Cell {
    if run.wide {
        profile.kanji
    } else {
        profile.cell(run.style.font)
    }
}

/// How the characters of a run are drawn.
struct Pen {
    frame: Frame,
    cell: Cell,
    scale_x: u32,
    scale_y: u32,
    bold: bool,
    turned: bool,
    ink: Ink,
}

impl Pen {
    fn character(&self, canvas: &mut Canvas, x: i64, y: i64, character: char, fonts: &Fonts) {
        if character.is_whitespace() || character.is_control() {
            return;
        }
        let Some(glyph) = fonts.glyph(character, self.cell) else {
            self.unknown(canvas, x, y);
            return;
        };
        glyph.each_block(|block| {
            // Bold is the same struck twice, one dot apart.
            let width = if self.bold {
                (block.width + 1).min(self.cell.width_dots - block.column)
            } else {
                block.width
            };
            self.dots(canvas, x, y, Block { width, ..block });
        });
    }

    /// A character that no font has: a box in its place.
    fn unknown(&self, canvas: &mut Canvas, x: i64, y: i64) {
        let Cell {
            width_dots,
            height_dots,
        } = self.cell;
        let (width, height) = (width_dots.saturating_sub(2), height_dots * 3 / 4);
        if width < 3 || height < 3 {
            return;
        }
        let top = (height_dots - height) / 2;
        for (column, row, width, height) in [
            (1, top, width, 1),
            (1, top + height - 1, width, 1),
            (1, top, 1, height),
            (width, top, 1, height),
        ] {
            let stroke = Block {
                column,
                row,
                width,
                height,
            };
            self.dots(canvas, x, y, stroke);
        }
    }

    /// Fills dots of a cell, in dots of the font.
    fn dots(&self, canvas: &mut Canvas, x: i64, y: i64, block: Block) {
        let Block {
            column,
            row,
            width,
            height,
        } = block;
        let (column, row, width, height) = if self.turned {
            let from_right = self.cell.height_dots - row - height;
            (from_right, column, height, width)
        } else {
            (column, row, width, height)
        };
        let rectangle = Rectangle {
            x: x + i64::from(u32::from(column) * self.scale_x),
            y: y + i64::from(u32::from(row) * self.scale_y),
            width: u32::from(width) * self.scale_x,
            height: u32::from(height) * self.scale_y,
        };
        canvas.fill(self.frame.on_paper(rectangle), self.ink);
    }
}
