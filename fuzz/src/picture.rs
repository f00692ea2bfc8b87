//! Picture files: read or refused, then brought to a printer's width, made
//! black and white, and written in a printer's language.

use platen_receipt::image::language::{PrinterLanguage, job};
use platen_receipt::image::{Dither, GrayPicture};

/// Wider than this a picture is brought to.
const WIDTH_DOTS: u32 = 64;

/// Pictures with more pixels than this are read and no more.
const PIXELS_MAX: usize = 1 << 16;

pub(crate) fn read_png(input: &[u8]) {
    read(b"\x89PNG\r\n\x1a\n", input);
}

pub(crate) fn read_jpeg(input: &[u8]) {
    read(b"\xff\xd8\xff", input);
}

pub(crate) fn read_gif(input: &[u8]) {
    read(b"GIF8", input);
}

pub(crate) fn read_bmp(input: &[u8]) {
    read(b"BM", input);
}

/// Reads what begins with this mark, whether the input has it or not.
fn read(mark: &[u8], input: &[u8]) {
    let file = if input.starts_with(mark) {
        GrayPicture::read(input)
    } else {
        GrayPicture::read(&[mark, input].concat())
    };
    let Ok(picture) = file else {
        return;
    };
    assert_eq!(
        picture.levels().len(),
        picture.width_pixels() * picture.height_pixels()
    );
    if picture.levels().len() > PIXELS_MAX {
        return;
    }
    // The last octet chooses, as it does for jobs.
    let choice = usize::from(input.last().copied().unwrap_or(0));
    let dither = Dither::ALL[choice % Dither::ALL.len()];
    let language = PrinterLanguage::ALL[choice / 16 % PrinterLanguage::ALL.len()];
    let Ok(picture) = picture.fitted_to_width(WIDTH_DOTS) else {
        return;
    };
    let bitmap = picture.with_gamma(150).dithered(dither);
    assert!(bitmap.width_dots() <= WIDTH_DOTS);
    if let Ok(job) = job(&bitmap, language) {
        assert!(!job.is_empty());
    }
}
