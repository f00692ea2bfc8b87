//! What the browser ports count, asked when somebody reads.

use std::sync::{Arc, OnceLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::admin::protocol::{MachineUser, UserSessions};
use crate::socket::EdgeCounts;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

/// The counts of the browser ports, asked when somebody reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Edge(Arc<OnceLock<Arc<EdgeCounts>>>);

impl Edge {
    /// From now on these are counted; `false` when others are already.
    pub(super) fn watch(&self, counts: Arc<EdgeCounts>) -> bool {
        self.0.set(counts).is_ok()
    }

    pub(super) fn count(&self, which: impl Fn(&EdgeCounts) -> usize) -> u64 {
        self.0.get().map_or(0, |counts| which(counts) as u64)
    }

    /// Whose the open sessions are, by name.
    pub(super) fn users(&self) -> Vec<UserSessions> {
        let users = self.0.get().map(|counts| counts.session_users());
        let mut users: Vec<_> = users
            .into_iter()
            .flatten()
            .map(|(user, sessions)| UserSessions {
                user: user.as_ref().map(MachineUser::from),
                sessions: sessions as u64,
            })
            .collect();
        users.sort_by_cached_key(|of_user| of_user.user.as_ref().map(|user| user.name.clone()));
        users
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
