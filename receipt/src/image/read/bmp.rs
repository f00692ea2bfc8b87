//! BMP: palettes of two to 256 colors, and colors of three or four octets, with
//! rows from the bottom or the top. Its compressed forms, which are rare, are
//! refused.

use super::{Leveler, check_file_size, unreadable};
use crate::image::gray::{GrayPicture, PictureError};

/// Before the header of the picture: mark, size of the file, where pixels begin.
const FILE_HEADER_OCTETS: usize = 14;
/// The header of OS/2, whose sides and palette are shorter.
const SHORT_HEADER_OCTETS: u32 = 12;
const HEADER_OCTETS_MIN: u32 = 40;
/// What the masks of colors add to the shortest of the other headers.
const HEADER_OCTETS_WITH_OPACITY: u32 = 56;

const UNCOMPRESSED: u32 = 0;
const MASKS: u32 = 3;
/// Red, green and blue of four octets in the usual order.
const USUAL_MASKS: [u32; 3] = [0xFF_0000, 0xFF00, 0xFF];
const OPACITY_MASK: u32 = 0xFF00_0000;

/// What pixels are.
enum Pixels {
    /// So many bits, a place in the palette, in levels of gray.
    Palette { bits: usize, levels: Box<[u8; 256]> },
    /// Blue, green and red.
    Three,
    /// The same and one octet more, which is opacity in some files.
    Four { has_opacity: bool },
}

pub(super) fn read(file: &[u8], leveler: &impl Leveler) -> Result<GrayPicture, PictureError> {
    let cut = || unreadable("it ends too early");
    let word = |at: usize| -> Result<u32, PictureError> {
        let octets = file.get(at..).and_then(<[u8]>::first_chunk);
        octets
            .map(|&octets| u32::from_le_bytes(octets))
            .ok_or_else(cut)
    };
    let half = |at: usize| -> Result<u32, PictureError> { Ok(word(at)? & 0xFFFF) };
    let header = word(FILE_HEADER_OCTETS)?;
    let short = header == SHORT_HEADER_OCTETS;
    if !short && !(HEADER_OCTETS_MIN..=1024).contains(&header) {
        return Err(unreadable("it has a header of a kind that is not known"));
    }
    let (width, height, bits) = if short {
        (half(18)?, half(20)?, word(22)? >> 16)
    } else {
        (word(18)?, word(22)?, half(28)?)
    };
    // A height below nothing says that rows come from the top.
    let from_the_top = !short && height > u32::MAX / 2;
    let height = if from_the_top {
        height.wrapping_neg()
    } else {
        height
    };
    check_file_size(width, height)?;
    let compression = if short { UNCOMPRESSED } else { word(30)? };
    let usual_masks =
        || -> Result<bool, PictureError> { Ok([word(54)?, word(58)?, word(62)?] == USUAL_MASKS) };
    let palette_at = FILE_HEADER_OCTETS + header as usize;
    let pixels = match (bits, compression) {
        (1 | 4 | 8, UNCOMPRESSED) => Pixels::Palette {
            bits: bits as usize,
            levels: palette(
                leveler,
                file.get(palette_at..).unwrap_or_default(),
                bits,
                short,
            ),
        },
        (24, UNCOMPRESSED) => Pixels::Three,
        (32, UNCOMPRESSED) => Pixels::Four { has_opacity: false },
        (32, MASKS) if usual_masks()? => Pixels::Four {
            has_opacity: header >= HEADER_OCTETS_WITH_OPACITY && word(66)? == OPACITY_MASK,
        },
        _ => {
            return Err(unreadable(&format!(
                "it is a BMP of {bits} bits with compression {compression}"
            )));
        }
    };
    let (width_pixels, height_pixels) = (width as usize, height as usize);
    let row_octets = (bits as usize * width_pixels).div_ceil(32) * 4;
    let pixels_at = word(10)? as usize;
    let rows = file
        .get(pixels_at..)
        .and_then(|rows| rows.get(..row_octets * height_pixels))
        .ok_or_else(cut)?;
    let mut levels = Vec::with_capacity(width_pixels * height_pixels);
    for y in 0..height_pixels {
        let y = if from_the_top {
            y
        } else {
            height_pixels - 1 - y
        };
        let row = &rows[y * row_octets..][..row_octets];
        pixels.add_levels(leveler, row, width_pixels, &mut levels);
    }
    GrayPicture::from_levels(width, height, levels)
}

/// The colors of a palette in gray; what it lacks is black.
fn palette(leveler: &impl Leveler, palette: &[u8], bits: u32, short: bool) -> Box<[u8; 256]> {
    let mut levels = Box::new([0; 256]);
    let colors = palette.chunks_exact(if short { 3 } else { 4 });
    for (level, color) in levels[..1 << bits].iter_mut().zip(colors) {
        *level = leveler.level(&[color[2], color[1], color[0], 255]);
    }
    levels
}

impl Pixels {
    /// Adds a row in gray.
    fn add_levels(&self, leveler: &impl Leveler, row: &[u8], width: usize, to: &mut Vec<u8>) {
        match self {
            Self::Palette { bits, levels } => to.extend((0..width).map(|x| {
                let first = x * bits;
                let place = row[first / 8] >> (8 - bits - first % 8) & (0xFF >> (8 - bits));
                levels[usize::from(place)]
            })),
            Self::Three => {
                let pixels = row.as_chunks::<3>().0.iter().take(width);
                to.extend(
                    pixels.map(|&[blue, green, red]| leveler.level(&[red, green, blue, 255])),
                );
            }
            Self::Four { has_opacity } => {
                let pixels = row.as_chunks::<4>().0.iter().take(width);
                to.extend(pixels.map(|&[blue, green, red, opacity]| {
                    let opacity = if *has_opacity { opacity } else { 255 };
                    leveler.level(&[red, green, blue, opacity])
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::image::GrayPicture;
    use proptest::prelude::*;

    /// A file with the usual header.
    fn bmp(width: i32, height: i32, bits: u16, palette: &[u8], rows: &[u8]) -> Vec<u8> {
        let start = u32::try_from(54 + palette.len()).expect("short");
        let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
        file.extend(start.to_le_bytes());
        file.extend(40u32.to_le_bytes());
        file.extend(width.to_le_bytes());
        file.extend(height.to_le_bytes());
        file.extend(1u16.to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend([0; 24]);
        file.extend(palette);
        file.extend(rows);
        file
    }

    fn levels(file: &[u8]) -> Vec<u8> {
        GrayPicture::read(file)
            .expect("a picture")
            .levels()
            .to_vec()
    }

    #[test]
    fn every_depth_is_read_from_the_bottom_and_from_the_top() {
        let black_and_white = [0, 0, 0, 0, 255, 255, 255, 0];
        let rows = [0b1010_0000, 0, 0, 0, 0b0100_0000, 0, 0, 0];
        let upward = bmp(3, 2, 1, &black_and_white, &rows);
        assert_eq!(levels(&upward), [0, 255, 0, 255, 0, 255]);
        let downward = bmp(3, -2, 1, &black_and_white, &rows);
        assert_eq!(levels(&downward), [255, 0, 255, 0, 255, 0]);
        let four = bmp(3, 1, 4, &black_and_white, &[0x10, 0x10, 0, 0]);
        assert_eq!(levels(&four), [255, 0, 255]);
        let eight = bmp(2, 1, 8, &black_and_white, &[1, 0, 0, 0]);
        assert_eq!(levels(&eight), [255, 0]);
        // Blue, then red.
        let three = bmp(2, 1, 24, b"", &[255, 0, 0, 0, 0, 255, 0, 0]);
        assert_eq!(levels(&three), [29, 77]);
        // The fourth octet is nothing here.
        let four = bmp(1, 1, 32, b"", &[255, 255, 255, 0]);
        assert_eq!(levels(&four), [255]);
    }

    #[test]
    fn what_is_cut_compressed_or_absurd_is_refused() {
        let whole = bmp(2, 1, 24, b"", &[0; 8]);
        for end in 2..whole.len() {
            assert!(GrayPicture::read(&whole[..end]).is_err(), "{end}");
        }
        let mut compressed = bmp(2, 1, 8, b"", &[0; 4]);
        compressed[30] = 1;
        let error = GrayPicture::read(&compressed).expect_err("compressed");
        assert!(
            error.to_string().contains("8 bits with compression 1"),
            "{error}"
        );
        for (width, height) in [(i32::MAX, i32::MAX), (-1, 1), (1, i32::MIN), (0, 1)] {
            assert!(GrayPicture::read(&bmp(width, height, 24, b"", b"")).is_err());
        }
    }

    proptest! {
        /// Whatever the header says, the file is read or refused.
        #[test]
        fn any_header_is_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..120)) {
            drop(GrayPicture::read(&[b"BM".as_slice(), &octets].concat()));
        }

        #[test]
        fn any_change_is_read_or_refused(at in 10usize..70, octet in any::<u8>()) {
            let mut file = bmp(2, 1, 8, &[7; 8], &[0; 4]);
            let at = at % file.len();
            file[at] = octet;
            drop(GrayPicture::read(&file));
        }
    }
}
