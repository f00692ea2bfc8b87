//! A picture file as a picture of a PDF, in the colors that the page asks for.
//!
//! A JPEG in gray or in three colors is put in as it is; everything else is
//! read, which also bounds it, laid on white, and packed again.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use platen_receipt::image::{Dither, GrayPicture};

use super::Color;
use super::pdf::{Coding, Picture};

/// The picture in this file.
///
/// # Errors
/// When it is none.
pub(super) fn picture(file: &[u8], color: Color) -> Result<Picture, String> {
    let read = |level: fn(&[u8; 4]) -> u8| {
        GrayPicture::read_by(file, level).map_err(|error| error.to_string())
    };
    match color {
        Color::Any => {
            if let Some((width, height, color_space)) = jpeg(file) {
                return Ok(Picture {
                    width,
                    height,
                    color_space,
                    bits: 8,
                    coding: Coding::Jpeg,
                    data: file.to_vec(),
                });
            }
            let red = read(|pixel| over_white(pixel, 0))?;
            let green = read(|pixel| over_white(pixel, 1))?;
            let blue = read(|pixel| over_white(pixel, 2))?;
            let pixels = red.levels().iter().zip(green.levels()).zip(blue.levels());
            let samples: Vec<u8> = pixels
                .flat_map(|((red, green), blue)| [*red, *green, *blue])
                .collect();
            Ok(packed(&red, "/DeviceRGB", 8, &samples))
        }
        Color::Gray => {
            let gray = GrayPicture::read(file).map_err(|error| error.to_string())?;
            Ok(packed(&gray, "/DeviceGray", 8, gray.levels()))
        }
        Color::BlackAndWhite => {
            let gray = GrayPicture::read(file).map_err(|error| error.to_string())?;
            let dots = gray.dithered(Dither::FloydSteinberg);
            // There, 1 is white.
            let samples: Vec<u8> = dots.rows().iter().map(|octet| !octet).collect();
            Ok(packed(&gray, "/DeviceGray", 1, &samples))
        }
    }
}

fn packed(size: &GrayPicture, color_space: &'static str, bits: u8, samples: &[u8]) -> Picture {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let data = packer
        .write_all(samples)
        .and_then(|()| packer.finish())
        .expect("writing to memory does not fail");
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Picture {
        width: side(size.width_pixels()),
        height: side(size.height_pixels()),
        color_space,
        bits,
        coding: Coding::Deflated,
        data,
    }
}

fn over_white(pixel: &[u8; 4], color: usize) -> u8 {
    let opacity = u16::from(pixel[3]);
    let level = u16::from(pixel[color]) * opacity / 255 + (255 - opacity);
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// Width, height and colors of a JPEG that a PDF takes as it is (the frame
/// header of ITU-T T.81 §B.2.2); `None` for everything else.
fn jpeg(file: &[u8]) -> Option<(u32, u32, &'static str)> {
    let mut rest = file.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[mark, kind], after) = rest.split_first_chunk::<2>()?;
        if mark != 0xFF {
            return None;
        }
        if kind == 0xFF {
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        // Baseline, extended and progressive frames of Huffman codes.
        if matches!(kind, 0xC0..=0xC2) {
            let header: &[u8; 8] = after.first_chunk()?;
            let side = |at: usize| u32::from(u16::from_be_bytes([header[at], header[at + 1]]));
            let color_space = match (header[2], header[7]) {
                (8, 1) => "/DeviceGray",
                (8, 3) => "/DeviceRGB",
                _ => return None,
            };
            let (height, width) = (side(3), side(5));
            return (width > 0 && height > 0).then_some((width, height, color_space));
        }
        // Frames of other kinds, and the scan, which a frame stands before.
        if matches!(kind, 0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xDA) {
            return None;
        }
        rest = after.get(length.max(2)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::picture::tests::png;
    use super::*;

    /// 16 by 8, in three colors.
    const HALVES: &[u8] = include_bytes!("../../../../../receipt/tests/read/halves.jpg");

    #[test]
    fn a_jpeg_goes_as_it_is_and_others_are_packed() {
        let photograph = picture(HALVES, Color::Any).unwrap();
        assert_eq!((photograph.width, photograph.height), (16, 8));
        assert_eq!(photograph.coding, Coding::Jpeg);
        assert_eq!(photograph.data, HALVES);
        let file = png(&["#.", ".."]);
        for (color, bits, expected) in [
            (
                Color::Any,
                8,
                vec![0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255],
            ),
            (Color::Gray, 8, vec![0, 255, 255, 255]),
            (Color::BlackAndWhite, 1, vec![0x7f, 0xff]),
        ] {
            let picture = picture(&file, color).unwrap();
            assert_eq!((picture.width, picture.height, picture.bits), (2, 2, bits));
            let mut samples = Vec::new();
            let mut reader = flate2::read::ZlibDecoder::new(&picture.data[..]);
            std::io::Read::read_to_end(&mut reader, &mut samples).unwrap();
            assert_eq!(samples, expected, "{color:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for end in 0..HALVES.len().min(200) {
            let _ = jpeg(&HALVES[..end]);
        }
        assert_eq!(jpeg(b"\xff\xd8\xff\xc0\0\x0b\x08\0\0\0\0\x01"), None);
        assert!(picture(b"\xff\xd8\xff\xe0", Color::Any).is_err());
        assert!(picture(b"text", Color::Gray).is_err());
    }
}
