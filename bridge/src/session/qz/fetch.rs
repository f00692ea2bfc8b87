//! What stands behind a URL of a print: asked of the page's own site only, and
//! only where the grant says so.
//!
//! One question, without anything that would tell the site who asks (no
//! cookies, no user), not more octets than a print may have, and no other
//! place than was asked: an answer that points elsewhere is an error. A name
//! never leads to this machine itself or to a neighbor without an address of
//! the network, whatever its server of names says.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use platen_protocol::Origin;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::tcp::connect_for_page;
use crate::tls_client::trusting_the_machines_authorities;

/// For all URLs of a print: other prints of the page wait behind it.
const WAIT: Duration = Duration::from_secs(15);

/// Asks for all of these, in their order.
///
/// # Errors
/// In words for the page, without anything of what was answered.
pub(super) async fn fetch_all(
    urls: &[String],
    origin: &Origin,
    octets_max: usize,
) -> Result<Vec<Vec<u8>>, String> {
    let all = async {
        let mut fetched = Vec::new();
        let mut room = octets_max;
        for url in urls {
            let octets = fetch(url, origin, room).await?;
            room = room.saturating_sub(octets.len());
            fetched.push(octets);
        }
        Ok(fetched)
    };
    let late = || Err(format!("Printing from {origin} took too long"));
    timeout(WAIT, all).await.unwrap_or_else(|_| late())
}

async fn fetch(url: &str, origin: &Origin, octets_max: usize) -> Result<Vec<u8>, String> {
    let uri = own(url, origin)?;
    let failed = |error: io::Error| format!("{origin} cannot be asked: {}", error.kind());
    let host = origin.host().trim_matches(['[', ']']);
    let is_secure = origin.scheme() == "https";
    let port = origin.port().unwrap_or(if is_secure { 443 } else { 80 });
    let stream = connect_for_page(host, port).await.map_err(failed)?;
    if !is_secure {
        return ask(stream, &uri, origin, octets_max).await;
    }
    let config = tokio::task::spawn_blocking(trusting_the_machines_authorities)
        .await
        .unwrap_or_else(|_| Err("this machine's authorities cannot be read".to_owned()))?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| format!("{origin} has no name for a certificate"))?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.map_err(failed)?;
    ask(stream, &uri, origin, octets_max).await
}

/// The URL, if it is one of this origin.
fn own(url: &str, origin: &Origin) -> Result<Uri, String> {
    let elsewhere = || format!("Printing from other places than {origin} is not permitted");
    // What follows is for browsers.
    let url = url.split('#').next().unwrap_or_default();
    let uri: Uri = url.parse().map_err(|_| elsewhere())?;
    let site = uri.scheme_str().zip(uri.authority());
    let site = site.map(|(scheme, authority)| format!("{scheme}://{authority}"));
    let site: Option<Origin> = site.and_then(|site| site.to_ascii_lowercase().parse().ok());
    if site.as_ref() == Some(origin) {
        Ok(uri)
    } else {
        Err(elsewhere())
    }
}

/// Asks for one document over a connection, and ends it.
async fn ask<S>(stream: S, uri: &Uri, origin: &Origin, octets_max: usize) -> Result<Vec<u8>, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |_: hyper::Error| format!("{origin} cannot be asked");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(HOST, origin.authority())
        .header(USER_AGENT, "Platen")
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| format!("{origin} cannot be asked"))?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(failed)?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(format!("{origin} answered {}", status.as_u16()));
        }
        let body = Limited::new(answer.into_body(), octets_max).collect().await;
        let body = body.map_err(|_| {
            format!("{origin} answered with more than a print may have, or not to the end")
        })?;
        Ok(body.to_bytes().to_vec())
    };
    tokio::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // What has arrived is still to be read.
        _ = connection => answer.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls_client::client;
    use rustls::RootCertStore;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    /// A server that gives one answer, and what it was asked.
    async fn answering(answer: &'static [u8]) -> (Origin, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = format!("http://{}", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(answer).await.unwrap();
            String::from_utf8(asked).unwrap()
        });
        (origin(&site), asked)
    }

    #[tokio::test]
    async fn the_pages_own_site_is_asked_and_told_nothing() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n\x1b@Hi\n";
        let (site, asked) = answering(answer).await;
        let url = format!("{site}/labels/1?x=2#top");
        assert_eq!(fetch(&url, &site, 5).await.unwrap(), b"\x1b@Hi\n");
        let asked = asked.await.unwrap().to_lowercase();
        assert!(
            asked.starts_with("get /labels/1?x=2 http/1.1\r\n"),
            "{asked}"
        );
        for secret in ["cookie", "authorization", "referer", "origin"] {
            assert!(!asked.contains(secret), "{asked}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_points_elsewhere_fails_or_has_no_end_is_an_error() {
        for (answer, expected) in [
            (
                b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n"
                    .as_slice(),
                "answered 302",
            ),
            (
                b"HTTP/1.1 404 No\r\ncontent-length: 1\r\n\r\nx",
                "answered 404",
            ),
            (
                b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nxx",
                "more than a print",
            ),
            (b"HTTP/1.1 200 OK\r\n\r\n0123456789", "more than a print"),
            (b"SECRET", "cannot be asked"),
        ] {
            let (site, _asked) = answering(answer).await;
            let error = fetch(&format!("{site}/"), &site, 9).await.unwrap_err();
            assert!(
                error.contains(expected) && !error.contains("SECRET"),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn over_tls_only_a_certificate_of_the_name_is_believed() {
        let made = rcgen::generate_simple_self_signed(["pos.example".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.unwrap())
            .unwrap();
        let server = tokio_rustls::TlsAcceptor::from(Arc::new(server));
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let trusting = TlsConnector::from(Arc::new(client(roots).unwrap()));
        let strict = TlsConnector::from(Arc::new(client(RootCertStore::empty()).unwrap()));
        for (connector, name, is_believed) in [
            (&trusting, "pos.example", true),
            (&trusting, "evil.example", false),
            (&strict, "pos.example", false),
        ] {
            let (here, there) = tokio::io::duplex(4_096);
            let server = server.clone();
            let serving = tokio::spawn(async move {
                let Ok(mut stream) = server.accept(there).await else {
                    return;
                };
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                drop(stream.write_all(answer).await);
                drop(stream.flush().await);
            });
            let name = ServerName::try_from(name).unwrap();
            let connected = connector.connect(name, here).await;
            assert_eq!(connected.is_ok(), is_believed);
            if let Ok(stream) = connected {
                let site = origin("https://pos.example");
                let uri = own("https://pos.example/x", &site).unwrap();
                assert_eq!(ask(stream, &uri, &site, 9).await.unwrap(), b"ok");
            }
            serving.await.unwrap();
        }
    }

    #[test]
    fn only_the_pages_own_origin_is_asked() {
        let site = origin("https://pos.example");
        for (url, expected) in [
            ("https://pos.example/a", true),
            ("HTTPS://POS.EXAMPLE/a", true),
            ("http://pos.example/a", false),
            ("https://pos.example:8443/a", false),
            ("https://pos.example.evil.example/", false),
            ("https://evil.example/pos.example", false),
            ("https://user@pos.example/", false),
            ("https://pos.example@evil.example/", false),
            ("https://127.0.0.1/", false),
            ("file:///etc/passwd", false),
            ("//pos.example/", false),
            ("/a", false),
            ("", false),
        ] {
            assert_eq!(own(url, &site).is_ok(), expected, "{url}");
        }
    }
}
