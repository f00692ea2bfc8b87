//! The suite `macos`: what runs on a Mac is type-checked for it.
//!
//! Nothing is linked and nothing is run: there is no macOS here. What the compiler can see (a call
//! that the system does not have, a type that is another there) fails; whether it works is for a Mac
//! to say.

use std::time::Duration;

use anyhow::Result;

use crate::command::{command, run_tests};
use crate::setup::toolchain::program;
use crate::workspace::Workspace;

/// What is checked for.
const TARGET: &str = "aarch64-apple-darwin";

/// The programs that a Mac has; `platen-spooler` wants the system's CUPS.
const PACKAGES: [&str; 4] = [
    "platen-bridge",
    "platen-sign",
    "platen-installer",
    "platen-update",
];

/// Several times what it takes on a small machine, checking everything.
const LIMIT: Duration = Duration::from_secs(12 * 60);

/// Checks the programs and what they are made of.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut check = command(workspace, program("cargo")?);
    check
        .args(["check", "--quiet", "--target", TARGET])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .env("CARGO_TARGET_DIR", workspace.target("macos"))
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("RUSTFLAGS", "--deny=warnings");
    run_tests(&mut check, LIMIT)
}
