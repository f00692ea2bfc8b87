//! What happens to jobs, told to the log and to the metrics.
//!
//! One line per state change, and the times between acceptance, first octet
//! and end. Never documents, never names of customers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_protocol::{ErrorCode, JobId, JobState, PrinterId, PrinterStateReason, TimestampMs};

use crate::job::{JobRecord, Transition};
use crate::metrics::Metrics;
use crate::queue::Change;

#[derive(Debug, Clone, Copy)]
struct Times {
    accepted_at: TimestampMs,
    octets_sent: u64,
}

/// Hears of every change of every job. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Observer {
    metrics: Metrics,
    times: Arc<Mutex<BTreeMap<JobId, Times>>>,
}

impl Observer {
    /// Tells these metrics.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            times: Arc::default(),
        }
    }

    fn times(&self) -> std::sync::MutexGuard<'_, BTreeMap<JobId, Times>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job that an earlier run of the agent left unfinished.
    pub(crate) fn found(&self, record: &JobRecord) {
        let job = &record.job;
        self.metrics.job_entered(&job.printer, job.state);
        self.remember(&job.job_id, job.accepted_at);
    }

    fn remember(&self, job_id: &JobId, accepted_at: TimestampMs) {
        let times = Times {
            accepted_at,
            octets_sent: 0,
        };
        self.times().insert(job_id.clone(), times);
    }

    /// Changes that are durable now.
    pub(crate) fn changed(&self, printer: &PrinterId, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Accept { job, at, held, .. } => {
                    let octets = job.octets();
                    tracing::info!(%printer, job_id = %job.job_id, octets, "job accepted");
                    let state = held.map_or(JobState::Pending, |_| JobState::PendingHeld);
                    self.metrics.job_entered(printer, state);
                    self.metrics.documents_accepted(octets);
                    self.remember(&job.job_id, *at);
                }
                Change::Transition(row) => self.moved(printer, row),
                Change::PrinterState { state, reasons, .. } => {
                    let reasons: Vec<&str> =
                        reasons.iter().map(PrinterStateReason::as_str).collect();
                    tracing::info!(%printer, ?state, ?reasons, "printer state changed");
                }
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
        let after = &row.after;
        tracing::info!(
            %printer,
            job_id = %row.job_id,
            state = after.state.as_str(),
            cause = row.cause,
            attempt = row.attempt,
            code = after.code.map(ErrorCode::as_str),
            "job state changed"
        );
        if !after.state.is_terminal() {
            self.metrics.job_moved(row.from, after.state);
            return;
        }
        let accepted_at = self
            .times()
            .remove(&row.job_id)
            .map_or(row.at, |times| times.accepted_at);
        let took = Duration::from_millis(row.at.saturating_sub(accepted_at));
        self.metrics.job_finished(
            printer,
            row.from,
            after.state,
            after.evidence,
            after.code,
            took,
        );
    }

    /// The store took this long to make changes durable.
    pub(crate) fn committed(&self, took: Duration) {
        self.metrics.store_committed(took);
    }

    /// Octets of the current attempt left.
    pub(crate) fn progress(&self, job_id: &JobId, octets_sent: u64, now: TimestampMs) {
        let mut times = self.times();
        let Some(times) = times.get_mut(job_id) else {
            return;
        };
        if times.octets_sent == 0 && octets_sent > 0 {
            let wait = now.saturating_sub(times.accepted_at);
            self.metrics.first_octet_left(Duration::from_millis(wait));
        }
        // Another attempt begins at zero again.
        let more = octets_sent.checked_sub(times.octets_sent);
        self.metrics.octets_sent(more.unwrap_or(octets_sent));
        times.octets_sent = octets_sent;
    }
}
