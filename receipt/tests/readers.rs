//! Codes that are drawn are read back by readers people use: zxing-cpp, and zbar
//! for the codes it knows. `cargo xtask test receipt` installs both and runs
//! this; `PLATEN_READER_PYTHON` names a Python that has `zxing-cpp`.

mod jobs;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use platen_receipt::Profile;
use platen_receipt::draw::{draw_job, png};
use serde_json::Value;

use jobs::{Case, Code, written};

/// The kinds of code that zbar does not know.
const NOT_FOR_ZBAR: [&str; 4] = ["PDF417", "DATAMATRIX", "AZTEC", "MAXICODE"];

fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The jobs of other libraries.
fn recorded() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(tests_folder().join("cases")).expect("the folder of cases") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let facts: Value = serde_json::from_slice(&fs::read(&path).expect("facts")).expect("JSON");
        let texts = |code: &Value| -> Vec<String> {
            let accepted = code["accept"].as_array().cloned().unwrap_or_default();
            let all = accepted.iter().chain([&code["data"]]);
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut codes = Vec::new();
        for field in ["barcodes", "codes2d"] {
            for code in facts["expect"][field].as_array().into_iter().flatten() {
                codes.push(Code {
                    accept: texts(code),
                    zbar: !NOT_FOR_ZBAR.contains(&code["symbology"].as_str().unwrap_or_default()),
                });
            }
        }
        let number = |field: &str| {
            let value = facts["input"][field].as_u64().expect("a number");
            u16::try_from(value).expect("a small number")
        };
        cases.push(Case {
            name: facts["id"].as_str().expect("an id").to_owned(),
            job: fs::read(path.with_extension("bin")).expect("the job"),
            profile: Profile::new(number("columns"), number("dots")),
            codes,
        });
    }
    cases
}

#[test]
#[ignore = "needs barcode readers: cargo xtask test receipt"]
fn every_code_is_read_back_from_the_picture() {
    let python = std::env::var_os("PLATEN_READER_PYTHON").expect("PLATEN_READER_PYTHON");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    let cases: Vec<Case> = recorded()
        .into_iter()
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
