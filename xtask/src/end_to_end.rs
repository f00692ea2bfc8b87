//! The suites of `tests/`: the real programs, driven from outside.
//!
//! The programs are built once, in the development profile, and the tests learn by environment
//! where they lie: `PLATEN_BIN`, `PLATEN_SIGN_BIN`, `PLATEN_SPOOLER_BIN`,
//! `PLATEN_PRIVATE_CUPSD_BIN` and `PLATEN_CHROMIUM`.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, command, npm, run, run_tests};
use crate::setup;
use crate::workspace::Workspace;

/// Several times what a suite takes on a small machine. One that hangs must not take the others' time.
const LIMIT: Duration = Duration::from_secs(12 * 60);

/// Runs test files of the package `platen-tests`.
pub(crate) fn cargo_test(workspace: &Workspace, names: &[&str]) -> Result<()> {
    build_all(workspace)?;
    let mut test = cargo(workspace);
    test.args(["test", "--workspace"]);
    for name in names {
        test.args(["--test", name]);
    }
    run_tests(with_programs(workspace, &mut test), LIMIT)
}

/// Runs the tests that a browser drives, with node's test runner.
pub(crate) fn browser(workspace: &Workspace) -> Result<()> {
    build_all(workspace)?;
    build_packages(workspace)?;
    let mut node = command(workspace, "node");
    // One file at a time: each starts a Chromium, and there may be two cores. What a page waits for
    // may never come, so a test has a limit.
    node.args(["--test", "--test-concurrency=1", "--test-timeout=90000"]);
    node.arg("tests/browser/");
    run_tests(with_programs(workspace, &mut node), LIMIT)
}

/// Installs for real and asks real browsers whom they trust, where `/etc` is a copy of its own: in a
/// mount namespace, which whoever is not root gets with one of users.
pub(crate) fn trust(workspace: &Workspace) -> Result<()> {
    const UNSHARE: &str =
        r#"[ "$(id -u)" = 0 ] || more=--map-root-user; exec unshare --mount $more "$@""#;
    build_all(workspace)?;
    let mut node = command(workspace, "sh");
    node.args(["-c", UNSHARE, "sh", "sh", "tests/trust/machine.sh"]);
    node.args(["node", "--test", "--test-timeout=240000", "tests/trust/"]);
    run_tests(with_programs(workspace, &mut node), LIMIT)
}

/// Runs the tests that the npm client of QZ Tray drives, unmodified, in node and in Chromium.
pub(crate) fn qz(workspace: &Workspace) -> Result<()> {
    build_all(workspace)?;
    let mut node = command(workspace, "node");
    // Each file starts a Chromium. The limit is one for a test and for a file of them.
    node.args(["--test", "--test-concurrency=2", "--test-timeout=240000"]);
    node.arg("tests/qz/");
    run_tests(with_programs(workspace, &mut node), LIMIT)
}

/// Every program. The whole workspace is chosen, here and in `unit.rs`, although less would do: the
/// features of shared crates depend on what is chosen, and another choice compiles them again.
pub(crate) fn build_all(workspace: &Workspace) -> Result<()> {
    run(cargo(workspace).args(["build", "--quiet", "--workspace", "--bins"]))
}

/// What the demo runs: `platen`, `platen-sign`, and `platen-spooler` where libcups can be linked.
pub(crate) fn build_programs(workspace: &Workspace) -> Result<()> {
    let mut build = cargo(workspace);
    build.args(["build", "--bins"]);
    build.args(["--package", "platen-bridge", "--package", "platen-sign"]);
    if setup::cups_headers_are_installed() {
        build.args(["--package", "platen-spooler"]);
    }
    run(&mut build)
}

/// The npm packages: the SDK as a page loads it.
pub(crate) fn build_packages(workspace: &Workspace) -> Result<()> {
    run(npm(workspace).args(["run", "--silent", "build"]))
}

/// Tells a command where the built programs and the browser are.
pub(crate) fn with_programs<'command>(
    workspace: &Workspace,
    command: &'command mut Command,
) -> &'command mut Command {
    command
        .env("PLATEN_BIN", workspace.program("platen"))
        .env("PLATEN_SIGN_BIN", workspace.program("platen-sign"));
    if setup::cups_headers_are_installed() {
        command.env("PLATEN_SPOOLER_BIN", workspace.program("platen-spooler"));
    }
    let private_cupsd = workspace.program("platen-private-cupsd");
    command.env("PLATEN_PRIVATE_CUPSD_BIN", private_cupsd);
    command.env("PLATEN_NEIGHBOR_BIN", workspace.program("platen-neighbor"));
    if let Some(chromium) = setup::chromium() {
        command.env("PLATEN_CHROMIUM", chromium);
    }
    command
}
