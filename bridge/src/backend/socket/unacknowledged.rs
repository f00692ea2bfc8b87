//! How many octets of a TCP connection the other side has not acknowledged.
//!
//! The kernel knows, and tells it through one `ioctl` that no safe crate
//! wraps. Elsewhere than on Linux the answer is "unknown", and the delivery
//! believes only an orderly close by the device.

use std::io;

use tokio::net::TcpStream;

/// Octets written (the closing FIN counts as one) but not acknowledged by the
/// peer; `None` where the system cannot tell.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(unsafe_code)]
pub(super) fn unacknowledged_octets(stream: &TcpStream) -> io::Result<Option<u64>> {
    use std::os::fd::AsRawFd;

    let mut octets: libc::c_int = 0;
    // SAFETY: `stream` keeps its descriptor open for the length of the call.
    // SIOCOUTQ (`tcp(7)`; the same number as TIOCOUTQ) writes one `int` to the
    // address given, which is that of a live, aligned `c_int`.
    let result = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut octets) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(Some(u64::try_from(octets).unwrap_or(0)))
}

/// Unknown here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[allow(clippy::unnecessary_wraps)]
pub(super) fn unacknowledged_octets(_stream: &TcpStream) -> io::Result<Option<u64>> {
    Ok(None)
}
