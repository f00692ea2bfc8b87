//! What the device said last, and whether a delivery may start on it.
//!
//! A stopped device is believed for a while only: each look that says so again
//! prolongs it, and where nobody can look a try is made after a bounded wait,
//! longer each time. A device that is silent while nothing waits for it is
//! called offline only after several looks. Knows no jobs.

use platen_protocol::{PrinterState, PrinterStateReason, StatusDetail, StatusSource, TimestampMs};

use crate::backend::DeviceStatus;

/// A word that the device stopped holds this long without being repeated.
const BELIEVED_MS: u64 = 30_000;
/// The first wait for a device that refused a job and cannot be asked.
const UNHEARD_WAIT_MS: u64 = 1_000;
/// The longest such wait: a closed shop's weekend stays a short history.
const UNHEARD_WAIT_MS_MAX: u64 = 600_000;
/// The longest wait for a device that says it is ready and refuses each job.
const RELAPSE_WAIT_MS_MAX: u64 = 30_000;
/// Looks without an answer before an idle device counts as offline: a printer
/// that sleeps, or talks to somebody else, misses one.
const SILENT_LOOKS: u32 = 3;

/// Why, and how long, nothing starts.
#[derive(Debug, Clone, Copy)]
struct Stop {
    /// A try is made then, whatever was said.
    until: TimestampMs,
    /// Whether somebody looked after the last refusal and saw it too.
    seen: bool,
}

/// One printer's device, as far as it spoke.
#[derive(Debug, Default)]
pub(super) struct Device {
    /// Each reason with its source and age.
    details: Vec<StatusDetail>,
    stop: Option<Stop>,
    /// When it last gave a sign of itself.
    heard_at: Option<TimestampMs>,
    /// Looks in a row without an answer, and when the first was.
    silent: u32,
    silent_since: TimestampMs,
    /// Jobs refused since the last one that was taken, and when the last was.
    refusals: u32,
    refused_at: TimestampMs,
}

impl Device {
    pub(super) fn details(&self) -> &[StatusDetail] {
        &self.details
    }

    /// When it, or the print service before it, last gave a sign of itself.
    pub(super) fn heard_at(&self) -> Option<TimestampMs> {
        self.heard_at
    }

    /// Whether it said that it cannot print.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Since when it cannot print.
    pub(super) fn stopped_since(&self) -> Option<TimestampMs> {
        self.stop?;
        let stops = self.details.iter().filter(|detail| detail.reason.stops());
        stops.map(|detail| detail.since).min()
    }

    /// Whether a delivery may start.
    pub(super) fn may_start(&self, now: TimestampMs) -> bool {
        self.stop.is_none_or(|stop| is_due(stop.until, now))
    }

    /// When a delivery may start without another word of the device.
    pub(super) fn tried_at(&self) -> Option<TimestampMs> {
        self.stop.map(|stop| stop.until)
    }

    /// A delivery says how the device is.
    pub(super) fn hear(&mut self, status: &DeviceStatus, now: TimestampMs) {
        self.silent = 0;
        self.tell(status, now, now);
        self.stop = status.stops().then_some(Stop {
            until: now + BELIEVED_MS,
            seen: true,
        });
    }

    /// A delivery was refused: nothing left, and nothing can for now.
    pub(super) fn refuse(&mut self, status: &DeviceStatus, now: TimestampMs) {
        self.tell(status, now, now);
        self.refusals = self.refusals.saturating_add(1);
        self.refused_at = now;
        self.stop = Some(Stop {
            until: now + doubled(UNHEARD_WAIT_MS, self.refusals - 1, UNHEARD_WAIT_MS_MAX),
            seen: false,
        });
    }

    /// Somebody looked while no delivery ran; `waited_for`: jobs wait.
    pub(super) fn look(&mut self, status: &DeviceStatus, waited_for: bool, now: TimestampMs) {
        let says_nothing =
            status.state.is_none() && status.reachable.is_none() && status.reasons.is_empty();
        if says_nothing {
            return;
        }
        if !status.stops() {
            self.silent = 0;
            self.look_ready(status, now);
            return;
        }
        let mut since = now;
        if status.reachable == Some(false) {
            if self.silent == 0 {
                self.silent_since = now;
            }
            self.silent = self.silent.saturating_add(1);
            since = self.silent_since;
            if self.silent < SILENT_LOOKS && !waited_for && self.stop.is_none() {
                return;
            }
        } else {
            self.silent = 0;
        }
        self.tell(status, since, now);
        self.stop = Some(Stop {
            until: now + BELIEVED_MS,
            seen: true,
        });
    }

    /// Ready is believed at once, but for a device that just refused a job:
    /// one that says so and refuses again and again is asked more rarely.
    fn look_ready(&mut self, status: &DeviceStatus, now: TimestampMs) {
        if let Some(stop) = self.stop.filter(|_| self.refusals > 0) {
            let wait = if stop.seen && self.refusals == 1 {
                0
            } else if stop.seen {
                doubled(UNHEARD_WAIT_MS, self.refusals - 2, RELAPSE_WAIT_MS_MAX)
            } else {
                doubled(UNHEARD_WAIT_MS, self.refusals - 1, UNHEARD_WAIT_MS_MAX)
            };
            let at = self.refused_at + wait;
            if !is_due(at, now) {
                self.stop = Some(Stop { until: at, ..stop });
                return;
            }
        }
        self.tell(status, now, now);
        self.stop = None;
    }

    /// Octets leave: it can be reached, and takes jobs.
    pub(super) fn takes_octets(&mut self, now: TimestampMs) {
        self.heard_at = Some(now);
        self.refusals = 0;
        let unreachable = |detail: &StatusDetail| {
            [
                PrinterStateReason::OFFLINE,
                PrinterStateReason::SPOOLER_UNAVAILABLE,
            ]
            .contains(&detail.reason.as_str())
        };
        if self.details.iter().any(unreachable) {
            self.details.retain(|detail| !unreachable(detail));
            self.release_without_reason();
        }
    }

    /// A delivery ended otherwise than by a refusal. What the connection or
    /// the print service said was about that job; what the device itself says
    /// stands until it says something else.
    pub(super) fn job_ended(&mut self) {
        self.refusals = 0;
        self.details.retain(|detail| {
            !detail.reason.stops()
                || matches!(detail.source, StatusSource::EscPos | StatusSource::Snmp)
        });
        self.release_without_reason();
    }

    /// A person says that it can print: believed until it says otherwise.
    pub(super) fn vouch(&mut self) {
        self.refusals = 0;
        self.details.retain(|detail| !detail.reason.stops());
        self.stop = None;
    }

    fn release_without_reason(&mut self) {
        if !self.details.iter().any(|detail| detail.reason.stops()) {
            self.stop = None;
        }
    }

    /// Takes over the reasons; one that goes on keeps its start.
    fn tell(&mut self, status: &DeviceStatus, since: TimestampMs, now: TimestampMs) {
        if status.reachable == Some(true) {
            self.heard_at = Some(now);
        }
        let mut reasons = status.reasons.clone();
        if status.stops() && !reasons.iter().any(PrinterStateReason::stops) {
            // RFC 8011 §5.4.12: stopped, for a reason that has no word.
            reasons.extend("other".parse().ok());
        }
        let before = std::mem::take(&mut self.details);
        self.details = reasons
            .into_iter()
            .map(|reason| StatusDetail {
                source: status.source,
                since: before
                    .iter()
                    .find(|detail| detail.reason == reason)
                    .map_or(since, |detail| detail.since),
                seen_at: now,
                reason,
            })
            .collect();
    }
}

/// Whether `at` has come, also after the clock was set back: none of the waits
/// here is longer than the longest.
fn is_due(at: TimestampMs, now: TimestampMs) -> bool {
    at <= now || at - now > UNHEARD_WAIT_MS_MAX
}

fn doubled(first: u64, times: u32, most: u64) -> u64 {
    first.saturating_mul(1 << times.min(32)).min(most)
}

/// `printer-state` for these reasons.
pub(super) fn state_of(reasons: &[PrinterStateReason], works: bool) -> PrinterState {
    if reasons.iter().any(PrinterStateReason::stops) {
        PrinterState::Stopped
    } else if works {
        PrinterState::Processing
    } else {
        PrinterState::Idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away() -> DeviceStatus {
        DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Connection)
    }

    fn ready() -> DeviceStatus {
        DeviceStatus::ready(StatusSource::EscPos)
    }

    fn no_paper() -> DeviceStatus {
        DeviceStatus::stopped(PrinterStateReason::MEDIA_EMPTY, StatusSource::EscPos)
    }

    fn reasons(device: &Device) -> Vec<&str> {
        device.details().iter().map(|d| d.reason.as_str()).collect()
    }

    #[test]
    fn an_idle_device_is_offline_only_after_several_silent_looks_and_since_the_first() {
        let mut device = Device::default();
        device.look(&away(), false, 1_000);
        device.look(&away(), false, 2_000);
        assert!(device.may_start(2_000) && reasons(&device).is_empty());
        device.look(&away(), false, 3_000);
        assert_eq!(reasons(&device), ["offline"]);
        let detail = &device.details()[0];
        assert_eq!((detail.since, detail.seen_at), (1_000, 3_000));
        device.look(&away(), false, 4_000);
        let detail = &device.details()[0];
        assert_eq!((detail.since, detail.seen_at), (1_000, 4_000));
        device.look(&ready(), false, 5_000);
        assert!(device.may_start(5_000) && reasons(&device).is_empty());
    }

    #[test]
    fn one_answer_in_between_is_no_row_of_silent_looks() {
        let mut device = Device::default();
        for now in 0..20 {
            device.look(&away(), false, now);
            device.look(&away(), false, now);
            device.look(&ready(), false, now);
            assert!(!device.is_stopped());
        }
    }

    #[test]
    fn what_the_device_itself_says_is_told_at_once_and_believed_while_repeated() {
        let mut device = Device::default();
        device.look(&no_paper(), false, 0);
        assert!(!device.may_start(0));
        device.look(&no_paper(), true, 20_000);
        assert!(!device.may_start(49_999));
        assert!(device.may_start(50_000), "nobody looks any more");
    }

    #[test]
    fn a_device_that_comes_back_is_used_at_once_and_one_that_only_says_so_more_rarely() {
        let mut device = Device::default();
        device.refuse(&away(), 0);
        device.look(&away(), true, 500);
        device.look(&ready(), true, 1_000);
        assert!(device.may_start(1_000), "it was seen to come back");
        // From here it is always ready, and always refuses.
        let mut now = 1_000;
        let mut tries = 0;
        while now < 60 * 60 * 60 * 1_000 {
            if device.may_start(now) {
                device.refuse(&away(), now);
                tries += 1;
            }
            device.look(&ready(), true, now);
            now += 500;
        }
        assert!((300..400).contains(&tries), "{tries} in 60 hours");
    }

    #[test]
    fn a_device_that_cannot_be_asked_is_tried_after_a_wait_and_the_clock_may_be_set_back() {
        let mut device = Device::default();
        let silent = DeviceStatus {
            state: None,
            reasons: Vec::new(),
            reachable: None,
            source: StatusSource::Connection,
        };
        device.refuse(&away(), 10_000_000);
        device.look(&silent, true, 10_000_500);
        assert!(!device.may_start(10_000_999));
        assert!(device.may_start(10_001_000));
        device.refuse(&away(), 10_001_000);
        assert!(device.may_start(1_000), "the clock was set back");
    }

    #[test]
    fn octets_that_leave_prove_that_it_is_there_and_a_job_that_ended_proves_no_paper() {
        let mut device = Device::default();
        device.refuse(&away(), 0);
        device.takes_octets(1);
        assert!(reasons(&device).is_empty() && !device.is_stopped());
        device.hear(&no_paper(), 1);
        device.takes_octets(1);
        device.job_ended();
        assert_eq!(reasons(&device), ["media-empty"]);
        let stalled = DeviceStatus::stopped("timed-out", StatusSource::Connection);
        device.hear(&stalled, 2);
        device.job_ended();
        assert!(reasons(&device).is_empty() && !device.is_stopped());
    }
}
