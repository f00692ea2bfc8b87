//! What a job that has not ended waits for: the question behind "why is my
//! receipt not there?".

use platen_protocol::{
    ErrorCode, Job, JobState, JobStateReason, PrinterStateReason, StatusDetail, StatusSource,
    TimestampMs,
};
use serde::{Deserialize, Serialize};

use crate::queue::actor::Description;
use crate::when;

/// What a job waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case", deny_unknown_fields)]
pub enum WaitsFor {
    /// Its `not_before`.
    Time {
        /// When it may start.
        at: TimestampMs,
    },
    /// Somebody to release it.
    Release,
    /// The jobs before it.
    Turn {
        /// How many.
        jobs_before: u64,
    },
    /// Its printer, which cannot work.
    Printer {
        /// Why, with who says so and since when.
        reasons: Vec<StatusDetail>,
    },
    /// Another attempt, which comes by itself.
    Retry {
        /// What stood in the way of the last one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<ErrorCode>,
    },
    /// Its printer to be there again: none of this machine has its id.
    MissingPrinter,
    /// Its delivery, which is under way.
    Delivery,
    /// Somebody to look at the paper and decide.
    Decision,
}

impl WaitsFor {
    /// For people, after "waits for".
    #[must_use]
    pub fn describe(&self, printer: &str, now: TimestampMs) -> String {
        match self {
            Self::Time { at } => format!(
                "its time, {} ({})",
                when::exact(*at),
                when::relative(*at, now)
            ),
            Self::Release => "somebody to release it".to_owned(),
            Self::Turn { jobs_before: 1 } => format!("one job before it on {printer}"),
            Self::Turn { jobs_before } => format!("{jobs_before} jobs before it on {printer}"),
            Self::Printer { reasons } if reasons.is_empty() => format!("the printer {printer}"),
            Self::Printer { reasons } => {
                format!("the printer {printer}: {}", told(reasons, now))
            }
            Self::Retry { code: Some(code) } => {
                format!("another attempt, which comes by itself ({code})")
            }
            Self::Retry { code: None } => "nothing: it starts now".to_owned(),
            Self::MissingPrinter => format!(
                "a printer {printer}, which this machine does not have: name it in the configuration, or cancel the job"
            ),
            Self::Delivery => format!("{printer} to take it; that is under way"),
            Self::Decision => {
                "a decision: nobody knows whether it was printed, so look at the paper".to_owned()
            }
        }
    }
}

/// A printer's reasons with who says so and since when.
#[must_use]
pub fn told(reasons: &[StatusDetail], now: TimestampMs) -> String {
    let told: Vec<String> = reasons
        .iter()
        .map(|detail| {
            let since = when::relative(detail.since, now);
            let says = match (detail.reason.as_str(), detail.source) {
                (PrinterStateReason::PAUSED, StatusSource::Operator) => "by somebody here",
                (PrinterStateReason::PAUSED, StatusSource::Machine) => {
                    "by somebody here, as all printers"
                }
                (PrinterStateReason::PAUSED, StatusSource::Site) => "by a site",
                (_, StatusSource::EscPos) => "the device says so",
                (_, StatusSource::Ipp | StatusSource::Spooler) => "the print service says so",
                (_, StatusSource::Snmp) => "its network interface says so",
                (_, StatusSource::Connection) => "its connection says so",
                (_, StatusSource::Agent) => "the agent says so",
                (_, StatusSource::Operator | StatusSource::Machine) => "somebody here says so",
                (_, StatusSource::Site) => "a site says so",
            };
            format!("{} ({says}, since {since})", detail.reason)
        })
        .collect();
    told.join(", ")
}

/// The commands that end a printer's pauses: the pause of all printers is an
/// act of its own.
#[must_use]
pub fn resumes(printer: &str, reasons: &[StatusDetail]) -> Vec<String> {
    let paused = |detail: &&StatusDetail| detail.reason.as_str() == PrinterStateReason::PAUSED;
    let mut commands: Vec<String> = reasons
        .iter()
        .filter(paused)
        .map(|detail| {
            if detail.source == StatusSource::Machine {
                "platen resume --all".to_owned()
            } else {
                format!("platen resume {printer}")
            }
        })
        .collect();
    commands.sort_unstable();
    commands.dedup();
    commands
}

/// What `job` waits for; `None` when it has ended. `jobs_before` are those of
/// its printer that go first; `printer` is `None` when no printer has its id.
pub(crate) fn waits_for(
    job: &Job,
    jobs_before: u64,
    printer: Option<&Description>,
) -> Option<WaitsFor> {
    let the_printer = |printer: &Description| WaitsFor::Printer {
        reasons: printer.status.clone(),
    };
    let stops = |printer: &Description| printer.reasons.iter().any(PrinterStateReason::stops);
    Some(match (job.state, printer) {
        (JobState::Completed | JobState::Aborted | JobState::Canceled, _) => return None,
        (JobState::Interrupted, _) => WaitsFor::Decision,
        (JobState::PendingHeld, _) => match job.not_before {
            Some(at) if job.reasons.contains(&JobStateReason::JobScheduled) => {
                WaitsFor::Time { at }
            }
            _ => WaitsFor::Release,
        },
        (_, None) => WaitsFor::MissingPrinter,
        (JobState::ProcessingStopped, Some(printer)) => the_printer(printer),
        (JobState::Processing, Some(_)) => WaitsFor::Delivery,
        (JobState::Pending, Some(_)) if jobs_before > 0 => WaitsFor::Turn { jobs_before },
        (JobState::Pending, Some(printer)) if stops(printer) => the_printer(printer),
        (JobState::Pending, Some(_)) => WaitsFor::Retry { code: job.code },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_protocol::PrinterState;

    fn job(state: JobState, reasons: &[JobStateReason]) -> Job {
        Job {
            job_id: "j1".parse().unwrap(),
            printer: "kitchen".parse().unwrap(),
            name: "receipt".into(),
            state,
            reasons: reasons.to_vec(),
            evidence: None,
            code: None,
            attempt: 0,
            priority: 3,
            octets: 1,
            accepted_at: 0,
            changed_at: 0,
            not_before: Some(9),
            expires_at: None,
            reprint_of: None,
        }
    }

    fn printer(reasons: &[&str]) -> Description {
        let reasons: Vec<PrinterStateReason> =
            reasons.iter().map(|word| word.parse().unwrap()).collect();
        Description {
            state: PrinterState::Idle,
            status: reasons
                .iter()
                .map(|reason| StatusDetail {
                    reason: reason.clone(),
                    source: StatusSource::Operator,
                    since: 1,
                    seen_at: 1,
                })
                .collect(),
            reasons,
            state_at: 0,
            heard_at: None,
            queued_jobs: 1,
        }
    }

    #[test]
    fn a_job_waits_for_one_thing_at_a_time() {
        use JobState as S;
        let (ready, paused) = (printer(&[]), printer(&["paused"]));
        let low = printer(&["media-low-warning"]);
        let its_printer = WaitsFor::Printer {
            reasons: paused.status.clone(),
        };
        let scheduled = job(S::PendingHeld, &[JobStateReason::JobScheduled]);
        let held = job(S::PendingHeld, &[JobStateReason::JobHoldUntilSpecified]);
        for (job, before, printer, expected) in [
            (&scheduled, 0, Some(&ready), Some(WaitsFor::Time { at: 9 })),
            (&held, 0, Some(&ready), Some(WaitsFor::Release)),
            (
                &job(S::Pending, &[]),
                2,
                Some(&paused),
                Some(WaitsFor::Turn { jobs_before: 2 }),
            ),
            (
                &job(S::Pending, &[]),
                0,
                Some(&paused),
                Some(its_printer.clone()),
            ),
            (
                &job(S::Pending, &[]),
                0,
                Some(&low),
                Some(WaitsFor::Retry { code: None }),
            ),
            (
                &job(S::Pending, &[]),
                0,
                None,
                Some(WaitsFor::MissingPrinter),
            ),
            (
                &job(S::ProcessingStopped, &[]),
                0,
                Some(&paused),
                Some(its_printer),
            ),
            (
                &job(S::Processing, &[]),
                0,
                Some(&paused),
                Some(WaitsFor::Delivery),
            ),
            (&job(S::Interrupted, &[]), 0, None, Some(WaitsFor::Decision)),
            (&job(S::Completed, &[]), 0, None, None),
        ] {
            assert_eq!(waits_for(job, before, printer), expected, "{job:?}");
        }
    }

    #[test]
    fn who_paused_a_printer_and_since_when_is_said() {
        let reasons = [StatusDetail {
            reason: PrinterStateReason::PAUSED.parse().unwrap(),
            source: StatusSource::Site,
            since: 0,
            seen_at: 0,
        }];
        let waits = WaitsFor::Printer {
            reasons: reasons.to_vec(),
        };
        assert_eq!(
            waits.describe("kitchen", 600_000),
            "the printer kitchen: paused (by a site, since 10 min ago)"
        );
    }

    #[test]
    fn each_pause_is_ended_by_its_own_command() {
        let paused = |source| StatusDetail {
            source,
            ..printer(&["paused"]).status.remove(0)
        };
        let reasons = [
            paused(StatusSource::Site),
            paused(StatusSource::Operator),
            paused(StatusSource::Machine),
        ];
        assert_eq!(
            resumes("kitchen", &reasons),
            ["platen resume --all", "platen resume kitchen"]
        );
        assert_eq!(
            resumes("kitchen", &printer(&["media-empty"]).status),
            [""; 0]
        );
    }
}
