//! Asks a loopback port who it is, as a page would, with or without TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::admin::protocol::Scheme;

/// A program on this machine answers at once, or is no agent.
const ANSWER_WAIT: Duration = Duration::from_secs(3);
/// An agent's answer is short.
const ANSWER_OCTETS_MAX: usize = 4096;

/// What is behind a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nobody listens.
    Nobody,
    /// Something that is no Platen agent.
    Stranger,
    /// Something that answers as an agent does.
    Platen {
        /// Over TLS: the last certificate of the chain it showed, its CA.
        ca: Option<Vec<u8>>,
    },
}

/// Connects to `address` and asks for `/healthz`.
pub(super) async fn ask(address: SocketAddr, scheme: Scheme) -> Found {
    let asked = tokio::time::timeout(ANSWER_WAIT, async {
        let Ok(stream) = TcpStream::connect(address).await else {
            return Found::Nobody;
        };
        let ca = match scheme {
            Scheme::Ws => is_platen(stream, address).await.then_some(None),
            Scheme::Wss => ask_with_tls(stream, address).await.map(Some),
        };
        ca.map_or(Found::Stranger, |ca| Found::Platen { ca })
    });
    asked.await.unwrap_or(Found::Stranger)
}

async fn ask_with_tls(stream: TcpStream, address: SocketAddr) -> Option<Vec<u8>> {
    let seen = Arc::new(Seen::default());
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").ok()?;
    let stream = connector.connect(name, stream).await.ok()?;
    if is_platen(stream, address).await {
        seen.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    } else {
        None
    }
}

async fn is_platen<S>(stream: S, address: SocketAddr) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = healthz(stream, address).await.unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&answer)
        .is_ok_and(|answer| answer["product"] == "platen")
}

async fn healthz<S>(stream: S, address: SocketAddr) -> Option<Bytes>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/healthz")
        .header(hyper::header::HOST, format!("localhost:{}", address.port()))
        .body(Empty::<Bytes>::new())
        .ok()?;
    let answer = async {
        let response = sender.send_request(request).await.ok()?;
        let body = Limited::new(response.into_body(), ANSWER_OCTETS_MAX);
        Some(body.collect().await.ok()?.to_bytes())
    };
    let answer = answer.await;
    connection.abort();
    answer
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Looks at a chain and believes nothing: what is learned decides only what
/// the doctor says.
#[derive(Debug, Default)]
struct Seen {
    last: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let last = above.last().unwrap_or(leaf).to_vec();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = provider().signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn answered_with(body: &str) -> Found {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            assert_ne!(stream.read(&mut request).await.unwrap(), 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let found = ask(address, Scheme::Ws).await;
        server.await.unwrap();
        found
    }

    #[tokio::test]
    async fn an_agent_is_told_from_a_stranger_and_from_nobody() {
        let platen = r#"{"product":"platen","protocol":"platen.v1"}"#;
        assert_eq!(answered_with(platen).await, Found::Platen { ca: None });
        assert_eq!(answered_with("{}").await, Found::Stranger);
        assert_eq!(answered_with("hello").await, Found::Stranger);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(ask(address, Scheme::Ws).await, Found::Nobody);
    }
}
