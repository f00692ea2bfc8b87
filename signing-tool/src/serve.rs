//! A small signing endpoint for development and the demo, on loopback only.
//!
//! A site of its own puts the same three things around [`Signer`](crate::Signer) in its own
//! server: a session of its own users, a CSRF check, and only its own origins.
//! Here the session is given to any page of those origins, because on a
//! developer's machine there are no users to log in.
//!
//! `GET /session` sets the cookie and answers `{"csrf"}`; `POST /sign` with
//! `{"statement"}` and the header `x-platen-csrf` answers
//! `{"signature", "certificates"}`. [`Endpoint::answer`] is the whole
//! behavior, without a socket; [`run`] is the thin loop around it. Its tasks:
//! one per connection, ended by the peer, the deadline, or the drop of `run`.

mod endpoint;
mod session;

use http_body_util::{BodyExt as _, Limited};
use hyper::Request;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use endpoint::Reply;
pub use endpoint::{Endpoint, ServeError};
pub use session::NoRandomness;

/// The longest body read: a statement with its quotes escaped.
const BODY_OCTETS_MAX: usize = 8192;
/// Connections at a time; more wait in the system's backlog.
const CONNECTIONS_MAX: usize = 64;
/// A connection that lives longer is ended: a page opens another.
const CONNECTION_LIFE: Duration = Duration::from_secs(60);
/// How long a peer may take to send its header.
const HEADER_WAIT: Duration = Duration::from_secs(10);

/// Answers connections until dropped.
///
/// # Errors
/// When the listener fails for good.
pub async fn run(listener: TcpListener, endpoint: Arc<Endpoint>) -> std::io::Result<()> {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
            return Ok(()); // The semaphore is never closed.
        };
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            // The peer left between its knock and our answer.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        while connections.try_join_next().is_some() {}
        let endpoint = Arc::clone(&endpoint);
        connections.spawn(async move {
            let service = service_fn(|request| answer_one(&endpoint, request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_WAIT)
                .serve_connection(TokioIo::new(stream), service);
            // Whatever ends a connection ends only itself.
            let _ = tokio::time::timeout(CONNECTION_LIFE, connection).await;
            drop(permit);
        });
    }
}

async fn answer_one(
    endpoint: &Endpoint,
    request: Request<hyper::body::Incoming>,
) -> Result<Reply, Infallible> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, ());
    let body = Limited::new(body, BODY_OCTETS_MAX).collect().await;
    Ok(match body {
        Ok(body) => endpoint.answer(&request, &body.to_bytes(), crate::now()),
        Err(_) => endpoint::too_large(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::signer;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const PAGE: &str = "https://pos.example";

    #[tokio::test]
    async fn it_answers_on_a_socket_and_reads_no_endless_body() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origins = vec![PAGE.parse().unwrap()];
        let endpoint = Arc::new(Endpoint::new(signer("p256"), origins).unwrap());
        let server = tokio::spawn(run(listener, endpoint));
        let talk = async |text: String| {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // The peer may reset what it will not read; what came counts.
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8(answer).unwrap()
        };
        let head = format!("Host: localhost\r\nOrigin: {PAGE}\r\nConnection: close\r\n");
        let answer = talk(format!("GET /session HTTP/1.1\r\n{head}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("\"csrf\""), "{answer}");
        let length = BODY_OCTETS_MAX + 1;
        let body = "x".repeat(length);
        let post = format!("POST /sign HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n{body}");
        let answer = talk(post).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        server.abort();
    }
}
