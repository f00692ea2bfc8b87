//! What receipts look like: each drawing is a small PNG under review in
//! `pictures/`. When one changes, the test fails and writes a page that shows
//! before, after and difference; `PLATEN_UPDATE=1` takes the new one. The
//! pictures inside the jobs are looked for dot by dot.

mod jobs;
#[path = "jobs/looks.rs"]
mod looks;
#[path = "jobs/recorded.rs"]
mod recorded;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use platen_receipt::draw::{Drawing, draw_job_with, png};
use platen_receipt::layout::{Bitmap, Content, Element, lay_out};
use platen_receipt::{Fonts, Limits, Profile, parse};

/// A job and the printer it is for.
struct Case {
    name: String,
    job: Vec<u8>,
    profile: Profile,
}

impl Case {
    fn drawing(&self) -> Drawing {
        draw_job_with(&self.job, &self.profile, Fonts::complete())
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = recorded::recorded()
        .into_iter()
        .map(|recorded| Case {
            name: recorded.name,
            job: recorded.job,
            profile: recorded.profile,
        })
        .collect();
    cases.extend(jobs::written().into_iter().map(|written| Case {
        name: format!("code-{}", written.name),
        job: written.job,
        profile: written.profile,
    }));
    cases.extend(looks::looks().into_iter().map(|(name, job, profile)| Case {
        name,
        job,
        profile,
    }));
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(cases.len() >= 100, "cases are missing");
    cases
}

#[test]
fn every_receipt_looks_as_it_was_reviewed() {
    let update = std::env::var_os("PLATEN_UPDATE").is_some();
    let mut changed = Vec::new();
    for case in cases() {
        let file = png(&case.drawing().paper);
        let path = folder("pictures").join(format!("{}.png", case.name));
        if fs::read(&path).ok().as_ref() == Some(&file) {
            continue;
        }
        if update {
            fs::write(&path, &file).expect("the picture can be written");
        } else {
            changed.push((case.name, fs::read(&path).unwrap_or_default(), file));
        }
    }
    if !changed.is_empty() {
        let page = write_difference(&changed);
        let names: Vec<&str> = changed.iter().map(|(name, _, _)| name.as_str()).collect();
        panic!(
            "{} look different; see {}, then run again with PLATEN_UPDATE=1",
            names.join(", "),
            page.display()
        );
    }
}

/// Writes what changed as a page to look at: before, after, and both on top of
/// each other, where only the difference is bright.
fn write_difference(changed: &[(String, Vec<u8>, Vec<u8>)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("receipt-pictures");
    fs::create_dir_all(&folder).expect("a folder for the page");
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><title>Receipts that look different</title>\
         <style>body{font:14px sans-serif;background:#ddd}section{display:flex;gap:16px}\
         .both{position:relative;isolation:isolate}.both img+img{position:absolute;left:0;top:0;\
         mix-blend-mode:difference}</style>",
    );
    for (name, before, after) in changed {
        for (when, file) in [("before", before), ("after", after)] {
            fs::write(folder.join(format!("{name}.{when}.png")), file).expect("a picture");
        }
        write!(
            page,
            "<h2>{name}</h2><section><img src='{name}.before.png' alt=before>\
             <img src='{name}.after.png' alt=after><div class=both>\
             <img src='{name}.before.png' alt=''><img src='{name}.after.png' alt=difference>\
             </div></section>"
        )
        .expect("writing to a string does not fail");
    }
    let path = folder.join("index.html");
    fs::write(&path, page).expect("the page can be written");
    path
}

fn is_black(bitmap: &Bitmap, x: u32, y: u32) -> bool {
    let row_octets = bitmap.width_dots().div_ceil(8);
    bitmap.rows()[(y * row_octets + x / 8) as usize] & (0x80 >> (x % 8)) != 0
}

#[test]
fn every_picture_is_on_the_paper_dot_for_dot() {
    let mut found = 0;
    for case in cases() {
        let paper = case.drawing().paper;
        let commands = parse(&case.job).commands;
        for element in lay_out(commands, &case.profile, Limits::default()).elements {
            let Element::Row(row) = element else { continue };
            for item in row.items {
                let Content::Picture(picture) = item.content else {
                    continue;
                };
                let bitmap = &picture.bitmap;
                for y in 0..item.height_dots {
                    for x in 0..item.width_dots.min(paper.width_dots() - item.x_dots) {
                        let expected = is_black(
                            bitmap,
                            x / u32::from(picture.scale_x),
                            y / u32::from(picture.scale_y),
                        );
                        let drawn =
                            is_black(&paper, item.x_dots + x, row.y_dots + item.top_dots + y);
                        assert_eq!(drawn, expected, "{} at {x}, {y}", case.name);
                    }
                }
                found += 1;
            }
        }
    }
    assert!(found >= 4, "only {found} pictures");
}
