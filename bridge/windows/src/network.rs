//! The machine's network adapters and their addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA, ERROR_SUCCESS};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IF_TYPE_SOFTWARE_LOOPBACK, IP_ADAPTER_ADDRESSES_LH, IP_ADAPTER_NO_MULTICAST,
};
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR_IN, SOCKADDR_IN6, SOCKET_ADDRESS,
};

/// What Microsoft recommends to begin with.
const OCTETS_FIRST: u32 = 16 * 1024;
/// The list may grow between two calls, not often.
const TRIES: usize = 4;

/// One adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// What people call it.
    pub name: String,
    /// Whether it carries data now.
    pub is_up: bool,
    /// Whether it leads to this machine alone.
    pub is_loopback: bool,
    /// Whether it carries multicast.
    pub has_multicast: bool,
    /// Its hardware address, where it has one of six octets.
    pub mac: Option<[u8; 6]>,
    /// Its addresses.
    pub addresses: Vec<AdapterAddress>,
}

/// An address of an adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterAddress {
    /// The address.
    pub ip: IpAddr,
    /// How many of its bits name the network.
    pub prefix: u8,
    /// The adapter's number, with a link-local IPv6 address.
    pub scope: u32,
}

/// All adapters.
///
/// # Errors
/// What the system says.
pub fn adapters() -> io::Result<Vec<Adapter>> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_SKIP_MULTICAST;
    let mut octets = OCTETS_FIRST;
    for _ in 0..TRIES {
        // Of u64: aligned as the structures want it.
        let mut place = vec![0_u64; (octets as usize).div_ceil(8)];
        let first = place.as_mut_ptr().cast::<IP_ADAPTER_ADDRESSES_LH>();
        // SAFETY: a place of `octets` octets with the structures' alignment.
        let result = unsafe {
            GetAdaptersAddresses(
                u32::from(AF_UNSPEC),
                flags,
                ptr::null(),
                first,
                &raw mut octets,
            )
        };
        match result {
            ERROR_BUFFER_OVERFLOW => {}
            ERROR_NO_DATA => return Ok(Vec::new()),
            // SAFETY: the call has filled `place`, which lives on.
            ERROR_SUCCESS => return Ok(unsafe { read(first) }),
            error => return Err(io::Error::from_raw_os_error(error.cast_signed())),
        }
    }
    Err(io::Error::other(
        "the list of network adapters keeps changing",
    ))
}

/// # Safety
/// `next` is null or the first of a list that GetAdaptersAddresses made and
/// that lives on.
unsafe fn read(mut next: *const IP_ADAPTER_ADDRESSES_LH) -> Vec<Adapter> {
    let mut adapters = Vec::new();
    // SAFETY: the caller's word, for every pointer below.
    while let Some(adapter) = unsafe { next.as_ref() } {
        let mut addresses = Vec::new();
        let mut unicast = adapter.FirstUnicastAddress;
        // SAFETY: a list within the same place.
        while let Some(entry) = unsafe { unicast.as_ref() } {
            // SAFETY: an address of the system's.
            if let Some((ip, scope)) = unsafe { address(&entry.Address) } {
                addresses.push(AdapterAddress {
                    ip,
                    prefix: entry.OnLinkPrefixLength,
                    scope,
                });
            }
            unicast = entry.Next;
        }
        // SAFETY: both readings of the union are numbers.
        let flags = unsafe { adapter.Anonymous2.Flags };
        let mac: Option<[u8; 6]> = (adapter.PhysicalAddressLength == 6)
            .then(|| adapter.PhysicalAddress[..6].try_into().ok())
            .flatten();
        adapters.push(Adapter {
            // SAFETY: a text that ends with a zero.
            name: unsafe { text(adapter.FriendlyName) },
            is_up: adapter.OperStatus == IfOperStatusUp,
            is_loopback: adapter.IfType == IF_TYPE_SOFTWARE_LOOPBACK,
            has_multicast: flags & IP_ADAPTER_NO_MULTICAST == 0,
            mac,
            addresses,
        });
        next = adapter.Next;
    }
    adapters
}

/// # Safety
/// The address is null, or as long as its family says.
unsafe fn address(address: &SOCKET_ADDRESS) -> Option<(IpAddr, u32)> {
    // SAFETY: the caller's word; every socket address begins with its family.
    match unsafe { address.lpSockaddr.as_ref() }?.sa_family {
        AF_INET => {
            // SAFETY: the family says so; read without asking for alignment.
            let address = unsafe { address.lpSockaddr.cast::<SOCKADDR_IN>().read_unaligned() };
            // SAFETY: all readings of the union are octets.
            let octets = unsafe { address.sin_addr.S_un.S_addr }.to_ne_bytes();
            Some((Ipv4Addr::from(octets).into(), 0))
        }
        AF_INET6 => {
            // SAFETY: the family says so; read without asking for alignment.
            let address = unsafe { address.lpSockaddr.cast::<SOCKADDR_IN6>().read_unaligned() };
            // SAFETY: all readings of both unions are octets.
            let (octets, scope) =
                unsafe { (address.sin6_addr.u.Byte, address.Anonymous.sin6_scope_id) };
            Some((Ipv6Addr::from(octets).into(), scope))
        }
        _ => None,
    }
}

/// # Safety
/// `text` is null or ends with a zero.
unsafe fn text(text: *const u16) -> String {
    if text.is_null() {
        return String::new();
    }
    let mut length = 0;
    // SAFETY: the caller's word.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: so many were just looked at.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_an_adapter_with_its_address() {
        let adapters = adapters().unwrap();
        let own = adapters.iter().find(|adapter| adapter.is_loopback);
        let own = own.expect("every machine has one");
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let address = own.addresses.iter().find(|address| address.ip == ip);
        assert!(
            own.is_up && address.is_some_and(|address| address.prefix == 8),
            "{own:?}"
        );
    }
}
