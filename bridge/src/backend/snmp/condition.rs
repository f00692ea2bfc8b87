//! What a printer's numbers mean, in IPP's words. Pure.
//!
//! RFC 2790 §5 tells a printer that can go on from one that cannot by
//! `hrDeviceStatus` and `hrPrinterStatus` together; the error bits alone do
//! not. A condition of a printer that can go on is a warning.

use platen_protocol::{PrinterState, PrinterStateReason, StatusSource};

use crate::backend::DeviceStatus;

/// A supply of which this much or less is left is low.
const LOW_PERCENT: i128 = 5;

/// `prtMarkerSuppliesClass`: something that is used up, not filled.
const CONSUMED: i64 = 3;

/// `hrPrinterDetectedErrorState`: the keyword of each bit, the most significant
/// of the first octet first.
const CONDITIONS: [&str; 15] = [
    "media-low-warning",
    "media-empty",
    "toner-low-warning",
    "toner-empty",
    "cover-open",
    "media-jam",
    "offline",
    // Service requested: somebody is to look at it some day.
    "other-warning",
    "input-tray-missing",
    "output-tray-missing",
    "marker-supply-missing",
    "output-area-almost-full-warning",
    "output-area-full",
    // One tray of several.
    "media-empty-warning",
    // Preventive maintenance is overdue.
    "other-warning",
];

/// A row of `prtMarkerSuppliesTable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Supply {
    pub(super) class: i64,
    /// Negative when unknown, like `level`.
    pub(super) max: i64,
    pub(super) level: i64,
}

impl Supply {
    fn is_low(&self) -> bool {
        self.class == CONSUMED
            && self.max > 0
            && self.level >= 0
            && i128::from(self.level) * 100 <= i128::from(self.max) * LOW_PERCENT
    }
}

/// What a printer answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Readings {
    /// `hrPrinterStatus`: other 1, unknown 2, idle 3, printing 4, warming up 5.
    pub(super) printer_status: i64,
    /// `hrDeviceStatus`: unknown 1, running 2, warning 3, testing 4, down 5.
    pub(super) device_status: Option<i64>,
    /// `hrPrinterDetectedErrorState`; empty or short when nothing is set.
    pub(super) error_state: Vec<u8>,
    pub(super) supplies: Vec<Supply>,
}

impl Readings {
    pub(super) fn status(&self) -> DeviceStatus {
        let goes_on = self.goes_on();
        let mut reasons: Vec<PrinterStateReason> = Vec::new();
        for keyword in self.conditions() {
            let keyword = match keyword.parse::<PrinterStateReason>() {
                Ok(reason) if reason.stops() && goes_on => format!("{keyword}-warning"),
                _ => keyword.to_owned(),
            };
            if let Ok(reason) = keyword.parse()
                && !reasons.contains(&reason)
            {
                reasons.push(reason);
            }
        }
        if !goes_on && !reasons.iter().any(PrinterStateReason::stops) {
            reasons.extend("other".parse());
        }
        DeviceStatus {
            state: Some(match self.printer_status {
                _ if !goes_on => PrinterState::Stopped,
                4 => PrinterState::Processing,
                _ => PrinterState::Idle,
            }),
            reasons,
            reachable: Some(true),
            source: StatusSource::Snmp,
        }
    }

    /// Whether it can print.
    fn goes_on(&self) -> bool {
        match (self.printer_status, self.device_status) {
            (_, Some(5)) => false,
            (3..=5, _) => true,
            // Asleep: RFC 2790 has no word for it.
            (_, Some(2 | 3)) => true,
            _ => !self.conditions().any(|keyword| {
                keyword
                    .parse()
                    .is_ok_and(|reason: PrinterStateReason| reason.stops())
            }),
        }
    }

    fn conditions(&self) -> impl Iterator<Item = &'static str> {
        let is_set = |bit: &usize| {
            let octet = self.error_state.get(bit / 8).copied().unwrap_or(0);
            octet & (0x80 >> (bit % 8)) != 0
        };
        let low = self.supplies.iter().any(Supply::is_low);
        let set = (0..CONDITIONS.len()).filter(is_set);
        let set: Vec<_> = set.map(|bit| CONDITIONS[bit]).collect();
        set.into_iter()
            .chain(low.then_some("marker-supply-low-warning"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use PrinterState::{Idle, Processing, Stopped};

    #[test]
    fn numbers_become_states_and_reasons() {
        for (printer, device, errors, state, reasons) in [
            (3, Some(2), &[][..], Idle, &[][..]),
            (4, Some(2), &[0], Processing, &[]),
            (1, Some(5), &[0x40], Stopped, &["media-empty"]),
            (
                1,
                Some(5),
                &[0x4a],
                Stopped,
                &["media-empty", "cover-open", "offline"],
            ),
            // One tray of several is empty, or somebody opened a flap.
            (3, Some(3), &[0x40], Idle, &["media-empty-warning"]),
            (4, Some(3), &[0x20], Processing, &["toner-low-warning"]),
            (1, Some(2), &[], Idle, &[]),
            (1, Some(5), &[], Stopped, &["other"]),
            (1, None, &[0x04], Stopped, &["media-jam"]),
            (2, None, &[], Idle, &[]),
            (3, Some(2), &[0x01, 0x02], Idle, &["other-warning"]),
            (1, Some(5), &[0, 0x08], Stopped, &["output-area-full"]),
        ] {
            let status = Readings {
                printer_status: printer,
                device_status: device,
                error_state: errors.to_vec(),
                supplies: vec![],
            }
            .status();
            let said: Vec<_> = status
                .reasons
                .iter()
                .map(PrinterStateReason::as_str)
                .collect();
            assert_eq!((status.state, &said[..]), (Some(state), reasons));
        }
    }

    #[test]
    fn only_what_is_used_up_can_be_low() {
        let supply = |class, max, level| Supply { class, max, level };
        assert!(supply(3, 100, 5).is_low());
        assert!(!supply(3, 100, 6).is_low());
        // A waste bin, and levels nobody knows.
        assert!(!supply(4, 100, 1).is_low());
        assert!(!supply(3, -2, 1).is_low());
        assert!(!supply(3, 100, -3).is_low());
        assert!(!supply(3, i64::MAX, i64::MAX).is_low());
    }

    proptest! {
        #[test]
        fn a_stop_always_has_a_reason_and_nothing_else_stops(
            printer_status in -1..8_i64,
            device_status in proptest::option::of(-1..8_i64),
            error_state in proptest::collection::vec(any::<u8>(), 0..6),
        ) {
            let status = Readings { printer_status, device_status, error_state, supplies: vec![] }.status();
            let stopped = status.state == Some(Stopped);
            prop_assert_eq!(status.reasons.iter().any(PrinterStateReason::stops), stopped);
        }
    }
}
