//! A print service that answers what a test says: well, badly, endlessly or
//! not at all. It speaks just enough HTTP for one client.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ipp::attribute::IppAttribute;
use ipp::model::{DelimiterTag, IppVersion, StatusCode};
use ipp::request::IppRequestResponse;
use ipp::value::IppValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// What is done with one request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// An HTTP status and a body.
    Http(u16, Vec<u8>),
    /// The connection is closed instead.
    Close,
    /// Nothing comes, and the connection stays open.
    Silence,
    /// A body that never ends.
    Endless,
}

impl Reply {
    /// An IPP answer whose one group of `tag` has these attributes.
    pub(super) fn ipp(
        status: StatusCode,
        tag: DelimiterTag,
        attributes: &[(&str, IppValue)],
    ) -> Self {
        let mut response = IppRequestResponse::new_response(IppVersion::v1_1(), status, 1).unwrap();
        for (name, value) in attributes {
            let attribute = IppAttribute::with_name(name, value.clone()).unwrap();
            response.attributes_mut().add(tag, attribute);
        }
        Self::Http(200, response.to_bytes().to_vec())
    }

    /// A printer in this state, without reasons.
    pub(super) fn printer(state: i32) -> Self {
        Self::ipp(
            StatusCode::SuccessfulOk,
            DelimiterTag::PrinterAttributes,
            &[
                ("printer-state", IppValue::Enum(state)),
                (
                    "printer-state-reasons",
                    IppValue::new_keyword("none").unwrap(),
                ),
            ],
        )
    }
}

/// The service. Ends when dropped.
pub(super) struct ScriptedCups {
    folder: tempfile::TempDir,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl ScriptedCups {
    /// Answers the requests to come with `replies`, in order, whichever
    /// connection they come on.
    pub(super) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::answering(move |_| replies.pop_front().unwrap_or(Reply::Close))
    }

    /// Answers each request by its operation (RFC 8011 §5.4.15).
    pub(super) fn answering(mut reply: impl FnMut(u16) -> Reply + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("cups.sock")).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                while let Some((head, operation)) = read_request(&mut stream).await {
                    seen.lock().unwrap().push(head);
                    if !answer(&mut stream, reply(operation)).await {
                        break;
                    }
                }
            }
        });
        Self {
            folder,
            requests,
            task,
        }
    }

    pub(super) fn socket(&self) -> PathBuf {
        Path::new(self.folder.path()).join("cups.sock")
    }

    /// The heads of the requests so far, in lower case.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for ScriptedCups {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request and returns its head and operation; `None` when the
/// client is gone.
async fn read_request(stream: &mut UnixStream) -> Option<(String, u16)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let operation = body.get(2..4)?.try_into().ok()?;
    Some((head, u16::from_be_bytes(operation)))
}

/// Whether the connection can take another request.
async fn answer(stream: &mut UnixStream, reply: Reply) -> bool {
    match reply {
        Reply::Http(status, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(&body).await.is_ok()
        }
        Reply::Close => false,
        Reply::Silence => {
            // Until the client gives up.
            let _ = stream.read_u8().await;
            false
        }
        Reply::Endless => {
            let head = "HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\n\r\n";
            let mut going = stream.write_all(head.as_bytes()).await.is_ok();
            while going {
                going = stream.write_all(&[1; 4096]).await.is_ok();
            }
            false
        }
    }
}
