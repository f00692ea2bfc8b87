//! How text looks, and where it stands.

use crate::command::{Font, Justification};

/// How a piece of text looks.
///
/// ```
/// use platen_receipt::build::TextStyle;
///
/// let total = TextStyle::new().bold().size(2, 2);
/// assert_eq!((total.width, total.height), (2, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextStyle {
    /// Which of the printer's fonts.
    pub font: Font,
    /// Times as wide, 1 to 8.
    pub width: u8,
    /// Times as high, 1 to 8.
    pub height: u8,
    /// Bold.
    pub bold: bool,
    /// Underlined.
    pub underline: bool,
    /// White on black.
    pub inverse: bool,
    /// Each character a quarter turn clockwise.
    pub rotated: bool,
}

impl TextStyle {
    /// Plain text in font A.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            font: Font::A,
            width: 1,
            height: 1,
            bold: false,
            underline: false,
            inverse: false,
            rotated: false,
        }
    }

    /// The same in another font.
    #[must_use]
    pub const fn font(mut self, font: Font) -> Self {
        self.font = font;
        self
    }

    /// The same, so many times as wide and as high; each is brought into 1 to 8.
    #[must_use]
    pub fn size(mut self, width: u8, height: u8) -> Self {
        self.width = width.clamp(1, 8);
        self.height = height.clamp(1, 8);
        self
    }

    /// The same, bold.
    #[must_use]
    pub const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    /// The same, underlined.
    #[must_use]
    pub const fn underline(mut self) -> Self {
        self.underline = true;
        self
    }

    /// The same, white on black.
    #[must_use]
    pub const fn inverse(mut self) -> Self {
        self.inverse = true;
        self
    }

    /// The same, each character turned.
    #[must_use]
    pub const fn rotated(mut self) -> Self {
        self.rotated = true;
        self
    }
}

impl Default for TextStyle {
    fn default() -> Self {
        Self::new()
    }
}

/// Where text, pictures and codes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
}

impl From<Align> for Justification {
    fn from(align: Align) -> Self {
        match align {
            Align::Left => Self::Left,
            Align::Center => Self::Center,
            Align::Right => Self::Right,
        }
    }
}

/// Text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Any text; a line feed begins a new row.
    pub text: String,
    /// How it looks.
    pub style: TextStyle,
}

impl Span {
    /// This text in this style.
    pub fn new(text: impl Into<String>, style: TextStyle) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

/// Text in one style or several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Its pieces.
    pub spans: Vec<Span>,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Span::new(text, TextStyle::new()).into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Span::new(text, TextStyle::new()).into()
    }
}

impl From<Span> for Text {
    fn from(span: Span) -> Self {
        Self { spans: vec![span] }
    }
}

impl From<Vec<Span>> for Text {
    fn from(spans: Vec<Span>) -> Self {
        Self { spans }
    }
}

/// One column of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// How wide.
    pub width: ColumnWidth,
    /// Where its text stands in it.
    pub align: Align,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnWidth {
    /// So many characters of font A.
    Characters(u16),
    /// A share of what the others leave, by weight.
    Share(u16),
}

impl Column {
    /// A column of so many characters.
    #[must_use]
    pub const fn characters(width: u16) -> Self {
        Self {
            width: ColumnWidth::Characters(width),
            align: Align::Left,
        }
    }

    /// A column that takes what is left.
    #[must_use]
    pub const fn rest() -> Self {
        Self::share(1)
    }

    /// A column that shares what is left with others like it.
    #[must_use]
    pub const fn share(weight: u16) -> Self {
        Self {
            width: ColumnWidth::Share(weight),
            align: Align::Left,
        }
    }

    /// The same, its text at the right edge.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }

    /// The same, its text in the middle.
    #[must_use]
    pub const fn center(mut self) -> Self {
        self.align = Align::Center;
        self
    }
}
