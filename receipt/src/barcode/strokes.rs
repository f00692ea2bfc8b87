//! Bars and spaces in turn, first as modules, then as dots.

use crate::layout::Bitmap;

/// Bars and spaces of a one-dimensional code, beginning with a bar.
#[derive(Debug, Default)]
pub(super) struct Strokes {
    widths: Vec<Width>,
}

/// How wide a bar or space is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// So many modules.
    Modules(u8),
    /// The wider of two widths, in codes that have two: two and a half modules,
    /// made whole in favor of the reader.
    Wide,
}

impl Strokes {
    /// Adds widths in modules, in turn bars and spaces.
    pub(super) fn modules(&mut self, widths: impl IntoIterator<Item = u8>) {
        self.widths.extend(widths.into_iter().map(Width::Modules));
    }

    /// Adds digits as widths in modules.
    pub(super) fn pattern(&mut self, digits: &str) {
        self.modules(digits.bytes().map(|digit| digit - b'0'));
    }

    /// Adds bars and spaces of two widths, one a bit of `wide` from the left.
    pub(super) fn two_widths(&mut self, wide: u16, count: u8) {
        self.widths.extend((0..count).rev().map(|bit| {
            if wide >> bit & 1 == 1 {
                Width::Wide
            } else {
                Width::Modules(1)
            }
        }));
    }

    /// One row of dots.
    pub(super) fn dots(&self, module_dots: u8) -> Bitmap {
        let module = usize::from(module_dots.max(1));
        let dots = |width: &Width| match width {
            Width::Modules(modules) => usize::from(*modules) * module,
            Width::Wide => (module * 5).div_ceil(2),
        };
        let total: usize = self.widths.iter().map(dots).sum();
        let mut row = vec![0u8; total.div_ceil(8)];
        let mut x = 0;
        for (place, width) in self.widths.iter().enumerate() {
            let end = x + dots(width);
            if place % 2 == 0 {
                for dot in x..end {
                    row[dot / 8] |= 0x80 >> (dot % 8);
                }
            }
            x = end;
        }
        Bitmap::from_rows(u32::try_from(total).unwrap_or(u32::MAX), 1, row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_spaces_alternate_and_wide_ones_are_two_and_a_half_modules() {
        let mut strokes = Strokes::default();
        strokes.pattern("121");
        strokes.two_widths(0b01, 2);
        // Bar 2, space 4, bar 2; space 2, bar 5.
        let dots = strokes.dots(2);
        assert_eq!(dots.width_dots(), 15);
        assert_eq!(dots.rows(), [0b1100_0011, 0b0011_1110]);
    }
}
