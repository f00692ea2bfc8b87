//! Attaching a device to the kernel's virtual USB host controller.
//!
//! The kernel takes one end of a socket pair and speaks USB/IP on it; no
//! network is used.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

const CONTROLLER: &str = "/sys/devices/platform/vhci_hcd.0";
/// `VDEV_ST_NULL` in the controller's table.
const PORT_IS_FREE: &str = "004";
/// `enum usb_device_speed` of the kernel.
const FULL_SPEED: u32 = 2;
const HIGH_SPEED: u32 = 3;
/// A port that was just left takes the kernel a moment to clear.
const FREE_PORT_WAIT: Duration = Duration::from_secs(5);

/// Attaches a device and returns its port and our end of the connection.
pub(crate) fn attach(is_high_speed: bool) -> io::Result<(u32, UnixStream)> {
    let (ours, kernels) = UnixStream::pair()?;
    let port = free_port()?;
    let speed = if is_high_speed {
        HIGH_SPEED
    } else {
        FULL_SPEED
    };
    // Port, socket, device id (any that is unique per port), speed.
    let line = format!("{port} {} {} {speed}", kernels.as_raw_fd(), 0x10000 + port);
    std::fs::write(format!("{CONTROLLER}/attach"), line)?;
    Ok((port, ours))
}

/// Detaches the device on `port`; the host sees it unplugged.
pub(crate) fn detach(port: u32) -> io::Result<()> {
    std::fs::write(format!("{CONTROLLER}/detach"), port.to_string())
}

fn free_port() -> io::Result<u32> {
    let deadline = Instant::now() + FREE_PORT_WAIT;
    loop {
        let table = std::fs::read_to_string(format!("{CONTROLLER}/status"))?;
        if let Some(port) = first_free(&table) {
            return Ok(port);
        }
        if Instant::now() > deadline {
            return Err(io::Error::other("no free high-speed port"));
        }
        // The kernel tells nobody when a port becomes free.
        thread::sleep(Duration::from_millis(10));
    }
}

fn first_free(table: &str) -> Option<u32> {
    table.lines().find_map(|line| {
        let mut fields = line.split_whitespace();
        let (hub, port, state) = (fields.next()?, fields.next()?, fields.next()?);
        (hub == "hs" && state == PORT_IS_FREE).then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::first_free;

    #[test]
    fn the_first_free_high_speed_port_is_used() {
        let table = "hub port sta spd dev      sockfd local_busid\n\
                     hs  0000 006 003 00000000 000006 1-1\n\
                     hs  0001 004 000 00000000 000000 0-0\n\
                     ss  0008 004 000 00000000 000000 0-0\n";
        assert_eq!(first_free(table), Some(1));
        assert_eq!(first_free("hub port sta\nss 0008 004 000\n"), None);
    }
}
