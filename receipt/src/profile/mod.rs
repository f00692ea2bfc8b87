//! What differs from one printer model to the next, as data.
//!
//! The stream does not say how wide the paper is or which page `ESC t 19`
//! names: a [`Profile`] does. Nothing else in this crate knows about models;
//! the known ones are in `models`, by their names.

mod models;

use std::borrow::Cow;

use crate::code_table::{self, CodeTable};
use crate::command::Font;

/// The facts of a printer model that a job cannot say.
///
/// ```
/// use platen_receipt::Profile;
///
/// let narrow = Profile::new(32, 384);
/// assert_eq!(narrow.columns, 32);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The model's name, or `default`.
    pub name: Cow<'static, str>,
    /// Who makes it; empty where that is nobody.
    pub maker: Cow<'static, str>,
    /// Characters a row in font A.
    pub columns: u16,
    /// Printable width in dots.
    pub width_dots: u16,
    /// Dots an inch, both ways.
    pub dots_per_inch: u16,
    /// Line spacing after `ESC 2`.
    pub line_spacing_dots: u16,
    /// Font A.
    pub font_a: Cell,
    /// Font B.
    pub font_b: Cell,
    /// Font C and whatever else the model has.
    pub font_c: Cell,
    /// A two-byte character.
    pub kanji: Cell,
    /// The pages of `ESC t`.
    pub code_tables: Cow<'static, [(u8, CodeTable)]>,
    /// The two-byte characters of models made for East Asia.
    pub multibyte: Option<Multibyte>,
    /// What the model can do.
    pub features: Vec<Feature>,
}

/// Something that not every model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Cuts right through the paper.
    FullCut,
    /// Cuts and leaves a point.
    PartialCut,
    /// Opens a drawer (`ESC p`).
    Drawer,
    /// Draws QR codes (`GS ( k`).
    Qr,
    /// Draws PDF417 (`GS ( k`).
    Pdf417,
    /// Draws Aztec codes (`GS ( k`).
    Aztec,
    /// Draws DataMatrix (`GS ( k`).
    DataMatrix,
    /// Takes barcodes with their length before them (`GS k` 65 and above).
    LongBarcodes,
    /// Takes pictures in rows (`GS v 0`).
    Raster,
    /// Takes pictures in strips (`ESC *`).
    Columns,
    /// Takes pictures by `GS ( L`.
    Graphics,
}

impl Feature {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::FullCut,
        Self::PartialCut,
        Self::Drawer,
        Self::Qr,
        Self::Pdf417,
        Self::Aztec,
        Self::DataMatrix,
        Self::LongBarcodes,
        Self::Raster,
        Self::Columns,
        Self::Graphics,
    ];

    /// The name in the table of models.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FullCut => "full-cut",
            Self::PartialCut => "partial-cut",
            Self::Drawer => "drawer",
            Self::Qr => "qr",
            Self::Pdf417 => "pdf417",
            Self::Aztec => "aztec",
            Self::DataMatrix => "datamatrix",
            Self::LongBarcodes => "long-barcodes",
            Self::Raster => "raster",
            Self::Columns => "columns",
            Self::Graphics => "graphics",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }
}

/// The size of a character with the room around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Width in dots.
    pub width_dots: u16,
    /// Height in dots.
    pub height_dots: u16,
}

impl Cell {
    /// From its upper edge to the line characters stand on: what is left below
    /// is as much as the bundled fonts need for their descenders.
    #[must_use]
    pub fn base_dots(self) -> u16 {
        let below = (u32::from(self.height_dots) * 5).div_ceil(24);
        self.height_dots - u16::try_from(below).unwrap_or(0)
    }
}

/// The character system of a model with two-byte characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Multibyte {
    /// Japanese, Shift JIS.
    ShiftJis,
    /// Simplified Chinese.
    Gb18030,
    /// Traditional Chinese.
    Big5,
    /// Korean, KS C 5601 as EUC-KR.
    KsC5601,
}

impl Profile {
    /// A common 203 dpi printer with this many characters a row and this
    /// printable width; both are at least 1.
    #[must_use]
    pub fn new(columns: u16, width_dots: u16) -> Self {
        let columns = columns.max(1);
        let width_dots = width_dots.max(1);
        let character_dots = (width_dots / columns).max(1);
        Self {
            name: Cow::Borrowed("default"),
            maker: Cow::Borrowed(""),
            columns,
            width_dots,
            dots_per_inch: 203,
            line_spacing_dots: 30,
            font_a: Cell {
                width_dots: character_dots,
                height_dots: 24,
            },
            font_b: Cell {
                width_dots: 9,
                height_dots: 17,
            },
            font_c: Cell {
                width_dots: 8,
                height_dots: 16,
            },
            kanji: Cell {
                width_dots: character_dots.saturating_mul(2),
                height_dots: 24,
            },
            code_tables: Cow::Borrowed(code_table::EPSON),
            multibyte: None,
            features: Feature::ALL.to_vec(),
        }
    }

    /// The same model with other paper, or set to other columns.
    #[must_use]
    pub fn with_paper(mut self, columns: u16, width_dots: u16) -> Self {
        let paper = Self::new(columns, width_dots);
        self.columns = paper.columns;
        self.width_dots = paper.width_dots;
        self.font_a = paper.font_a;
        self.kanji = paper.kanji;
        self
    }

    /// Whether the model can do this.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// The same model made for two-byte characters.
    #[must_use]
    pub fn with_multibyte(mut self, multibyte: Multibyte) -> Self {
        self.multibyte = Some(multibyte);
        self
    }

    /// The page that `ESC t n` selects, if the model has it.
    #[must_use]
    pub fn code_table(&self, n: u8) -> Option<CodeTable> {
        self.code_tables
            .iter()
            .find(|(number, _)| *number == n)
            .map(|(_, table)| *table)
    }

    /// The size of a character of a font.
    #[must_use]
    pub fn cell(&self, font: Font) -> Cell {
        match font {
            Font::A | Font::SpecialA => self.font_a,
            Font::B | Font::SpecialB => self.font_b,
            Font::C | Font::D | Font::E => self.font_c,
        }
    }
}

impl Default for Profile {
    /// 80 mm paper: 48 columns, 576 dots.
    fn default() -> Self {
        Self::new(48, 576)
    }
}
