//! One installation at a time, without a file that would be left over: the
//! folder that is there anyway is locked.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context as _, bail};
use platen_installer::Scope;

/// Locks out other installations until it is dropped.
pub(super) fn take(scope: &Scope) -> anyhow::Result<File> {
    let folder = match scope {
        Scope::System => Path::new("/var/lib"),
        Scope::User { home } => home,
    };
    let opened =
        File::open(folder).with_context(|| format!("{} cannot be opened", folder.display()))?;
    match opened.try_lock() {
        Ok(()) => Ok(opened),
        Err(TryLockError::WouldBlock) => {
            bail!("another installation is under way; wait until it has ended")
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", folder.display()))
        }
    }
}
