//! The `unit` suite: what each package tests for itself, without other programs.
//!
//! The tests of `tests/` are not among them: its manifest marks each `test = false`, so that only the
//! suite that builds the programs and names the test runs it.

use anyhow::Result;

use crate::command::{cargo, npm, run};
use crate::workspace::Workspace;

/// Unit, property, snapshot and documentation tests of Rust; then the JavaScript packages' own.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(cargo(workspace)
        .args(["test", "--workspace", "--quiet"])
        // A snapshot that differs is a failure, not a file beside it to accept.
        .env("INSTA_UPDATE", "no"))?;
    for package in ["js-sdk", "examples/pos"] {
        if workspace.path(package).join("package.json").is_file() {
            run(npm(workspace).args(["test", "--workspace", package, "--if-present"]))?;
        }
    }
    Ok(())
}
