//! What differs from one printer model to the next, as data.
//!
//! The stream does not say how wide the paper is or which page `ESC t 19`
//! names: a [`Profile`] does. Nothing else in this crate knows about models.

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
        }
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
