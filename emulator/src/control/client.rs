//! Asks on the control socket.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::Request;

/// The longest answer that is read: some hundred large receipts.
const ANSWER_OCTETS_MAX: u64 = 256 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody is there.
    #[error("no emulator answers on {address}; start one with `platen emulator run`")]
    Unreachable {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Somebody else is there.
    #[error(
        "what answers on {address} is no emulator's control socket; look at what `platen emulator run` said"
    )]
    Strange {
        /// Where.
        address: SocketAddr,
    },
    /// The emulator refuses, and says why.
    #[error("{0}")]
    Refused(String),
}

/// Asks, and gives the answer.
///
/// # Errors
/// When nobody answers, or the emulator refuses.
pub async fn ask(address: SocketAddr, request: &Request) -> Result<Value, ControlError> {
    let line = exchange(address, request)
        .await
        .map_err(|source| ControlError::Unreachable { address, source })?;
    let answer: Value =
        serde_json::from_str(&line).map_err(|_| ControlError::Strange { address })?;
    match (
        answer.get("ok"),
        answer.get("error").and_then(Value::as_str),
    ) {
        (Some(answer), None) => Ok(answer.clone()),
        (None, Some(error)) => Err(ControlError::Refused(error.to_owned())),
        (_, _) => Err(ControlError::Strange { address }),
    }
}

async fn exchange(address: SocketAddr, request: &Request) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut answer = String::new();
    BufReader::new(stream.take(ANSWER_OCTETS_MAX))
        .read_line(&mut answer)
        .await?;
    Ok(answer)
}
