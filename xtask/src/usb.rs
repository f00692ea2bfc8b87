//! The suite `usb`: what needs real USB, in the guest of `tools/usb-rig`.
//!
//! Programs and tests are linked statically and run there whole; the rig is
//! cargo's runner. Where Linux is not the system, there is no such guest.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, command, run, run_tests};
use crate::workspace::Workspace;

/// What the guest's programs are built for.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Several times what it takes on a small machine, compiling everything.
const LIMIT: Duration = Duration::from_secs(12 * 60);

/// Runs the tests that need USB.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    run(command(workspace, "tools/usb-rig/rig").arg("prepare"))?;
    let mut smoke = cargo(workspace);
    smoke.args(["test", "--package", "platen-usb-rig", "--test", "smoke"]);
    run_tests(for_the_guest(workspace, &mut smoke), LIMIT)
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
