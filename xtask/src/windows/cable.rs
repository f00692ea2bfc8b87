//! COM ports of wine's machine: two that are joined by a cable, and one whose plug is pulled. They
//! are pseudo-terminals of socat.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::command::succeeds;
use crate::setup::toolchain::program;

/// What the tests know those of the cable by.
const PORTS: [&str; 2] = ["COM5", "COM6"];
/// The one that is gone when an octet was written to it.
const PULLED: &str = "COM7";
/// Several times what each step takes.
const LIMIT: Duration = Duration::from_secs(60);

/// In place for as long as the value lives.
pub(super) struct Cable {
    socats: Vec<Child>,
}

impl Cable {
    /// Plugs it into a machine on which nothing runs.
    pub(super) fn plug(machine: &Path) -> Result<Self> {
        let end = |port: &str| format!("pty,raw,echo=0,link={}", machine.join(port).display());
        let mut cable = Self { socats: Vec::new() };
        for ends in [PORTS.map(end), [end(PULLED), "SYSTEM:head -c 1".to_owned()]] {
            let socat = Command::new("socat")
                .args(ends)
                .stdin(Stdio::null())
                .spawn()
                .context("socat cannot be started")?;
            cable.socats.push(socat);
        }
        let ports = [PORTS[0], PORTS[1], PULLED];
        let started = Instant::now();
        while !ports.iter().all(|port| machine.join(port).exists()) {
            ensure!(started.elapsed() < LIMIT, "socat makes no terminals");
            thread::sleep(Duration::from_millis(20));
        }
        for port in ports {
            let mut tell = Command::new(program("wine-run")?);
            tell.args(["reg", "add", r"HKLM\Software\Wine\Ports", "/f", "/v", port])
                .arg("/d")
                .arg(fs::read_link(machine.join(port))?)
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

    /// Tells tests of it.
    pub(super) fn tell(tests: &mut Command) {
        tests
            .env("PLATEN_TEST_COM_PORTS", PORTS.join(","))
            .env("PLATEN_TEST_COM_PULLED", PULLED);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for socat in &mut self.socats {
            socat.kill().ok();
            socat.wait().ok();
        }
    }
}
