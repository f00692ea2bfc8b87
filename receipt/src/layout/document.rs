//! What stands on the paper: rows of text, codes and pictures, and what
//! happened between them.
//!
//! Positions and sizes are dots of the printer, from the upper left corner of
//! the printable area. A row that is printed upside down or turned keeps its
//! items in reading order, as someone who turns the paper reads them; turning
//! is the business of whoever draws, and [`PagePlace::on_paper`] says how.

use std::sync::Arc;

use super::picture::Bitmap;
use crate::command::{
    BarcodeSymbology, CutMode, DrawerPin, Font, HriPosition, Justification, PrintColor,
    PrintDirection, QrErrorCorrection, QrModel, Rotation, Symbology, Underline,
};
use crate::parse::Findings;

/// A receipt as laid out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Everything from top to bottom.
    pub elements: Vec<Element>,
    /// Length of the paper used.
    pub height_dots: u32,
    /// What reading the job brought to light.
    pub findings: Findings,
    /// Whether something was left out because of a limit.
    pub cut_short: bool,
}

/// One thing of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// A row of paper with something on it.
    Row(Row),
    /// A cut.
    Cut {
        /// How far down the paper.
        y_dots: u32,
        /// How far through.
        mode: CutMode,
    },
    /// A drawer pulse.
    Pulse {
        /// How far down the paper it was sent.
        y_dots: u32,
        /// Which drawer.
        pin: DrawerPin,
        /// Milliseconds on.
        on_ms: u32,
        /// Milliseconds off.
        off_ms: u32,
    },
}

/// Things that stand beside each other on one base line.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its upper edge.
    pub y_dots: u32,
    /// From its upper edge to the lower edge of what stands lowest in it.
    pub height_dots: u32,
    /// From its upper edge to the line on which its characters stand.
    pub base_dots: u32,
    /// How far the paper moved on, at least `height_dots` in standard mode.
    pub advance_dots: u32,
    /// Left edge of the print area the row was set in.
    pub area_x_dots: u32,
    /// Width of that area.
    pub area_width_dots: u32,
    /// Where the row stands in the area. It is already applied to the items.
    pub justification: Justification,
    /// Whether it is printed upside down (`ESC {`): turned by half about the
    /// middle of the area and of its own height.
    pub upside_down: bool,
    /// The part of a page it stands on, in page mode.
    pub page: Option<PagePlace>,
    /// What stands in it, in the order it was sent.
    pub items: Vec<Item>,
}

/// Where on a page a row stands, and how the page is turned there.
///
/// What is written left to right has its place on the paper already, like rows
/// of standard mode. Everything else counts from the corner at which writing
/// in its direction starts: items along the row, `down_dots` across it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PagePlace {
    /// Left edge of the page area on the paper.
    pub x_dots: u32,
    /// Upper edge of the page area on the paper.
    pub y_dots: u32,
    /// Width of the page area on the paper.
    pub width_dots: u32,
    /// Height of the page area on the paper.
    pub height_dots: u32,
    /// The direction of writing.
    pub direction: PrintDirection,
    /// From the start of writing to the upper edge of the row, as one reads it.
    pub down_dots: u32,
}

impl PagePlace {
    /// The dot of the paper for a dot of the area as one reads it: `along` the
    /// row, and `down` from the start of writing. `None` outside the area.
    #[must_use]
    pub fn on_paper(&self, along: u32, down: u32) -> Option<(u32, u32)> {
        let (right, bottom) = match self.direction {
            PrintDirection::LeftToRight => (along, down),
            PrintDirection::BottomToTop => (down, self.height_dots.checked_sub(along + 1)?),
            PrintDirection::RightToLeft => (
                self.width_dots.checked_sub(along + 1)?,
                self.height_dots.checked_sub(down + 1)?,
            ),
            PrintDirection::TopToBottom => (self.width_dots.checked_sub(down + 1)?, along),
        };
        (right < self.width_dots && bottom < self.height_dots)
            .then(|| (self.x_dots + right, self.y_dots + bottom))
    }
}

impl Row {
    /// The direction it is printed in.
    #[must_use]
    pub fn direction(&self) -> PrintDirection {
        self.page
            .map_or(PrintDirection::LeftToRight, |page| page.direction)
    }
}

/// One thing in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Left edge.
    pub x_dots: u32,
    /// From the upper edge of the row to its own.
    pub top_dots: u32,
    /// Width; 0 for what is not in the job, or cannot be encoded.
    pub width_dots: u32,
    /// Height.
    pub height_dots: u32,
    /// What it is.
    pub content: Content,
}

impl Item {
    /// Its right edge.
    #[must_use]
    pub fn right_dots(&self) -> u32 {
        self.x_dots.saturating_add(self.width_dots)
    }

    /// Octets of text or data of its own, which printing it again would double.
    pub(super) fn own_octets(&self) -> usize {
        match &self.content {
            Content::Run(run) => run.text.len(),
            Content::Barcode(barcode) => barcode.data.len(),
            Content::StoredPicture { key, .. } => key.len(),
            // Shared between all the places where they are printed.
            Content::Picture(_) | Content::Symbol(_) | Content::UserDefined(_) => 0,
        }
    }
}

/// The kinds of thing that stand in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Characters of one style.
    Run(Run),
    /// A picture.
    Picture(Picture),
    /// A picture stored in the printer, which the job does not hold.
    StoredPicture {
        /// Its number or key, as a person would write it.
        key: String,
        /// Times as wide.
        scale_x: u8,
        /// Times as high.
        scale_y: u8,
    },
    /// A character whose dots the job defines.
    UserDefined(UserDefined),
    /// A one-dimensional barcode.
    Barcode(Barcode),
    /// A two-dimensional code.
    Symbol(Symbol),
}

/// Characters of one style and width beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The characters, in the order they were sent.
    pub text: String,
    /// How they look.
    pub style: Style,
    /// From one character to the next, enlargement and spacing included.
    pub advance_dots: u32,
    /// Of that, room left of each character (`FS S`); the rest of the room is
    /// right of it.
    pub lead_dots: u32,
    /// Whether they are two-byte characters, as wide as they are high.
    pub wide: bool,
}

impl Run {
    /// Whether a character stands in the cell of the one before it: the special
    /// fonts of Thai models print a letter and its marks as one.
    #[must_use]
    pub fn joins(&self, character: char) -> bool {
        joins_cell(self.style.font, character)
    }

    /// How many cells some of its characters fill.
    #[must_use]
    pub(crate) fn cells(&self, characters: &str) -> usize {
        let alone = |character: &char| !self.joins(*character);
        characters.chars().filter(alone).count()
    }
}

/// Whether a character of a font stands in the cell of the one before it.
pub(super) fn joins_cell(font: Font, character: char) -> bool {
    matches!(font, Font::SpecialA | Font::SpecialB)
        && matches!(character, '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
}

/// How characters look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The font.
    pub font: Font,
    /// Times as wide, 1 to 8.
    pub width: u8,
    /// Times as high, 1 to 8.
    pub height: u8,
    /// Bold, by emphasized or double-strike mode.
    pub bold: bool,
    /// Italic, where a model has it.
    pub italic: bool,
    /// White on black.
    pub reverse: bool,
    /// Underline.
    pub underline: Underline,
    /// Turned characters.
    pub rotation: Rotation,
    /// Color.
    pub color: PrintColor,
}

/// A character whose dots the job defines (`ESC &`, `FS 2`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDefined {
    /// The character that its code stands for otherwise.
    pub character: char,
    /// Its dots before enlargement, from the upper left corner of the cell.
    pub bitmap: Arc<Bitmap>,
    /// How it looks.
    pub style: Style,
    /// Whether it takes the cell of a two-byte character.
    pub wide: bool,
}

/// A picture and how it is enlarged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its dots before enlargement.
    pub bitmap: Arc<Bitmap>,
    /// Times as wide.
    pub scale_x: u8,
    /// Times as high.
    pub scale_y: u8,
    /// How many strips (`ESC *`) were joined to make it; 0 for other pictures.
    pub strips: u32,
}

/// A one-dimensional barcode and how it is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barcode {
    /// Which code.
    pub symbology: BarcodeSymbology,
    /// The data as sent.
    pub data: Vec<u8>,
    /// Height of the bars.
    pub height_dots: u8,
    /// Width of the narrowest bar.
    pub module_dots: u8,
    /// Where its text stands.
    pub hri_position: HriPosition,
    /// The font of its text.
    pub hri_font: Font,
    /// Its text, as its standard writes it.
    pub hri: String,
    /// Its bars as one row of dots. `None` where a printer prints nothing: the
    /// code cannot hold the data, or does not fit the area however narrow.
    pub bars: Option<Bitmap>,
}

/// A two-dimensional code and how it is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Which code.
    pub symbology: Symbology,
    /// The m of function 80, which some codes use to tell kinds of data apart.
    pub kind: u8,
    /// The data as stored.
    pub data: Arc<[u8]>,
    /// Sizes and options that were set for it.
    pub settings: SymbolSettings,
    /// Its modules and how large they are. `None` where a printer prints
    /// nothing: the code cannot hold the data, or does not fit the area.
    pub modules: Option<Picture>,
}

/// What `GS ( k` sets for two-dimensional codes before printing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolSettings {
    /// QR model.
    pub qr_model: QrModel,
    /// Dots a QR module.
    pub qr_module_dots: u8,
    /// QR error correction.
    pub qr_error_correction: QrErrorCorrection,
    /// PDF417 data columns; 0 is automatic.
    pub pdf417_columns: u8,
    /// PDF417 rows; 0 is automatic.
    pub pdf417_rows: u8,
    /// Dots a PDF417 module is wide.
    pub pdf417_module_dots: u8,
    /// Modules a PDF417 row is high.
    pub pdf417_row_height: u8,
    /// PDF417 error correction as sent: m (48 level, 49 ratio) and n.
    pub pdf417_error_correction: (u8, u8),
    /// Whether PDF417 is truncated.
    pub pdf417_truncated: bool,
    /// MaxiCode mode, 2 to 6.
    pub maxicode_mode: u8,
    /// Dots a module of two-dimensional GS1 DataBar and of a composite is wide.
    pub databar_module_dots: u8,
    /// The widest a GS1 DataBar Expanded Stacked may be; 0 is the default.
    pub databar_width_max: u16,
    /// Dots an Aztec module.
    pub aztec_module_dots: u8,
    /// Whether Aztec is compact.
    pub aztec_compact: bool,
    /// Aztec data layers; 0 is automatic.
    pub aztec_layers: u8,
    /// Aztec error correction in percent.
    pub aztec_error_correction: u8,
    /// Dots a DataMatrix module.
    pub datamatrix_module_dots: u8,
    /// DataMatrix rows and columns; 0 is automatic.
    pub datamatrix_size: (u8, u8),
    /// Whether DataMatrix is a rectangle.
    pub datamatrix_rectangle: bool,
}

impl Default for SymbolSettings {
    fn default() -> Self {
        Self {
            qr_model: QrModel::Model2,
            qr_module_dots: 3,
            qr_error_correction: QrErrorCorrection::L,
            pdf417_columns: 0,
            pdf417_rows: 0,
            pdf417_module_dots: 3,
            pdf417_row_height: 3,
            pdf417_error_correction: (49, 1),
            pdf417_truncated: false,
            maxicode_mode: 2,
            databar_module_dots: 2,
            databar_width_max: 0,
            aztec_module_dots: 3,
            aztec_compact: false,
            aztec_layers: 0,
            aztec_error_correction: 23,
            datamatrix_module_dots: 3,
            datamatrix_size: (0, 0),
            datamatrix_rectangle: false,
        }
    }
}

impl SymbolSettings {
    /// Functions of the codes that only one of them has.
    pub(super) fn set(&mut self, symbology: Symbology, function: u8, arguments: &[u8]) {
        match (symbology, function, arguments) {
            (Symbology::MaxiCode, 65, &[mode]) => {
                self.maxicode_mode = match mode {
                    50..=54 => mode - 48,
                    _ => self.maxicode_mode,
                };
            }
            (Symbology::DataBar | Symbology::Composite, 67, &[n]) => {
                self.databar_module_dots = n.clamp(2, 8);
            }
            (Symbology::DataBar | Symbology::Composite, 71, &[low, high]) => {
                self.databar_width_max = u16::from_le_bytes([low, high]);
            }
            (Symbology::Aztec, 66, &[kind, layers]) => {
                self.aztec_compact = matches!(kind, 1 | b'1');
                self.aztec_layers = layers.min(if self.aztec_compact { 4 } else { 32 });
            }
            (Symbology::Aztec, 67, &[n]) => self.aztec_module_dots = n.clamp(2, 16),
            (Symbology::Aztec, 69, &[percent]) => {
                self.aztec_error_correction = percent.clamp(5, 95);
            }
            (Symbology::DataMatrix, 66, &[kind, rows, columns]) => {
                self.datamatrix_rectangle = matches!(kind, 1 | b'1');
                self.datamatrix_size = (rows, columns);
            }
            (Symbology::DataMatrix, 67, &[n]) => self.datamatrix_module_dots = n.clamp(2, 16),
            _ => {}
        }
    }
}
