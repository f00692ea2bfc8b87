//! The printer's port: listened on, listened on with a shut window, or held
//! while connections to it are refused.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::machine::Listening;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 64;

/// A port that is ours, whether or not we listen.
#[derive(Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    /// Bound and deaf: keeps the port from being given to others, where the
    /// system allows two sockets on it.
    held: Option<TcpSocket>,
    listener: Option<TcpListener>,
    state: Listening,
    /// What the system takes of a connection; its own size, unless given.
    window_octets: Option<u32>,
}

impl Port {
    /// Listens.
    pub(crate) fn open(wanted: SocketAddr, window_octets: Option<u32>) -> io::Result<Self> {
        let held = bound(wanted)?;
        let mut port = Self {
            address: held.local_addr()?,
            held: Some(held),
            listener: None,
            state: Listening::Refusing,
            window_octets,
        };
        if port.turn(Listening::Open).is_err() {
            port.held = None;
            port.turn(Listening::Open)?;
        }
        Ok(port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens as wanted. An error leaves it refusing.
    pub(crate) fn turn(&mut self, wanted: Listening) -> io::Result<()> {
        if self.state == wanted {
            return Ok(());
        }
        self.listener = None;
        self.state = Listening::Refusing;
        let socket = match wanted {
            Listening::Refusing => return Ok(()),
            Listening::Open | Listening::WindowShut => bound(self.address)?,
        };
        // Connections inherit it; the system takes the smallest it knows for 1.
        let window_octets = match wanted {
            Listening::WindowShut => Some(1),
            Listening::Open | Listening::Refusing => self.window_octets,
        };
        if let Some(octets) = window_octets {
            socket.set_recv_buffer_size(octets)?;
        }
        self.listener = Some(socket.listen(BACKLOG)?);
        self.state = wanted;
        Ok(())
    }

    /// The next connection; never, while refusing. Cancel safe.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        match &self.listener {
            Some(listener) => listener.accept().await.map(|(stream, _)| stream),
            None => std::future::pending().await,
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Connections of before may linger on the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
