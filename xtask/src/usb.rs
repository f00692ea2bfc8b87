//! The suite `usb`: what needs real USB, in the guest of `tools/usb-rig`.
//!
//! Programs and tests are those of the other suites, taken there whole; the rig
//! is cargo's runner. Where Linux is not the system, there is no such guest.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, command, run, run_tests};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// Several times what it takes on a small machine, compiling everything.
const LIMIT: Duration = Duration::from_secs(12 * 60);

/// Runs what needs USB: the rig's own proof, printers, and pages.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    run(command(workspace, "tools/usb-rig/rig").arg("prepare"))?;
    run_tests(&mut guest_test(workspace, "smoke"), LIMIT)?;
    run(cargo(workspace).args(["build", "--quiet", "--workspace", "--bin", "platen"]))?;
    let platen = workspace.program("platen");
    printers(workspace, &platen)?;
    pages(workspace, &platen)
}

/// Runs the tests of USB printers, one at a time: they share the guest's bus.
fn printers(workspace: &Workspace, platen: &Path) -> Result<()> {
    let mut test = guest_test(workspace, "usb");
    test.args(["--", "--test-threads=1", "--nocapture"]);
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
    let mut test = guest_test(workspace, "usb");
    test.args(["--release", "--", "--ignored", "--nocapture"]);
    run_tests(test.env("USB_RIG_CLOCK", "fine"), LIMIT)
}

/// A test file of the workspace, run by cargo in the guest. The whole workspace is chosen, as in
/// `end_to_end.rs`: what was built for its other tests serves.
fn guest_test(workspace: &Workspace, name: &str) -> Command {
    let runner = format!("{} runner", workspace.path("tools/usb-rig/rig").display());
    let mut test = cargo(workspace);
    test.args(["test", "--workspace", "--test", name])
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", runner);
    test
}
