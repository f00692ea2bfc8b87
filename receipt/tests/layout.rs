//! What commands do to the paper, rule by rule: a job on 20 columns of 12 dots,
//! and the text that must come out.

use platen_receipt::command::{CutMode, DrawerPin, Justification};
use platen_receipt::layout::{Content, Document, Element, Layout, lay_out};
use platen_receipt::{Limits, Multibyte, Profile, parse, render_text};

fn profile() -> Profile {
    Profile::new(20, 240)
}

fn check(job: &[u8], expected: &str) {
    assert_eq!(render_text(job, &profile()), expected);
}

fn document(job: &[u8]) -> Document {
    lay_out(parse(job).commands, &profile(), Limits::default())
}

fn only_row(job: &[u8]) -> platen_receipt::layout::Row {
    let mut rows = document(job)
        .elements
        .into_iter()
        .filter_map(|element| match element {
            Element::Row(row) => Some(row),
            Element::Cut { .. } | Element::Pulse { .. } => None,
        });
    let row = rows.next().expect("one row");
    assert_eq!(rows.next(), None);
    row
}

#[test]
fn what_came_out_can_be_taken_away_and_the_paper_stays_where_it_is() {
    let profile = profile();
    let mut layout = Layout::new(&profile, Limits::default());
    for located in parse(b"one\ntwo\nthree").commands {
        layout.apply(located);
    }
    assert_eq!(layout.height_dots(), 60);
    assert!(layout.has_unprinted());
    assert_eq!(layout.take_elements().len(), 2);
    assert_eq!(layout.take_elements().len(), 0);
    assert_eq!(layout.height_dots(), 60);
    assert_eq!(layout.finish().elements.len(), 1);
}

#[test]
fn text_wraps_at_the_right_edge() {
    check(
        b"abcdefghijklmnopqrstuvwxyz\n",
        "abcdefghijklmnopqrst\nuvwxyz\n",
    );
}

#[test]
fn a_full_row_and_its_line_feed_are_one_row() {
    check(
        b"abcdefghijklmnopqrst\nnext\n",
        "abcdefghijklmnopqrst\nnext\n",
    );
}

#[test]
fn carriage_returns_change_nothing() {
    check(b"one\r\ntwo\n\rthree\r\n", "one\ntwo\nthree\n");
}

#[test]
fn a_row_that_nothing_printed_is_shown_at_the_end() {
    check(b"\x1b!\x30Till", "T i l l\n");
}

#[test]
fn initializing_drops_the_row_and_all_modes() {
    check(b"\x1ba\x02\x1d!\x11lost\x1b@kept\n", "kept\n");
}

#[test]
fn rows_stand_left_in_the_middle_or_right() {
    check(
        b"\x1ba\x00left\n\x1ba\x01half\n\x1ba2right\n",
        "left\n        half\n               right\n",
    );
}

#[test]
fn justification_takes_effect_at_the_start_of_a_row_only() {
    check(b"left\x1ba\x02 still\nright\n", "left still\nright\n");
}

#[test]
fn justification_without_meaning_changes_nothing() {
    check(b"\x1ba\x02\x1ba\x4dright\n", "               right\n");
}

#[test]
fn wide_characters_take_the_columns_they_are_wide() {
    check(b"\x1d!\x10ab\x1d!\x00cd\n", "a b cd\n");
}

#[test]
fn the_print_area_moves_wraps_and_justifies() {
    // Margin of 4 columns, area of 6.
    let area = b"\x1dL\x30\x00\x1dW\x48\x00";
    check(
        &[area, b"abcdefgh\n".as_slice()].concat(),
        "    abcdef\n    gh\n",
    );
    check(
        &[area, b"\x1ba\x02ab\n".as_slice()].concat(),
        "        ab\n",
    );
}

#[test]
fn an_area_of_nothing_still_prints() {
    check(b"\x1dW\x00\x00ab\n", "a\nb\n");
    check(b"\x1dL\xff\xffa\n", "                    a\n");
}

#[test]
fn absolute_and_relative_positions_become_columns() {
    check(b"a\x1b$\x78\x00b\n", "a         b\n");
    check(b"a\x1b\\\x0c\x00b\n", "a b\n");
    check(b"abc\x1b\\\xf4\xff", "abc\n");
}

#[test]
fn positions_outside_the_area_are_ignored() {
    check(b"a\x1b$\xff\xffb\n", "ab\n");
    check(b"a\x1b\\\x00\x80b\n", "ab\n");
}

#[test]
fn half_a_column_either_way_never_hides_a_character() {
    check(b"ab\x1b$\x13\x00c\n", "ab\n  c\n");
}

#[test]
fn text_printed_over_itself_is_there_once() {
    check(b"bold\x1b$\x00\x00bold\n", "bold\n");
}

#[test]
fn text_printed_over_other_text_gets_a_line_of_its_own() {
    check(b"price\x1b$\x00\x00-----\n", "price\n-----\n");
}

#[test]
fn tabs_stop_every_eight_columns_or_where_they_are_set() {
    check(b"a\tb\tc\n", "a       b       c\n");
    check(b"\x1bD\x04\x0a\x00a\tb\tc\n", "a   b     c\n");
    check(b"\x1bD\x00a\tb\n", "ab\n");
}

#[test]
fn letter_spacing_of_a_cell_shows() {
    check(b"\x1b \x0cab\n", "a b\n");
    check(b"\x1b \x02abcd\n", "abcd\n");
}

#[test]
fn rows_in_small_characters_keep_their_own_columns() {
    check(
        b"\x1bM\x01123456789012345678901234567890\n",
        "12345678901234567890123456\n7890\n",
    );
}

#[test]
fn feeds_leave_blank_rows() {
    check(b"a\n\nb\x1bd\x03c\n", "a\n\nb\n\n\nc\n");
    check(b"a\x1bJ\x1eb\n", "a\nb\n");
    check(b"a\x1bJ\x3cb\n", "a\n\nb\n");
    check(b"a\n\x1bJ\x3cb\n", "a\n\n\nb\n");
}

#[test]
fn wide_line_spacing_leaves_no_blank_rows_between_rows() {
    check(b"\x1b3\x50a\nb\n\x1b2c\n", "a\nb\nc\n");
}

#[test]
fn rows_are_never_lower_than_what_stands_in_them() {
    let rows: Vec<u32> = document(b"\x1b3\x00a\n\x1d!\x03b\nc\n")
        .elements
        .iter()
        .map(|element| match element {
            Element::Row(row) => row.y_dots,
            other => panic!("{other:?} is no row"),
        })
        .collect();
    assert_eq!(rows, [0, 24, 120]);
}

#[test]
fn motion_units_scale_positions() {
    // 203 units an inch are dots; 100 units an inch are about two dots.
    check(b"\x1dP\x64\x00a\x1b$\x3c\x00b\n", "a         b\n");
}

#[test]
fn everything_but_text_stands_alone_in_brackets() {
    check(
        b"a\x1dkC\x0d4006381333931\x1bp\x01\x32\x32\x1dVB\x00",
        "a\n[barcode EAN13 4006381333931]\n[drawer 5]\n[cut]\n",
    );
    check(
        b"\x1d(k\x06\x001P0a\nb\x1d(k\x03\x001Q0\x1d(k\x03\x001Q0",
        "[QR a\\nb]\n[QR a\\nb]\n",
    );
    check(b"a\x1bd\x02\x1bp\x00\x32\x32", "a\n\n[drawer 2]\n");
    check(b"\x1cp\x02\x00", "[stored image 2]\n");
    check(b"\x1d(L\x06\x000EAB\x01\x01", "[stored image AB]\n");
}

#[test]
fn codes_that_were_never_stored_print_nothing() {
    check(b"\x1d(k\x03\x001Q0\x1d(L\x02\x0002", "");
}

#[test]
fn pictures_say_their_size() {
    check(b"\x1dv0\x00\x01\x00\x02\x00\xff\xff", "[image 8x2]\n");
    check(
        b"\x1d8L\x0b\x00\x00\x000p0\x01\x011\x08\x00\x01\x00\xff\x1d(L\x02\x0002",
        "[image 8x1]\n",
    );
}

#[test]
fn logos_are_shown_when_the_job_brings_them() {
    let job =
        b"\x1cq\x01\x01\x00\x01\x00\x80\x40\x20\x10\x08\x04\x02\x01\x1cp\x01\x03\x1cp\x02\x00";
    check(job, "[image 8x8]\n[stored image 2]\n");
}

#[test]
fn wide_blanks_keep_their_two_columns() {
    let profile = profile().with_multibyte(Multibyte::ShiftJis);
    let job = b"\x97\xcc\x81\x40\x8e\xfbx\n";
    assert_eq!(render_text(job, &profile), "領  収x\n");
}

#[test]
fn strips_that_touch_are_one_picture_and_those_that_do_not_are_two() {
    let strip = b"\x1b*\x21\x01\x00abc\n";
    let touching = [b"\x1b3\x18".as_slice(), strip, strip].concat();
    check(&touching, "[image 1x48]\n");
    let half_dots = [b"\x1b3\x24".as_slice(), strip, strip].concat();
    check(&half_dots, "[image 1x48]\n");
    check(&strip.repeat(2), "[image 1x24]\n[image 1x24]\n");
    let apart = [b"\x1b3\x40".as_slice(), strip, strip].concat();
    check(&apart, "[image 1x24]\n[image 1x24]\n");
}

#[test]
fn strips_of_eight_dots_stand_three_times_as_high() {
    let row = only_row(b"\x1b3\x18\x1b*\x00\x02\x00\x80\x01\n\x1b*\x00\x02\x00\x80\x01\n");
    let Content::Picture(picture) = &row.items[0].content else {
        panic!("no picture in {row:?}");
    };
    assert_eq!(
        (picture.scale_x, picture.scale_y, picture.strips),
        (2, 3, 2)
    );
    assert_eq!((row.items[0].width_dots, row.height_dots), (4, 48));
}

#[test]
fn code_pages_national_sets_and_katakana_are_read() {
    check(b"\x1bt\x13\xd5\x1bt\x10\x80\x1bt\x01\xb1\n", "€€ｱ\n");
    check(b"\x1bR\x02[\\]{|}~\n", "ÄÖÜäöüß\n");
    // A page nobody has leaves the one that was selected.
    check(b"\x1bt\x13\x1bt\xc8\xd5\n", "€\n");
}

#[test]
fn two_byte_characters_take_two_columns() {
    let profile = profile().with_multibyte(Multibyte::ShiftJis);
    let job = b"\x97\xcc\x8e\xfb\x1b$\x60\x00x\n\x1ba\x02\x97\xcc\n";
    assert_eq!(
        render_text(job, &profile),
        "領収    x\n                  領\n"
    );
}

#[test]
fn a_long_text_may_break_inside_a_character() {
    let profile = profile().with_multibyte(Multibyte::ShiftJis);
    let mut job = b"x".to_vec();
    for _ in 0..4000 {
        job.extend(b"\x97\xcc");
    }
    let text = render_text(&job, &profile);
    assert_eq!(text.matches('領').count(), 4000);
}

#[test]
fn utf_8_is_read_where_a_model_selects_it() {
    check(b"\x1c(C\x02\x000\x02\xe2\x82\xac \xe6\x97\xa5\n", "€ 日\n");
}

#[test]
fn macros_print_while_they_are_recorded_and_run_again() {
    check(b"\x1d:a\n\x1d:b\n\x1d^\x02\x00\x00", "a\nb\na\na\n");
}

#[test]
fn a_macro_run_while_it_is_recorded_is_dropped() {
    check(b"\x1d:a\n\x1d^\x02\x00\x00\x1d^\x02\x00\x00b\n", "a\nb\n");
}

#[test]
fn initializing_keeps_the_macro() {
    check(
        b"\x1d:\x1b@a\n\x1d:\x1ba\x02\x1b@\x1d^\x01\x00\x00",
        "a\na\n",
    );
}

#[test]
fn while_another_device_is_selected_everything_is_ignored() {
    check(b"a\n\x1b=\x02b\n\x1dV\x00\x1b=\x01c\n", "a\nc\n");
}

#[test]
fn a_page_prints_its_texts_where_they_were_put() {
    let job = b"\x1bL\x1bW\x00\x00\x00\x00\xf0\x00\x60\x00\
        \x1b$\x78\x00\x1d$\x18\x00right\x1b$\x00\x00left\
        \x1b$\x00\x00\x1d$\x00\x00top\x0cafter\n";
    let text = render_text(job, &profile());
    let rows: Vec<&str> = text.lines().filter(|row| !row.is_empty()).collect();
    assert_eq!(rows, ["top", "left      right", "after"]);
}

#[test]
fn a_page_that_is_left_or_cleared_prints_nothing() {
    check(b"\x1bLlost\x1bSkept\n", "kept\n");
    check(b"\x1bLlost\x18\x0ckept\n", "kept\n");
}

#[test]
fn turned_parts_of_a_page_are_read_as_text() {
    let job = b"\x1bL\x1bW\x00\x00\x00\x00\xf0\x00\xf0\x00\x1bT\x03down\nnext\x0c";
    let text = render_text(job, &profile());
    let rows: Vec<&str> = text.lines().filter(|row| !row.is_empty()).collect();
    assert_eq!(rows, ["down", "next"]);
}

#[test]
fn a_document_knows_cuts_pulses_and_upside_down_rows() {
    let document = document(b"\x1b{\x01\x1ba\x01up\n\x1bp0\x19\x78\x1dV\x01");
    let [
        Element::Row(row),
        Element::Pulse {
            pin, on_ms, off_ms, ..
        },
        Element::Cut { mode, y_dots },
    ] = document.elements.as_slice()
    else {
        panic!("{document:?}");
    };
    assert!(row.upside_down);
    assert_eq!(row.justification, Justification::Center);
    assert_eq!((*pin, *on_ms, *off_ms), (DrawerPin::Pin2, 50, 240));
    assert_eq!((*mode, *y_dots), (CutMode::Partial, 30));
}

#[test]
fn characters_of_mixed_heights_stand_on_one_base_line() {
    let row = only_row(b"a\x1d!\x11b\x1d!\x00\x1bM\x01c\n");
    let lines: Vec<(u32, u32)> = row
        .items
        .iter()
        .map(|item| (item.top_dots, item.height_dots))
        .collect();
    // 24 dots with 5 below the base line, 48 with 10, 17 with 4.
    assert_eq!(lines, [(19, 24), (0, 48), (25, 17)]);
    assert_eq!((row.base_dots, row.height_dots), (38, 48));
}

#[test]
fn a_turned_page_says_where_its_dots_are_on_the_paper() {
    let row = only_row(b"\n\x1bL\x1bW\x0a\x00\x14\x00\x64\x00\xc8\x00\x1bT\x01up\x0c");
    let page = row.page.expect("a row of a page");
    assert_eq!(
        (page.x_dots, page.y_dots, page.width_dots, page.height_dots),
        (10, 50, 100, 200)
    );
    // Writing upwards starts in the lower left corner and goes on to the right.
    assert_eq!(page.on_paper(0, 0), Some((10, 249)));
    assert_eq!(page.on_paper(199, 99), Some((109, 50)));
    assert_eq!(page.on_paper(200, 0), None);
    assert_eq!(page.on_paper(0, 100), None);
}

#[test]
fn characters_defined_by_the_job_bring_their_dots_and_read_as_they_were() {
    let job = b"\x1b&\x01AA\x02\x80\x01\x1b%\x01xA\x1b%\x00A\n";
    check(job, "xAA\n");
    let row = only_row(job);
    let Content::UserDefined(defined) = &row.items[1].content else {
        panic!("no character of its own in {row:?}");
    };
    assert_eq!(defined.character, 'A');
    assert_eq!(defined.bitmap.width_dots(), 2);
}

#[test]
fn codes_of_compatible_printers_are_codes() {
    check(
        b"\x1dZ\x02\x1bZ\x03L\x06\x02\x00ab\x1dkQ\x03\x08\x08\x01\x02\x00cd\x1dk\x0bMA,ef\x00",
        "[QR ab]\n[QR cd]\n[QR ef]\n",
    );
    check(
        b"\x1b\x81\x04\x00\x06Mab\x12;\x04\x1dp\x01\x02L\x00A\x02\x00cd",
        "[QR ab]\n[QR cd]\n",
    );
    check(
        b"\x1dkI\x07\x68\x21\x22\x63\x0c\x22\x69\x1dkH\x05\x0a\x0b\x01\x02\x30",
        "[barcode CODE128 AB1234]\n[barcode CODE93 AB12]\n",
    );
    check(
        b"\x1bb\x01\x02\x32\x01400638133393\x00",
        "[barcode EAN13 400638133393]\n",
    );
}

#[test]
fn pulses_and_cuts_of_compatible_printers_are_pulses_and_cuts() {
    let document = document(b"a\x1bvxb\n\x1b\x80\x32\x1b&1\x32\x41\x1bw");
    let facts: Vec<_> = document
        .elements
        .iter()
        .filter_map(|element| match element {
            Element::Pulse {
                pin, on_ms, off_ms, ..
            } => Some((Some(*pin), *on_ms, *off_ms)),
            Element::Cut { .. } => Some((None, 0, 0)),
            Element::Row(_) => None,
        })
        .collect();
    assert_eq!(
        facts,
        [
            (Some(DrawerPin::Pin2), 120, 0),
            (Some(DrawerPin::Pin5), 50, 0),
            (Some(DrawerPin::Pin5), 100, 130),
            (None, 0, 0),
        ]
    );
    check(b"a\x1bvxb\n\x1bj1c", "[drawer 2]\nab\n          c\n");
}

#[test]
fn data_of_a_code_that_are_counted_with_a_line_end_are_without_it() {
    check(
        b"\x1dkQ\x02\x08\x00\x01\x05\x00ab\x00\r\nc\n",
        "[QR ab]\nc\n",
    );
}

#[test]
fn a_mark_of_the_special_fonts_stands_in_the_cell_of_its_letter() {
    check(
        b"\x1bMa\x1bt\x15\xca\x00\xc7\xd1\xca\x00x\n\x1b$\x3c\x00y\n",
        "\u{e2a}\u{e27}\u{e31}\u{e2a}x\n     y\n",
    );
    // In the others each has its own.
    check(b"\x1bt\x15\xc7\xd1\xca\n", "\u{e27}\u{e31}\u{e2a}\n");
    let row = only_row(b"\x1bMa\x1bt\x15\xc7\xd1\xca\n");
    assert_eq!(row.items[0].width_dots, 24);
}

#[test]
fn pictures_that_the_job_defines_by_key_are_printed_by_it() {
    let define = |function: u8, data: &[u8]| {
        let mut arguments = vec![48, function, 48, b'k', b'1', 1, 9, 0, 2, 0, 49];
        arguments.extend_from_slice(data);
        let length = u16::try_from(arguments.len()).expect("a short picture");
        [b"\x1d(L", &length.to_le_bytes()[..], &arguments].concat()
    };
    let rows = define(67, b"\x80\x00\x80\x80");
    let columns = define(84, b"\xc0\x00\x00\x00\x00\x00\x00\x00\x40");
    let print = b"\x1b@\x1d(L\x06\x000Ek1\x02\x01\x1d(L\x06\x000Uk1\x01\x01";
    let document = document(&[&rows, &columns, &print[..]].concat());
    let pictures: Vec<_> = document
        .elements
        .iter()
        .filter_map(|element| match element {
            Element::Row(row) => match &row.items[0].content {
                Content::Picture(picture) => Some((picture.bitmap.rows(), picture.scale_x)),
                _ => None,
            },
            Element::Cut { .. } | Element::Pulse { .. } => None,
        })
        .collect();
    let dots = &[0x80, 0x00, 0x80, 0x80][..];
    assert_eq!(pictures, [(dots, 2), (dots, 1)]);
    check(b"\x1d(L\x06\x000Ek1\x01\x01", "[stored image k1]\n");
}

#[test]
fn a_picture_at_the_lower_edge_of_a_page_stands_on_it() {
    let row = only_row(
        b"\x1bL\x1bW\x00\x00\x00\x00\xf0\x00\x64\x00\x1d$\x60\x00\x1dv0\x00\x01\x00\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff\x0c",
    );
    assert_eq!(row.y_dots, 0x60 - 8);
    // A position beyond the area is none.
    let row = only_row(b"\x1bL\x1bW\x00\x00\x00\x00\xf0\x00\x64\x00\x1d$\x65\x00x\x0c");
    assert_eq!(row.y_dots, 0);
}
