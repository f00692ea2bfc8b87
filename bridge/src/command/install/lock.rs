//! One installation at a time, without a file that would be left over.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, bail};

/// What there is to say when another one is not over.
const BUSY: &str = "another installation is under way; wait until it has ended";

/// Locks out other installations until it is dropped: the folder that is there
/// anyway is locked.
#[cfg(unix)]
pub(super) fn take(folder: &Path) -> anyhow::Result<File> {
    use std::fs::TryLockError;
    let opened =
        File::open(folder).with_context(|| format!("{} cannot be opened", folder.display()))?;
    match opened.try_lock() {
        Ok(()) => Ok(opened),
        Err(TryLockError::WouldBlock) => bail!(BUSY),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", folder.display()))
        }
    }
}

/// Locks out other installations until it is dropped: folders cannot be locked
/// on Windows, so that it is a file, which goes when it is closed.
#[cfg(windows)]
pub(super) fn take(folder: &Path) -> anyhow::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// `DELETE` and `GENERIC_WRITE`.
    const ACCESS: u32 = 0x0001_0000 | 0x4000_0000;
    /// `FILE_FLAG_DELETE_ON_CLOSE`, and `FILE_FLAG_OPEN_REPARSE_POINT`: what a
    /// link leads to is nothing of ours.
    const FLAGS: u32 = 0x0400_0000 | 0x0020_0000;
    /// `ERROR_SHARING_VIOLATION`.
    const SHARED: i32 = 32;
    let file = folder.join("platen-installation.lock");
    let opened = File::options()
        .write(true)
        .create(true)
        .access_mode(ACCESS)
        .custom_flags(FLAGS)
        .share_mode(0)
        .open(&file);
    match opened {
        Err(error) if error.raw_os_error() == Some(SHARED) => bail!(BUSY),
        opened => opened.with_context(|| format!("{} cannot be made", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_installation_waits_for_the_other_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let refused = take(folder.path()).unwrap_err();
        assert_eq!(refused.to_string(), BUSY);
        drop(first);
        take(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
