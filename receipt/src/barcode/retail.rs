//! UPC-A, UPC-E, EAN13 and EAN8 (ISO/IEC 15420).

use super::strokes::Strokes;

/// Widths of space, bar, space, bar of the digits in set A; set C is the same
/// with bars for spaces, set B its mirror image.
const SET_A: [[u8; 4]; 10] = [
    [3, 2, 1, 1],
    [2, 2, 2, 1],
    [2, 1, 2, 2],
    [1, 4, 1, 1],
    [1, 1, 3, 2],
    [1, 2, 3, 1],
    [1, 1, 1, 4],
    [1, 3, 1, 2],
    [1, 2, 1, 3],
    [3, 1, 1, 2],
];

/// Which of the six left digits are in set B, by the first digit of EAN13.
const EAN_13_SET_B: [u8; 10] = [
    0b00_0000, 0b00_1011, 0b00_1101, 0b00_1110, 0b01_0011, 0b01_1001, 0b01_1100, 0b01_0101,
    0b01_0110, 0b01_1010,
];

/// Which of the six digits of UPC-E are in set A, by its check digit, in number
/// system 0; in number system 1 the others are.
const UPC_E_SET_A: [u8; 10] = [
    0b00_0111, 0b00_1011, 0b00_1101, 0b00_1110, 0b01_0011, 0b01_1001, 0b01_1100, 0b01_0101,
    0b01_0110, 0b01_1010,
];

const SIDE_GUARD: &str = "111";
const CENTER_GUARD: &str = "11111";
const UPC_E_END_GUARD: &str = "111111";

/// UPC-A from 11 digits, or 12 with the check digit, which is made anew.
pub(super) fn upc_a(data: &[u8]) -> Option<(Strokes, String)> {
    let digits = with_check_digit(digits(data)?, 12)?;
    let strokes = thirteen(&[&[0], digits.as_slice()].concat());
    Some((strokes, text(&digits)))
}

/// EAN13 from 12 digits, or 13 with the check digit, which is made anew.
pub(super) fn ean_13(data: &[u8]) -> Option<(Strokes, String)> {
    let digits = with_check_digit(digits(data)?, 13)?;
    Some((thirteen(&digits), text(&digits)))
}

/// EAN8 from 7 digits, or 8 with the check digit, which is made anew.
pub(super) fn ean_8(data: &[u8]) -> Option<(Strokes, String)> {
    let digits = with_check_digit(digits(data)?, 8)?;
    let mut strokes = Strokes::default();
    strokes.pattern(SIDE_GUARD);
    for &digit in &digits[..4] {
        strokes.modules(SET_A[usize::from(digit)]);
    }
    strokes.pattern(CENTER_GUARD);
    for &digit in &digits[4..] {
        strokes.modules(SET_A[usize::from(digit)]);
    }
    strokes.pattern(SIDE_GUARD);
    Some((strokes, text(&digits)))
}

/// UPC-E from its six digits, with the number system before and the check digit
/// after them if they are given, or from the UPC-A that it stands for.
pub(super) fn upc_e(data: &[u8]) -> Option<(Strokes, String)> {
    let given = digits(data)?;
    let (system, short) = match given.len() {
        6 => (0, given),
        7 | 8 => (given[0], given[1..7].to_vec()),
        11 | 12 => (given[0], shortened(&given[1..11])?),
        _ => return None,
    };
    if system > 1 {
        return None;
    }
    let long = [&[system], lengthened(&short).as_slice()].concat();
    let check = *with_check_digit(long, 12)?.last()?;
    let set_a = UPC_E_SET_A[usize::from(check)] ^ if system == 1 { 0b11_1111 } else { 0 };
    let mut strokes = Strokes::default();
    strokes.pattern(SIDE_GUARD);
    left_half(&mut strokes, &short, !set_a);
    strokes.pattern(UPC_E_END_GUARD);
    let all = [&[system], short.as_slice(), &[check]].concat();
    Some((strokes, text(&all)))
}

/// The ten digits after the number system for which UPC-E writes six.
fn lengthened(short: &[u8]) -> Vec<u8> {
    let zeros = |count| vec![0; count];
    match short[5] {
        last @ 0..=2 => [&short[..2], &[last], &zeros(4), &short[2..5]].concat(),
        3 => [&short[..3], &zeros(5), &short[3..5]].concat(),
        4 => [&short[..4], &zeros(5), &short[4..5]].concat(),
        last => [&short[..5], &zeros(4), &[last]].concat(),
    }
}

/// The six digits for ten, if they can be written so.
fn shortened(long: &[u8]) -> Option<Vec<u8>> {
    let (maker, item) = long.split_at(5);
    let candidates = [
        [maker[0], maker[1], item[2], item[3], item[4], maker[2]],
        [maker[0], maker[1], maker[2], item[3], item[4], 3],
        [maker[0], maker[1], maker[2], maker[3], item[4], 4],
        [maker[0], maker[1], maker[2], maker[3], maker[4], item[4]],
    ];
    candidates
        .into_iter()
        .find(|short| lengthened(short) == long)
        .map(Vec::from)
}

fn thirteen(digits: &[u8]) -> Strokes {
    let mut strokes = Strokes::default();
    strokes.pattern(SIDE_GUARD);
    left_half(
        &mut strokes,
        &digits[1..7],
        EAN_13_SET_B[usize::from(digits[0])],
    );
    strokes.pattern(CENTER_GUARD);
    for &digit in &digits[7..] {
        strokes.modules(SET_A[usize::from(digit)]);
    }
    strokes.pattern(SIDE_GUARD);
    strokes
}

/// Six digits, each in set B where its bit from the left is 1, else in set A.
fn left_half(strokes: &mut Strokes, digits: &[u8], set_b: u8) {
    for (place, &digit) in digits.iter().enumerate() {
        let mut widths = SET_A[usize::from(digit)];
        if set_b >> (5 - place) & 1 == 1 {
            widths.reverse();
        }
        strokes.modules(widths);
    }
}

fn digits(data: &[u8]) -> Option<Vec<u8>> {
    data.iter()
        .map(|byte| byte.is_ascii_digit().then(|| byte - b'0'))
        .collect()
}

/// `length` digits of which the last is the check digit: given with or without.
fn with_check_digit(mut digits: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    if digits.len() != length && digits.len() + 1 != length {
        return None;
    }
    digits.truncate(length - 1);
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    digits.push(u8::try_from((10 - sum % 10) % 10).ok()?);
    Some(digits)
}

fn text(digits: &[u8]) -> String {
    digits
        .iter()
        .map(|&digit| char::from(b'0' + digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_digit_is_made_and_a_given_one_is_made_anew() {
        for data in [
            b"400638133393".as_slice(),
            b"4006381333931",
            b"4006381333930",
        ] {
            let (strokes, hri) = ean_13(data).expect("digits");
            assert_eq!(hri, "4006381333931");
            assert_eq!(strokes.dots(1).width_dots(), 95);
        }
        assert!(ean_13(b"40063813339").is_none());
        assert!(ean_13(b"40063813339x").is_none());
    }

    #[test]
    fn upc_e_is_written_from_every_form_of_its_number() {
        for data in [
            b"123456".as_slice(),
            b"0123456",
            b"01234565",
            b"01234500006",
            b"012345000065",
        ] {
            let (strokes, hri) = upc_e(data).expect("a number with a short form");
            assert_eq!(hri, "01234565");
            assert_eq!(strokes.dots(1).width_dots(), 51);
        }
        assert!(upc_e(b"01234567890").is_none(), "has no short form");
    }
}
