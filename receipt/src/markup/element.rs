//! An element of the markup, whose attributes are taken one by one.

use roxmltree::Node as Xml;

use super::expression::{Path, Test};
use super::read::{Content, Look, Loop, Place, inlines};
use super::{MarkupError, Problem};
use crate::build::Align;
use crate::command::Font;

/// An element; an attribute that nobody took is an error.
pub(super) struct Element<'a, 'input> {
    xml: Xml<'a, 'input>,
    taken: Vec<&'static str>,
}

impl<'a, 'input> Element<'a, 'input> {
    pub(super) fn new(xml: Xml<'a, 'input>) -> Self {
        Self {
            xml,
            taken: Vec::new(),
        }
    }

    pub(super) fn name(&self) -> &'a str {
        self.xml.tag_name().name()
    }

    pub(super) fn unexpected(&self, wanted: &'static str) -> MarkupError {
        place(self.xml).error(Problem::UnexpectedElement {
            name: self.name().to_owned(),
            wanted,
        })
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<&'a str> {
        self.taken.push(name);
        self.xml.attribute(name)
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.take(name).map(str::to_owned)
    }

    pub(super) fn needed(&mut self, name: &'static str) -> Result<String, MarkupError> {
        self.text(name).ok_or_else(|| {
            place(self.xml).error(Problem::MissingAttribute {
                element: self.name().to_owned(),
                name,
            })
        })
    }

    pub(super) fn no_more(&self) -> Result<(), MarkupError> {
        let unknown = self
            .xml
            .attributes()
            .find(|attribute| !self.taken.contains(&attribute.name()));
        match unknown {
            Some(attribute) => Err(place(self.xml).error(Problem::UnknownAttribute {
                element: self.name().to_owned(),
                name: attribute.name().to_owned(),
            })),
            None => Ok(()),
        }
    }

    pub(super) fn wrong(&self, name: &str, value: &str, wanted: &'static str) -> MarkupError {
        place(self.xml).error(Problem::WrongAttribute {
            name: name.to_owned(),
            value: value.to_owned(),
            wanted,
        })
    }

    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, MarkupError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => read(value)
                .map(Some)
                .ok_or_else(|| self.wrong(name, value, wanted)),
        }
    }

    pub(super) fn one_of<T>(
        &mut self,
        name: &'static str,
        usual: T,
        wanted: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, MarkupError> {
        Ok(self.optional(name, wanted, read)?.unwrap_or(usual))
    }

    pub(super) fn number<T: TryFrom<u32>>(
        &mut self,
        name: &'static str,
        usual: Option<T>,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<T>, MarkupError> {
        let read = |value: &str| {
            let number = value.parse().ok().filter(|number| range.contains(number))?;
            T::try_from(number).ok()
        };
        Ok(self
            .optional(name, "a number in its range", read)?
            .or(usual))
    }

    pub(super) fn switch(&mut self, name: &'static str) -> Result<Option<bool>, MarkupError> {
        self.optional(name, "yes or no", |value| match value {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        })
    }

    pub(super) fn align(&mut self) -> Result<Option<Align>, MarkupError> {
        self.optional("align", "left, center or right", |align| match align {
            "left" => Some(Align::Left),
            "center" => Some(Align::Center),
            "right" => Some(Align::Right),
            _ => None,
        })
    }

    pub(super) fn look(&mut self) -> Result<Look, MarkupError> {
        Ok(Look {
            align: self.align()?,
            font: self.optional("font", "a, b or c", |font| match font {
                "a" => Some(Font::A),
                "b" => Some(Font::B),
                "c" => Some(Font::C),
                _ => None,
            })?,
            size: self.optional("size", "1 to 8, or width x height as in 2x3", size)?,
            bold: self.switch("bold")?,
            underline: self.switch("underline")?,
            inverse: self.switch("inverse")?,
            rotated: self.switch("rotated")?,
        })
    }

    pub(super) fn content(&mut self, depth: usize) -> Result<Content, MarkupError> {
        let keeps_space = self.one_of("space", false, "keep", |space| {
            (space == "keep").then_some(true)
        })?;
        Ok(Content {
            inlines: inlines(self.xml, keeps_space, depth + 1)?,
            keeps_space,
        })
    }

    pub(super) fn over(&mut self) -> Result<Loop, MarkupError> {
        let here = place(self.xml);
        let path = self.needed("in")?;
        Ok(Loop {
            path: Path::read(&path).map_err(|reason| here.error(Problem::Expression { reason }))?,
            name: self.needed("as")?,
            number: self.text("number"),
        })
    }

    pub(super) fn test(&mut self) -> Result<Test, MarkupError> {
        let here = place(self.xml);
        let test = self.needed("test")?;
        Test::read(&test).map_err(|reason| here.error(Problem::Expression { reason }))
    }
}

fn size(text: &str) -> Option<(u8, u8)> {
    let (width, height) = text.split_once('x').unwrap_or((text, text));
    let times = |text: &str| {
        text.parse::<u8>()
            .ok()
            .filter(|times| (1..=8).contains(times))
    };
    Some((times(width)?, times(height)?))
}

pub(super) fn place(xml: Xml<'_, '_>) -> Place {
    let position = xml.document().text_pos_at(xml.range().start);
    Place {
        line: position.row,
        column: position.col,
    }
}
