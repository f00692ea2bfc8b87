//! The bounds of everything that can grow while a job is read.
//!
//! A job comes from outside and may claim anything: a picture of 4 GB, a feed
//! of a mile, a code printed a million times. Each bound is a number here, is
//! checked before memory is taken, and turns into a finding when it is met.

/// Bounds for parsing, laying out and rendering one job.
///
/// The default fits the longest honest jobs we know (a raster picture of the
/// full 65,535 rows) with room to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest single command that is read as one; a longer one is carried
    /// through as unknown bytes, piece by piece.
    pub command_octets_max: usize,
    /// The most text or unknown bytes put into one command; more follow in the
    /// next command.
    pub piece_octets_max: usize,
    /// The most findings kept; further ones are only counted.
    pub findings_max: usize,
    /// The most elements (rows, cuts, pulses) of a document.
    pub elements_max: usize,
    /// The most things that may stand in one row, or on one page in page mode.
    pub items_per_row_max: usize,
    /// The most things of all rows together.
    pub items_max: usize,
    /// The most blank rows shown for one stretch of empty paper.
    pub blank_rows_max: usize,
    /// The most octets of commands that all runs of macros repeat.
    pub macro_octets_max: usize,
    /// The most text and data in a document, and the longest text rendering.
    pub text_octets_max: usize,
    /// The most data in barcodes and two-dimensional codes, where a short one
    /// counts as 64 octets.
    pub code_octets_max: usize,
    /// The most memory for the dots of a drawing, eight dots an octet.
    pub drawing_octets_max: usize,
    /// The most octets of dots touched while drawing, each as often as something
    /// is put on it; a stroke counts as four more.
    pub drawing_steps_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // `GS v 0` with 72 octets (576 dots) by 65,535 rows is 4.7 MB.
            command_octets_max: 16 * 1024 * 1024,
            piece_octets_max: 4096,
            findings_max: 1000,
            // At 30 dots a row this is 375 m of paper: more than four rolls.
            elements_max: 100_000,
            items_per_row_max: 4096,
            items_max: 250_000,
            // One screen of nothing says that much paper was fed.
            blank_rows_max: 40,
            // A macro holds 2 KB and runs up to 255 times: eight times that.
            macro_octets_max: 4 * 1024 * 1024,
            text_octets_max: 16 * 1024 * 1024,
            // Eight thousand short codes, or 170 of the largest.
            code_octets_max: 512 * 1024,
            // 29 m of 80 mm paper.
            drawing_octets_max: 16 * 1024 * 1024,
            // That paper sixteen times over: less than a second.
            drawing_steps_max: 256 * 1024 * 1024,
        }
    }
}
