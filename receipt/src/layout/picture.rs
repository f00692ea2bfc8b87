//! Black and white pictures, and the forms in which jobs carry them.

/// Dots in rows, eight an octet, most significant bit left, 1 black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width_dots: u32,
    height_dots: u32,
    rows: Vec<u8>,
}

impl Bitmap {
    /// A picture of `height_dots` rows of whole octets. Missing octets are
    /// white, spare ones are dropped, and so are the dots beyond the width.
    ///
    /// The rows take at most as much memory as `rows` and one octet more a row.
    #[must_use]
    pub fn from_rows(width_dots: u32, height_dots: u32, mut rows: Vec<u8>) -> Self {
        let row_octets = width_dots.div_ceil(8) as usize;
        // A picture that claims more rows than it brings ends where its data end.
        let rows_brought = rows.len().div_ceil(row_octets.max(1));
        let height_dots = height_dots.min(u32::try_from(rows_brought).unwrap_or(u32::MAX));
        rows.resize(row_octets * height_dots as usize, 0);
        let spare_bits = width_dots.next_multiple_of(8) - width_dots;
        if spare_bits > 0 {
            for row in rows.chunks_exact_mut(row_octets) {
                row[row_octets - 1] &= 0xFF << spare_bits;
            }
        }
        Self {
            width_dots,
            height_dots,
            rows,
        }
    }

    /// A picture that comes column by column, each of `octets_per_column`
    /// octets with the most significant bit on top.
    #[must_use]
    pub fn from_columns(octets_per_column: u32, height_dots: u32, columns: &[u8]) -> Self {
        let octets_per_column = octets_per_column.max(1) as usize;
        let width = columns.len() / octets_per_column;
        let row_octets = width.div_ceil(8);
        let height = (height_dots as usize).min(octets_per_column * 8);
        let mut rows = vec![0; row_octets * height];
        for (x, column) in columns.chunks_exact(octets_per_column).enumerate() {
            for y in 0..height {
                if column[y / 8] & (0x80 >> (y % 8)) != 0 {
                    rows[y * row_octets + x / 8] |= 0x80 >> (x % 8);
                }
            }
        }
        Self {
            width_dots: u32::try_from(width).unwrap_or(u32::MAX),
            height_dots: u32::try_from(height).unwrap_or(u32::MAX),
            rows,
        }
    }

    /// Width in dots.
    #[must_use]
    pub fn width_dots(&self) -> u32 {
        self.width_dots
    }

    /// Height in dots.
    #[must_use]
    pub fn height_dots(&self) -> u32 {
        self.height_dots
    }

    /// The rows, each filled up to whole octets with white.
    #[must_use]
    pub fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// The picture as a binary PBM file.
    #[must_use]
    pub fn to_pbm(&self) -> Vec<u8> {
        let mut pbm = format!("P4\n{} {}\n", self.width_dots, self.height_dots).into_bytes();
        pbm.extend_from_slice(&self.rows);
        pbm
    }

    /// Adds a picture of the same width below.
    pub(super) fn append(&mut self, below: &Self) {
        debug_assert_eq!(self.width_dots, below.width_dots);
        self.rows.extend_from_slice(&below.rows);
        self.height_dots += below.height_dots;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_rows() {
        // A diagonal of three dots from the upper left.
        let picture = Bitmap::from_columns(1, 8, &[0x80, 0x40, 0x20]);
        assert_eq!((picture.width_dots(), picture.height_dots()), (3, 8));
        assert_eq!(picture.rows(), [0x80, 0x40, 0x20, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn dots_beyond_the_width_are_dropped() {
        let picture = Bitmap::from_rows(4, 2, vec![0xFF, 0xFF]);
        assert_eq!(picture.rows(), [0xF0, 0xF0]);
    }

    #[test]
    fn a_picture_that_claims_more_than_it_brings_ends_early() {
        let picture = Bitmap::from_rows(16, 60_000, vec![0xFF; 5]);
        assert_eq!(picture.height_dots(), 3);
        assert_eq!(picture.rows(), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]);
    }
}
