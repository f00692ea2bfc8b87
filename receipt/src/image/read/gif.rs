//! The first picture of a GIF, where it stands on its screen.

use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::{FILE_PIXELS_MAX, Leveler, check_file_size, unreadable};
use crate::image::gray::{GrayPicture, PictureError};

/// Nothing is drawn where no picture stands.
const NOTHING: [u8; 4] = [255, 255, 255, 0];

pub(super) fn read(file: &[u8], leveler: &impl Leveler) -> Result<GrayPicture, PictureError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(true);
    // One octet a pixel.
    let octets = NonZeroU64::new(FILE_PIXELS_MAX as u64).expect("some pixels are allowed");
    options.set_memory_limit(MemoryLimit::Bytes(octets));
    let mut decoder = options
        .read_info(Cursor::new(file))
        .map_err(|error| unreadable(&error))?;
    let (width, height) = (decoder.width(), decoder.height());
    check_file_size(width.into(), height.into())?;
    let shared = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder
        .read_next_frame()
        .map_err(|error| unreadable(&error))?
        .ok_or_else(|| unreadable("there is no picture in it"))?;
    let palette = frame.palette.as_deref().or(shared.as_deref());
    let white = leveler.level(&NOTHING);
    let mut of_color = [white; 256];
    let colors = palette.unwrap_or_default().as_chunks::<3>().0;
    for (level, &[red, green, blue]) in of_color.iter_mut().zip(colors) {
        *level = leveler.level(&[red, green, blue, 255]);
    }
    if let Some(transparent) = frame.transparent {
        of_color[usize::from(transparent)] = white;
    }
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (screen_width, frame_width) = (usize::from(width), usize::from(frame.width));
    let mut levels = vec![white; screen_width * usize::from(height)];
    for (y, row) in frame.buffer.chunks_exact(frame_width.max(1)).enumerate() {
        let start = (top + y) * screen_width + left;
        // The decoder has seen that the picture is within its screen.
        if let Some(levels) = levels.get_mut(start..start + frame_width) {
            for (level, &color) in levels.iter_mut().zip(row) {
                *level = of_color[usize::from(color)];
            }
        }
    }
    GrayPicture::from_levels(width.into(), height.into(), levels)
}

#[cfg(test)]
mod tests {
    use crate::image::GrayPicture;

    /// 3 by 2, and on it a picture of 2 by 2 from the second column: black, gray,
    /// transparent and white.
    const PLACED: &[u8] = b"GIF89a\x03\0\x02\0\x81\0\0\0\0\0\x80\x80\x80\xff\0\0\xff\xff\xff\
        !\xf9\x04\x01\0\0\x02\0,\x01\0\0\0\x02\0\x02\0\0\x02\x03\x44\x34\x05\0;";

    #[test]
    fn the_first_picture_stands_where_it_should() {
        let picture = GrayPicture::read(PLACED).expect("a picture");
        assert_eq!((picture.width_pixels(), picture.height_pixels()), (3, 2));
        assert_eq!(picture.levels(), [255, 0, 128, 255, 255, 255]);
    }

    #[test]
    fn a_file_cut_anywhere_before_its_picture_ends_is_refused() {
        for end in 0..PLACED.len() - 4 {
            assert!(GrayPicture::read(&PLACED[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_screen_larger_than_pictures_may_be_is_refused() {
        let mut large = PLACED.to_vec();
        large[6..10].copy_from_slice(&[0xFF; 4]);
        let error = GrayPicture::read(&large).expect_err("too large");
        assert!(error.to_string().contains("4294836225"), "{error}");
    }
}
