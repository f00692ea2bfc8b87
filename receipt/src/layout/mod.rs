//! Commands to a document: where everything stands on the paper.
//!
//! [`lay_out`] is the whole stage; [`Layout`] takes commands one by one, as a
//! parser finds them. Start at [`Layout::apply`], which says for each command
//! what it does to the row being collected (`line`), to what is selected
//! (`modes`), to a page (`page`) or to the paper (`paper`). Fonts and
//! pixels are not known here.

mod coding;
pub(crate) mod decoder;
mod document;
mod line;
mod modes;
mod page;
mod paper;
mod picture;
mod printing;
mod recording;

use std::sync::Arc;

use crate::command::StoredFor;
use crate::command::{
    Argument, CharacterSize, Command, CutMode, Switch, Symbology, Underline, selected_symbology,
};
use crate::limits::Limits;
use crate::parse::{FindingKind, Located};
use crate::profile::Profile;
use crate::sorted::Sorted;
use coding::Coding;
use decoder::Decoder;
use line::Line;
use modes::{Modes, MotionUnits};
use page::{Area, Page};
use paper::Paper;
use recording::Recording;

pub use document::{
    Barcode, Content, Document, Element, Item, PagePlace, Picture, Row, Run, Style, Symbol,
    SymbolSettings, UserDefined,
};
pub use picture::Bitmap;

/// Lays out a whole job.
#[must_use]
pub fn lay_out(
    commands: impl IntoIterator<Item = Located>,
    profile: &Profile,
    limits: Limits,
) -> Document {
    let mut layout = Layout::new(profile, limits);
    for located in commands {
        layout.apply(located);
    }
    layout.finish()
}

/// Laying out, command by command.
#[derive(Debug)]
pub struct Layout<'a> {
    profile: &'a Profile,
    limits: Limits,
    modes: Modes,
    decoder: Decoder,
    line: Line,
    page: Option<Page>,
    paper: Paper,
    stored: Stored,
    /// `ESC &`: characters that the job defines.
    characters: Sorted<u8, Arc<Bitmap>>,
    recording: Recording,
    coding: Coding,
    /// `ESC =` has turned to another device: all is ignored until it turns back.
    deselected: bool,
    /// Where the current command stands in the job.
    offset: u64,
}

/// What a job stores in the printer to print later; `ESC @` leaves it alone.
#[derive(Debug, Default)]
struct Stored {
    /// For each code the m of function 80, and the data.
    symbols: [Option<(u8, Arc<[u8]>)>; Symbology::COUNT],
    graphics: Option<Picture>,
    downloaded: Option<Arc<Bitmap>>,
    nv: Vec<Arc<Bitmap>>,
    /// Pictures by their keys, of functions 67 and 68, and of 83 and 84.
    keyed: Sorted<(StoredFor, [u8; 2]), Arc<Bitmap>>,
}

impl<'a> Layout<'a> {
    /// At the top of fresh paper, everything at its default.
    #[must_use]
    pub fn new(profile: &'a Profile, limits: Limits) -> Self {
        Self {
            profile,
            limits,
            modes: Modes::new(profile),
            decoder: Decoder::new(profile),
            line: Line::default(),
            page: None,
            paper: Paper::new(limits),
            stored: Stored::default(),
            characters: Sorted::default(),
            recording: Recording::default(),
            coding: Coding::new(&limits),
            deselected: false,
            offset: 0,
        }
    }

    /// Ends the job: a row that nothing printed is shown all the same.
    #[must_use]
    pub fn finish(mut self) -> Document {
        self.print_row();
        self.print_page();
        self.paper.finish()
    }

    /// How far the paper has moved so far.
    #[must_use]
    pub fn height_dots(&self) -> u32 {
        self.paper.y_dots()
    }

    /// Whether something waits in the row, or on a page, that is not on paper.
    #[must_use]
    pub fn has_unprinted(&self) -> bool {
        !self.line.is_empty() || self.page.as_ref().is_some_and(|page| page.len() > 0)
    }

    /// Takes away what has come out of the printer so far: who prints for a
    /// long time need not keep it. The paper stays where it is.
    pub fn take_elements(&mut self) -> Vec<Element> {
        self.paper.take_elements()
    }

    /// Takes the next command.
    pub fn apply(&mut self, located: Located) {
        let Located { offset, command } = located;
        self.offset = offset;
        if self.paper.is_full() {
            return;
        }
        if let Command::SelectPeripheralDevice(device) = command {
            self.deselected = device.meaning() == Some(Switch::Off);
            return;
        }
        if self.deselected {
            return;
        }
        match command {
            Command::StartOrEndMacro => self.recording.start_or_end(),
            Command::ExecuteMacro { times, .. } => self.run_macro(times),
            command => {
                self.recording.take_note(&command);
                self.perform(command);
            }
        }
    }

    fn run_macro(&mut self, times: u8) {
        let run = self.recording.run(times, self.limits.macro_octets_max);
        for _ in 0..run.times {
            for command in &run.commands {
                if self.paper.is_full() {
                    return;
                }
                self.perform(command.clone());
            }
        }
        if run.cut_short {
            self.find(FindingKind::MacroTooLong);
        }
    }

    fn perform(&mut self, command: Command) {
        if let Command::Text(bytes) = &command {
            self.text(bytes);
        } else {
            self.decoder.follow(&command, self.profile);
            self.perform_other(command);
        }
    }

    #[allow(clippy::too_many_lines)] // one arm a command: the table of what commands do
    fn perform_other(&mut self, command: Command) {
        let modes = &mut self.modes;
        match command {
            Command::InitializePrinter => {
                *modes = Modes::new(self.profile);
                self.line = Line::default();
                self.page = None;
                self.characters.clear();
            }

            // Characters
            Command::SelectPrintModes(n) => modes.select_print_modes(n),
            Command::SelectCharacterSize(size) => modes.size = size,
            Command::SelectCharacterFont(n) => assign(&mut modes.font, n.meaning()),
            Command::TurnEmphasizedMode(n) => assign(&mut modes.emphasized, is_on(n)),
            Command::SelectEmphasizedMode => modes.emphasized = true,
            Command::CancelEmphasizedMode => modes.emphasized = false,
            Command::TurnDoubleWidthMode(n) => {
                let width = if is_on(n) == Some(true) { 2 } else { 1 };
                modes.size = CharacterSize::new(width, modes.size.height());
            }
            Command::TurnDoubleStrikeMode(n) => assign(&mut modes.double_strike, is_on(n)),
            Command::TurnUnderlineMode(n) => assign(&mut modes.underline, n.meaning()),
            Command::TurnReverseMode(n) => assign(&mut modes.reverse, is_on(n)),
            Command::TurnRotation(n) => assign(&mut modes.rotation, n.meaning()),
            Command::SelectItalic => modes.italic = true,
            Command::TurnItalicMode(n) => assign(&mut modes.italic, is_on(n)),
            Command::CancelItalic => modes.italic = false,
            Command::SelectPrintColor(n) => assign(&mut modes.color, n.meaning()),
            Command::SetRightSideCharacterSpacing(n) => {
                modes.spacing_dots = modes.units.across(self.profile, n.into());
            }
            Command::SelectUserDefinedCharacters(n) => assign(&mut modes.user_defined, is_on(n)),
            Command::DefineUserDefinedCharacters {
                octets_per_column,
                first,
                last,
                data,
            } => self.define_characters(octets_per_column, first..=last, &data),
            Command::CancelUserDefinedCharacter(n) => {
                self.characters.remove(&n);
            }
            Command::TurnKanjiUnderlineMode(n) => assign(&mut modes.kanji_underline, n.meaning()),
            Command::SetKanjiSpacing { left, right } => {
                modes.kanji_lead_dots = modes.units.across(self.profile, left.into());
                modes.kanji_spacing_dots = modes.units.across(self.profile, right.into());
            }
            Command::SelectKanjiPrintModes(n) => {
                modes.size = CharacterSize::new(
                    1 + u8::from(n.double_width()),
                    1 + u8::from(n.double_height()),
                );
                modes.kanji_underline = if n.underlined() {
                    Underline::OneDot
                } else {
                    Underline::Off
                };
            }
            Command::TurnKanjiQuadrupleSize(n) => {
                let times = if is_on(n) == Some(true) { 2 } else { 1 };
                modes.size = CharacterSize::new(times, times);
            }

            // Paper
            Command::PrintAndLineFeed => self.feed_row(self.modes.line_spacing_dots),
            Command::PrintAndFeedLines(n) => {
                let feed_dots = u32::from(n) * self.modes.line_spacing_dots;
                self.feed_row_and_paper(feed_dots);
            }
            Command::PrintAndFeedPaper(n) => {
                let feed_dots = self.modes.units.down(self.profile, n.into());
                self.feed_row_and_paper(feed_dots);
            }
            Command::SelectDefaultLineSpacing => {
                modes.line_spacing_dots = u32::from(self.profile.line_spacing_dots);
                modes.line_spacing_is_set = false;
            }
            Command::SetLineSpacing(n) => {
                modes.line_spacing_dots = modes.units.down(self.profile, n.into());
                modes.line_spacing_is_set = true;
            }
            Command::PrintAndReverseFeed(_) | Command::PrintAndReverseFeedLines(_) => {
                // Most models cannot pull paper back; they print the row.
                self.print_row();
            }

            // Positions. What sets up a row takes effect at its start only.
            Command::SelectJustification(n) | Command::SelectVendorJustification(n) => {
                if self.line.is_empty() {
                    assign(&mut modes.justification, n.meaning());
                }
            }
            Command::TurnUpsideDownMode(n) => {
                if self.line.is_empty() {
                    assign(&mut modes.upside_down, is_on(n));
                }
            }
            Command::SetLeftMargin(n) => {
                if self.line.is_empty() {
                    modes.left_margin_dots = modes.units.across(self.profile, n);
                }
            }
            Command::SetPrintAreaWidth(n) => {
                if self.line.is_empty() {
                    modes.area_width_dots = modes.units.across(self.profile, n);
                }
            }
            Command::SetAbsolutePrintPosition(n) => {
                let dots = modes.units.across(self.profile, n);
                if dots <= self.row_width_dots() {
                    self.line.position_dots = dots;
                }
            }
            Command::SetRelativePrintPosition(n) => self.move_across(n),
            Command::HorizontalTab => self.tab(),
            Command::SetHorizontalTabPositions(columns) => {
                modes.set_tab_stops(self.profile, &columns);
            }
            Command::SetMotionUnits { x, y } => modes.units = MotionUnits { x, y },
            Command::SetPositionToLineBeginning(n) => match n {
                // 0 drops what the row holds, 1 prints it.
                0 | b'0' => self.line = Line::default(),
                1 | b'1' => self.print_row(),
                _ => {}
            },

            // Page mode
            Command::SelectPageMode => {
                if self.page.is_none() {
                    self.print_row();
                    self.page = Some(Page::new(self.profile));
                }
            }
            Command::SelectStandardMode => {
                if self.page.take().is_some() {
                    self.line = Line::default();
                }
            }
            Command::FormFeed => {
                self.print_row();
                self.print_page();
                self.page = None;
            }
            Command::PrintPage => {
                self.on_page(|_| {});
                self.print_page();
            }
            Command::CancelPrintDataInPageMode => {
                if let Some(page) = &mut self.page {
                    self.line = Line::default();
                    page.clear_area();
                }
            }
            Command::SetPrintAreaInPageMode {
                x,
                y,
                width,
                height,
            } => {
                let units = modes.units;
                let profile = self.profile;
                let area = Area {
                    x_dots: units.across(profile, x),
                    y_dots: units.down(profile, y),
                    width_dots: units.across(profile, width),
                    height_dots: units.down(profile, height),
                };
                self.on_page(|page| page.set_area(area, profile));
            }
            Command::SelectPrintDirection(n) => {
                if let Some(direction) = n.meaning() {
                    self.on_page(|page| page.set_direction(direction));
                }
            }
            Command::SetAbsoluteVerticalPosition(n) => {
                let dots = modes.units.down(self.profile, n);
                self.move_down_page(|page| page.move_to(dots));
            }
            Command::SetRelativeVerticalPosition(n) => {
                let dots = modes.units.down(self.profile, n.unsigned_abs());
                self.move_down_page(|page| {
                    if n < 0 {
                        page.move_up(dots);
                    } else {
                        page.move_down(dots);
                    }
                });
            }

            // Codes and pictures
            Command::SetBarcodeHeight(n) => modes.barcode_height_dots = n.max(1),
            Command::SetBarcodeWidth(n) => modes.barcode_module_dots = n.clamp(1, 6),
            Command::SelectHriPosition(n) => assign(&mut modes.hri_position, n.meaning()),
            Command::SelectHriFont(n) => assign(&mut modes.hri_font, n.meaning()),
            Command::PrintBarcode { system, data } => self.barcode(system, data),
            Command::Symbol {
                symbology,
                function,
            } => {
                if let Some(symbology) = symbology.meaning() {
                    self.symbol(symbology, function);
                }
            }
            Command::SelectVendorSymbology(n) => {
                assign(&mut modes.vendor_symbology, selected_symbology(n));
            }
            Command::SetVendorModuleSize(n) => modes.symbols.qr_module_dots = n.clamp(1, 16),
            Command::PrintVendorSymbol(symbol) => self.vendor_symbol(&symbol),
            Command::PrintVendorBarcode {
                kind,
                module_dots,
                height_dots,
                hri,
                data,
            } => self.vendor_barcode(kind, module_dots, height_dots, hri, data),
            Command::PrintRasterBitImage {
                scale,
                width_octets,
                height_dots,
                data,
            } => self.raster(scale, width_octets, height_dots, data),
            Command::SelectBitImageMode { mode, data, .. } => self.strip(mode, &data),
            Command::Graphics { function, .. } => self.graphics(function),
            Command::DefineNvBitImages { data, .. } => self.define_nv(&data),
            Command::PrintNvBitImage { n, scale } => self.nv(n, scale),
            Command::DefineDownloadedBitImage {
                height_octets,
                data,
                ..
            } => {
                let height_octets = u32::from(height_octets);
                self.stored.downloaded = Some(Arc::new(Bitmap::from_columns(
                    height_octets,
                    height_octets * 8,
                    &data,
                )));
            }
            Command::PrintDownloadedBitImage(scale) => self.downloaded(scale),
            Command::PrintVariableBitImage {
                scale,
                octets_per_column,
                data,
                ..
            } => self.variable(scale, octets_per_column, &data),

            // Cutter and drawer
            Command::CutPaper(n) => {
                if let Some(mode) = n.meaning() {
                    self.cut(mode, 0);
                }
            }
            Command::FeedAndCutPaper { mode, feed_units }
            | Command::PresetCuttingPosition { mode, feed_units }
            | Command::FeedCutAndReturn { mode, feed_units } => self.cut(mode, feed_units),
            Command::PartialCutOnePoint | Command::PartialCutThreePoints => {
                self.cut(CutMode::Partial, 0);
            }
            Command::GeneratePulse { pin, on, off } => {
                if let Some(pin) = pin.meaning() {
                    let (on_ms, off_ms) = (u32::from(on) * 2, u32::from(off) * 2);
                    self.paper.pulse(pin, on_ms, off_ms, self.offset);
                }
            }
            Command::GenerateVendorPulse(pulse) => {
                if let Some(pin) = pulse.pin() {
                    let (on_ms, off_ms) = pulse.times_ms();
                    self.paper.pulse(pin, on_ms, off_ms, self.offset);
                }
            }
            Command::CutVendorPaper => self.cut(CutMode::Full, 0),
            Command::GenerateRealTimePulse { pin, time } => {
                if let Some(pin) = pin.meaning() {
                    let time_ms = u32::from(time) * 100;
                    self.paper.pulse(pin, time_ms, time_ms, self.offset);
                }
            }

            // Handled before, or without an effect on what the paper shows.
            Command::Text(_)
            | Command::SelectCharacterCodeTable(_)
            | Command::SelectInternationalCharacterSet(_)
            | Command::SelectKanjiMode
            | Command::CancelKanjiMode
            | Command::SelectKanjiCodeSystem(_)
            | Command::SelectCharacterEncoding(_)
            | Command::SelectPeripheralDevice(_)
            | Command::PrintAndCarriageReturn
            | Command::TurnSmoothingMode(_)
            | Command::SelectKanjiFont(_)
            | Command::DefineUserDefinedKanji { .. }
            | Command::CancelUserDefinedKanji(_)
            | Command::SoundBuzzer { .. }
            | Command::TransmitRealTimeStatus { .. }
            | Command::EnableAutomaticStatusBack(_)
            | Command::TransmitStatus(_)
            | Command::TransmitPrinterId(_)
            | Command::SelectPaperSensors { .. }
            | Command::EnablePanelButtons(_)
            | Command::SetPrintDensity(_)
            | Command::TurnUnidirectionalPrintMode(_)
            | Command::ReturnHome
            | Command::StartOrEndMacro
            | Command::ExecuteMacro { .. }
            | Command::LengthPrefixed { .. }
            | Command::Other(_)
            | Command::Unknown(_) => {}
        }
    }

    /// Notes that something did not fit.
    fn find(&mut self, kind: FindingKind) {
        self.paper.find(self.offset, kind);
    }
}

/// Takes a value that means something; one that does not changes nothing.
fn assign<T>(place: &mut T, meaning: Option<T>) {
    if let Some(meaning) = meaning {
        *place = meaning;
    }
}

fn is_on(switch: Argument<Switch>) -> Option<bool> {
    switch.meaning().map(Switch::is_on)
}
