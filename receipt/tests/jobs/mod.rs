//! Jobs that tests draw: one for each way to write a code.

use platen_receipt::Profile;

/// A job and the texts that readers may give for each code in it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) job: Vec<u8>,
    pub(crate) profile: Profile,
    #[allow(dead_code)] // pictures are looked at, not read
    pub(crate) codes: Vec<Code>,
}

/// What readers may give.
pub(crate) struct Code {
    #[allow(dead_code)] // as above
    pub(crate) accept: Vec<String>,
    /// Whether zbar reads this kind as well.
    #[allow(dead_code)] // as above
    pub(crate) zbar: bool,
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
pub(crate) fn written() -> Vec<Case> {
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
    for (name, zbar, m, data) in [
        ("databar", true, 75, b"(01)04012345678901".as_slice()),
        ("databar-truncated", true, 76, b"0401234567890"),
        ("databar-limited", false, 77, b"0401234567890"),
    ] {
        let job = [b"\x1dw\x02\x1dh\x40", barcode(m, data).as_slice()].concat();
        add(name, zbar, job, &["04012345678901", "0104012345678901"]);
    }
    for (name, kind) in [
        ("databar-stacked", 72),
        ("databar-stacked-omnidirectional", 73),
    ] {
        let job = symbol_with(51, &[(67, &[3])], kind, b"0401234567890");
        add(name, false, job, &["04012345678901", "0104012345678901"]);
    }
    let gs1: &[(&str, &[u8], &str)] = &[
        ("gtin", b"(01)04012345678901", "0104012345678901"),
        (
            "weight",
            b"(01)90012345678908(3103)001750",
            "01900123456789083103001750",
        ),
        (
            "fields",
            b"(01)04012345678901(10)Ab-12(21)9x",
            "010401234567890110Ab-12\x1d219x",
        ),
        ("letters", b"(10)ABC123(21)12345", "10ABC123\x1d2112345"),
        (
            "longest",
            b"(01)04012345678901(21)ABCDEFGHIJ(3103)001750(15)271231",
            "010401234567890121ABCDEFGHIJ\x1d310300175015271231",
        ),
    ];
    for (name, data, text) in gs1 {
        let job = [b"\x1dw\x02\x1dh\x40", barcode(78, data).as_slice()].concat();
        // The longest is drawn in modules of one dot, to fit: too thin for zbar.
        let zbar = *name != "longest";
        add(&format!("databar-expanded-{name}"), zbar, job, &[text]);
        for (width, columns) in [(106, 1), (204, 2), (302, 3), (400, 4)] {
            let settings: &[(u8, &[u8])] = &[(67, &[2]), (71, &u16::to_le_bytes(width))];
            let job = symbol_with(51, settings, 76, data);
            add(
                &format!("databar-stack-{name}-{columns}"),
                false,
                job,
                &[text],
            );
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
    // Readers find a MaxiCode only where nothing else is.
    let maxicode: &[(&str, u8, &[u8], &str)] = &[
        (
            "plain",
            52,
            b"MaxiCode 123456789, upper and lower!",
            "MaxiCode 123456789, upper and lower!",
        ),
        ("checked", 53, b"more check words", "more check words"),
        ("unicode", 52, unicode.as_bytes(), unicode),
        (
            "carrier",
            50,
            b"[)>\x1e01\x1d96152382802\x1d840\x1d001\x1d1Z00004951\x1dUPSN\x1e\x04",
            "[)>\u{1e}01\u{1d}96152382802\u{1d}840\u{1d}001\u{1d}1Z00004951\u{1d}UPSN\u{1e}\u{4}",
        ),
        (
            "letters",
            51,
            b"B1050\x1d056\x1d999\x1dparcel",
            "B1050 \u{1d}056\u{1d}999\u{1d}parcel",
        ),
    ];
    for (name, mode, data, text) in maxicode {
        cases.push(Case {
            name: format!("maxicode-{name}"),
            job: symbol_with(50, &[(65, &[*mode])], 48, data),
            profile: Profile::default(),
            codes: vec![Code {
                accept: vec![(*text).to_owned()],
                zbar: false,
            }],
        });
    }
    cases
}
