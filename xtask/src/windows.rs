//! The suite `windows`: programs for Windows, built here and run by wine.
//!
//! The tests of `tests/tests/windows/` drive them from here, alone and as they are installed. The
//! package of Windows' calls brings tests of its own, which cargo hands to wine.

mod cable;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::command::{cargo, command, run, run_tests, succeeds};
use crate::package;
use crate::package::windows::cross_cargo;
use crate::setup::toolchain::{program, wine_machine};
use crate::workspace::Workspace;
use cable::Cable;

/// What is built for.
pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// Several times what it takes on a small machine, compiling everything.
const LIMIT: Duration = Duration::from_secs(12 * 60);

/// A copy of the wine folder `$1` at `$2`. Files that wine brought are shared where that can be:
/// nobody writes them. The registry is: wine writes into a file that has several names.
const COPY: &str = r#"
set -e
rm -rf "$2"
mkdir -p "$(dirname "$2")"
cp -al "$1" "$2" 2>/dev/null || { rm -rf "$2"; cp -a "$1" "$2"; }
for registry in "$2"/*.reg; do
    cp -p "$registry" "$registry.own"
    mv "$registry.own" "$registry"
done
"#;

/// Runs what wine can run.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let built = package::windows::of_dev_programs(workspace)?;
    let mut whole = cargo(workspace);
    whole
        .args(["test", "--workspace", "--test", "windows"])
        .env("PLATEN_WINE_MACHINE", wine_machine()?)
        .env("PLATEN_WINE_RUN", program("wine-run")?)
        .env("PLATEN_WINDOWS_PROGRAMS", built.programs)
        .env("PLATEN_WINDOWS_TEST_QUEUE", test_queue(workspace)?)
        .env("PLATEN_WINDOWS_SETUP", built.setup)
        .env("PLATEN_WINDOWS_MSI", built.msi);
    // All of cargo's options stand before those of the test program.
    whole.args(["--", "--nocapture"]);
    run_tests(&mut whole, LIMIT)?;

    let machine = Machine::fresh(workspace)?;
    let _cable = Cable::plug(&machine.folder)?;
    for tests in [
        &["--package", "platen-windows"][..],
        &["--package", "platen-bridge", "--test", "com_ports"],
    ] {
        let mut calls = cross_cargo(workspace)?;
        calls
            .args(["test", "--target", TARGET])
            .args(tests)
            // So that a test says what it cannot try here.
            .args(["--", "--nocapture"])
            .env("WINEPREFIX", &machine.folder);
        Cable::tell(&mut calls);
        run_tests(&mut calls, LIMIT)?;
    }
    Ok(())
}

/// The program that makes print queues in wine, built.
fn test_queue(workspace: &Workspace) -> Result<PathBuf> {
    let mut build = cross_cargo(workspace)?;
    build
        .args(["build", "--quiet", "--target", TARGET])
        .args(["--package", "platen-windows", "--features", "test-queue"])
        .args(["--example", "test-queue"]);
    run(&mut build)?;
    let built = workspace.target("windows").join(TARGET);
    Ok(built.join("debug/examples/test-queue.exe"))
}

/// What wine takes for a Windows machine, for as long as tests use it.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn fresh(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.target("windows/machine");
        let mut copy = command(workspace, "sh");
        copy.args(["-c", COPY, "copy"]).arg(wine_machine()?);
        let status = copy.arg(&folder).status().context("sh cannot be started")?;
        ensure!(status.success(), "the wine folder cannot be copied");
        Ok(Self { folder })
    }
}

impl Drop for Machine {
    /// Ends every program of it: some stay a while in the hope of more to do.
    fn drop(&mut self) {
        let mut end = Command::new("wineserver");
        end.arg("-k").env("WINEPREFIX", &self.folder);
        succeeds(&mut end, Duration::from_secs(30));
    }
}
