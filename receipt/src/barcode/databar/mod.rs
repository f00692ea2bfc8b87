//! GS1 DataBar (ISO/IEC 24724). Omnidirectional, Truncated, Stacked and Limited,
//! here, say a GTIN in four or two characters with check patterns between them;
//! `expanded` says whatever GS1 has an identifier for.

mod characters;
mod compaction;
mod expanded;

use characters::{INSIDE, LIMITED, OUTSIDE};

pub(super) use expanded::{expanded, expanded_stacked};

use super::matrix::Matrix;
use super::strokes::Strokes;
use crate::layout::Bitmap;

/// Finder patterns, which are check characters as well.
const FINDERS: [[u8; 5]; 9] = [
    [3, 8, 2, 1, 1],
    [3, 5, 5, 1, 1],
    [3, 3, 7, 1, 1],
    [3, 1, 9, 1, 1],
    [2, 7, 4, 1, 1],
    [2, 5, 6, 1, 1],
    [2, 3, 8, 1, 1],
    [1, 5, 7, 1, 1],
    [1, 3, 9, 1, 1],
];

/// The check pattern of Limited (annex C).
#[rustfmt::skip]
const LIMITED_CHECKS: [&str; 89] = [
    "11111111113311", "11111111123211", "11111111133111", "11111112113211", "11111112123111",
    "11111113113111", "11111211113211", "11111211123111", "11111212113111", "11111311113111",
    "11121111113211", "11121111123111", "11121112113111", "11121211113111", "11131111113111",
    "12111111113211", "12111111123111", "12111112113111", "12111211113111", "12121111113111",
    "13111111113111", "11111111212311", "11111111222211", "11111111232111", "11111112212211",
    "11111112222111", "11111113212111", "11111211212211", "11111211222111", "11111212212111",
    "11111311212111", "11121111212211", "11121111222111", "11121112212111", "11121211212111",
    "11131111212111", "12111111212211", "12111111222111", "12111112212111", "12111211212111",
    "12121111212111", "13111111212111", "11111111311311", "11111111321211", "11111112311211",
    "11121111311211", "12111111311211", "11111121112311", "11111121122211", "11111121132111",
    "11111122112211", "11121121112211", "11121121122111", "11121122112111", "11121221112111",
    "11131121112111", "12111121112211", "12111121122111", "12121121112111", "11112111112311",
    "11112111122211", "11112111132111", "11112112112211", "11112112122111", "11112211112211",
    "12112111112211", "12112111122111", "12112112112111", "12112211112111", "12122111112111",
    "13112111112111", "11211111112311", "11211111122211", "11211111132111", "11211112112211",
    "11211112122111", "11211113112111", "11211211112211", "11211211122111", "11221111112211",
    "21111111122211", "21111111132111", "21111112112211", "21111112122111", "21111113112111",
    "21111211122111", "21111212112111", "21121111122111", "21111111221211",
];

/// What a GTIN is divided by into its two halves.
const PAIR: u64 = 4_537_077;
const CHARACTER: u64 = 1597;
const LIMITED_PAIR: u64 = 2_013_571;

/// The heights of the rows of the stacked forms, in modules.
const STACKED_ROWS: [usize; 3] = [5, 1, 7];
const STACKED_OMNIDIRECTIONAL_ROWS: [usize; 5] = [33, 1, 1, 1, 33];
const STACKED_WIDTH: usize = 50;

/// Omnidirectional and Truncated, which differ in their height only.
pub(super) fn omnidirectional(data: &[u8]) -> Option<(Strokes, String)> {
    let (value, hri) = gtin(data)?;
    let (widths, _) = widths(value);
    let mut strokes = Strokes::default();
    // It begins with a space.
    strokes.modules([0]);
    strokes.modules(widths);
    Some((strokes, hri))
}

/// Limited, for GTINs that begin with 0 or 1.
pub(super) fn limited(data: &[u8]) -> Option<(Strokes, String)> {
    let (value, hri) = gtin(data)?;
    if value > 1_999_999_999_999 {
        return None;
    }
    let pairs = [value / LIMITED_PAIR, value % LIMITED_PAIR].map(|pair| LIMITED.widths(pair));
    let sum = weighted(&pairs.concat(), 89);
    let mut strokes = Strokes::default();
    strokes.modules([0, 1, 1]);
    strokes.modules(pairs[0].iter().copied());
    strokes.pattern(LIMITED_CHECKS[sum]);
    strokes.modules(pairs[1].iter().copied());
    strokes.modules([1, 1, 5]);
    Some((strokes, hri))
}

/// The two halves of Omnidirectional above each other, with a line between.
pub(super) fn stacked(data: &[u8]) -> Option<Bitmap> {
    let (value, _) = gtin(data)?;
    let (top, bottom, _) = halves(value);
    let mut line = [false; STACKED_WIDTH];
    for x in 1..46 {
        line[x] = if top[x] == bottom[x] {
            !top[x]
        } else {
            !line[x - 1]
        };
    }
    line[1..4].fill(false);
    Some(rows(&[top, line, bottom], &STACKED_ROWS))
}

/// The same in full height, which can be read from every side.
pub(super) fn stacked_omnidirectional(data: &[u8]) -> Option<Bitmap> {
    let (value, _) = gtin(data)?;
    let (top, bottom, right_check) = halves(value);
    let mut middle = [false; STACKED_WIDTH];
    for x in (5..46).step_by(2) {
        middle[x] = true;
    }
    let above = separator(&top, 18);
    let below = if right_check == 3 {
        // The one dark module over this finder is shifted (5.3.2.2).
        let mut line = separator(&bottom, 0);
        line[19..32].fill(false);
        line[29] = true;
        line
    } else {
        separator(&bottom, 19)
    };
    Some(rows(
        &[top, above, middle, below, bottom],
        &STACKED_OMNIDIRECTIONAL_ROWS,
    ))
}

/// The opposite of a row, alternating where the finder's spaces are wide.
fn separator(row: &[bool; STACKED_WIDTH], finder: usize) -> [bool; STACKED_WIDTH] {
    let mut line = [false; STACKED_WIDTH];
    for x in 4..STACKED_WIDTH - 4 {
        line[x] = !row[x];
    }
    if finder > 0 {
        let mut dark = true;
        for x in finder..finder + 13 {
            line[x] = !row[x] && dark;
            dark = row[x] || !dark;
        }
    }
    line
}

/// The modules of both halves, and the right check character.
fn halves(value: u64) -> ([bool; STACKED_WIDTH], [bool; STACKED_WIDTH], usize) {
    let (widths, right_check) = widths(value);
    let mut top = [false; STACKED_WIDTH];
    let mut bottom = [false; STACKED_WIDTH];
    let end = paint(&mut top, 0, false, &widths[..23]);
    top[end] = true;
    bottom[0] = true;
    paint(&mut bottom, 2, true, &widths[23..]);
    (top, bottom, right_check)
}

fn paint(row: &mut [bool], start: usize, mut black: bool, widths: &[u8]) -> usize {
    let mut x = start;
    for &width in widths {
        let end = x + usize::from(width);
        row[x..end].fill(black);
        x = end;
        black = !black;
    }
    x
}

fn rows(lines: &[[bool; STACKED_WIDTH]], heights: &[usize]) -> Bitmap {
    let mut matrix = Matrix::new(STACKED_WIDTH, heights.iter().sum());
    let mut top = 0;
    for (line, &height) in lines.iter().zip(heights) {
        for y in top..top + height {
            for (x, _) in line.iter().enumerate().filter(|(_, black)| **black) {
                matrix.set(x, y);
            }
        }
        top += height;
    }
    matrix.into_bitmap()
}

/// All 46 spaces and bars of Omnidirectional, and the right check character.
fn widths(value: u64) -> (Vec<u8>, usize) {
    let (left, right) = (value / PAIR, value % PAIR);
    let characters = [
        OUTSIDE.widths(left / CHARACTER),
        INSIDE.widths(left % CHARACTER),
        OUTSIDE.widths(right / CHARACTER),
        INSIDE.widths(right % CHARACTER),
    ];
    let mut check = weighted(&characters.concat(), 79);
    // Two pairs of finders are not used.
    check += usize::from(check >= 8);
    check += usize::from(check >= 72);
    let (left_check, right_check) = (check / 9, check % 9);
    let reversed = |widths: &[u8]| widths.iter().rev().copied().collect::<Vec<u8>>();
    let all = [
        vec![1, 1],
        characters[0].clone(),
        FINDERS[left_check].to_vec(),
        reversed(&characters[1]),
        characters[3].clone(),
        reversed(&FINDERS[right_check]),
        reversed(&characters[2]),
        vec![1, 1],
    ];
    (all.concat(), right_check)
}

/// The sum of the widths, each times a power of 3.
fn weighted(widths: &[u8], modulus: usize) -> usize {
    let mut weight = 1;
    let mut sum = 0;
    for &width in widths {
        sum += weight * usize::from(width);
        weight = weight * 3 % modulus;
    }
    sum % modulus
}

/// The number without check digit, and the text of it, of a GTIN with or without
/// its identifier 01 and its check digit, which is made anew.
fn gtin(data: &[u8]) -> Option<(u64, String)> {
    let digits = match data.strip_prefix(b"(01)") {
        Some(digits) => digits,
        None if data.len() > 14 => data.strip_prefix(b"01")?,
        None => data,
    };
    if digits.is_empty() || digits.len() > 14 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = if digits.len() == 14 {
        &digits[..13]
    } else {
        digits
    };
    let value = digits
        .iter()
        .fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    let text = format!("{value:013}");
    let sum: u32 = text
        .bytes()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    Some((value, format!("(01){text}{}", (10 - sum % 10) % 10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_gtin_is_the_same_code() {
        let (strokes, hri) = omnidirectional(b"(01)04012345678901").expect("a GTIN");
        assert_eq!(hri, "(01)04012345678901");
        for data in [
            b"0401234567890".as_slice(),
            b"04012345678901",
            b"0104012345678901",
        ] {
            let (other, _) = omnidirectional(data).expect("a GTIN");
            assert_eq!(other.dots(1), strokes.dots(1));
        }
        assert_eq!(strokes.dots(1).width_dots(), 96);
        assert!(omnidirectional(b"12a").is_none());
        assert!(limited(b"2401234567890").is_none());
    }

    #[test]
    fn no_value_of_a_group_has_widths_beyond_its_modules() {
        for value in [0, 160, 161, 960, 961, 2014, 2015, 2714, 2715, 2840] {
            let (widths, _) = widths(value * CHARACTER * PAIR);
            assert_eq!(
                widths.iter().map(|&width| u32::from(width)).sum::<u32>(),
                96
            );
        }
    }
}
