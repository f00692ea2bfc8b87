//! What happens to jobs, told to the log and to the metrics.
//!
//! One line per state change at `info`, and the times between submit, first
//! octet and end. Never documents, never names of customers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use platen_protocol::{Evidence, JobId, JobState, PrinterId, TimestampMs};

use crate::queue::Change;

/// Someone who counts: the metrics.
pub trait JobMeter: Send + Sync + std::fmt::Debug {
    /// A job was accepted.
    fn accepted(&self, octets: u64);
    /// The first octet of a job left, this long after its acceptance.
    fn first_octet(&self, wait_ms: u64);
    /// A job entered a state; `evidence` in `completed`.
    fn entered(&self, state: JobState, evidence: Option<Evidence>);
    /// A job ended, this long after its acceptance.
    fn ended(&self, octets: u64, wait_ms: u64);
}

#[derive(Debug, Clone, Copy)]
struct Times {
    accepted_at: TimestampMs,
    left: bool,
}

/// Jobs whose times are kept; more are not timed.
const TIMED_JOBS_MAX: usize = 50_000;

/// Hears of every change of every job.
#[derive(Debug, Clone, Default)]
pub struct Observer {
    meter: Option<Arc<dyn JobMeter>>,
    times: Arc<Mutex<HashMap<JobId, Times>>>,
}

impl Observer {
    /// Tells `meter` too.
    #[must_use]
    pub fn with_meter(meter: Arc<dyn JobMeter>) -> Self {
        Self {
            meter: Some(meter),
            times: Arc::default(),
        }
    }

    fn times(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Times>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn changes(&self, printer: &PrinterId, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Accept { job, at, .. } => {
                    tracing::info!(%printer, job_id = %job.job_id, octets = job.octets(), "job accepted");
                    let mut times = self.times();
                    if times.len() < TIMED_JOBS_MAX {
                        times.insert(
                            job.job_id.clone(),
                            Times {
                                accepted_at: *at,
                                left: false,
                            },
                        );
                    }
                    if let Some(meter) = &self.meter {
                        meter.accepted(job.octets());
                    }
                }
                Change::Transition(row) => {
                    tracing::info!(
                        %printer, job_id = %row.job_id, state = row.after.state.as_str(),
                        cause = row.cause, attempt = row.attempt, code = row.after.code.map(platen_protocol::ErrorCode::as_str),
                        "job state changed"
                    );
                    if let Some(meter) = &self.meter {
                        meter.entered(row.after.state, row.after.evidence);
                    }
                }
                Change::PrinterState { state, reasons, .. } => {
                    let reasons: Vec<&str> = reasons
                        .iter()
                        .map(platen_protocol::PrinterStateReason::as_str)
                        .collect();
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

    pub(crate) fn first_octet(&self, job_id: &JobId, now: TimestampMs) {
        let wait = match self.times().get_mut(job_id) {
            Some(times) if !times.left => {
                times.left = true;
                now.saturating_sub(times.accepted_at)
            }
            _ => return,
        };
        if let Some(meter) = &self.meter {
            meter.first_octet(wait);
        }
    }

    pub(crate) fn ended(
        &self,
        job_id: &JobId,
        octets: u64,
        _evidence: Option<Evidence>,
        now: TimestampMs,
    ) {
        let times = self.times().remove(job_id);
        if let (Some(meter), Some(times)) = (&self.meter, times) {
            meter.ended(octets, now.saturating_sub(times.accepted_at));
        }
    }
}
