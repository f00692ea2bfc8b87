//! The receipt module for browsers, which is committed: building it, and knowing whether it is fresh.
//!
//! `js-sdk/wasm/pkg/` has the module, the JavaScript that wasm-bindgen made for it, and a record of
//! what they were made from (`record.rs`). Whoever only uses the SDK needs no toolchain; [`check`]
//! tells from the record alone that the sources have changed since, and [`test()`] builds it again in
//! another folder and compares every octet.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{command, output_of, run, run_tests};
use crate::setup::{self, Need};
use crate::workspace::Workspace;
use crate::{docs, end_to_end};

mod build;
mod record;

use record::Record;

/// Where the committed files are.
const PACKAGE: &str = "js-sdk/wasm/pkg";
/// The module among them.
const MODULE: &str = "platen_wasm_bg.wasm";
/// The record beside them.
const RECORD: &str = "record.json";

/// `cargo xtask wasm`: builds the module and what belongs to it into the SDK.
pub(crate) fn renew(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::NodePackages, Need::WasmToolchain])?;
    let inputs = record::inputs(workspace)?;
    let built = workspace.target("wasm/pkg");
    build::build(workspace.root(), &workspace.target("wasm"), &built)?;
    let package = workspace.path(PACKAGE);
    fs::create_dir_all(&package)?;
    for file in build::FILES {
        fs::copy(built.join(file), package.join(file))
            .with_context(|| format!("copying {file}"))?;
    }
    let record = Record::of(inputs, &package)?;
    fs::write(package.join(RECORD), record.to_json()?)?;
    println!("{}", build::weight(&package.join(MODULE))?);
    Ok(())
}

/// Whether the committed module was made from the sources that are there; reads files only.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let package = workspace.path(PACKAGE);
    let record = Record::read(&package.join(RECORD))?;
    if record.inputs != record::inputs(workspace)? {
        bail!("{PACKAGE} was made from other sources than these; run `cargo xtask wasm`");
    }
    if record.module != record::digest_of(&package.join(MODULE))? {
        bail!("{PACKAGE}/{MODULE} is not the one that was recorded; run `cargo xtask wasm`");
    }
    Ok(())
}

/// The suite `wasm`: the module is fresh, comes out the same in any folder, and does what the
/// crate does, in node and in a browser.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    check(workspace)?;
    compare_with_another_build(workspace)?;
    compare_with_the_crate(workspace)
}

/// Builds a copy of the sources in another folder: what comes out is the committed file, or the
/// build depends on where it is made.
fn compare_with_another_build(workspace: &Workspace) -> Result<()> {
    let package = workspace.path(PACKAGE);
    let recorded = Record::read(&package.join(RECORD))?;
    let compiler = build::compiler()?;
    if recorded.compiler != compiler {
        println!(
            "wasm: not rebuilt: it was built by {}, and here is {compiler}",
            recorded.compiler
        );
        return Ok(());
    }
    let elsewhere = std::env::temp_dir().join(format!("platen-wasm-{}", std::process::id()));
    let outcome = copy_sources(workspace, &elsewhere).and_then(|()| {
        // What is compiled of others is kept: only where it lies is new.
        let built = elsewhere.join("pkg");
        build::build(&elsewhere, &workspace.target("wasm-elsewhere"), &built)?;
        for file in build::FILES {
            if fs::read(built.join(file))? != fs::read(package.join(file))? {
                bail!("{PACKAGE}/{file} comes out otherwise when it is built in another folder");
            }
        }
        Ok(())
    });
    fs::remove_dir_all(&elsewhere).ok();
    outcome?;
    println!("wasm: built again in another folder, every octet is the same");
    Ok(())
}

fn copy_sources(workspace: &Workspace, to: &Path) -> Result<()> {
    for file in docs::tracked_files(workspace)? {
        let source = workspace.path(&file);
        if !source.is_file() || file.starts_with(PACKAGE) {
            continue;
        }
        let target = to.join(&file);
        fs::create_dir_all(target.parent().context("a file is in a folder")?)?;
        fs::copy(&source, &target).with_context(|| format!("copying {file}"))?;
    }
    Ok(())
}

/// Runs the tests that compare the module with the crate.
fn compare_with_the_crate(workspace: &Workspace) -> Result<()> {
    let mut native = crate::command::cargo(workspace);
    run(native.args([
        "build",
        "--quiet",
        "--package",
        "platen-wasm",
        "--example",
        "forms",
    ]))?;
    end_to_end::build_packages(workspace)?;
    let forms: PathBuf = workspace.program("examples/forms");
    let mut node = command(workspace, "node");
    node.args(["--test", "--test-timeout=120000", "js-sdk/wasm/tests/"])
        .env("PLATEN_FORMS_BIN", forms);
    if let Some(chromium) = setup::chromium() {
        node.env("PLATEN_CHROMIUM", chromium);
    }
    run_tests(&mut node, build::LIMIT)
}

/// What a program says of its version.
fn version(program: &Path, arguments: &[&str]) -> Result<String> {
    output_of(std::process::Command::new(program).args(arguments))
        .with_context(|| format!("{} does not say its version", program.display()))
}
