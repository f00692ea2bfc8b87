//! What the agent counts, as Prometheus reads it.
//!
//! [`Metrics`] is cheap to clone and has one method for each thing that
//! happens; whoever sees it happen calls it. What is better asked when somebody
//! reads is a collector in a file of its own. No label comes from outside: the
//! only free text is a printer's id, and those are the machine's own.
//! `docs/metrics.md` is generated from here.

mod edge;
mod printers;
mod process;
#[cfg(test)]
mod reference;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use platen_protocol::{
    ErrorCode, Evidence, JobId, JobState, PrinterId, PrinterState, PrinterStateReason, TimestampMs,
};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::admin::protocol::UserSessions;
use crate::clock::Clock;
use crate::job::After;
use crate::socket::EdgeCounts;
use edge::Edge;
use printers::PrinterStates;
use process::Process;
pub use process::resident_octets;
use unfinished::Unfinished;

/// The media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every counter of one agent.
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    jobs: Family<StateLabel, Gauge>,
    finished: Family<OutcomeLabels, Counter>,
    queue_depth: Family<PrinterLabel, Gauge>,
    attempts: Family<PrinterLabel, Counter>,
    accepted_octets: Counter,
    sent_octets: Counter,
    first_octet: Histogram,
    done: Histogram,
    commit: Histogram,
    edge: Edge,
    printers: PrinterStates,
    unfinished: Unfinished,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    state: &'static str,
    /// `none` where nobody said so.
    evidence: &'static str,
    /// `none` where nothing went wrong.
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PrinterLabel {
    printer: String,
}

impl Metrics {
    /// Everything at zero. Ages are told by `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let mut registry = Registry::with_prefix("platen");
        // 0.25 ms to 8 s: from one fsync to a slow network printer.
        let short = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        // 1 ms to 9 minutes: until somebody has put paper in.
        let long = || Histogram::new(exponential_buckets(0.001, 2.0, 20));
        let mut inner = Inner {
            jobs: Family::default(),
            finished: Family::default(),
            queue_depth: Family::default(),
            attempts: Family::default(),
            accepted_octets: Counter::default(),
            sent_octets: Counter::default(),
            first_octet: short(),
            done: long(),
            commit: short(),
            edge: Edge::default(),
            printers: PrinterStates::default(),
            unfinished: Unfinished::new(clock),
            registry: Registry::default(),
        };
        for state in JobState::ALL.into_iter().filter(|s| !s.is_terminal()) {
            // A state that never occurred is zero, not absent.
            let label = StateLabel {
                state: state.as_str(),
            };
            inner.jobs.get_or_create(&label).set(0);
        }
        registry.register("jobs", "Unfinished jobs, by job-state", inner.jobs.clone());
        registry.register(
            "jobs_finished",
            "Finished jobs, by final job-state, evidence and error code",
            inner.finished.clone(),
        );
        registry.register(
            "queue_depth",
            "Unfinished jobs of one printer",
            inner.queue_depth.clone(),
        );
        registry.register(
            "delivery_attempts",
            "Delivery attempts begun",
            inner.attempts.clone(),
        );
        registry.register(
            "documents_accepted_octets",
            "Octets of documents accepted durably",
            inner.accepted_octets.clone(),
        );
        registry.register(
            "documents_sent_octets",
            "Octets handed to devices and spoolers",
            inner.sent_octets.clone(),
        );
        registry.register_with_unit(
            "submit_to_first_octet",
            "From the submit's arrival until the first octet left for the printer",
            Unit::Seconds,
            inner.first_octet.clone(),
        );
        registry.register_with_unit(
            "submit_to_done",
            "From the submit's arrival until the job finished",
            Unit::Seconds,
            inner.done.clone(),
        );
        registry.register_with_unit(
            "store_commit",
            "Duration of one durable commit of the store",
            Unit::Seconds,
            inner.commit.clone(),
        );
        registry.register_collector(Box::new(inner.unfinished.clone()));
        registry.register_collector(Box::new(inner.printers.clone()));
        registry.register_collector(Box::new(inner.edge.clone()));
        registry.register_collector(Box::new(Process));
        inner.registry = registry;
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A job was found in the store at the start.
    pub fn job_found(
        &self,
        printer: &PrinterId,
        job_id: &JobId,
        state: JobState,
        accepted_at: TimestampMs,
    ) {
        self.in_state(state, 1);
        self.depth(printer, 1);
        self.inner.unfinished.enter(printer, job_id, accepted_at);
    }

    /// A job was accepted durably, with documents of so many octets.
    pub fn job_accepted(
        &self,
        printer: &PrinterId,
        job_id: &JobId,
        state: JobState,
        octets: u64,
        at: TimestampMs,
    ) {
        self.job_found(printer, job_id, state, at);
        self.inner.accepted_octets.inc_by(octets);
    }

    /// A delivery attempt began.
    pub fn attempt_began(&self, printer: &PrinterId) {
        let label = PrinterLabel {
            printer: printer.to_string(),
        };
        self.inner.attempts.get_or_create(&label).inc();
    }

    /// So many octets of a job's current attempt have left by now.
    pub fn octets_left(&self, job_id: &JobId, octets_sent: u64, now: TimestampMs) {
        let unfinished = &self.inner.unfinished;
        let Some(progress) = unfinished.progress(job_id, octets_sent, now) else {
            return;
        };
        self.inner.sent_octets.inc_by(progress.more);
        if let Some(wait_ms) = progress.first_after_ms {
            let wait = Duration::from_millis(wait_ms);
            self.inner.first_octet.observe(wait.as_secs_f64());
        }
    }

    /// An unfinished job changed its state, and did not finish.
    pub fn job_moved(&self, from: JobState, to: JobState) {
        self.in_state(from, -1);
        self.in_state(to, 1);
    }

    /// An unfinished job went from one printer's queue to another's.
    pub fn job_rerouted(&self, job_id: &JobId, from: &PrinterId, to: &PrinterId) {
        self.depth(from, -1);
        self.depth(to, 1);
        self.inner.unfinished.reroute(job_id, to);
    }

    /// A job finished.
    pub fn job_finished(
        &self,
        printer: &PrinterId,
        job_id: &JobId,
        from: JobState,
        after: &After,
        at: TimestampMs,
    ) {
        self.in_state(from, -1);
        self.depth(printer, -1);
        let labels = OutcomeLabels {
            state: after.state.as_str(),
            evidence: after.evidence.map_or("none", Evidence::as_str),
            code: after.code.map_or("none", ErrorCode::as_str),
        };
        self.inner.finished.get_or_create(&labels).inc();
        if let Some(accepted_at) = self.inner.unfinished.leave(job_id) {
            let took = Duration::from_millis(at.saturating_sub(accepted_at));
            self.inner.done.observe(took.as_secs_f64());
        }
    }

    /// A printer is in this state now, for these reasons.
    pub fn printer_is(
        &self,
        printer: &PrinterId,
        state: PrinterState,
        reasons: &[PrinterStateReason],
    ) {
        self.inner.printers.set(printer, state, reasons);
    }

    /// The store made something durable, which took this long.
    pub fn store_committed(&self, took: Duration) {
        self.inner.commit.observe(took.as_secs_f64());
    }

    /// From now on the browser ports are counted too.
    pub fn watch_edge(&self, counts: Arc<EdgeCounts>) {
        if !self.inner.edge.watch(counts) {
            tracing::error!("the browser ports are watched already");
        }
    }

    /// Open connections to the browser ports.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.inner.edge.count(EdgeCounts::connections_open)
    }

    /// Open sessions.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.inner.edge.count(EdgeCounts::sessions_open)
    }

    /// Whose the open sessions are, by name.
    #[must_use]
    pub fn session_users(&self) -> Vec<UserSessions> {
        self.inner.edge.users()
    }

    /// Everything, as text for Prometheus ([`CONTENT_TYPE`]).
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.inner.registry).expect("writing to a String succeeds");
        out
    }

    fn in_state(&self, state: JobState, change: i64) {
        let label = StateLabel {
            state: state.as_str(),
        };
        self.inner.jobs.get_or_create(&label).inc_by(change);
    }

    fn depth(&self, printer: &PrinterId, change: i64) {
        let label = PrinterLabel {
            printer: printer.to_string(),
        };
        self.inner.queue_depth.get_or_create(&label).inc_by(change);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Every metric after one of everything has happened.
    pub(crate) fn lived() -> Metrics {
        let metrics = Metrics::new(Clock::from_fn(|| 5_000));
        metrics.watch_edge(Arc::default());
        let printer: PrinterId = "kitchen".parse().unwrap();
        let [first, second]: [JobId; 2] = ["j1", "j2"].map(|id| id.parse().unwrap());
        metrics.job_accepted(&printer, &first, JobState::Pending, 2048, 1_000);
        metrics.job_accepted(&printer, &second, JobState::Pending, 1, 2_000);
        metrics.job_moved(JobState::Pending, JobState::Processing);
        metrics.attempt_began(&printer);
        metrics.octets_left(&first, 2048, 1_001);
        let after = After {
            state: JobState::Completed,
            reasons: Vec::new(),
            evidence: Some(Evidence::Transport),
            code: None,
        };
        metrics.job_finished(&printer, &first, JobState::Processing, &after, 1_003);
        metrics.store_committed(Duration::from_millis(2));
        let reason = PrinterStateReason::PAUSED.parse().unwrap();
        metrics.printer_is(&printer, PrinterState::Stopped, &[reason]);
        metrics
    }

    #[test]
    fn a_jobs_life_leaves_its_marks() {
        let text = lived().encode();
        for expected in [
            "platen_jobs{state=\"pending\"} 1",
            "platen_jobs{state=\"processing\"} 0",
            "platen_queue_depth{printer=\"kitchen\"} 1",
            "platen_oldest_job_age_seconds{printer=\"kitchen\"} 3.0",
            "platen_jobs_finished_total{state=\"completed\",evidence=\"transport\",code=\"none\"} 1",
            "platen_delivery_attempts_total{printer=\"kitchen\"} 1",
            "platen_documents_accepted_octets_total 2049",
            "platen_documents_sent_octets_total 2048",
            "platen_submit_to_done_seconds_sum 0.003",
            "platen_submit_to_first_octet_seconds_sum 0.001",
            "platen_printer_state{printer=\"kitchen\",state=\"stopped\"} 1",
            "platen_printer_state{printer=\"kitchen\",state=\"idle\"} 0",
            "platen_printer_reason{printer=\"kitchen\",reason=\"paused\"} 1",
            "platen_sessions_opened_total 0",
        ] {
            assert!(
                text.lines().any(|line| line == expected),
                "{expected}\n{text}"
            );
        }
    }

    #[test]
    fn the_browser_ports_are_counted_once_they_are_watched() {
        let metrics = Metrics::new(Clock::system());
        assert!(!metrics.encode().contains("platen_connections"));
        metrics.watch_edge(Arc::default());
        let text = metrics.encode();
        assert!(
            text.lines().any(|line| line == "platen_connections 0"),
            "{text}"
        );
    }
}
