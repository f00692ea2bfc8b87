//! Receipts from what one wants to say: text, columns, lines, codes, pictures.
//!
//! A [`ReceiptBuilder`] collects [blocks](Block); the [`Receipt`] it builds
//! knows no printer. [`Receipt::compose`] writes it for one: `wrap` breaks
//! text into rows, `table` puts columns side by side, `compose` decides for
//! each run of characters whether the printer has them or they are drawn
//! (`lettering`), and `emit` writes the fewest commands. Text cannot become a
//! command: only `emit` writes octets, and it writes printable ones.

mod abilities;
mod arabic;
mod barcode;
mod compose;
mod emit;
mod lettering;
mod normal;
mod style;
mod table;
mod thai;
mod visual;
mod wrap;

use std::sync::Arc;

use crate::command::{Command, CutMode, DrawerPin, HriPosition, QrErrorCorrection};
use crate::encode::encode;
use crate::font::Fonts;
use crate::image::{Bitmap, Dither, GrayPicture};
use crate::profile::Profile;

pub(crate) use abilities::cut;
pub use barcode::{Barcode, BarcodeError, BarcodeKind};
pub(crate) use compose::{needs_shaping, text_rows};
pub use style::{Align, Column, ColumnWidth, Span, Text, TextStyle};
pub use wrap::visual_order;

/// One thing on a receipt.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Block {
    /// Text, broken into rows.
    Text {
        /// Where its rows stand.
        align: Align,
        /// The text.
        text: Text,
    },
    /// Texts beside each other.
    Row {
        /// The columns.
        columns: Arc<[Column]>,
        /// What stands in each.
        cells: Vec<Text>,
    },
    /// A line over the whole width.
    Rule(Rule),
    /// A barcode.
    Barcode {
        /// Where it stands.
        align: Align,
        /// What it says.
        barcode: Barcode,
    },
    /// A two-dimensional code.
    Symbol {
        /// Where it stands.
        align: Align,
        /// What it says.
        symbol: Symbol,
    },
    /// A picture in gray, made fit for the printer.
    Picture {
        /// Where it stands.
        align: Align,
        /// The picture.
        picture: Arc<GrayPicture>,
        /// How it becomes black and white.
        dither: Dither,
        /// How wide it is to be; as wide as it is, or as the paper, without.
        width_dots: Option<u32>,
    },
    /// A picture in the printer's own dots.
    Dots {
        /// Where it stands.
        align: Align,
        /// The dots.
        bitmap: Arc<Bitmap>,
    },
    /// Empty rows.
    Feed(u8),
    /// The cutter, after a feed that brings the last row before it.
    Cut(CutMode),
    /// The cash drawer.
    OpenDrawer(DrawerPin),
}

/// A line over the whole width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A thin line.
    Single,
    /// Two thin lines.
    Double,
    /// Dashes.
    Dashed,
}

/// A two-dimensional code and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Which code.
    pub kind: SymbolKind,
    /// The data; text goes in as UTF-8.
    pub data: Vec<u8>,
    /// Dots a module, 1 to 16.
    pub module_dots: u8,
}

/// A two-dimensional code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SymbolKind {
    /// QR code, model 2.
    Qr(QrErrorCorrection),
    /// PDF417, as many columns and rows as it needs.
    Pdf417,
    /// DataMatrix.
    DataMatrix,
    /// Aztec.
    Aztec,
}

impl Symbol {
    /// A QR code that survives some damage.
    pub fn qr(data: impl Into<Vec<u8>>) -> Self {
        Self {
            kind: SymbolKind::Qr(QrErrorCorrection::M),
            data: data.into(),
            module_dots: 6,
        }
    }
}

/// Collects what stands on a receipt.
///
/// ```
/// use platen_receipt::Profile;
/// use platen_receipt::build::{Align, Column, ReceiptBuilder, Rule, TextStyle};
/// use platen_receipt::render_text;
///
/// let mut receipt = ReceiptBuilder::new();
/// receipt.align(Align::Center).text("Café Sol").align(Align::Left);
/// receipt.row(&[Column::rest(), Column::characters(8).right()], ["Flat white", "3,80 €"]);
/// receipt.rule(Rule::Single).cut();
/// let job = receipt.build().encode(&Profile::new(24, 288));
/// assert_eq!(
///     render_text(&job, &Profile::new(24, 288)),
///     "        Café Sol\nFlat white        3,80 €\n────────────────────────\n[cut]\n"
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct ReceiptBuilder {
    align: Align,
    blocks: Vec<Block>,
}

impl ReceiptBuilder {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where what follows stands; rows of columns always begin at the left.
    pub fn align(&mut self, align: Align) -> &mut Self {
        self.align = align;
        self
    }

    /// Text, in rows of its own.
    pub fn text(&mut self, text: impl Into<Text>) -> &mut Self {
        let (align, text) = (self.align, text.into());
        self.block(Block::Text { align, text })
    }

    /// Text in one style.
    pub fn styled(&mut self, text: impl Into<String>, style: TextStyle) -> &mut Self {
        self.text(Span::new(text, style))
    }

    /// Texts beside each other, each broken into rows within its column.
    pub fn row<T: Into<Text>>(
        &mut self,
        columns: &[Column],
        cells: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        let cells = cells.into_iter().map(Into::into).collect();
        self.block(Block::Row {
            columns: columns.into(),
            cells,
        })
    }

    /// A line over the whole width.
    pub fn rule(&mut self, rule: Rule) -> &mut Self {
        self.block(Block::Rule(rule))
    }

    /// A barcode.
    pub fn barcode(&mut self, barcode: Barcode) -> &mut Self {
        let align = self.align;
        self.block(Block::Barcode { align, barcode })
    }

    /// A two-dimensional code.
    pub fn symbol(&mut self, symbol: Symbol) -> &mut Self {
        let align = self.align;
        self.block(Block::Symbol { align, symbol })
    }

    /// A picture; one that is wider than the paper is made as wide.
    pub fn picture(&mut self, picture: GrayPicture, dither: Dither) -> &mut Self {
        let align = self.align;
        self.block(Block::Picture {
            align,
            picture: Arc::new(picture),
            dither,
            width_dots: None,
        })
    }

    /// Empty rows.
    pub fn feed(&mut self, rows: u8) -> &mut Self {
        self.block(Block::Feed(rows))
    }

    /// Feeds to the cutter and cuts, all but a point.
    pub fn cut(&mut self) -> &mut Self {
        self.block(Block::Cut(CutMode::Partial))
    }

    /// Opens the first cash drawer. A page needs leave for it.
    pub fn open_drawer(&mut self) -> &mut Self {
        self.block(Block::OpenDrawer(DrawerPin::Pin2))
    }

    /// Anything.
    pub fn block(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }

    /// The receipt.
    #[must_use]
    pub fn build(self) -> Receipt {
        Receipt {
            blocks: self.blocks,
        }
    }
}

/// What stands on a receipt, for any printer.
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    blocks: Vec<Block>,
}

/// A receipt for one printer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Composed {
    /// The job.
    pub commands: Vec<Command>,
    /// Characters that neither the printer nor a font has, each once: a box
    /// stands in their places.
    pub missing: String,
}

impl Receipt {
    /// Its blocks, from the top.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Writes the receipt for a printer. What its character sets do not have
    /// is drawn in these fonts.
    #[must_use]
    pub fn compose(&self, profile: &Profile, fonts: &Fonts) -> Composed {
        compose::compose(&self.blocks, profile, fonts)
    }

    /// The bytes for a printer, with the fonts of this crate.
    #[must_use]
    pub fn encode(&self, profile: &Profile) -> Vec<u8> {
        encode(&self.compose(profile, Fonts::bundled()).commands)
    }
}

/// Below the bars, unless somebody says otherwise.
const HRI_POSITION: HriPosition = HriPosition::Below;
