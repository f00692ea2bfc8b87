//! Receipts in forty-six languages through the builder, and back.
//!
//! Where a printer has the letters, the octets are those that Python's codecs
//! give (`languages/make.py`), and the text is laid out again. Where it has not,
//! they are drawn. On the paper each character stands as it stood alone; whether
//! others can read it is asked in `ocr.rs`.

#[path = "jobs/languages.rs"]
mod fixture;

use std::borrow::Cow;

use platen_receipt::command::Command;
use platen_receipt::draw::draw_job_with;
use platen_receipt::image::Bitmap;
use platen_receipt::{Fonts, Profile, encode, parse, render_text};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use fixture::{Language, languages, written};

/// A row of a job: its octets, and the code tables that those beyond ASCII
/// belong to.
#[derive(Default)]
struct Row {
    octets: Vec<u8>,
    tables: Vec<Option<u8>>,
}

/// The rows of a job that has nothing but text.
fn text_rows(language: &str, job: &[u8]) -> Vec<Row> {
    let mut rows = vec![Row::default()];
    let mut table = Some(0);
    for located in parse(job).commands {
        match located.command {
            Command::InitializePrinter
            | Command::SelectInternationalCharacterSet(_)
            // Which of the two systems of Japan; the mode follows.
            | Command::SelectKanjiCodeSystem(_)
            // Parts what label printers would take for a command of theirs.
            | Command::TurnUnderlineMode(_) => {}
            Command::SelectCharacterCodeTable(number) => table = Some(number),
            Command::SelectKanjiMode => table = None,
            Command::CancelKanjiMode => table = Some(0),
            Command::Text(octets) => {
                let row = rows.last_mut().expect("there is one");
                if !octets.is_ascii() {
                    row.tables.push(table);
                }
                row.octets.extend(octets);
            }
            Command::PrintAndLineFeed => rows.push(Row::default()),
            other => panic!("{language}: {other:?} is no text"),
        }
    }
    rows.pop();
    rows
}

#[test]
fn what_a_printer_has_the_letters_for_is_sent_in_the_octets_of_its_code_table() {
    let mut checked = 0;
    for language in languages() {
        let Some(sent) = &language.sent else { continue };
        let name = &language.name;
        let profile = language.profile();
        let job = language.job(&profile);
        let rows = text_rows(name, &job);
        assert_eq!(rows.len(), sent.octets.len(), "{name}");
        for (row, expected) in rows.iter().zip(&sent.octets) {
            assert_eq!(&row.octets, expected, "{name} in {}", sent.codec);
            // What switches between octets and pairs of them is not in the octets.
            if sent.table.is_some() {
                let chosen = row.tables.iter().all(|table| *table == sent.table);
                assert!(chosen, "{name}: {:?}", row.tables);
            }
        }
        // The text comes back from the octets: Hebrew as it stands on the paper.
        if name != "Hebrew" {
            let rows = language.rows.join("\n") + "\n";
            assert_eq!(render_text(&job, &profile), rows, "{name}");
        }
        checked += 1;
    }
    assert!(checked >= 30, "{checked}");
}

#[test]
fn what_no_printer_has_the_letters_for_is_drawn() {
    let drawn = languages();
    let drawn: Vec<&Language> = drawn
        .iter()
        .filter(|language| language.sent.is_none())
        .collect();
    assert!(drawn.len() >= 10, "{}", drawn.len());
    for language in drawn {
        let job = language.job(&language.profile());
        let strips = parse(&job)
            .commands
            .into_iter()
            .filter(|located| matches!(located.command, Command::SelectBitImageMode { .. }));
        assert!(strips.count() >= language.rows.len(), "{}", language.name);
    }
}

/// Scripts whose letters change with their neighbors, or stand in another order.
const SHAPED: [&str; 4] = ["Arabic", "Persian", "Hebrew", "Yiddish"];

/// Drawn by the printer or by us, a row is its characters side by side.
#[test]
fn each_character_of_a_row_stands_on_the_paper_as_it_does_alone() {
    let mut checked = 0;
    for language in languages() {
        if SHAPED.contains(&language.name.as_str()) {
            continue;
        }
        let mut ascii = language.profile();
        ascii.code_tables = Cow::Borrowed(&[]);
        for profile in [language.profile(), ascii] {
            for row in &language.rows {
                let whole = ink(&paper(row, &profile));
                let alone = side_by_side(row, &profile);
                assert!(whole == alone, "{}: {row}", language.name);
                checked += 1;
            }
        }
    }
    assert!(checked >= 100, "{checked}");
}

fn paper(row: &str, profile: &Profile) -> Bitmap {
    let job = encode(&written([row], profile));
    draw_job_with(&job, profile, Fonts::complete()).paper
}

/// The black dots of a paper.
fn ink(paper: &Bitmap) -> Vec<(u32, u32)> {
    let row_octets = paper.width_dots().div_ceil(8) as usize;
    let is_black = |&(x, y): &(u32, u32)| {
        let octet = paper.rows()[y as usize * row_octets + x as usize / 8];
        octet & (0x80 >> (x % 8)) != 0
    };
    (0..paper.height_dots())
        .flat_map(|y| (0..paper.width_dots()).map(move |x| (x, y)))
        .filter(is_black)
        .collect()
}

/// The black dots of the characters of a row, each printed by itself, moved to
/// where it belongs.
fn side_by_side(row: &str, profile: &Profile) -> Vec<(u32, u32)> {
    let mut dots = Vec::new();
    let mut left = 0;
    for character in row.graphemes(true) {
        let own = ink(&paper(character, profile));
        dots.extend(own.into_iter().map(|(x, y)| (x + left, y)));
        left += 12 * u32::try_from(character.width()).expect("small");
    }
    dots.sort_unstable_by_key(|&(x, y)| (y, x));
    dots
}
