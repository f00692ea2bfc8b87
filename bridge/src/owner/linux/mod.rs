//! Whose connection it is on Linux: the kernel is asked for one socket by its
//! two ends ([`netlink`]); where it has no such interface, its table of
//! connections is read ([`table`]). Neither needs a privilege.
//!
//! A socket that its program has closed while data is under way belongs to
//! user 0 in both answers, and one of another user namespace to the overflow
//! id: neither is anybody.

mod account;
mod netlink;
mod table;

use std::net::SocketAddr;

pub(super) use self::account::{is_a_persons, own_user, user as user_with};
use super::{ConnectionOwners, OwnerError, User};

pub(super) fn can_tell() -> bool {
    true
}

/// What the kernel shows of a user who has no number in this user namespace
/// (`/proc/sys/kernel/overflowuid`, 65534 wherever nobody changed it).
const OVERFLOW_UID: u32 = 65534;

/// A client's socket as the kernel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Holder {
    uid: u32,
    /// 0 when no program holds the socket any more.
    inode: u64,
}

/// The kernel's word.
#[derive(Debug)]
pub(super) struct SystemOwners;

impl ConnectionOwners for SystemOwners {
    fn owner(&self, client: SocketAddr, agent: SocketAddr) -> Result<User, OwnerError> {
        let holder = match netlink::holder(client, agent) {
            Err(OwnerError::System(_)) => table::holder(client, agent)?,
            answered => answered?,
        };
        user(holder)
    }
}

fn user(holder: Holder) -> Result<User, OwnerError> {
    if holder.inode == 0 || holder.uid == OVERFLOW_UID {
        return Err(OwnerError::Nobody);
    }
    Ok(account::user(holder.uid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    fn connection(address: &str) -> Option<(TcpStream, TcpStream)> {
        let listener = TcpListener::bind(address).ok()?;
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (agent, _) = listener.accept().unwrap();
        Some((client, agent))
    }

    #[test]
    fn our_own_connection_is_ours_in_both_families_and_by_both_ways() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Some((_client, agent)) = connection(address) else {
                continue; // no IPv6 here
            };
            let (client, agent) = (agent.peer_addr().unwrap(), agent.local_addr().unwrap());
            assert_eq!(SystemOwners.owner(client, agent).unwrap(), own_user());
            assert_eq!(
                netlink::holder(client, agent).unwrap(),
                table::holder(client, agent).unwrap()
            );
        }
    }

    #[test]
    fn a_socket_that_nobody_holds_is_nobodys_and_never_roots() {
        for (uid, inode) in [(0, 0), (1000, 0), (OVERFLOW_UID, 7)] {
            let refused = user(Holder { uid, inode }).unwrap_err();
            assert!(matches!(refused, OwnerError::Nobody), "{uid} {inode}");
        }
        assert_eq!(user(Holder { uid: 0, inode: 7 }).unwrap().id(), "0");
    }

    #[test]
    fn a_connection_that_its_program_has_closed_is_nobodys() {
        let (client, agent) = connection("127.0.0.1:0").unwrap();
        drop(client);
        let ends = (agent.peer_addr().unwrap(), agent.local_addr().unwrap());
        let refused = SystemOwners.owner(ends.0, ends.1).unwrap_err();
        assert!(
            matches!(refused, OwnerError::Nobody | OwnerError::Gone),
            "{refused}"
        );
    }

    #[test]
    fn whoever_listens_on_the_clients_port_is_not_taken_for_the_client() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let (theirs, ours) = (listener.local_addr().unwrap(), other.local_addr().unwrap());
        let refused = SystemOwners.owner(theirs, ours).unwrap_err();
        assert!(matches!(refused, OwnerError::Gone), "{refused}");
    }
}
