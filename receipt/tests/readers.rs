//! Codes that are drawn are read back by readers people use: zxing-cpp, and zbar
//! for the codes it knows. `cargo xtask test receipt` installs both and runs
//! this; `PLATEN_READER_PYTHON` names a Python that has `zxing-cpp`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use platen_receipt::Profile;
use platen_receipt::draw::{draw_job, png};
use serde_json::Value;

/// A job and the texts that readers may give for each code in it.
struct Case {
    name: String,
    job: Vec<u8>,
    profile: Profile,
    codes: Vec<Code>,
}

struct Code {
    accept: Vec<String>,
    /// Whether zbar reads this kind as well.
    zbar: bool,
}

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

/// `GS k` with a length.
fn barcode(m: u8, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).expect("a short code");
    [&[0x1D, b'k', m, length], data].concat()
}

/// `GS ( k`.
fn symbol(cn: u8, function: u8, arguments: &[u8]) -> Vec<u8> {
    let length = u16::try_from(arguments.len() + 2).expect("a symbol's data");
    let head = [b"\x1d(k".as_slice(), &length.to_le_bytes(), &[cn, function]].concat();
    [&head, arguments].concat()
}

/// Settings, data and print of a two-dimensional code.
fn symbol_with(cn: u8, settings: &[(u8, &[u8])], kind: u8, data: &[u8]) -> Vec<u8> {
    let mut job = Vec::new();
    for (function, arguments) in settings {
        job.extend(symbol(cn, *function, arguments));
    }
    job.extend(symbol(cn, 80, &[&[kind], data].concat()));
    job.extend(symbol(cn, 81, b"0"));
    job
}

/// Name, whether zbar reads it, m of `GS k`, data, and what readers may give.
type OneDimensional<'a> = (&'a str, bool, u8, &'a [u8], &'a [&'a str]);

/// Name, functions of `GS ( k` with their arguments, and the text.
type TwoDimensional<'a> = (&'a str, &'a [(u8, &'a [u8])], &'a str);

/// One job for each way to write a code.
fn written() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, zbar: bool, job: Vec<u8>, accept: &[&str]| {
        cases.push(Case {
            name: name.to_owned(),
            job: [b"\x1ba\x01".as_slice(), &job, b"\nend\n"].concat(),
            profile: Profile::default(),
            codes: vec![Code {
                accept: accept.iter().map(|&text| text.to_owned()).collect(),
                zbar,
            }],
        });
    };
    let one_dimensional: &[OneDimensional<'_>] = &[
        (
            "upc-a",
            true,
            65,
            b"01234567890",
            &["012345678905", "0012345678905"],
        ),
        (
            "upc-e",
            true,
            66,
            b"0123456",
            &["01234565", "0012345000065", "012345000065"],
        ),
        (
            "upc-e-of-upc-a",
            true,
            66,
            b"012345000065",
            &["01234565", "0012345000065", "012345000065"],
        ),
        (
            "upc-e-1",
            false,
            66,
            b"1123456",
            &["11234562", "0112345000062", "112345000062"],
        ),
        ("ean-13", true, 67, b"400638133393", &["4006381333931"]),
        ("ean-8", true, 68, b"9638507", &["96385074"]),
        ("code39", true, 69, b"CODE-39 $/+%.", &["CODE-39 $/+%."]),
        ("itf", true, 70, b"1234567890", &["1234567890"]),
        ("codabar", true, 71, b"A40156B", &["A40156B"]),
        ("code93", true, 72, b"Code 93! xy", &["Code 93! xy"]),
        (
            "code128",
            true,
            73,
            b"{BHC-{C\x14\x1a\x02\x03{B-7",
            &["HC-20260203-7"],
        ),
        ("code128-shift", true, 73, b"{AAB\t1{Sx", &["AB\t1x"]),
        (
            "code128-auto",
            true,
            79,
            b"Mixed 1234567 text",
            &["Mixed 1234567 text"],
        ),
        (
            "gs1-128",
            true,
            74,
            b"(01)04012345678901(10)AB(21)9",
            &[
                "010401234567890110AB\x1d219",
                "\x1d010401234567890110AB\x1d219",
            ],
        ),
    ];
    for &(name, zbar, m, data, accept) in one_dimensional {
        for width in [2, 3] {
            let job = [
                &[0x1D, b'w', width, 0x1D, b'H', 2],
                barcode(m, data).as_slice(),
            ]
            .concat();
            add(&format!("{name}-{width}"), zbar, job, accept);
        }
    }
    let sentence = "The quick brown fox jumps over the lazy dog. ".repeat(12);
    let unicode = "Grüße 日本 https://example.org/?q=1";
    for (level, name) in [(48, "l"), (49, "m"), (50, "q"), (51, "h")] {
        let job = symbol_with(49, &[(69, &[level])], 48, unicode.as_bytes());
        add(&format!("qr-{name}"), true, job, &[unicode]);
    }
    let digits = "12345678901234567890";
    add(
        "qr-digits",
        true,
        symbol_with(49, &[], 48, digits.as_bytes()),
        &[digits],
    );
    add(
        "qr-long",
        true,
        symbol_with(49, &[], 48, sentence.as_bytes()),
        &[&sentence],
    );
    let micro = symbol_with(49, &[(65, &[51, 0]), (67, &[6])], 48, b"MICRO7");
    add("qr-micro", false, micro, &["MICRO7"]);
    let pdf417: &[TwoDimensional<'_>] = &[
        ("plain", &[], "DEV-PDF417-0001"),
        (
            "columns",
            &[(65, &[4]), (67, &[2]), (69, b"02")],
            "Mixed text, 0123456789012345678901234567890 und Umlaute äöü!",
        ),
        ("rows", &[(66, &[20]), (67, &[2])], "rows fixed to twenty"),
        (
            "truncated",
            &[(65, &[3]), (69, b"02"), (70, &[1])],
            "truncated symbol",
        ),
        ("long", &[(65, &[6]), (67, &[2])], &sentence),
    ];
    for (name, settings, text) in pdf417 {
        let job = symbol_with(48, settings, 48, text.as_bytes());
        add(&format!("pdf417-{name}"), false, job, &[text]);
    }
    let data_matrix: &[TwoDimensional<'_>] = &[
        ("plain", &[(67, &[5])], "DataMatrix 123456"),
        ("rectangle", &[(66, &[49, 0, 0]), (67, &[5])], "RECT 12"),
        ("unicode", &[(67, &[5])], unicode),
        ("long", &[(67, &[4])], &sentence[..400]),
    ];
    for (name, settings, text) in data_matrix {
        let job = symbol_with(54, settings, 48, text.as_bytes());
        add(&format!("datamatrix-{name}"), false, job, &[text]);
    }
    let aztec: &[TwoDimensional<'_>] = &[
        ("plain", &[(67, &[4])], "Aztec Code 2D, with 1234567890!"),
        ("short", &[(67, &[6])], "A"),
        ("unicode", &[(67, &[5])], unicode),
        ("compact", &[(66, &[49, 0]), (67, &[5])], "compact"),
        ("layers", &[(66, &[48, 10])], "ten layers"),
        ("long", &[(67, &[4])], &sentence),
    ];
    for (name, settings, text) in aztec {
        let job = symbol_with(53, settings, 48, text.as_bytes());
        add(&format!("aztec-{name}"), false, job, &[text]);
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
