//! Tells the service manager how far the agent is (sd_notify(3)).

use std::ffi::OsStr;

/// Sends one message to the socket that systemd named in `NOTIFY_SOCKET`.
/// Nothing happens without one; a manager that does not listen is no reason
/// not to print.
#[cfg(unix)]
pub(super) fn tell(socket: Option<&OsStr>, message: &str) {
    let Some(socket) = socket else { return };
    if let Err(error) = send(socket, message) {
        tracing::warn!(%error, message, "the service manager could not be told");
    }
}

#[cfg(not(unix))]
pub(super) fn tell(_socket: Option<&OsStr>, _message: &str) {}

#[cfg(unix)]
fn send(socket: &OsStr, message: &str) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let address = match socket.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)?
        }
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(message.as_bytes(), &address)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn the_service_manager_hears_what_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        tell(Some(path.as_os_str()), "READY=1");
        let mut message = [0; 32];
        let length = manager.recv(&mut message).unwrap();
        assert_eq!(&message[..length], b"READY=1");
    }

    #[test]
    fn without_a_service_manager_nothing_happens() {
        tell(None, "READY=1");
        tell(Some(OsStr::new("/nonexistent/notify")), "READY=1");
    }
}
