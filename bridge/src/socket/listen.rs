//! Which ports are ours: `127.0.0.1` and `[::1]`, and never another address.
//!
//! A port counts as ours only when both families of it are: a page that asks
//! for `localhost` may be sent to either, and must not meet someone else
//! there. A port taken by someone else is said, not passed over in silence.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::owner::listener::who;

/// Connections the system keeps waiting until they are accepted.
const BACKLOG: i32 = 128;

/// What is listened on, for `platen status` and `platen doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Listening {
    /// The TLS port.
    pub wss: Option<u16>,
    /// The plain port.
    pub ws: Option<u16>,
    /// Ports that were tried before and belong to someone else.
    pub taken: Vec<u16>,
}

/// One port on loopback, in each family this machine has.
#[derive(Debug)]
pub(super) struct LoopbackPort {
    pub(super) port: u16,
    pub(super) listeners: Vec<TcpListener>,
}

/// The first port of `ports` that is free, and those before it that are not.
pub(super) fn first_free(ports: &[u16], taken: &mut Vec<u16>) -> Option<LoopbackPort> {
    for port in ports {
        match bind(*port) {
            Ok(bound) => return Some(bound),
            Err(error) => {
                tracing::warn!(
                    port,
                    %error,
                    holder = who(*port),
                    "this port belongs to someone else; pages that try it first reach them, not us: end that program, or name other ports in [listen]"
                );
                taken.push(*port);
            }
        }
    }
    if !ports.is_empty() {
        tracing::error!(
            ?ports,
            "no port of the list is free; no page can reach the agent: end the programs that have them (named above), or name other ports in [listen], then start it again"
        );
    }
    None
}

fn bind(port: u16) -> io::Result<LoopbackPort> {
    let v4 = listener(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    // Port 0 asks the system for one; both families must then have the same.
    let port = v4.local_addr()?.port();
    let mut listeners = vec![v4];
    match listener(SocketAddr::from((Ipv6Addr::LOCALHOST, port))) {
        Ok(v6) => listeners.push(v6),
        Err(error) if has_no_ipv6(&error) => {
            tracing::info!(
                port,
                "this machine has no IPv6 loopback; listening on 127.0.0.1 only"
            );
        }
        Err(error) => return Err(error),
    }
    Ok(LoopbackPort { port, listeners })
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Elsewhere than on Windows this only passes over connections that are
    // closing; there it would share the port with whoever listens already.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn has_no_ipv6(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EAFNOSUPPORT) {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(address: &str) -> std::net::TcpListener {
        std::net::TcpListener::bind(address).unwrap()
    }

    #[tokio::test]
    async fn every_listener_is_on_loopback_and_both_families_share_the_port() {
        let bound = first_free(&[0], &mut Vec::new()).unwrap();
        for listener in &bound.listeners {
            let address = listener.local_addr().unwrap();
            assert!(address.ip().is_loopback(), "{address}");
            assert_eq!(address.port(), bound.port);
        }
    }

    #[tokio::test]
    async fn a_port_taken_in_either_family_is_passed_over_and_reported() {
        for address in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0"] {
            let Ok(squatter) = std::net::TcpListener::bind(address) else {
                continue; // no IPv6 here
            };
            let theirs = squatter.local_addr().unwrap().port();
            let mut taken = Vec::new();
            let ours = first_free(&[theirs, 0], &mut taken).unwrap();
            assert_ne!(ours.port, theirs);
            assert_eq!(taken, [theirs], "{address}");
        }
    }

    #[tokio::test]
    async fn when_every_port_is_taken_there_is_none() {
        let squatter = other("127.0.0.1:0");
        let theirs = squatter.local_addr().unwrap().port();
        let mut taken = Vec::new();
        assert!(first_free(&[theirs], &mut taken).is_none());
        assert!(first_free(&[], &mut taken).is_none());
        assert_eq!(taken, [theirs]);
    }
}
