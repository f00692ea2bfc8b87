//! Two COM ports of wine's machine, joined by a cable: pseudo-terminals that socat joins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::command::succeeds;
use crate::setup::toolchain::program;

/// What the tests know them by.
const PORTS: [&str; 2] = ["COM5", "COM6"];
/// Several times what each step takes.
const LIMIT: Duration = Duration::from_secs(60);

/// In place for as long as the value lives.
pub(super) struct Cable {
    socat: Child,
}

impl Cable {
    /// Plugs it into a machine on which nothing runs.
    pub(super) fn plug(machine: &Path) -> Result<Self> {
        let ends = PORTS.map(|port| machine.join(port));
        let end = |path: &PathBuf| format!("pty,raw,echo=0,link={}", path.display());
        let socat = Command::new("socat")
            .args(ends.iter().map(end))
            .stdin(Stdio::null())
            .spawn()
            .context("socat cannot be started")?;
        let cable = Self { socat };
        let started = Instant::now();
        while !ends.iter().all(|end| end.exists()) {
            ensure!(started.elapsed() < LIMIT, "socat makes no terminals");
            thread::sleep(Duration::from_millis(20));
        }
        for (port, end) in PORTS.iter().zip(&ends) {
            let mut tell = Command::new(program("wine-run")?);
            tell.args(["reg", "add", r"HKLM\Software\Wine\Ports", "/f", "/v", port])
                .arg("/d")
                .arg(fs::read_link(end)?)
                .env("WINEPREFIX", machine);
            ensure!(succeeds(&mut tell, LIMIT), "wine does not take a port");
        }
        // Ports are looked for when wine starts.
        for word in ["-k", "-w"] {
            let mut end = Command::new("wineserver");
            succeeds(end.arg(word).env("WINEPREFIX", machine), LIMIT);
        }
        Ok(cable)
    }

    /// As tests are told of it.
    pub(super) fn ports() -> String {
        PORTS.join(",")
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.socat.kill().ok();
        self.socat.wait().ok();
    }
}
