//! The jobs that have not ended: since when, and how much of each has left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_protocol::{JobId, PrinterId, TimestampMs};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::PrinterLabel;
use crate::clock::Clock;

/// A job that has not ended.
#[derive(Debug)]
struct Job {
    printer: PrinterId,
    accepted_at: TimestampMs,
    /// Of the current attempt.
    octets_sent: u64,
}

/// What a report of octets means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// So many more have left.
    pub(super) more: u64,
    /// The first of the job has just left, so long after its acceptance.
    pub(super) first_after_ms: Option<u64>,
}

/// All of them. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Unfinished {
    jobs: Arc<Mutex<BTreeMap<JobId, Job>>>,
    clock: Clock,
}

impl Unfinished {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            jobs: Arc::default(),
            clock,
        }
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, printer: &PrinterId, job_id: &JobId, accepted_at: TimestampMs) {
        let job = Job {
            printer: printer.clone(),
            accepted_at,
            octets_sent: 0,
        };
        self.jobs().insert(job_id.clone(), job);
    }

    /// A job is another printer's now.
    pub(super) fn reroute(&self, job_id: &JobId, to: &PrinterId) {
        if let Some(job) = self.jobs().get_mut(job_id) {
            job.printer = to.clone();
        }
    }

    /// Forgets a job and says when it was accepted.
    pub(super) fn leave(&self, job_id: &JobId) -> Option<TimestampMs> {
        Some(self.jobs().remove(job_id)?.accepted_at)
    }

    /// So many octets of the current attempt have left. Another attempt begins
    /// at zero again.
    pub(super) fn progress(
        &self,
        job_id: &JobId,
        octets_sent: u64,
        now: TimestampMs,
    ) -> Option<Progress> {
        let mut jobs = self.jobs();
        let job = jobs.get_mut(job_id)?;
        let first = job.octets_sent == 0 && octets_sent > 0;
        let progress = Progress {
            more: octets_sent.saturating_sub(job.octets_sent),
            first_after_ms: first.then(|| now.saturating_sub(job.accepted_at)),
        };
        job.octets_sent = octets_sent;
        Some(progress)
    }

    /// When the oldest job of each printer was accepted.
    fn oldest(&self) -> BTreeMap<PrinterId, TimestampMs> {
        let mut oldest = BTreeMap::new();
        for job in self.jobs().values() {
            match oldest.get_mut(&job.printer) {
                Some(at) => *at = job.accepted_at.min(*at),
                None => {
                    oldest.insert(job.printer.clone(), job.accepted_at);
                }
            }
        }
        oldest
    }
}

impl Collector for Unfinished {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "oldest_job_age",
            "How long ago the oldest unfinished job of a printer was accepted",
            Some(&Unit::Seconds),
            ConstGauge::new(0_u64).metric_type(),
        )?;
        let now = self.clock.now();
        for (printer, accepted_at) in self.oldest() {
            let label = PrinterLabel {
                printer: printer.to_string(),
            };
            let age = std::time::Duration::from_millis(now.saturating_sub(accepted_at));
            ConstGauge::new(age.as_secs_f64()).encode(family.encode_family(&label)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_counted_once_and_again_only_for_another_attempt() {
        let unfinished = Unfinished::new(Clock::from_fn(|| 0));
        let (printer, job): (PrinterId, JobId) = ("p".parse().unwrap(), "j".parse().unwrap());
        unfinished.enter(&printer, &job, 100);
        for (octets_sent, now, more, first_after_ms) in [
            (0, 110, 0, None),
            (10, 120, 10, Some(20)),
            (30, 130, 20, None),
            (0, 140, 0, None),
            (30, 150, 30, Some(50)),
        ] {
            let expected = Progress {
                more,
                first_after_ms,
            };
            assert_eq!(unfinished.progress(&job, octets_sent, now), Some(expected));
        }
        assert_eq!(unfinished.leave(&job), Some(100));
        assert_eq!(unfinished.progress(&job, 1, 0), None);
    }
}
