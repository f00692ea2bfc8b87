//! The system the agent runs on, without names of machine or user.

use std::path::Path;

use platen_protocol::{SUBPROTOCOL, TimestampMs};
use serde_json::{Value, json};

use crate::paths::Environment;
use crate::when;

/// Versions, system, memory and disk, as JSON.
pub(super) fn describe(
    state: Option<&Path>,
    environment: &Environment,
    now: TimestampMs,
) -> String {
    let facts = json!({
        "platen": env!("CARGO_PKG_VERSION"),
        "protocol": SUBPROTOCOL,
        "sqlite": rusqlite::version(),
        "at": when::exact(now),
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "distribution": distribution(),
        "kernel": kernel(),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "memory": memory(),
        "free_octets": state.and_then(free_octets),
        "runs_for": if environment.system { "the whole machine" } else { "one user" },
        "service_manager": environment.notify_socket.is_some(),
    });
    super::pretty(&facts)
}

/// `PRETTY_NAME` of os-release(5).
fn distribution() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

/// Name and release; never the machine's own name, which uname(2) has too.
#[cfg(unix)]
fn kernel() -> Option<String> {
    let uname = rustix::system::uname();
    Some(format!(
        "{} {}",
        uname.sysname().to_string_lossy(),
        uname.release().to_string_lossy()
    ))
}

#[cfg(windows)]
fn kernel() -> Option<String> {
    let (major, minor, build) = platen_windows::machine::version();
    Some(format!("Windows {major}.{minor}.{build}"))
}

#[cfg(windows)]
fn memory() -> Value {
    let told = platen_windows::machine::memory_octets().ok();
    let kibibytes = |octets: u64| format!("{} kB", octets / 1024);
    json!({
        "total": told.map(|(total, _)| kibibytes(total)),
        "available": told.map(|(_, free)| kibibytes(free)),
    })
}

/// `MemTotal` and `MemAvailable` of proc(5).
#[cfg(unix)]
fn memory() -> Value {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = |name: &str| {
        let found = text.lines().find_map(|line| line.strip_prefix(name));
        found.map(|rest| rest.trim_start_matches(':').trim().to_owned())
    };
    json!({ "total": line("MemTotal"), "available": line("MemAvailable") })
}

#[cfg(unix)]
fn free_octets(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(windows)]
fn free_octets(folder: &Path) -> Option<u64> {
    platen_windows::machine::free_octets(folder).ok()
}
