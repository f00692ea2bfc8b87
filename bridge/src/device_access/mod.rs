//! What a page may use of this machine beside printers: what its network is
//! called, connections to named hosts, files in a folder of its own.
//!
//! Everything here belongs to one connection and ends with it. What is asked
//! was authorized before ([`Authorized`]); nothing here knows how a client
//! spells it. [`DeviceAccess::start`] is called in the order in which calls
//! arrive; what it returns may be awaited in any order.

mod interfaces;
mod network;
mod sockets;

use std::io;
use std::net::IpAddr;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::mpsc;

pub(crate) use self::network::{Network, NetworkDevice};
use self::sockets::Sockets;
use crate::authorize::{Authorized, QzNeed};
use crate::grant::Destination;
use crate::limits::Limits;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceRequest {
    /// The machine's name, user and addresses.
    Network {
        /// Where the way out should lead; anywhere unless named.
        toward: Option<IpAddr>,
    },
    /// To connect.
    OpenSocket(Destination),
    /// To send over an open connection.
    SendToSocket {
        /// Which.
        to: Destination,
        /// What.
        octets: Vec<u8>,
    },
    /// To close a connection.
    CloseSocket(Destination),
}

impl DeviceRequest {
    /// What a grant must say for it.
    pub(crate) fn need(&self) -> QzNeed {
        match self {
            Self::Network { .. } => QzNeed::Networking,
            Self::OpenSocket(to) | Self::SendToSocket { to, .. } | Self::CloseSocket(to) => {
                QzNeed::Socket(to.clone())
            }
        }
    }

    /// Whether something is otherwise when it was done twice.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::Network { .. } => false,
            Self::OpenSocket(_) | Self::SendToSocket { .. } | Self::CloseSocket(_) => true,
        }
    }
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceAnswer {
    /// It is done.
    Done,
    /// This machine in its networks.
    Network(Network),
}

/// What happens to what a connection has opened.
#[derive(Debug)]
pub(crate) enum DeviceEvent {
    /// Octets arrived.
    SocketReceived {
        /// From where.
        from: Destination,
        /// What.
        octets: Bytes,
    },
    /// A connection is no more, and its page did not close it.
    SocketBroken {
        /// To where it led.
        to: Destination,
        /// Why, for people.
        problem: String,
    },
}

/// Why nothing comes of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceError {
    /// This system has no way to do it yet.
    #[error("this system cannot do it yet")]
    #[cfg_attr(unix, expect(dead_code, reason = "every Unix system can"))]
    Unavailable,
    /// The system does not tell its interfaces.
    #[error("the network interfaces cannot be listed")]
    Network(#[source] io::Error),
    /// It leads there already.
    #[error("a connection to {0} is open already")]
    SocketOpen(Destination),
    /// There is none.
    #[error("no connection to {0} is open")]
    SocketNotOpen(Destination),
    /// More than one page may have.
    #[error("a page may have {0} connections at one time; close one")]
    TooManySockets(usize),
    /// The other side does not take what was sent before.
    #[error("too much waits to be sent to {0}; send when it was taken")]
    SocketBusy(Destination),
    /// Nobody there, or not in time, or not there.
    #[error("{to} cannot be reached")]
    SocketCannotOpen {
        /// Where.
        to: Destination,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The connection broke, or the other side took nothing in time.
    #[error("the connection broke")]
    SocketCannotSend(#[source] io::Error),
    /// The thread that did it did not end in order.
    #[error("it was broken off; try again")]
    BrokenOff,
}

/// What one connection uses of the machine.
#[derive(Debug)]
pub(crate) struct DeviceAccess {
    sockets: Sockets,
}

impl DeviceAccess {
    /// Nothing is open. What happens later is told over `events`, and waits
    /// there for a page that does not read.
    pub(crate) fn new(limits: &Limits, events: mpsc::Sender<DeviceEvent>) -> Self {
        Self {
            sockets: Sockets::new(limits.qz_sockets_per_connection_max, events),
        }
    }

    /// Whether a connection leads there, or is about to.
    pub(crate) fn is_open(&self, to: &Destination) -> bool {
        self.sockets.is_open(to)
    }

    /// Closes everything, and waits until it is.
    pub(crate) async fn end(&self) {
        self.sockets.end().await;
    }

    /// Begins what is asked; the future is its end.
    pub(crate) fn start(
        &mut self,
        call: Authorized<DeviceRequest>,
    ) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        let (request, _subject) = call.into_parts();
        match request {
            DeviceRequest::Network { toward } => async move {
                let network = on_a_thread(move || Network::look(toward)).await?;
                Ok(DeviceAnswer::Network(network))
            }
            .boxed(),
            DeviceRequest::OpenSocket(to) => done(self.sockets.open(to)),
            DeviceRequest::SendToSocket { to, octets } => done(self.sockets.send(&to, octets)),
            DeviceRequest::CloseSocket(to) => done(self.sockets.close(&to)),
        }
    }
}

fn done(
    ends: impl Future<Output = Result<(), DeviceError>> + Send + 'static,
) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
    async move { ends.await.map(|()| DeviceAnswer::Done) }.boxed()
}

/// Does what may block where it holds up nobody.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeviceError> + Send + 'static,
) -> Result<T, DeviceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(DeviceError::BrokenOff))
}
