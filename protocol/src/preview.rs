//! What documents would look like on paper: asked and told.

use serde::{Deserialize, Serialize};

use crate::PrinterId;
use crate::job::DocumentInfo;

/// Params of `jobs.preview`. What the printer would refuse is refused here too,
/// with the same codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct JobsPreview {
    /// Where it would be printed; left out: on the machine's default printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// At least one; their octets follow in binary frames.
    pub documents: Vec<DocumentInfo>,
    /// What is wanted.
    pub form: PreviewForm,
    /// The printer model to show it for, by a name of `platen preview
    /// --profile`; left out: the printer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// How a preview is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum PreviewForm {
    /// The rows of text, columns kept.
    Text,
    /// A picture as SVG, one unit a dot.
    Svg,
    /// A picture as PNG, one pixel a dot.
    Png,
}

/// Result of `jobs.preview`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Preview {
    /// As it was asked for.
    pub form: PreviewForm,
    /// The text or the SVG; the PNG in base64 (RFC 4648 §4).
    pub content: String,
    /// The printer model it is for.
    pub profile: String,
    /// Dots across the paper.
    pub width_dots: u32,
    /// Dots along the paper that the documents take.
    pub height_dots: u32,
    /// Where the paper is cut, in dots from its beginning, in order.
    pub cuts_dots: Vec<u32>,
    /// Whether something was left out because there was too much of it.
    pub cut_short: bool,
    /// What the documents say (rows, codes, pictures, cuts, drawer pulses) and
    /// what reading them brought to light, as `platen preview --facts` has it.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub facts: serde_json::Value,
}
