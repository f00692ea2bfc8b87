//! Pictures for the tests of the languages: awkward sizes, every octet.

use proptest::prelude::*;

use crate::layout::Bitmap;

/// Any picture up to this size, of random dots with runs of white and black.
pub(super) fn pictures(width_max: u32, height_max: u32) -> impl Strategy<Value = Bitmap> {
    (1..=width_max, 1..=height_max).prop_flat_map(|(width, height)| {
        let row_octets = width.div_ceil(8) as usize;
        let row = prop_oneof![
            3 => proptest::collection::vec(any::<u8>(), row_octets),
            1 => Just(vec![0x00; row_octets]),
            1 => Just(vec![0xFF; row_octets]),
            2 => (any::<u8>(), any::<u8>(), 0..=row_octets).prop_map(move |(left, right, at)| {
                let mut row = vec![left; row_octets];
                row[at..].fill(right);
                row
            }),
        ];
        proptest::collection::vec((row, 1..4_usize), height as usize).prop_map(move |rows| {
            let rows = rows
                .into_iter()
                .flat_map(|(row, times)| vec![row; times].concat());
            let rows: Vec<u8> = rows.take(row_octets * height as usize).collect();
            Bitmap::from_rows(width, height, rows)
        })
    })
}

/// Splits octets at the first place where `end` stands; panics without one.
pub(super) fn until<'a>(octets: &'a [u8], end: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = octets
        .windows(end.len())
        .position(|window| window == end)
        .unwrap_or_else(|| panic!("no {end:?}"));
    (&octets[..at], &octets[at + end.len()..])
}

/// The numbers before the data of a command, divided by commas or blanks.
pub(super) fn numbers(text: &[u8], divider: char) -> Vec<u32> {
    std::str::from_utf8(text)
        .expect("digits")
        .split(divider)
        .map(|number| number.parse().expect("a number"))
        .collect()
}

/// Octets written as hexadecimal digits.
pub(super) fn from_hex(digits: &[u8]) -> Vec<u8> {
    digits
        .chunks_exact(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("digits");
            u8::from_str_radix(pair, 16).expect("digits")
        })
        .collect()
}
