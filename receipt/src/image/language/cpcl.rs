//! Pictures in CPCL: `EG` as hexadecimal digits, `CG` as octets.
//!
//! Facts: Zebra's CPCL programming manual, "Graphics": width in octets, height
//! in dots, position, data; a set bit is black.

use super::{Bounds, PictureTooLarge, PrinterLanguage, push_hex, row_octets};
use crate::layout::Bitmap;

/// How the dots are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GraphicCoding {
    /// `EG`: two digits an octet, for lines that do not carry every octet.
    Expanded,
    /// `CG`: one octet for eight dots.
    Compressed,
}

/// Width, height and positions are numbers of up to 65535.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Cpcl,
    width_dots_max: 65_535,
    height_dots_max: 65_535,
};

/// A whole label with the picture, as high as the picture.
pub fn label(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let (width, height) = (bitmap.width_dots(), bitmap.height_dots());
    // Offset, the two resolutions (they are always written so), height, copies.
    let mut out = format!("! 0 200 200 {height} 1\r\nPAGE-WIDTH {width}\r\n").into_bytes();
    out.extend(graphic(bitmap, (0, 0), GraphicCoding::Expanded)?);
    out.extend(b"PRINT\r\n");
    Ok(out)
}

/// The picture as a command of a label, its upper left corner at this place.
pub fn graphic(
    bitmap: &Bitmap,
    (x, y): (u16, u16),
    coding: GraphicCoding,
) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let (width_octets, height) = (row_octets(bitmap), bitmap.height_dots());
    let name = match coding {
        GraphicCoding::Expanded => "EG",
        GraphicCoding::Compressed => "CG",
    };
    let mut out = format!("{name} {width_octets} {height} {x} {y} ").into_bytes();
    match coding {
        GraphicCoding::Expanded => push_hex(&mut out, bitmap.rows()),
        GraphicCoding::Compressed => out.extend_from_slice(bitmap.rows()),
    }
    out.extend(b"\r\n");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{from_hex, pictures, until};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_label_reads_like_the_manuals() {
        let bitmap = Bitmap::from_rows(16, 2, vec![0xF0, 0xF0, 0x0F, 0x0F]);
        assert_eq!(
            String::from_utf8_lossy(&label(&bitmap).expect("fits")),
            "! 0 200 200 2 1\r\nPAGE-WIDTH 16\r\nEG 2 2 0 0 F0F00F0F\r\nPRINT\r\n"
        );
    }

    proptest! {
        /// Both codings hold the same dots.
        #[test]
        fn both_codings_hold_the_dots(bitmap in pictures(300, 40)) {
            for (coding, name) in [
                (GraphicCoding::Expanded, "EG"),
                (GraphicCoding::Compressed, "CG"),
            ] {
                let command = graphic(&bitmap, (90, 45), coding).expect("fits");
                let header = format!(
                    "{name} {} {} 90 45 ", row_octets(&bitmap), bitmap.height_dots()
                );
                let (before, data) = until(&command, header.as_bytes());
                prop_assert!(before.is_empty());
                let data = data.strip_suffix(b"\r\n").expect("the end of the line");
                let rows = match coding {
                    GraphicCoding::Expanded => from_hex(data),
                    GraphicCoding::Compressed => data.to_vec(),
                };
                prop_assert_eq!(rows, bitmap.rows());
            }
        }
    }
}
