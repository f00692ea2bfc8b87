//! What a receipt says, as plain facts: rows of text, codes, pictures, cuts,
//! drawer pulses.
//!
//! Facts are what tests, approval rules and other programs compare: they do
//! not depend on where things stand on the paper. [`Facts::to_json`] writes
//! them in the form in which the cases of this crate give theirs.

mod json;

use std::sync::Arc;

use crate::command::{CutMode, DrawerPin};
use crate::layout::{Bitmap, Content, Document, Element, Picture, Row};
use crate::limits::Limits;
use crate::parse::Findings;
use crate::profile::Profile;
use crate::text::{Spread, code_text, row_lines};

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Rows of text from top to bottom, without the blanks at both ends and
    /// without empty rows. Enlarged characters have no blanks between them.
    pub lines: Vec<String>,
    /// One-dimensional barcodes.
    pub barcodes: Vec<CodeFact>,
    /// Two-dimensional codes.
    pub codes2d: Vec<CodeFact>,
    /// Pictures that the job holds.
    pub images: Vec<ImageFact>,
    /// Cuts.
    pub cuts: Vec<CutMode>,
    /// Drawer pulses.
    pub drawer: Vec<DrawerFact>,
    /// What reading the job brought to light.
    pub findings: Findings,
    /// Whether something was left out because of a limit.
    pub cut_short: bool,
}

/// A code and what a reader of it would give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFact {
    /// The name people know the code by: `EAN13`, `QR`.
    pub symbology: &'static str,
    /// Its text.
    pub data: String,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFact {
    /// Its dots before enlargement.
    pub bitmap: Arc<Bitmap>,
    /// Times as wide.
    pub scale_x: u8,
    /// Times as high.
    pub scale_y: u8,
    /// How many strips (`ESC *`) were joined to make it; 0 for other pictures.
    pub strips: u32,
}

/// A drawer pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawerFact {
    /// Which drawer.
    pub pin: DrawerPin,
    /// Milliseconds on.
    pub on_ms: u32,
    /// Milliseconds off.
    pub off_ms: u32,
}

impl Facts {
    /// The facts of a document.
    ///
    /// ```
    /// use platen_receipt::{Facts, Limits, Profile, layout::lay_out, parse};
    ///
    /// let profile = Profile::default();
    /// let job = parse(b"\x1d!\x11Total  9.80\n\x1dV\x00");
    /// let document = lay_out(job.commands, &profile, Limits::default());
    /// let facts = Facts::of(&document, &profile, &Limits::default());
    /// assert_eq!(facts.lines, ["Total  9.80"]);
    /// assert_eq!(facts.cuts.len(), 1);
    /// ```
    #[must_use]
    pub fn of(document: &Document, profile: &Profile, limits: &Limits) -> Self {
        let mut facts = Self {
            findings: document.findings.clone(),
            cut_short: document.cut_short,
            ..Self::default()
        };
        let mut octets = 0;
        for element in &document.elements {
            match element {
                Element::Row(row) => facts.add_row(row, profile, &mut octets),
                Element::Cut { mode, .. } => facts.cuts.push(*mode),
                &Element::Pulse {
                    pin, on_ms, off_ms, ..
                } => facts.drawer.push(DrawerFact { pin, on_ms, off_ms }),
            }
            if octets > limits.text_octets_max {
                facts.cut_short = true;
                break;
            }
        }
        facts
    }

    fn add_row(&mut self, row: &Row, profile: &Profile, octets: &mut usize) {
        for line in row_lines(row, profile, Spread::Words) {
            let line = line.trim();
            if !line.is_empty() {
                *octets += line.len();
                self.lines.push(line.to_owned());
            }
        }
        for item in &row.items {
            match &item.content {
                Content::Barcode(barcode) => {
                    let data = barcode.symbology.text(&barcode.data);
                    *octets += data.len();
                    self.barcodes.push(CodeFact {
                        symbology: barcode.symbology.name(),
                        data,
                    });
                }
                Content::Symbol(symbol) => {
                    let data = code_text(&symbol.data);
                    *octets += data.len();
                    self.codes2d.push(CodeFact {
                        symbology: symbol.symbology.name(),
                        data,
                    });
                }
                Content::Picture(Picture {
                    bitmap,
                    scale_x,
                    scale_y,
                    strips,
                }) => self.images.push(ImageFact {
                    bitmap: Arc::clone(bitmap),
                    scale_x: *scale_x,
                    scale_y: *scale_y,
                    strips: *strips,
                }),
                Content::Run(_) | Content::StoredPicture { .. } | Content::UserDefined(_) => {}
            }
        }
    }
}
