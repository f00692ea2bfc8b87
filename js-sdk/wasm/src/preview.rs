//! One receipt laid out: its dots, and what it says.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use platen_receipt::draw::{Drawing, draw, png, svg};
use platen_receipt::layout::Document;
use platen_receipt::{Facts, Fonts, Limits, Profile, document_html, document_text};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::Fault;
use crate::options::Printer;

/// A receipt laid out for a printer. It is drawn when dots are first asked for.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Preview {
    document: Document,
    profile: Profile,
    fonts: Rc<Cow<'static, Fonts>>,
    drawing: OnceCell<Drawing>,
}

impl Preview {
    pub(crate) fn of(
        job: &[u8],
        printer: &Printer,
        fonts: Rc<Cow<'static, Fonts>>,
    ) -> Result<Self, Fault> {
        let dialect = printer.dialect(job);
        let profile = dialect.profile(printer.profile()?);
        let document = dialect.document(job, &profile, Limits::default());
        Ok(Self {
            document,
            profile,
            fonts,
            drawing: OnceCell::new(),
        })
    }

    fn drawing(&self) -> &Drawing {
        self.drawing.get_or_init(|| {
            draw(
                &self.document,
                &self.profile,
                &self.fonts,
                &Limits::default(),
            )
        })
    }
}

#[wasm_bindgen]
impl Preview {
    /// As plain text.
    pub fn text(&self) -> String {
        document_text(&self.document, &self.profile, &Limits::default())
    }

    /// As HTML for those who read with other means than eyes.
    pub fn html(&self) -> String {
        document_html(&self.document, &self.profile, &Limits::default())
    }

    /// What it says, as JSON.
    pub fn facts(&self) -> String {
        Facts::of(&self.document, &self.profile, &Limits::default()).to_json()
    }

    /// Its dots as an SVG.
    pub fn svg(&self) -> String {
        svg(&self.drawing().paper, &self.text())
    }

    /// Its dots as a PNG.
    pub fn png(&self) -> Vec<u8> {
        png(&self.drawing().paper)
    }

    /// Its dots, eight an octet, rows of whole octets, 1 is black.
    pub fn bits(&self) -> Vec<u8> {
        self.drawing().paper.rows().to_vec()
    }

    /// Its dots as pixels of a canvas: black and white, opaque.
    pub fn pixels(&self) -> Vec<u8> {
        let paper = &self.drawing().paper;
        let (width, row_octets) = (self.width_dots() as usize, row_octets(paper.width_dots()));
        let mut pixels = vec![0xFF; width * paper.height_dots() as usize * 4];
        for (line, row) in pixels
            .chunks_exact_mut((width * 4).max(1))
            .zip(paper.rows().chunks_exact(row_octets))
        {
            for (pixel, dot) in line.as_chunks_mut::<4>().0.iter_mut().zip(0..) {
                if row[dot / 8] & (0x80 >> (dot % 8)) != 0 {
                    *pixel = [0, 0, 0, 0xFF];
                }
            }
        }
        pixels
    }

    /// Width of the paper that can be printed on.
    pub fn width_dots(&self) -> u32 {
        self.drawing().paper.width_dots()
    }

    /// From the first dot to the last feed.
    pub fn height_dots(&self) -> u32 {
        self.drawing().paper.height_dots()
    }

    /// Where it is cut, in dots from the top.
    pub fn cuts_dots(&self) -> Vec<u32> {
        self.drawing().cuts_dots.clone()
    }
}

/// Octets a row.
fn row_octets(width_dots: u32) -> usize {
    width_dots.div_ceil(8).max(1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(job: &[u8], printer: &str) -> Preview {
        let printer = Printer::read(printer).expect("a printer");
        Preview::of(job, &printer, Rc::new(Cow::Borrowed(Fonts::bundled()))).expect("a preview")
    }

    #[test]
    fn every_form_has_the_same_dots() {
        let preview = preview(b"Tea\n\x1dV\x00", r#"{"columns":10,"dots":121}"#);
        let (width, height) = (
            preview.width_dots() as usize,
            preview.height_dots() as usize,
        );
        assert_eq!(width, 121);
        assert_eq!(preview.cuts_dots().len(), 1);
        let (bits, pixels) = (preview.bits(), preview.pixels());
        assert_eq!(pixels.len(), width * height * 4);
        for y in 0..height {
            for x in 0..width {
                let black = bits[y * 16 + x / 8] & (0x80 >> (x % 8)) != 0;
                let pixel = &pixels[(y * width + x) * 4..][..4];
                assert_eq!(pixel, if black { [0, 0, 0, 255] } else { [255; 4] });
            }
        }
        assert!(bits.iter().any(|&octet| octet != 0));
        assert_eq!(preview.text(), "Tea\n[cut]\n");
        assert!(preview.svg().contains(r#"width="121""#));
    }

    #[test]
    fn a_job_of_another_language_is_recognized_or_said() {
        assert_eq!(preview(b"^XA^FDTea^FS^XZ", "{}").text().trim(), "Tea");
        let said = preview(b"^XA^FDTea^FS^XZ\n", r#"{"dialect":"escpos"}"#);
        assert_eq!(said.text(), "^XA^FDTea^FS^XZ\n");
    }

    #[test]
    fn an_empty_job_is_an_empty_picture() {
        let preview = preview(b"", "{}");
        assert_eq!((preview.width_dots(), preview.height_dots()), (576, 0));
        assert!(preview.pixels().is_empty());
    }
}
