//! Where the system's print service listens.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// The port of IPP.
const IPP_PORT: u16 = 631;

/// Where CUPS keeps its socket, by system.
const SOCKETS: [&str; 3] = [
    "/run/cups/cups.sock",
    "/var/run/cups/cups.sock",
    "/private/var/run/cupsd",
];

/// Address of a CUPS server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CupsServer {
    /// This machine's, wherever the system keeps its socket.
    #[default]
    System,
    /// A Unix socket.
    Socket(PathBuf),
    /// Over TCP.
    Host {
        /// Name or address, IPv6 without brackets.
        host: String,
        /// Port; 631 by default.
        port: u16,
    },
}

/// The text names no CUPS server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no CUPS server; write the path of its socket (`/run/cups/cups.sock`) or `HOST:PORT`"
)]
pub struct NotAServer(String);

impl FromStr for CupsServer {
    type Err = NotAServer;

    fn from_str(text: &str) -> Result<Self, NotAServer> {
        if text.starts_with('/') {
            return Ok(Self::Socket(PathBuf::from(text)));
        }
        let refuse = || NotAServer(text.to_owned());
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, port.parse().map_err(|_| refuse())?)
            }
            _ => (text, IPP_PORT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let fits = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._:%".contains(&b));
        if fits && port != 0 {
            Ok(Self::Host {
                host: host.to_owned(),
                port,
            })
        } else {
            Err(refuse())
        }
    }
}

impl fmt::Display for CupsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str(SOCKETS[0]),
            Self::Socket(path) => write!(f, "{}", path.display()),
            Self::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// A connection of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl CupsServer {
    /// What the print library must be told (`CUPS_SERVER`); `None` when it
    /// finds the server itself.
    pub(super) fn environment(&self) -> Option<String> {
        match self {
            Self::System => None,
            other => Some(other.to_string()),
        }
    }

    /// Whether the server sees who connects without being told.
    pub(super) fn knows_its_peer(&self) -> bool {
        match self {
            Self::System | Self::Socket(_) => true,
            Self::Host { .. } => false,
        }
    }

    pub(super) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(windows)]
            Self::System | Self::Socket(_) => {
                let text =
                    "CUPS is reached over TCP only on this system; set cups.server to HOST:PORT";
                Err(io::Error::new(io::ErrorKind::Unsupported, text))
            }
            #[cfg(unix)]
            Self::System => {
                let mut last = io::ErrorKind::NotFound.into();
                for path in SOCKETS {
                    match UnixStream::connect(path).await {
                        Ok(stream) => return Ok(Box::new(stream)),
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            #[cfg(unix)]
            Self::Socket(path) => Ok(Box::new(UnixStream::connect(path).await?)),
            Self::Host { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_socket_or_a_host() {
        for (text, shown) in [
            ("/run/cups/cups.sock", "/run/cups/cups.sock"),
            ("localhost", "localhost:631"),
            ("127.0.0.1:8631", "127.0.0.1:8631"),
            ("[::1]:8631", "[::1]:8631"),
            ("::1", "[::1]:631"),
        ] {
            let server: CupsServer = text.parse().unwrap();
            assert_eq!(server.to_string(), shown);
            assert_eq!(server.environment().as_deref(), Some(shown));
        }
        for text in ["", ":631", "host:", "host:0", "ho st", "ipp://host"] {
            assert!(text.parse::<CupsServer>().is_err(), "{text}");
        }
        assert_eq!(CupsServer::System.environment(), None);
    }
}
