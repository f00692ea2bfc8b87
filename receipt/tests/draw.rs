//! How rows look: sizes, styles, directions, sheets; and that nothing from
//! outside draws without end.

use platen_receipt::draw::{Drawing, draw, draw_job, png, svg};
use platen_receipt::layout::{Bitmap, Layout};
use platen_receipt::{Fonts, Limits, Profile, parse_each};
use proptest::prelude::*;

fn paper(job: &[u8]) -> Bitmap {
    draw_job(job, &Profile::default()).paper
}

fn is_black(bitmap: &Bitmap, x: u32, y: u32) -> bool {
    let row_octets = bitmap.width_dots().div_ceil(8);
    bitmap.rows()[(y * row_octets + x / 8) as usize] & (0x80 >> (x % 8)) != 0
}

fn black_dots(bitmap: &Bitmap) -> u32 {
    bitmap.rows().iter().map(|octet| octet.count_ones()).sum()
}

/// Left, top, right and bottom of all that is black.
fn extent(bitmap: &Bitmap) -> (u32, u32, u32, u32) {
    let mut found = (u32::MAX, u32::MAX, 0, 0);
    for y in 0..bitmap.height_dots() {
        for x in 0..bitmap.width_dots() {
            if is_black(bitmap, x, y) {
                found = (
                    found.0.min(x),
                    found.1.min(y),
                    found.2.max(x),
                    found.3.max(y),
                );
            }
        }
    }
    found
}

/// A bitmap turned by half.
fn turned(bitmap: &Bitmap) -> Bitmap {
    let rows = bitmap
        .rows()
        .iter()
        .rev()
        .map(|octet| octet.reverse_bits())
        .collect();
    Bitmap::from_rows(bitmap.width_dots(), bitmap.height_dots(), rows)
}

#[test]
fn enlarged_characters_have_each_dot_enlarged() {
    let small = paper(b"\x1b3\x18Ag\n");
    let large = paper(b"\x1b3\x30\x1d!\x21Ag\n");
    assert_eq!((small.height_dots(), large.height_dots()), (24, 48));
    for y in 0..48 {
        for x in 0..72 {
            assert_eq!(
                is_black(&large, x, y),
                is_black(&small, x / 3, y / 2),
                "{x}, {y}"
            );
        }
    }
}

#[test]
fn bold_is_the_same_struck_twice_one_dot_apart() {
    let (plain, bold) = (paper(b"Bold\n"), paper(b"\x1bE\x01Bold\n"));
    for y in 0..24 {
        // Within a cell; beyond its edge nothing is struck.
        for x in (1..48).filter(|x| x % 12 != 0) {
            let expected = is_black(&plain, x, y) || is_black(&plain, x - 1, y);
            assert_eq!(is_black(&bold, x, y), expected, "{x}, {y}");
        }
    }
}

#[test]
fn white_on_black_is_the_opposite_in_the_whole_cell() {
    let (plain, reverse) = (paper(b"No 1\n"), paper(b"\x1dB\x01No 1\n"));
    for y in 0..24 {
        for x in 0..60 {
            let expected = x < 48 && !is_black(&plain, x, y);
            assert_eq!(is_black(&reverse, x, y), expected, "{x}, {y}");
        }
    }
}

#[test]
fn an_underline_goes_below_blanks_and_is_as_thick_as_asked() {
    for (n, thickness) in [(1, 1), (2, 2)] {
        let drawn = paper(&[b"\x1b-", [n].as_slice(), b"   \n"].concat());
        assert_eq!(extent(&drawn), (0, 24 - thickness, 35, 23));
        assert_eq!(black_dots(&drawn), 36 * thickness);
    }
}

#[test]
fn an_upside_down_row_is_the_row_turned_by_half() {
    let upright = paper(b"\x1b3\x18Turn 7\n");
    let upside_down = paper(b"\x1b3\x18\x1b{\x01Turn 7\n");
    assert_eq!(upside_down, turned(&upright));
}

#[test]
fn a_turned_character_lies_on_its_side() {
    let upright = paper(b"\x1b3\x18L\n");
    let lying = paper(b"\x1b3\x0c\x1bV\x01L\n");
    for y in 0..12 {
        for x in 0..24 {
            assert_eq!(is_black(&lying, x, y), is_black(&upright, y, 23 - x));
        }
    }
}

#[test]
fn mixed_heights_stand_on_one_base_line() {
    // Letters without anything below the base line.
    let drawn = paper(b"H\x1d!\x33H\x1d!\x00H\x1bM\x01H\n");
    let (_, _, _, bottom) = extent(&drawn);
    for (left, right) in [(0, 12), (12, 60), (60, 72), (72, 81)] {
        assert!(
            (left..right).any(|x| is_black(&drawn, x, bottom)),
            "the letter at {left} stands higher than the others"
        );
    }
}

#[test]
fn a_page_is_turned_in_each_direction() {
    let page = |direction: u8| {
        let job = [
            b"\x1bL\x1bW\x00\x00\x00\x00\xc8\x00\xc8\x00\x1bT".as_slice(),
            &[direction],
            b"Page\n\x0c",
        ];
        extent(&paper(&job.concat()))
    };
    let (left, top, right, bottom) = page(0);
    // An area of 200 by 200 dots, turned about its middle.
    assert_eq!(page(1), (top, 199 - right, bottom, 199 - left));
    assert_eq!(page(2), (199 - right, 199 - bottom, 199 - left, 199 - top));
    assert_eq!(page(3), (199 - bottom, left, 199 - top, right));
}

#[test]
fn a_cut_makes_two_sheets() {
    let drawing = draw_job(
        b"one\n\x1dV\x00two\nlines\n\x1dV\x01\n",
        &Profile::default(),
    );
    let heights: Vec<u32> = drawing.sheets().map(|sheet| sheet.height_dots()).collect();
    assert_eq!(heights, [30, 60]);
}

#[test]
fn a_code_stands_where_its_row_is_justified() {
    let code = b"\x1dw\x02\x1dh\x50\x1dk\x43\x0d4006381333931";
    for (justification, left) in [(0, 0), (1, 193), (2, 386)] {
        let job = [b"\x1ba", [justification].as_slice(), code].concat();
        // The bars of EAN13 are 95 modules.
        assert_eq!(extent(&paper(&job)), (left, 0, left + 189, 79));
    }
}

#[test]
fn a_code_too_wide_for_the_paper_is_made_narrower() {
    let job = b"\x1dw\x06\x1dk\x49\x20{BABCDEFGHIJKLMNOPQRSTUVWXYZ1234";
    let (_, _, right, _) = extent(&paper(job));
    assert!(right > 300 && right < 576, "{right}");
}

#[test]
fn a_job_that_draws_without_end_is_cut_short() {
    // A page of enlarged characters, printed on the same place over and over.
    let mut job = b"\x1bL\x1bW\x00\x00\x00\x00\x40\x02\xff\x00\x1d!\x77".to_vec();
    job.extend(b"MMMMMM".repeat(300));
    job.extend(b"\x1b\x0c".repeat(2000));
    let mut limits = Limits::default();
    limits.drawing_steps_max = 2_000_000;
    limits.drawing_octets_max = 100_000;
    let drawing = drawn(&job, limits);
    assert!(drawing.cut_short);
    assert!(drawing.paper.rows().len() <= 100_000);
}

fn drawn(job: &[u8], limits: Limits) -> Drawing {
    let profile = Profile::default();
    let mut layout = Layout::new(&profile, limits);
    parse_each(job, limits, |located| layout.apply(located));
    draw(&layout.finish(), &profile, Fonts::bundled(), &limits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_is_drawn_within_the_limits(
        pieces in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..12),
            (any::<u8>(), prop::collection::vec(any::<u8>(), 0..6))
                .prop_map(|(m, data)| [&[0x1D, b'k', m % 80, 6], data.as_slice()].concat()),
            (48u8..55, 60u8..90, prop::collection::vec(any::<u8>(), 0..8))
                .prop_map(|(cn, function, data)| {
                    let length = u8::try_from(data.len() + 2).expect("a few octets");
                    [b"\x1d(k".as_slice(), &[length, 0, cn, function], &data].concat()
                }),
            Just(b"\x1bL\x1bW\x10\x00\x10\x00\xff\xff\xff\xff\x1bT\x01Page\n\x0c".to_vec()),
            Just(b"\x1d!\x77\x1b{\x01Large \x1bV\x01text\n".to_vec()),
            Just(b"\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0".to_vec()),
        ], 0..40),
    ) {
        let mut limits = Limits::default();
        limits.drawing_octets_max = 200_000;
        limits.drawing_steps_max = 1_000_000;
        let drawing = drawn(&pieces.concat(), limits);
        prop_assert!(drawing.paper.rows().len() <= 200_000);
        prop_assert!(png(&drawing.paper).len() < 400_000);
        prop_assert!(svg(&drawing.paper, "").starts_with("<svg"));
    }
}
