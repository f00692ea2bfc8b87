//! Pictures in SBPL: `ESC G`, as hexadecimal digits or octets.
//!
//! Facts: SATO's programming reference, "Graphics, Custom": H or B, then three
//! digits of width and three of height, both in blocks of eight dots, then the
//! rows; a set bit is black.

use super::{Bounds, PictureTooLarge, PrinterLanguage, push_hex, row_octets};
use crate::command::control::ESC;
use crate::layout::Bitmap;

/// How the dots are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GraphicCoding {
    /// `GH`: two digits an octet.
    Hex,
    /// `GB`: one octet for eight dots.
    Binary,
}

/// Three digits of blocks each way.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Sbpl,
    width_dots_max: 999 * 8,
    height_dots_max: 999 * 8,
};

/// A whole label with the picture.
pub fn label(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let mut out = vec![ESC, b'A'];
    out.extend(graphic(bitmap, (1, 1), GraphicCoding::Hex)?);
    out.extend([ESC, b'Q', b'1', ESC, b'Z']);
    Ok(out)
}

/// The picture with its position, to stand in a label. Positions count from 1
/// and have up to four digits.
pub fn graphic(
    bitmap: &Bitmap,
    (x, y): (u16, u16),
    coding: GraphicCoding,
) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let (x, y) = (x.clamp(1, 9999), y.clamp(1, 9999));
    let (across, down) = (row_octets(bitmap), bitmap.height_dots().div_ceil(8));
    let letter = match coding {
        GraphicCoding::Hex => 'H',
        GraphicCoding::Binary => 'B',
    };
    let esc = char::from(ESC);
    let mut out =
        format!("{esc}V{y:04}{esc}H{x:04}{esc}G{letter}{across:03}{down:03}").into_bytes();
    // The last block is filled with white rows.
    let mut rows = bitmap.rows().to_vec();
    rows.resize(across * down as usize * 8, 0);
    match coding {
        GraphicCoding::Hex => push_hex(&mut out, &rows),
        GraphicCoding::Binary => out.extend(rows),
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{from_hex, pictures};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_label_reads_like_the_manuals() {
        let bitmap = Bitmap::from_rows(8, 8, vec![0xFF, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0xFF]);
        assert_eq!(
            label(&bitmap).expect("fits"),
            b"\x1bA\x1bV0001\x1bH0001\x1bGH001001FF818181818181FF\x1bQ1\x1bZ"
        );
    }

    proptest! {
        /// Both codings hold the same dots, and white rows to fill the block.
        #[test]
        fn both_codings_hold_the_dots(bitmap in pictures(300, 40)) {
            for coding in [GraphicCoding::Hex, GraphicCoding::Binary] {
                let command = graphic(&bitmap, (300, 50), coding).expect("fits");
                let start = format!("\x1bV0050\x1bH0300\x1bG{}", match coding {
                    GraphicCoding::Hex => 'H',
                    GraphicCoding::Binary => 'B',
                });
                let rest = command.strip_prefix(start.as_bytes()).expect("a picture");
                let blocks = |digits: &[u8]| -> usize {
                    std::str::from_utf8(digits).expect("digits").parse().expect("a number")
                };
                let (across, down) = (blocks(&rest[..3]), blocks(&rest[3..6]));
                let rows = match coding {
                    GraphicCoding::Hex => from_hex(&rest[6..]),
                    GraphicCoding::Binary => rest[6..].to_vec(),
                };
                prop_assert_eq!(rows.len(), across * down * 8);
                let (dots, filling) = rows.split_at(bitmap.rows().len());
                prop_assert_eq!(dots, bitmap.rows());
                prop_assert!(filling.len() < across * 8);
                prop_assert!(filling.iter().all(|&octet| octet == 0));
            }
        }
    }
}
