//! Whose connection it is on Windows: the table of TCP connections names the
//! process of each (`GetExtendedTcpTable`), and a process's token its user.

use std::net::SocketAddr;

use super::{ConnectionOwners, OwnerError, User};

pub(super) const CAN_TELL: bool = false;

#[derive(Debug)]
pub(super) struct SystemOwners;

impl ConnectionOwners for SystemOwners {
    fn owner(&self, _client: SocketAddr, _agent: SocketAddr) -> Result<User, OwnerError> {
        Err(OwnerError::Unsupported)
    }
}

pub(super) fn own_user() -> User {
    let name = std::env::var("USERNAME").unwrap_or_default();
    User::new(&name, None)
}

pub(super) fn is_a_persons() -> bool {
    true
}

pub(super) fn user_with(uid: u32) -> User {
    User::new(&uid.to_string(), None)
}
