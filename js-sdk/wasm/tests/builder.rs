//! The builder in Rust: its jobs are what the builder in TypeScript must make.
//!
//! `js-sdk/wasm/vectors/builder.json` has them by name; `js-sdk/tests/receipt.test.ts`
//! builds the same receipts. Renew with PLATEN_UPDATE=1.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use platen_receipt::Profile;
use platen_receipt::build::{
    Align, Barcode, BarcodeKind, Block, Column, ReceiptBuilder, Rule, Span, Symbol, SymbolKind,
    Text, TextStyle,
};
use platen_receipt::command::{CutMode, DrawerPin, Font, HriPosition, QrErrorCorrection};
use platen_receipt::image::{Dither, GrayPicture};

/// Red, green, blue and opacity that go from dark to light.
fn ramp(width: u32, height: u32) -> GrayPicture {
    let rgba: Vec<u8> = (0..height)
        .flat_map(|y| {
            (0..width).map(move |x| u8::try_from((x * 7 + y * 3) % 256).expect("a level"))
        })
        .flat_map(|level| [level, level, level, 255])
        .collect();
    GrayPicture::from_rgba(width, height, &rgba).expect("a picture")
}

/// Name, printer and receipt of each.
fn receipts() -> Vec<(&'static str, Profile, ReceiptBuilder)> {
    let mut all = Vec::new();
    let usual = Profile::default;
    let model = |name| Profile::named(name).expect("a known model");

    let mut text = ReceiptBuilder::new();
    text.text("Café №7: 3,80 €\nZażółć gęślą jaźń, Ξεσκεπάζω, Съешь");
    all.push(("text in many languages", usual(), text));

    let mut drawn = ReceiptBuilder::new();
    drawn.text("שלום");
    all.push(("scripts that are drawn", model("TM-T88V"), drawn));

    let mut styles = ReceiptBuilder::new();
    styles
        .align(Align::Center)
        .styled("TOTAL", TextStyle::new().bold().size(2, 3))
        .align(Align::Right)
        .text(Text::from(vec![
            Span::new("plain ", TextStyle::new()),
            Span::new("under", TextStyle::new().underline()),
            Span::new("inverse", TextStyle::new().inverse().font(Font::B)),
            Span::new("turned", TextStyle::new().rotated()),
        ]));
    all.push(("styles", usual(), styles));

    let mut table = ReceiptBuilder::new();
    let columns = [
        Column::share(2),
        Column::characters(4).center(),
        Column::characters(9).right(),
    ];
    table.row(&columns, ["Flat white with oat milk", "2", "7,60"]);
    table.row(&columns, ["Cake", "1", "3,40"]);
    table
        .rule(Rule::Single)
        .rule(Rule::Double)
        .rule(Rule::Dashed);
    all.push(("a table and lines", Profile::new(32, 384), table));

    let mut codes = ReceiptBuilder::new();
    let mut barcode = Barcode::new(BarcodeKind::Ean13, "400638133393").expect("digits");
    barcode.height_dots = 60;
    barcode.module_dots = 3;
    barcode.hri_position = HriPosition::Above;
    let symbol = |kind, module_dots, data: &[u8]| Symbol {
        kind,
        data: data.to_vec(),
        module_dots,
    };
    codes
        .barcode(Barcode::new(BarcodeKind::Code128, "HC-2026").expect("ASCII"))
        .barcode(barcode)
        .align(Align::Center)
        .symbol(Symbol::qr("https://sol.example/r/1001"))
        .symbol(symbol(
            SymbolKind::Qr(QrErrorCorrection::H),
            4,
            &[0, 255, 10],
        ))
        .symbol(symbol(SymbolKind::Pdf417, 3, b"PDF417"))
        .symbol(symbol(SymbolKind::DataMatrix, 6, b"DataMatrix"))
        .symbol(symbol(SymbolKind::Aztec, 5, b"Aztec"));
    all.push(("barcodes and two-dimensional codes", usual(), codes));

    let mut pictures = ReceiptBuilder::new();
    pictures
        .picture(ramp(40, 12), Dither::FloydSteinberg)
        .align(Align::Center)
        .picture(ramp(16, 8).with_gamma(150), Dither::Atkinson)
        .block(Block::Picture {
            align: Align::Right,
            picture: ramp(20, 20).into(),
            dither: Dither::Threshold(100),
            width_dots: Some(64),
        });
    all.push(("pictures", usual(), pictures));

    let mut end = ReceiptBuilder::new();
    end.text("end").feed(3).open_drawer().cut();
    end.block(Block::OpenDrawer(DrawerPin::Pin5))
        .block(Block::Cut(CutMode::Full));
    all.push(("feed, drawer and cut", model("POS-5890"), end));
    all
}

#[test]
fn the_committed_jobs_are_what_the_builder_makes() {
    let made: BTreeMap<&str, String> = receipts()
        .into_iter()
        .map(|(name, profile, receipt)| {
            let job = receipt.build().encode(&profile);
            let hex = job.iter().fold(String::new(), |mut hex, octet| {
                write!(hex, "{octet:02x}").expect("a string takes all");
                hex
            });
            (name, hex)
        })
        .collect();
    let made = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/builder.json");
    if std::env::var_os("PLATEN_UPDATE").is_some() {
        fs::write(&file, &made).expect("the file can be written");
    }
    assert_eq!(fs::read_to_string(&file).expect("the file is there"), made);
}
