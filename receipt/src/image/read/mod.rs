//! Picture files to levels of gray: PNG and JPEG here, `bmp` and `gif` beside it.
//!
//! The size a file claims is checked before memory is taken for it, and rows
//! become gray as they come: no file takes more than 64 MB. Only the first
//! picture of a file counts; what it says about colors beyond red, green and
//! blue is left to those who print in color.

mod bmp;
mod gif;

use std::io::Cursor;

use png::{ColorType, Decoder, InterlaceInfo, Limits, Transformations, expand_interlaced_row};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::gray::{GrayPicture, PictureError, checked_size, level_over_white};

/// The most pixels of a file: a photograph of 4000 by 4000.
const FILE_PIXELS_MAX: usize = 16_000_000;

/// The most pixels in a row. A JPEG says no more, and a row of a PNG is held in
/// all its colors, twice.
const ROW_PIXELS_MAX: u32 = u16::MAX as u32;

/// The most memory for the pixels of a JPEG while it is decoded.
const JPEG_OCTETS_MAX: usize = 48_000_000;

/// The most memory for what a PNG holds beside its pixels: palette, text, and
/// the rows that are being unpacked.
const PNG_OCTETS_MAX: usize = 8_000_000;

/// How each kind of file begins.
const PNG_MARK: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_MARK: &[u8] = b"\xff\xd8\xff";
const GIF_MARK: &[u8] = b"GIF8";
const BMP_MARK: &[u8] = b"BM";

impl GrayPicture {
    /// Reads a picture file: PNG, JPEG, GIF (its first picture) or BMP, told apart
    /// by how it begins.
    ///
    /// # Errors
    ///
    /// When it is none of them, broken, or larger than pictures may be.
    pub fn read(file: &[u8]) -> Result<Self, PictureError> {
        read_by(file, &OverWhite)
    }

    /// Reads a picture file as [`GrayPicture::read`] does, each pixel at the
    /// level that `level` gives its red, green, blue and opacity.
    ///
    /// # Errors
    ///
    /// As [`GrayPicture::read`].
    pub fn read_by(file: &[u8], level: impl Fn(&[u8; 4]) -> u8) -> Result<Self, PictureError> {
        read_by(file, &level)
    }
}

/// How a pixel becomes a level.
trait Leveler {
    /// Whether luma is the level of what is opaque, so that colors need not be
    /// told apart.
    const IS_LUMA: bool = false;

    /// The level of red, green, blue and opacity.
    fn level(&self, rgba: &[u8; 4]) -> u8;
}

fn takes_luma<L: Leveler>(_: &L) -> bool {
    L::IS_LUMA
}

/// On white paper, as the eye sees it.
struct OverWhite;

impl Leveler for OverWhite {
    const IS_LUMA: bool = true;

    fn level(&self, rgba: &[u8; 4]) -> u8 {
        level_over_white(rgba)
    }
}

impl<F: Fn(&[u8; 4]) -> u8> Leveler for F {
    fn level(&self, rgba: &[u8; 4]) -> u8 {
        self(rgba)
    }
}

fn read_by(file: &[u8], leveler: &impl Leveler) -> Result<GrayPicture, PictureError> {
    if file.starts_with(PNG_MARK) {
        read_png(file, leveler)
    } else if file.starts_with(JPEG_MARK) {
        read_jpeg(file, leveler)
    } else if file.starts_with(GIF_MARK) {
        gif::read(file, leveler)
    } else if file.starts_with(BMP_MARK) {
        bmp::read(file, leveler)
    } else {
        Err(unreadable("it is no PNG, JPEG, GIF or BMP"))
    }
}

/// Checks what a file says of its size.
fn check_file_size(width: u32, height: u32) -> Result<(), PictureError> {
    let pixels = u128::from(width) * u128::from(height);
    check_pixels(pixels, FILE_PIXELS_MAX)?;
    if width > ROW_PIXELS_MAX {
        return Err(unreadable(&format!(
            "its rows of {width} pixels are longer than {ROW_PIXELS_MAX}"
        )));
    }
    checked_size(width, height).map(drop)
}

fn check_pixels(pixels: u128, pixels_max: usize) -> Result<(), PictureError> {
    if pixels > pixels_max as u128 {
        return Err(PictureError::TooLarge { pixels, pixels_max });
    }
    Ok(())
}

fn unreadable(reason: &(impl ToString + ?Sized)) -> PictureError {
    PictureError::Unreadable {
        reason: reason.to_string(),
    }
}

fn read_png(file: &[u8], leveler: &impl Leveler) -> Result<GrayPicture, PictureError> {
    let limits = Limits {
        bytes: PNG_OCTETS_MAX,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    // Eight bits a channel, no palette.
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| unreadable(&error))?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_file_size(width, height)?;
    let (color, _) = reader.output_color_type();
    let row_pixels = width as usize;
    let mut levels = vec![0; row_pixels * height as usize];
    let mut gray = Vec::with_capacity(row_pixels);
    let mut place = 0;
    // What is missing at the end makes a file unreadable.
    while let Some(row) = reader
        .next_interlaced_row()
        .map_err(|error| unreadable(&error))?
    {
        gray.clear();
        add_levels(leveler, color, row.data(), &mut gray)?;
        match row.interlace() {
            InterlaceInfo::Null(_) => {
                if let Some(levels) = levels.get_mut(place..place + row_pixels) {
                    levels.copy_from_slice(&gray);
                }
                place += row_pixels;
            }
            InterlaceInfo::Adam7(pass) => {
                expand_interlaced_row(&mut levels, row_pixels, &gray, pass, 8);
            }
        }
    }
    GrayPicture::from_levels(width, height, levels)
}

/// One row of a PNG in gray.
fn add_levels(
    leveler: &impl Leveler,
    color: ColorType,
    row: &[u8],
    levels: &mut Vec<u8>,
) -> Result<(), PictureError> {
    let level = |rgba: &[u8; 4]| leveler.level(rgba);
    match color {
        ColorType::Grayscale => {
            let of_gray: [u8; 256] = std::array::from_fn(|gray| {
                let gray = u8::try_from(gray).expect("a table of 256 levels");
                level(&[gray, gray, gray, 255])
            });
            levels.extend(row.iter().map(|&gray| of_gray[usize::from(gray)]));
        }
        ColorType::GrayscaleAlpha => {
            let pixels = row.as_chunks::<2>().0.iter();
            levels.extend(pixels.map(|&[gray, opacity]| level(&[gray, gray, gray, opacity])));
        }
        ColorType::Rgb => levels.extend(opaque_levels(leveler, row)),
        ColorType::Rgba => levels.extend(row.as_chunks::<4>().0.iter().map(level)),
        ColorType::Indexed => return Err(unreadable("its palette is missing")),
    }
    Ok(())
}

/// Red, green and blue with full opacity, in gray.
fn opaque_levels(leveler: &impl Leveler, rgb: &[u8]) -> impl Iterator<Item = u8> {
    let pixels = rgb.as_chunks::<3>().0.iter();
    pixels.map(|&[red, green, blue]| leveler.level(&[red, green, blue, 255]))
}

fn read_jpeg(file: &[u8], leveler: &impl Leveler) -> Result<GrayPicture, PictureError> {
    let mut decoder = JpegDecoder::new(ZCursor::new(file));
    decoder
        .decode_headers()
        .map_err(|error| unreadable(&error))?;
    let info = decoder.info().ok_or_else(|| unreadable("it has no size"))?;
    let (width, height) = (info.width.into(), info.height.into());
    check_file_size(width, height)?;
    // Most files tell the gray apart from the colors, which are then left out.
    let is_gray = takes_luma(leveler)
        && matches!(
            decoder.input_colorspace(),
            Some(ColorSpace::YCbCr | ColorSpace::Luma)
        );
    let color = if is_gray {
        ColorSpace::Luma
    } else {
        ColorSpace::RGB
    };
    let comes_row_by_row = !info.sof.is_progressive() && first_scan_has(info.components, file);
    let octets_a_pixel = color.num_components()
        + if is_gray { 0 } else { 1 }
        // Coefficients of the whole picture, each in two octets.
        + if comes_row_by_row { 0 } else { 2 * usize::from(info.components) };
    let pixels = u128::from(width) * u128::from(height);
    check_pixels(pixels, JPEG_OCTETS_MAX / octets_a_pixel)?;
    decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(color));
    let data = decoder.decode().map_err(|error| unreadable(&error))?;
    let levels = if is_gray {
        data
    } else {
        opaque_levels(leveler, &data).collect()
    };
    GrayPicture::from_levels(width, height, levels)
}

/// Whether the first scan of a JPEG has so many components, which is all of
/// them where pixels can be made while it is read.
fn first_scan_has(components: u8, file: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    let mut rest = &file[2.min(file.len())..];
    while let [0xFF, marker, after @ ..] = rest {
        match (*marker, after) {
            // Markers may be filled up with these.
            (0xFF, _) => rest = &rest[1..],
            (START_OF_SCAN, [_, _, count, ..]) => return *count == components,
            (_, [high, low, ..]) => {
                let octets = usize::from(u16::from_be_bytes([*high, *low]));
                rest = after.get(octets..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::png;
    use crate::image::{Bitmap, Dither};
    use proptest::prelude::*;

    /// 16 by 8, its left half black and its right half white.
    const HALVES_JPEG: &[u8] = include_bytes!("../../../tests/read/halves.jpg");
    /// 2 by 1: red, and blue that is half transparent.
    const COLORS_PNG: &[u8] = include_bytes!("../../../tests/read/colors.png");
    /// One dot, black.
    const DOT_GIF: &[u8] = include_bytes!("../../../tests/read/dot.gif");
    /// 2 by 2, from below: black and white, blue and red.
    const SQUARES_BMP: &[u8] = include_bytes!("../../../tests/read/squares.bmp");

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
        let squares = GrayPicture::read(SQUARES_BMP).expect("a picture");
        assert_eq!(squares.levels(), [29, 77, 0, 255]);
        let dot = GrayPicture::read(DOT_GIF).expect("a picture");
        assert_eq!((dot.width_pixels(), dot.height_pixels()), (1, 1));
    }

    #[test]
    fn pixels_have_the_levels_that_the_caller_gives_them() {
        // Red, and blue that is half transparent.
        let read = |file, of: fn(&[u8; 4]) -> u8| {
            let picture = GrayPicture::read_by(file, of).expect("a picture");
            picture.levels().to_vec()
        };
        assert_eq!(read(COLORS_PNG, |rgba| rgba[0]), [255, 0]);
        assert_eq!(read(COLORS_PNG, |rgba| rgba[3]), [255, 128]);
        let photograph = read(HALVES_JPEG, |rgba| 255 - rgba[2]);
        assert_eq!(photograph.len(), 16 * 8);
        assert!(photograph[0] > 200 && photograph[15] < 50);
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

    #[test]
    fn an_interlaced_picture_is_the_same_picture() {
        // 5 by 3, in the seven passes of Adam7, uncompressed.
        let levels: Vec<u8> = (0..15).map(|at| at * 16).collect();
        let mut passes = Vec::new();
        for (x, y, across, down) in [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ] {
            for y in (y..3).step_by(down) {
                let row: Vec<u8> = (x..5).step_by(across).map(|x| levels[y * 5 + x]).collect();
                if !row.is_empty() {
                    passes.push(0);
                    passes.extend(row);
                }
            }
        }
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
        std::io::Write::write_all(&mut packed, &passes).expect("memory takes every octet");
        let packed = packed.finish().expect("memory takes every octet");
        let mut file = PNG_MARK.to_vec();
        let header = [0, 0, 0, 5, 0, 0, 0, 3, 8, 0, 0, 0, 1];
        for (kind, data) in [
            (b"IHDR", header.as_slice()),
            (b"IDAT", &packed),
            (b"IEND", b""),
        ] {
            let chunk = [kind.as_slice(), data].concat();
            let mut crc = flate2::Crc::new();
            crc.update(&chunk);
            file.extend(
                u32::try_from(data.len())
                    .expect("a short chunk")
                    .to_be_bytes(),
            );
            file.extend(chunk);
            file.extend(crc.sum().to_be_bytes());
        }
        assert_eq!(
            GrayPicture::read(&file).expect("a picture").levels(),
            levels
        );
    }

    #[test]
    fn rows_longer_than_any_camera_makes_are_refused() {
        let mut long = COLORS_PNG.to_vec();
        long[16..24].copy_from_slice(&[0, 1, 0x11, 0x70, 0, 0, 0, 1]);
        let mut crc = flate2::Crc::new();
        crc.update(&long[12..29]);
        long[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        let error = GrayPicture::read(&long).expect_err("too long");
        assert!(
            error.to_string().contains("rows of 70000 pixels"),
            "{error}"
        );
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
