//! What fuzzing ever found stays found: every file of `regressions/TARGET` is
//! given to its target again, without libFuzzer. So are the fixtures of
//! `receipt/`, which every target must take.

use std::fs;
use std::path::{Path, PathBuf};

use platen_fuzz::Target;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a folder that can be read").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn replay(target: Target, files: &[PathBuf]) {
    for file in files {
        // Shown when it fails, also when it ends the process.
        println!("{}: {}", target.name(), file.display());
        target.run(&fs::read(file).expect("a file that can be read"));
    }
}

fn folder(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

#[test]
fn what_was_found_once_stays_mended() {
    for target in Target::ALL {
        replay(target, &files(&folder("regressions").join(target.name())));
    }
}

#[test]
fn every_folder_of_regressions_is_replayed() {
    for entry in fs::read_dir(folder("regressions")).expect("the folder of regressions") {
        let path = entry.expect("a folder that can be read").path();
        let is_replayed = |target: &Target| path.ends_with(target.name());
        assert!(
            path.is_file() || Target::ALL.iter().any(is_replayed),
            "no target is named as {}",
            path.display()
        );
    }
}

#[test]
fn every_target_takes_the_fixtures() {
    let fixtures = [
        "../receipt/tests/cases",
        "../receipt/tests/read",
        "../examples/receipts",
    ];
    let fixtures: Vec<PathBuf> = fixtures.iter().flat_map(|&at| files(&folder(at))).collect();
    assert!(!fixtures.is_empty());
    for target in Target::ALL {
        replay(target, &fixtures);
    }
}
