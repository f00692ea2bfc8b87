//! What the system says of this process, asked when somebody reads.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Collects nothing by itself.
#[derive(Debug)]
pub(super) struct Process;

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

/// Resident memory of this process, where the system tells.
#[cfg(windows)]
#[must_use]
pub fn resident_octets() -> Option<u64> {
    platen_windows::machine::resident_octets().ok()
}

/// Resident memory of this process, where the system tells (proc(5)).
#[cfg(not(windows))]
#[must_use]
pub fn resident_octets() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
