//! Codes as they are printed: encoded once, made to fit the print area, and
//! within a bound, because a large code takes as long as a page of text.

use super::document::{Barcode, Picture, Symbol};
use crate::barcode;
use crate::layout::Bitmap;
use crate::limits::Limits;
use crate::parse::FindingKind;

/// What the smallest code costs, counted in octets of data.
const OCTETS_MIN: usize = 64;

/// Encodes the codes of a job.
#[derive(Debug)]
pub(super) struct Coding {
    octets_left: usize,
    /// The last symbol, the width it had to fit, and its modules: the same one is often printed again.
    last: Option<(Symbol, u32, Option<Picture>)>,
}

impl Coding {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            octets_left: limits.code_octets_max,
            last: None,
        }
    }

    /// Gives a barcode its bars and text, no wider than `width_dots`.
    pub(super) fn barcode(&mut self, code: &mut Barcode, width_dots: u32) -> Option<FindingKind> {
        if !self.spend(code.data.len()) {
            return Some(FindingKind::TooManyCodes);
        }
        let encoded = barcode::bars(code.symbology, &code.data, code.module_dots);
        let Some(encoded) = encoded else {
            return Some(FindingKind::CodeNotEncodable);
        };
        let fits = |bars: &Bitmap| bars.width_dots() <= width_dots;
        code.hri = encoded.hri;
        if fits(&encoded.dots) {
            code.bars = Some(encoded.dots);
            return None;
        }
        while code.module_dots > 1 {
            code.module_dots -= 1;
            let narrower =
                barcode::bars(code.symbology, &code.data, code.module_dots).map(|bars| bars.dots);
            if narrower.as_ref().is_some_and(fits) {
                code.bars = narrower;
                break;
            }
        }
        Some(FindingKind::CodeTooWide)
    }

    /// Gives a symbol its modules, no wider than `width_dots`.
    pub(super) fn symbol(&mut self, symbol: &mut Symbol, width_dots: u32) -> Option<FindingKind> {
        let modules = match &self.last {
            Some((last, width, modules)) if last == symbol && *width == width_dots => {
                modules.clone()
            }
            _ => {
                if !self.spend(symbol.data.len()) {
                    return Some(FindingKind::TooManyCodes);
                }
                let modules = barcode::modules(symbol, width_dots);
                self.last = Some((symbol.clone(), width_dots, modules.clone()));
                modules
            }
        };
        let Some(mut modules) = modules else {
            return Some(FindingKind::CodeNotEncodable);
        };
        let width = modules.bitmap.width_dots().max(1);
        let fitting = u8::try_from(width_dots / width).unwrap_or(u8::MAX);
        if fitting >= modules.scale_x {
            symbol.modules = Some(modules);
            return None;
        }
        if fitting > 0 {
            let height = u16::from(modules.scale_y) * u16::from(fitting);
            let height = (height / u16::from(modules.scale_x)).max(1);
            modules.scale_x = fitting;
            modules.scale_y = u8::try_from(height).unwrap_or(u8::MAX);
            symbol.modules = Some(modules);
        }
        Some(FindingKind::CodeTooWide)
    }

    fn spend(&mut self, octets: usize) -> bool {
        match self.octets_left.checked_sub(octets.max(OCTETS_MIN)) {
            Some(left) => {
                self.octets_left = left;
                true
            }
            None => false,
        }
    }
}
