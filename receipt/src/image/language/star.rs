//! Pictures for Star's printers: `ESC GS S` of StarPRNT, and the raster mode
//! of the models before it.
//!
//! Facts: Star's StarPRNT command specifications, "ESC GS S", and the line mode
//! specifications, "Raster graphics"; a set bit is black.

use super::{Bounds, PictureTooLarge, PrinterLanguage, row_octets, rows};
use crate::command::control::{ESC, GS, LF, NUL};
use crate::layout::Bitmap;

/// Rows in one `ESC GS S`: printing begins when the command is complete.
const BAND_ROWS: usize = 255;

/// Both commands take the width in octets in two octets, of which models read
/// as much as they have dots; none has more than this.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::StarPrnt,
    width_dots_max: 8_192,
    height_dots_max: u32::MAX,
};

/// A whole StarPRNT job: the picture, then a feed to the cutter and a cut.
pub fn job(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let mut out = vec![ESC, b'@'];
    out.extend(graphics(bitmap)?);
    // `ESC d 3`: feed to the cutter, partial cut.
    out.extend([ESC, b'd', 3]);
    Ok(out)
}

/// The picture as `ESC GS S`, in bands that follow each other without a gap.
pub fn graphics(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let row_octets = row_octets(bitmap).max(1);
    let mut out = Vec::with_capacity(bitmap.rows().len() + 64);
    for data in bitmap.rows().chunks(row_octets * BAND_ROWS) {
        // m 1: one bit a dot; n 0: black.
        out.extend([ESC, GS, b'S', 1]);
        out.extend(word(row_octets));
        out.extend(word(data.len() / row_octets));
        out.push(0);
        out.extend_from_slice(data);
    }
    Ok(out)
}

/// The picture in raster mode: entered, fed row by row, left. The page has no
/// length of its own (`P 0`), and nothing is cut at its end.
pub fn raster_mode(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let mut out = vec![ESC, b'*', b'r', b'R'];
    out.extend([ESC, b'*', b'r', b'A']);
    // E 1 and F 1: at the end of a page and of the document, do nothing.
    out.extend([ESC, b'*', b'r', b'P', b'0', NUL]);
    out.extend([ESC, b'*', b'r', b'E', b'1', NUL]);
    out.extend([ESC, b'*', b'r', b'F', b'1', NUL]);
    for row in rows(bitmap) {
        // What is white at the end need not be sent, but one octet must.
        let used = row
            .iter()
            .rposition(|&octet| octet != 0)
            .map_or(1, |last| last + 1);
        out.push(b'b');
        out.extend(word(used));
        out.extend_from_slice(&row[..used]);
    }
    out.extend([ESC, b'*', b'r', b'B']);
    out.push(LF);
    Ok(out)
}

/// Two octets, the low one first; what they hold was checked.
fn word(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{pictures, until};
    use super::*;
    use proptest::prelude::*;

    fn number(octets: &[u8]) -> usize {
        usize::from(u16::from_le_bytes([octets[0], octets[1]]))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The bands hold the dots.
        #[test]
        fn the_bands_hold_the_dots(bitmap in pictures(600, 600)) {
            let graphics = graphics(&bitmap).expect("fits");
            let mut rest = graphics.as_slice();
            let mut dots = Vec::new();
            while !rest.is_empty() {
                let band = rest.strip_prefix(b"\x1b\x1dS\x01").expect("a band");
                let octets = number(band) * number(&band[2..]);
                prop_assert_eq!(number(band), row_octets(&bitmap));
                prop_assert_eq!(band[4], 0);
                dots.extend_from_slice(&band[5..5 + octets]);
                rest = &band[5 + octets..];
            }
            prop_assert_eq!(dots, bitmap.rows());
        }

        /// Raster mode holds the dots, row by row.
        #[test]
        fn raster_mode_holds_the_dots(bitmap in pictures(600, 60)) {
            let job = raster_mode(&bitmap).expect("fits");
            let (_, mut rest) = until(&job, b"\x1b*rF1\0");
            let mut dots = Vec::new();
            while let Some(row) = rest.strip_prefix(b"b") {
                let octets = number(row);
                let mut whole = row[2..2 + octets].to_vec();
                whole.resize(row_octets(&bitmap), 0);
                dots.extend(whole);
                rest = &row[2 + octets..];
            }
            prop_assert_eq!(rest, b"\x1b*rB\n");
            prop_assert_eq!(dots, bitmap.rows());
        }
    }
}
