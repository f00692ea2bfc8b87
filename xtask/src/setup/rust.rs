//! The parts of the Rust toolchain that a minimal installation leaves out.

use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, command, run, succeeds};
use crate::workspace::Workspace;

const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// Adds rustfmt and clippy through rustup when cargo does not have them.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    for component in ["fmt", "clippy"] {
        if !succeeds(cargo(workspace).args([component, "--version"]), LOOK_LIMIT) {
            println!("setup: adding rustfmt and clippy to the Rust toolchain");
            return run(command(workspace, "rustup").args([
                "component",
                "add",
                "rustfmt",
                "clippy",
            ]));
        }
    }
    Ok(())
}
