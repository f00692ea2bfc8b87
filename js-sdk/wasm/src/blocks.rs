//! What the builder in TypeScript collects, as the blocks of a receipt.
//!
//! The words are those of receipt markup; pictures stand beside the JSON, under
//! the names by which the blocks call them.

use std::sync::Arc;

use platen_receipt::build::{
    Align, Barcode, BarcodeKind, Block, Column, Receipt, ReceiptBuilder, Rule, Span, Symbol,
    SymbolKind, Text, TextStyle,
};
use platen_receipt::command::{CutMode, DrawerPin, Font, HriPosition, QrErrorCorrection};
use serde_json::Value;

use crate::fault::{Code, Fault};
use crate::pictures::{Pictures, gamma_percent, way};
use crate::said::{Meaning, Said, value};

/// What mistakes are told of.
const BLOCK: &str = "a block of the receipt";

/// Reads blocks.
pub(crate) fn receipt(json: &str, pictures: &Pictures) -> Result<Receipt, Fault> {
    let mut builder = ReceiptBuilder::new();
    for said in Vec::of(value("the receipt", json)?).unwrap_or_default() {
        let mut said = Said::of(BLOCK, said)?;
        builder.block(block(&mut said, pictures)?);
        said.no_more()?;
    }
    Ok(builder.build())
}

fn block(said: &mut Said, pictures: &Pictures) -> Result<Block, Fault> {
    let kind: String = said.needed("type")?;
    Ok(match &*kind {
        "text" => Block::Text {
            align: align(said)?,
            text: text(said.needed("text")?)?,
        },
        "row" => Block::Row {
            columns: list(said.needed("columns")?, column)?.into(),
            cells: list(said.needed("cells")?, |cell| {
                text(Vec::of(cell).unwrap_or_default())
            })?,
        },
        "rule" => Block::Rule(needed_word(
            said,
            "rule",
            &[
                ("single", Rule::Single),
                ("double", Rule::Double),
                ("dashed", Rule::Dashed),
            ],
        )?),
        "barcode" => barcode(said)?,
        "qr" => {
            let level = said.word(
                "level",
                &[
                    ("L", QrErrorCorrection::L),
                    ("M", QrErrorCorrection::M),
                    ("Q", QrErrorCorrection::Q),
                    ("H", QrErrorCorrection::H),
                ],
            )?;
            symbol(
                said,
                SymbolKind::Qr(level.unwrap_or(QrErrorCorrection::M)),
                6,
            )?
        }
        // The sizes are those of receipt markup.
        "pdf417" => symbol(said, SymbolKind::Pdf417, 3)?,
        "datamatrix" => symbol(said, SymbolKind::DataMatrix, 6)?,
        "aztec" => symbol(said, SymbolKind::Aztec, 6)?,
        "picture" => picture(said, pictures)?,
        "feed" => Block::Feed(said.needed("rows")?),
        "cut" => Block::Cut(needed_word(
            said,
            "mode",
            &[("full", CutMode::Full), ("partial", CutMode::Partial)],
        )?),
        "drawer" => Block::OpenDrawer(needed_word(
            said,
            "pin",
            &[("2", DrawerPin::Pin2), ("5", DrawerPin::Pin5)],
        )?),
        _ => return Err(said.wrong("type", "one that the builder makes")),
    })
}

fn needed_word<T: Copy>(
    said: &mut Said,
    field: &'static str,
    words: &[(&str, T)],
) -> Result<T, Fault> {
    let meant = said.word(field, words)?;
    meant.ok_or_else(|| said.wrong(field, String::WANTED))
}

fn list<T>(
    values: Vec<Value>,
    each: impl FnMut(Value) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    values.into_iter().map(each).collect()
}

fn align(said: &mut Said) -> Result<Align, Fault> {
    let words = [
        ("left", Align::Left),
        ("center", Align::Center),
        ("right", Align::Right),
    ];
    Ok(said.word("align", &words)?.unwrap_or_default())
}

fn barcode(said: &mut Said) -> Result<Block, Fault> {
    let align = align(said)?;
    let kind = needed_word(
        said,
        "kind",
        &BarcodeKind::ALL.map(|kind| (kind.name(), kind)),
    )?;
    let data: String = said.needed("data")?;
    let mut barcode = Barcode::new(kind, &data)?;
    barcode.height_dots = said.take("heightDots")?.unwrap_or(barcode.height_dots);
    barcode.module_dots = said.take("moduleDots")?.unwrap_or(barcode.module_dots);
    let position = said.word(
        "hriPosition",
        &[
            ("none", HriPosition::None),
            ("above", HriPosition::Above),
            ("below", HriPosition::Below),
            ("both", HriPosition::Both),
        ],
    )?;
    barcode.hri_position = position.unwrap_or(barcode.hri_position);
    Ok(Block::Barcode { align, barcode })
}

fn symbol(said: &mut Said, kind: SymbolKind, module_dots: u8) -> Result<Block, Fault> {
    let data = match said.value("data") {
        Some(Value::String(text)) => text.into_bytes(),
        // An octet that is none is left out, as `Uint8Array` has none.
        Some(Value::Array(octets)) => octets.into_iter().filter_map(u8::of).collect(),
        _ => return Err(said.wrong("data", "a text or octets")),
    };
    let module_dots = said.take("moduleDots")?.unwrap_or(module_dots);
    Ok(Block::Symbol {
        align: align(said)?,
        symbol: Symbol {
            kind,
            module_dots: module_dots.clamp(1, 16),
            data,
        },
    })
}

fn picture(said: &mut Said, pictures: &Pictures) -> Result<Block, Fault> {
    let name: String = said.needed("picture")?;
    let picture = pictures.named.get(&name).cloned().ok_or_else(|| {
        Fault::new(
            Code::InvalidPicture,
            format!("there is no picture {name:?}; give its pixels beside the blocks"),
        )
    })?;
    Ok(Block::Picture {
        align: align(said)?,
        picture: Arc::new(picture.with_gamma(gamma_percent(said)?)),
        dither: way(said)?,
        width_dots: said.take("widthDots")?,
    })
}

fn text(spans: Vec<Value>) -> Result<Text, Fault> {
    Ok(list(spans, span)?.into())
}

fn span(value: Value) -> Result<Span, Fault> {
    let mut said = Said::of("a piece of text", value)?;
    let text: String = said.needed("text")?;
    let style = match said.value("style") {
        None => TextStyle::new(),
        Some(value) => style(Said::of("a style", value)?)?,
    };
    said.no_more()?;
    Ok(Span::new(text, style))
}

fn style(mut said: Said) -> Result<TextStyle, Fault> {
    let (width, height) = (said.take("width")?, said.take("height")?);
    let mut style = TextStyle::new().size(width.unwrap_or(1), height.unwrap_or(1));
    let fonts = [("a", Font::A), ("b", Font::B), ("c", Font::C)];
    style.font = said.word("font", &fonts)?.unwrap_or(Font::A);
    style.bold = said.take("bold")?.unwrap_or(false);
    style.underline = said.take("underline")?.unwrap_or(false);
    style.inverse = said.take("inverse")?.unwrap_or(false);
    style.rotated = said.take("rotated")?.unwrap_or(false);
    said.no_more()?;
    Ok(style)
}

fn column(value: Value) -> Result<Column, Fault> {
    let mut said = Said::of("a column", value)?;
    let (width, share) = (said.take("width")?, said.take("share")?);
    let mut column = match width {
        Some(width) => Column::characters(width),
        None => Column::share(share.unwrap_or(1)),
    };
    column.align = align(&mut said)?;
    said.no_more()?;
    Ok(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_receipt::{Profile, render_text};

    fn text(json: &str) -> Result<String, Fault> {
        let profile = Profile::new(20, 240);
        let job = receipt(json, &Pictures::new())?.encode(&profile);
        Ok(render_text(&job, &profile))
    }

    #[test]
    fn blocks_are_what_the_builder_of_rust_makes() {
        let json = r#"[
            {"type":"text","align":"center","text":[{"text":"Café "},{"text":"Sol","style":{"bold":true}}]},
            {"type":"row","columns":[{"share":1},{"width":6,"align":"right"}],"cells":[[{"text":"Tea"}],[{"text":"3,80"}]]},
            {"type":"rule","rule":"single"},
            {"type":"cut","mode":"partial"}
        ]"#;
        assert_eq!(
            text(json).as_deref(),
            Ok("      Café Sol\nTea             3,80\n────────────────────\n[cut]\n")
        );
    }

    #[test]
    fn what_is_no_block_is_said() {
        for (json, code, word) in [
            (
                r#"[{"type":"texts"}]"#,
                Code::InvalidRequest,
                "one that the builder makes",
            ),
            (
                r#"[{"type":"feed","rows":300}]"#,
                Code::InvalidRequest,
                "0 to 255",
            ),
            (
                r#"[{"type":"barcode","align":"left","kind":"ean14","data":"1"}]"#,
                Code::InvalidRequest,
                "gs1-128",
            ),
            (
                r#"[{"type":"barcode","align":"left","kind":"ean13","data":"1"}]"#,
                Code::InvalidBarcode,
                "12 or 13 digits",
            ),
            (
                r#"[{"type":"picture","align":"left","picture":"logo"}]"#,
                Code::InvalidPicture,
                "no picture \"logo\"",
            ),
        ] {
            let fault = text(json).expect_err(json);
            assert_eq!(fault.code, code, "{json}");
            assert!(fault.message.contains(word), "{}", fault.message);
        }
    }
}
