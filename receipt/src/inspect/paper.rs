//! How much paper a receipt takes, estimated while its commands go by.
//!
//! Counted in dots of 203 dpi, for 80 mm paper and on the generous side: it
//! bounds what a page may use, and lays nothing out. Macros count as often as
//! they run.

/// Dots of a millimeter at 203 dpi.
const DOTS_PER_MM: u64 = 8;
/// Font A on 80 mm paper.
const COLUMNS: u64 = 48;
/// Font A, and the line spacing after `ESC 2`.
const CHARACTER_DOTS: u64 = 24;
const LINE_DOTS: u64 = 30;
/// `GS h` unless set, and its readable text below.
const BARCODE_DOTS: u64 = 162;
/// From the print head to the cutter.
const CUTTER_DOTS: u64 = 120;
/// The largest common symbol in modules, with its quiet zone.
const SYMBOL_MODULES: u64 = 85;

/// What a macro repeats.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    dots: u64,
    cuts: u64,
    drawer_kicks: u64,
}

/// The paper so far.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    done: Done,
    /// Pulses that macros added to those in the stream.
    repeated_drawer_kicks: u64,
    line_dots: u64,
    /// The tallest thing of the row so far, and how many columns it has.
    row_dots: u64,
    columns: u64,
    width_times: u64,
    height_times: u64,
    barcode_dots: u64,
    module_dots: u64,
    stored_dots: u64,
    /// What was done when the macro being defined began.
    macro_began: Option<Done>,
    a_macro: Done,
}

impl Paper {
    pub(super) fn new() -> Self {
        Self {
            done: Done::default(),
            repeated_drawer_kicks: 0,
            line_dots: LINE_DOTS,
            row_dots: 0,
            columns: 0,
            width_times: 1,
            height_times: 1,
            barcode_dots: BARCODE_DOTS,
            module_dots: 3,
            stored_dots: 0,
            macro_began: None,
            a_macro: Done::default(),
        }
    }

    pub(super) fn cuts(&self) -> u64 {
        self.done.cuts
    }

    pub(super) fn repeated_drawer_kicks(&self) -> u64 {
        self.repeated_drawer_kicks
    }

    pub(super) fn length_mm(&self) -> u64 {
        let row = if self.row_dots > 0 { self.line_dots } else { 0 };
        (self.done.dots.saturating_add(row)).div_ceil(DOTS_PER_MM)
    }

    fn advance(&mut self, dots: u64) {
        self.done.dots = self.done.dots.saturating_add(dots);
    }

    /// `ESC @`.
    pub(super) fn initialize(&mut self) {
        *self = Self {
            done: self.done,
            repeated_drawer_kicks: self.repeated_drawer_kicks,
            stored_dots: self.stored_dots,
            macro_began: self.macro_began,
            a_macro: self.a_macro,
            ..Self::new()
        };
    }

    pub(super) fn characters(&mut self, count: u64) {
        self.columns = self
            .columns
            .saturating_add(count.saturating_mul(self.width_times));
        self.row_dots = self.row_dots.max(CHARACTER_DOTS * self.height_times);
    }

    /// A strip of a picture stands in the row.
    pub(super) fn strip(&mut self, height_dots: u64) {
        self.row_dots = self.row_dots.max(height_dots);
    }

    /// The row is printed and the paper fed by a line.
    pub(super) fn line(&mut self) {
        let rows = self.columns.div_ceil(COLUMNS).max(1);
        let dots = self.line_dots.max(self.row_dots);
        self.advance(dots.saturating_mul(rows));
        self.row_dots = 0;
        self.columns = 0;
    }

    pub(super) fn lines(&mut self, count: u8) {
        self.line();
        let more = u64::from(count).saturating_sub(1);
        self.advance(more.saturating_mul(self.line_dots));
    }

    /// The row is printed and the paper fed by dots.
    pub(super) fn feed(&mut self, dots: u64) {
        if self.columns > 0 || self.row_dots > 0 {
            self.line();
        }
        self.advance(dots);
    }

    pub(super) fn set_line(&mut self, dots: u8) {
        self.line_dots = dots.into();
    }

    pub(super) fn set_default_line(&mut self) {
        self.line_dots = LINE_DOTS;
    }

    pub(super) fn set_size(&mut self, width_times: u8, height_times: u8) {
        self.width_times = width_times.into();
        self.height_times = height_times.into();
    }

    pub(super) fn set_barcode(&mut self, height_dots: u8) {
        self.barcode_dots = height_dots.into();
    }

    pub(super) fn barcode(&mut self) {
        self.feed(self.barcode_dots + 2 * CHARACTER_DOTS);
    }

    pub(super) fn set_module(&mut self, dots: u8) {
        self.module_dots = u64::from(dots).clamp(1, 16);
    }

    pub(super) fn symbol(&mut self) {
        self.feed(self.module_dots * SYMBOL_MODULES);
    }

    /// A picture waits to be printed.
    pub(super) fn store(&mut self, height_dots: u64) {
        self.stored_dots = height_dots;
    }

    pub(super) fn print_stored(&mut self) {
        self.feed(self.stored_dots);
    }

    pub(super) fn cut(&mut self, fed: bool) {
        self.done.cuts = self.done.cuts.saturating_add(1);
        if fed {
            self.feed(CUTTER_DOTS);
        }
    }

    pub(super) fn drawer_kick(&mut self) {
        self.done.drawer_kicks = self.done.drawer_kicks.saturating_add(1);
    }

    /// `GS :` begins a definition and ends it.
    pub(super) fn start_or_end_macro(&mut self) {
        match self.macro_began.take() {
            None => self.macro_began = Some(self.done),
            Some(began) => {
                self.a_macro = Done {
                    dots: self.done.dots.saturating_sub(began.dots),
                    cuts: self.done.cuts.saturating_sub(began.cuts),
                    drawer_kicks: self.done.drawer_kicks.saturating_sub(began.drawer_kicks),
                };
            }
        }
    }

    /// `GS ^ r`.
    pub(super) fn run_macro(&mut self, times: u8) {
        let times = u64::from(times);
        let Done {
            dots,
            cuts,
            drawer_kicks,
        } = self.a_macro;
        self.advance(dots.saturating_mul(times));
        self.done.cuts = self.done.cuts.saturating_add(cuts.saturating_mul(times));
        self.repeated_drawer_kicks = self
            .repeated_drawer_kicks
            .saturating_add(drawer_kicks.saturating_mul(times));
    }
}
