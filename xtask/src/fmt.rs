//! `cargo xtask fmt`: one format for everything that has a formatter.

use anyhow::Result;

use crate::command::{cargo, npm, run};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// The formatters.
const NEEDS: &[Need] = &[Need::RustComponents, Need::NodePackages];

/// Formats the whole tree.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, NEEDS)?;
    run(cargo(workspace).args(["fmt", "--all"]))?;
    run(npm(workspace).args(["run", "--silent", "format", "--", "--log-level", "warn"]))
}
