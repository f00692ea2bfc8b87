//! Bitmap fonts, and which of them draws a character in a cell of a printer.
//!
//! Small fonts come with the crate; [`Fonts::complete`] adds the large one for
//! East Asia, which is not always worth its size, and [`Fonts::with`] any other. A glyph is
//! never scaled to a cell, only placed in it: a dot of the font is a dot of the
//! printer. `receipt/fonts/README.md` says where the fonts are from.

mod face;

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::profile::Cell;
use face::{Face, FaceGlyph};

pub use face::FontError;

/// The fonts receipts are drawn in.
#[derive(Debug, Clone)]
pub struct Fonts {
    faces: Vec<Face>,
}

impl Fonts {
    /// The fonts that come with the crate: Latin, Greek, Cyrillic, Georgian, Armenian,
    /// Hebrew, Arabic, Thai, half-width katakana, lines and symbols.
    #[must_use]
    pub fn bundled() -> &'static Self {
        static BUNDLED: OnceLock<Fonts> = OnceLock::new();
        BUNDLED.get_or_init(|| {
            let files: [&'static [u8]; 5] = [
                include_bytes!("../../fonts/receipt-24.font"),
                include_bytes!("../../fonts/receipt-16.font"),
                include_bytes!("../../fonts/receipt-12.font"),
                include_bytes!("../../fonts/scripts-24.font"),
                include_bytes!("../../fonts/scripts-16.font"),
            ];
            let faces = files.map(|file| {
                Face::read(Cow::Borrowed(file)).expect("the fonts of the crate are whole")
            });
            Fonts {
                faces: faces.into(),
            }
        })
    }

    /// The bundled fonts and one for the two-byte characters of East Asia. It
    /// adds 0.7 MB to a program that calls this, and nothing to one that does not.
    #[must_use]
    pub fn complete() -> &'static Self {
        static COMPLETE: OnceLock<Fonts> = OnceLock::new();
        COMPLETE.get_or_init(|| {
            let file = include_bytes!("../../fonts/east-asia-24.packed");
            let with = Fonts::bundled().clone().with(file);
            with.expect("the font of the crate is whole")
        })
    }

    /// These fonts and one more, from its file, packed or not.
    ///
    /// # Errors
    ///
    /// When the file is no font or a damaged one.
    pub fn with(mut self, file: &[u8]) -> Result<Self, FontError> {
        let file = match file.strip_prefix(face::PACKED_MARK) {
            Some(packed) => face::unpack(packed)?,
            None => file.to_vec(),
        };
        self.faces.push(Face::read(Cow::Owned(file))?);
        Ok(self)
    }

    /// Whether some font has this character.
    #[must_use]
    pub fn has(&self, character: char) -> bool {
        self.faces
            .iter()
            .any(|face| face.glyph(character).is_some())
    }

    /// The dots of a character for a cell: of the largest font that fits into
    /// it, or of the smallest there is. `None` when no font has it.
    pub(crate) fn glyph(&self, character: char, cell: Cell) -> Option<Glyph<'_>> {
        let character = plain(character);
        let fits = |face: &Face| {
            u16::from(face.width_dots) <= cell.width_dots
                && u16::from(face.height_dots) <= cell.height_dots
        };
        let area = |face: &Face| u16::from(face.width_dots) * u16::from(face.height_dots);
        let with_glyph = || {
            self.faces
                .iter()
                .filter_map(|face| Some((face, face.glyph(character)?)))
        };
        let (face, glyph) = with_glyph()
            .filter(|(face, _)| fits(face))
            .max_by_key(|(face, _)| area(face))
            .or_else(|| with_glyph().min_by_key(|(face, _)| area(face)))?;
        Some(Glyph::new(face, glyph, cell, fills_its_cell(character)))
    }
}

/// Full-width forms of plain characters look like them, with room around.
fn plain(character: char) -> char {
    match u32::from(character) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

/// Whether a character joins its neighbors: box drawing and block elements.
fn fills_its_cell(character: char) -> bool {
    matches!(character, '\u{2500}'..='\u{259F}')
}

/// Black dots of a character, in dots of its cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) column: u16,
    pub(crate) row: u16,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

/// A character placed in a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph<'a> {
    dots: FaceGlyph<'a>,
    cell: Cell,
    face_width_dots: u8,
    face_height_dots: u8,
    left_dots: u16,
    top_dots: u16,
    fills_its_cell: bool,
}

impl<'a> Glyph<'a> {
    fn new(face: &Face, dots: FaceGlyph<'a>, cell: Cell, fills_its_cell: bool) -> Self {
        let room = |cell: u16, face: u8| cell.saturating_sub(face.into());
        let rise = cell.base_dots().saturating_sub(face.ascent_dots.into());
        Self {
            dots,
            cell,
            face_width_dots: face.width_dots,
            face_height_dots: face.height_dots,
            left_dots: room(cell.width_dots, face.width_dots) / 2,
            top_dots: rise.min(room(cell.height_dots, face.height_dots)),
            fills_its_cell,
        }
    }

    /// Calls for each black block of the glyph. Rows that are alike are one
    /// block high: letters are mostly upright strokes.
    pub(crate) fn each_block(self, mut draw: impl FnMut(Block)) {
        let rows = if self.fills_its_cell {
            0..self.cell.height_dots
        } else {
            let bottom = self.top_dots + u16::from(self.face_height_dots);
            self.top_dots..bottom.min(self.cell.height_dots)
        };
        let mut row = rows.start;
        let mut bits = self.bits(row);
        while row < rows.end {
            let (mut end, mut next) = (row, bits);
            while next == bits && end < rows.end {
                end += 1;
                next = self.bits(end);
            }
            self.each_stretch(bits, |column, width| {
                draw(Block {
                    column,
                    row,
                    width,
                    height: end - row,
                });
            });
            (row, bits) = (end, next);
        }
    }

    /// The dots of the face for a row of the cell. What fills its cell goes on
    /// as it is at the edge of the glyph.
    fn bits(self, row: u16) -> u32 {
        let own = row
            .saturating_sub(self.top_dots)
            .min(u16::from(self.face_height_dots) - 1);
        self.dots.row(own.into())
    }

    /// Calls for each stretch of black dots of a row: first column and length
    /// in the cell.
    fn each_stretch(self, mut bits: u32, mut draw: impl FnMut(u16, u16)) {
        while bits != 0 {
            let start = bits.leading_zeros();
            let length = (bits << start).leading_ones();
            bits &= !(u32::MAX.checked_shl(u32::BITS - length).unwrap_or(u32::MAX) >> start);
            // Both are at most 32.
            let start = u16::try_from(start).unwrap_or(u16::MAX);
            let length = u16::try_from(length).unwrap_or(u16::MAX);
            let (mut left, mut right) = (self.left_dots + start, self.left_dots + start + length);
            if self.fills_its_cell {
                if start == 0 {
                    left = 0;
                }
                if start + length == u16::from(self.face_width_dots) {
                    right = self.cell.width_dots;
                }
            }
            let right = right.min(self.cell.width_dots);
            if left < right {
                draw(left, right - left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodeTable;

    const FONT_A: Cell = Cell {
        width_dots: 12,
        height_dots: 24,
    };
    const FONT_B: Cell = Cell {
        width_dots: 9,
        height_dots: 17,
    };

    fn picture(character: char, cell: Cell) -> Vec<String> {
        let mut rows = vec![vec!['.'; cell.width_dots.into()]; cell.height_dots.into()];
        let glyph = Fonts::bundled().glyph(character, cell).expect("a glyph");
        glyph.each_block(|block| {
            let columns = usize::from(block.column)..usize::from(block.column + block.width);
            for row in block.row..block.row + block.height {
                rows[usize::from(row)][columns.clone()].fill('#');
            }
        });
        rows.into_iter()
            .map(|row| row.into_iter().collect())
            .collect()
    }

    #[test]
    fn a_line_reaches_both_edges_of_every_cell() {
        for cell in [FONT_A, FONT_B] {
            let rows = picture('─', cell);
            assert!(rows.iter().any(|row| row.chars().all(|dot| dot == '#')));
            let rows = picture('│', cell);
            assert!(rows.iter().all(|row| row.contains('#')));
            assert!(picture('█', cell).concat().chars().all(|dot| dot == '#'));
        }
    }

    #[test]
    fn a_letter_keeps_its_shape_in_a_larger_cell() {
        let own = Cell {
            width_dots: 8,
            height_dots: 16,
        };
        let rows: Vec<String> = picture('H', own);
        let larger: Vec<String> = picture('H', FONT_B);
        for (row, larger) in rows.iter().zip(&larger[1..]) {
            assert_eq!(format!("{row}."), *larger);
        }
    }

    #[test]
    fn the_code_tables_of_europe_and_the_near_east_are_whole() {
        let fonts = Fonts::bundled();
        let mut whole = 0;
        for &table in CodeTable::ALL {
            let missing: String = (0x80..=0xFF)
                .map(|byte| table.character(byte))
                .filter(|&character| character != char::REPLACEMENT_CHARACTER)
                .filter(|&character| !character.is_control() && !fonts.has(character))
                .collect();
            match table.name() {
                "cp437" | "cp737" | "cp775" | "cp850" | "cp852" | "cp855" | "cp857" | "cp858"
                | "cp860" | "cp861" | "cp863" | "cp865" | "cp866" | "cp869" | "cp1125"
                | "windows-1250" | "windows-1251" | "windows-1252" | "windows-1253"
                | "windows-1254" | "windows-1255" | "windows-1256" | "windows-1257"
                | "windows-1258" | "iso-8859-2" | "iso-8859-7" | "iso-8859-15" | "cp862"
                | "cp864" | "cp874" | "thai11" | "tcvn3" => {
                    assert_eq!(missing, "", "{}", table.name());
                    whole += 1;
                }
                _ => {}
            }
        }
        assert_eq!(whole, 32);
    }

    #[test]
    fn east_asia_is_in_the_complete_fonts_only() {
        let wide = Cell {
            width_dots: 24,
            height_dots: 24,
        };
        for character in "領収書你好謝안녕ァ、".chars() {
            assert!(Fonts::complete().glyph(character, wide).is_some());
            assert!(Fonts::bundled().glyph(character, wide).is_none());
        }
    }
}
