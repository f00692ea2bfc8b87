//! Receipts as templates: a small markup with places for data.
//!
//! [`Template::parse`] reads markup (`read`), [`Template::fill`] puts data into
//! it and gives a [`Receipt`] (`fill`). Values are looked up, compared and
//! formatted for a locale; nothing is computed and nothing is executed. A
//! template and what becomes of it are bounded. `docs/markup.md` is the
//! reference for those who write templates.

mod decimal;
mod element;
mod expression;
mod fill;
mod locale;
mod locale_table;
mod read;

use serde_json::Value;

use crate::build::{BarcodeError, Receipt};
use crate::image::GrayPicture;
use crate::sorted::Sorted;

/// The longest template: a hundred times an ordinary one.
const SOURCE_OCTETS_MAX: usize = 256 * 1024;
/// The most elements and texts of a template.
const NODES_MAX: u32 = 10_000;
/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 32;
/// How often an element may be filled, all loops together.
const STEPS_MAX: usize = 100_000;
/// The most text and data on a receipt.
const TEXT_OCTETS_MAX: usize = 1024 * 1024;

/// A receipt with places for data.
///
/// ```
/// use platen_receipt::markup::{Settings, Template};
/// use platen_receipt::{Profile, render_text};
///
/// let template = Template::parse(
///     r#"<receipt locale="de-DE" currency="EUR">
///          <each in="items" as="item">
///            <row><col>{item.name}</col><col width="10" align="right">{item.price | currency}</col></row>
///          </each>
///        </receipt>"#,
/// )?;
/// let data = serde_json::json!({ "items": [{ "name": "Käse", "price": 1234.5 }] });
/// let job = template.fill(&data, &Settings::default())?.encode(&Profile::new(24, 288));
/// assert_eq!(render_text(&job, &Profile::new(24, 288)), "Käse          1.234,50 €\n");
/// # Ok::<(), platen_receipt::markup::MarkupError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Template {
    locale: Option<String>,
    currency: Option<String>,
    body: Vec<read::Node>,
}

/// What a template is filled with beside its data.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// The locale, such as `de-CH`, for templates that name none.
    pub locale: Option<String>,
    /// The currency (ISO 4217), for templates that name none.
    pub currency: Option<String>,
    /// The pictures, by the names the template calls them.
    pub pictures: NamedPictures,
}

/// Pictures by the names that a template calls them.
#[derive(Debug, Clone, Default)]
pub struct NamedPictures(Sorted<String, GrayPicture>);

impl NamedPictures {
    /// One more, in the place of one with the same name.
    pub fn insert(&mut self, name: String, picture: GrayPicture) {
        self.0.insert(name, picture);
    }

    /// The picture with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&GrayPicture> {
        self.0.get(name)
    }
}

/// What is wrong with a template or its data, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct MarkupError {
    /// The line of the template, from 1.
    pub line: u32,
    /// The character in it, from 1.
    pub column: u32,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a template or its data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is no well-formed XML.
    #[error("the markup cannot be read ({reason})")]
    Syntax {
        /// What the reader says.
        reason: String,
    },
    /// An element that does not exist, or not here.
    #[error("<{name}> cannot stand here; {wanted}")]
    UnexpectedElement {
        /// Its name.
        name: String,
        /// What can.
        wanted: &'static str,
    },
    /// Text between blocks.
    #[error("text cannot stand here; put it into <text>")]
    UnexpectedText,
    /// An attribute that the element does not have.
    #[error("<{element}> has no attribute {name:?}")]
    UnknownAttribute {
        /// The element.
        element: String,
        /// The attribute.
        name: String,
    },
    /// An attribute that is missing.
    #[error("<{element}> needs the attribute {name:?}")]
    MissingAttribute {
        /// The element.
        element: String,
        /// The attribute.
        name: &'static str,
    },
    /// An attribute that says something else than it can.
    #[error("{name}={value:?} means nothing; it can be {wanted}")]
    WrongAttribute {
        /// The attribute.
        name: String,
        /// What it says.
        value: String,
        /// What it can say.
        wanted: &'static str,
    },
    /// A path, format or condition that cannot be read.
    #[error("{reason}")]
    Expression {
        /// Why.
        reason: String,
    },
    /// The data have no such value.
    #[error("the data have no {path:?}; give it, or write {{{path} | default \"\"}}")]
    MissingValue {
        /// Its path.
        path: String,
    },
    /// The value is not what the format or the loop needs.
    #[error("the value of {path:?} is no {wanted}")]
    WrongValue {
        /// Its path.
        path: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// There is no table for it.
    #[error("the locale {tag:?} is not known; use one of its language, or en-US")]
    UnknownLocale {
        /// Its tag.
        tag: String,
    },
    /// There is no table for it, or none was given.
    #[error("the currency {code:?} is not known; give its code, such as EUR")]
    UnknownCurrency {
        /// Its code; empty when none was given.
        code: String,
    },
    /// No picture of this name was given.
    #[error("there is no picture {name:?}; give it beside the data")]
    MissingPicture {
        /// Its name.
        name: String,
    },
    /// The data do not fit the barcode.
    #[error("{0}")]
    Barcode(BarcodeError),
    /// The template or the receipt is longer than it may be.
    #[error("there are more than {most} {what}; make the receipt shorter")]
    TooLong {
        /// What there is too much of.
        what: &'static str,
        /// How much may be.
        most: usize,
    },
}

impl Template {
    /// Reads markup.
    pub fn parse(source: &str) -> Result<Self, MarkupError> {
        read::read(source)
    }

    /// Puts data into the template.
    pub fn fill(&self, data: &Value, settings: &Settings) -> Result<Receipt, MarkupError> {
        fill::fill(self, data, settings)
    }

    /// The names of the pictures it shows.
    #[must_use]
    pub fn picture_names(&self) -> Vec<&str> {
        read::picture_names(&self.body)
    }
}
