//! What the spooler's bits mean, in the agent's words. Pure.
//!
//! The spooler knows of a printer what the port's monitor tells it, and that is
//! often nothing: no bit set says that nobody complained.

use platen_protocol::{PrinterState, PrinterStateReason, StatusSource};
use platen_spooler_wire::PrinterCondition;

use crate::backend::DeviceStatus;

/// Bits of a job (`JOB_STATUS_*` in `winspool.h`).
pub(super) mod job {
    pub(in super::super) const PAUSED: u32 = 0x1;
    pub(in super::super) const ERROR: u32 = 0x2;
    pub(in super::super) const DELETING: u32 = 0x4;
    pub(in super::super) const SPOOLING: u32 = 0x8;
    pub(in super::super) const PRINTING: u32 = 0x10;
    pub(in super::super) const OFFLINE: u32 = 0x20;
    pub(in super::super) const PAPER_OUT: u32 = 0x40;
    pub(in super::super) const PRINTED: u32 = 0x80;
    pub(in super::super) const DELETED: u32 = 0x100;
    pub(in super::super) const BLOCKED: u32 = 0x200;
    pub(in super::super) const USER_INTERVENTION: u32 = 0x400;
    /// All of it was sent to the printer.
    pub(in super::super) const COMPLETE: u32 = 0x1000;
}

/// The user works offline (`PRINTER_ATTRIBUTE_WORK_OFFLINE`).
const WORK_OFFLINE: u32 = 0x400;

/// A printer is busy, one way or another (`BUSY`, `PRINTING`, `PROCESSING`).
const AT_WORK: u32 = 0x200 | 0x400 | 0x4000;

/// Bits of a printer (`PRINTER_STATUS_*`) that say what is the matter.
const PRINTER_REASONS: [(u32, &str); 13] = [
    (0x1, PrinterStateReason::PAUSED),
    // About to be removed.
    (0x4, "deactivated"),
    (0x8, "media-jam"),
    (0x10, PrinterStateReason::MEDIA_EMPTY),
    // It waits for a sheet by hand.
    (0x20, "media-needed"),
    (0x80, PrinterStateReason::OFFLINE),
    (0x800, "output-area-full"),
    // Not available; its server is not known, or away.
    (0x1000 | 0x80_0000 | 0x200_0000, PrinterStateReason::OFFLINE),
    (0x2_0000, "toner-low-warning"),
    (0x4_0000, "toner-empty"),
    (0x40_0000, "door-open"),
    (0x400_0000, "driver-update-needed-warning"),
    // One page was too much for it and came out as an error.
    (0x8_0000, "interpreter-resource-unavailable-warning"),
];

/// Something is the matter, and it is not said what: `ERROR`,
/// `PAPER_PROBLEM`, `USER_INTERVENTION`, `OUT_OF_MEMORY`.
const PRINTER_UNNAMED: u32 = 0x2 | 0x40 | 0x10_0000 | 0x20_0000;

/// Bits of a job that say why it does not go on.
const JOB_REASONS: [(u32, &str); 2] = [
    (job::OFFLINE, PrinterStateReason::OFFLINE),
    (job::PAPER_OUT, PrinterStateReason::MEDIA_EMPTY),
];

/// It does not go on, and it is not said why. Somebody may hold it.
const JOB_UNNAMED: u32 = job::PAUSED | job::ERROR | job::BLOCKED | job::USER_INTERVENTION;

/// How a printer is, as the spooler says.
pub(super) fn of_printer(condition: PrinterCondition) -> DeviceStatus {
    let PrinterCondition { status, attributes } = condition;
    let mut reasons = named(status, &PRINTER_REASONS);
    if attributes & WORK_OFFLINE != 0 {
        add(&mut reasons, PrinterStateReason::OFFLINE);
    }
    if status & PRINTER_UNNAMED != 0 && !stop(&reasons) {
        add(&mut reasons, "other");
    }
    let state = if stop(&reasons) {
        PrinterState::Stopped
    } else if status & AT_WORK != 0 {
        PrinterState::Processing
    } else {
        PrinterState::Idle
    };
    DeviceStatus {
        state: Some(state),
        reasons,
        reachable: Some(true),
        source: StatusSource::Spooler,
    }
}

/// Why an unfinished job does not go on; empty when nothing holds it up.
pub(super) fn of_job(status: u32) -> Vec<PrinterStateReason> {
    let mut reasons = named(status, &JOB_REASONS);
    if status & JOB_UNNAMED != 0 && reasons.is_empty() {
        // RFC 8011 §5.4.12: a reason the standard has no word for.
        add(&mut reasons, "other");
    }
    reasons
}

fn named(status: u32, table: &[(u32, &str)]) -> Vec<PrinterStateReason> {
    let mut reasons = Vec::new();
    for (bits, keyword) in table {
        if status & bits != 0 {
            add(&mut reasons, keyword);
        }
    }
    reasons
}

/// Each once.
fn add(reasons: &mut Vec<PrinterStateReason>, keyword: &str) {
    if let Ok(reason) = keyword.parse()
        && !reasons.contains(&reason)
    {
        reasons.push(reason);
    }
}

fn stop(reasons: &[PrinterStateReason]) -> bool {
    reasons.iter().any(PrinterStateReason::stops)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use PrinterState::{Idle, Processing, Stopped};

    fn words(reasons: &[PrinterStateReason]) -> Vec<&str> {
        reasons.iter().map(PrinterStateReason::as_str).collect()
    }

    #[test]
    fn each_bit_of_a_printer_is_a_reason_or_work() {
        for (status, attributes, state, reasons) in [
            (0, 0, Idle, &[][..]),
            (0x400, 0, Processing, &[]),
            (0x4000 | 0x2_0000, 0, Processing, &["toner-low-warning"]),
            (0x1, 0, Stopped, &["paused"]),
            (0x2, 0, Stopped, &["other"]),
            (0x2 | 0x10, 0, Stopped, &["media-empty"]),
            (0x80 | 0x1000, 0, Stopped, &["offline"]),
            (0, 0x400, Stopped, &["offline"]),
            (0x40_0000 | 0x8, 0, Stopped, &["media-jam", "door-open"]),
            (0x10_0000, 0x40, Stopped, &["other"]),
            // Saves power, warms up, sends: no news.
            (0x100_0000 | 0x1_0000 | 0x100, 0, Idle, &[]),
        ] {
            let said = of_printer(PrinterCondition { status, attributes });
            assert_eq!(said.state, Some(state), "{status:#x}");
            assert_eq!(words(&said.reasons), reasons, "{status:#x}");
            assert_eq!(said.source, StatusSource::Spooler);
        }
    }

    #[test]
    fn a_job_that_does_not_go_on_says_why_as_far_as_it_is_known() {
        for (status, reasons) in [
            (0, &[][..]),
            (job::SPOOLING | job::PRINTING, &[]),
            (
                job::PRINTING | job::PAPER_OUT | job::ERROR,
                &["media-empty"],
            ),
            (job::OFFLINE, &["offline"]),
            (job::PAUSED, &["other"]),
            (job::BLOCKED, &["other"]),
        ] {
            assert_eq!(words(&of_job(status)), reasons, "{status:#x}");
        }
    }

    proptest! {
        #[test]
        fn a_printer_is_stopped_exactly_when_a_reason_says_so(status: u32, attributes: u32) {
            let said = of_printer(PrinterCondition { status, attributes });
            prop_assert_eq!(said.state == Some(Stopped), stop(&said.reasons));
        }
    }
}
