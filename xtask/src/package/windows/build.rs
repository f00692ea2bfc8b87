//! The programs for Windows, built here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::super::build::{Profile, remapping, reproducible_by};
use crate::command::{command, run};
use crate::setup::toolchain::program;
use crate::windows::TARGET;
use crate::workspace::Workspace;

/// What is shipped, and the packages it comes from.
const PROGRAMS: [&str; 4] = [
    "platen",
    "platen-background",
    "platen-sign",
    "platen-spooler",
];
const PACKAGES: [&str; 4] = [
    "platen-bridge",
    "platen-windows",
    "platen-sign",
    "platen-spooler",
];

/// Makes the linker leave the time out.
const NO_TIME: &str = "-Clink-arg=-Wl,--no-insert-timestamp";

/// The cargo that builds for Windows, in a target folder of its own so that neither build waits
/// for the other. Nobody steps through these programs: they are built without what debuggers read.
pub(crate) fn cross_cargo(workspace: &Workspace) -> Result<Command> {
    let mut cargo = command(workspace, program("cargo")?);
    cargo
        .env("CARGO_TARGET_DIR", workspace.target("windows"))
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    Ok(cargo)
}

/// The development profile's programs, as tests have built them, without symbols.
pub(crate) fn dev_programs(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut build = cross_cargo(workspace)?;
    build.args(["build", "--quiet", "--bins", "--target", TARGET]);
    for package in PACKAGES {
        build.args(["--package", package]);
    }
    run(&mut build)?;
    let out = workspace.target("windows");
    stripped(workspace, &out.join(TARGET).join("debug"))
}

/// The programs that people install: with their version, and how Windows is to treat them.
pub(super) fn release_programs(workspace: &Workspace, version: &str) -> Result<Vec<PathBuf>> {
    let out = workspace.target("package/build");
    let mut build = reproducible_by(
        command(workspace, program("cargo")?),
        workspace,
        workspace.root(),
        &out,
        &PACKAGES,
        Profile::Release,
    )?;
    let resource = resource(workspace, version)?;
    let flags = [
        remapping(workspace.root(), &out)?,
        NO_TIME.to_owned(),
        format!("-Clink-arg={}", resource.display()),
    ];
    build
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .args(["--target", TARGET]);
    run(&mut build)?;
    stripped(workspace, &out.join(TARGET).join("release"))
}

/// `packaging/windows/platen.rc` as the linker takes it.
fn resource(workspace: &Workspace, version: &str) -> Result<PathBuf> {
    let folder = workspace.target("package/windows");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let to = folder.join("platen.res.o");
    let numbers = super::numbers(version).replace('.', ",");
    run(command(workspace, "x86_64-w64-mingw32-windres")
        .args(["-I", "packaging/windows"])
        .arg(format!("-DNUMBERS={numbers},0"))
        // Through a shell, which takes the backslashes.
        .arg(format!("-DVERSION=\\\"{version}\\\""))
        .args(["packaging/windows/platen.rc", "-O", "coff", "-o"])
        .arg(&to))?;
    Ok(to)
}

/// Copies without symbols, in the order of [`PROGRAMS`].
fn stripped(workspace: &Workspace, built: &Path) -> Result<Vec<PathBuf>> {
    let folder = workspace
        .target("package/windows")
        .join(built.file_name().unwrap_or_default());
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let mut programs = Vec::new();
    for name in PROGRAMS {
        let name = format!("{name}.exe");
        let to = folder.join(&name);
        run(command(workspace, "x86_64-w64-mingw32-strip")
            .arg("-o")
            .arg(&to)
            .arg(built.join(&name)))?;
        programs.push(to);
    }
    Ok(programs)
}
