//! Codes that are drawn are read back by readers people use: zxing-cpp, and zbar
//! for the codes it knows. `cargo xtask test receipt` installs both and runs
//! this; `PLATEN_READER_PYTHON` names a Python that has `zxing-cpp`.

mod jobs;
#[path = "jobs/recorded.rs"]
mod recorded;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use platen_receipt::draw::{draw_job, png};
use serde_json::Value;

use jobs::{Case, Code, written};
use recorded::recorded;

/// The kinds of code that zbar does not know.
const NOT_FOR_ZBAR: [&str; 4] = ["PDF417", "DATAMATRIX", "AZTEC", "MAXICODE"];

fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The jobs of other libraries, with their codes.
fn codes_of_others() -> impl Iterator<Item = Case> {
    recorded().into_iter().map(|recorded| {
        let texts = |code: &Value| -> Vec<String> {
            let accepted = code["accept"].as_array().cloned().unwrap_or_default();
            let all = accepted.iter().chain([&code["data"]]);
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let fields = ["barcodes", "codes2d"].map(|field| recorded.expect[field].as_array());
        let codes = fields.into_iter().flatten().flatten();
        let codes = codes.map(|code| Code {
            accept: texts(code),
            zbar: !NOT_FOR_ZBAR.contains(&code["symbology"].as_str().unwrap_or_default()),
        });
        Case {
            codes: codes.collect(),
            name: recorded.name,
            job: recorded.job,
            profile: recorded.profile,
        }
    })
}

#[test]
#[ignore = "needs barcode readers: cargo xtask test receipt"]
fn every_code_is_read_back_from_the_picture() {
    let python = std::env::var_os("PLATEN_READER_PYTHON").expect("PLATEN_READER_PYTHON");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    let cases: Vec<Case> = codes_of_others()
        .chain(written())
        .filter(|case| !case.codes.is_empty())
        .collect();
    for case in &cases {
        let drawing = draw_job(&case.job, &case.profile);
        let path = folder.join(&case.name).with_extension("png");
        fs::write(path, png(&drawing.paper)).expect("a picture can be written");
    }
    let output = Command::new(python)
        .arg(tests_folder().join("readers.py"))
        .arg(&folder)
        .output()
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        serde_json::from_slice(&output.stdout).expect("the readers' answers");

    let (mut asked, mut missed) = (BTreeMap::new(), Vec::new());
    for case in &cases {
        for code in &case.codes {
            for reader in ["zxing", "zbar"] {
                if reader == "zbar" && !code.zbar {
                    continue;
                }
                *asked.entry(reader).or_insert(0) += 1;
                let texts = &found[&case.name][reader];
                if !texts.iter().any(|text| code.accept.contains(text)) {
                    missed.push(format!("{} by {reader}: {texts:?}", case.name));
                }
            }
        }
    }
    println!("codes read back: {asked:?}, missed {}", missed.len());
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(asked["zxing"] >= 50, "codes are missing");
}
