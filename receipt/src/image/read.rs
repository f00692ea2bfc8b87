//! Picture files to levels of gray: PNG and JPEG.
//!
//! The size a file claims is checked before memory is taken for it. Only the
//! first picture of a file counts; what it says about colors beyond red, green
//! and blue is left to those who print in color.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::gray::{GrayPicture, PictureError, checked_size};

/// The most pixels of a file: a photograph of 4000 by 4000, which takes 64 MB
/// while its colors become gray.
const FILE_PIXELS_MAX: usize = 16_000_000;

/// How a PNG and a JPEG begin.
const PNG_MARK: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_MARK: &[u8] = b"\xff\xd8\xff";

impl GrayPicture {
    /// Reads a picture file: PNG or JPEG, told apart by how it begins.
    ///
    /// # Errors
    ///
    /// When it is neither, broken, or larger than pictures may be.
    pub fn read(file: &[u8]) -> Result<Self, PictureError> {
        if file.starts_with(PNG_MARK) {
            read_png(file)
        } else if file.starts_with(JPEG_MARK) {
            read_jpeg(file)
        } else {
            Err(unreadable("it is neither PNG nor JPEG"))
        }
    }
}

/// Checks what a file says of its size.
fn check_file_size(width: u32, height: u32) -> Result<(), PictureError> {
    let (width, height) = checked_size(width, height)?;
    if width * height > FILE_PIXELS_MAX {
        return Err(PictureError::TooLarge {
            pixels: (width * height) as u128,
            pixels_max: FILE_PIXELS_MAX,
        });
    }
    Ok(())
}

fn unreadable(reason: &(impl ToString + ?Sized)) -> PictureError {
    PictureError::Unreadable {
        reason: reason.to_string(),
    }
}

fn read_png(file: &[u8]) -> Result<GrayPicture, PictureError> {
    let limits = Limits {
        bytes: FILE_PIXELS_MAX * 4,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    // Eight bits a channel, no palette.
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| unreadable(&error))?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_file_size(width, height)?;
    let octets = reader
        .output_buffer_size()
        .ok_or_else(|| unreadable("it is too large for this system"))?;
    let mut data = vec![0; octets];
    let frame = reader
        .next_frame(&mut data)
        .map_err(|error| unreadable(&error))?;
    data.truncate(frame.buffer_size());
    let rgba: Vec<u8> = match frame.color_type {
        ColorType::Grayscale => return GrayPicture::from_levels(width, height, data),
        ColorType::GrayscaleAlpha => {
            let pixels = data.as_chunks::<2>().0.iter();
            pixels
                .flat_map(|&[level, opacity]| [level, level, level, opacity])
                .collect()
        }
        ColorType::Rgb => opaque(&data),
        ColorType::Rgba => data,
        ColorType::Indexed => return Err(unreadable("its palette is missing")),
    };
    GrayPicture::from_rgba(width, height, &rgba)
}

fn read_jpeg(file: &[u8]) -> Result<GrayPicture, PictureError> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder
        .decode_headers()
        .map_err(|error| unreadable(&error))?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| unreadable("it has no size"))?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    check_file_size(side(width), side(height))?;
    let data = decoder.decode().map_err(|error| unreadable(&error))?;
    GrayPicture::from_rgba(side(width), side(height), &opaque(&data))
}

/// Red, green and blue with full opacity.
fn opaque(rgb: &[u8]) -> Vec<u8> {
    let pixels = rgb.as_chunks::<3>().0.iter();
    pixels
        .flat_map(|&[red, green, blue]| [red, green, blue, 255])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::png;
    use crate::image::{Bitmap, Dither};
    use proptest::prelude::*;

    /// 16 by 8, its left half black and its right half white.
    const HALVES_JPEG: &[u8] = include_bytes!("../../tests/read/halves.jpg");
    /// 2 by 1: red, and blue that is half transparent.
    const COLORS_PNG: &[u8] = include_bytes!("../../tests/read/colors.png");

    #[test]
    fn a_picture_of_ours_comes_back_dot_for_dot() {
        let rows: Vec<u8> = (0..20 * 3).map(|at: u8| at.wrapping_mul(37)).collect();
        let bitmap = Bitmap::from_rows(21, 20, rows);
        let picture = GrayPicture::read(&png(&bitmap)).expect("a picture");
        assert_eq!(picture.dithered(Dither::Threshold(128)), bitmap);
    }

    #[test]
    fn colors_and_photographs_are_read() {
        let colors = GrayPicture::read(COLORS_PNG).expect("a picture");
        assert_eq!(colors.levels(), [77, 142]);
        let halves = GrayPicture::read(HALVES_JPEG).expect("a picture");
        let bitmap = halves.dithered(Dither::Threshold(128));
        assert_eq!((bitmap.width_dots(), bitmap.height_dots()), (16, 8));
        assert_eq!(bitmap.rows(), [0xFF, 0x00].repeat(8));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        for file in [
            b"".as_slice(),
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
        ] {
            assert!(matches!(
                GrayPicture::read(file),
                Err(PictureError::Unreadable { .. })
            ));
        }
        let mut absurd = COLORS_PNG.to_vec();
        // Width and height of the header, and its checksum made right again.
        absurd[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let mut crc = flate2::Crc::new();
        crc.update(&absurd[12..29]);
        absurd[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        assert!(matches!(
            GrayPicture::read(&absurd),
            Err(PictureError::TooLarge { .. } | PictureError::Unreadable { .. })
        ));
    }

    proptest! {
        /// Whatever a file says, it is read or refused.
        #[test]
        fn any_file_is_read_or_refused(
            photograph in any::<bool>(),
            at in 0usize..800,
            octets in proptest::collection::vec(any::<u8>(), 1..8),
        ) {
            let mut file = if photograph { HALVES_JPEG } else { COLORS_PNG }.to_vec();
            let at = at % file.len();
            let end = (at + octets.len()).min(file.len());
            file[at..end].copy_from_slice(&octets[..end - at]);
            drop(GrayPicture::read(&file));
        }
    }
}
