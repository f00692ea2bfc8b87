//! A job in the spooler's queue, followed to its end.
//!
//! While the spooler does not answer nothing is concluded, until the wait for
//! it has passed and the job is interrupted.

use std::time::Duration;

use platen_protocol::{ErrorCode, Evidence, PrinterState, PrinterStateReason, StatusSource};
use platen_spooler_wire::{Answer, Call};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::course::{Course, Ending, Look, State};
use super::printer::WinspoolPrinter;
use super::status::job;
use crate::backend::reporter::Reporter;
use crate::backend::spooler::{Attendant, SpoolerError};
use crate::backend::{DeviceStatus, Outcome, Report};

/// A question about a job waits for news so long. A cancel is not heard
/// meanwhile.
const NEWS_WAIT_MS: u32 = 200;
/// Between two questions that were not answered.
const AGAIN: Duration = Duration::from_millis(500);

/// How far a cancel has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancel {
    NotWanted,
    /// The spooler is still to be told.
    Wanted,
    /// The spooler agreed.
    Agreed,
    /// The spooler would not: the job goes on, or is over.
    Refused,
}

pub(super) struct Follow<'a> {
    printer: &'a WinspoolPrinter,
    attendant: Attendant<'a>,
    reports: Reporter,
    cancel: CancellationToken,
    mark: String,
    octets: u64,
    canceling: Cancel,
    stopped: Option<Vec<PrinterStateReason>>,
    /// When the spooler last answered.
    heard_at: Instant,
}

impl<'a> Follow<'a> {
    pub(super) fn new(
        printer: &'a WinspoolPrinter,
        attendant: Attendant<'a>,
        reports: Reporter,
        cancel: CancellationToken,
        mark: String,
        octets: u64,
    ) -> Self {
        Self {
            printer,
            attendant,
            reports,
            cancel,
            mark,
            octets,
            canceling: Cancel::NotWanted,
            stopped: None,
            heard_at: Instant::now(),
        }
    }

    /// Follows a job that the spooler has whole.
    pub(super) async fn job(mut self, id: i32) -> Outcome {
        self.reports.say(Report::SpoolerJob { id });
        self.reports.progress(self.octets);
        let mut course = Course::new(self.mark.clone());
        loop {
            if self.cancel.is_cancelled() && self.canceling == Cancel::NotWanted {
                self.canceling = Cancel::Wanted;
            }
            if self.canceling == Cancel::Wanted {
                self.ask_to_cancel(id).await;
            }
            match self.look(id).await {
                Ok(look) => {
                    self.heard_at = Instant::now();
                    match course.judge(&look) {
                        State::Over(ending) => return self.outcome(ending),
                        State::Stopped(reasons) => self.report_stop(reasons),
                        State::Going => self.goes_on(),
                    }
                }
                Err(SpoolerError::NoPrinter { .. }) => return self.outcome(Ending::Unknown),
                Err(error) => {
                    if let Some(outcome) = self.unheard(&error) {
                        return outcome;
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }

    /// Finds out whether a hand-over without an answer made a job, and follows
    /// it if the spooler has it whole. A part is taken back. What is not in the
    /// queue may have been printed or never begun: that is for a person to say.
    pub(super) async fn whatever_came_of(mut self, error: &SpoolerError) -> Outcome {
        let find = Call::Find {
            printer: self.name(),
            mark: self.mark.clone(),
        };
        let found = loop {
            match self.attendant.ask(&find).await {
                Ok(Answer::Found { job_id }) => break job_id,
                Ok(_) | Err(SpoolerError::NoPrinter { .. } | SpoolerError::Failed { .. }) => {
                    break None;
                }
                Err(unheard) => {
                    if let Some(outcome) = self.unheard(&unheard) {
                        return outcome;
                    }
                    sleep(AGAIN).await;
                }
            }
        };
        let Some(id) = found.and_then(|id| i32::try_from(id).ok()) else {
            return self.interrupted(ErrorCode::SpoolerFailed, &error.to_string());
        };
        tracing::info!(
            job = id,
            "the spooler has the job whose hand-over was not answered"
        );
        let whole = match self.look(id).await {
            Ok(look) => look.job.is_some_and(|job| job.status & job::SPOOLING == 0),
            Err(_) => false,
        };
        if whole {
            return self.job(id).await;
        }
        self.ask_to_cancel(id).await;
        self.interrupted(ErrorCode::SpoolerFailed, &error.to_string())
    }

    async fn look(&mut self, id: i32) -> Result<Look, SpoolerError> {
        let call = Call::Job {
            printer: self.name(),
            job_id: u64::from(id.unsigned_abs()),
            wait_ms: NEWS_WAIT_MS,
        };
        match self.attendant.ask(&call).await? {
            Answer::Job {
                job,
                heard,
                heard_all,
                condition,
            } => Ok(Look {
                job,
                heard,
                heard_all,
                condition,
            }),
            _ => Err(SpoolerError::OutOfTurn),
        }
    }

    async fn ask_to_cancel(&mut self, id: i32) {
        let call = Call::Cancel {
            printer: self.name(),
            job_id: u64::from(id.unsigned_abs()),
            mark: self.mark.clone(),
        };
        match self.attendant.ask(&call).await {
            Ok(_) => self.canceling = Cancel::Agreed,
            // Over already, or not ours any more: its state will tell.
            Err(error @ (SpoolerError::Failed { .. } | SpoolerError::NoPrinter { .. })) => {
                tracing::info!(job = id, %error, "the spooler does not cancel the job");
                self.canceling = Cancel::Refused;
            }
            // Still wanted in the next round.
            Err(_) => {}
        }
    }

    fn outcome(&self, ending: Ending) -> Outcome {
        let completed = |evidence| Outcome::Completed {
            evidence,
            octets_sent: self.octets,
        };
        let agreed = self.canceling == Cancel::Agreed;
        match ending {
            Ending::Printed => completed(Evidence::Spooler),
            Ending::DeletedUnprinted if agreed => Outcome::Canceled { octets_sent: 0 },
            Ending::DeletedInPart | Ending::Left | Ending::Unknown if agreed => Outcome::Canceled {
                octets_sent: self.octets,
            },
            Ending::Left => completed(Evidence::Transport),
            Ending::DeletedUnprinted => Outcome::Aborted {
                code: ErrorCode::SpoolerFailed,
                detail: "the job was deleted in the print queue".to_owned(),
            },
            Ending::DeletedInPart => self.interrupted(
                ErrorCode::SpoolerFailed,
                "the job was deleted in the print queue, and may be on paper in part; look at the paper",
            ),
            Ending::Unknown => self.interrupted(
                ErrorCode::SpoolerFailed,
                "the job left the print queue, and the spooler did not say how; look at the paper",
            ),
        }
    }

    /// The spooler gave no useful answer. The outcome, once it is time to give
    /// up.
    fn unheard(&mut self, error: &SpoolerError) -> Option<Outcome> {
        if self.heard_at.elapsed() >= self.printer.service.contact_wait {
            let code = match error {
                SpoolerError::NoService { .. } => ErrorCode::SpoolerUnavailable,
                _ => ErrorCode::SpoolerFailed,
            };
            return Some(self.interrupted(code, &error.to_string()));
        }
        let reason = PrinterStateReason::SPOOLER_UNAVAILABLE.parse();
        self.report_stop(reason.into_iter().collect());
        None
    }

    fn interrupted(&self, code: ErrorCode, detail: &str) -> Outcome {
        Outcome::Interrupted {
            octets_sent: self.octets,
            code,
            detail: detail.to_owned(),
        }
    }

    fn goes_on(&mut self) {
        if self.stopped.take().is_some() {
            let ready = DeviceStatus::ready(StatusSource::Spooler);
            self.reports.say(Report::Device(ready));
        }
    }

    /// Says so when it is news.
    fn report_stop(&mut self, reasons: Vec<PrinterStateReason>) {
        if self.stopped.as_ref() != Some(&reasons) {
            self.stopped = Some(reasons.clone());
            self.reports.say(Report::Device(DeviceStatus {
                state: Some(PrinterState::Stopped),
                reasons,
                reachable: Some(true),
                source: StatusSource::Spooler,
            }));
        }
    }

    fn name(&self) -> String {
        self.printer.name.as_str().to_owned()
    }
}
