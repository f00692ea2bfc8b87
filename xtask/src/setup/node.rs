//! The npm packages that `package-lock.json` names, in `node_modules`.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::command::{command, npm, output_of, run};
use crate::workspace::Workspace;

/// `engines` in package.json asks for the same.
const NODE_MAJOR_MIN: u32 = 20;

/// Runs `npm ci` unless the packages of this very lock file are installed.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    let version = output_of(command(workspace, "node").arg("--version"));
    let major = version.as_deref().and_then(major);
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        bail!(
            "node {NODE_MAJOR_MIN} or newer is needed, found {}; install it, then run this again",
            version.as_deref().unwrap_or("none")
        );
    }
    // A copy of the lock file beside what was installed from it is the proof that they agree.
    let lock =
        fs::read(workspace.path("package-lock.json")).context("reading package-lock.json")?;
    let stamp = workspace.path("node_modules/.installed-from.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("setup: installing the npm packages of package-lock.json");
    run(npm(workspace).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, lock).context("writing the stamp in node_modules")
}

/// `v20.19.1` is 20.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.19.1"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("something else"), None);
    }
}
