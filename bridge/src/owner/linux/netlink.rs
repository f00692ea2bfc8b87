//! One question to the kernel: `sock_diag(7)` for exactly one TCP socket.
//!
//! The answer is there when the question is sent: the kernel works it out
//! within `send`. So nothing here waits, and a task may ask.

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

use super::Holder;
use crate::owner::OwnerError;

/// `SOCK_DIAG_BY_FAMILY` (linux/sock_diag.h).
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`, and nothing of a dump: one socket.
const REQUEST: u16 = 1;
/// `NLMSG_ERROR`.
const ERROR: u16 = 2;
/// `TCP_LISTEN`: what the kernel finds at a port when no connection fits.
const LISTEN: u8 = 10;
/// `IPPROTO_TCP`.
const TCP: u8 = 6;

/// A `nlmsghdr` with an `inet_diag_req_v2`.
const QUESTION_OCTETS: usize = 72;
/// A `nlmsghdr` with an `inet_diag_msg`.
const ANSWER_OCTETS: usize = 88;

/// Who holds the socket that is bound to `client` and connected to `agent`.
pub(super) fn holder(client: SocketAddr, agent: SocketAddr) -> Result<Holder, OwnerError> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        Some(netlink::SOCK_DIAG),
    )
    .map_err(io::Error::from)?;
    let question = question(client, agent)?;
    rustix::net::send(&socket, &question, SendFlags::empty()).map_err(io::Error::from)?;
    let mut answer = [0; 512];
    let (octets, _) =
        rustix::net::recv(&socket, &mut answer, RecvFlags::empty()).map_err(io::Error::from)?;
    read(&answer[..octets.min(answer.len())], client, agent)
}

fn question(client: SocketAddr, agent: SocketAddr) -> Result<[u8; QUESTION_OCTETS], OwnerError> {
    let mut octets = [0; QUESTION_OCTETS];
    let length = u32::try_from(QUESTION_OCTETS).expect("72 fits");
    octets[0..4].copy_from_slice(&length.to_ne_bytes());
    octets[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    octets[6..8].copy_from_slice(&REQUEST.to_ne_bytes());
    octets[16] = family(client);
    octets[17] = TCP;
    octets[20..24].copy_from_slice(&u32::MAX.to_ne_bytes()); // in every state
    octets[24..60].copy_from_slice(&ends(client, agent)?);
    octets[64..72].fill(0xff); // INET_DIAG_NOCOOKIE
    Ok(octets)
}

fn family(address: SocketAddr) -> u8 {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    u8::try_from(family.as_raw()).expect("both families are below 256")
}

/// The start of an `inet_diag_sockid`: both ports and both addresses, as they
/// stand in a packet.
fn ends(from: SocketAddr, to: SocketAddr) -> Result<[u8; 36], OwnerError> {
    let mut octets = [0; 36];
    octets[0..2].copy_from_slice(&from.port().to_be_bytes());
    octets[2..4].copy_from_slice(&to.port().to_be_bytes());
    for (place, address) in [(4, from.ip()), (20, to.ip())] {
        match address {
            IpAddr::V4(ip) => octets[place..place + 4].copy_from_slice(&ip.octets()),
            IpAddr::V6(ip) => octets[place..place + 16].copy_from_slice(&ip.octets()),
        }
    }
    if from.is_ipv4() == to.is_ipv4() {
        Ok(octets)
    } else {
        Err(OwnerError::Gone)
    }
}

/// Reads the kernel's answer, which must be about that very connection.
fn read(answer: &[u8], client: SocketAddr, agent: SocketAddr) -> Result<Holder, OwnerError> {
    let unreadable = || OwnerError::System(io::Error::from(io::ErrorKind::InvalidData));
    let word = |place: usize| -> Option<u32> {
        let octets = answer.get(place..place + 4)?;
        Some(u32::from_ne_bytes(octets.try_into().ok()?))
    };
    let kind = answer.get(4..6).ok_or_else(unreadable)?;
    if kind == ERROR.to_ne_bytes() {
        let code = word(16).ok_or_else(unreadable)?.cast_signed();
        let error = rustix::io::Errno::from_raw_os_error(-code);
        return Err(match error {
            rustix::io::Errno::NOENT => OwnerError::Gone,
            error => OwnerError::System(error.into()),
        });
    }
    if kind != BY_FAMILY.to_ne_bytes() || answer.len() < ANSWER_OCTETS {
        return Err(unreadable());
    }
    let ports = &ends(client, agent)?[..4];
    if answer[17] == LISTEN || answer[20..24] != *ports {
        return Err(OwnerError::Gone);
    }
    Ok(Holder {
        uid: word(80).ok_or_else(unreadable)?,
        inode: word(84).ok_or_else(unreadable)?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends_of_a_connection() -> (SocketAddr, SocketAddr) {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        (address(50000), address(8181))
    }

    fn answer(state: u8, client_port: u16) -> Vec<u8> {
        let mut octets = vec![0; ANSWER_OCTETS];
        octets[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
        octets[17] = state;
        octets[20..22].copy_from_slice(&client_port.to_be_bytes());
        octets[22..24].copy_from_slice(&8181_u16.to_be_bytes());
        octets[80..84].copy_from_slice(&1000_u32.to_ne_bytes());
        octets[84..88].copy_from_slice(&7_u32.to_ne_bytes());
        octets
    }

    #[test]
    fn only_an_answer_about_that_connection_counts() {
        let (client, agent) = ends_of_a_connection();
        let holder = read(&answer(1, 50000), client, agent).unwrap();
        assert_eq!(
            holder,
            Holder {
                uid: 1000,
                inode: 7
            }
        );
        for wrong in [answer(LISTEN, 50000), answer(1, 50001)] {
            let refused = read(&wrong, client, agent).unwrap_err();
            assert!(matches!(refused, OwnerError::Gone), "{refused}");
        }
    }

    #[test]
    fn whatever_comes_as_an_answer_nothing_panics() {
        let (client, agent) = ends_of_a_connection();
        let whole = answer(1, 50000);
        for length in 0..whole.len() {
            assert!(read(&whole[..length], client, agent).is_err(), "{length}");
        }
        let mut error = vec![0; 36];
        error[4..6].copy_from_slice(&ERROR.to_ne_bytes());
        error[16..20].copy_from_slice(&(-2_i32).to_ne_bytes());
        assert!(matches!(read(&error, client, agent), Err(OwnerError::Gone)));
        error[16..20].copy_from_slice(&(-95_i32).to_ne_bytes());
        assert!(matches!(
            read(&error, client, agent),
            Err(OwnerError::System(_))
        ));
    }
}
