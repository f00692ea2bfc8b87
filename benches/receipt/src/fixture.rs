//! The receipt and the picture that every library gets: the same words, the
//! same pixels.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Rows with an article and its price.
const ITEMS: usize = 18;

/// The picture: as wide as 80 mm paper, a quarter of a meter long.
pub(crate) const PICTURE_WIDTH: u32 = 576;
pub(crate) const PICTURE_HEIGHT: u32 = 2000;

/// The articles and their prices.
pub(crate) fn items() -> impl Iterator<Item = (String, String)> {
    (0..ITEMS).map(|row| (format!("Flat white no {row}"), format!("{row}.80")))
}

/// The receipt as a job: a title, the articles, the total, a cut.
pub(crate) fn job() -> Vec<u8> {
    let mut job = b"\x1b@\x1ba\x01\x1d!\x11Harbour Coffee\n\x1d!\x00\x1ba\x00".to_vec();
    for (name, price) in items() {
        job.extend(format!("{name:<38}{price:>10}\n").into_bytes());
    }
    job.extend(
        format!(
            "\x1bE\x01{:<38}{:>10}\n\x1bE\x00\x1dVA\x03",
            "TOTAL", "167.40"
        )
        .into_bytes(),
    );
    job
}

/// A picture with every level of gray: a slope, and grain on it, as a
/// photograph has.
pub(crate) fn rgba() -> Vec<u8> {
    let mut pixels = Vec::with_capacity((PICTURE_WIDTH * PICTURE_HEIGHT * 4) as usize);
    let mut grain = 1u32;
    for y in 0..PICTURE_HEIGHT {
        for x in 0..PICTURE_WIDTH {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let slope = (x * 255 / PICTURE_WIDTH + y * 255 / PICTURE_HEIGHT) / 2;
            let level = (slope + (grain >> 28)).min(255);
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            pixels.extend([level, level, level, 255]);
        }
    }
    pixels
}

/// Writes both where the programs of the others find them.
pub(crate) fn write_into(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(folder.join("receipt.bin"), job())?;
    fs::write(folder.join("picture.rgba"), rgba())?;
    Ok(())
}
