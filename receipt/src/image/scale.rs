//! Scaling by area: each new pixel is the mean of what it covers.
//!
//! Positions are counted in units that divide both sizes: an old pixel is as
//! many units wide as the new picture has pixels, and the other way round. So
//! every overlap is a whole number, and nothing is rounded until the mean.

/// Bits that a row keeps below a level between the two passes.
const SPARE_BITS: u32 = 8;

/// Scales levels from one size to another; no side is 0.
pub(super) fn scaled(levels: &[u8], from: (usize, usize), to: (usize, usize)) -> Vec<u8> {
    let (from_width, from_height) = from;
    let (to_width, to_height) = to;
    let columns = spans(from_width, to_width);
    let mut out = Vec::with_capacity(to_width * to_height);
    let mut sums = vec![0_u64; to_width];
    // The row that was brought to the new width last, and its number.
    let mut row = vec![0_u16; to_width];
    let mut row_number = None;
    for rows in spans(from_height, to_height) {
        sums.fill(0);
        for (y, weight) in rows.parts() {
            if row_number != Some(y) {
                narrow(&levels[y * from_width..][..from_width], &columns, &mut row);
                row_number = Some(y);
            }
            for (sum, &level) in sums.iter_mut().zip(&row) {
                *sum += weight * u64::from(level);
            }
        }
        let whole = (rows.units as u64) << SPARE_BITS;
        out.extend(sums.iter().map(|sum| {
            u8::try_from((sum + whole / 2) / whole).expect("a mean of levels is a level")
        }));
    }
    out
}

/// Brings a row to the new width, with [`SPARE_BITS`] more precision.
fn narrow(levels: &[u8], columns: &[Span], row: &mut [u16]) {
    for (out, span) in row.iter_mut().zip(columns) {
        let sum: u64 = span
            .parts()
            .map(|(x, weight)| weight * u64::from(levels[x]))
            .sum();
        let units = span.units as u64;
        let mean = ((sum << SPARE_BITS) + units / 2) / units;
        *out = u16::try_from(mean).expect("a mean of levels and eight bits");
    }
}

/// What one new pixel covers of the old ones, in one direction.
struct Span {
    first: usize,
    last: usize,
    /// How much of the first and of the last is covered.
    first_units: u64,
    last_units: u64,
    /// How much of each between them.
    between_units: u64,
    /// All of it together.
    units: usize,
}

impl Span {
    /// The old pixels, each with the units that are covered.
    fn parts(&self) -> impl Iterator<Item = (usize, u64)> {
        (self.first..=self.last).map(|place| {
            let units = if place == self.first {
                self.first_units
            } else if place == self.last {
                self.last_units
            } else {
                self.between_units
            };
            (place, units)
        })
    }
}

fn spans(from: usize, to: usize) -> Vec<Span> {
    // An old pixel is `to` units wide, a new one `from` units.
    (0..to)
        .map(|place| {
            let (start, end) = (place * from, (place + 1) * from);
            let (first, last) = (start / to, (end - 1) / to);
            let first_units = end.min((first + 1) * to) - start;
            Span {
                first,
                last,
                first_units: first_units as u64,
                last_units: (end - last * to).min(from) as u64,
                between_units: to as u64,
                units: from,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_the_size_is_the_mean_of_four() {
        let levels = [0, 100, 200, 200, 100, 200, 200, 200];
        assert_eq!(scaled(&levels, (4, 2), (2, 1)), [100, 200]);
    }

    #[test]
    fn three_become_two_by_their_overlap() {
        assert_eq!(scaled(&[0, 90, 240], (3, 1), (2, 1)), [30, 190]);
    }

    #[test]
    fn larger_pictures_repeat_what_there_is() {
        assert_eq!(
            scaled(&[10, 20], (2, 1), (4, 2)),
            [10, 10, 20, 20, 10, 10, 20, 20]
        );
    }

    proptest! {
        /// The spans cover the old pixels once each, without a gap.
        #[test]
        fn nothing_is_left_out_or_counted_twice(from in 1usize..200, to in 1usize..200) {
            let mut covered = vec![0; from];
            for span in spans(from, to) {
                prop_assert_eq!(span.parts().map(|(_, units)| units).sum::<u64>(), from as u64);
                for (place, units) in span.parts() {
                    covered[place] += units;
                }
            }
            prop_assert!(covered.iter().all(|&units| units == to as u64));
        }
    }
}
