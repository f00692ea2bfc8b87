//! `cargo xtask bench receipt`: receipts written, read, drawn and dithered,
//! beside other libraries that do the same, in one run.
//!
//! The others come from npm, PyPI and crates.io into the target folder. They
//! are compared with and nothing else: no part of the product knows them.

use std::fs;

use anyhow::{Context, Result};

use crate::command::{cargo, command, npm, run};
use crate::workspace::Workspace;

/// python-escpos, with what opens pictures for it.
const PYTHON_PACKAGES: [&str; 2] = ["python-escpos==3.1", "pillow==13.0.0"];

/// Installs the others, builds in release, and measures.
pub(super) fn measure(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let programs = workspace.path("benches/receipt/peers");
    let peers = workspace.target("bench-peers");

    let node = peers.join("node");
    fs::create_dir_all(&node)?;
    for file in ["package.json", "peer.mjs"] {
        fs::copy(programs.join(file), node.join(file))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    run(npm(workspace)
        .args(["install", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&node))?;

    let python = peers.join("python");
    if !python.join("bin/python3").is_file() {
        run(command(workspace, "python3")
            .args(["-m", "venv"])
            .arg(&python))?;
    }
    run(command(workspace, python.join("bin/python3"))
        .args(["-m", "pip", "install", "--quiet"])
        .arg("--disable-pip-version-check")
        .args(PYTHON_PACKAGES))?;

    // A copy, so that its lock file lies in the target folder too.
    let escpost = peers.join("escpost-source");
    fs::create_dir_all(escpost.join("src"))?;
    for file in ["Cargo.toml", "src/main.rs"] {
        fs::copy(programs.join("escpost").join(file), escpost.join(file))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    run(cargo(workspace)
        .args(["build", "--release", "--quiet"])
        .current_dir(&escpost)
        .env("CARGO_TARGET_DIR", peers.join("escpost")))?;

    let name = "platen-receipt-bench";
    run(cargo(workspace).args(["build", "--release", "--package", name]))?;
    run(command(workspace, workspace.target("release").join(name))
        .arg("--peers")
        .arg(&peers)
        .args(arguments))
}
