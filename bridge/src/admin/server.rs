//! Serves the administration socket: one task per connection, all of them
//! joined before [`AdminServer::run`] returns.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::http::{Site, serve_connection};
use super::socket::AdminSocket;

/// Enough for a person, a monitor and a few who follow events.
const CONNECTIONS_MAX: usize = 32;

/// The administration socket with the agent behind it.
#[derive(Debug)]
pub struct AdminServer {
    socket: AdminSocket,
    site: Site,
}

impl AdminServer {
    /// A server that answers with `desk`. A document may have
    /// `document_octets_max` octets.
    #[must_use]
    pub fn new(
        socket: AdminSocket,
        desk: Arc<dyn Desk>,
        document_octets_max: u64,
        shutdown: CancellationToken,
    ) -> Self {
        let document_octets_max = usize::try_from(document_octets_max).unwrap_or(usize::MAX);
        Self {
            socket,
            site: Site {
                desk,
                document_octets_max,
                shutdown,
            },
        }
    }

    /// Serves until `shutdown` is canceled and every connection has ended.
    pub async fn run(self) {
        let Self { mut socket, site } = self;
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let accept = async {
            loop {
                // A connection too many waits in the socket's backlog.
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    return;
                };
                let stream = match socket.accept().await {
                    Ok(stream) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "the administration socket gives no connection");
                        super::pause_after_accept_error().await;
                        continue;
                    }
                };
                while connections.try_join_next().is_some() {}
                let site = site.clone();
                connections.spawn(async move {
                    let _place = place;
                    let shutdown = site.shutdown.clone();
                    serve_connection(stream, shutdown, |request| site.answer(request)).await;
                });
            }
        };
        tokio::select! {
            () = accept => {}
            () = site.shutdown.cancelled() => {}
        }
        while connections.join_next().await.is_some() {}
        drop(socket);
    }
}

#[cfg(test)]
mod tests;
