//! The browser ports as raw octets meet them.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::certificate;
use crate::claims::Claims;
use crate::clock::Clock;
use crate::session::tests::Recorder;
use crate::testing::{Agent, NOW, Site};

const WAIT: Duration = Duration::from_secs(10);

/// A running edge on ports the system chose.
struct Running {
    wss: u16,
    ws: u16,
    stop: CancellationToken,
    task: JoinHandle<()>,
    ca: rustls_pki_types::CertificateDer<'static>,
}

impl Running {
    fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificate = certificate::load_or_make(folder.path(), NOW).unwrap();
        let site = Site::new(&["pos.example"]);
        let agent = Agent::new(vec![site.grant(1, &["https://pos.example"])]);
        let config = EdgeConfig {
            served: Served::EveryUser,
            owners: crate::owner::connection_owners(),
            files_folder: PathBuf::new(),
            claims: Claims::new(Clock::system()),
            wss_ports: vec![0],
            ws_ports: vec![0],
            tls: Tls::new(&certificate, Clock::from_fn(|| NOW)).unwrap(),
            limits,
        };
        let edge = Edge::listen(config, agent.authorizer(), Recorder::default());
        let stop = CancellationToken::new();
        Self {
            wss: edge.listening().wss.unwrap(),
            ws: edge.listening().ws.unwrap(),
            task: tokio::spawn(edge.run(stop.clone())),
            ca: certificate.ca.clone(),
            stop,
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(WAIT, self.task)
            .await
            .unwrap()
            .unwrap();
    }

    /// Sends `request`; everything that comes until the connection ends.
    async fn exchange(&self, request: &str) -> String {
        let stream = TcpStream::connect(("127.0.0.1", self.ws)).await.unwrap();
        exchange_on(stream, request).await
    }

    async fn tls(&self) -> tokio_rustls::client::TlsStream<TcpStream> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.ca.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(("127.0.0.1", self.wss)).await.unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config))
            .connect("localhost".try_into().unwrap(), stream)
            .await
            .unwrap()
    }

    fn handshake(&self, port: u16, extra: &str) -> String {
        format!(
            "GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: platen.v1\r\n{extra}\r\n"
        )
    }

    /// Upgrades, and reads as far as the end of `hello`.
    async fn upgrade(&self, extra: &str) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.ws)).await.unwrap();
        let request = self.handshake(self.ws, extra);
        let text = hello_on(&mut stream, &request).await;
        (stream, text)
    }
}

async fn exchange_on<S>(mut stream: S, request: &str) -> String
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // A reset after the answer is an end like any other.
    let _ = tokio::time::timeout(WAIT, read).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The response head and `hello`, with the challenge blotted out.
async fn hello_on<S>(stream: &mut S, request: &str) -> String
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut octets = Vec::new();
    while !octets.ends_with(b"\"}}") {
        let mut buffer = [0; 1024];
        let read = tokio::time::timeout(WAIT, stream.read(&mut buffer));
        let count = read.await.unwrap().unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&octets));
        octets.extend_from_slice(&buffer[..count]);
    }
    let text = String::from_utf8_lossy(&octets).into_owned();
    let (before, challenge) = text.split_once("\"challenge\":\"").unwrap();
    assert_eq!(challenge.len(), 43 + 3, "{text}");
    format!("{before}\"challenge\":\"CHALLENGE")
}

#[tokio::test]
async fn the_health_answer_is_constant_on_both_ports() {
    let edge = Running::with(Limits::default());
    let request = |port| format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let plain = edge.exchange(&request(edge.ws)).await;
    let tls = exchange_on(edge.tls().await, &request(edge.wss)).await;
    assert_eq!(plain, tls);
    let expected = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
        cache-control: no-store\r\nx-content-type-options: nosniff\r\n\
        access-control-allow-origin: *\r\nconnection: close\r\ncontent-length: 43\r\n\r\n\
        {\"product\":\"platen\",\"protocol\":\"platen.v1\"}";
    assert_eq!(plain, expected);
    edge.stop().await;
}

#[tokio::test]
async fn both_families_answer_on_the_same_port() {
    let edge = Running::with(Limits::default());
    if let Ok(stream) = TcpStream::connect(("::1", edge.ws)).await {
        let host = format!("[::1]:{}", edge.ws);
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let answer = exchange_on(stream, &request).await;
        assert!(answer.ends_with(HEALTHZ), "{answer}");
    }
    edge.stop().await;
}

#[tokio::test]
async fn refusals_are_constant_and_have_no_body() {
    let edge = Running::with(Limits::default());
    let host = format!("Host: localhost:{}\r\n", edge.ws);
    let body = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}";
    let rows = [
        (
            "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            "421 Misdirected Request",
        ),
        (
            "GET /healthz HTTP/1.1\r\n\r\n".to_owned(),
            "421 Misdirected Request",
        ),
        (
            format!("GET http://evil.example/healthz HTTP/1.1\r\n{host}\r\n"),
            "421 Misdirected Request",
        ),
        (
            format!("GET /healthz HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n"),
            "421 Misdirected Request",
        ),
        (
            format!("POST / HTTP/1.1\r\n{host}Origin: https://evil.example\r\n{body}"),
            "405 Method Not Allowed",
        ),
        (
            format!("GET /printers HTTP/1.1\r\n{host}\r\n"),
            "404 Not Found",
        ),
        ("GET /healthz\r\n\r\n".to_owned(), "400 Bad Request"),
        (
            "\u{16}\u{3}\u{1}\u{0}\r\n\r\n".to_owned(),
            "400 Bad Request",
        ),
    ];
    for (request, status) in rows {
        let expected =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(edge.exchange(&request).await, expected, "{request}");
    }
    let navigation = edge
        .exchange(&format!("GET / HTTP/1.1\r\n{host}\r\n"))
        .await;
    let expected = "HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(navigation, expected);
    let second = edge.exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert_eq!(second, "", "HTTP/2 is not spoken");
    edge.stop().await;
}

#[tokio::test]
async fn a_request_with_64_kilobytes_of_cookies_is_upgraded() {
    let edge = Running::with(Limits::default());
    for octets in [8 * 1024, 64 * 1024] {
        let cookies = format!("Cookie: a={}\r\n", "x".repeat(octets));
        let (_stream, text) = edge.upgrade(&cookies).await;
        assert!(text.starts_with("HTTP/1.1 101"), "{text}");
    }
    let endless = format!("Cookie: a={}\r\n", "x".repeat(1024 * 1024));
    let request = edge.handshake(edge.ws, &endless);
    let mut stream = TcpStream::connect(("127.0.0.1", edge.ws)).await.unwrap();
    // It stops reading somewhere in between.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 101"));
    edge.stop().await;
}

#[tokio::test]
async fn every_origin_gets_the_same_handshake_and_the_same_hello() {
    let edge = Running::with(Limits::default());
    let (_stream, expected) = edge.upgrade("Origin: https://pos.example\r\n").await;
    let head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\
        upgrade: websocket\r\nsec-websocket-protocol: platen.v1\r\n\
        sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let hello = r#"{"jsonrpc":"2.0","method":"hello","params":{"protocol":"platen.v1","challenge":"CHALLENGE"#;
    assert!(expected.starts_with(head), "{expected}");
    assert!(expected.ends_with(hello), "{expected}");
    for origin in crate::testing::HOSTILE_ORIGINS {
        let (_stream, text) = edge.upgrade(&format!("Origin: {origin}\r\n")).await;
        assert_eq!(text, expected, "{origin}");
    }
    for headers in [
        "",
        "Origin: https://pos.example\r\nOrigin: https://evil.example\r\n",
    ] {
        let (_stream, text) = edge.upgrade(headers).await;
        assert_eq!(text, expected, "{headers}");
    }
    let mut tls = edge.tls().await;
    let request = edge.handshake(edge.wss, "");
    assert_eq!(hello_on(&mut tls, &request).await, expected);
    edge.stop().await;
}

#[tokio::test]
async fn a_flood_of_connections_pushes_out_its_own() {
    let limits = Limits {
        connections_unauthorized_max: 4,
        ..Limits::default()
    };
    let edge = Running::with(limits);
    let (mut site, _) = edge.upgrade("Origin: https://pos.example\r\n").await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(("127.0.0.1", edge.ws)).await.unwrap());
    }
    let (_another, text) = edge.upgrade("Origin: https://pos.example\r\n").await;
    assert!(text.contains("hello"));
    let mut end = [0];
    assert_eq!(silent[0].read(&mut end).await.unwrap_or(0), 0, "pushed out");
    // The site's connection still answers: a masked ping gets its pong.
    site.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await.unwrap();
    let mut pong = [0; 2];
    tokio::time::timeout(WAIT, site.read_exact(&mut pong))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(pong, [0x8a, 0]);
    edge.stop().await;
}

#[tokio::test]
async fn a_request_that_begins_and_does_not_end_is_cut_off() {
    let limits = Limits {
        handshake_wait_ms_max: 50,
        ..Limits::default()
    };
    let edge = Running::with(limits);
    let answer = edge.exchange("GET / HTTP/1.1\r\nHost: loc").await;
    assert_eq!(answer, "");
    // TLS that never begins ends the same way; saying nothing on the plain
    // port may be a browser whose user reads a prompt.
    let mut stream = TcpStream::connect(("127.0.0.1", edge.wss)).await.unwrap();
    let mut octets = Vec::new();
    let end = tokio::time::timeout(WAIT, stream.read_to_end(&mut octets)).await;
    assert!(end.is_ok());
    edge.stop().await;
}

#[tokio::test]
async fn a_stopping_edge_says_goodbye_and_closes_its_ports() {
    let edge = Running::with(Limits::default());
    let port = edge.ws;
    let (mut stream, _) = edge.upgrade("").await;
    let goodbye = tokio::spawn(async move {
        let mut octets = Vec::new();
        let _ = stream.read_to_end(&mut octets).await;
        octets
    });
    edge.stop().await;
    let octets = goodbye.await.unwrap();
    assert_eq!(octets[..4], [0x88, 2 + 13, 3, 233], "close, 1001");
    assert_eq!(&octets[4..], b"shutting-down");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
