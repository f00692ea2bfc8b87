//! The HTTP that administration speaks: routes, bodies, and how one
//! connection is served. Who may connect is decided before.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use platen_protocol::{Cursor, ErrorCode, WireError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::found::FoundLine;
use super::protocol::{AdminRequest, EventLine, Reply, StreamLine};
use crate::discovery::finder::Looking;
use crate::dispatch::{EventStream, LoggedEvent};
use crate::metrics;

/// How long a caller may take to send its headers.
const HEADERS_WAIT: Duration = Duration::from_secs(10);

/// A call without its document; a chain of certificates fits.
const CALL_OCTETS_MAX: usize = 256 * 1024;

pub(super) type Body = BoxBody<Bytes, Infallible>;

/// What one listener serves.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) desk: Arc<dyn Desk>,
    pub(super) document_octets_max: usize,
    pub(super) shutdown: CancellationToken,
}

/// Serves one connection until it ends or the agent stops, answering each
/// request with `answer`.
pub(super) async fn serve_connection<S, F>(
    stream: S,
    shutdown: CancellationToken,
    answer: impl Fn(Request<Incoming>) -> F,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Response<Body>>,
{
    let service = service_fn(|request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WAIT)
        .max_headers(32)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an administration connection broke");
    }
}

impl Site {
    /// Every route of the administration socket.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match (request.uri().path(), request.method()) {
            ("/v1", &Method::POST) => self.call(request).await,
            ("/v1/events", &Method::GET) => self.events(request.uri().query()).await,
            ("/v1/discovery", &Method::GET) => self.discovery().await,
            ("/v1/discovery", _) => wrong_method("GET"),
            ("/v1", _) => wrong_method("POST"),
            ("/v1/events", _) => wrong_method("GET"),
            _ => self.watch(&request),
        }
    }

    /// The routes for those who only watch: all there is over TCP.
    pub(super) fn watch(&self, request: &Request<Incoming>) -> Response<Body> {
        match (request.uri().path(), request.method()) {
            ("/readyz", &Method::GET) => match self.desk.ready() {
                Ok(()) => text(StatusCode::OK, "text/plain", "ready\n"),
                Err(why) => text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "text/plain",
                    format!("{why}\n"),
                ),
            },
            ("/metrics", &Method::GET) => {
                text(StatusCode::OK, metrics::CONTENT_TYPE, self.desk.metrics())
            }
            ("/readyz" | "/metrics", _) => wrong_method("GET"),
            _ => text(StatusCode::NOT_FOUND, "text/plain", "no such page\n"),
        }
    }

    async fn call(&self, request: Request<Incoming>) -> Response<Body> {
        let octets_max = self.document_octets_max.saturating_add(CALL_OCTETS_MAX);
        let body = match Limited::new(request.into_body(), octets_max)
            .collect()
            .await
        {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return refused(WireError::new(ErrorCode::DocumentTooLarge));
            }
            Err(_) => {
                return refused(WireError::with_message(
                    ErrorCode::InvalidRequest,
                    "the call broke off before its end",
                ));
            }
        };
        let (line, document) = match body.iter().position(|&octet| octet == b'\n') {
            Some(end) => (body.slice(..end), body.slice(end + 1..)),
            None => (body, Bytes::new()),
        };
        let call: AdminRequest = match serde_json::from_slice(&line) {
            Ok(call) => call,
            Err(error) => {
                return refused(WireError::with_message(
                    ErrorCode::InvalidRequest,
                    format!("no administration call: {error}; use `platen` of the agent's version"),
                ));
            }
        };
        if !document.is_empty() && !matches!(call, AdminRequest::Print(_)) {
            return refused(WireError::with_message(
                ErrorCode::InvalidRequest,
                "only print takes a document",
            ));
        }
        match self.desk.answer(call, document).await {
            Ok(result) => json(StatusCode::OK, &Reply::Result(result)),
            Err(error) => refused(error),
        }
    }

    async fn discovery(&self) -> Response<Body> {
        match self.desk.discovery().await {
            Ok(looking) => {
                let lines = found_lines(looking, self.shutdown.clone());
                respond(
                    StatusCode::OK,
                    "application/x-ndjson",
                    BodyExt::boxed(StreamBody::new(lines)),
                )
            }
            Err(error) => refused(error),
        }
    }

    async fn events(&self, query: Option<&str>) -> Response<Body> {
        let Some((after, follow)) = events_query(query.unwrap_or("")) else {
            return refused(WireError::with_message(
                ErrorCode::InvalidParams,
                "events take after=CURSOR and follow=true or follow=false",
            ));
        };
        match self.desk.events(after).await {
            Ok(stream) => {
                let lines = lines(stream, follow, self.shutdown.clone());
                respond(
                    StatusCode::OK,
                    "application/x-ndjson",
                    BodyExt::boxed(StreamBody::new(lines)),
                )
            }
            Err(error) => refused(error),
        }
    }
}

/// What is found as lines: what is there, then what changes. A reader that
/// falls behind is told so and has to look again.
fn found_lines(
    looking: Looking,
    shutdown: CancellationToken,
) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> {
    let present: Vec<_> = looking
        .present
        .iter()
        .cloned()
        .map(Box::new)
        .map(FoundLine::Found)
        .collect();
    let start = (present.into_iter(), Some(looking), shutdown);
    futures_util::stream::unfold(start, |(mut present, mut looking, shutdown)| async move {
        let line = match present.next() {
            Some(line) => line,
            None => {
                let next = tokio::select! {
                    next = looking.as_mut()?.changes.recv() => next,
                    () = shutdown.cancelled() => return None,
                };
                match next {
                    Ok(line) => line,
                    Err(RecvError::Lagged(_)) => {
                        looking = None;
                        FoundLine::Resync
                    }
                    Err(RecvError::Closed) => return None,
                }
            }
        };
        let mut text = serde_json::to_vec(&line).expect("a device has a JSON form");
        text.push(b'\n');
        Some((Ok(Frame::data(text.into())), (present, looking, shutdown)))
    })
}

fn events_query(query: &str) -> Option<(Option<Cursor>, bool)> {
    let (mut after, mut follow) = (None, true);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=')? {
            ("after", cursor) => after = Some(cursor.parse().ok()?),
            ("follow", truth) => follow = truth.parse().ok()?,
            _ => return None,
        }
    }
    Some((after, follow))
}

/// Where a reader of the log stands.
enum Telling {
    Replay(std::vec::IntoIter<LoggedEvent>),
    Live,
    Over,
}

/// The event log as lines: what was missed, a mark, then what happens. A
/// reader that falls behind is told so and has to ask again; its backlog is
/// bounded by the broadcast channel.
fn lines(
    stream: EventStream,
    follow: bool,
    shutdown: CancellationToken,
) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> {
    let start = (
        Telling::Replay(stream.replay.into_iter()),
        stream.live,
        shutdown,
    );
    let cursor = stream.cursor;
    futures_util::stream::unfold(start, move |(telling, mut live, shutdown)| async move {
        let (line, telling) = match telling {
            Telling::Replay(mut replay) => match replay.next() {
                Some(event) => (event_line(&event), Telling::Replay(replay)),
                None if follow => (StreamLine::Live { cursor }, Telling::Live),
                None => return None,
            },
            Telling::Live => {
                let next = async {
                    loop {
                        match live.recv().await {
                            Ok(event) if event.cursor.is_some_and(|c| c <= cursor) => {}
                            other => return other,
                        }
                    }
                };
                let next = tokio::select! {
                    next = next => next,
                    () = shutdown.cancelled() => return None,
                };
                match next {
                    Ok(event) => (event_line(&event), Telling::Live),
                    Err(RecvError::Lagged(_)) => (StreamLine::Resync, Telling::Over),
                    Err(RecvError::Closed) => return None,
                }
            }
            Telling::Over => return None,
        };
        let mut text = serde_json::to_vec(&line).expect("an event has a JSON form");
        text.push(b'\n');
        Some((Ok(Frame::data(text.into())), (telling, live, shutdown)))
    })
}

fn event_line(event: &LoggedEvent) -> StreamLine {
    StreamLine::Event(EventLine {
        cursor: event.cursor,
        origin: event
            .submitter
            .as_ref()
            .map(|whose| whose.origin.to_string()),
        event: event.event.clone(),
    })
}

fn refused(error: WireError) -> Response<Body> {
    json(StatusCode::BAD_REQUEST, &Reply::Error(error))
}

fn wrong_method(allowed: &'static str) -> Response<Body> {
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "text/plain",
        "this page takes another method\n",
    );
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

fn json(status: StatusCode, reply: &Reply) -> Response<Body> {
    let body = serde_json::to_vec(reply).expect("a reply has a JSON form");
    text(status, "application/json", body)
}

pub(super) fn text(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    respond(status, content_type, Full::new(body.into()).boxed())
}

fn respond(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
