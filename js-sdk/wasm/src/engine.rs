//! Receipts in the fonts of a page: composed from blocks or from a template,
//! and laid out.

use std::borrow::Cow;
use std::rc::Rc;

use platen_receipt::build::Receipt;
use platen_receipt::markup::{Settings, Template};
use platen_receipt::{Fonts, encode};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::blocks;
use crate::fault::{Code, Fault};
use crate::options::Printer;
use crate::pictures::Pictures;
use crate::preview::Preview;
use crate::said::{Said, value};

/// The fonts of a page, and what is done with them.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    fonts: Rc<Cow<'static, Fonts>>,
}

/// A receipt for one printer.
#[wasm_bindgen]
#[derive(Debug, PartialEq, Eq)]
pub struct Composed {
    bytes: Vec<u8>,
    missing: String,
}

#[wasm_bindgen]
impl Composed {
    /// The job.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Characters that neither the printer nor a font has, each once.
    pub fn missing(&self) -> String {
        self.missing.clone()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            fonts: Rc::new(Cow::Borrowed(Fonts::bundled())),
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// With the fonts that come with the module.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// One font more, from its file.
    ///
    /// # Errors
    /// When the file is no font or a damaged one.
    pub fn add_fonts(&mut self, file: &[u8]) -> Result<(), Fault> {
        let fonts = Fonts::clone(&self.fonts).with(file)?;
        self.fonts = Rc::new(Cow::Owned(fonts));
        Ok(())
    }

    /// Whether some font has every character of a text.
    pub fn has(&self, text: &str) -> bool {
        text.chars().all(|character| self.fonts.has(character))
    }

    /// Blocks, written for a printer.
    ///
    /// # Errors
    /// When a block, a picture or an option is none.
    pub fn compose(
        &self,
        blocks: &str,
        pictures: &Pictures,
        printer: &str,
    ) -> Result<Composed, Fault> {
        let printer = Printer::read(printer)?;
        self.written(&blocks::receipt(blocks, pictures)?, &printer)
    }

    /// A template filled with data, written for a printer.
    ///
    /// # Errors
    /// When the template, its data, a picture or an option is none.
    pub fn render(
        &self,
        template: &str,
        data: &str,
        locality: &str,
        pictures: &Pictures,
        printer: &str,
    ) -> Result<Composed, Fault> {
        let printer = Printer::read(printer)?;
        let mut said = Said::read("the options of the template", locality)?;
        let mut settings = Settings::default();
        settings.locale = said.take("locale")?;
        settings.currency = said.take("currency")?;
        said.no_more()?;
        let data = value("the data", data)?;
        settings.pictures.clone_from(&pictures.named);
        let receipt = Template::parse(template)?.fill(&data, &settings)?;
        self.written(&receipt, &printer)
    }

    /// A job, laid out for a printer.
    ///
    /// # Errors
    /// When an option is none.
    pub fn preview(&self, job: &[u8], printer: &str) -> Result<Preview, Fault> {
        Preview::of(job, &Printer::read(printer)?, Rc::clone(&self.fonts))
    }

    fn written(&self, receipt: &Receipt, printer: &Printer) -> Result<Composed, Fault> {
        if !printer.takes_receipts() {
            return Err(Fault::new(
                Code::InvalidRequest,
                "receipts are written in ESC/POS; for printers of another language print a picture of it: preview(), then dither() of its pixels",
            ));
        }
        let composed = receipt.compose(&printer.profile()?, &self.fonts);
        Ok(Composed {
            bytes: encode(&composed.commands),
            missing: composed.missing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EAST_ASIA: &[u8] = include_bytes!("../../../receipt/fonts/east-asia-24.packed");

    #[test]
    fn a_template_and_its_data_become_a_job() {
        let template = "<receipt><text>{name}: {price | currency}</text></receipt>";
        let data = r#"{"name":"Käse","price":12.5}"#;
        let locality = r#"{"locale":"de","currency":"EUR"}"#;
        let engine = Engine::new();
        let composed = engine
            .render(template, data, locality, &Pictures::new(), "{}")
            .expect("a job");
        let preview = engine.preview(&composed.bytes, "{}").expect("a preview");
        assert_eq!(preview.text(), "Käse: 12,50 €\n");
    }

    #[test]
    fn fonts_that_are_added_draw_what_was_missing() {
        let mut engine = Engine::new();
        let compose = |engine: &Engine| {
            let blocks = r#"[{"type":"text","align":"left","text":[{"text":"領収書"}]}]"#;
            engine
                .compose(blocks, &Pictures::new(), "{}")
                .expect("a job")
        };
        assert_eq!(compose(&engine).missing, "領収書");
        assert!(!engine.has("領収書"));
        engine.add_fonts(EAST_ASIA).expect("a font");
        assert_eq!(compose(&engine).missing, "");
        assert!(engine.has("領収書"));
        let fault = engine.add_fonts(b"no font").expect_err("no font");
        assert_eq!(fault.code, Code::InvalidFont);
    }

    #[test]
    fn a_receipt_for_another_language_says_what_to_do() {
        let composed = Engine::new().compose("[]", &Pictures::new(), r#"{"dialect":"zpl"}"#);
        assert!(composed.is_err_and(|fault| fault.message.contains("dither()")));
    }
}
