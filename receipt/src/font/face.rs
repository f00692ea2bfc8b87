//! One bitmap font: which characters it has and where their dots are.
//!
//! The form of the file is described where it is written, in
//! `receipt/fonts/make.py`. Reading checks every length once, so that looking
//! up a character cannot fail in another way than not finding it.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::ZlibDecoder;

/// The first octets of a font file.
const MARK: &[u8] = b"PF1";

/// The first octets of a packed font, before its length and the font itself.
pub(super) const PACKED_MARK: &[u8] = b"PFZ";

/// The longest font that is unpacked: twice all of Unicode's first plane.
const UNPACKED_OCTETS_MAX: u32 = 16 * 1024 * 1024;

/// Mark, width, height, ascent, number of ranges.
const HEADER_OCTETS: usize = 8;

/// First character and how many follow it.
const RANGE_OCTETS: usize = 6;

/// A row of a glyph is read into one word.
const WIDTH_DOTS_MAX: u8 = 32;

/// A font file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FontError {
    /// It does not begin as one.
    NotAFont,
    /// It ends before its glyphs do, or says that they have no dots.
    Damaged,
}

impl std::fmt::Display for FontError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::NotAFont => "this is no font of ours; make one with receipt/fonts/make.py",
            Self::Damaged => "the font is damaged; get the file again",
        })
    }
}

impl std::error::Error for FontError {}

/// Unpacks what follows the mark of a packed font.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, FontError> {
    let (length, packed) = packed.split_first_chunk().ok_or(FontError::Damaged)?;
    let length = u32::from_le_bytes(*length);
    if length > UNPACKED_OCTETS_MAX {
        return Err(FontError::Damaged);
    }
    let mut font = Vec::new();
    ZlibDecoder::new(packed)
        .take(length.into())
        .read_to_end(&mut font)
        .map_err(|_| FontError::Damaged)?;
    Ok(font)
}

/// A bitmap font of one cell size.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    pub(crate) width_dots: u8,
    pub(crate) height_dots: u8,
    /// Rows of a glyph above the base line.
    pub(crate) ascent_dots: u8,
    ranges: Vec<Range>,
    glyphs: Cow<'static, [u8]>,
}

/// Characters that follow each other.
#[derive(Debug, Clone, Copy)]
struct Range {
    first: u32,
    count: u32,
    /// Glyphs before the first one.
    place: usize,
}

impl Face {
    /// Reads a font file.
    pub(crate) fn read(file: Cow<'static, [u8]>) -> Result<Self, FontError> {
        if !file.starts_with(MARK) {
            return Err(FontError::NotAFont);
        }
        let header = file.get(..HEADER_OCTETS).ok_or(FontError::Damaged)?;
        let (width_dots, height_dots, ascent_dots) = (header[3], header[4], header[5]);
        let count = usize::from(u16::from_le_bytes([header[6], header[7]]));
        if !(1..=WIDTH_DOTS_MAX).contains(&width_dots) || height_dots == 0 {
            return Err(FontError::Damaged);
        }
        let glyphs_at = HEADER_OCTETS + count * RANGE_OCTETS;
        let table = file
            .get(HEADER_OCTETS..glyphs_at)
            .ok_or(FontError::Damaged)?;
        let mut place = 0;
        let ranges: Vec<Range> = table
            .chunks_exact(RANGE_OCTETS)
            .map(|range| {
                let range = Range {
                    first: u32::from_le_bytes([range[0], range[1], range[2], range[3]]),
                    count: u16::from_le_bytes([range[4], range[5]]).into(),
                    place,
                };
                place += range.count as usize;
                range
            })
            .collect();
        let glyphs = match file {
            Cow::Borrowed(file) => Cow::Borrowed(&file[glyphs_at..]),
            Cow::Owned(mut file) => Cow::Owned(file.split_off(glyphs_at)),
        };
        let octets = usize::from(width_dots).div_ceil(8) * usize::from(height_dots);
        if glyphs.len() < place * octets {
            return Err(FontError::Damaged);
        }
        Ok(Self {
            width_dots,
            height_dots,
            ascent_dots: ascent_dots.min(height_dots),
            ranges,
            glyphs,
        })
    }

    /// The dots of a character, if the font has it.
    pub(crate) fn glyph(&self, character: char) -> Option<FaceGlyph<'_>> {
        let character = u32::from(character);
        let after = self
            .ranges
            .partition_point(|range| range.first <= character);
        let range = self.ranges[..after].last()?;
        let place = character - range.first;
        if place >= range.count {
            return None;
        }
        let row_octets = usize::from(self.width_dots).div_ceil(8);
        let octets = row_octets * usize::from(self.height_dots);
        let at = (range.place + place as usize) * octets;
        Some(FaceGlyph {
            row_octets,
            rows: &self.glyphs[at..at + octets],
        })
    }
}

/// The dots of a character.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaceGlyph<'a> {
    row_octets: usize,
    rows: &'a [u8],
}

impl FaceGlyph<'_> {
    /// A row of dots from the left, the leftmost in the most significant bit.
    pub(crate) fn row(self, y: usize) -> u32 {
        let row = &self.rows[y * self.row_octets..(y + 1) * self.row_octets];
        let bits = row
            .iter()
            .fold(0, |bits, &octet| bits << 8 | u32::from(octet));
        bits << (u32::BITS as usize - 8 * self.row_octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two characters, A and B, of 8 by 2 dots.
    const SMALL: &[u8] = b"PF1\x08\x02\x02\x01\x00A\0\0\0\x02\x00\x81\x42\xFF\x00";

    #[test]
    fn a_character_is_found_and_its_neighbor_is_not() {
        let face = Face::read(SMALL.into()).expect("a font");
        let glyph = face.glyph('B').expect("the font has it");
        assert_eq!((glyph.row(0), glyph.row(1)), (0xFF00_0000, 0));
        assert!(face.glyph('@').is_none());
        assert!(face.glyph('C').is_none());
    }

    #[test]
    fn a_font_cut_anywhere_is_an_error() {
        for end in 0..SMALL.len() {
            assert!(Face::read(Cow::Borrowed(&SMALL[..end])).is_err(), "{end}");
        }
    }
}
