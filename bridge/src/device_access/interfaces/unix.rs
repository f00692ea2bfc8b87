//! `getifaddrs(3)` and `uname(2)`.

use std::ffi::CStr;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Address, Entry};

pub(in super::super) fn host_name() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

/// Calls `look` for each address of each interface.
#[allow(unsafe_code)]
pub(super) fn each(mut look: impl FnMut(&str, Entry)) -> io::Result<()> {
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
        // SAFETY: the same.
        let mask = unsafe { self::address(entry.ifa_netmask) };
        look(
            &name,
            Entry {
                is_up: has(libc::IFF_UP) && has(libc::IFF_RUNNING),
                is_loopback: has(libc::IFF_LOOPBACK),
                has_multicast: has(libc::IFF_MULTICAST),
                address,
                prefix: match mask {
                    Some(Address::Ip4(mask)) => u32::from(mask).leading_ones(),
                    Some(Address::Ip6(mask, _)) => u128::from(mask).leading_ones(),
                    Some(Address::Mac(_)) | None => u32::MAX,
                },
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
            let octets = address.sin6_addr.s6_addr;
            Some(Address::Ip6(Ipv6Addr::from(octets), address.sin6_scope_id))
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
