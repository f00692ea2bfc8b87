//! Asks a running agent, on behalf of the command line.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use platen_protocol::{Cursor, WireError};
use serde::de::DeserializeOwned;

use super::found::FoundLine;
use super::protocol::{AdminRequest, AdminResponse, Reply, StreamLine};
use super::socket;

/// Longest answer that is not a stream: a list of jobs with everything.
const ANSWER_OCTETS_MAX: usize = 64 * 1024 * 1024;
/// Longest line of the event stream.
const LINE_OCTETS_MAX: usize = 1024 * 1024;

/// Why the agent did not answer as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nobody listens.
    #[error("no agent runs with the state directory {}", .0.display())]
    NotRunning(PathBuf),
    /// Somebody else's agent.
    #[error(
        "the agent with the state directory {} belongs to another user; ask as that user or as root", .0.display()
    )]
    NotAllowed(PathBuf),
    /// Somebody else answers in the agent's place.
    #[cfg(windows)]
    #[error(
        "{account} answers in place of the agent with the state directory {folder}, and is told nothing; find out which program that is", folder = .folder.display()
    )]
    Stranger {
        /// The state directory.
        folder: PathBuf,
        /// Whose pipe it is.
        account: String,
    },
    /// The agent refused; its words.
    #[error("{}", refusal(.0))]
    Refused(WireError),
    /// The connection broke.
    #[error("the agent broke off the connection: {0}; is it stopping?")]
    Broken(String),
    /// The answer is none this program knows.
    #[error(
        "the agent's answer is not understood: {0}; use `platen` of the agent's version, or restart the agent"
    )]
    NotUnderstood(String),
}

/// The next step of a code is written for pages; a message of our own says
/// what a person at the machine can do.
fn refusal(error: &WireError) -> String {
    let WireError { message, data, .. } = error;
    if message == data.code.message() {
        format!("{message} ({}); {}", data.code, data.next)
    } else {
        format!("{message} ({})", data.code)
    }
}

/// A connection to an agent's administration socket.
#[derive(Debug)]
pub struct Client {
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects to the agent with this state directory.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`], [`ClientError::NotAllowed`].
    pub async fn connect(state_directory: &Path) -> Result<Self, ClientError> {
        let stream = socket::connect(state_directory).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| ClientError::Broken(error.to_string()))?;
        // Ends with the sender; its error is the sender's too.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Self { sender })
    }

    /// Asks one thing.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the agent's words, or that it broke off.
    pub async fn call(&mut self, request: &AdminRequest) -> Result<AdminResponse, ClientError> {
        self.call_with(request, &[]).await
    }

    /// Asks one thing about a document.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_with(
        &mut self,
        request: &AdminRequest,
        document: &[u8],
    ) -> Result<AdminResponse, ClientError> {
        let mut body = serde_json::to_vec(request).expect("a call has a JSON form");
        body.push(b'\n');
        body.extend_from_slice(document);
        let response = self.send(Method::POST, "/v1", body.into()).await?;
        let body = http_body_util::Limited::new(response.into_body(), ANSWER_OCTETS_MAX)
            .collect()
            .await
            .map_err(|error| ClientError::Broken(error.to_string()))?;
        match serde_json::from_slice(&body.to_bytes()) {
            Ok(Reply::Result(result)) => Ok(result),
            Ok(Reply::Error(error)) => Err(ClientError::Refused(error)),
            Err(error) => Err(ClientError::NotUnderstood(error.to_string())),
        }
    }

    /// Reads the event log after a cursor (from now without one), and goes on
    /// with what happens if `follow`.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn events(
        mut self,
        after: Option<Cursor>,
        follow: bool,
    ) -> Result<Events, ClientError> {
        let after = after.map_or_else(String::new, |cursor| format!("after={cursor}&"));
        let path = format!("/v1/events?{after}follow={follow}");
        let response = self.send(Method::GET, &path, Bytes::new()).await?;
        if !response.status().is_success() {
            let body = response.into_body().collect().await;
            let body = body.map_err(|error| ClientError::Broken(error.to_string()))?;
            return Err(match serde_json::from_slice(&body.to_bytes()) {
                Ok(Reply::Error(error)) => ClientError::Refused(error),
                _ => ClientError::NotUnderstood("no reason is given".to_owned()),
            });
        }
        Ok(Lines::new(response.into_body(), self.sender))
    }

    /// Looks for printers until the answer is dropped.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn discovery(mut self) -> Result<Lines<FoundLine>, ClientError> {
        let response = self
            .send(Method::GET, "/v1/discovery", Bytes::new())
            .await?;
        if !response.status().is_success() {
            return Err(ClientError::NotUnderstood("no reason is given".to_owned()));
        }
        Ok(Lines::new(response.into_body(), self.sender))
    }

    /// Every metric, as text.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn metrics(&mut self) -> Result<String, ClientError> {
        let response = self.send(Method::GET, "/metrics", Bytes::new()).await?;
        let body = http_body_util::Limited::new(response.into_body(), ANSWER_OCTETS_MAX)
            .collect()
            .await
            .map_err(|error| ClientError::Broken(error.to_string()))?;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, ClientError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(hyper::header::HOST, "platen")
            .body(Full::new(body))
            .expect("method, path and header are well-formed");
        self.sender
            .send_request(request)
            .await
            .map_err(|error| ClientError::Broken(error.to_string()))
    }
}

/// Lines of the event log.
pub type Events = Lines<StreamLine>;

/// Lines as they come.
#[derive(Debug)]
pub struct Lines<T> {
    body: Incoming,
    pending: BytesMut,
    /// The connection lives as long as its sender.
    _sender: http1::SendRequest<Full<Bytes>>,
    line: PhantomData<T>,
}

impl<T: DeserializeOwned> Lines<T> {
    fn new(body: Incoming, sender: http1::SendRequest<Full<Bytes>>) -> Self {
        Self {
            body,
            pending: BytesMut::new(),
            _sender: sender,
            line: PhantomData,
        }
    }

    /// The next line; `None` when there are no more or the agent stops. Cancel
    /// safe.
    ///
    /// # Errors
    /// When the connection breaks or a line is not understood.
    pub async fn next(&mut self) -> Result<Option<T>, ClientError> {
        loop {
            if let Some(end) = self.pending.iter().position(|&octet| octet == b'\n') {
                let line = self.pending.split_to(end + 1);
                return serde_json::from_slice(&line)
                    .map(Some)
                    .map_err(|error| ClientError::NotUnderstood(error.to_string()));
            }
            if self.pending.len() > LINE_OCTETS_MAX {
                return Err(ClientError::NotUnderstood("a line is too long".to_owned()));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.pending.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return Err(ClientError::Broken(error.to_string())),
            }
        }
    }
}
