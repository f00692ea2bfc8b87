//! `cargo xtask bench qz`: the unmodified npm client of QZ Tray in node, on the
//! release build and on a floor that answers the same and keeps nothing
//! (`benches/qz/`), turn by turn in one run.

use anyhow::Result;

use crate::command::{cargo, command, run};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// The client, and the certificate of its site.
const NEEDS: &[Need] = &[Need::NodePackages, Need::Openssl];

/// Builds agent and floor in release, and measures.
pub(super) fn measure(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    setup::ensure(workspace, NEEDS)?;
    let floor = "platen-qz-floor";
    run(cargo(workspace)
        .args(["build", "--release", "--package", "platen-bridge"])
        .args(["--package", floor]))?;
    let folder = workspace.target("release");
    let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    run(command(workspace, "node")
        .arg("benches/qz/bench.mjs")
        .args(arguments)
        .env("PLATEN_BIN", program("platen"))
        .env("PLATEN_QZ_FLOOR", program(floor)))
}
