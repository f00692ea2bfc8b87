//! Compilers for other systems: WebAssembly, Windows with wine and makers of installers, and macOS
//! to check types.
//!
//! `tools/toolchain/` knows how they come to a machine. They lie in the user's cache, because they
//! are large and the same for every checkout.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::{command, run};
use crate::workspace::Workspace;

/// A program of the toolchain: its own `cargo`, `rustc`, `wasm-bindgen`, `wasm-opt`, `wine-run`.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    Ok(prefix()?.join("bin").join(name))
}

/// The folder that wine takes for a Windows machine. Tests work on copies.
pub(crate) fn wine_machine() -> Result<PathBuf> {
    Ok(prefix()?.join("wine"))
}

/// Runs the script, which does nothing where everything is there.
pub(super) fn ensure_wasm(workspace: &Workspace) -> Result<()> {
    run(command(workspace, "bash")
        .arg("tools/toolchain/wasm-toolchain.sh")
        .args(["--quiet", "--lock", "Cargo.lock", "--prefix"])
        .arg(prefix()?))
}

/// The same, for Windows.
pub(super) fn ensure_windows(workspace: &Workspace) -> Result<()> {
    run(command(workspace, "bash")
        .arg("tools/toolchain/windows-toolchain.sh")
        .args(["--quiet", "--wine", "--installers", "--prefix"])
        .arg(prefix()?))
}

/// The same, for checking types for macOS.
pub(super) fn ensure_macos_check(workspace: &Workspace) -> Result<()> {
    run(command(workspace, "bash")
        .arg("tools/toolchain/macos-check.sh")
        .args(["--quiet", "--prefix"])
        .arg(prefix()?))
}

fn prefix() -> Result<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from);
    folder("RUST_CROSS_PREFIX")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("rust-cross")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/rust-cross")))
        .context(
            "neither RUST_CROSS_PREFIX nor HOME is set; set one to where the toolchain may lie",
        )
}
