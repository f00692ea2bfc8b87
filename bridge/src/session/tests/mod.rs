//! Sessions over an in-memory stream, in front of a dispatcher that records.

mod calls;
mod documents;
mod events;
mod limits;
mod recorder;
mod unauthorized;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::chunk::ChunkHeader;
use platen_protocol::job::{DocumentInfo, FORMAT_RAW};
use platen_protocol::{Digest, ErrorCode, Method, Signing};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_util::sync::CancellationToken;

pub(crate) use self::recorder::{Recorded, Recorder};
use super::{Context, Shares};
use crate::authorize::Peer;
use crate::limits::Limits;
use crate::socket::{Admission, EdgeCounts, Message, WebSocket};
use crate::testing::{Agent, Site, origin, request};

pub(super) const POS: &str = "https://pos.example";

/// An agent that trusts one site for two of its origins.
pub(super) struct House {
    pub(super) site: Arc<Site>,
    pub(super) agent: Agent,
    pub(super) recorder: Recorder,
    pub(super) stop: CancellationToken,
    context: Arc<Context<Recorder>>,
    admission: Arc<Admission>,
}

impl House {
    pub(super) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(super) fn with(limits: Limits) -> Self {
        let site = Arc::new(Site::new(&["pos.example", "shop.example"]));
        let agent = Agent::new(vec![site.grant(1, &[POS, "https://shop.example"])]);
        let recorder = Recorder::default();
        let counts = Arc::new(EdgeCounts::default());
        let admission = Admission::new(&limits, Arc::clone(&counts));
        let authorizer = agent.authorizer();
        let context = Context::new(authorizer, recorder.clone(), limits, counts, Shares::none());
        Self {
            site,
            agent,
            recorder,
            stop: CancellationToken::new(),
            context: Arc::new(context),
            admission,
        }
    }

    /// A connection of `peer`, with its `hello` read.
    pub(super) async fn connect(&self, peer: Peer) -> Client {
        let (theirs, ours) = tokio::io::duplex(64 * 1024);
        let admitted = self.admission.admit().unwrap();
        let (context, stop) = (Arc::clone(&self.context), self.stop.clone());
        let origin = peer
            .origin()
            .map_or(POS, |origin| origin.as_str())
            .to_owned();
        let task = tokio::spawn(async move {
            let small = context.limits.frame_unauthorized_octets_max;
            let socket = WebSocket::new(ours, &[], small);
            super::run(socket, peer.into(), admitted, &context, &stop).await;
        });
        let socket = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        let mut client = Client {
            socket,
            task,
            challenge: String::new(),
            agent: self.agent.id_for(&origin),
            site: Arc::clone(&self.site),
            origin,
            last_id: 0,
        };
        let hello = client.next().await;
        assert_eq!(hello["method"], "hello");
        client.challenge = hello["params"]["challenge"].as_str().unwrap().to_owned();
        client
    }

    /// A connection of the site with an open session.
    pub(super) async fn open(&self) -> Client {
        self.open_as(POS).await
    }

    pub(super) async fn open_as(&self, text: &str) -> Client {
        let mut client = self.connect(Peer::Site(origin(text))).await;
        let opened = client.open().await;
        assert_eq!(opened["result"]["origin"], text, "{opened}");
        client
    }

    pub(super) fn started(&self) -> Vec<Recorded> {
        self.recorder.started.lock().unwrap().clone()
    }
}

/// The other end of a connection.
pub(super) struct Client {
    pub(super) socket: WebSocketStream<DuplexStream>,
    pub(super) task: JoinHandle<()>,
    pub(super) challenge: String,
    agent: platen_protocol::AgentId,
    site: Arc<Site>,
    origin: String,
    last_id: u32,
}

impl Client {
    pub(super) async fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends a piece of a document.
    pub(super) async fn chunk(&mut self, request: u32, document: u16, data: &[u8]) {
        let header = ChunkHeader { request, document };
        let frame = [&header.to_octets(), data].concat();
        self.socket.send(Message::binary(frame)).await.unwrap();
    }

    /// The next message; closing is not expected.
    pub(super) async fn next(&mut self) -> Value {
        let Some(text) = self.next_text().await else {
            panic!("closed");
        };
        serde_json::from_str(&text).unwrap()
    }

    pub(super) async fn next_text(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(3600), self.socket.next());
            match next.await.expect("something comes")? {
                Ok(Message::Text(text)) => return Some(text.as_str().to_owned()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads on until the connection is closed, and says how.
    pub(super) async fn closed(mut self) -> Option<(u16, String)> {
        let mut how = None;
        while let Some(message) = self.socket.next().await {
            match message {
                Ok(Message::Close(Some(CloseFrame { code, reason }))) => {
                    how = Some((code.into(), reason.as_str().to_owned()));
                }
                Ok(_) => {}
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => break,
                Err(_) => break,
            }
        }
        drop(self.socket);
        self.task.await.unwrap();
        how
    }

    pub(super) fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// The text of a call, signed where a grant that signs requests wants it.
    pub(super) fn call_text(&mut self, method: Method, params: &str) -> (u32, String) {
        let id = self.next_id();
        let signed = method.must_be_signed(Signing::Request).then(|| {
            let (origin, agent, challenge) = (&self.origin, &self.agent, &self.challenge);
            let statement = self
                .site
                .statement(origin, agent, challenge, method, params);
            self.site.sign(&statement)
        });
        (id, request(id, method, params, signed.as_ref()))
    }

    pub(super) async fn call(&mut self, method: Method, params: &str) -> Value {
        let (id, text) = self.call_text(method, params);
        self.send(text).await;
        let answer = self.next().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    pub(super) async fn open(&mut self) -> Value {
        let params = self.site.open_params();
        self.call(Method::SessionOpen, &params).await
    }

    /// Sends a submit of these documents, without their octets.
    pub(super) async fn announce(&mut self, name: &str, documents: &[&[u8]]) -> u32 {
        let (id, text) = self.call_text(Method::JobsSubmit, &submit_params(name, documents));
        self.send(text).await;
        id
    }

    /// Submits a document in one frame, and reads the answer.
    pub(super) async fn submit(&mut self, name: &str, document: &[u8]) -> Value {
        let id = self.announce(name, &[document]).await;
        self.chunk(id, 0, document).await;
        let answer = self.next().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }
}

pub(super) fn submit_params(name: &str, documents: &[&[u8]]) -> String {
    let documents: Vec<DocumentInfo> = documents
        .iter()
        .map(|document| DocumentInfo {
            format: FORMAT_RAW.to_owned(),
            octets: document.len() as u64,
            sha256: Digest::of(document),
        })
        .collect();
    json!({ "documents": documents, "name": name }).to_string()
}

#[track_caller]
pub(super) fn assert_code(answer: &Value, code: ErrorCode) {
    assert_eq!(answer["error"]["data"]["code"], code.as_str(), "{answer}");
}
