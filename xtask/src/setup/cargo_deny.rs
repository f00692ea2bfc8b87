//! cargo-deny, built once from crates.io into the target folder.
//!
//! Not into `~/.cargo/bin`: the version is this repository's business, and `cargo clean` takes it away
//! again. The build is unoptimized on purpose; it takes a minute instead of five, and a check takes a
//! tenth of a second all the same.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{cargo, output_of, run};
use crate::workspace::Workspace;

/// The version whose configuration format and findings `deny.toml` was written for.
const VERSION: &str = "0.20.2";

/// Where [`ensure`] puts it.
pub(crate) fn program(workspace: &Workspace) -> PathBuf {
    let name = format!("cargo-deny{}", std::env::consts::EXE_SUFFIX);
    workspace.target("tools/bin").join(name)
}

/// Builds it unless this version is there.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    let installed = output_of(Command::new(program(workspace)).arg("--version"));
    if installed.as_deref() == Some(&format!("cargo-deny {VERSION}")) {
        return Ok(());
    }
    println!("setup: building cargo-deny {VERSION} (about a minute, once)");
    let scratch = workspace.target("tools/build");
    run(cargo(workspace)
        .args(["install", "cargo-deny", "--version", VERSION, "--locked"])
        .args(["--debug", "--no-default-features", "--force", "--quiet"])
        .arg("--root")
        .arg(workspace.target("tools"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_TARGET_DIR", &scratch))?;
    // Half a gigabyte that nothing needs again.
    fs::remove_dir_all(&scratch).ok();
    Ok(())
}
