//! The system's own list of network interfaces, its name and its user.

#[cfg_attr(unix, path = "interfaces/unix.rs")]
#[cfg_attr(windows, path = "interfaces/windows.rs")]
mod system;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use self::system::each;
pub(super) use self::system::host_name;
use super::DeviceError;
use super::network::NetworkDevice;

/// More are bridges and containers, and nobody's way out.
const DEVICES_MAX: usize = 256;

pub(super) fn user_name() -> String {
    crate::backend::cups::current_user()
}

/// All interfaces but loopback, by name.
pub(super) fn list() -> Result<Vec<NetworkDevice>, DeviceError> {
    let mut devices: BTreeMap<String, NetworkDevice> = BTreeMap::new();
    each(|name, entry| {
        if entry.is_loopback || (!devices.contains_key(name) && devices.len() >= DEVICES_MAX) {
            return;
        }
        let device = devices.entry(name.to_owned()).or_default();
        name.clone_into(&mut device.name);
        device.is_up = entry.is_up;
        match entry.address {
            Some(Address::Ip4(address)) => device.ip4.push(address),
            Some(Address::Ip6(address, _)) => device.ip6.push(address),
            Some(Address::Mac(octets)) if octets != [0; 6] => device.mac = Some(octets),
            Some(Address::Mac(_)) | None => {}
        }
    })
    .map_err(DeviceError::Network)?;
    Ok(devices.into_values().collect())
}

/// A network that this machine is on, by one of its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// The interface.
    pub(crate) interface: String,
    /// This machine's address there.
    pub(crate) address: IpAddr,
    /// How many of its bits name the network.
    pub(crate) prefix: u32,
    /// The interface's number, with a link-local IPv6 address.
    pub(crate) scope: u32,
}

impl Link {
    /// Whether an address is one of this network's: reached without a router.
    pub(crate) fn has(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix.min(32)).unwrap_or(0);
                u32::from(own) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(own), IpAddr::V6(ip)) => {
                let mask = u128::MAX
                    .checked_shl(128 - self.prefix.min(128))
                    .unwrap_or(0);
                u128::from(own) & mask == u128::from(ip) & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The networks this machine is on, but loopback and what is down or carries no
/// multicast.
pub(crate) fn links() -> io::Result<Vec<Link>> {
    let mut links = Vec::new();
    each(|name, entry| {
        if entry.is_loopback || !entry.is_up || !entry.has_multicast || links.len() >= DEVICES_MAX {
            return;
        }
        let (address, scope) = match entry.address {
            Some(Address::Ip4(address)) => (address.into(), 0),
            Some(Address::Ip6(address, scope)) => (address.into(), scope),
            Some(Address::Mac(_)) | None => return,
        };
        links.push(Link {
            interface: name.to_owned(),
            address,
            prefix: entry.prefix,
            scope,
        });
    })?;
    Ok(links)
}

struct Entry {
    is_up: bool,
    is_loopback: bool,
    has_multicast: bool,
    address: Option<Address>,
    /// Leading ones of the network mask.
    prefix: u32,
}

#[derive(Debug, PartialEq)]
enum Address {
    Ip4(Ipv4Addr),
    /// With the number of its interface, where it holds only there.
    Ip6(Ipv6Addr, u32),
    Mac([u8; 6]),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_of_its_prefix_and_no_others() {
        let link = |address: &str, prefix| Link {
            interface: "eth0".to_owned(),
            address: address.parse().unwrap(),
            prefix,
            scope: 0,
        };
        for (link, ip, expected) in [
            (link("192.0.2.1", 24), "192.0.2.200", true),
            (link("192.0.2.1", 24), "192.0.3.1", false),
            (link("192.0.2.1", 32), "192.0.2.1", true),
            (link("192.0.2.1", u32::MAX), "192.0.2.2", false),
            (link("192.0.2.1", 0), "8.8.8.8", true),
            (link("fe80::1", 64), "fe80::2", true),
            (link("fe80::1", 64), "fe81::2", false),
            (link("fe80::1", 64), "192.0.2.1", false),
        ] {
            assert_eq!(link.has(ip.parse().unwrap()), expected, "{link:?} {ip}");
        }
        assert!(
            links()
                .unwrap()
                .iter()
                .all(|link| !link.address.is_loopback())
        );
    }

    #[test]
    fn the_interface_to_itself_is_in_the_systems_list_and_not_in_ours() {
        let mut loopback = None;
        each(|name, entry| {
            if entry.address == Some(Address::Ip4(Ipv4Addr::LOCALHOST)) {
                assert!(entry.is_loopback && entry.is_up);
                loopback = Some(name.to_owned());
            }
        })
        .unwrap();
        let loopback = loopback.expect("every machine has one");
        let devices = list().unwrap();
        assert!(devices.iter().all(|device| device.name != loopback));
    }
}
