//! The `unit` suite: what each package tests for itself, without other programs.
//!
//! The tests of `tests/` are not among them: its manifest marks each `test = false`, so that only the
//! suite that builds the programs and names the test runs it.

use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, npm, run_tests};
use crate::setup;
use crate::workspace::Workspace;

/// Several times what it takes on a small machine, compiling everything.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Whether readers of barcodes and of text read what is drawn.
pub(crate) fn receipt_readers(workspace: &Workspace) -> Result<()> {
    let mut test = cargo(workspace);
    test.args(["test", "--package", "platen-receipt", "--test", "readers"])
        .args(["--test", "ocr"])
        .args(["--", "--ignored", "--nocapture"])
        .env("PLATEN_READER_PYTHON", setup::readers::python(workspace));
    run_tests(&mut test, LIMIT)
}

/// Unit, property, snapshot and documentation tests of Rust; then the JavaScript packages' own.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    let mut test = cargo(workspace);
    test.args(["test", "--workspace", "--quiet"])
        // A snapshot that differs is a failure, not a file beside it to accept.
        .env("INSTA_UPDATE", "no");
    run_tests(&mut test, LIMIT)?;
    for package in ["js-sdk", "examples/pos"] {
        if workspace.path(package).join("package.json").is_file() {
            let mut test = npm(workspace);
            test.args(["test", "--workspace", package, "--if-present"]);
            run_tests(&mut test, LIMIT)?;
        }
    }
    Ok(())
}
