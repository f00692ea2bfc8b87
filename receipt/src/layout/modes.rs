//! Everything `ESC @` resets: what is selected and set at a point of the job.

use super::document::{Style, SymbolSettings};
use super::line::Extent;
use crate::command::{
    CharacterSize, Font, HriPosition, Justification, PrintColor, PrintModes, Rotation, Symbology,
    Underline,
};
use crate::profile::Profile;

/// `ESC D` and the default tab stops: as many as the manual allows.
const TAB_STOPS_MAX: u32 = 32;

/// What is selected and set.
#[derive(Debug, Clone)]
pub(super) struct Modes {
    pub(super) font: Font,
    pub(super) size: CharacterSize,
    pub(super) emphasized: bool,
    pub(super) double_strike: bool,
    pub(super) italic: bool,
    pub(super) reverse: bool,
    pub(super) underline: Underline,
    pub(super) kanji_underline: Underline,
    pub(super) rotation: Rotation,
    pub(super) color: PrintColor,
    pub(super) upside_down: bool,
    /// Whether characters defined by the job take the place of the printer's.
    pub(super) user_defined: bool,
    /// Right of each character, in dots before enlargement.
    pub(super) spacing_dots: u32,
    /// Left of each two-byte character, in dots before enlargement.
    pub(super) kanji_lead_dots: u32,
    /// Right of each two-byte character, in dots before enlargement.
    pub(super) kanji_spacing_dots: u32,
    pub(super) justification: Justification,
    pub(super) left_margin_dots: u32,
    /// As set; the paper may leave less.
    pub(super) area_width_dots: u32,
    pub(super) line_spacing_dots: u32,
    /// Whether `ESC 3` set it.
    pub(super) line_spacing_is_set: bool,
    pub(super) tab_stops_dots: Vec<u32>,
    pub(super) units: MotionUnits,
    pub(super) barcode_height_dots: u8,
    pub(super) barcode_module_dots: u8,
    pub(super) hri_position: HriPosition,
    pub(super) hri_font: Font,
    pub(super) symbols: SymbolSettings,
    /// `GS Z`: the code that `ESC Z` prints.
    pub(super) vendor_symbology: Symbology,
}

impl Modes {
    /// The state after power-on and `ESC @`.
    pub(super) fn new(profile: &Profile) -> Self {
        let tab_dots = u32::from(profile.font_a.width_dots) * 8;
        Self {
            font: Font::A,
            size: CharacterSize::new(1, 1),
            emphasized: false,
            double_strike: false,
            italic: false,
            reverse: false,
            underline: Underline::Off,
            kanji_underline: Underline::Off,
            rotation: Rotation::Off,
            color: PrintColor::Black,
            upside_down: false,
            user_defined: false,
            spacing_dots: 0,
            kanji_lead_dots: 0,
            kanji_spacing_dots: 0,
            justification: Justification::Left,
            left_margin_dots: 0,
            area_width_dots: u32::from(profile.width_dots),
            line_spacing_dots: u32::from(profile.line_spacing_dots),
            line_spacing_is_set: false,
            tab_stops_dots: (1..=TAB_STOPS_MAX).map(|stop| stop * tab_dots).collect(),
            units: MotionUnits::default(),
            barcode_height_dots: 162,
            barcode_module_dots: 3,
            hri_position: HriPosition::None,
            hri_font: Font::A,
            symbols: SymbolSettings::default(),
            vendor_symbology: Symbology::Qr,
        }
    }

    /// `ESC !`: sets all of these at once, and clears what is not named.
    pub(super) fn select_print_modes(&mut self, modes: PrintModes) {
        self.font = if modes.font_b() { Font::B } else { Font::A };
        self.emphasized = modes.emphasized();
        self.size = CharacterSize::new(
            1 + u8::from(modes.double_width()),
            1 + u8::from(modes.double_height()),
        );
        self.underline = if modes.underlined() {
            Underline::OneDot
        } else {
            Underline::Off
        };
    }

    /// How a character looks now.
    pub(super) fn style(&self, wide: bool) -> Style {
        Style {
            font: self.font,
            width: self.size.width(),
            height: self.size.height(),
            bold: self.emphasized || self.double_strike,
            italic: self.italic,
            reverse: self.reverse,
            underline: if wide {
                self.kanji_underline
            } else {
                self.underline
            },
            rotation: self.rotation,
            color: self.color,
        }
    }

    /// How far a character moves the print position, and how high it stands.
    pub(super) fn character_extent(&self, profile: &Profile, wide: bool) -> Extent {
        let cell = if wide {
            profile.kanji
        } else {
            profile.cell(self.font)
        };
        let (across, up) = match self.rotation {
            Rotation::Off => (cell.width_dots, cell.height_dots),
            Rotation::Clockwise | Rotation::ClockwiseWide => (cell.height_dots, cell.width_dots),
        };
        let below = u32::from(cell.height_dots - cell.base_dots());
        let spacing = if wide {
            self.kanji_lead_dots + self.kanji_spacing_dots
        } else {
            self.spacing_dots
        };
        let height_dots = u32::from(up) * u32::from(self.size.height());
        Extent {
            width_dots: (u32::from(across) + spacing) * u32::from(self.size.width()),
            height_dots,
            base_dots: height_dots.saturating_sub(below * u32::from(self.size.height())),
        }
    }

    /// Room left of a character, enlarged as it is.
    pub(super) fn lead_dots(&self, wide: bool) -> u32 {
        if wide {
            self.kanji_lead_dots * u32::from(self.size.width())
        } else {
            0
        }
    }

    /// The print area across the paper: left edge and width, never empty.
    pub(super) fn area(&self, profile: &Profile) -> (u32, u32) {
        let paper = u32::from(profile.width_dots);
        let left = self.left_margin_dots.min(paper.saturating_sub(1));
        (left, self.area_width_dots.clamp(1, (paper - left).max(1)))
    }

    /// `ESC D`: positions in columns of the character width now selected.
    pub(super) fn set_tab_stops(&mut self, profile: &Profile, columns: &[u8]) {
        let column_dots = self.character_extent(profile, false).width_dots;
        self.tab_stops_dots = columns
            .iter()
            .take(TAB_STOPS_MAX as usize)
            .map(|&column| u32::from(column).saturating_mul(column_dots))
            .collect();
    }
}

/// `GS P`: units an inch, 0 for one unit a dot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MotionUnits {
    pub(super) x: u8,
    pub(super) y: u8,
}

impl MotionUnits {
    /// Horizontal units as dots.
    pub(super) fn across(self, profile: &Profile, units: u16) -> u32 {
        in_dots(profile, units, self.x)
    }

    /// Vertical units as dots.
    pub(super) fn down(self, profile: &Profile, units: u16) -> u32 {
        in_dots(profile, units, self.y)
    }
}

fn in_dots(profile: &Profile, units: u16, units_per_inch: u8) -> u32 {
    if units_per_inch == 0 {
        return u32::from(units);
    }
    u32::from(units) * u32::from(profile.dots_per_inch) / u32::from(units_per_inch)
}
