//! Receipts in many languages, from `languages/languages.json`.

use std::fs;
use std::path::Path;

use platen_receipt::build::ReceiptBuilder;
use platen_receipt::command::Command;
use platen_receipt::{Fonts, Multibyte, Profile, encode};
use serde_json::Value;

/// A receipt in one language.
pub(crate) struct Language {
    pub(crate) name: String,
    /// What tesseract calls it, and how much of its receipt it must read.
    #[allow(dead_code)] // only where it is read
    pub(crate) tesseract: Option<(String, u64)>,
    pub(crate) rows: Vec<String>,
    /// What a printer with the letters is sent.
    #[allow(dead_code)] // only where octets are looked at
    pub(crate) sent: Option<Sent>,
}

/// The octets of each row, and the code table they belong to: `None` for
/// characters of two octets.
pub(crate) struct Sent {
    pub(crate) codec: String,
    #[allow(dead_code)] // as above
    pub(crate) table: Option<u8>,
    #[allow(dead_code)] // as above
    pub(crate) octets: Vec<Vec<u8>>,
}

/// All of them.
pub(crate) fn languages() -> Vec<Language> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages/languages.json");
    let file: Value = serde_json::from_slice(&fs::read(path).expect("the file")).expect("JSON");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |value: &Value| -> Vec<String> {
        let all = value.as_array().expect("a list").iter();
        all.map(|row| text(row).expect("a text")).collect()
    };
    let each = |list: &str| file[list].as_array().expect("a list").clone();
    let languages = each("sent").into_iter().chain(each("drawn"));
    languages
        .map(|language| Language {
            name: text(&language["language"]).expect("a name"),
            tesseract: text(&language["tesseract"])
                .map(|name| (name, language["read_percent"].as_u64().expect("a share"))),
            rows: texts(&language["rows"]),
            sent: text(&language["codec"]).map(|codec| Sent {
                codec,
                table: language["table"]
                    .as_u64()
                    .map(|table| u8::try_from(table).expect("a number of `ESC t`")),
                octets: texts(&language["octets"])
                    .iter()
                    .map(|hex| octets(hex))
                    .collect(),
            }),
        })
        .collect()
}

fn octets(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}

impl Language {
    /// A printer that has the letters, where there is one.
    pub(crate) fn profile(&self) -> Profile {
        let Some(sent) = &self.sent else {
            // Europe's tables, and none of the letters.
            return Profile::named("TM-T88IV").expect("a known model");
        };
        let multibyte = match sent.codec.as_str() {
            "shift_jis" => Multibyte::ShiftJis,
            "gb18030" => Multibyte::Gb18030,
            "big5" => Multibyte::Big5,
            "euc_kr" => Multibyte::KsC5601,
            _ => return Profile::default(),
        };
        Profile::default().with_multibyte(multibyte)
    }

    pub(crate) fn job(&self, profile: &Profile) -> Vec<u8> {
        encode(&written(self.rows.iter().map(String::as_str), profile))
    }
}

/// A receipt of these rows; no font may lack a letter.
pub(crate) fn written<'a>(
    rows: impl IntoIterator<Item = &'a str>,
    profile: &Profile,
) -> Vec<Command> {
    let mut receipt = ReceiptBuilder::new();
    for row in rows {
        receipt.text(row);
    }
    let composed = receipt.build().compose(profile, Fonts::complete());
    assert_eq!(composed.missing, "");
    composed.commands
}
