//! A pixel image: picture files become pages for a driver, or a receipt.
//!
//! Where something behind the printer makes pages ([`PixelPrint::pages`]), the
//! document is a PDF whose pages have the page's size, margins, turn and scale,
//! and what only the printer can do goes along as options. Where the printer
//! is raw ([`PixelPrint::receipt`]), the pictures are brought to its width and
//! dithered, in the way its model takes pictures.

mod image;
mod options;
mod pdf;

use platen_receipt::Profile;
use platen_receipt::build::ReceiptBuilder;
use platen_receipt::image::{Dither, GrayPicture};
use serde_json::Value;

pub(super) use self::options::PageOptions;

/// The colors of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Color {
    /// As they are.
    Any,
    /// Levels of gray.
    Gray,
    /// Dots.
    BlackAndWhite,
}

/// Pictures, a page each.
pub(crate) struct PixelPrint {
    options: PageOptions,
}

/// A document that a driver makes pages of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageDocument {
    /// Its media type, with the options of its printing.
    pub(crate) format: String,
    /// PDF.
    pub(crate) octets: Vec<u8>,
}

impl PixelPrint {
    /// Reads the options of a print.
    pub(super) fn read(options: &Value) -> Self {
        Self {
            options: PageOptions::read(options),
        }
    }

    /// The pages of these picture files.
    ///
    /// # Errors
    /// When one of them is none.
    pub(crate) fn pages(&self, files: &[Vec<u8>], copies: u32) -> Result<PageDocument, String> {
        let pages: Vec<pdf::Page> = files
            .iter()
            .map(|file| {
                let picture = image::picture(file, self.options.color())?;
                Ok(self.options.page(picture))
            })
            .collect::<Result<_, String>>()?;
        Ok(PageDocument {
            format: self.options.format(copies),
            octets: pdf::document(&pages),
        })
    }

    /// The octets for a raw printer of this model.
    ///
    /// # Errors
    /// When one of the files is no picture, or turned by no quarter.
    pub(crate) fn receipt(&self, files: &[Vec<u8>], profile: &Profile) -> Result<Vec<u8>, String> {
        let mut receipt = ReceiptBuilder::new();
        let width = u32::from(profile.width_dots);
        for file in files {
            let picture = GrayPicture::read(file).map_err(|error| error.to_string())?;
            let picture = self.options.turn()?.of(picture)?;
            let picture = if self.options.is_scaled() {
                picture.scaled_to_width(width)
            } else {
                picture.fitted_to_width(width)
            };
            let picture = picture.map_err(|error| error.to_string())?;
            receipt.picture(picture, Dither::FloydSteinberg);
            receipt.cut();
        }
        Ok(receipt.build().encode(profile))
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::tests::png;
    use super::*;
    use platen_receipt::render_text;
    use serde_json::json;

    #[test]
    fn pictures_are_pages_of_one_document() {
        let print = PixelPrint::read(&json!({"units": "mm", "size": {"width": 100, "height": 50}}));
        let files = [png(&["#."]), png(&[".#"])];
        let document = print.pages(&files, 2).unwrap();
        assert_eq!(
            document.format,
            "application/pdf; copies=2; media=custom_100x50mm_100x50mm; print-scaling=none"
        );
        let text = String::from_utf8_lossy(&document.octets);
        assert!(text.starts_with("%PDF-1.4\n"));
        assert_eq!(text.matches("/Type /Page ").count(), 2);
        assert!(text.contains("/MediaBox [0 0 283.465 141.732]"));
    }

    #[test]
    fn a_raw_printer_gets_dots_of_its_width() {
        let profile = Profile::new(48, 576);
        let print = PixelPrint::read(&json!({}));
        let octets = print.receipt(&[png(&["##.."])], &profile).unwrap();
        let raster = octets
            .windows(8)
            .find(|at| at.starts_with(b"\x1dv0\0"))
            .unwrap();
        assert_eq!(raster[4..6], [72, 0]);
        assert_eq!(
            render_text(&octets, &profile).matches('\u{2588}').count(),
            0
        );
        assert!(print.receipt(&[b"no picture".to_vec()], &profile).is_err());
        let print = PixelPrint::read(&json!({"scaleContent": false}));
        let octets = print.receipt(&[png(&["##.."])], &profile).unwrap();
        let raster = octets
            .windows(8)
            .find(|at| at.starts_with(b"\x1dv0\0"))
            .unwrap();
        assert_eq!(raster[4..6], [1, 0]);
    }
}
