//! Connections that the agent makes itself: to printers, to what a page's
//! grant names, to a page's own site.
//!
//! A host may have several addresses; the first that answers is taken. A name
//! is looked up once, by whoever answers, so whoever was told the name by a
//! page asks [`may_be_at`] before it is believed.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpStream, lookup_host};

/// Connects to a host that the machine's owner configured: wherever it is.
///
/// # Errors
/// The one of the last address, or of the lookup.
pub(crate) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    connect_where(host, port, |_| true).await
}

/// Connects to a host that a page asks for, at an address that it may have.
///
/// # Errors
/// As [`connect`], and `PermissionDenied` for a name that leads elsewhere.
pub(crate) async fn connect_for_page(host: &str, port: u16) -> io::Result<TcpStream> {
    connect_where(host, port, |address| may_be_at(host, address)).await
}

/// Tries each address, in the resolver's order.
async fn connect_where(
    host: &str,
    port: u16,
    may_be_at: impl Fn(IpAddr) -> bool,
) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    let addresses: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    for address in addresses {
        if !may_be_at(address.ip()) {
            last = io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the name leads to this machine, or to no machine; let the grant name the address",
            );
            continue;
        }
        match TcpStream::connect(address).await {
            // On loopback a socket can meet itself when its own port is the one asked for.
            Ok(stream) if stream.local_addr().ok() == stream.peer_addr().ok() => {
                last = io::ErrorKind::ConnectionRefused.into();
            }
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether a host that a page asks for may be at this address. An address that
/// is named is meant. A name is looked up by whoever answers: it must not lead
/// to this machine (unless it says so), to those of its link, or to many.
fn may_be_at(host: &str, address: IpAddr) -> bool {
    let bare = host.split_once('%').map_or(host, |(bare, _)| bare);
    if bare.parse::<IpAddr>().is_ok() {
        return true;
    }
    let address = address.to_canonical();
    if host == "localhost" || host.ends_with(".localhost") {
        return address.is_loopback();
    }
    let is_of_the_link = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !(address.is_loopback() || address.is_unspecified() || address.is_multicast() || is_of_the_link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_lead_where_only_an_address_may() {
        for (host, address, expected) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("fe80::1%eth0", "fe80::1", true),
            ("localhost", "127.0.0.1", true),
            ("localhost", "::1", true),
            ("localhost", "192.0.2.7", false),
            ("scale.example", "192.0.2.7", true),
            ("scale.example", "10.0.0.7", true),
            ("scale.example", "2001:db8::7", true),
            ("scale.example", "127.0.0.1", false),
            ("scale.example", "::1", false),
            ("scale.example", "::ffff:127.0.0.1", false),
            ("scale.example", "0.0.0.0", false),
            ("scale.example", "169.254.169.254", false),
            ("scale.example", "::ffff:169.254.169.254", false),
            ("scale.example", "fe80::1", false),
            ("scale.example", "224.0.0.1", false),
            ("scale.example", "255.255.255.255", false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(may_be_at(host, address), expected, "{host} at {address}");
        }
    }
}
