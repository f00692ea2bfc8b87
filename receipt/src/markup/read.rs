//! Markup to nodes: which elements there are, and what each may say.

use roxmltree::{Document, Node as Xml, ParsingOptions};

use super::element::{Element, place};
use super::expression::{Part, Path, Test};
use super::{DEPTH_MAX, MarkupError, NODES_MAX, Problem, SOURCE_OCTETS_MAX, Template};
use crate::build::{Align, BarcodeKind, Column, ColumnWidth, Rule, SymbolKind};
use crate::command::{CutMode, DrawerPin, Font, HriPosition, QrErrorCorrection};
use crate::image::Dither;

/// A place in the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    pub(super) fn error(self, problem: Problem) -> MarkupError {
        MarkupError {
            line: self.line,
            column: self.column,
            problem,
        }
    }
}

/// A block, or what decides about blocks.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// `<text>`.
    Text { look: Look, content: Content },
    /// `<row>`.
    Row {
        look: Look,
        columns: Vec<Column>,
        cells: Vec<Cell>,
    },
    /// `<rule>`.
    Rule(Rule),
    /// `<barcode>`.
    Barcode {
        align: Option<Align>,
        kind: BarcodeKind,
        height_dots: u8,
        module_dots: u8,
        hri_position: HriPosition,
        data: Content,
    },
    /// `<qr>`, `<pdf417>`, `<datamatrix>`, `<aztec>`.
    Symbol {
        align: Option<Align>,
        kind: SymbolKind,
        module_dots: u8,
        data: Content,
    },
    /// `<image>`.
    Picture {
        align: Option<Align>,
        name: String,
        width_dots: Option<u32>,
        dither: Dither,
        gamma_percent: u16,
    },
    /// `<feed>`.
    Feed(u8),
    /// `<cut>`.
    Cut(CutMode),
    /// `<drawer>`.
    Drawer(DrawerPin),
    /// `<group>`: what its blocks have in common.
    Group { look: Look, children: Vec<Node> },
    /// `<each>`.
    Each { over: Loop, children: Vec<Node> },
    /// `<if>` and `<else>`.
    If {
        test: Test,
        children: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

/// `<col>`: what stands in a column.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) look: Look,
    pub(super) content: Content,
}

/// What `<each>` goes through.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    pub(super) path: Path,
    /// What an item is called.
    pub(super) name: String,
    /// What its number is called, from 1.
    pub(super) number: Option<String>,
}

/// Text and what stands in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) inlines: Vec<Inline>,
    /// Blanks and line ends of the markup stay as they are.
    pub(super) keeps_space: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Inline {
    pub(super) place: Place,
    pub(super) kind: InlineKind,
}

#[derive(Debug, Clone)]
pub(super) enum InlineKind {
    /// Text with values in it.
    Parts(Vec<Part>),
    /// `<b>`, `<u>`, `<inverse>`, `<span>`.
    Styled(Look, Vec<Inline>),
    /// `<br/>`.
    Break,
    /// `<each>`.
    Each { over: Loop, children: Vec<Inline> },
    /// `<if>` and `<else>`.
    If {
        test: Test,
        children: Vec<Inline>,
        otherwise: Vec<Inline>,
    },
}

/// What an element says about the look of what is in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) align: Option<Align>,
    pub(super) font: Option<Font>,
    pub(super) size: Option<(u8, u8)>,
    pub(super) bold: Option<bool>,
    pub(super) underline: Option<bool>,
    pub(super) inverse: Option<bool>,
    pub(super) rotated: Option<bool>,
}

pub(super) fn read(source: &str) -> Result<Template, MarkupError> {
    let beginning = Place { line: 1, column: 1 };
    if source.len() > SOURCE_OCTETS_MAX {
        return Err(beginning.error(Problem::TooLong {
            what: "octets of markup",
            most: SOURCE_OCTETS_MAX,
        }));
    }
    let options = ParsingOptions {
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(source, options).map_err(|error| {
        let position = error.pos();
        let place = Place {
            line: position.row,
            column: position.col,
        };
        place.error(Problem::Syntax {
            reason: error.to_string(),
        })
    })?;
    let root = document.root_element();
    let mut element = Element::new(root);
    if element.name() != "receipt" {
        return Err(element.unexpected("a template is one <receipt>"));
    }
    let locale = element.text("locale");
    let currency = element.text("currency");
    element.no_more()?;
    let body = blocks(root, 0)?;
    Ok(Template {
        locale,
        currency,
        body,
    })
}

pub(super) fn picture_names(nodes: &[Node]) -> Vec<&str> {
    let mut names = Vec::new();
    for node in nodes {
        match &node.kind {
            Kind::Picture { name, .. } => names.push(name.as_str()),
            Kind::Group { children, .. } | Kind::Each { children, .. } => {
                names.extend(picture_names(children));
            }
            Kind::If {
                children,
                otherwise,
                ..
            } => {
                names.extend(picture_names(children));
                names.extend(picture_names(otherwise));
            }
            Kind::Text { .. }
            | Kind::Row { .. }
            | Kind::Rule(_)
            | Kind::Barcode { .. }
            | Kind::Symbol { .. }
            | Kind::Feed(_)
            | Kind::Cut(_)
            | Kind::Drawer(_) => {}
        }
    }
    names
}

/// The blocks in an element.
fn blocks(parent: Xml<'_, '_>, depth: usize) -> Result<Vec<Node>, MarkupError> {
    check_depth(parent, depth)?;
    let mut nodes: Vec<Node> = Vec::new();
    for child in parent.children() {
        if child.is_text() {
            if child.text().is_some_and(|text| !text.trim().is_empty()) {
                return Err(place(child).error(Problem::UnexpectedText));
            }
            continue;
        }
        if !child.is_element() {
            continue;
        }
        if child.has_tag_name("else") {
            let Some(Kind::If { otherwise, .. }) = nodes.last_mut().map(|node| &mut node.kind)
            else {
                return Err(Element::new(child).unexpected("<else> follows an <if>"));
            };
            otherwise.extend(blocks(child, depth + 1)?);
            continue;
        }
        nodes.push(Node {
            place: place(child),
            kind: block(child, depth)?,
        });
    }
    Ok(nodes)
}

fn block(xml: Xml<'_, '_>, depth: usize) -> Result<Kind, MarkupError> {
    const BLOCKS: &str = "blocks are text, row, rule, barcode, qr, pdf417, datamatrix, aztec, \
                          image, feed, cut, drawer, group, each and if";
    let mut element = Element::new(xml);
    let kind =
        match element.name() {
            "text" => Kind::Text {
                look: element.look()?,
                content: element.content(depth)?,
            },
            "row" => {
                let look = element.look()?;
                let (columns, cells) = columns(xml, depth)?;
                Kind::Row {
                    look,
                    columns,
                    cells,
                }
            }
            "rule" => Kind::Rule(element.one_of(
                "style",
                Rule::Single,
                "single, double or dashed",
                |style| match style {
                    "single" => Some(Rule::Single),
                    "double" => Some(Rule::Double),
                    "dashed" => Some(Rule::Dashed),
                    _ => None,
                },
            )?),
            "barcode" => barcode(&mut element, depth)?,
            "qr" => {
                let level =
                    element.one_of("level", QrErrorCorrection::M, "L, M, Q or H", |level| {
                        match level {
                            "L" => Some(QrErrorCorrection::L),
                            "M" => Some(QrErrorCorrection::M),
                            "Q" => Some(QrErrorCorrection::Q),
                            "H" => Some(QrErrorCorrection::H),
                            _ => None,
                        }
                    })?;
                symbol(&mut element, SymbolKind::Qr(level), 6, depth)?
            }
            "pdf417" => symbol(&mut element, SymbolKind::Pdf417, 3, depth)?,
            "datamatrix" => symbol(&mut element, SymbolKind::DataMatrix, 6, depth)?,
            "aztec" => symbol(&mut element, SymbolKind::Aztec, 6, depth)?,
            "image" => Kind::Picture {
                align: element.align()?,
                name: element.needed("src")?,
                width_dots: element.number("width", None, 1..=4096)?,
                dither: element.one_of(
                    "dither",
                    Dither::FloydSteinberg,
                    "threshold, bayer4, bayer8, floyd-steinberg, atkinson, stucki, burkes, sierra, \
                 sierra-two-row or sierra-lite",
                    Dither::named,
                )?,
                gamma_percent: element
                    .number("gamma", Some(100), 10..=1000)?
                    .unwrap_or(100),
            },
            "feed" => Kind::Feed(element.number("lines", Some(1), 1..=255)?.unwrap_or(1)),
            "cut" => Kind::Cut(element.one_of(
                "mode",
                CutMode::Partial,
                "full or partial",
                |mode| match mode {
                    "full" => Some(CutMode::Full),
                    "partial" => Some(CutMode::Partial),
                    _ => None,
                },
            )?),
            "drawer" => {
                Kind::Drawer(
                    element.one_of("pin", DrawerPin::Pin2, "2 or 5", |pin| match pin {
                        "2" => Some(DrawerPin::Pin2),
                        "5" => Some(DrawerPin::Pin5),
                        _ => None,
                    })?,
                )
            }
            "group" => Kind::Group {
                look: element.look()?,
                children: blocks(xml, depth + 1)?,
            },
            "each" => Kind::Each {
                over: element.over()?,
                children: blocks(xml, depth + 1)?,
            },
            "if" => Kind::If {
                test: element.test()?,
                children: blocks(xml, depth + 1)?,
                otherwise: Vec::new(),
            },
            _ => return Err(element.unexpected(BLOCKS)),
        };
    element.no_more()?;
    Ok(kind)
}

/// The `<col>` of a `<row>`.
fn columns(row: Xml<'_, '_>, depth: usize) -> Result<(Vec<Column>, Vec<Cell>), MarkupError> {
    let mut columns = Vec::new();
    let mut cells = Vec::new();
    for child in row.children() {
        if child
            .text()
            .is_some_and(|text| child.is_text() && !text.trim().is_empty())
        {
            return Err(place(child).error(Problem::UnexpectedText));
        }
        if !child.is_element() {
            continue;
        }
        let mut element = Element::new(child);
        if element.name() != "col" {
            return Err(element.unexpected("a <row> has <col> in it"));
        }
        let look = element.look()?;
        let width = match element.number("width", None, 1..=255)? {
            Some(width) => ColumnWidth::Characters(width),
            None => ColumnWidth::Share(element.number("share", Some(1), 1..=100)?.unwrap_or(1)),
        };
        columns.push(Column {
            width,
            align: look.align.unwrap_or_default(),
        });
        cells.push(Cell {
            look,
            content: element.content(depth + 1)?,
        });
        element.no_more()?;
    }
    Ok((columns, cells))
}

fn barcode(element: &mut Element<'_, '_>, depth: usize) -> Result<Kind, MarkupError> {
    let wanted = "upc-a, upc-e, ean13, ean8, code39, itf, codabar, code93, code128 or gs1-128";
    Ok(Kind::Barcode {
        align: element.align()?,
        kind: element.one_of("type", BarcodeKind::Code128, wanted, BarcodeKind::named)?,
        height_dots: element.number("height", Some(80), 1..=255)?.unwrap_or(80),
        module_dots: element.number("module", Some(2), 1..=6)?.unwrap_or(2),
        hri_position: element.one_of(
            "text",
            HriPosition::Below,
            "none, above, below or both",
            |position| match position {
                "none" => Some(HriPosition::None),
                "above" => Some(HriPosition::Above),
                "below" => Some(HriPosition::Below),
                "both" => Some(HriPosition::Both),
                _ => None,
            },
        )?,
        data: element.content(depth)?,
    })
}

fn symbol(
    element: &mut Element<'_, '_>,
    kind: SymbolKind,
    module_dots: u8,
    depth: usize,
) -> Result<Kind, MarkupError> {
    let module = element.number("size", Some(module_dots), 1..=16)?;
    Ok(Kind::Symbol {
        align: element.align()?,
        kind,
        module_dots: module.unwrap_or(module_dots),
        data: element.content(depth)?,
    })
}

/// What stands in a text.
pub(super) fn inlines(
    parent: Xml<'_, '_>,
    keeps_space: bool,
    depth: usize,
) -> Result<Vec<Inline>, MarkupError> {
    const INLINES: &str = "in text stand b, u, inverse, span, br, each and if";
    check_depth(parent, depth)?;
    let mut inlines: Vec<Inline> = Vec::new();
    for child in parent.children() {
        let here = place(child);
        if child.is_text() {
            let text = child.text().unwrap_or_default();
            let text = if keeps_space {
                text.to_owned()
            } else {
                one_blank_each(text)
            };
            let parts = Part::read_all(&text)
                .map_err(|reason| here.error(Problem::Expression { reason }))?;
            inlines.push(Inline {
                place: here,
                kind: InlineKind::Parts(parts),
            });
            continue;
        }
        if !child.is_element() {
            continue;
        }
        let mut element = Element::new(child);
        let children = || inlines_of(child, keeps_space, depth);
        let kind = match element.name() {
            "b" => styled(|look| look.bold = Some(true), children()?),
            "u" => styled(|look| look.underline = Some(true), children()?),
            "inverse" => styled(|look| look.inverse = Some(true), children()?),
            "span" => InlineKind::Styled(element.look()?, children()?),
            "br" => InlineKind::Break,
            "each" => InlineKind::Each {
                over: element.over()?,
                children: children()?,
            },
            "if" => InlineKind::If {
                test: element.test()?,
                children: children()?,
                otherwise: Vec::new(),
            },
            "else" => {
                // Blanks between the two are of no meaning.
                while inlines.last().is_some_and(is_blank) {
                    inlines.pop();
                }
                let Some(InlineKind::If { otherwise, .. }) =
                    inlines.last_mut().map(|inline| &mut inline.kind)
                else {
                    return Err(element.unexpected("<else> follows an <if>"));
                };
                otherwise.extend(children()?);
                continue;
            }
            _ => return Err(element.unexpected(INLINES)),
        };
        element.no_more()?;
        inlines.push(Inline { place: here, kind });
    }
    Ok(inlines)
}

fn inlines_of(
    xml: Xml<'_, '_>,
    keeps_space: bool,
    depth: usize,
) -> Result<Vec<Inline>, MarkupError> {
    inlines(xml, keeps_space, depth + 1)
}

fn styled(change: impl FnOnce(&mut Look), children: Vec<Inline>) -> InlineKind {
    let mut look = Look::default();
    change(&mut look);
    InlineKind::Styled(look, children)
}

fn is_blank(inline: &Inline) -> bool {
    match &inline.kind {
        InlineKind::Parts(parts) => parts
            .iter()
            .all(|part| matches!(part, Part::Literal(text) if text.trim().is_empty())),
        InlineKind::Styled(..)
        | InlineKind::Break
        | InlineKind::Each { .. }
        | InlineKind::If { .. } => false,
    }
}

/// Blanks and line ends of the markup are one blank, however many.
fn one_blank_each(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let blank = matches!(character, ' ' | '\t' | '\n' | '\r');
        if !blank {
            out.push(character);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

fn check_depth(xml: Xml<'_, '_>, depth: usize) -> Result<(), MarkupError> {
    if depth > DEPTH_MAX {
        return Err(place(xml).error(Problem::TooLong {
            what: "elements in each other",
            most: DEPTH_MAX,
        }));
    }
    Ok(())
}
