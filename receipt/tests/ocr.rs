//! Receipts that are drawn are read by a program that was not made for them:
//! tesseract. `cargo xtask test receipt` installs it and runs this.
//!
//! What is asked is whether the letters are well drawn, so tesseract may look
//! for text on the paper in two ways.

#[path = "jobs/languages.rs"]
mod fixture;
#[path = "jobs/recorded.rs"]
mod recorded;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use platen_receipt::Fonts;
use platen_receipt::draw::{draw_job_with, png};
use platen_receipt::image::Bitmap;
use unicode_normalization::UnicodeNormalization;

use fixture::languages;
use recorded::recorded;

/// Times as large: tesseract wants letters of 30 dots and more.
const ENLARGED: usize = 2;
/// White around, in dots of the printer; a multiple of 8.
const MARGIN_DOTS: usize = 32;

/// tesseract's ways to find text: one block of rows, and wherever some is.
const ONE_BLOCK: &str = "6";
const ANYWHERE: &str = "11";

/// What tesseract reads.
fn read(name: &str, paper: &Bitmap, language: &str, segmentation: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ocr");
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    let path = folder.join(name).with_extension("png");
    fs::write(&path, png(&enlarged(paper))).expect("a picture can be written");
    let output = Command::new("tesseract")
        .arg(&path)
        .args(["-", "--dpi", "300", "--psm", segmentation, "-l", language])
        // Its threads wait for each other more than they read.
        .env("OMP_THREAD_LIMIT", "1")
        .output()
        .expect("tesseract runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn enlarged(paper: &Bitmap) -> Bitmap {
    let (width, height) = (paper.width_dots() as usize, paper.height_dots() as usize);
    let row_octets = width.div_ceil(8);
    let sides = |dots: usize| (dots + 2 * MARGIN_DOTS) * ENLARGED;
    let new_octets = sides(width).div_ceil(8);
    let mut rows = vec![0; new_octets * sides(height)];
    for y in 0..height * ENLARGED {
        let row = &paper.rows()[y / ENLARGED * row_octets..][..row_octets];
        let target = &mut rows[(y + MARGIN_DOTS * ENLARGED) * new_octets..][..new_octets];
        for x in 0..width * ENLARGED {
            let from = x / ENLARGED;
            if row[from / 8] & (0x80 >> (from % 8)) != 0 {
                let to = x + MARGIN_DOTS * ENLARGED;
                target[to / 8] |= 0x80 >> (to % 8);
            }
        }
    }
    let side = |dots: usize| u32::try_from(sides(dots)).expect("paper is small");
    Bitmap::from_rows(side(width), side(height), rows)
}

/// The characters that are to be compared: no blanks, which tesseract sets as it
/// likes in scripts that have none between words.
fn characters(text: &str) -> Vec<char> {
    text.nfkc()
        .filter(|character| {
            !character.is_whitespace() && !('\u{200b}'..='\u{200f}').contains(character)
        })
        .collect()
}

/// How many characters are wrong, missing or too many (Levenshtein's distance).
fn mistakes(wanted: &[char], found: &[char]) -> usize {
    let mut before: Vec<usize> = (0..=found.len()).collect();
    for (row, one) in wanted.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, other) in found.iter().enumerate() {
            let replaced = before[column] + usize::from(one != other);
            now.push(replaced.min(before[column + 1] + 1).min(now[column] + 1));
        }
        before = now;
    }
    before[found.len()]
}

#[test]
#[ignore = "needs tesseract: cargo xtask test receipt"]
fn receipts_of_twenty_two_languages_are_read_from_the_paper() {
    let (mut asked, mut failed) = (0, Vec::new());
    for language in languages() {
        let Some((pack, percent)) = &language.tesseract else {
            continue;
        };
        let profile = language.profile();
        let paper = draw_job_with(&language.job(&profile), &profile, Fonts::complete()).paper;
        let text = read(&language.name, &paper, pack, ONE_BLOCK);
        let wanted = characters(&language.rows.concat());
        let wrong = mistakes(&wanted, &characters(&text));
        let right = 100 - (100 * wrong).div_ceil(wanted.len()).min(100);
        println!(
            "{}: {right} % of {} characters",
            language.name,
            wanted.len()
        );
        if (right as u64) < *percent {
            failed.push(format!("{}, {right} of {percent} %: {text}", language.name));
        }
        asked += 1;
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(asked >= 20, "{asked} languages");
}

/// The languages of fixtures that are not English.
const LANGUAGES: [(&str, &str); 3] = [
    ("rl-cp852", "pol+ces"),
    ("rl-shiftjis", "jpn"),
    ("rpe-codepages", "eng+rus"),
];

/// Letters of eight heights and eight widths in one row, and each row after a
/// larger one: tesseract finds no rows there to read.
const NO_ROWS: [&str; 1] = ["php-text-size"];

#[test]
#[ignore = "needs tesseract: cargo xtask test receipt"]
fn nine_of_ten_words_of_the_fixtures_are_read_from_the_paper() {
    let (mut asked, mut missed) = (0, BTreeMap::new());
    for case in recorded() {
        if NO_ROWS.contains(&case.name.as_str()) {
            continue;
        }
        let language = LANGUAGES.iter().find(|(name, _)| *name == case.name);
        let language = language.map_or("eng", |(_, language)| language);
        let paper = draw_job_with(&case.job, &case.profile, Fonts::complete()).paper;
        let found = [ONE_BLOCK, ANYWHERE].map(|way| read(&case.name, &paper, language, way));
        for word in case.rows().iter().flat_map(|row| words(row)) {
            asked += 1;
            if !found.iter().any(|text| words(text).contains(&word)) {
                missed
                    .entry(case.name.clone())
                    .or_insert_with(Vec::new)
                    .push(word);
            }
        }
    }
    let misses: usize = missed.values().map(Vec::len).sum();
    let right = 100 - (100 * misses).div_ceil(asked);
    println!("words read: {right} % of {asked}; missed: {missed:?}");
    assert!(asked >= 150, "{asked} words");
    assert!(right >= 90, "{missed:#?}");
}

/// The words of a row, of two characters and more. One that is spaced out is one.
fn words(row: &str) -> Vec<String> {
    let spaced = row.split(' ').all(|part| part.chars().count() <= 1);
    let row = if spaced {
        row.replace(' ', "")
    } else {
        row.to_owned()
    };
    row.split(|character: char| !(character.is_alphanumeric() || ".,:/-".contains(character)))
        .map(|word| word.trim_matches(['.', ',', ':', '/', '-']).to_owned())
        .filter(|word| word.chars().count() > 1)
        .collect()
}
