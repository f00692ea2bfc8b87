//! What the agent counts, as Prometheus reads it.
//!
//! [`Metrics`] is cheap to clone and has one method for each thing that
//! happens; whoever sees it happen calls it. No label comes from outside: the
//! only free text is a printer's id, and those are the machine's own.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use platen_protocol::{ErrorCode, Evidence, JobState, PrinterId};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::socket::EdgeCounts;

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
    accepted_octets: Counter,
    sent_octets: Counter,
    first_octet: Histogram,
    done: Histogram,
    commit: Histogram,
    edge: Edge,
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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Everything at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("platen");
        // 0.25 ms to 8 s: from one fsync to a slow network printer.
        let short = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        // 1 ms to 9 minutes: until somebody has put paper in.
        let long = || Histogram::new(exponential_buckets(0.001, 2.0, 20));
        let mut inner = Inner {
            jobs: Family::default(),
            finished: Family::default(),
            queue_depth: Family::default(),
            accepted_octets: Counter::default(),
            sent_octets: Counter::default(),
            first_octet: short(),
            done: long(),
            commit: short(),
            edge: Edge::default(),
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
        registry.register_collector(Box::new(inner.edge.clone()));
        registry.register_collector(Box::new(Process));
        inner.registry = registry;
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A job was accepted, or found in the store at the start.
    pub fn job_entered(&self, printer: &PrinterId, state: JobState) {
        self.in_state(state, 1);
        self.depth(printer, 1);
    }

    /// An unfinished job changed its state, and did not finish.
    pub fn job_moved(&self, from: JobState, to: JobState) {
        self.in_state(from, -1);
        self.in_state(to, 1);
    }

    /// A job finished, `after` its submit.
    pub fn job_finished(
        &self,
        printer: &PrinterId,
        from: JobState,
        to: JobState,
        evidence: Option<Evidence>,
        code: Option<ErrorCode>,
        after: Duration,
    ) {
        self.in_state(from, -1);
        self.depth(printer, -1);
        let labels = OutcomeLabels {
            state: to.as_str(),
            evidence: evidence.map_or("none", Evidence::as_str),
            code: code.map_or("none", ErrorCode::as_str),
        };
        self.inner.finished.get_or_create(&labels).inc();
        self.inner.done.observe(after.as_secs_f64());
    }

    /// Documents of this many octets were accepted durably.
    pub fn documents_accepted(&self, octets: u64) {
        self.inner.accepted_octets.inc_by(octets);
    }

    /// This many more octets left for a printer.
    pub fn octets_sent(&self, octets: u64) {
        self.inner.sent_octets.inc_by(octets);
    }

    /// A job's first octet left, `after` its submit.
    pub fn first_octet_left(&self, after: Duration) {
        self.inner.first_octet.observe(after.as_secs_f64());
    }

    /// The store made something durable, which took this long.
    pub fn store_committed(&self, took: Duration) {
        self.inner.commit.observe(took.as_secs_f64());
    }

    /// From now on the browser ports are counted too.
    pub fn watch_edge(&self, counts: Arc<EdgeCounts>) {
        if self.inner.edge.0.set(counts).is_err() {
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

/// The counts of the browser ports, asked when somebody reads.
#[derive(Debug, Clone, Default)]
struct Edge(Arc<OnceLock<Arc<EdgeCounts>>>);

impl Edge {
    fn count(&self, which: impl Fn(&EdgeCounts) -> usize) -> u64 {
        self.0.get().map_or(0, |counts| which(counts) as u64)
    }
}

impl Collector for Edge {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(counts) = self.0.get() else {
            return Ok(());
        };
        let gauges = [
            (
                "connections",
                "Open connections to the browser ports",
                counts.connections_open() as u64,
            ),
            ("sessions", "Open sessions", counts.sessions_open() as u64),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        let counters = [
            (
                "connections_accepted",
                "Connections accepted on the browser ports",
                counts.connections_accepted(),
            ),
            (
                "connections_refused",
                "Connections refused because there were too many",
                counts.connections_refused(),
            ),
            (
                "sessions_opened",
                "Sessions opened",
                counts.sessions_opened(),
            ),
        ];
        for (name, help, value) in counters {
            let counter = ConstCounter::new(value);
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        let mut refusals = encoder.encode_descriptor(
            "refusals",
            "Calls and connections refused, by error code",
            None,
            ConstCounter::new(0_u64).metric_type(),
        )?;
        for (code, count) in counts.refusals() {
            let label = CodeLabel {
                code: code.as_str(),
            };
            let family = refusals.encode_family(&label)?;
            ConstCounter::new(count).encode(family)?;
        }
        Ok(())
    }
}

/// What the system says of this process, asked when somebody reads.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(octets) = resident_octets() else {
            return Ok(());
        };
        let gauge = ConstGauge::new(octets);
        let metric = encoder.encode_descriptor(
            "process_resident_memory",
            "Resident memory of the agent",
            Some(&Unit::Bytes),
            gauge.metric_type(),
        )?;
        gauge.encode(metric)
    }
}

/// Resident memory of this process, where the system tells (proc(5)).
#[must_use]
pub fn resident_octets() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(text: &'a str, start: &str) -> &'a str {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no line {start} in\n{text}"))
    }

    #[test]
    fn a_jobs_life_leaves_its_marks() {
        let metrics = Metrics::new();
        let printer: PrinterId = "kitchen".parse().unwrap();
        metrics.job_entered(&printer, JobState::Pending);
        metrics.job_entered(&printer, JobState::Pending);
        metrics.documents_accepted(2048);
        metrics.job_moved(JobState::Pending, JobState::Processing);
        metrics.first_octet_left(Duration::from_millis(1));
        metrics.octets_sent(2048);
        metrics.job_finished(
            &printer,
            JobState::Processing,
            JobState::Completed,
            Some(Evidence::Transport),
            None,
            Duration::from_millis(3),
        );
        let text = metrics.encode();
        for expected in [
            "platen_jobs{state=\"pending\"} 1",
            "platen_jobs{state=\"processing\"} 0",
            "platen_queue_depth{printer=\"kitchen\"} 1",
            "platen_jobs_finished_total{state=\"completed\",evidence=\"transport\",code=\"none\"} 1",
            "platen_documents_sent_octets_total 2048",
            "platen_submit_to_done_seconds_count 1",
            "platen_submit_to_first_octet_seconds_sum 0.001",
        ] {
            assert!(
                text.lines().any(|line| line == expected),
                "{expected}\n{text}"
            );
        }
    }

    #[test]
    fn the_browser_ports_are_counted_once_they_are_watched() {
        let metrics = Metrics::new();
        assert!(!metrics.encode().contains("platen_connections"));
        metrics.watch_edge(Arc::default());
        let text = metrics.encode();
        assert_eq!(line(&text, "platen_connections "), "platen_connections 0");
        assert_eq!(
            line(&text, "platen_sessions_opened_total"),
            "platen_sessions_opened_total 0"
        );
    }
}
