//! What happens to jobs, told to the log and to the metrics.
//!
//! One line per state change. Never documents, never text of customers.

use std::time::Duration;

use platen_protocol::{
    ErrorCode, Evidence, JobId, JobState, PrinterId, PrinterState, PrinterStateReason, TimestampMs,
};

use crate::job::{JobRecord, Transition};
use crate::metrics::Metrics;
use crate::queue::Change;

/// Hears of every change of every job. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Observer {
    metrics: Metrics,
}

impl Observer {
    /// Tells these metrics.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }

    /// A job that an earlier run of the agent left unfinished.
    pub(crate) fn found(&self, record: &JobRecord) {
        let job = &record.job;
        self.metrics
            .job_found(&job.printer, &job.job_id, job.state, job.accepted_at);
    }

    /// Changes that are durable now.
    pub(crate) fn changed(&self, printer: &PrinterId, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Accept { job, at, held, .. } => {
                    let (job_id, octets) = (&job.job_id, job.octets());
                    let state = held.map_or(JobState::Pending, |_| JobState::PendingHeld);
                    tracing::info!(%printer, %job_id, octets, state = state.as_str(), "job accepted");
                    self.metrics
                        .job_accepted(printer, job_id, state, octets, *at);
                }
                Change::Transition(row) => self.moved(printer, row),
                Change::PrinterState { state, reasons, .. } => {
                    let reasons: Vec<&str> =
                        reasons.iter().map(PrinterStateReason::as_str).collect();
                    let reasons = reasons.join(" ");
                    tracing::info!(%printer, state = state.as_str(), reasons, "printer state changed");
                }
                Change::Pause { pause, .. } => tracing::info!(%printer, ?pause, "printer paused"),
                Change::Resume { pause } => tracing::info!(%printer, ?pause, "printer resumed"),
                Change::SpoolerJob {
                    job_id,
                    spooler_job,
                } => {
                    tracing::debug!(%printer, %job_id, spooler_job, "job handed to the spooler");
                }
            }
        }
    }

    fn moved(&self, printer: &PrinterId, row: &Transition) {
        let (job_id, after) = (&row.job_id, &row.after);
        tracing::info!(
            %printer,
            %job_id,
            from = row.from.as_str(),
            state = after.state.as_str(),
            cause = row.cause,
            attempt = row.attempt,
            octets_sent = row.octets_sent,
            evidence = after.evidence.map(Evidence::as_str),
            code = after.code.map(ErrorCode::as_str),
            "job state changed"
        );
        // Reports on the way are a courtesy; the row knows.
        self.progress(job_id, row.octets_sent, row.at);
        if after.state.is_terminal() {
            self.metrics
                .job_finished(printer, job_id, row.from, after, row.at);
            return;
        }
        if row.from == JobState::Pending && after.state == JobState::Processing {
            self.metrics.attempt_began(printer);
        }
        self.metrics.job_moved(row.from, after.state);
        if let Some(to) = &row.moved_to {
            self.metrics.job_rerouted(job_id, printer, to);
        }
    }

    /// The store took this long to make changes durable.
    pub(crate) fn committed(&self, took: Duration) {
        self.metrics.store_committed(took);
    }

    /// Octets of the current attempt left.
    pub(crate) fn progress(&self, job_id: &JobId, octets_sent: u64, now: TimestampMs) {
        self.metrics.octets_left(job_id, octets_sent, now);
    }

    /// A printer is in this state now.
    pub(crate) fn printer_is(
        &self,
        printer: &PrinterId,
        state: PrinterState,
        reasons: &[PrinterStateReason],
    ) {
        self.metrics.printer_is(printer, state, reasons);
    }
}
