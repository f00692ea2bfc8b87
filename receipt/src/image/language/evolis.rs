//! Pictures for Evolis' card printers: `Db`, the black panel of a card.
//!
//! Facts: Evolis' programming guide A5013: commands between ESC and CR, parts
//! divided by semicolons, and a bitmap of 1016 lines of 648 dots, which runs
//! along the card's length; a set bit is black. The picture is turned for that,
//! its upper left corner in the card's, and centered by nobody.

use super::{Bounds, PictureTooLarge, PrinterLanguage};
use crate::command::control::{CR, ESC};
use crate::layout::Bitmap;

/// A card at 300 dots an inch.
const CARD_WIDTH_DOTS: u32 = 1016;
const CARD_HEIGHT_DOTS: u32 = 648;
/// A line of the card's bitmap runs across the card.
const LINE_OCTETS: usize = CARD_HEIGHT_DOTS as usize / 8;

const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Evolis,
    width_dots_max: CARD_WIDTH_DOTS,
    height_dots_max: CARD_HEIGHT_DOTS,
};

/// A whole card: feed one, print the picture in black on its front, eject it.
pub fn card(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let mut out = Vec::new();
    // Start of the sequence, the front side.
    for command in ["Ss", "Sr"] {
        push_command(&mut out, command.as_bytes());
    }
    out.extend(black_panel(bitmap)?);
    push_command(&mut out, b"Se");
    Ok(out)
}

/// The picture as the whole black panel, two levels.
pub fn black_panel(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let mut command = b"Db;k;2;".to_vec();
    command.extend(turned(bitmap));
    let mut out = Vec::with_capacity(command.len() + 2);
    push_command(&mut out, &command);
    Ok(out)
}

fn push_command(out: &mut Vec<u8>, command: &[u8]) {
    out.push(ESC);
    out.extend_from_slice(command);
    out.push(CR);
}

/// A quarter turn clockwise: line x holds column x, its lowest dot first.
fn turned(bitmap: &Bitmap) -> Vec<u8> {
    let mut lines = vec![0; CARD_WIDTH_DOTS as usize * LINE_OCTETS];
    for (y, row) in super::rows(bitmap).enumerate() {
        let place = CARD_HEIGHT_DOTS as usize - 1 - y;
        for x in 0..bitmap.width_dots() as usize {
            if row[x / 8] & 0x80 >> (x % 8) != 0 {
                lines[x * LINE_OCTETS + place / 8] |= 0x80 >> (place % 8);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::sample::{pictures, until};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_upper_left_dot_is_the_last_of_the_first_line() {
        let bitmap = Bitmap::from_rows(2, 1, vec![0b0100_0000]);
        let lines = turned(&bitmap);
        assert_eq!(lines.len(), 82_296, "as many as the printer waits for");
        assert_eq!(lines[..LINE_OCTETS], [0; LINE_OCTETS]);
        assert_eq!(lines[2 * LINE_OCTETS - 1], 1);
    }

    #[test]
    fn a_card_is_a_sequence() {
        let card = card(&Bitmap::from_rows(1, 1, vec![0])).expect("fits");
        assert!(card.starts_with(b"\x1bSs\r\x1bSr\r\x1bDb;k;2;"));
        assert!(card.ends_with(b"\0\r\x1bSe\r"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Turned back, the panel holds the dots, and white around them.
        #[test]
        fn the_panel_holds_the_dots(bitmap in pictures(1016, 60)) {
            let panel = black_panel(&bitmap).expect("fits");
            let (_, data) = until(&panel, b"Db;k;2;");
            let row_octets = bitmap.width_dots().div_ceil(8) as usize;
            let mut rows = vec![0; row_octets * bitmap.height_dots() as usize];
            let mut black = 0;
            for x in 0..1016 {
                for y in 0..648 {
                    let place = 647 - y;
                    if data[x * 81 + place / 8] & 0x80 >> (place % 8) != 0 {
                        rows[y * row_octets + x / 8] |= 0x80 >> (x % 8);
                        black += 1;
                    }
                }
            }
            prop_assert_eq!(rows.as_slice(), bitmap.rows());
            let expected: u32 = bitmap.rows().iter().map(|octet| octet.count_ones()).sum();
            prop_assert_eq!(black, expected);
        }
    }
}
