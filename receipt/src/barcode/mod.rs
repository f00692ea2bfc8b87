//! Barcodes and two-dimensional codes as modules: what is black, what is white.
//!
//! [`bars`] and [`modules`] are the way in, one file a family of codes behind
//! them. They know nothing of paper: how large a module is and where the code
//! stands is the business of `layout` and `draw`. Data that a code cannot hold
//! gives nothing, as a printer prints nothing.

mod aztec;
mod aztec_text;
mod codabar;
mod code128;
mod code39;
mod code93;
mod databar;
mod datamatrix;
mod gs1;
mod itf;
mod matrix;
mod maxicode;
mod pdf417;
mod pdf417_patterns;
mod qr;
mod reed_solomon;
mod retail;
mod strokes;

use std::sync::Arc;

use crate::command::{BarcodeSymbology, Symbology};
use crate::layout::{Bitmap, Picture, Symbol};

/// A one-dimensional barcode: its bars, and the text that stands beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bars {
    /// One row of dots.
    pub(crate) dots: Bitmap,
    /// Human-readable interpretation, as the code's standard writes it.
    pub(crate) hri: String,
}

/// The bars of a barcode whose narrowest one is `module_dots` wide, if the data
/// can be written in this code.
pub(crate) fn bars(symbology: BarcodeSymbology, data: &[u8], module_dots: u8) -> Option<Bars> {
    let (strokes, hri) = match symbology {
        BarcodeSymbology::UpcA => retail::upc_a(data),
        BarcodeSymbology::UpcE => retail::upc_e(data),
        BarcodeSymbology::Ean13 => retail::ean_13(data),
        BarcodeSymbology::Ean8 => retail::ean_8(data),
        BarcodeSymbology::Code39 => code39::encode(data),
        BarcodeSymbology::Itf => itf::encode(data),
        BarcodeSymbology::Codabar => codabar::encode(data),
        BarcodeSymbology::Code93 => code93::encode(data),
        BarcodeSymbology::Code128 => code128::encode_marked(data),
        BarcodeSymbology::Gs1128 => code128::encode_gs1(data),
        BarcodeSymbology::Code128Auto => code128::encode_plain(data),
        BarcodeSymbology::DataBarOmnidirectional | BarcodeSymbology::DataBarTruncated => {
            databar::omnidirectional(data)
        }
        BarcodeSymbology::DataBarLimited => databar::limited(data),
        BarcodeSymbology::DataBarExpanded => databar::expanded(data),
    }?;
    Some(Bars {
        dots: strokes.dots(module_dots),
        hri,
    })
}

/// The modules of a two-dimensional code, as large as its settings say, if the
/// data can be written in this code. A code that may choose its shape is no
/// wider than `width_dots`.
pub(crate) fn modules(symbol: &Symbol, width_dots: u32) -> Option<Picture> {
    let (data, settings) = (&symbol.data, &symbol.settings);
    let (bitmap, scale_x, scale_y) = match symbol.symbology {
        Symbology::Qr => {
            let dots = settings.qr_module_dots;
            let bitmap = qr::encode(data, settings.qr_model, settings.qr_error_correction)?;
            (bitmap, dots, dots)
        }
        Symbology::Pdf417 => {
            let dots = settings.pdf417_module_dots;
            let modules_max = width_dots / u32::from(dots.max(1));
            let bitmap = pdf417::encode(data, settings, modules_max as usize)?;
            (
                bitmap,
                dots,
                dots.saturating_mul(settings.pdf417_row_height),
            )
        }
        Symbology::Aztec => {
            let dots = settings.aztec_module_dots;
            (aztec::encode(data, settings)?, dots, dots)
        }
        Symbology::DataMatrix => {
            let dots = settings.datamatrix_module_dots;
            (datamatrix::encode(data, settings)?, dots, dots)
        }
        Symbology::DataBar => {
            let dots = settings.databar_module_dots;
            let bitmap = match symbol.kind {
                72 => databar::stacked(data),
                73 => databar::stacked_omnidirectional(data),
                76 => {
                    let dots_max = match settings.databar_width_max {
                        0 => width_dots,
                        set => width_dots.min(set.into()),
                    };
                    databar::expanded_stacked(data, dots_max / u32::from(dots.max(1)))
                }
                _ => None,
            }?;
            (bitmap, dots, dots)
        }
        Symbology::MaxiCode => (maxicode::encode(data, settings.maxicode_mode)?, 1, 1),
        Symbology::Composite => return None,
    };
    Some(Picture {
        bitmap: Arc::new(bitmap),
        scale_x,
        scale_y,
        strips: 0,
    })
}
