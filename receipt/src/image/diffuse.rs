//! Error diffusion: what a dot is too dark or too light, its neighbors make up.
//!
//! The usual way pushes each pixel's error to up to twelve neighbors. Here each
//! row keeps its errors, and the next rows pull them: only the part to the
//! right is serial, the sums over the rows above are not, and compilers make
//! them wide. The dots are the same, as the test against the usual way shows.

use super::dither::to_bitmap;
use super::gray::GrayPicture;
use crate::layout::Bitmap;

/// The columns to each side that an error reaches.
const REACH: usize = 2;

/// Where an error goes, in parts of [`Weights::WHOLE`].
pub(super) trait Weights {
    /// The parts that make the whole error.
    const WHOLE: i32;
    /// To the next two pixels of the row.
    const AHEAD: [i32; REACH];
    /// To the next two rows, from two pixels before to two after.
    const BELOW: [[i32; 2 * REACH + 1]; 2];
}

/// Declares the ways, as their authors drew them.
macro_rules! weights {
    ($($(#[$doc:meta])* $name:ident = $whole:literal: $ahead:expr, $below:expr, $last:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) struct $name;

            impl Weights for $name {
                const WHOLE: i32 = $whole;
                const AHEAD: [i32; REACH] = $ahead;
                const BELOW: [[i32; 2 * REACH + 1]; 2] = [$below, $last];
            }
        )+
    };
}

weights! {
    /// R. W. Floyd and L. Steinberg, 1976.
    FloydSteinberg = 16: [7, 0], [0, 3, 5, 1, 0], [0, 0, 0, 0, 0];
    /// Bill Atkinson, 1984: 6 of 8 parts.
    Atkinson = 8: [1, 1], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0];
    /// P. Stucki, 1981.
    Stucki = 42: [8, 4], [2, 4, 8, 4, 2], [1, 2, 4, 2, 1];
    /// D. Burkes, 1988.
    Burkes = 32: [8, 4], [2, 4, 8, 4, 2], [0, 0, 0, 0, 0];
    /// F. Sierra, 1989.
    Sierra = 32: [5, 3], [2, 4, 5, 4, 2], [0, 2, 3, 2, 0];
    /// F. Sierra, 1990, in two rows.
    SierraTwoRow = 16: [4, 3], [1, 2, 3, 2, 1], [0, 0, 0, 0, 0];
    /// F. Sierra, 1990, the smallest.
    SierraLite = 4: [2, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0];
}

/// Dithers a picture with these weights, row by row from the left.
pub(super) fn diffuse<W: Weights>(picture: &GrayPicture) -> Bitmap {
    let width = picture.width_pixels();
    let mut rows = Vec::with_capacity(width.div_ceil(8) * picture.height_pixels());
    // The errors of this row and the two above it, with room at both sides.
    let mut errors = [(); 3].map(|()| vec![0; width + 2 * REACH]);
    let mut wanted = vec![0_i32; width];
    for levels in picture.levels().chunks_exact(width) {
        errors.rotate_right(1);
        let [here, above, two_above] = &mut errors;
        want::<W>(levels, above, two_above, &mut wanted);
        quantize::<W>(&wanted, &mut here[REACH..REACH + width], &mut rows);
    }
    to_bitmap(picture, rows)
}

/// The level of each pixel with what comes from the rows above, in parts.
fn want<W: Weights>(levels: &[u8], above: &[i32], two_above: &[i32], wanted: &mut [i32]) {
    let width = levels.len();
    for (want, &level) in wanted.iter_mut().zip(levels) {
        *want = i32::from(level) * W::WHOLE;
    }
    for (row, weights) in [above, two_above].into_iter().zip(W::BELOW) {
        // The error of the pixel at x - offset reaches the one at x.
        for (offset, weight) in weights.into_iter().enumerate() {
            if weight != 0 {
                let from = &row[2 * REACH - offset..][..width];
                for (want, &error) in wanted.iter_mut().zip(from) {
                    *want += error * weight;
                }
            }
        }
    }
}

/// Decides the dots of a row, from the left, and keeps their errors.
fn quantize<W: Weights>(wanted: &[i32], errors: &mut [i32], rows: &mut Vec<u8>) {
    // Errors stay far above this: the division needs no sign.
    const OFFSET: i32 = 4096;
    let [to_next, to_second] = W::AHEAD;
    let (mut last, mut last_but_one) = (0, 0);
    for (wanted, errors) in wanted.chunks(8).zip(errors.chunks_mut(8)) {
        let mut dots = 0_u8;
        for (&want, out) in wanted.iter().zip(errors) {
            let parts = want + last * to_next + last_but_one * to_second;
            let level = (parts + W::WHOLE / 2 + OFFSET * W::WHOLE).cast_unsigned()
                / W::WHOLE.cast_unsigned();
            let level = level.cast_signed() - OFFSET;
            let black = level < 128;
            let error = if black { level } else { level - 255 };
            dots = dots << 1 | u8::from(black);
            (last, last_but_one) = (error, last);
            *out = error;
        }
        rows.push(dots << (8 - wanted.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The way it is usually written: each pixel pushes its error on.
    fn pushed<W: Weights>(width: usize, levels: &[u8]) -> Vec<bool> {
        let height = levels.len() / width;
        let mut parts: Vec<i32> = levels.iter().map(|&l| i32::from(l) * W::WHOLE).collect();
        let mut black = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let level = (parts[y * width + x] + W::WHOLE / 2).div_euclid(W::WHOLE);
                black.push(level < 128);
                let error = if level < 128 { level } else { level - 255 };
                let mut push = |dx: isize, dy: usize, weight: i32| {
                    let x = x.checked_add_signed(dx).filter(|&x| x < width);
                    if let Some(x) = x
                        && y + dy < height
                    {
                        parts[(y + dy) * width + x] += error * weight;
                    }
                };
                push(1, 0, W::AHEAD[0]);
                push(2, 0, W::AHEAD[1]);
                for (dy, weights) in W::BELOW.into_iter().enumerate() {
                    for (dx, weight) in (-2..=2).zip(weights) {
                        push(dx, dy + 1, weight);
                    }
                }
            }
        }
        black
    }

    fn dots(bitmap: &Bitmap) -> Vec<bool> {
        let row_octets = bitmap.width_dots().div_ceil(8) as usize;
        let rows = bitmap.rows().chunks_exact(row_octets);
        rows.flat_map(|row| {
            (0..bitmap.width_dots() as usize).map(|x| row[x / 8] & 0x80 >> (x % 8) != 0)
        })
        .collect()
    }

    fn check<W: Weights>(width: usize, levels: &[u8]) -> Result<(), TestCaseError> {
        let height = levels.len() / width;
        let size = |side| u32::try_from(side).expect("small");
        let picture = GrayPicture::from_levels(size(width), size(height), levels.to_vec());
        let bitmap = diffuse::<W>(&picture.expect("fits"));
        prop_assert_eq!(dots(&bitmap), pushed::<W>(width, levels));
        Ok(())
    }

    #[test]
    fn no_way_gives_more_than_the_whole_error() {
        fn given<W: Weights>() -> i32 {
            W::AHEAD.iter().sum::<i32>() + W::BELOW.iter().flatten().sum::<i32>()
        }
        assert_eq!(given::<FloydSteinberg>(), FloydSteinberg::WHOLE);
        assert_eq!(given::<Atkinson>() * 4, Atkinson::WHOLE * 3);
        assert_eq!(given::<Stucki>(), Stucki::WHOLE);
        assert_eq!(given::<Burkes>(), Burkes::WHOLE);
        assert_eq!(given::<Sierra>(), Sierra::WHOLE);
        assert_eq!(given::<SierraTwoRow>(), SierraTwoRow::WHOLE);
        assert_eq!(given::<SierraLite>(), SierraLite::WHOLE);
    }

    proptest! {
        /// Pulling errors gives the same dots as pushing them.
        #[test]
        fn the_dots_are_those_of_the_usual_way(
            width in 1usize..40,
            levels in proptest::collection::vec(any::<u8>(), 40..400),
        ) {
            let levels = &levels[..levels.len() / width * width];
            check::<FloydSteinberg>(width, levels)?;
            check::<Atkinson>(width, levels)?;
            check::<Stucki>(width, levels)?;
            check::<Burkes>(width, levels)?;
            check::<Sierra>(width, levels)?;
            check::<SierraTwoRow>(width, levels)?;
            check::<SierraLite>(width, levels)?;
        }
    }
}
