//! MaxiCode (ISO/IEC 16023): 144 codewords of six modules around a bull's eye.
//!
//! It has one size. `text` writes the message in codewords; where each module
//! of them stands and what a module looks like is here.

mod text;

use super::matrix::Matrix;
use super::reed_solomon::Field;
use crate::layout::Bitmap;
use text::{carrier, message};

/// Codewords: the primary message and its check words, then the secondary.
const PRIMARY: usize = 10;
const ALL: usize = 144;
/// What the check words are computed over.
const POLYNOMIAL: u16 = 0x43;

const COLUMNS: usize = 30;
const ROWS: usize = 33;

/// A module is a hexagon; rows reach into each other. The dots of one at 203 dpi,
/// where it is 0.88 mm wide.
const HEXAGON: [u8; 8] = [
    0b00_1100, 0b01_1110, 0b11_1111, 0b11_1111, 0b11_1111, 0b11_1111, 0b01_1110, 0b00_1100,
];
const COLUMN_DOTS: usize = 7;
const ROW_DOTS: usize = 6;
/// Every second row stands half a module to the right.
const HALF_COLUMN_DOTS: usize = 3;

/// The modules of the primary message, from row 9 and column 6: they are not in
/// blocks, as the others are (figure 5).
const PRIMARY_TOP: usize = 9;
const PRIMARY_LEFT: usize = 6;
#[rustfmt::skip]
const PRIMARY_MODULES: [[u8; 16]; 15] = [
    [  0,   0, 80, 79,  0,  0, 14, 13, 38, 37,  3,  0, 45, 44, 110, 109],
    [  0,   0, 82, 81, 41,  0, 16, 15, 40, 39,  4,  0,  0, 46, 112, 111],
    [  0,   0, 84, 83, 42,  0,  0,  0,  0,  0,  6,  5, 48, 47, 114, 113],
    [104, 103, 56, 55, 17,  0,  0,  0,  0,  0,  0,  0, 21, 20,  86,  85],
    [106, 105, 58, 57,  0,  0,  0,  0,  0,  0,  0,  0, 23, 22,  88,  87],
    [108, 107, 60, 59,  0,  0,  0,  0,  0,  0,  0,  0,  0, 24,  90,  89],
    [ 49,   0, 31,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  54,  53],
    [ 50,   0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,   0,   0],
    [ 52,  51, 32,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  2,   0,  43],
    [ 98,  97, 62, 61,  0,  0,  0,  0,  0,  0,  0,  0,  0, 27,  92,  91],
    [100,  99, 64, 63,  0,  0,  0,  0,  0,  0,  0,  0, 29, 28,  94,  93],
    [102, 101, 66, 65, 18,  0,  0,  0,  0,  0,  0,  0, 19, 30,  96,  95],
    [  0,   0, 74, 73, 33,  0,  0,  0,  0,  0,  0, 11, 68, 67, 116, 115],
    [  0,   0, 76, 75,  0,  0,  8,  7, 36, 35, 12,  0, 70, 69, 118, 117],
    [  0,   0, 78, 77,  0, 34, 10,  9, 26, 25,  0,  0, 72, 71, 120, 119],
];

/// Black in every symbol: rows and columns of the marks around the bull's eye,
/// and of the upper right corner.
const MARKS: [(usize, usize); 13] = [
    (0, 28),
    (0, 29),
    (9, 10),
    (9, 11),
    (10, 11),
    (15, 7),
    (16, 8),
    (16, 20),
    (17, 20),
    (22, 10),
    (23, 10),
    (22, 17),
    (23, 17),
];

/// The bull's eye: its middle, and where its three rings begin and end, in half
/// dots.
const MIDDLE: (usize, usize) = (2 * 14 * COLUMN_DOTS + 5, 2 * 16 * ROW_DOTS + 7);
const RINGS: [(usize, usize); 3] = [(8, 19), (30, 40), (51, 62)];

/// The symbol in dots of 203 dpi. Modes 2 and 3 begin with a carrier's address,
/// and data without one are in mode 4.
pub(super) fn encode(data: &[u8], mode: u8) -> Option<Bitmap> {
    let mut words = Vec::with_capacity(ALL);
    let carrier = if mode < 4 { carrier(data) } else { None };
    let (primary, secondary, data_words) = match carrier {
        Some((primary, rest)) => (primary, message(&rest, 84)?, 84),
        None => {
            let mode = mode.max(4);
            // Mode 5 has more check words.
            let data_words = if mode == 5 { 68 } else { 84 };
            let mut words = message(data, PRIMARY - 1 + data_words)?;
            let secondary = words.split_off(PRIMARY - 1);
            words.insert(0, mode.into());
            (words, secondary, data_words)
        }
    };
    let field = Field::new(POLYNOMIAL);
    words.extend(&primary);
    words.extend(field.check_words(&primary, PRIMARY));
    words.extend(&secondary);
    let check = (ALL - words.len()) / 2;
    let halves = [0, 1].map(|half| {
        let half: Vec<u16> = secondary[half..data_words]
            .iter()
            .step_by(2)
            .copied()
            .collect();
        field.check_words(&half, check)
    });
    for place in 0..check {
        words.extend(halves.each_ref().map(|half| half[place]));
    }
    Some(draw(&words))
}

fn draw(words: &[u16]) -> Bitmap {
    let mut matrix = Matrix::new(
        COLUMNS * COLUMN_DOTS - 1,
        (ROWS - 1) * ROW_DOTS + HEXAGON.len(),
    );
    for (module, (row, column)) in places() {
        if words[module / 6] >> (5 - module % 6) & 1 == 1 {
            hexagon(&mut matrix, row, column);
        }
    }
    for (row, column) in MARKS {
        hexagon(&mut matrix, row, column);
    }
    let reach = RINGS[2].1 / 2 + 1;
    for y in MIDDLE.1 / 2 - reach..=MIDDLE.1 / 2 + reach {
        for x in MIDDLE.0 / 2 - reach..=MIDDLE.0 / 2 + reach {
            let squared = (2 * x).abs_diff(MIDDLE.0).pow(2) + (2 * y).abs_diff(MIDDLE.1).pow(2);
            if RINGS
                .iter()
                .any(|(from, to)| (from * from..to * to).contains(&squared))
            {
                matrix.set(x, y);
            }
        }
    }
    matrix.into_bitmap()
}

fn hexagon(matrix: &mut Matrix, row: usize, column: usize) {
    let left = column * COLUMN_DOTS + row % 2 * HALF_COLUMN_DOTS;
    for (y, dots) in HEXAGON.into_iter().enumerate() {
        for x in (0..6).filter(|x| dots >> (5 - x) & 1 == 1) {
            matrix.set(left + x, row * ROW_DOTS + y);
        }
    }
}

/// Where each module stands: its number from 0, row and column.
fn places() -> impl Iterator<Item = (usize, (usize, usize))> {
    let primary = PRIMARY_MODULES
        .iter()
        .zip(PRIMARY_TOP..)
        .flat_map(|(modules, row)| {
            let modules = modules.iter().zip(PRIMARY_LEFT..);
            modules
                .filter(|(number, _)| **number > 0)
                .map(move |(number, column)| (usize::from(*number) - 1, (row, column)))
        });
    // The secondary message goes to and fro, in blocks of two by three, from
    // right to left within a block; what the primary takes is left out.
    let blocks = (0..ROWS / 3).flat_map(|line| {
        (0..14).filter_map(move |block| {
            let block = if line % 2 == 0 { block } else { 13 - block };
            let inner = match line {
                3 | 7 => 4..11,
                4..=6 => 3..11,
                _ => 0..0,
            };
            (!inner.contains(&block)).then_some((line * 3, block * 2))
        })
    });
    let in_blocks = blocks.flat_map(|(top, left)| {
        (0..6).map(move |module| (top + module / 2, left + 1 - module % 2))
    });
    // The last two columns are filled from the top.
    let edge = (1..ROWS).flat_map(|row| {
        let columns: &[usize] = if row % 2 == 1 { &[28] } else { &[29, 28] };
        columns.iter().map(move |&column| (row, column))
    });
    primary.chain((2 * PRIMARY * 6..).zip(in_blocks.chain(edge)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_a_place_of_its_own() {
        let mut modules: Vec<usize> = places().map(|(module, _)| module).collect();
        modules.sort_unstable();
        assert_eq!(modules, (0..ALL * 6).collect::<Vec<_>>());
        let mut taken: Vec<(usize, usize)> = places().map(|(_, place)| place).collect();
        taken.extend(MARKS);
        taken.sort_unstable();
        let count = taken.len();
        taken.dedup();
        assert_eq!(taken.len(), count);
    }

    #[test]
    fn places_are_those_of_the_standard() {
        let place = |module: usize| places().find(|(found, _)| *found == module - 1);
        for (module, place_of_it) in [
            (121, (0, 1)),
            (205, (3, 27)),
            (391, (9, 7)),
            (415, (12, 1)),
            (523, (21, 27)),
            (817, (1, 28)),
            (819, (2, 28)),
            (863, (32, 29)),
        ] {
            assert_eq!(place(module), Some((module - 1, place_of_it)));
        }
    }

    #[test]
    fn messages_that_are_too_long_are_refused() {
        assert!(encode(&[b'A'; 93], 4).is_some());
        assert!(encode(&[b'A'; 94], 4).is_none());
        assert!(encode(&[b'A'; 78], 5).is_none());
    }
}
