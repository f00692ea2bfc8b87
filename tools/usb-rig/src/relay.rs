//! Republishes the kernel's device events in the form udevd gives them.
//!
//! Programs that watch for devices listen to udev's netlink group, and the
//! guest runs no udevd.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with,
};

/// The multicast groups of device events.
const FROM_KERNEL: u32 = 1;
const FROM_UDEV: u32 = 2;
/// Length of udev's header (`struct udev_monitor_netlink_header`).
const HEADER_OCTETS: usize = 40;
/// Longer than any event: the kernel's buffer for one holds 2 KB.
const EVENT_OCTETS_MAX: usize = 8192;

/// Runs until the system refuses.
pub(crate) fn run() -> io::Result<()> {
    let kernel = netlink(FROM_KERNEL)?;
    let udev = netlink(0)?;
    let mut event = [0_u8; EVENT_OCTETS_MAX];
    loop {
        let (octets, _) = recv(&kernel, &mut event[..], RecvFlags::empty())?;
        if let Some(message) = as_udev(&event[..octets]) {
            publish(&udev, &message)?;
        }
    }
}

fn netlink(groups: u32) -> io::Result<OwnedFd> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(KOBJECT_UEVENT),
    )?;
    bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

fn publish(socket: &OwnedFd, message: &[u8]) -> io::Result<()> {
    let everybody = SocketAddrNetlink::new(0, FROM_UDEV);
    match sendto(socket, message, SendFlags::empty(), &everybody) {
        // Refused means only that nobody listens.
        Ok(_) | Err(Errno::CONNREFUSED) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A kernel event is a summary line and then the properties, each ended by NUL.
fn as_udev(event: &[u8]) -> Option<Vec<u8>> {
    let summary = event.iter().position(|octet| *octet == 0)?;
    if !event[..summary].contains(&b'@') {
        return None;
    }
    let properties = &event[summary + 1..];
    let header_octets = u32::try_from(HEADER_OCTETS).ok()?;
    let mut message = b"libudev\0".to_vec();
    message.extend(0xfeed_cafe_u32.to_be_bytes());
    message.extend(header_octets.to_ne_bytes());
    message.extend(header_octets.to_ne_bytes());
    message.extend(u32::try_from(properties.len()).ok()?.to_ne_bytes());
    // Filters by subsystem, type and tag are not used.
    message.resize(HEADER_OCTETS, 0);
    message.extend(properties);
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_properties_of_an_event_follow_udevs_header() {
        let message = as_udev(b"add@/devices/x\0ACTION=add\0SUBSYSTEM=usb\0").unwrap();
        assert!(message.starts_with(b"libudev\0\xfe\xed\xca\xfe"));
        let number = |at: usize| u32::from_ne_bytes(message[at..at + 4].try_into().unwrap());
        let (start, length) = (number(16) as usize, number(20) as usize);
        assert_eq!(
            &message[start..start + length],
            b"ACTION=add\0SUBSYSTEM=usb\0"
        );
        assert_eq!(as_udev(b"libudev\0"), None);
    }
}
