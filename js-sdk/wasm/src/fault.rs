//! What goes wrong, as JavaScript hears of it: a code to branch on, a message
//! that says what to do next, and for markup the place.

use platen_receipt::FontError;
use platen_receipt::build::BarcodeError;
use platen_receipt::image::PictureError;
use platen_receipt::image::language::PictureTooLarge;
use platen_receipt::markup::MarkupError;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// An error on its way to JavaScript, where it arrives as JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The name to branch on.
    pub code: Code,
    /// What happened, and what to do next.
    pub message: String,
    /// The line of the markup, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The character in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// The codes of [`Fault`]: never renamed, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// An option, a block or a statement is none.
    InvalidRequest,
    /// No printer model has this name.
    UnknownProfile,
    /// The template, or what it was filled with.
    InvalidMarkup,
    /// A barcode cannot hold its data.
    InvalidBarcode,
    /// A picture cannot be used.
    InvalidPicture,
    /// A file is no font.
    InvalidFont,
}

impl Fault {
    /// A fault without a place.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            line: None,
            column: None,
        }
    }

    /// Something in a request that its reader did not take.
    pub(crate) fn request(what: &str, error: &serde_json::Error) -> Self {
        // The place in a text that JavaScript never saw helps nobody.
        let said = error.to_string();
        let reason = said
            .rsplit_once(" at line ")
            .map_or(&*said, |(reason, _)| reason);
        Self::new(Code::InvalidRequest, format!("{what}: {reason}"))
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        let text = serde_json::to_string(&fault).unwrap_or(fault.message);
        Self::from_str(&text)
    }
}

impl From<MarkupError> for Fault {
    fn from(error: MarkupError) -> Self {
        Self {
            code: Code::InvalidMarkup,
            message: error.to_string(),
            line: Some(error.line),
            column: Some(error.column),
        }
    }
}

impl From<BarcodeError> for Fault {
    fn from(error: BarcodeError) -> Self {
        Self::new(Code::InvalidBarcode, error.to_string())
    }
}

impl From<PictureError> for Fault {
    fn from(error: PictureError) -> Self {
        Self::new(Code::InvalidPicture, error.to_string())
    }
}

impl From<PictureTooLarge> for Fault {
    fn from(error: PictureTooLarge) -> Self {
        Self::new(Code::InvalidPicture, error.to_string())
    }
}

impl From<FontError> for Fault {
    fn from(error: FontError) -> Self {
        Self::new(Code::InvalidFont, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_markup_names_its_place_and_others_have_none() {
        let error = platen_receipt::markup::Template::parse("<receipt>\n<what/></receipt>");
        let fault = Fault::from(error.expect_err("no such element"));
        let text = serde_json::to_string(&fault).expect("JSON");
        assert!(text.starts_with(r#"{"code":"invalid-markup","message":"line 2, column 1: "#));
        assert!(text.ends_with(r#","line":2,"column":1}"#), "{text}");
        let fault = Fault::from(PictureError::Empty);
        let text = serde_json::to_string(&fault).expect("JSON");
        assert!(text.starts_with(r#"{"code":"invalid-picture","message":"the picture has no"#));
        assert!(!text.contains("line"), "{text}");
    }
}
