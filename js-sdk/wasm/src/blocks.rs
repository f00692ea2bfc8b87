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
use serde::Deserialize;

use crate::fault::{Code, Fault};
use crate::options::read;
use crate::pictures::{Pictures, gamma_percent, way};

/// Reads blocks.
pub(crate) fn receipt(json: &str, pictures: &Pictures) -> Result<Receipt, Fault> {
    let mut builder = ReceiptBuilder::new();
    for said in read::<Vec<SaidBlock>>("the blocks of the receipt", json)? {
        builder.block(said.block(pictures)?);
    }
    Ok(builder.build())
}

/// Declares how values of an enum are called.
macro_rules! words {
    ($said:ident = $meant:ty { $($(#[$other:meta])? $word:ident => $value:expr,)+ }) => {
        #[derive(Debug, Clone, Copy, Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum $said {
            $($(#[$other])? $word,)+
        }

        impl From<$said> for $meant {
            fn from(said: $said) -> Self {
                match said {
                    $($said::$word => $value,)+
                }
            }
        }
    };
}

words!(SaidAlign = Align {
    Left => Align::Left,
    Center => Align::Center,
    Right => Align::Right,
});
words!(SaidFont = Font {
    A => Font::A,
    B => Font::B,
    C => Font::C,
});
words!(SaidRule = Rule {
    Single => Rule::Single,
    Double => Rule::Double,
    Dashed => Rule::Dashed,
});
words!(SaidHriPosition = HriPosition {
    None => HriPosition::None,
    Above => HriPosition::Above,
    Below => HriPosition::Below,
    Both => HriPosition::Both,
});
words!(SaidCutMode = CutMode {
    Full => CutMode::Full,
    Partial => CutMode::Partial,
});
words!(SaidPin = DrawerPin {
    #[serde(rename = "2")] Pin2 => DrawerPin::Pin2,
    #[serde(rename = "5")] Pin5 => DrawerPin::Pin5,
});

#[derive(Debug, Clone, Copy, Deserialize)]
enum SaidLevel {
    L,
    M,
    Q,
    H,
}

impl From<SaidLevel> for QrErrorCorrection {
    fn from(said: SaidLevel) -> Self {
        match said {
            SaidLevel::L => Self::L,
            SaidLevel::M => Self::M,
            SaidLevel::Q => Self::Q,
            SaidLevel::H => Self::H,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(
    tag = "type",
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum SaidBlock {
    Text {
        align: SaidAlign,
        text: Vec<SaidSpan>,
    },
    Row {
        columns: Vec<SaidColumn>,
        cells: Vec<Vec<SaidSpan>>,
    },
    Rule {
        rule: SaidRule,
    },
    Barcode {
        align: SaidAlign,
        kind: String,
        data: String,
        height_dots: Option<u8>,
        module_dots: Option<u8>,
        hri_position: Option<SaidHriPosition>,
    },
    Qr {
        align: SaidAlign,
        data: SaidData,
        level: Option<SaidLevel>,
        module_dots: Option<u8>,
    },
    Pdf417 {
        align: SaidAlign,
        data: SaidData,
        module_dots: Option<u8>,
    },
    Datamatrix {
        align: SaidAlign,
        data: SaidData,
        module_dots: Option<u8>,
    },
    Aztec {
        align: SaidAlign,
        data: SaidData,
        module_dots: Option<u8>,
    },
    Picture {
        align: SaidAlign,
        picture: String,
        method: Option<String>,
        threshold: Option<u8>,
        gamma: Option<u16>,
        width_dots: Option<u32>,
    },
    Feed {
        rows: u8,
    },
    Cut {
        mode: SaidCutMode,
    },
    Drawer {
        pin: SaidPin,
    },
}

impl SaidBlock {
    fn block(self, pictures: &Pictures) -> Result<Block, Fault> {
        let symbol = |align: SaidAlign, kind, data: SaidData, module_dots: u8| Block::Symbol {
            align: align.into(),
            symbol: Symbol {
                kind,
                data: data.octets(),
                module_dots: module_dots.clamp(1, 16),
            },
        };
        Ok(match self {
            Self::Text { align, text } => Block::Text {
                align: align.into(),
                text: meant_text(text),
            },
            Self::Row { columns, cells } => Block::Row {
                columns: columns.into_iter().map(Column::from).collect(),
                cells: cells.into_iter().map(meant_text).collect(),
            },
            Self::Rule { rule } => Block::Rule(rule.into()),
            Self::Barcode {
                align,
                kind,
                data,
                height_dots,
                module_dots,
                hri_position,
            } => {
                let mut barcode = Barcode::new(barcode_kind(&kind)?, &data)?;
                barcode.height_dots = height_dots.unwrap_or(barcode.height_dots);
                barcode.module_dots = module_dots.unwrap_or(barcode.module_dots);
                barcode.hri_position = hri_position.map_or(barcode.hri_position, HriPosition::from);
                Block::Barcode {
                    align: align.into(),
                    barcode,
                }
            }
            Self::Qr {
                align,
                data,
                level,
                module_dots,
            } => {
                let level = level.map_or(QrErrorCorrection::M, Into::into);
                symbol(align, SymbolKind::Qr(level), data, module_dots.unwrap_or(6))
            }
            // The sizes are those of receipt markup.
            Self::Pdf417 {
                align,
                data,
                module_dots,
            } => symbol(align, SymbolKind::Pdf417, data, module_dots.unwrap_or(3)),
            Self::Datamatrix {
                align,
                data,
                module_dots,
            } => symbol(
                align,
                SymbolKind::DataMatrix,
                data,
                module_dots.unwrap_or(6),
            ),
            Self::Aztec {
                align,
                data,
                module_dots,
            } => symbol(align, SymbolKind::Aztec, data, module_dots.unwrap_or(6)),
            Self::Picture {
                align,
                picture,
                method,
                threshold,
                gamma,
                width_dots,
            } => Block::Picture {
                align: align.into(),
                picture: Arc::new(
                    pictures
                        .named
                        .get(&picture)
                        .cloned()
                        .ok_or_else(|| no_picture(&picture))?
                        .with_gamma(gamma_percent(gamma)?),
                ),
                dither: way(method.as_deref(), threshold)?,
                width_dots,
            },
            Self::Feed { rows } => Block::Feed(rows),
            Self::Cut { mode } => Block::Cut(mode.into()),
            Self::Drawer { pin } => Block::OpenDrawer(pin.into()),
        })
    }
}

fn no_picture(name: &str) -> Fault {
    Fault::new(
        Code::InvalidPicture,
        format!("there is no picture {name:?}; give its pixels beside the blocks"),
    )
}

fn barcode_kind(name: &str) -> Result<BarcodeKind, Fault> {
    BarcodeKind::named(name).ok_or_else(|| {
        let names = BarcodeKind::ALL.map(BarcodeKind::name);
        Fault::new(
            Code::InvalidRequest,
            format!(
                "no barcode is named {name:?}; take one of {}",
                names.join(", ")
            ),
        )
    })
}

/// Data of a code: text, or octets.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SaidData {
    Text(String),
    Octets(Vec<u8>),
}

impl SaidData {
    fn octets(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Octets(octets) => octets,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaidStyle {
    font: Option<SaidFont>,
    width: Option<u8>,
    height: Option<u8>,
    bold: bool,
    underline: bool,
    inverse: bool,
    rotated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidSpan {
    text: String,
    #[serde(default)]
    style: SaidStyle,
}

fn meant_text(spans: Vec<SaidSpan>) -> Text {
    let spans: Vec<Span> = spans
        .into_iter()
        .map(|SaidSpan { text, style }| {
            let mut meant =
                TextStyle::new().size(style.width.unwrap_or(1), style.height.unwrap_or(1));
            meant.font = style.font.map_or(Font::A, Font::from);
            meant.bold = style.bold;
            meant.underline = style.underline;
            meant.inverse = style.inverse;
            meant.rotated = style.rotated;
            Span::new(text, meant)
        })
        .collect();
    spans.into()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidColumn {
    width: Option<u16>,
    share: Option<u16>,
    align: Option<SaidAlign>,
}

impl From<SaidColumn> for Column {
    fn from(said: SaidColumn) -> Self {
        let mut column = match said.width {
            Some(width) => Self::characters(width),
            None => Self::share(said.share.unwrap_or(1)),
        };
        column.align = said.align.map_or(Align::Left, Align::from);
        column
    }
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
                "unknown variant `texts`",
            ),
            (
                r#"[{"type":"feed","rows":300}]"#,
                Code::InvalidRequest,
                "expected u8",
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
