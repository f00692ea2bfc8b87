//! What a page may use of this machine beside printers: what its network is
//! called, connections to named hosts, files in a folder of its own.
//!
//! Everything here belongs to one connection and ends with it. What is asked
//! was authorized before ([`Authorized`]); nothing here knows how a client
//! spells it. [`DeviceAccess::start`] is called in the order in which calls
//! arrive; what it returns may be awaited in any order.

mod interfaces;
mod network;

use std::io;
use std::net::IpAddr;

use futures_util::future::{BoxFuture, FutureExt as _};

pub(crate) use self::network::{Network, NetworkDevice};
use crate::authorize::{Authorized, QzNeed};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceRequest {
    /// The machine's name, user and addresses.
    Network {
        /// Where the way out should lead; anywhere unless named.
        toward: Option<IpAddr>,
    },
}

impl DeviceRequest {
    /// What a grant must say for it.
    pub(crate) fn need(&self) -> QzNeed {
        match self {
            Self::Network { .. } => QzNeed::Networking,
        }
    }

    /// Whether something is otherwise when it was done twice.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::Network { .. } => false,
        }
    }
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceAnswer {
    /// This machine in its networks.
    Network(Network),
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
    /// The thread that did it did not end in order.
    #[error("it was broken off; try again")]
    BrokenOff,
}

/// What one connection uses of the machine.
#[derive(Debug)]
pub(crate) struct DeviceAccess {}

impl DeviceAccess {
    /// Nothing is open.
    pub(crate) fn new() -> Self {
        Self {}
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
        }
    }
}

/// Does what may block where it holds up nobody.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeviceError> + Send + 'static,
) -> Result<T, DeviceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(DeviceError::BrokenOff))
}
