//! Where the programs under test are.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The built program `name`: what the environment variable `variable` names
/// (`cargo xtask test` sets it), else what lies beside the running test.
///
/// # Errors
/// When it is at neither place.
pub fn built(name: &str, variable: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(PathBuf::from(path));
    }
    // target/debug/deps/test-hash, or target/release/bench: the program lies
    // one or two folders up.
    let test = std::env::current_exe().context("the running test has no path")?;
    let beside = test
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    match beside {
        Some(path) => Ok(path),
        None => {
            bail!("{name} is not built; run `cargo build --package {name}` or `cargo xtask test`")
        }
    }
}
