//! The browser ports: TLS and plain, on loopback only.
//!
//! [`Edge::listen`] takes the ports, [`Edge::run`] serves them until told to
//! stop. Each connection is one task: TLS, one HTTP request, and then the
//! session that its WebSocket carries. `Host` and `Origin` are read here; what
//! an origin may do is decided in [`crate::authorize`].
//!
//! Tasks: one per listener and one per connection, all joined by [`Edge::run`].

mod admission;
mod connection;
mod counts;
mod first_octet;
mod http;
mod listen;
mod peer;
#[cfg(test)]
mod tests;
mod websocket;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::connection::Shared;
use self::listen::LoopbackPort;
use crate::authorize::Authorizer;
use crate::claims::Claims;
use crate::limits::Limits;
use crate::owner::{ConnectionOwners, Served};
use crate::session::{Context, Dispatch, Shares};
use crate::tls::Tls;

pub(crate) use self::admission::{Admission, Admitted};
pub use self::counts::EdgeCounts;
pub use self::http::HEALTHZ;
pub use self::listen::Listening;
#[cfg(test)]
pub(crate) use self::peer::peer_of;
pub(crate) use self::websocket::{CloseFrame, Ended, Message, Utf8Bytes, WebSocket};

/// The ports pages of this field already try for TLS, in their order.
pub const WSS_PORTS: [u16; 4] = [8181, 8282, 8383, 8484];
/// The ports pages of this field already try without TLS, in their order.
pub const WS_PORTS: [u16; 4] = [8182, 8283, 8384, 8485];

/// How long to wait when the system gives no more sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the edge needs to know.
#[derive(Debug)]
pub struct EdgeConfig {
    /// TLS ports, in the order in which they are tried; none: no TLS.
    pub wss_ports: Vec<u16>,
    /// Plain ports, in the order in which they are tried; none: TLS only.
    pub ws_ports: Vec<u16>,
    /// The server's side of TLS.
    pub tls: Tls,
    /// The bounds of connections and sessions.
    pub limits: Limits,
    /// Where the files of pages lie.
    pub files_folder: PathBuf,
    /// Who has which device.
    pub claims: Claims,
    /// Whose connections are served.
    pub served: Served,
    /// Who tells whose a connection is.
    pub owners: Arc<dyn ConnectionOwners>,
}

/// The browser ports, taken and not yet served.
pub struct Edge<D> {
    ports: Vec<(LoopbackPort, Option<Tls>)>,
    listening: Listening,
    counts: Arc<EdgeCounts>,
    shared: Arc<Shared<D>>,
}

impl<D> fmt::Debug for Edge<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("listening", &self.listening)
            .finish_non_exhaustive()
    }
}

impl<D: Dispatch> Edge<D> {
    /// Takes the first free port of each list. That none was free is no error:
    /// it is logged, and said by [`Edge::listening`], and the agent goes on
    /// delivering what it has. Call it within a tokio runtime.
    #[must_use]
    pub fn listen(config: EdgeConfig, authorizer: Authorizer, dispatch: D) -> Self {
        let mut listening = Listening::default();
        let mut ports = Vec::new();
        if let Some(port) = listen::first_free(&config.wss_ports, &mut listening.taken) {
            listening.wss = Some(port.port);
            ports.push((port, Some(config.tls)));
        }
        if let Some(port) = listen::first_free(&config.ws_ports, &mut listening.taken) {
            listening.ws = Some(port.port);
            ports.push((port, None));
        }
        tracing::info!(
            wss = listening.wss,
            ws = listening.ws,
            "listening on loopback"
        );
        let counts = Arc::new(EdgeCounts::default());
        let admission = Admission::new(&config.limits, Arc::clone(&counts));
        let context = Context::new(
            authorizer,
            dispatch,
            config.limits,
            Arc::clone(&counts),
            Shares {
                files_folder: config.files_folder,
                claims: config.claims,
            },
        );
        Self {
            ports,
            listening,
            counts,
            shared: Arc::new(Shared {
                admission,
                context,
                served: config.served,
                owners: config.owners,
            }),
        }
    }

    /// Which ports are ours, and which were not to be had.
    #[must_use]
    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// What is counted, readable while the edge runs.
    #[must_use]
    pub fn counts(&self) -> Arc<EdgeCounts> {
        Arc::clone(&self.counts)
    }

    /// Serves until `stop`; then sessions finish the calls they have begun
    /// and say goodbye. Returns when the last connection is closed.
    pub async fn run(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        for (port, tls) in self.ports {
            for listener in port.listeners {
                let accepting = accept(
                    listener,
                    port.port,
                    tls.clone(),
                    Arc::clone(&self.shared),
                    tasks.clone(),
                    stop.clone(),
                );
                tasks.spawn(accepting);
            }
        }
        stop.cancelled().await;
        tasks.close();
        tasks.wait().await;
    }
}

async fn accept<D: Dispatch>(
    listener: TcpListener,
    port: u16,
    tls: Option<Tls>,
    shared: Arc<Shared<D>>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                // Refused at once: a full house costs a newcomer, nobody else.
                if let Some(admitted) = shared.admission.admit() {
                    let (shared, tls, stop) = (Arc::clone(&shared), tls.clone(), stop.clone());
                    tasks.spawn(async move {
                        connection::serve(stream, port, tls.as_ref(), admitted, &shared, &stop)
                            .await;
                    });
                }
            }
            Err(error) => {
                tracing::warn!(port, %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
