//! Whose connection it is on Windows: the table of TCP connections names the
//! process of each (`GetExtendedTcpTable`), and a process's token its user. A
//! user is known by the account's SID.
//!
//! Windows tells a program of one user nothing of the processes of another:
//! to a user's own agent their connections are nobody's it serves.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use platen_windows::access::{self, Sid};
use platen_windows::owner as system;

use super::{ConnectionOwners, OwnerError, User};

/// Accounts of persons: of this computer or a domain, and of Entra ID. Those of
/// services and of the system begin otherwise.
const PERSONS: [&str; 2] = ["S-1-5-21-", "S-1-12-1-"];

/// Whether the system tells of a connection of our own: wine does not.
pub(super) fn can_tell() -> bool {
    let asked = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let client = TcpStream::connect(listener.local_addr().ok()?).ok()?;
        let (client, agent) = (client.local_addr().ok()?, client.peer_addr().ok()?);
        SystemOwners.owner(client, agent).ok()
    };
    let tells = asked().is_some_and(|owner| owner == own_user());
    if !tells {
        tracing::warn!("the system does not tell whose a connection is: every user is served");
    }
    tells
}

#[derive(Debug)]
pub(super) struct SystemOwners;

impl ConnectionOwners for SystemOwners {
    fn owner(&self, client: SocketAddr, agent: SocketAddr) -> Result<User, OwnerError> {
        match system::of_connection(client, agent) {
            Ok(account) => Ok(user(&account)),
            Err(system::Error::Gone) => Err(OwnerError::Gone),
            Err(system::Error::Nobody) => Err(OwnerError::Nobody),
            Err(system::Error::System(error)) => Err(OwnerError::System(error)),
            Err(error) => Err(OwnerError::System(std::io::Error::other(error))),
        }
    }
}

/// The user with this account.
pub(super) fn user(account: &Sid) -> User {
    User::new(account.as_str(), system::name_of(account).as_deref())
}

pub(super) fn own_user() -> User {
    match access::own_account() {
        Ok(account) => user(&account),
        Err(error) => {
            tracing::error!(%error, "the system does not tell the account of this process");
            User::new("", None)
        }
    }
}

pub(super) fn is_a_persons() -> bool {
    access::own_account().is_ok_and(|account| is_a_persons_account(account.as_str()))
}

fn is_a_persons_account(account: &str) -> bool {
    PERSONS.iter().any(|person| account.starts_with(person))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_and_services_are_no_persons() {
        for (account, expected) in [
            ("S-1-5-18", false),
            ("S-1-5-19", false),
            (
                "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
                false,
            ),
            ("S-1-5-21-1004336348-1177238915-682003330-1001", true),
            ("S-1-12-1-1234567890-1234567890-1234567890-1234567890", true),
        ] {
            assert_eq!(is_a_persons_account(account), expected, "{account}");
        }
    }
}
