//! What an installation on Windows has to look at first.

use std::path::Path;

use anyhow::{Context as _, bail};
use platen_windows::access;

/// Refuses a journal that somebody else may have written: undoing believes it.
pub(super) fn ensure_ours(journal: &Path) -> anyhow::Result<()> {
    let folder = journal.parent();
    for path in folder.into_iter().chain([journal]) {
        if !is_ours(path)? {
            bail!(
                "{} was not made by an installation of yours, or others may write in it; remove it",
                path.display()
            );
        }
    }
    Ok(())
}

/// Whether nobody but this account, the system and administrators could have
/// written what is there; so, too, where nothing is.
pub(super) fn is_ours(path: &Path) -> anyhow::Result<bool> {
    let own = access::own_account()?;
    match access::exposure_of(path, &own) {
        Ok(exposure) => {
            let mut others = exposure.others.iter();
            Ok(exposure.owner.is_trusted_by(&own) && !others.any(access::Allowed::writes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("{} cannot be looked at", path.display())),
    }
}
