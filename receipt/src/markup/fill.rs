//! Nodes and data to a receipt.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::expression::{Format, Names, Part, Path, decimal};
use super::locale::{Currency, Locale, Moment};
use super::read::{Content, Inline, InlineKind, Kind, Look, Loop, Node, Place};
use super::{MarkupError, Problem, STEPS_MAX, Settings, TEXT_OCTETS_MAX, Template};
use crate::build::{Align, Barcode, Block, Receipt, ReceiptBuilder, Span, Symbol, Text, TextStyle};

/// Where nobody says otherwise.
const USUAL_LOCALE: &str = "en-US";

pub(super) fn fill(
    template: &Template,
    data: &Value,
    settings: &Settings,
) -> Result<Receipt, MarkupError> {
    let beginning = Place { line: 1, column: 1 };
    let tag = template.locale.as_deref().or(settings.locale.as_deref());
    let tag = tag.unwrap_or(USUAL_LOCALE);
    let locale = Locale::named(tag).ok_or_else(|| {
        beginning.error(Problem::UnknownLocale {
            tag: tag.to_owned(),
        })
    })?;
    let currency = template.currency.as_ref().or(settings.currency.as_ref());
    let mut filling = Filling {
        builder: ReceiptBuilder::new(),
        scope: Scope {
            data,
            locals: Vec::new(),
        },
        settings,
        locale,
        currency: currency.map(String::as_str),
        steps: 0,
        octets: 0,
    };
    filling.blocks(&template.body, Setting::default())?;
    Ok(filling.builder.build())
}

/// The names that mean something here.
struct Scope<'a> {
    data: &'a Value,
    locals: Vec<(&'a str, Cow<'a, Value>)>,
}

impl<'a> Names<'a> for Scope<'a> {
    fn named(&self, name: &str) -> Option<Cow<'a, Value>> {
        let local = self.locals.iter().rev().find(|(local, _)| *local == name);
        match local {
            Some((_, value)) => Some(value.clone()),
            None => self.data.get(name).map(Cow::Borrowed),
        }
    }
}

/// The look that elements around have set.
#[derive(Debug, Clone, Copy, Default)]
struct Setting {
    align: Align,
    style: TextStyle,
}

impl Setting {
    fn with(mut self, look: Look) -> Self {
        self.align = look.align.unwrap_or(self.align);
        let style = &mut self.style;
        style.font = look.font.unwrap_or(style.font);
        (style.width, style.height) = look.size.unwrap_or((style.width, style.height));
        style.bold = look.bold.unwrap_or(style.bold);
        style.underline = look.underline.unwrap_or(style.underline);
        style.inverse = look.inverse.unwrap_or(style.inverse);
        style.rotated = look.rotated.unwrap_or(style.rotated);
        self
    }
}

struct Filling<'a> {
    builder: ReceiptBuilder,
    scope: Scope<'a>,
    settings: &'a Settings,
    locale: &'static Locale,
    currency: Option<&'a str>,
    steps: usize,
    octets: usize,
}

impl<'a> Filling<'a> {
    fn blocks(&mut self, nodes: &'a [Node], setting: Setting) -> Result<(), MarkupError> {
        for node in nodes {
            self.step(node.place)?;
            self.block(node, setting)?;
        }
        Ok(())
    }

    fn block(&mut self, node: &'a Node, setting: Setting) -> Result<(), MarkupError> {
        let place = node.place;
        let block = match &node.kind {
            Kind::Text { look, content } => {
                let setting = setting.with(*look);
                Block::Text {
                    align: setting.align,
                    text: self.text(content, setting.style)?,
                }
            }
            Kind::Row {
                look,
                columns,
                cells,
            } => {
                let setting = setting.with(*look);
                let cells = cells
                    .iter()
                    .map(|cell| self.text(&cell.content, setting.with(cell.look).style))
                    .collect::<Result<_, _>>()?;
                Block::Row {
                    columns: columns.as_slice().into(),
                    cells,
                }
            }
            Kind::Rule(rule) => Block::Rule(*rule),
            Kind::Barcode {
                align,
                kind,
                height_dots,
                module_dots,
                hri_position,
                data,
            } => {
                let data = self.data(data)?;
                let mut barcode = Barcode::new(*kind, &data)
                    .map_err(|error| place.error(Problem::Barcode(error)))?;
                barcode.height_dots = *height_dots;
                barcode.module_dots = *module_dots;
                barcode.hri_position = *hri_position;
                Block::Barcode {
                    align: align.unwrap_or(setting.align),
                    barcode,
                }
            }
            Kind::Symbol {
                align,
                kind,
                module_dots,
                data,
            } => Block::Symbol {
                align: align.unwrap_or(setting.align),
                symbol: Symbol {
                    kind: *kind,
                    data: self.data(data)?.into_bytes(),
                    module_dots: *module_dots,
                },
            },
            Kind::Picture {
                align,
                name,
                width_dots,
                dither,
                gamma_percent,
            } => {
                let picture =
                    self.settings.pictures.get(name).ok_or_else(|| {
                        place.error(Problem::MissingPicture { name: name.clone() })
                    })?;
                Block::Picture {
                    align: align.unwrap_or(setting.align),
                    picture: Arc::new(picture.clone().with_gamma(*gamma_percent)),
                    dither: *dither,
                    width_dots: *width_dots,
                }
            }
            Kind::Feed(rows) => Block::Feed(*rows),
            Kind::Cut(mode) => Block::Cut(*mode),
            Kind::Drawer(pin) => Block::OpenDrawer(*pin),
            Kind::Group { look, children } => return self.blocks(children, setting.with(*look)),
            Kind::Each { over, children } => {
                return self.each(over, place, |filling| filling.blocks(children, setting));
            }
            Kind::If {
                test,
                children,
                otherwise,
            } => {
                let chosen = if test.holds(&self.scope) {
                    children
                } else {
                    otherwise
                };
                return self.blocks(chosen, setting);
            }
        };
        self.builder.block(block);
        Ok(())
    }

    /// Does something for each item of a list; nothing where there is no list.
    fn each(
        &mut self,
        over: &'a Loop,
        place: Place,
        mut what: impl FnMut(&mut Self) -> Result<(), MarkupError>,
    ) -> Result<(), MarkupError> {
        let items = match over.path.find(&self.scope) {
            Some(Cow::Borrowed(Value::Array(items))) => items.as_slice(),
            Some(Cow::Borrowed(Value::Null)) => &[],
            None => {
                return Err(place.error(Problem::MissingValue {
                    path: over.path.text(),
                }));
            }
            Some(_) => {
                return Err(place.error(Problem::WrongValue {
                    path: over.path.text(),
                    wanted: "list",
                }));
            }
        };
        for (number, item) in (1_u64..).zip(items) {
            self.step(place)?;
            let before = self.scope.locals.len();
            self.scope.locals.push((&over.name, Cow::Borrowed(item)));
            if let Some(name) = &over.number {
                let number = Cow::Owned(Value::from(number));
                self.scope.locals.push((name, number));
            }
            let done = what(self);
            self.scope.locals.truncate(before);
            done?;
        }
        Ok(())
    }

    fn step(&mut self, place: Place) -> Result<(), MarkupError> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err(place.error(Problem::TooLong {
                what: "elements on the receipt",
                most: STEPS_MAX,
            }));
        }
        Ok(())
    }

    fn text(&mut self, content: &'a Content, style: TextStyle) -> Result<Text, MarkupError> {
        let mut spans = Vec::new();
        self.inlines(&content.inlines, style, &mut spans)?;
        if !content.keeps_space {
            trim(&mut spans);
        }
        Ok(spans.into())
    }

    /// The text of a code.
    fn data(&mut self, content: &'a Content) -> Result<String, MarkupError> {
        let text = self.text(content, TextStyle::new())?;
        Ok(text.spans.into_iter().map(|span| span.text).collect())
    }

    fn inlines(
        &mut self,
        inlines: &'a [Inline],
        style: TextStyle,
        spans: &mut Vec<Span>,
    ) -> Result<(), MarkupError> {
        for inline in inlines {
            self.step(inline.place)?;
            match &inline.kind {
                InlineKind::Parts(parts) => {
                    for part in parts {
                        let text = match part {
                            Part::Literal(text) => Cow::Borrowed(text.as_str()),
                            Part::Value { path, formats } => {
                                Cow::Owned(self.value(path, formats, inline.place)?)
                            }
                        };
                        self.octets += text.len();
                        if self.octets > TEXT_OCTETS_MAX {
                            return Err(inline.place.error(Problem::TooLong {
                                what: "octets of text",
                                most: TEXT_OCTETS_MAX,
                            }));
                        }
                        push(spans, &text, style);
                    }
                }
                InlineKind::Styled(look, children) => {
                    let setting = Setting {
                        align: Align::Left,
                        style,
                    };
                    self.inlines(children, setting.with(*look).style, spans)?;
                }
                InlineKind::Break => push(spans, "\n", style),
                InlineKind::Each { over, children } => {
                    self.each(over, inline.place, |filling| {
                        filling.inlines(children, style, spans)
                    })?;
                }
                InlineKind::If {
                    test,
                    children,
                    otherwise,
                } => {
                    let chosen = if test.holds(&self.scope) {
                        children
                    } else {
                        otherwise
                    };
                    self.inlines(chosen, style, spans)?;
                }
            }
        }
        Ok(())
    }

    fn value(&self, path: &Path, formats: &[Format], place: Place) -> Result<String, MarkupError> {
        let value = path.find(&self.scope).unwrap_or(Cow::Owned(Value::Null));
        let mut text = match value.as_ref() {
            Value::Null => None,
            Value::Bool(bool) => Some(bool.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            Value::Array(_) | Value::Object(_) => {
                return Err(place.error(Problem::WrongValue {
                    path: path.text(),
                    wanted: "text or number",
                }));
            }
        };
        let wrong = |wanted| {
            place.error(Problem::WrongValue {
                path: path.text(),
                wanted,
            })
        };
        for format in formats {
            if let Format::Default(default) = format {
                // Nothing is formatted further.
                match &text {
                    Some(text) if !text.is_empty() => continue,
                    _ => return Ok(default.clone()),
                }
            }
            let Some(now) = &text else { continue };
            let number = || {
                let written = Value::String(now.clone());
                decimal(&written).ok_or_else(|| wrong("number"))
            };
            let moment =
                || Moment::read(now.trim()).ok_or_else(|| wrong("date (as 2026-03-07T15:04)"));
            text = Some(match format {
                Format::Number(digits) => self.locale.number(&number()?, *digits),
                Format::Percent(digits) => {
                    let percent = self
                        .locale
                        .number(&number()?.times_hundred(), Some(*digits));
                    format!("{percent}\u{a0}%")
                }
                Format::Currency(code) => {
                    let code = code.as_deref().or(self.currency).unwrap_or_default();
                    let currency = Currency::named(code).ok_or_else(|| {
                        place.error(Problem::UnknownCurrency {
                            code: code.to_owned(),
                        })
                    })?;
                    self.locale.money(&number()?, currency)
                }
                Format::Date => self.locale.moment(&moment()?, self.locale.date),
                Format::DateLong => self.locale.moment(&moment()?, self.locale.date_long),
                Format::Time => self.locale.moment(&moment()?, self.locale.time),
                Format::Upper => now.to_uppercase(),
                Format::Lower => now.to_lowercase(),
                Format::Default(_) => continue,
            });
        }
        text.ok_or_else(|| place.error(Problem::MissingValue { path: path.text() }))
    }
}

fn push(spans: &mut Vec<Span>, text: &str, style: TextStyle) {
    match spans.last_mut() {
        Some(last) if last.style == style => last.text.push_str(text),
        _ => spans.push(Span::new(text, style)),
    }
}

/// Blanks at the ends, around line ends, and after other blanks come from how
/// the markup is written down, not from what it says.
fn trim(spans: &mut Vec<Span>) {
    let mut after_blank = true;
    for span in spans.iter_mut() {
        let mut text = String::with_capacity(span.text.len());
        for character in span.text.chars() {
            match character {
                ' ' if after_blank => {}
                '\n' => {
                    while text.ends_with(' ') {
                        text.pop();
                    }
                    text.push('\n');
                    after_blank = true;
                }
                character => {
                    after_blank = character == ' ';
                    text.push(character);
                }
            }
        }
        span.text = text;
    }
    while let Some(last) = spans.last_mut() {
        while last.text.ends_with(' ') {
            last.text.pop();
        }
        if !last.text.is_empty() {
            break;
        }
        spans.pop();
    }
}
