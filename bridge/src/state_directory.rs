//! The state directory: its owner's alone, and one agent's alone.
//!
//! Store and administration socket demand a [`StateDirectory`], and only
//! [`StateDirectory::claim`] makes one: whoever has it need not ask again
//! whether another agent works there, or other users look in.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a state directory cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Another agent has it.
    #[error(
        "another agent works in {}{}; use that one (`platen status`), end it, or choose another folder with --state",
        .folder.display(), holder.as_ref().map(|who| format!(": {who}")).unwrap_or_default()
    )]
    Taken {
        /// Which.
        folder: PathBuf,
        /// Whose process it is, where it tells.
        holder: Option<String>,
    },
    /// It cannot be made, closed to others or locked.
    #[error("{folder} cannot be used: {source}; check its owner and permissions", folder = .folder.display())]
    Make {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A state directory that nobody else has. Cheap to clone; given back when the
/// last clone is dropped, and by the system however the process ends.
#[derive(Debug, Clone)]
pub struct StateDirectory {
    path: PathBuf,
    _lock: Arc<File>,
}

impl StateDirectory {
    /// Makes the directory where it is missing, closes it to other users and
    /// locks it.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn claim(path: &Path) -> Result<Self, ClaimError> {
        let make = |source| ClaimError::Make {
            folder: path.to_owned(),
            source,
        };
        make_private(path).map_err(make)?;
        let lock = lockable(path).map_err(make)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: Arc::new(lock),
            }),
            Err(TryLockError::WouldBlock) => Err(ClaimError::Taken {
                folder: path.to_owned(),
                holder: holder(path),
            }),
            Err(TryLockError::Error(source)) => Err(make(source)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The process that has the directory, by its administration socket: only the
/// one that holds the lock has that.
#[cfg(target_os = "linux")]
fn holder(folder: &Path) -> Option<String> {
    let socket = crate::paths::admin_socket(folder);
    let stream = std::os::unix::net::UnixStream::connect(socket).ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?;
    let user = crate::owner::user_with(peer.uid.as_raw());
    Some(format!(
        "process {} of user {user}",
        peer.pid.as_raw_nonzero()
    ))
}

#[cfg(not(target_os = "linux"))]
fn holder(_folder: &Path) -> Option<String> {
    None
}

/// The directory itself, which nobody removes by mistake.
#[cfg(unix)]
fn lockable(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// A file in it, where directories cannot be locked.
#[cfg(not(unix))]
fn lockable(folder: &Path) -> io::Result<File> {
    fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
}

/// Makes a directory that only its owner can enter. One that is there is
/// closed to others (systemd makes it 0755), unless others may write in it:
/// that might be somebody's `/tmp`, and is refused.
#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    if mode & 0o022 != 0 {
        return Err(io::Error::other(
            "other users may write in this folder; close it with `chmod 700` if nobody else uses it, or choose another with --state",
        ));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Makes a directory that only its owner, the system and administrators can
/// enter. One that is there is closed to others, unless they may write in it:
/// that might be somebody's folder for everybody, and is refused.
#[cfg(windows)]
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    use platen_windows::access;
    let own = access::own_account()?;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match access::create_private_folder(folder, &own) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let exposure = access::exposure_of(folder, &own)?;
    if !exposure.owner.is_trusted_by(&own) {
        return Err(io::Error::other(format!(
            "this folder belongs to another user ({}); choose another with --state",
            exposure.owner
        )));
    }
    if let Some(allowed) = exposure.others.iter().find(|allowed| allowed.writes()) {
        return Err(io::Error::other(format!(
            "other users ({}) may write in this folder; take that right away if nobody else uses it, or choose another with --state",
            allowed.who
        )));
    }
    if exposure.others.is_empty() {
        return Ok(());
    }
    access::make_private(folder, &own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_agent_on_the_same_directory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let first = StateDirectory::claim(&state).unwrap();
        let clone = first.clone();
        drop(first);
        let refused = StateDirectory::claim(&state).unwrap_err();
        assert!(matches!(refused, ClaimError::Taken { .. }), "{refused}");
        drop(clone);
        assert_eq!(StateDirectory::claim(&state).unwrap().path(), state);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_write_in_is_refused_and_left_as_it_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = || fs::metadata(folder.path()).unwrap().permissions().mode() & 0o7777;
        let set = |mode| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o1777);
        let error = StateDirectory::claim(folder.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains("--state"), "{error}");
        assert_eq!(mode(), 0o1777);
        set(0o755);
        StateDirectory::claim(folder.path()).unwrap();
        assert_eq!(mode(), 0o700, "closed to others");
    }
}
