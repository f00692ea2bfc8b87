//! One connection: TLS where it has it, one HTTP request, and the WebSocket
//! that may come of it. Every wait has an end, and a place given to someone
//! else ends all of them.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::admission::{Admission, Admitted, Standing};
use super::first_octet::FirstOctet;
use super::http::{Decision, decide};
use super::peer::peer_of;
use super::websocket::WebSocket;
use crate::authorize::{Caller, Peer};
use crate::dialect::Dialect;
use crate::owner::{ConnectionOwners, Served, Visitor};
use crate::session::{self, Context, Dispatch};
use crate::tls::Tls;

/// Octets of a request's head. Pages on `localhost` share their cookies with
/// every other port of it, and some have a great many.
const REQUEST_OCTETS_MAX: usize = 128 * 1024;
/// Header fields of a request.
const HEADERS_MAX: usize = 128;

/// What all connections share.
pub(super) struct Shared<D> {
    pub(super) admission: Arc<Admission>,
    pub(super) context: Context<D>,
    pub(super) served: Served,
    pub(super) owners: Arc<dyn ConnectionOwners>,
}

impl<D> Shared<D> {
    /// Whose program is at the other end, asked for everybody and before
    /// anything is read, so that no answer and no delay tells of it.
    fn visitor(&self, stream: &TcpStream) -> Visitor {
        let owner = match (stream.peer_addr(), stream.local_addr()) {
            (Ok(client), Ok(agent)) => self.owners.owner(client, agent),
            (Err(error), _) | (_, Err(error)) => Err(error.into()),
        };
        let owner = owner
            .inspect_err(|error| tracing::debug!(%error, "whose connection it is is not known"))
            .ok();
        self.served.visitor(owner)
    }
}

/// Serves one accepted connection until it ends.
pub(super) async fn serve<D: Dispatch>(
    stream: TcpStream,
    port: u16,
    tls: Option<&Tls>,
    admitted: Admitted,
    shared: &Shared<D>,
    stop: &CancellationToken,
) {
    // Answers are small and wanted at once (Nagle's algorithm holds them back).
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let visitor = shared.visitor(&stream);
    let Some(tls) = tls else {
        return serve_http(stream, port, visitor, admitted, shared, stop).await;
    };
    let wait = Duration::from_millis(shared.context.limits().handshake_wait_ms_max);
    let handshake = timeout(wait, tls.acceptor().accept(stream));
    let stream = tokio::select! {
        biased;
        () = stop.cancelled() => return,
        () = admitted.evicted().cancelled() => return,
        stream = handshake => stream,
    };
    if let Ok(Ok(stream)) = stream {
        serve_http(stream, port, visitor, admitted, shared, stop).await;
    }
}

/// Serves one HTTP request on `stream`, and the WebSocket it may become.
pub(super) async fn serve_http<S, D>(
    stream: S,
    port: u16,
    visitor: Visitor,
    mut admitted: Admitted,
    shared: &Shared<D>,
    stop: &CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    D: Dispatch,
{
    let context = &shared.context;
    let spoke = Arc::new(Notify::new());
    let asked = Arc::new(Mutex::new(None));
    let service = {
        let asked = Arc::clone(&asked);
        service_fn(move |request| {
            let response = answer(request, port, &asked);
            async { Ok::<_, Infallible>(response) }
        })
    };
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .auto_date_header(false)
        .max_buf_size(REQUEST_OCTETS_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(
            TokioIo::new(FirstOctet::new(stream, Arc::clone(&spoke))),
            service,
        )
        .with_upgrades();
    let limits = context.limits();
    let wait = Duration::from_millis(limits.prompt_wait_ms_max);
    let request_wait = Duration::from_millis(limits.handshake_wait_ms_max);
    let served = within(http, &spoke, wait, request_wait);
    tokio::select! {
        biased;
        () = stop.cancelled() => return,
        () = admitted.evicted().cancelled() => return,
        served = served => if served.is_none() {
            return;
        },
    }
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(Asked {
        upgrade,
        dialect,
        peer,
    }) = asked
    else {
        return;
    };
    let Ok(upgraded) = upgrade.await else {
        return;
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<FirstOctet<S>>>() else {
        return;
    };
    let caller = match visitor {
        Visitor::Served(user) => Caller { peer, user },
        // Nothing is ever granted to it, whatever its header says.
        Visitor::Stranger => Caller::from(Peer::Opaque),
    };
    let is_known = match dialect {
        Dialect::PlatenV1 => context.authorizer().knows(&caller),
        Dialect::Qz => context.authorizer().knows_qz(&caller),
    };
    let standing = if is_known {
        Standing::Granted
    } else {
        Standing::Unknown
    };
    if !admitted.upgraded(caller.origin(), standing) {
        context.too_many_of_one_origin();
        return;
    }
    admitted.belongs_to(caller.user.clone());
    let stream = parts.io.into_inner().into_inner();
    let socket = WebSocket::new(
        stream,
        &parts.read_buf,
        limits.frame_unauthorized_octets_max,
    );
    match dialect {
        Dialect::PlatenV1 => session::run(socket, caller, admitted, context, stop).await,
        Dialect::Qz => session::run_qz(socket, caller, admitted, context, stop).await,
    }
}

/// A request that becomes a WebSocket.
struct Asked {
    upgrade: OnUpgrade,
    dialect: Dialect,
    peer: Peer,
}

/// Decides on a request, and keeps what is needed when it becomes a WebSocket.
fn answer(
    request: Request<Incoming>,
    port: u16,
    asked: &Mutex<Option<Asked>>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let decision = decide(&parts, port);
    if let Decision::Upgrade { dialect, .. } = decision {
        let peer = peer_of(&parts.headers);
        let upgrade = hyper::upgrade::on(Request::from_parts(parts, body));
        *asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Asked {
            upgrade,
            dialect,
            peer,
        });
    }
    decision.response()
}

/// Lets `http` run for `wait` until the other side speaks, and from then on
/// for `request_wait`. `None` when it fails or takes longer.
async fn within<E>(
    http: impl Future<Output = Result<(), E>>,
    spoke: &Notify,
    wait: Duration,
    request_wait: Duration,
) -> Option<()> {
    let mut http = pin!(http);
    tokio::select! {
        biased;
        served = &mut http => return served.ok(),
        () = spoke.notified() => {}
        () = tokio::time::sleep(wait) => return None,
    }
    timeout(request_wait, http).await.ok()?.ok()
}
