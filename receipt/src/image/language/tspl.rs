//! Pictures in TSPL: `BITMAP`, rows of octets as they are.
//!
//! Facts: TSC's TSPL/TSPL2 programming manual, "BITMAP": position, width in
//! octets, height in dots, mode 0 (overwrite), data; a set bit stays white.

use super::{Bounds, PictureTooLarge, PrinterLanguage, row_octets};
use crate::layout::Bitmap;

/// Width, height and positions are numbers of up to 65535.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Tspl,
    width_dots_max: 65_535,
    height_dots_max: 65_535,
};

/// A whole label with the picture, on the media the printer is set to.
pub fn label(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let mut out = b"CLS\r\n".to_vec();
    out.extend(graphic(bitmap, (0, 0))?);
    out.extend(b"PRINT 1,1\r\n");
    Ok(out)
}

/// The picture as a command of a label, its upper left corner at this place.
pub fn graphic(bitmap: &Bitmap, (x, y): (u16, u16)) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let (width_octets, height) = (row_octets(bitmap), bitmap.height_dots());
    let mut out = format!("BITMAP {x},{y},{width_octets},{height},0,").into_bytes();
    out.extend(bitmap.rows().iter().map(|octet| !octet));
    out.extend(b"\r\n");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{pictures, until};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn black_is_zero_and_the_padding_is_white() {
        let bitmap = Bitmap::from_rows(4, 1, vec![0xF0]);
        assert_eq!(
            label(&bitmap).expect("fits"),
            b"CLS\r\nBITMAP 0,0,1,1,0,\x0f\r\nPRINT 1,1\r\n"
        );
    }

    proptest! {
        /// The dots come out as they went in.
        #[test]
        fn the_command_holds_the_dots(bitmap in pictures(300, 40)) {
            let command = graphic(&bitmap, (3, 7)).expect("fits");
            let octets = row_octets(&bitmap);
            let header = format!("BITMAP 3,7,{octets},{},0,", bitmap.height_dots());
            let (before, data) = until(&command, header.as_bytes());
            prop_assert!(before.is_empty());
            let data = data.strip_suffix(b"\r\n").expect("the end of the line");
            let dots: Vec<u8> = data.iter().map(|octet| !octet).collect();
            prop_assert_eq!(dots, bitmap.rows());
        }
    }
}
