//! A Unix socket in the state directory. The directory is 0700 and the socket
//! 0600, so that the file system refuses other users; the peer's credentials
//! are checked all the same, because a directory's mode can be changed.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::SocketError;
use crate::admin::ClientError;
use crate::paths;
use crate::state_directory::StateDirectory;

/// A connection to it, at either end.
pub type AdminStream = UnixStream;

/// Octets a Unix socket's path may have: `sun_path` with its closing zero.
const PATH_OCTETS_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The socket, listening. Removed when dropped.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Held, so that the socket is nobody else's.
    _state: StateDirectory,
}

impl AdminSocket {
    /// Listens in the state directory. What lies there of an agent that is
    /// gone is taken away.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn bind(state: &StateDirectory) -> Result<Self, SocketError> {
        let make = |source| SocketError::Make {
            folder: state.path().to_owned(),
            source,
        };
        let path = paths::admin_socket(state.path());
        if path.as_os_str().len() > PATH_OCTETS_MAX {
            return Err(SocketError::PathTooLong(path));
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(make(error)),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(&path).map_err(make)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(make)?;
        Ok(Self {
            listener,
            path,
            _state: state.clone(),
        })
    }

    /// The next connection of somebody who may administer this agent. Cancel
    /// safe.
    ///
    /// # Errors
    /// When the system gives no connection.
    pub async fn accept(&mut self) -> io::Result<AdminStream> {
        let own = rustix::process::geteuid().as_raw();
        loop {
            let (stream, _) = self.listener.accept().await?;
            let peer = stream.peer_cred()?.uid();
            if may_administer(peer, own) {
                return Ok(stream);
            }
            tracing::warn!(
                uid = peer,
                "another user was refused at the administration socket"
            );
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // Nobody else's by now: the directory is still locked.
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the administration socket was gone already");
        }
    }
}

/// Connects to the agent with this state directory.
pub(in crate::admin) async fn connect(state: &Path) -> Result<AdminStream, ClientError> {
    UnixStream::connect(paths::admin_socket(state))
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => ClientError::NotAllowed(state.to_owned()),
            _ => ClientError::NotRunning(state.to_owned()),
        })
}

/// Whether the user `peer` may administer an agent that runs as `own`: the
/// same user, or root.
#[must_use]
pub fn may_administer(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream as StdUnixStream;

    fn claim(folder: &Path) -> StateDirectory {
        StateDirectory::claim(folder).unwrap()
    }

    #[test]
    fn only_the_agents_own_user_and_root_may_administer() {
        for (peer, own, expected) in [
            (1000, 1000, true),
            (0, 1000, true),
            (1001, 1000, false),
            (1000, 0, false),
            (65534, 1000, false),
        ] {
            assert_eq!(may_administer(peer, own), expected, "{peer} at {own}");
        }
    }

    #[tokio::test]
    async fn folder_and_socket_are_their_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        fs::create_dir(&state).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
        let socket = AdminSocket::bind(&claim(&state)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&state), 0o700);
        assert_eq!(mode(&state.join("admin.sock")), 0o600);
        drop(socket);
        assert!(!state.join("admin.sock").exists());
    }

    #[tokio::test]
    async fn what_a_crash_left_behind_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "as a crash leaves it");
        let socket = AdminSocket::bind(&claim(folder.path())).unwrap();
        StdUnixStream::connect(&path).unwrap();
        drop(socket);
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("x".repeat(120));
        let error = AdminSocket::bind(&claim(&folder)).unwrap_err().to_string();
        assert!(error.contains("--state"), "{error}");
    }
}
