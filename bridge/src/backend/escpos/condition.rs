//! What status octets mean, in IPP's words.
//!
//! | the printer says | `printer-state-reasons` |
//! | --- | --- |
//! | cover open | `cover-open` |
//! | roll paper end | `media-empty` |
//! | roll paper near end | `media-low-warning` |
//! | autocutter error | `separation-cutter-jam` (PWG 5100.9) |
//! | recoverable error: the mechanism is blocked | `media-jam` |
//! | unrecoverable error, or an error without its cause | `other` |
//! | error that passes by itself: the print head is too hot | `fuser-over-temp`, the one keyword for heat |
//! | off-line for no cause it names, such as its feed button | `offline` |
//!
//! The drawer is no reason: printing does not depend on it.

use platen_protocol::{PrinterState, PrinterStateReason, StatusSource};

use crate::backend::DeviceStatus;

/// One thing that is wrong with a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Trouble {
    /// The cover is open.
    CoverOpen = 1 << 0,
    /// No paper.
    PaperEnd = 1 << 1,
    /// The cutter is stuck.
    Cutter = 1 << 2,
    /// The mechanism is stuck.
    Mechanism = 1 << 3,
    /// Only a technician helps, or the printer does not say what it is.
    Broken = 1 << 4,
    /// Printing goes on by itself when the head has cooled.
    TooHot = 1 << 5,
    /// Off-line, and none of the above.
    Offline = 1 << 6,
    /// Little paper is left; the printer prints on.
    PaperNearEnd = 1 << 7,
}

impl Trouble {
    const ALL: [Self; 8] = [
        Self::CoverOpen,
        Self::PaperEnd,
        Self::Cutter,
        Self::Mechanism,
        Self::Broken,
        Self::TooHot,
        Self::Offline,
        Self::PaperNearEnd,
    ];

    fn reason(self) -> &'static str {
        match self {
            Self::CoverOpen => PrinterStateReason::COVER_OPEN,
            Self::PaperEnd => PrinterStateReason::MEDIA_EMPTY,
            Self::Cutter => "separation-cutter-jam",
            Self::Mechanism => "media-jam",
            Self::Broken => "other",
            Self::TooHot => "fuser-over-temp",
            Self::Offline => PrinterStateReason::OFFLINE,
            Self::PaperNearEnd => "media-low-warning",
        }
    }
}

/// Everything that is wrong with a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition(u8);

/// The bits of one answer, before they are put together.
#[derive(Debug, Clone, Copy)]
struct Bits {
    offline: bool,
    cover_open: bool,
    paper_end: bool,
    paper_near_end: bool,
    /// Some error, whichever.
    error: bool,
    recoverable: bool,
    cutter: bool,
    unrecoverable: bool,
    passes_by_itself: bool,
}

impl Condition {
    /// The four answers to [`STATUS`](super::STATUS), in its order.
    #[must_use]
    pub fn from_real_time([printer, offline, error, paper]: [u8; 4]) -> Self {
        Self::from_bits(Bits {
            offline: printer & 0x08 != 0,
            cover_open: offline & 0x04 != 0,
            paper_end: offline & 0x20 != 0 || paper & 0x60 != 0,
            paper_near_end: paper & 0x0C != 0,
            error: offline & 0x40 != 0,
            recoverable: error & 0x04 != 0,
            cutter: error & 0x08 != 0,
            unrecoverable: error & 0x20 != 0,
            passes_by_itself: error & 0x40 != 0,
        })
    }

    /// The four octets of Automatic Status Back.
    #[must_use]
    pub fn from_automatic([printer, error, paper, _]: [u8; 4]) -> Self {
        Self::from_bits(Bits {
            offline: printer & 0x08 != 0,
            cover_open: printer & 0x20 != 0,
            paper_end: paper & 0x0C != 0,
            paper_near_end: paper & 0x03 != 0,
            error: false,
            recoverable: error & 0x04 != 0,
            cutter: error & 0x08 != 0,
            unrecoverable: error & 0x20 != 0,
            passes_by_itself: error & 0x40 != 0,
        })
    }

    fn from_bits(bits: Bits) -> Self {
        let mut condition = Self::default();
        let mut add = |is_so: bool, trouble| {
            if is_so {
                condition.0 |= trouble as u8;
            }
        };
        add(bits.cover_open, Trouble::CoverOpen);
        add(bits.paper_end, Trouble::PaperEnd);
        add(bits.cutter, Trouble::Cutter);
        add(bits.recoverable, Trouble::Mechanism);
        add(bits.unrecoverable, Trouble::Broken);
        // Some models count an open cover among the errors that pass.
        add(bits.passes_by_itself && !bits.cover_open, Trouble::TooHot);
        // Paper above its end is paper.
        add(
            bits.paper_near_end && !bits.paper_end,
            Trouble::PaperNearEnd,
        );
        let named = bits.cutter || bits.recoverable || bits.unrecoverable || bits.passes_by_itself;
        add(bits.error && !named, Trouble::Broken);
        let warnings = Trouble::PaperNearEnd as u8;
        if bits.offline && condition.0 & !warnings == 0 {
            condition.0 |= Trouble::Offline as u8;
        }
        condition
    }

    /// Whether it has this trouble.
    #[must_use]
    pub fn has(self, trouble: Trouble) -> bool {
        self.0 & trouble as u8 != 0
    }

    /// In IPP's words.
    #[must_use]
    pub fn status(self) -> DeviceStatus {
        let reasons: Vec<PrinterStateReason> = Trouble::ALL
            .into_iter()
            .filter(|trouble| self.has(*trouble))
            .filter_map(|trouble| trouble.reason().parse().ok())
            .collect();
        let stops = reasons.iter().any(PrinterStateReason::stops);
        DeviceStatus {
            state: Some(if stops {
                PrinterState::Stopped
            } else {
                PrinterState::Idle
            }),
            reasons,
            reachable: Some(true),
            source: StatusSource::EscPos,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(condition: Condition) -> Vec<String> {
        let status = condition.status();
        assert_eq!(status.reachable, Some(true));
        status.reasons.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_octets_of_real_time_status_become_ipp_keywords() {
        let check = |octets, expected: &[&str]| {
            let condition = Condition::from_real_time(octets);
            assert_eq!(reasons(condition), expected, "{octets:02x?}");
        };
        check([0x12, 0x12, 0x12, 0x12], &[]);
        // The drawer is open, the feed button was pressed once.
        check([0x16, 0x12, 0x12, 0x12], &[]);
        check([0x12, 0x12, 0x12, 0x1E], &["media-low-warning"]);
        check([0x1A, 0x32, 0x12, 0x7E], &["media-empty"]);
        check([0x1A, 0x16, 0x12, 0x12], &["cover-open"]);
        check([0x1A, 0x36, 0x12, 0x72], &["cover-open", "media-empty"]);
        check([0x1A, 0x52, 0x1A, 0x12], &["separation-cutter-jam"]);
        check([0x1A, 0x52, 0x16, 0x12], &["media-jam"]);
        check([0x1A, 0x52, 0x32, 0x12], &["other"]);
        check([0x1A, 0x52, 0x52, 0x12], &["fuser-over-temp"]);
        check([0x1A, 0x56, 0x52, 0x12], &["cover-open"]);
        check([0x1A, 0x52, 0x12, 0x12], &["other"]);
        check([0x1A, 0x1A, 0x12, 0x12], &["offline"]);
        check([0x1A, 0x12, 0x12, 0x1E], &["offline", "media-low-warning"]);
    }

    #[test]
    fn the_octets_of_automatic_status_become_the_same_keywords() {
        let check = |octets, expected: &[&str]| {
            let condition = Condition::from_automatic(octets);
            assert_eq!(reasons(condition), expected, "{octets:02x?}");
        };
        check([0x10, 0x00, 0x00, 0x00], &[]);
        check([0x14, 0x00, 0x00, 0x0F], &[]);
        check([0x10, 0x00, 0x03, 0x00], &["media-low-warning"]);
        check([0x18, 0x00, 0x0F, 0x00], &["media-empty"]);
        check([0x38, 0x00, 0x00, 0x00], &["cover-open"]);
        check([0x18, 0x08, 0x00, 0x00], &["separation-cutter-jam"]);
        check([0x18, 0x04, 0x00, 0x00], &["media-jam"]);
        check([0x18, 0x20, 0x00, 0x00], &["other"]);
        check([0x18, 0x40, 0x00, 0x00], &["fuser-over-temp"]);
        check([0x58, 0x00, 0x00, 0x00], &["offline"]);
    }

    #[test]
    fn a_warning_leaves_the_printer_able_to_print() {
        let low = Condition::from_automatic([0x10, 0x00, 0x03, 0x00]).status();
        assert!(!low.stops());
        assert_eq!(low.state, Some(PrinterState::Idle));
        let empty = Condition::from_automatic([0x18, 0x00, 0x0F, 0x00]).status();
        assert!(empty.stops());
    }
}
