//! A black and white picture in the languages of receipt, label and card
//! printers, dot for dot.
//!
//! [`job`] makes a whole job that prints the picture and nothing else. The
//! modules have the parts, for those who put a picture into a job of their
//! own: ESC/POS as [commands](crate::command::Command), the others as octets.
//! Each says where its facts come from, and has a reader in its tests that
//! takes the dots out again.

pub mod cpcl;
pub mod epl;
pub mod escpos;
pub mod evolis;
pub mod pgl;
pub mod sbpl;
pub mod star;
pub mod tspl;
pub mod zpl;

#[cfg(test)]
mod sample;

use crate::encode::encode;
use crate::layout::Bitmap;

/// A language a printer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrinterLanguage {
    /// Receipt printers of Epson and nearly everyone else.
    EscPos,
    /// Star's receipt printers.
    StarPrnt,
    /// Zebra's label printers.
    Zpl,
    /// Zebra's and Eltron's older label printers.
    Epl,
    /// Zebra's mobile printers, and many like them.
    Cpcl,
    /// TSC's label printers, and many like them.
    Tspl,
    /// SATO's label printers.
    Sbpl,
    /// Printronix' line matrix and label printers (IGP/PGL).
    Pgl,
    /// Evolis' card printers.
    Evolis,
}

/// The picture does not fit what the language can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a picture of {width_dots} by {height_dots} dots is more than {language} takes \
     ({width_dots_max} by {height_dots_max}); scale it down or turn it"
)]
pub struct PictureTooLarge {
    /// The language's name.
    pub language: &'static str,
    /// The picture's width.
    pub width_dots: u32,
    /// The picture's height.
    pub height_dots: u32,
    /// The widest picture the language takes.
    pub width_dots_max: u32,
    /// The highest.
    pub height_dots_max: u32,
}

impl PrinterLanguage {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::EscPos,
        Self::StarPrnt,
        Self::Zpl,
        Self::Epl,
        Self::Cpcl,
        Self::Tspl,
        Self::Sbpl,
        Self::Pgl,
        Self::Evolis,
    ];

    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EscPos => "ESC/POS",
            Self::StarPrnt => "StarPRNT",
            Self::Zpl => "ZPL",
            Self::Epl => "EPL",
            Self::Cpcl => "CPCL",
            Self::Tspl => "TSPL",
            Self::Sbpl => "SBPL",
            Self::Pgl => "PGL",
            Self::Evolis => "Evolis",
        }
    }
}

/// A whole job that prints this picture, once, at the upper left.
///
/// ```
/// use platen_receipt::image::Bitmap;
/// use platen_receipt::image::language::{PrinterLanguage, job};
///
/// let dot = Bitmap::from_rows(1, 1, vec![0x80]);
/// let label = job(&dot, PrinterLanguage::Zpl)?;
/// assert_eq!(label, b"^XA^FO0,0^GFA,1,1,1,8,^FS^XZ\n");
/// # Ok::<(), platen_receipt::image::language::PictureTooLarge>(())
/// ```
pub fn job(bitmap: &Bitmap, language: PrinterLanguage) -> Result<Vec<u8>, PictureTooLarge> {
    match language {
        PrinterLanguage::EscPos => Ok(encode(&escpos::raster(bitmap)?)),
        PrinterLanguage::StarPrnt => star::job(bitmap),
        PrinterLanguage::Zpl => zpl::label(bitmap),
        PrinterLanguage::Epl => epl::label(bitmap),
        PrinterLanguage::Cpcl => cpcl::label(bitmap),
        PrinterLanguage::Tspl => tspl::label(bitmap),
        PrinterLanguage::Sbpl => sbpl::label(bitmap),
        PrinterLanguage::Pgl => pgl::label(bitmap),
        PrinterLanguage::Evolis => evolis::card(bitmap),
    }
}

/// The largest picture a language takes.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    language: PrinterLanguage,
    width_dots_max: u32,
    height_dots_max: u32,
}

impl Bounds {
    fn check(self, bitmap: &Bitmap) -> Result<(), PictureTooLarge> {
        if bitmap.width_dots() > self.width_dots_max || bitmap.height_dots() > self.height_dots_max
        {
            return Err(PictureTooLarge {
                language: self.language.name(),
                width_dots: bitmap.width_dots(),
                height_dots: bitmap.height_dots(),
                width_dots_max: self.width_dots_max,
                height_dots_max: self.height_dots_max,
            });
        }
        Ok(())
    }
}

/// Octets a row.
fn row_octets(bitmap: &Bitmap) -> usize {
    bitmap.width_dots().div_ceil(8) as usize
}

/// The rows of a picture; none when it has no width.
fn rows(bitmap: &Bitmap) -> impl Iterator<Item = &[u8]> {
    bitmap.rows().chunks_exact(row_octets(bitmap).max(1))
}

/// Octets as two hexadecimal digits each, in capitals.
fn push_hex(out: &mut Vec<u8>, octets: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.reserve(octets.len() * 2);
    for octet in octets {
        out.push(DIGITS[usize::from(octet >> 4)]);
        out.push(DIGITS[usize::from(octet & 0xF)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_prints_a_small_picture_and_refuses_an_absurd_one() {
        let small = Bitmap::from_rows(9, 2, vec![0xFF, 0x80, 0, 0x80]);
        let absurd = Bitmap::from_rows(800_000, 1, vec![0; 100_000]);
        for language in PrinterLanguage::ALL {
            assert!(
                job(&small, language).is_ok_and(|job| !job.is_empty()),
                "{language:?}"
            );
            let error = job(&absurd, language).expect_err("too wide for anything");
            assert_eq!(error.language, language.name());
        }
    }
}
