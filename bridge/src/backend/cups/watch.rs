//! When a change in a queue's printer is worth telling. Pure.
//!
//! That a printer stops or goes on is told at once. All else must last: a
//! driver says `connecting-to-device` for ten milliseconds with each job, and
//! somebody else's job makes the printer busy; neither is news.

use std::time::Duration;

use platen_protocol::{PrinterStateReason, StatusSource};
use tokio::time::Instant;

use super::observer::Sight;
use crate::backend::DeviceStatus;

/// How long a change that stops nothing must last.
const LASTING: Duration = Duration::from_millis(500);

/// What to do about a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    Now,
    /// Unless it has gone by then.
    At(Instant),
    NotNews,
}

/// What was told last, and since when it is no longer true.
#[derive(Debug, Default)]
pub(super) struct Told {
    status: Option<DeviceStatus>,
    outdated_at: Option<Instant>,
}

impl Told {
    /// Judges what is seen now.
    pub(super) fn judge(&mut self, seen: &DeviceStatus, now: Instant) -> Telling {
        let Some(told) = &self.status else {
            return Telling::Now;
        };
        if same(told, seen) {
            self.outdated_at = None;
            return Telling::NotNews;
        }
        if stopping(told) != stopping(seen) || told.reachable != seen.reachable {
            return Telling::Now;
        }
        let at = *self.outdated_at.get_or_insert(now) + LASTING;
        if at <= now {
            Telling::Now
        } else {
            Telling::At(at)
        }
    }

    /// This was told.
    pub(super) fn tell(&mut self, status: DeviceStatus) {
        self.outdated_at = None;
        self.status = Some(status);
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
        let mut told = Told::default();
        assert_eq!(told.judge(&with(&[]), start), Telling::Now);
        told.tell(with(&[]));
        let flicker = with(&["connecting-to-device-report"]);
        assert_eq!(told.judge(&flicker, after(0)), Telling::At(after(500)));
        assert_eq!(told.judge(&with(&[]), after(10)), Telling::NotNews);
        assert_eq!(told.judge(&flicker, after(400)), Telling::At(after(900)));
        // What churns for long is told after all, as it is then.
        assert_eq!(
            told.judge(&with(&["toner-low-warning"]), after(900)),
            Telling::Now
        );
        assert_eq!(told.judge(&with(&["media-empty"]), after(20)), Telling::Now);
        told.tell(with(&["media-empty"]));
        assert_eq!(
            told.judge(&with(&["media-empty"]), after(20)),
            Telling::NotNews
        );
        assert_eq!(told.judge(&with(&[]), after(30)), Telling::Now);
    }

    #[test]
    fn somebody_elses_job_is_no_news() {
        let mut told = Told::default();
        told.tell(with(&[]));
        let busy = DeviceStatus {
            state: Some(PrinterState::Processing),
            ..with(&[])
        };
        assert_eq!(told.judge(&busy, Instant::now()), Telling::NotNews);
    }

    #[test]
    fn a_service_that_is_gone_is_not_a_printer_that_is_offline() {
        let reason = |sight| status_of(&sight).reasons[0].to_string();
        assert_eq!(reason(Sight::NoService), "spooler-unavailable");
        assert_eq!(reason(Sight::NoQueue), "offline");
    }
}
