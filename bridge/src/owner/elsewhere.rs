//! Whose connection it is where nobody has written how to ask: macOS and the
//! systems beside it. macOS has `proc_pidfdinfo` (libproc), which looks
//! through the files of every process.

use std::net::SocketAddr;

use super::{ConnectionOwners, OwnerError, User};

pub(super) fn can_tell() -> bool {
    false
}

#[derive(Debug)]
pub(super) struct SystemOwners;

impl ConnectionOwners for SystemOwners {
    fn owner(&self, _client: SocketAddr, _agent: SocketAddr) -> Result<User, OwnerError> {
        Err(OwnerError::Unsupported)
    }
}

pub(super) fn own_user() -> User {
    let id = rustix::process::geteuid().as_raw().to_string();
    User::new(&id, None)
}

pub(super) fn is_a_persons() -> bool {
    !rustix::process::geteuid().is_root()
}

pub(super) fn user_with(uid: u32) -> User {
    User::new(&uid.to_string(), None)
}
