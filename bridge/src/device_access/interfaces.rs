//! The system's own list of network interfaces, its name and its user.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::DeviceError;
use super::network::NetworkDevice;

/// More are bridges and containers, and nobody's way out.
const DEVICES_MAX: usize = 256;

pub(super) fn host_name() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

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
            Some(Address::Ip6(address)) => device.ip6.push(address),
            Some(Address::Mac(octets)) if octets != [0; 6] => device.mac = Some(octets),
            Some(Address::Mac(_)) | None => {}
        }
    })
    .map_err(DeviceError::Network)?;
    Ok(devices.into_values().collect())
}

struct Entry {
    is_up: bool,
    is_loopback: bool,
    address: Option<Address>,
}

#[derive(Debug, PartialEq)]
enum Address {
    Ip4(Ipv4Addr),
    Ip6(Ipv6Addr),
    Mac([u8; 6]),
}

/// Calls `look` for each address of each interface.
#[allow(unsafe_code)]
fn each(mut look: impl FnMut(&str, Entry)) -> io::Result<()> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: getifaddrs writes one pointer, to a place that is ours.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut next = list;
    while !next.is_null() {
        // SAFETY: a non-null member of the list that getifaddrs made, which
        // stays as it is until freeifaddrs below.
        let entry = unsafe { &*next };
        next = entry.ifa_next;
        if entry.ifa_name.is_null() {
            continue;
        }
        // SAFETY: getifaddrs ends names with a zero octet.
        let name = unsafe { CStr::from_ptr(entry.ifa_name) }.to_string_lossy();
        let has = |flag: libc::c_int| entry.ifa_flags & flag.unsigned_abs() != 0;
        // SAFETY: null, or a socket address as long as its family says.
        let address = unsafe { address(entry.ifa_addr) };
        look(
            &name,
            Entry {
                is_up: has(libc::IFF_UP) && has(libc::IFF_RUNNING),
                is_loopback: has(libc::IFF_LOOPBACK),
                address,
            },
        );
    }
    // SAFETY: `list` came from getifaddrs, and nothing borrowed from it is
    // left.
    unsafe { libc::freeifaddrs(list) };
    Ok(())
}

/// # Safety
/// `address` is null, or points to a socket address as long as its family
/// says.
#[allow(unsafe_code)]
unsafe fn address(address: *const libc::sockaddr) -> Option<Address> {
    if address.is_null() {
        return None;
    }
    // SAFETY: the caller's word; every socket address begins with its
    // family. Read without asking for alignment.
    let family = unsafe { address.read_unaligned() }.sa_family;
    match libc::c_int::from(family) {
        libc::AF_INET => {
            // SAFETY: the family says so.
            let address = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            let octets = address.sin_addr.s_addr.to_ne_bytes();
            Some(Address::Ip4(Ipv4Addr::from(octets)))
        }
        libc::AF_INET6 => {
            // SAFETY: the family says so.
            let address = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Address::Ip6(Ipv6Addr::from(address.sin6_addr.s6_addr)))
        }
        #[cfg(target_os = "linux")]
        libc::AF_PACKET => {
            // SAFETY: the family says so.
            let address = unsafe { address.cast::<libc::sockaddr_ll>().read_unaligned() };
            let mut octets = [0; 6];
            octets.copy_from_slice(&address.sll_addr[..6]);
            (address.sll_halen == 6).then_some(Address::Mac(octets))
        }
        #[cfg(target_os = "macos")]
        libc::AF_LINK => {
            // SAFETY: the family says so; the name stands before the
            // hardware address, in one array.
            let address = unsafe { address.cast::<libc::sockaddr_dl>().read_unaligned() };
            let start = usize::from(address.sdl_nlen);
            let octets = address.sdl_data.get(start..start + 6)?;
            let octets: Vec<u8> = octets.iter().map(|octet| octet.cast_unsigned()).collect();
            let octets = octets.try_into().ok()?;
            (address.sdl_alen == 6).then_some(Address::Mac(octets))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
