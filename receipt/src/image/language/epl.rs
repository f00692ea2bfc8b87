//! Pictures in EPL: `GW`, rows of octets as they are.
//!
//! Facts: Zebra's EPL programming guide, "GW Direct Graphic Write"; that a set
//! bit stays white is in Postek's PPLE manual, whose command it is as well.

use super::{Bounds, PictureTooLarge, PrinterLanguage, row_octets};
use crate::layout::Bitmap;

/// No model of the language is wider or takes longer labels; positions and
/// sizes are decimal numbers of up to four digits.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Epl,
    width_dots_max: 9_999,
    height_dots_max: 9_999,
};

/// A whole label with the picture.
pub fn label(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    // `N` clears the image buffer, and wants a line of its own: what a broken
    // job left in the printer ends before it.
    let mut out = b"\nN\n".to_vec();
    out.extend(graphic(bitmap, (0, 0))?);
    out.extend(b"P1\n");
    Ok(out)
}

/// The picture as a command of a label, its upper left corner at this place.
pub fn graphic(bitmap: &Bitmap, (x, y): (u16, u16)) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let (width_octets, height) = (row_octets(bitmap), bitmap.height_dots());
    let mut out = format!("GW{x},{y},{width_octets},{height},").into_bytes();
    out.extend(bitmap.rows().iter().map(|octet| !octet));
    out.push(b'\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{numbers, pictures};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn white_is_one_also_beyond_the_width() {
        let bitmap = Bitmap::from_rows(3, 1, vec![0b1010_0000]);
        let label = label(&bitmap).expect("fits");
        assert_eq!(label, b"\nN\nGW0,0,1,1,\x5f\nP1\n");
    }

    proptest! {
        /// The dots come out as they went in.
        #[test]
        fn the_label_holds_the_dots(bitmap in pictures(300, 40)) {
            let label = label(&bitmap).expect("fits");
            let graphic = label.strip_prefix(b"\nN\nGW").expect("a picture");
            let commas = graphic.iter().enumerate().filter(|(_, octet)| **octet == b',');
            let (header_end, _) = commas.take(4).last().expect("four numbers");
            let header = numbers(&graphic[..header_end], ',');
            let (octets, height) = (header[2] as usize, header[3] as usize);
            let data = &graphic[header_end + 1..];
            let (data, end) = data.split_at(octets * height);
            let dots: Vec<u8> = data.iter().map(|octet| !octet).collect();
            prop_assert_eq!(dots, bitmap.rows());
            prop_assert_eq!(end, b"\nP1\n");
        }
    }
}
