//! A matrix of modules being set one by one.

use crate::layout::Bitmap;

/// White modules, until some are set black.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    width: usize,
    height: usize,
    rows: Vec<u8>,
}

impl Matrix {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rows: vec![0; width.div_ceil(8) * height],
        }
    }

    /// Makes a module black.
    pub(super) fn set(&mut self, x: usize, y: usize) {
        debug_assert!(x < self.width && y < self.height);
        self.rows[y * self.width.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
    }

    pub(super) fn into_bitmap(self) -> Bitmap {
        // Codes have a few hundred modules a side.
        let dots = |modules: usize| u32::try_from(modules).unwrap_or(u32::MAX);
        Bitmap::from_rows(dots(self.width), dots(self.height), self.rows)
    }
}
