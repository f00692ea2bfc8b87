//! What the system says of a process (proc(5)).

use anyhow::{Context as _, Result};

/// Octets of a field of `/proc/PID/status` that is given in kB.
fn status(pid: u32, field: &str) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .with_context(|| format!("no {field} for {pid}"))?;
    let kibibytes: u64 = line
        .trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kibibytes * 1024)
}

/// Resident memory now.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    status(pid, "VmRSS")
}

/// The most resident memory so far.
pub(crate) fn resident_peak(pid: u32) -> Result<u64> {
    status(pid, "VmHWM")
}

/// User and system time so far, in microseconds.
pub(crate) fn cpu_us(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may hold blanks; what follows its parenthesis does not.
    let (_, rest) = text.rsplit_once(')').context("a stat line")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = [11, 12]
        .iter()
        .map(|index| {
            fields
                .get(*index)
                .and_then(|field| field.parse::<u64>().ok())
                .unwrap_or(0)
        })
        .sum();
    // Linux tells user space 100 ticks a second on every architecture we build for.
    Ok(ticks * 10_000)
}
