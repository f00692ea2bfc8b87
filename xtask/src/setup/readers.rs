//! zxing-cpp, a barcode reader, from PyPI into a Python environment of its own.
//!
//! It lies in the target folder: `cargo clean` takes it away again, and no other
//! Python of the machine is touched.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::command::{command, run, succeeds};
use crate::workspace::Workspace;

/// The reader, and what it needs to open a PNG.
const PACKAGES: [&str; 3] = ["zxing-cpp==3.1.1", "pillow==13.0.0", "numpy==2.4.6"];

/// How long starting Python and loading the reader may take on a cold disk.
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// The Python that has them.
pub(crate) fn python(workspace: &Workspace) -> PathBuf {
    workspace.target("tools/readers/bin/python3")
}

/// Makes the environment unless it is there.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    let mut look = Command::new(python(workspace));
    look.args(["-c", "import zxingcpp, PIL.Image, numpy"]);
    if succeeds(&mut look, LOOK_LIMIT) {
        return Ok(());
    }
    println!("setup: installing zxing-cpp into the target folder");
    let folder = workspace.target("tools/readers");
    run(command(workspace, "python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    run(command(workspace, python(workspace))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(PACKAGES))
}
