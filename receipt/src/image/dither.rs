//! Gray levels to black and white.
//!
//! [`Dither`] names the ways. Those that compare each pixel with a fixed level
//! are here; those that pass the error on are in `diffuse`.

use super::diffuse::{self, diffuse};
use super::gray::GrayPicture;
use crate::layout::Bitmap;

/// How gray becomes black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dither {
    /// Black below this level: for drawings, text and codes.
    Threshold(u8),
    /// A pattern of 4 by 4 dots (Bayer): 17 shades, even and calm.
    Bayer4,
    /// A pattern of 8 by 8 dots (Bayer): 65 shades.
    Bayer8,
    /// Floyd and Steinberg: the error goes to 4 neighbors; sharp, all shades.
    FloydSteinberg,
    /// Atkinson: three quarters of the error go to 6 neighbors; light, with
    /// much contrast. Good for logos and faces.
    Atkinson,
    /// Stucki: 12 neighbors; smooth and sharp.
    Stucki,
    /// Burkes: 7 neighbors in two rows; a quicker Stucki.
    Burkes,
    /// Sierra: 10 neighbors in three rows.
    Sierra,
    /// Sierra in two rows: 7 neighbors.
    SierraTwoRow,
    /// Sierra Lite: 3 neighbors; nearly Floyd and Steinberg.
    SierraLite,
}

impl Dither {
    /// All of them, the threshold in the middle.
    pub const ALL: [Self; 10] = [
        Self::Threshold(128),
        Self::Bayer4,
        Self::Bayer8,
        Self::FloydSteinberg,
        Self::Atkinson,
        Self::Stucki,
        Self::Burkes,
        Self::Sierra,
        Self::SierraTwoRow,
        Self::SierraLite,
    ];

    /// The name one writes in templates and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Threshold(_) => "threshold",
            Self::Bayer4 => "bayer4",
            Self::Bayer8 => "bayer8",
            Self::FloydSteinberg => "floyd-steinberg",
            Self::Atkinson => "atkinson",
            Self::Stucki => "stucki",
            Self::Burkes => "burkes",
            Self::Sierra => "sierra",
            Self::SierraTwoRow => "sierra-two-row",
            Self::SierraLite => "sierra-lite",
        }
    }

    /// The way with this name; `threshold` is the one in the middle.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dither| dither.name() == name)
    }
}

/// Bayer's matrix of 4 by 4, as thresholds of 16 levels each.
const BAYER_4: [[u8; 8]; 4] = bayer_4();
/// Bayer's matrix of 8 by 8, as thresholds of 4 levels each.
const BAYER_8: [[u8; 8]; 8] = bayer_8();

impl GrayPicture {
    /// The picture in black and white. White stays white and black stays
    /// black, whatever the way.
    #[must_use]
    pub fn dithered(&self, dither: Dither) -> Bitmap {
        match dither {
            Dither::Threshold(level) => ordered(self, &[[level; 8]]),
            Dither::Bayer4 => ordered(self, &BAYER_4),
            Dither::Bayer8 => ordered(self, &BAYER_8),
            Dither::FloydSteinberg => diffuse::<diffuse::FloydSteinberg>(self),
            Dither::Atkinson => diffuse::<diffuse::Atkinson>(self),
            Dither::Stucki => diffuse::<diffuse::Stucki>(self),
            Dither::Burkes => diffuse::<diffuse::Burkes>(self),
            Dither::Sierra => diffuse::<diffuse::Sierra>(self),
            Dither::SierraTwoRow => diffuse::<diffuse::SierraTwoRow>(self),
            Dither::SierraLite => diffuse::<diffuse::SierraLite>(self),
        }
    }
}

/// Compares each pixel with the threshold at its place in the pattern.
fn ordered(picture: &GrayPicture, thresholds: &[[u8; 8]]) -> Bitmap {
    let mut rows = Vec::with_capacity(picture.width_pixels().div_ceil(8) * picture.height_pixels());
    let lines = picture.levels().chunks_exact(picture.width_pixels());
    for (levels, thresholds) in lines.zip(thresholds.iter().cycle()) {
        let (whole, rest) = levels.as_chunks::<8>();
        rows.extend(whole.iter().map(|eight| black_dots(eight, thresholds)));
        if !rest.is_empty() {
            let mut eight = [u8::MAX; 8];
            eight[..rest.len()].copy_from_slice(rest);
            rows.push(black_dots(&eight, thresholds));
        }
    }
    to_bitmap(picture, rows)
}

fn black_dots(levels: &[u8; 8], thresholds: &[u8; 8]) -> u8 {
    let mut dots = 0;
    for (level, threshold) in levels.iter().zip(thresholds) {
        dots = dots << 1 | u8::from(level < threshold);
    }
    dots
}

/// The dots of a picture of the same size, in rows of whole octets.
pub(super) fn to_bitmap(picture: &GrayPicture, rows: Vec<u8>) -> Bitmap {
    // Both sides of a picture came from a `u32`.
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Bitmap::from_rows(
        side(picture.width_pixels()),
        side(picture.height_pixels()),
        rows,
    )
}

/// The place of (x, y) in the order in which a square of 2^bits fills with
/// dots: the bits of x xor y and of y, interleaved, the lowest first.
const fn bayer(x: u8, y: u8, bits: u8) -> u8 {
    let mut place = 0;
    let mut bit = 0;
    while bit < bits {
        place = place << 2 | ((x ^ y) >> bit & 1) << 1 | y >> bit & 1;
        bit += 1;
    }
    place
}

const fn bayer_4() -> [[u8; 8]; 4] {
    let mut thresholds = [[0; 8]; 4];
    let mut at = 0;
    while at < 32 {
        let (x, y) = (at % 8, at / 8);
        thresholds[y as usize][x as usize] = bayer(x % 4, y, 2) * 16 + 8;
        at += 1;
    }
    thresholds
}

const fn bayer_8() -> [[u8; 8]; 8] {
    let mut thresholds = [[0; 8]; 8];
    let mut at = 0;
    while at < 64 {
        let (x, y) = (at % 8, at / 8);
        thresholds[y as usize][x as usize] = bayer(x, y, 3) * 4 + 2;
        at += 1;
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(level: u8, side: u32) -> GrayPicture {
        GrayPicture::from_levels(side, side, vec![level; (side * side) as usize]).expect("fits")
    }

    fn black_share(bitmap: &Bitmap) -> f64 {
        let black: u32 = bitmap.rows().iter().map(|octet| octet.count_ones()).sum();
        f64::from(black) / f64::from(bitmap.width_dots() * bitmap.height_dots())
    }

    #[test]
    fn the_matrices_are_bayers() {
        let first_rows = |thresholds: &[[u8; 8]], step: u8| -> Vec<Vec<u8>> {
            let row = |row: &[u8; 8]| row.iter().map(|threshold| threshold / step).collect();
            thresholds.iter().take(2).map(row).collect()
        };
        assert_eq!(
            first_rows(&BAYER_4, 16),
            [[0, 8, 2, 10, 0, 8, 2, 10], [12, 4, 14, 6, 12, 4, 14, 6]]
        );
        assert_eq!(
            first_rows(&BAYER_8, 4),
            [
                [0, 32, 8, 40, 2, 34, 10, 42],
                [48, 16, 56, 24, 50, 18, 58, 26]
            ]
        );
    }

    #[test]
    fn white_stays_white_and_black_stays_black() {
        for dither in Dither::ALL {
            assert!(
                even(255, 33)
                    .dithered(dither)
                    .rows()
                    .iter()
                    .all(|&octet| octet == 0),
                "{dither:?}"
            );
            assert_eq!(
                black_share(&even(0, 32).dithered(dither)),
                1.0,
                "{dither:?}"
            );
        }
    }

    #[test]
    fn shades_print_as_dark_as_they_are() {
        for dither in Dither::ALL {
            let tolerance = match dither {
                // Drops the shades of gray, and a quarter of the error, on purpose.
                Dither::Threshold(_) | Dither::Atkinson => continue,
                Dither::Bayer4 => 0.04,
                _ => 0.012,
            };
            for level in [16, 64, 100, 128, 180, 240] {
                let share = black_share(&even(level, 128).dithered(dither));
                let expected = 1.0 - f64::from(level) / 255.0;
                assert!(
                    (share - expected).abs() < tolerance,
                    "{dither:?}: level {level} is {share:.3} black, not {expected:.3}"
                );
            }
        }
    }

    #[test]
    fn a_width_that_fills_no_octet_is_padded_with_white() {
        for dither in Dither::ALL {
            for width in 1..20 {
                let picture = GrayPicture::from_levels(width, 1, vec![0; width as usize]);
                let bitmap = picture.expect("fits").dithered(dither);
                let black: u32 = bitmap.rows().iter().map(|octet| octet.count_ones()).sum();
                assert_eq!(black, width, "{dither:?}");
            }
        }
    }

    #[test]
    fn every_way_has_a_name_of_its_own() {
        for dither in Dither::ALL {
            assert_eq!(Dither::named(dither.name()), Some(dither));
        }
        assert_eq!(Dither::named("magic"), None);
    }
}
