//! The administration socket: where it lies, who may connect.
//!
//! One file per family of systems: a Unix socket in the state directory, or a
//! named pipe whose name is made from the directory's.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::path::PathBuf;

#[cfg(unix)]
pub(super) use unix::connect;
#[cfg(unix)]
pub use unix::{AdminSocket, AdminStream, may_administer};
#[cfg(windows)]
pub(super) use windows::connect;
#[cfg(windows)]
pub use windows::{AdminSocket, AdminStream};

/// Why there is no administration socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// The system's bound on socket paths.
    #[error(
        "{0} is too long a path for a socket; choose a state directory with a shorter path with --state"
    )]
    PathTooLong(PathBuf),
    /// The folder or the socket cannot be made.
    #[error("the administration socket cannot be made in {folder}: {source}")]
    Make {
        /// The state directory.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
