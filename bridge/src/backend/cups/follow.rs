//! A job in the print service, followed to its end.
//!
//! CUPS's word on the job, by the job's id, is the only thing that ends it as
//! completed. It is asked for whenever the observer has news of the queue; how
//! a job ended that CUPS has forgotten since, the observer may have heard.
//! While CUPS does not answer nothing is concluded, until
//! `contact_wait_ms_max` has passed and the job is interrupted.
//!
//! CUPS sends a job again from its beginning when its connection broke under
//! way, once somebody starts the queue. What has no driver and may be on paper
//! in part is called off there instead, and is interrupted: whether it is
//! printed twice is for a person to say.

use std::sync::atomic::Ordering;
use std::time::Duration;

use platen_protocol::{ErrorCode, Evidence, PrinterState, PrinterStateReason, StatusSource};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::attributes::{SpoolerJob, SpoolerJobState, SpoolerPrinter};
use super::ipp::IppError;
use super::observer::Observation;
use super::witness::{Ending, Witness};
use super::{CupsPrinter, reason};
use crate::backend::reporter::Reporter;
use crate::backend::spooler::SpoolerError;
use crate::backend::{DeviceStatus, Outcome, Report};

/// Without news the job is asked for this often: some changes make no event.
const QUIET_MAX: Duration = Duration::from_secs(1);
/// What a wait that is looked at now and then may seem too short by.
const SEEN_LATE_MAX: Duration = Duration::from_secs(2);
/// How long the observer may need to hear of an end that is past.
const LATE_NEWS_MAX: Duration = Duration::from_secs(2);

/// How far a cancel has come.
#[derive(Debug, PartialEq, Eq)]
enum Cancel {
    NotWanted,
    /// The print service is still to be told.
    Wanted,
    /// The print service was told, and agreed.
    Asked,
    /// The print service would not: the job goes on.
    Refused,
}

/// What is behind the queue.
pub(super) enum Device {
    /// A driver, or a backend that knows what becomes of the octets.
    Driven,
    /// CUPS's `socket` backend, which sends the octets as they are; and who sees
    /// its connections, where that is possible.
    BareSocket(Option<Witness>),
}

/// What the job looks like at one moment.
enum Look {
    Over(Outcome),
    Going,
    Stopped(Vec<PrinterStateReason>),
    /// The connection to the device broke with the job under way, and the
    /// print service will send it again.
    CutOff(SpoolerJob),
    /// The print service has no job of this id.
    Forgotten,
    /// The print service counts anew: the id is another job's.
    Another,
}

pub(super) struct Follow<'a> {
    printer: &'a CupsPrinter,
    observation: Observation,
    reports: Reporter,
    cancel: CancellationToken,
    /// What marks the job as ours, whatever else gets its id.
    mark: String,
    octets: u64,
    device: Device,
    canceling: Cancel,
    stopped: Option<Vec<PrinterStateReason>>,
    /// When the print service last answered.
    heard_at: Instant,
    /// Since when it waits for the device to finish, having sent everything.
    device_waited_since: Option<Instant>,
}

impl<'a> Follow<'a> {
    pub(super) fn new(
        printer: &'a CupsPrinter,
        observation: Observation,
        reports: Reporter,
        cancel: CancellationToken,
        mark: String,
        octets: u64,
        device: Device,
    ) -> Self {
        Self {
            printer,
            observation,
            reports,
            cancel,
            mark,
            octets,
            device,
            canceling: Cancel::NotWanted,
            stopped: None,
            heard_at: Instant::now(),
            device_waited_since: None,
        }
    }

    /// Follows a job that the print service has whole.
    pub(super) async fn job(mut self, job: i32) -> Outcome {
        self.reports.say(Report::SpoolerJob { id: job });
        self.reports.progress(self.octets);
        let poll = Duration::from_millis(self.printer.service.settings.poll_ms);
        self.observation.hurry();
        loop {
            if self.cancel.is_cancelled() && self.canceling == Cancel::NotWanted {
                self.canceling = Cancel::Wanted;
            }
            self.observation.sight();
            let mut quiet = QUIET_MAX;
            match self.look(job).await {
                Ok(Look::Over(outcome)) => return outcome,
                Ok(Look::Forgotten) => return self.forgotten(job).await,
                Ok(Look::Another) => return self.lost_track(),
                Ok(Look::CutOff(cut_off)) => {
                    if let Some(outcome) = self.call_off(&cut_off).await {
                        return outcome;
                    }
                }
                // Only what was just seen to be our job is canceled by its id.
                Ok(_) if self.canceling == Cancel::Wanted => self.ask_to_cancel(job).await,
                Ok(Look::Going) => self.goes_on(),
                Ok(Look::Stopped(reasons)) => self.stops(reasons),
                Err(error) => {
                    if let Some(outcome) = self.unheard(&error) {
                        return outcome;
                    }
                    quiet = poll;
                }
            }
            self.wait(quiet).await;
        }
    }

    /// Finds out whether a hand-over without an answer made a job, and follows
    /// it if so.
    pub(super) async fn whatever_came_of(mut self, error: &SpoolerError) -> Outcome {
        let poll = Duration::from_millis(self.printer.service.settings.poll_ms);
        let nothing_printed = || Outcome::NotStarted {
            code: ErrorCode::SpoolerFailed,
            detail: error.to_string(),
        };
        let found = loop {
            let ipp = &self.printer.service.ipp;
            match ipp.job_with_mark(&self.printer.queue, &self.mark).await {
                Ok(found) => break found,
                Err(unheard) => {
                    if let Some(outcome) = self.unheard(&unheard) {
                        return outcome;
                    }
                }
            }
            self.wait(poll).await;
        };
        let Some(job) = found else {
            return nothing_printed();
        };
        tracing::info!(
            job = job.id,
            state = ?job.state,
            "the print service has the job whose hand-over was not answered"
        );
        match job.state {
            // Still waiting for its document, which will not come.
            SpoolerJobState::PendingHeld => {
                self.canceling = Cancel::Wanted;
                match self.job(job.id).await {
                    Outcome::Canceled { octets_sent: 0 } => nothing_printed(),
                    other => other,
                }
            }
            // The print library cancels what it could not hand over whole.
            SpoolerJobState::Canceled | SpoolerJobState::Aborted if !job.was_processed => {
                nothing_printed()
            }
            SpoolerJobState::Pending
            | SpoolerJobState::Processing
            | SpoolerJobState::ProcessingStopped
            | SpoolerJobState::Canceled
            | SpoolerJobState::Aborted
            | SpoolerJobState::Completed => self.job(job.id).await,
        }
    }

    async fn look(&mut self, job: i32) -> Result<Look, IppError> {
        let ipp = &self.printer.service.ipp;
        let queue = &self.printer.queue;
        let job = match ipp.job(queue, job).await {
            Ok(job) => job,
            Err(IppError::NotFound) => return Ok(Look::Forgotten),
            Err(error) => return Err(error),
        };
        // After a crash CUPS may count from 1 again.
        if job.delivery.as_ref() != Some(&self.mark) {
            return Ok(Look::Another);
        }
        if let Some(outcome) = self.end_of(&job) {
            return Ok(Look::Over(outcome));
        }
        let printer = ipp.printer(queue).await?;
        if printer.waits_for_the_device() {
            self.device_waited_since.get_or_insert_with(Instant::now);
        } else {
            self.device_waited_since = None;
        }
        if self.is_bare_socket() && job.was_cut_off() && self.canceling == Cancel::NotWanted {
            return Ok(Look::CutOff(job));
        }
        Ok(look_of(&job, &printer))
    }

    /// Keeps the print service from sending a job again that may be on paper in
    /// part. The outcome, unless the print service could not be told.
    async fn call_off(&mut self, job: &SpoolerJob) -> Option<Outcome> {
        let ipp = &self.printer.service.ipp;
        match ipp.cancel(&self.printer.queue, job.id).await {
            Ok(()) => Some(self.cut_off(job)),
            Err(error @ IppError::Unreachable { .. }) => self.unheard(&error),
            Err(error) => {
                tracing::warn!(job = job.id, %error, "the print service will send a job again that may be on paper");
                self.canceling = Cancel::Refused;
                None
            }
        }
    }

    fn is_bare_socket(&self) -> bool {
        matches!(self.device, Device::BareSocket(_))
    }

    /// Whether CUPS called the job done because it would not wait any longer,
    /// and not because the printer closed the connection.
    fn gave_up_waiting(&self) -> bool {
        let patience = Duration::from_millis(self.printer.service.settings.finish_wait_ms);
        self.device_waited_since
            .is_some_and(|since| since.elapsed() + SEEN_LATE_MAX >= patience)
    }

    /// Whether the system knows that the octets did not all arrive.
    fn connection_broke(&self) -> bool {
        let Device::BareSocket(Some(witness)) = &self.device else {
            return false;
        };
        let ends_in_order = &self.printer.ends_in_order;
        match witness.ending() {
            Ending::Orderly => {
                ends_in_order.store(true, Ordering::Relaxed);
                false
            }
            Ending::Gone => ends_in_order.load(Ordering::Relaxed),
            Ending::Unknown => false,
        }
    }

    fn cut_off(&self, job: &SpoolerJob) -> Outcome {
        self.interrupted(
            ErrorCode::DeviceLost,
            &describe("lost its connection to the printer under way", job),
        )
    }

    /// The print service keeps no finished jobs, or was told to purge this one.
    async fn forgotten(&mut self, job: i32) -> Outcome {
        let deadline = Instant::now() + LATE_NEWS_MAX;
        loop {
            self.observation.sight();
            if let Some(state) = self.observation.end_of(job)
                && let Some(outcome) = self.end_of(&SpoolerJob::ended(job, state))
            {
                return outcome;
            }
            self.observation.hurry();
            if timeout_at(deadline, self.observation.news()).await.is_err() {
                return self.lost_track();
            }
        }
    }

    fn lost_track(&self) -> Outcome {
        self.interrupted(
            ErrorCode::SpoolerFailed,
            "the print service no longer knows the job; let it keep finished jobs (`PreserveJobHistory`)",
        )
    }

    /// The outcome, once the job has ended.
    fn end_of(&self, job: &SpoolerJob) -> Option<Outcome> {
        let octets_sent = if job.was_processed { self.octets } else { 0 };
        let failed = |what: &str| Outcome::Aborted {
            code: if job
                .reasons
                .iter()
                .any(|reason| is_about_the_document(reason))
            {
                ErrorCode::DeviceRejected
            } else {
                ErrorCode::SpoolerFailed
            },
            detail: describe(what, job),
        };
        match job.state {
            SpoolerJobState::Completed if self.is_bare_socket() && self.gave_up_waiting() => {
                Some(self.interrupted(
                    ErrorCode::DeviceLost,
                    "the print service has waited for the printer to finish, and waits no more; look at the paper",
                ))
            }
            SpoolerJobState::Completed if self.connection_broke() => Some(self.interrupted(
                ErrorCode::DeviceLost,
                "the connection to the printer broke, which the print service did not notice; look at the paper",
            )),
            SpoolerJobState::Completed => Some(Outcome::Completed {
                evidence: Evidence::Spooler,
                octets_sent: self.octets,
            }),
            SpoolerJobState::Canceled if self.canceling == Cancel::Asked => {
                Some(Outcome::Canceled { octets_sent })
            }
            SpoolerJobState::Canceled => Some(failed("was canceled in the print service")),
            SpoolerJobState::Aborted if self.is_bare_socket() && job.was_cut_off() => {
                Some(self.cut_off(job))
            }
            SpoolerJobState::Aborted => Some(failed("was aborted by the print service")),
            SpoolerJobState::Pending
            | SpoolerJobState::PendingHeld
            | SpoolerJobState::Processing
            | SpoolerJobState::ProcessingStopped => None,
        }
    }

    async fn ask_to_cancel(&mut self, job: i32) {
        match self
            .printer
            .service
            .ipp
            .cancel(&self.printer.queue, job)
            .await
        {
            Ok(()) => self.canceling = Cancel::Asked,
            // Still wanted in the next round.
            Err(IppError::Unreachable { .. }) => {}
            // Over already, or not ours any more: its state will tell.
            Err(error) => {
                tracing::info!(job, %error, "the print service does not cancel the job");
                self.canceling = Cancel::Refused;
            }
        }
    }

    /// The print service gave no useful answer. The outcome, once it is time
    /// to give up.
    fn unheard(&mut self, error: &IppError) -> Option<Outcome> {
        let contact_wait = Duration::from_millis(self.printer.service.settings.contact_wait_ms_max);
        let code = match error {
            IppError::Unreachable { .. } => ErrorCode::SpoolerUnavailable,
            // A queue that is gone takes its jobs along.
            IppError::NotFound => return Some(self.lost_track()),
            IppError::Refused { .. } | IppError::Malformed { .. } => ErrorCode::SpoolerFailed,
        };
        if self.heard_at.elapsed() >= contact_wait {
            return Some(self.interrupted(code, &error.to_string()));
        }
        self.report_stop(reason(PrinterStateReason::SPOOLER_UNAVAILABLE));
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
        self.heard_at = Instant::now();
        if self.stopped.take().is_some() {
            self.reports
                .say(Report::Device(DeviceStatus::ready(StatusSource::Ipp)));
        }
    }

    fn stops(&mut self, reasons: Vec<PrinterStateReason>) {
        self.heard_at = Instant::now();
        self.report_stop(reasons);
    }

    /// Says so when it is news.
    fn report_stop(&mut self, reasons: Vec<PrinterStateReason>) {
        if self.stopped.as_ref() != Some(&reasons) {
            self.stopped = Some(reasons.clone());
            self.reports.say(Report::Device(DeviceStatus {
                state: Some(PrinterState::Stopped),
                reasons,
                reachable: Some(true),
                source: StatusSource::Ipp,
            }));
        }
    }

    /// Until the next question: for news of the queue or of a cancel, and no
    /// longer than this.
    async fn wait(&mut self, quiet: Duration) {
        let canceled = self.cancel.is_cancelled();
        tokio::select! {
            () = sleep(quiet) => {}
            () = self.observation.news() => {}
            () = self.cancel.cancelled(), if !canceled => {}
        }
    }
}

/// What an unfinished job on such a printer looks like.
fn look_of(job: &SpoolerJob, printer: &SpoolerPrinter) -> Look {
    let waits = match job.state {
        // Held by somebody at the print service, or by a filter that failed.
        SpoolerJobState::PendingHeld | SpoolerJobState::ProcessingStopped => true,
        SpoolerJobState::Pending
        | SpoolerJobState::Processing
        | SpoolerJobState::Canceled
        | SpoolerJobState::Aborted
        | SpoolerJobState::Completed => false,
    };
    match printer.stop() {
        Some(reasons) => Look::Stopped(reasons),
        // RFC 8011 §5.4.12: a reason the standard has no word for.
        None if waits => Look::Stopped(reason("other")),
        None => Look::Going,
    }
}

fn is_about_the_document(reason: &str) -> bool {
    matches!(
        reason,
        "document-format-error" | "unsupported-document-format" | "unsupported-compression"
    )
}

fn describe(what: &str, job: &SpoolerJob) -> String {
    let mut detail = format!("job {} {what}", job.id);
    if !job.message.is_empty() {
        detail.push_str(": ");
        detail.push_str(&job.message);
    }
    detail
}
