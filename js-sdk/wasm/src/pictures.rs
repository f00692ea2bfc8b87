//! Pixels from JavaScript, and pictures as jobs of their own.

use platen_receipt::image::language::{PrinterLanguage, job};
use platen_receipt::image::{Dither, GrayPicture};
use platen_receipt::markup::NamedPictures;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{Code, Fault};
use crate::said::Said;

/// Pictures by the names that a receipt calls them.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Pictures {
    pub(crate) named: NamedPictures,
}

#[wasm_bindgen]
impl Pictures {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: red, green, blue and opacity, as a canvas gives them.
    ///
    /// # Errors
    /// When there are no pixels, too many, or others than the size says.
    pub fn add(&mut self, name: String, width: u32, height: u32, rgba: &[u8]) -> Result<(), Fault> {
        let picture = GrayPicture::from_rgba(width, height, rgba)?;
        self.named.insert(name, picture);
        Ok(())
    }
}

/// The way that options ask for; a threshold can be given beside its name.
pub(crate) fn way(said: &mut Said) -> Result<Dither, Fault> {
    let words = Dither::ALL.map(|dither| (dither.name(), dither));
    let named = said.word("method", &words)?;
    match (named, said.take("threshold")?) {
        (None | Some(Dither::Threshold(_)), Some(level)) => Ok(Dither::Threshold(level)),
        (Some(_), Some(_)) => Err(Fault::new(
            Code::InvalidRequest,
            "only the method threshold takes a threshold; leave it out",
        )),
        (named, None) => Ok(named.unwrap_or(Dither::FloydSteinberg)),
    }
}

/// The language with this name, which has no capitals and no strokes.
fn language(name: Option<&str>) -> Result<PrinterLanguage, Fault> {
    let Some(name) = name else {
        return Ok(PrinterLanguage::EscPos);
    };
    let plain = |name: &str| name.replace('/', "").to_ascii_lowercase();
    PrinterLanguage::ALL
        .into_iter()
        .find(|language| plain(language.name()) == name)
        .ok_or_else(|| {
            let names = PrinterLanguage::ALL.map(|language| plain(language.name()));
            Fault::new(
                Code::InvalidRequest,
                format!(
                    "no language is named {name:?}; take one of {}",
                    names.join(", ")
                ),
            )
        })
}

/// A picture as a whole job in a printer's language.
///
/// # Errors
/// When the picture or an option is none, or the language takes no picture so large.
#[wasm_bindgen]
pub fn dither(width: u32, height: u32, rgba: &[u8], options: &str) -> Result<Vec<u8>, Fault> {
    let mut said = Said::read("the options of the picture", options)?;
    let way = way(&mut said)?;
    let gamma_percent = gamma_percent(&mut said)?;
    let language = language(said.take::<String>("language")?.as_deref())?;
    let scaled_width = said.take("width")?;
    said.no_more()?;
    let mut picture = GrayPicture::from_rgba(width, height, rgba)?;
    if let Some(width) = scaled_width {
        picture = picture.scaled_to_width(width)?;
    }
    let picture = picture.with_gamma(gamma_percent);
    Ok(job(&picture.dithered(way), language)?)
}

/// Within what templates take.
pub(crate) fn gamma_percent(said: &mut Said) -> Result<u16, Fault> {
    match said.take("gamma")? {
        None => Ok(100),
        Some(percent) if (10..=1000).contains(&percent) => Ok(percent),
        Some(percent) => Err(Fault::new(
            Code::InvalidRequest,
            format!("a gamma of {percent} percent is not taken; give 10 to 1000"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK_AND_NOTHING: [u8; 8] = [0, 0, 0, 255, 0, 0, 0, 0];

    #[test]
    fn a_picture_becomes_a_job_in_each_language() {
        let options = r#"{"language":"zpl","threshold":128}"#;
        let label = dither(2, 1, &BLACK_AND_NOTHING, options).expect("a label");
        assert_eq!(label, b"^XA^FO0,0^GFA,1,1,1,8,^FS^XZ\n");
        for language in [
            "escpos", "starprnt", "zpl", "epl", "cpcl", "tspl", "sbpl", "pgl", "evolis",
        ] {
            let options = format!(r#"{{"language":"{language}","method":"atkinson","width":8}}"#);
            assert!(
                dither(2, 1, &BLACK_AND_NOTHING, &options).is_ok(),
                "{language}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (options, word) in [
            (r#"{"method":"magic"}"#, "floyd-steinberg"),
            (r#"{"language":"klingon"}"#, "starprnt"),
            (r#"{"method":"stucki","threshold":3}"#, "leave it out"),
            (r#"{"gamma":5}"#, "10 to 1000"),
        ] {
            let fault = dither(2, 1, &BLACK_AND_NOTHING, options).expect_err(options);
            assert_eq!(fault.code, Code::InvalidRequest);
            assert!(fault.message.contains(word), "{}", fault.message);
        }
        let fault = dither(2, 2, &BLACK_AND_NOTHING, "{}").expect_err("too few pixels");
        assert_eq!(fault.code, Code::InvalidPicture);
    }
}
