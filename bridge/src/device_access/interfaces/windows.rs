//! The adapters, as Windows lists them.

use std::io;
use std::net::IpAddr;

use platen_windows::{machine, network};

use super::{Address, Entry};

pub(in super::super) fn host_name() -> String {
    machine::host_name().unwrap_or_default()
}

/// Calls `look` for each address of each interface.
pub(super) fn each(mut look: impl FnMut(&str, Entry)) -> io::Result<()> {
    for adapter in network::adapters()? {
        let entry = |address, prefix| Entry {
            is_up: adapter.is_up,
            is_loopback: adapter.is_loopback,
            has_multicast: adapter.has_multicast,
            address: Some(address),
            prefix,
        };
        if let Some(octets) = adapter.mac {
            look(&adapter.name, entry(Address::Mac(octets), u32::MAX));
        }
        for address in &adapter.addresses {
            let found = match address.ip {
                IpAddr::V4(ip) => Address::Ip4(ip),
                IpAddr::V6(ip) => Address::Ip6(ip, address.scope),
            };
            look(&adapter.name, entry(found, address.prefix.into()));
        }
    }
    Ok(())
}
