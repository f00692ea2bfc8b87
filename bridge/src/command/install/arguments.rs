//! What one can say to `platen install` and `platen uninstall`.

use std::path::PathBuf;

use clap::Args;
use platen_protocol::OriginPattern;

/// `platen install`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a word of the command line
pub struct Install {
    #[command(flatten)]
    pub(super) scope: InstallScope,
    /// Show what would be changed, and change nothing.
    #[arg(long)]
    pub(super) plan: bool,
    /// Show what is not as it was installed, and change nothing; exit code 1
    /// where something is.
    #[arg(long, conflicts_with = "plan")]
    pub(super) check: bool,
    /// Make everything as it was installed again, with what was chosen then.
    #[arg(long, conflicts_with_all = ["plan", "check", "provision", "allow_origin"])]
    pub(super) repair: bool,
    /// The agent starts: repair all but what it is started by, and say nothing
    /// where nothing is to be done. Its unit asks for this.
    #[arg(long, requires = "repair", hide = true)]
    pub(super) at_start: bool,
    /// Leave out what a package brings and its manager does: programs,
    /// service, udev rules.
    #[cfg_attr(windows, doc = "Always so on Windows, where the set-up brings them.")]
    #[arg(long)]
    pub(super) package: bool,
    /// Put this provisioning file in place, after checking it.
    #[arg(long, value_name = "FILE")]
    pub(super) provision: Option<PathBuf>,
    /// A site whose pages browsers let reach this machine without asking:
    /// `https://pos.example`, or `*.shop.example`, which browsers take for
    /// every site below. May be repeated; those named before stay.
    #[arg(long, value_name = "ORIGIN")]
    pub(super) allow_origin: Vec<OriginPattern>,
}

/// `platen uninstall`.
#[derive(Debug, Args)]
pub struct Uninstall {
    #[command(flatten)]
    pub(super) scope: InstallScope,
    /// Show what would be undone, and change nothing.
    #[arg(long)]
    pub(super) plan: bool,
    /// Leave what a package brought to its manager.
    #[arg(long)]
    pub(super) package: bool,
    /// Remove the agent's state as well: jobs, grants, keys.
    #[arg(long)]
    pub(super) purge: bool,
}

/// For whom.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
pub(super) struct InstallScope {
    /// For this user alone.
    #[arg(long)]
    pub(super) user: bool,
    /// For the whole machine; the default for root.
    #[cfg_attr(
        windows,
        doc = "Here root is an administrator whose rights are elevated."
    )]
    #[arg(long)]
    pub(super) system: bool,
}
