//! The suite `usb`: what needs real USB, in the guest of `tools/usb-rig`.
//!
//! Programs and tests are linked statically and run there whole; the rig is
//! cargo's runner. Where Linux is not the system, there is no such guest.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, command, run, run_tests};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// What the guest's programs are built for.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Several times what it takes on a small machine, compiling everything.
const LIMIT: Duration = Duration::from_secs(12 * 60);

/// Runs what needs USB: the rig's own proof, printers, and pages.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    run(command(workspace, "tools/usb-rig/rig").arg("prepare"))?;
    let mut smoke = cargo(workspace);
    smoke.args(["test", "--package", "platen-usb-rig", "--test", "smoke"]);
    run_tests(for_the_guest(workspace, &mut smoke), LIMIT)?;
    let mut build = cargo(workspace);
    build.args(["build", "--quiet", "--package", "platen-bridge"]);
    build.args(["--bin", "platen"]);
    run(for_the_guest(workspace, &mut build))?;
    let platen = workspace.target(TARGET).join("debug/platen");
    printers(workspace, &platen)?;
    pages(workspace, &platen)
}

/// Runs the tests of USB printers, one at a time: they share the guest's bus.
fn printers(workspace: &Workspace, platen: &Path) -> Result<()> {
    let mut test = cargo(workspace);
    test.args(["test", "--package", "platen-tests", "--test", "usb"]);
    // All of cargo's options stand before those of the test program.
    for_the_guest(workspace, &mut test).args(["--", "--test-threads=1", "--nocapture"]);
    run_tests(test.env("USB_RIG_FILES", platen), LIMIT)
}

/// Runs the checks of the npm client of QZ Tray, here, against the agent and its devices in the guest.
fn pages(workspace: &Workspace, platen: &Path) -> Result<()> {
    let mut node = command(workspace, "node");
    // One file at a time: each has a guest. The limit is one for a test and for a file of them.
    node.args(["--test", "--test-concurrency=1", "--test-timeout=300000"]);
    node.args(["tests/qz/hid.test.mjs", "tests/qz/usb.test.mjs"]);
    node.env("PLATEN_GUEST_BIN", platen)
        .env("USB_RIG_TIMEOUT", "300");
    run_tests(&mut node, LIMIT)
}

/// Measures how soon the first octet of a job reaches a USB printer in the guest.
pub(crate) fn measure(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::UsbRig])?;
    run(command(workspace, "tools/usb-rig/rig").arg("prepare"))?;
    let mut test = cargo(workspace);
    test.args(["test", "--package", "platen-tests", "--test", "usb"]);
    for_the_guest(workspace, &mut test).args(["--", "--ignored", "--nocapture"]);
    run_tests(test.env("USB_RIG_CLOCK", "fine"), LIMIT)
}

/// Makes cargo build static programs and run them in the guest.
fn for_the_guest<'command>(
    workspace: &Workspace,
    cargo: &'command mut Command,
) -> &'command mut Command {
    let runner = format!("{} runner", workspace.path("tools/usb-rig/rig").display());
    cargo
        .args(["--target", TARGET])
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", runner)
        .env(
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "-C target-feature=+crt-static",
        )
}
