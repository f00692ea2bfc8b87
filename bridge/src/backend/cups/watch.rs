//! When a change in a queue's printer is worth telling. Pure.
//!
//! That a printer stops or goes on is told at once. All else must last: a
//! driver says `connecting-to-device` for ten milliseconds with each job, and
//! somebody else's job makes the printer busy; neither is news. What goes on
//! is said again, because a word that is not repeated is not believed for long.

use std::time::Duration;

use platen_protocol::{PrinterStateReason, StatusSource};
use tokio::time::Instant;

use super::observer::Sight;
use crate::backend::DeviceStatus;

/// How long a change that stops nothing must last.
const LASTING: Duration = Duration::from_millis(500);

/// How often what goes on is said again.
const AGAIN: Duration = Duration::from_secs(2);

/// When a status is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    Now,
    /// Unless it has gone by then.
    At(Instant),
}

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Told {
    last: Option<(DeviceStatus, Instant)>,
    /// Since when it is no longer true.
    outdated_at: Option<Instant>,
}

impl Told {
    /// Judges what is seen now.
    pub(super) fn judge(&mut self, seen: &DeviceStatus, now: Instant) -> Telling {
        let Some((told, told_at)) = &self.last else {
            return Telling::Now;
        };
        let at = if same(told, seen) {
            self.outdated_at = None;
            *told_at + AGAIN
        } else if stopping(told) != stopping(seen) || told.reachable != seen.reachable {
            now
        } else {
            *self.outdated_at.get_or_insert(now) + LASTING
        };
        if at <= now {
            Telling::Now
        } else {
            Telling::At(at)
        }
    }

    /// This was told.
    pub(super) fn tell(&mut self, status: DeviceStatus, now: Instant) {
        self.outdated_at = None;
        self.last = Some((status, now));
    }
}

/// What a queue looks like, as a device's status.
pub(super) fn status_of(sight: &Sight) -> DeviceStatus {
    let out_of_reach = |reason| DeviceStatus::unreachable(reason, StatusSource::Ipp);
    match sight {
        Sight::Printer(printer) => DeviceStatus {
            state: Some(printer.state),
            reasons: printer.reasons.clone(),
            reachable: Some(true),
            source: StatusSource::Ipp,
        },
        Sight::NoQueue => out_of_reach(PrinterStateReason::OFFLINE),
        Sight::NoService => out_of_reach(PrinterStateReason::SPOOLER_UNAVAILABLE),
    }
}

/// Whether two statuses say the same, but for who is printing.
fn same(one: &DeviceStatus, other: &DeviceStatus) -> bool {
    one.reasons == other.reasons && one.reachable == other.reachable && one.stops() == other.stops()
}

fn stopping(status: &DeviceStatus) -> Vec<&PrinterStateReason> {
    status
        .reasons
        .iter()
        .filter(|reason| reason.stops())
        .collect()
}

#[cfg(test)]
mod tests {
    use platen_protocol::PrinterState;

    use super::*;

    fn with(reasons: &[&str]) -> DeviceStatus {
        DeviceStatus {
            reasons: reasons.iter().map(|text| text.parse().unwrap()).collect(),
            ..DeviceStatus::ready(StatusSource::Ipp)
        }
    }

    #[test]
    fn a_stop_is_told_at_once_and_a_flicker_never() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let again = Telling::At(after(2_000));
        let mut told = Told::default();
        assert_eq!(told.judge(&with(&[]), start), Telling::Now);
        told.tell(with(&[]), start);
        let flicker = with(&["connecting-to-device-report"]);
        assert_eq!(told.judge(&flicker, after(0)), Telling::At(after(500)));
        assert_eq!(told.judge(&with(&[]), after(10)), again);
        assert_eq!(told.judge(&flicker, after(400)), Telling::At(after(900)));
        // What churns for long is told after all, as it is then.
        let low = with(&["toner-low-warning"]);
        assert_eq!(told.judge(&low, after(900)), Telling::Now);
        let empty = with(&["media-empty"]);
        assert_eq!(told.judge(&empty, after(20)), Telling::Now);
        told.tell(empty.clone(), after(20));
        assert_eq!(told.judge(&empty, after(30)), Telling::At(after(2_020)));
        assert_eq!(told.judge(&with(&[]), after(30)), Telling::Now);
    }

    #[test]
    fn somebody_elses_job_is_no_news_and_what_goes_on_is_said_again() {
        let start = Instant::now();
        let mut told = Told::default();
        told.tell(with(&[]), start);
        let busy = DeviceStatus {
            state: Some(PrinterState::Processing),
            ..with(&[])
        };
        assert_eq!(told.judge(&busy, start), Telling::At(start + AGAIN));
        assert_eq!(told.judge(&busy, start + AGAIN), Telling::Now);
    }

    #[test]
    fn a_service_that_is_gone_is_not_a_printer_that_is_offline() {
        let reason = |sight| status_of(&sight).reasons[0].to_string();
        assert_eq!(reason(Sight::NoService), "spooler-unavailable");
        assert_eq!(reason(Sight::NoQueue), "offline");
    }
}
