//! One-byte arguments: the byte as it was sent, and what it means.
//!
//! Many arguments take a number or its digit (`1` and `31h` mean the same), and
//! a stream may hold values that mean nothing. [`Argument`] keeps the byte, so
//! that nothing changes on the way out, and reads it on demand.

use std::fmt;
use std::marker::PhantomData;

/// Something a one-byte argument can mean.
pub trait Meaning: Copy + fmt::Debug {
    /// What the byte means, if it means anything.
    fn read(byte: u8) -> Option<Self>;

    /// The byte one writes to say this.
    fn byte(self) -> u8;
}

/// A one-byte argument as it stood in the stream.
///
/// ```
/// use platen_receipt::command::{Argument, Justification};
///
/// let digit = Argument::<Justification>::new(b'1');
/// assert_eq!(digit.meaning(), Some(Justification::Center));
/// assert_eq!(digit.byte(), b'1');
/// assert_eq!(Argument::from(Justification::Center).byte(), 1);
/// ```
pub struct Argument<T> {
    byte: u8,
    meaning: PhantomData<fn() -> T>,
}

impl<T: Meaning> Argument<T> {
    /// The argument with this byte, whatever it means.
    #[must_use]
    pub fn new(byte: u8) -> Self {
        Self {
            byte,
            meaning: PhantomData,
        }
    }

    /// The byte itself.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.byte
    }

    /// What the byte means; `None` when a printer would ignore the command.
    #[must_use]
    pub fn meaning(self) -> Option<T> {
        T::read(self.byte)
    }
}

impl<T: Meaning> From<T> for Argument<T> {
    fn from(meaning: T) -> Self {
        Self::new(meaning.byte())
    }
}

impl<T> Clone for Argument<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Argument<T> {}

impl<T> PartialEq for Argument<T> {
    fn eq(&self, other: &Self) -> bool {
        self.byte == other.byte
    }
}

impl<T> Eq for Argument<T> {}

impl<T: Meaning> fmt::Debug for Argument<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(formatter, "{meaning:?}({:#04x})", self.byte),
            None => write!(formatter, "Meaningless({:#04x})", self.byte),
        }
    }
}

/// Declares a closed enum whose values are written as numbers or their digits.
macro_rules! numeral {
    ($(#[$enum_doc:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident = $number:literal $(| $also:literal)*,)+
    }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl Meaning for $name {
            fn read(byte: u8) -> Option<Self> {
                match byte {
                    $($number $(| $also)* => Some(Self::$variant),)+
                    _ => None,
                }
            }

            fn byte(self) -> u8 {
                match self {
                    $(Self::$variant => $number,)+
                }
            }
        }
    };
}

numeral! {
    /// Where a row stands in the print area (`ESC a`).
    Justification {
        /// At the left edge.
        Left = 0 | b'0',
        /// In the middle.
        Center = 1 | b'1',
        /// At the right edge.
        Right = 2 | b'2',
    }
}

numeral! {
    /// A character font (`ESC M`, `GS f`).
    Font {
        /// 12 by 24 dots on most models.
        A = 0 | b'0',
        /// 9 by 17 or 9 by 24 dots.
        B = 1 | b'1',
        /// Smaller still, where there is one.
        C = 2 | b'2',
        /// A fourth font, where there is one.
        D = 3 | b'3',
        /// A fifth font, where there is one.
        E = 4 | b'4',
        /// Special font A.
        SpecialA = 0x61,
        /// Special font B.
        SpecialB = 0x62,
    }
}

numeral! {
    /// Underline (`ESC -`, `FS -`).
    Underline {
        /// No underline.
        Off = 0 | b'0',
        /// One dot thick.
        OneDot = 1 | b'1',
        /// Two dots thick.
        TwoDots = 2 | b'2',
    }
}

numeral! {
    /// How far a cut goes.
    CutMode {
        /// Right through the paper.
        Full = 0 | b'0',
        /// All but one point.
        Partial = 1 | b'1',
    }
}

numeral! {
    /// The pin of the drawer connector that gets a pulse (`ESC p`).
    DrawerPin {
        /// Connector pin 2: the first drawer.
        Pin2 = 0 | b'0',
        /// Connector pin 5: the second drawer.
        Pin5 = 1 | b'1',
    }
}

numeral! {
    /// Where the human-readable text of a barcode stands (`GS H`).
    HriPosition {
        /// Not printed.
        None = 0 | b'0',
        /// Above the bars.
        Above = 1 | b'1',
        /// Below the bars.
        Below = 2 | b'2',
        /// Above and below.
        Both = 3 | b'3',
    }
}

numeral! {
    /// Enlargement of a raster picture (`GS v 0`).
    RasterScale {
        /// One dot a pixel.
        Normal = 0 | b'0',
        /// Twice as wide.
        DoubleWidth = 1 | b'1',
        /// Twice as high.
        DoubleHeight = 2 | b'2',
        /// Twice as wide and as high.
        Quadruple = 3 | b'3',
    }
}

numeral! {
    /// How two-byte characters are coded (`FS C`).
    KanjiCodeSystem {
        /// JIS X 0208, both bytes in 21h-7Eh.
        Jis = 0 | b'0',
        /// Shift JIS.
        ShiftJis = 1 | b'1',
        /// Shift JIS 2004.
        ShiftJis2004 = 2 | b'2',
    }
}

numeral! {
    /// How text is coded (`FS ( C`).
    CharacterEncoding {
        /// One byte a character, in the selected code table.
        SingleByte = 1 | b'1',
        /// UTF-8, on newer models.
        Utf8 = 2 | b'2',
    }
}

numeral! {
    /// The direction in which a page is written (`ESC T`).
    PrintDirection {
        /// Left to right, from the upper left corner.
        LeftToRight = 0 | b'0',
        /// Bottom to top, from the lower left corner.
        BottomToTop = 1 | b'1',
        /// Upside down, from the lower right corner.
        RightToLeft = 2 | b'2',
        /// Top to bottom, from the upper right corner.
        TopToBottom = 3 | b'3',
    }
}

numeral! {
    /// A color of two-color paper or ribbon (`ESC r`).
    PrintColor {
        /// The first color, black.
        Black = 0 | b'0',
        /// The second color, usually red.
        Red = 1 | b'1',
    }
}

numeral! {
    /// Turning of single characters (`ESC V`).
    Rotation {
        /// Upright.
        Off = 0 | b'0',
        /// A quarter turn clockwise, one dot between characters.
        Clockwise = 1 | b'1',
        /// A quarter turn clockwise, one and a half dots between characters.
        ClockwiseWide = 2 | b'2',
    }
}

numeral! {
    /// A two-dimensional code (`GS ( k`, cn).
    Symbology {
        /// PDF417.
        Pdf417 = 48,
        /// QR code.
        Qr = 49,
        /// MaxiCode.
        MaxiCode = 50,
        /// Two-dimensional GS1 DataBar.
        DataBar = 51,
        /// Composite.
        Composite = 52,
        /// Aztec.
        Aztec = 53,
        /// DataMatrix.
        DataMatrix = 54,
    }
}

numeral! {
    /// A QR model (`GS ( k` function 65).
    QrModel {
        /// The original model.
        Model1 = 49,
        /// Model 2, what is called a QR code today.
        Model2 = 50,
        /// Micro QR.
        Micro = 51,
    }
}

numeral! {
    /// How much of a QR code may be damaged (`GS ( k` function 69).
    QrErrorCorrection {
        /// About 7 percent.
        L = 48,
        /// About 15 percent.
        M = 49,
        /// About 25 percent.
        Q = 50,
        /// About 30 percent.
        H = 51,
    }
}

/// An argument of which only bit 0 counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Bit 0 is 0.
    Off,
    /// Bit 0 is 1.
    On,
}

impl Switch {
    /// Whether it is on.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl Meaning for Switch {
    fn read(byte: u8) -> Option<Self> {
        Some(if byte & 1 == 1 { Self::On } else { Self::Off })
    }

    fn byte(self) -> u8 {
        u8::from(self.is_on())
    }
}

/// How a strip of a picture is coded (`ESC *`, m).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BitImageMode {
    /// 8 dots high, two dots a column.
    EightDotsSingle,
    /// 8 dots high, one dot a column.
    EightDotsDouble,
    /// 24 dots high, two dots a column.
    TwentyFourDotsSingle,
    /// 24 dots high, one dot a column.
    TwentyFourDotsDouble,
}

impl BitImageMode {
    /// Octets that hold one column.
    #[must_use]
    pub fn octets_per_column(self) -> u16 {
        match self {
            Self::EightDotsSingle | Self::EightDotsDouble => 1,
            Self::TwentyFourDotsSingle | Self::TwentyFourDotsDouble => 3,
        }
    }

    /// Dots on paper for one column of data.
    #[must_use]
    pub fn scale_x(self) -> u8 {
        match self {
            Self::EightDotsSingle | Self::TwentyFourDotsSingle => 2,
            Self::EightDotsDouble | Self::TwentyFourDotsDouble => 1,
        }
    }

    /// Dots on paper for one bit of a column: 8 data dots fill the 24 dots of
    /// the print head.
    #[must_use]
    pub fn scale_y(self) -> u8 {
        match self {
            Self::EightDotsSingle | Self::EightDotsDouble => 3,
            Self::TwentyFourDotsSingle | Self::TwentyFourDotsDouble => 1,
        }
    }
}

impl Meaning for BitImageMode {
    fn read(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::EightDotsSingle),
            1 => Some(Self::EightDotsDouble),
            32 => Some(Self::TwentyFourDotsSingle),
            // Daruma's is the letter.
            33 | b'm' => Some(Self::TwentyFourDotsDouble),
            _ => None,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::EightDotsSingle => 0,
            Self::EightDotsDouble => 1,
            Self::TwentyFourDotsSingle => 32,
            Self::TwentyFourDotsDouble => 33,
        }
    }
}

/// Font, weight, size and underline in one byte (`ESC !`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrintModes(pub u8);

impl PrintModes {
    /// Font B instead of font A.
    #[must_use]
    pub fn font_b(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// Bold.
    #[must_use]
    pub fn emphasized(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Twice as high.
    #[must_use]
    pub fn double_height(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Twice as wide.
    #[must_use]
    pub fn double_width(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Underlined.
    #[must_use]
    pub fn underlined(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Size and underline of two-byte characters in one byte (`FS !`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KanjiPrintModes(pub u8);

impl KanjiPrintModes {
    /// Twice as wide.
    #[must_use]
    pub fn double_width(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Twice as high.
    #[must_use]
    pub fn double_height(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Underlined.
    #[must_use]
    pub fn underlined(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Enlargement of characters, 1 to 8 times each way (`GS !`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CharacterSize(pub u8);

impl CharacterSize {
    /// The size with these factors, each brought into 1 to 8.
    #[must_use]
    pub fn new(width: u8, height: u8) -> Self {
        Self((width.clamp(1, 8) - 1) << 4 | (height.clamp(1, 8) - 1))
    }

    /// How many times as wide, 1 to 8.
    #[must_use]
    pub fn width(self) -> u8 {
        (self.0 >> 4 & 0x07) + 1
    }

    /// How many times as high, 1 to 8.
    #[must_use]
    pub fn height(self) -> u8 {
        (self.0 & 0x07) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_digit_mean_the_same() {
        for (number, digit) in [(0, b'0'), (1, b'1'), (2, b'2')] {
            let read = Argument::<Justification>::new;
            assert_eq!(read(number).meaning(), read(digit).meaning());
            assert_ne!(
                read(number),
                read(digit),
                "but they are written differently"
            );
        }
    }

    #[test]
    fn a_value_without_meaning_is_kept() {
        let argument = Argument::<Justification>::new(77);
        assert_eq!(argument.meaning(), None);
        assert_eq!(argument.byte(), 77);
    }

    #[test]
    fn sizes_beyond_the_range_are_brought_into_it() {
        assert_eq!(CharacterSize::new(0, 200), CharacterSize::new(1, 8));
        assert_eq!(CharacterSize(0xFF).width(), 8);
    }
}
