//! Starts the programs that measure other libraries. Each writes a line for a
//! task: its name, who did it, and its fastest tenth in microseconds.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::report::{Report, Task};

/// Measures every library that is installed; what is not is named and left out.
pub(crate) fn measure(report: &mut Report, folder: &Path) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let programs = here.join("peers");
    let mut node = Command::new("node");
    // Modules are found beside the program.
    node.arg(folder.join("node/peer.mjs"))
        .env("PLATEN_WASM", here.join("../../js-sdk/wasm/pkg"));
    let mut python = Command::new(folder.join("python/bin/python3"));
    python.arg(programs.join("peer.py"));
    let crates = Command::new(folder.join("escpost/release/escpost-peer"));
    for mut peer in [node, python, crates] {
        let output = peer
            .arg(folder)
            .stderr(std::process::Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {:?}", peer.get_program()))?;
        ensure!(
            output.status.success(),
            "{:?} failed; what it said stands above",
            peer.get_program()
        );
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (task, who, time) =
                read(line).with_context(|| format!("no measurement: {line}"))?;
            report.add(task, who, time);
        }
    }
    Ok(())
}

fn read(line: &str) -> Option<(Task, &str, Duration)> {
    let mut parts = line.split('\t');
    let task = Task::named(parts.next()?)?;
    let who = parts.next()?;
    let us: f64 = parts.next()?.parse().ok()?;
    Some((task, who, Duration::try_from_secs_f64(us / 1e6).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_peer_is_a_task_a_name_and_a_time() {
        assert_eq!(
            read("svg\treceiptline\t1500.5"),
            Some((
                Task::DrawSvg,
                "receiptline",
                Duration::from_nanos(1_500_500)
            ))
        );
        assert_eq!(read("nothing\treceiptline\t1"), None);
    }
}
