//! Pixels from JavaScript, and pictures as jobs of their own.

use std::collections::BTreeMap;

use platen_receipt::image::language::{PrinterLanguage, job};
use platen_receipt::image::{Dither, GrayPicture};
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{Code, Fault};
use crate::options::read;

/// Pictures by the names that a receipt calls them.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Pictures {
    pub(crate) named: BTreeMap<String, GrayPicture>,
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

/// How a picture becomes a job.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Dithering {
    method: Option<String>,
    threshold: Option<u8>,
    gamma: Option<u16>,
    width: Option<u32>,
    language: Option<String>,
}

/// The way with this name; a threshold can be given beside it.
pub(crate) fn way(name: Option<&str>, threshold: Option<u8>) -> Result<Dither, Fault> {
    let named = match name {
        None if threshold.is_some() => Some(Dither::Threshold(128)),
        None => Some(Dither::FloydSteinberg),
        Some(name) => Dither::named(name),
    };
    match (named, threshold) {
        (Some(Dither::Threshold(_)), Some(level)) => Ok(Dither::Threshold(level)),
        (Some(_), Some(_)) => Err(Fault::new(
            Code::InvalidRequest,
            "only the method threshold takes a threshold; leave it out",
        )),
        (Some(dither), None) => Ok(dither),
        (None, _) => {
            let names: Vec<&str> = Dither::ALL.iter().map(|dither| dither.name()).collect();
            Err(Fault::new(
                Code::InvalidRequest,
                format!(
                    "no method is named {:?}; take one of {}",
                    name.unwrap_or_default(),
                    names.join(", ")
                ),
            ))
        }
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
    let options: Dithering = read("the options of the picture", options)?;
    let way = way(options.method.as_deref(), options.threshold)?;
    let language = language(options.language.as_deref())?;
    let mut picture = GrayPicture::from_rgba(width, height, rgba)?;
    if let Some(width) = options.width {
        picture = picture.scaled_to_width(width)?;
    }
    let picture = picture.with_gamma(gamma_percent(options.gamma)?);
    Ok(job(&picture.dithered(way), language)?)
}

/// Within what templates take.
pub(crate) fn gamma_percent(given: Option<u16>) -> Result<u16, Fault> {
    match given {
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
