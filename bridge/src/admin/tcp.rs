//! `/metrics` and `/readyz` over TCP, for a monitor that cannot reach the
//! administration socket: loopback only, and only with the token.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hyper::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::desk::Desk;
use super::http::{Body, Site, serve_connection, text};
use crate::secret_file;

/// A monitor needs one.
const CONNECTIONS_MAX: usize = 8;
/// Less could be guessed.
const TOKEN_CHARACTERS_MIN: usize = 32;
const TOKEN_CHARACTERS_MAX: usize = 512;

/// What a caller must present. Has no `Debug` that shows it.
pub struct Token(Zeroizing<String>);

/// The token file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It cannot be read.
    #[error("the token file {0} cannot be read: {1}")]
    Read(std::path::PathBuf, #[source] io::Error),
    /// Others can read it.
    #[error("other users can read the token file {0}; {advice}", advice = secret_file::CLOSE_IT)]
    Open(std::path::PathBuf),
    /// It is no token.
    #[error(
        "the token file {0} holds no token; write 32 to 512 visible ASCII characters into it, such as the output of `openssl rand -hex 32`"
    )]
    Form(std::path::PathBuf),
}

impl Token {
    /// Reads the token from its file.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(file: &Path) -> Result<Self, TokenError> {
        let read_error = |error| TokenError::Read(file.to_owned(), error);
        let text = Zeroizing::new(std::fs::read_to_string(file).map_err(read_error)?);
        if secret_file::others_read(file).map_err(read_error)? {
            return Err(TokenError::Open(file.to_owned()));
        }
        let token = text.trim_ascii();
        let fits = (TOKEN_CHARACTERS_MIN..=TOKEN_CHARACTERS_MAX).contains(&token.len())
            && token.bytes().all(|octet| octet.is_ascii_graphic());
        if fits {
            Ok(Self(Zeroizing::new(token.to_owned())))
        } else {
            Err(TokenError::Form(file.to_owned()))
        }
    }

    /// Whether an `Authorization` header presents the token, in a time that
    /// says nothing about how much of it was right.
    fn is_presented(&self, header: Option<&[u8]>) -> bool {
        let presented = header
            .and_then(|header| header.strip_prefix(b"Bearer "))
            .unwrap_or(b"");
        // Digests have one length, so that the comparison tells nothing of the
        // token's.
        let digest = |octets: &[u8]| ring::digest::digest(&ring::digest::SHA256, octets);
        let (ours, theirs) = (digest(self.0.as_bytes()), digest(presented));
        let differ = ours
            .as_ref()
            .iter()
            .zip(theirs.as_ref())
            .fold(0, |differ, (a, b)| differ | (a ^ b));
        std::hint::black_box(differ) == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// The listener with its token.
#[derive(Debug)]
pub struct WatchServer {
    listener: TcpListener,
    token: Arc<Token>,
    site: Site,
}

impl WatchServer {
    /// Listens on `address`, which the configuration has found to be loopback.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn bind(
        address: SocketAddr,
        token: Token,
        desk: Arc<dyn Desk>,
        shutdown: CancellationToken,
    ) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            token: Arc::new(token),
            site: Site {
                desk,
                document_octets_max: 0,
                shutdown,
            },
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is canceled and every connection has ended.
    pub async fn run(self) {
        let Self {
            listener,
            token,
            site,
        } = self;
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let accept = async {
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    return;
                };
                let stream = match listener.accept().await {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "the metrics port gives no connection");
                        super::pause_after_accept_error().await;
                        continue;
                    }
                };
                while connections.try_join_next().is_some() {}
                let (site, token) = (site.clone(), Arc::clone(&token));
                connections.spawn(async move {
                    let _place = place;
                    let shutdown = site.shutdown.clone();
                    serve_connection(stream, shutdown, |request| answer(&site, &token, request))
                        .await;
                });
            }
        };
        tokio::select! {
            () = accept => {}
            () = site.shutdown.cancelled() => {}
        }
        while connections.join_next().await.is_some() {}
    }
}

/// Without the token every answer is the same, whatever was asked.
async fn answer(
    site: &Site,
    token: &Token,
    request: Request<hyper::body::Incoming>,
) -> Response<Body> {
    let header = request.headers().get(AUTHORIZATION);
    if token.is_presented(header.map(hyper::header::HeaderValue::as_bytes)) {
        return site.watch(&request);
    }
    let mut response = text(StatusCode::UNAUTHORIZED, "text/plain", "token required\n");
    let bearer = hyper::header::HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
    response
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn token_file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_token_is_long_visible_and_private() {
        let long = "0123456789abcdef0123456789abcdef";
        assert!(Token::read(token_file(&format!("{long}\n"), 0o600).path()).is_ok());
        for (text, mode, expected) in [
            (long, 0o644, "chmod 600"),
            ("short", 0o600, "openssl rand"),
            ("0123456789abcdef 0123456789abcdef", 0o600, "openssl rand"),
            ("", 0o600, "openssl rand"),
        ] {
            let error = Token::read(token_file(text, mode).path()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn only_the_whole_token_as_a_bearer_opens() {
        let long = "0123456789abcdef0123456789abcdef";
        let token = Token(Zeroizing::new(long.to_owned()));
        let check = |header: Option<&str>, expected: bool| {
            assert_eq!(
                token.is_presented(header.map(str::as_bytes)),
                expected,
                "{header:?}"
            );
        };
        check(Some(&format!("Bearer {long}")), true);
        check(Some(&format!("bearer {long}")), false);
        check(Some(&format!("Bearer {long}x")), false);
        check(Some(&format!("Bearer {}", &long[1..])), false);
        check(Some(long), false);
        check(Some("Bearer "), false);
        check(None, false);
    }
}
