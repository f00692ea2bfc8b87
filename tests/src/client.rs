//! A native `platen.v1` client that behaves like a page with a signing server
//! behind it: proves the agent, opens a session, signs every call that changes
//! something, and can also misbehave on purpose.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::chunk::ChunkHeader;
use platen_protocol::method::{AgentProof, Submitted};
use platen_protocol::trust::verify_agent_proof;
use platen_protocol::{AgentId, Digest, Method, Signed, WireError, canonical, statement};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::site::{Binding, Site};

/// A stream below a WebSocket.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// A WebSocket before anything was said.
pub type Socket = WebSocketStream<Box<dyn Transport>>;

/// Connects and upgrades. `ca` (PEM) chooses `wss`; `origin` is the header.
///
/// # Errors
/// When the connection or the handshake fails.
pub async fn open_socket(port: u16, ca: Option<&str>, origin: Option<&str>) -> Result<Socket> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let scheme = if ca.is_some() { "wss" } else { "ws" };
    let stream: Box<dyn Transport> = match ca {
        None => Box::new(stream),
        Some(pem) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
            let config = rustls::ClientConfig::builder_with_provider(Arc::new(
                rustls::crypto::ring::default_provider(),
            ))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
            let name = ServerName::try_from("localhost")?;
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            Box::new(connector.connect(name, stream).await?)
        }
    };
    upgrade(stream, &format!("{scheme}://localhost:{port}/"), origin).await
}

/// Upgrades a connection that is there: as a page at `origin` asks for `url`.
///
/// # Errors
/// When the handshake fails.
pub async fn upgrade(
    stream: Box<dyn Transport>,
    url: &str,
    origin: Option<&str>,
) -> Result<Socket> {
    let mut request = url.into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(
        "Sec-WebSocket-Protocol",
        HeaderValue::from_static("platen.v1"),
    );
    if let Some(origin) = origin {
        headers.insert("Origin", HeaderValue::from_str(origin)?);
    }
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    Ok(socket)
}

/// Reads the next text message as JSON.
///
/// # Errors
/// When the connection ends first.
pub async fn next_json(socket: &mut Socket) -> Result<Value> {
    loop {
        match socket.next().await.context("the connection ended")?? {
            Message::Text(text) => return Ok(serde_json::from_str(text.as_str())?),
            Message::Close(frame) => bail!("closed: {frame:?}"),
            _ => {}
        }
    }
}

/// The challenge of the agent's `hello`.
///
/// # Errors
/// When the first message is none.
pub async fn hello(socket: &mut Socket) -> Result<String> {
    let hello = next_json(socket).await?;
    ensure!(hello["method"] == "hello", "not a hello: {hello}");
    Ok(hello["params"]["challenge"]
        .as_str()
        .context("a challenge")?
        .to_owned())
}

/// Who waits for which answer; `None` once no answer can come any more.
type Waiting = Arc<Mutex<Option<HashMap<u32, oneshot::Sender<Result<Value, WireError>>>>>>;

/// An open session.
#[derive(Debug)]
pub struct Client {
    site: Arc<Site>,
    agent: AgentId,
    challenge: String,
    sequence: AtomicU64,
    next_id: AtomicU32,
    outgoing: mpsc::Sender<Vec<Message>>,
    waiting: Waiting,
    notifications: Mutex<Option<mpsc::UnboundedReceiver<Value>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Client {
    /// Connects as the site's page and opens a session.
    ///
    /// # Errors
    /// When anything is refused; a refusal's code is in the text.
    pub async fn connect(port: u16, ca: Option<&str>, site: &Arc<Site>) -> Result<Self> {
        let socket = open_socket(port, ca, Some(site.origin.as_str())).await?;
        Self::over(socket, site).await
    }

    /// Opens a session over a socket.
    ///
    /// # Errors
    /// When anything is refused.
    pub async fn over(mut socket: Socket, site: &Arc<Site>) -> Result<Self> {
        let challenge = hello(&mut socket).await?;
        let (mut sink, mut stream) = socket.split();
        let (outgoing, mut queue) = mpsc::channel::<Vec<Message>>(1024);
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let (events, notifications) = mpsc::unbounded_channel();
        let answered = Arc::clone(&waiting);
        let reader = tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Message::Text(text) = message else {
                    continue;
                };
                let Ok(value) = serde_json::from_str::<Value>(text.as_str()) else {
                    break;
                };
                let Some(id) = value["id"].as_u64().and_then(|id| u32::try_from(id).ok()) else {
                    let _ = events.send(value);
                    continue;
                };
                let waiter = answered
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .as_mut()
                    .and_then(|waiting| waiting.remove(&id));
                let answer = match serde_json::from_value(value["error"].clone()) {
                    Ok(error) => Err(error),
                    Err(_) => Ok(value["result"].clone()),
                };
                if let Some(waiter) = waiter {
                    let _ = waiter.send(answer);
                }
            }
            // Whoever still waits learns that nothing will come.
            answered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
        });
        let writer = tokio::spawn(async move {
            while let Some(messages) = queue.recv().await {
                for message in messages {
                    if sink.feed(message).await.is_err() {
                        return;
                    }
                }
                if sink.flush().await.is_err() {
                    return;
                }
            }
            let _ = sink.close().await;
        });
        let mut client = Self {
            site: Arc::clone(site),
            agent: "unknown".parse()?,
            challenge,
            sequence: AtomicU64::new(0),
            next_id: AtomicU32::new(1),
            outgoing,
            waiting,
            notifications: Mutex::new(Some(notifications)),
            tasks: vec![reader, writer],
        };
        let nonce = "0123456789abcdef0123456789abcdef";
        let proof = client
            .call(Method::AgentProve, &json!({ "nonce": nonce }), false)
            .await?;
        let proof: AgentProof = serde_json::from_value(proof)?;
        // Nothing of the site's is sent before the agent has proved itself.
        verify_agent_proof(&proof, &site.origin, &client.challenge, nonce)?;
        client.agent = proof.agent;
        let params = json!({ "certificates": site.chain });
        client.call(Method::SessionOpen, &params, true).await?;
        Ok(client)
    }

    /// What the agent says unasked. Can be taken once.
    pub fn notifications(&self) -> Option<mpsc::UnboundedReceiver<Value>> {
        self.notifications
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Who the agent is to this site.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// This connection's challenge.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// A binding with the next sequence number.
    #[must_use]
    pub fn binding(&self) -> Binding {
        Binding {
            agent: self.agent.clone(),
            challenge: self.challenge.clone(),
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Calls a method, signed or not.
    ///
    /// # Errors
    /// The agent's refusal, or the end of the connection.
    pub async fn call(&self, method: Method, params: &Value, signed: bool) -> Result<Value> {
        let text = canonical::to_string(params)?;
        let signed = if signed {
            let digest = statement::call_digest(method, &text);
            Some(self.site.sign(method, digest, &self.binding())?)
        } else {
            None
        };
        let id = self.fresh_id();
        let message = request(id, method, &text, signed.as_ref())?;
        let answer = self.send(id, vec![Message::text(message)]).await?;
        answer
            .await
            .context("the connection ended before the answer")?
            .map_err(|error| refused(&error))
    }

    /// A fresh request id.
    pub fn fresh_id(&self) -> u32 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends frames as they are and waits for the answer to `id`.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(
        &self,
        id: u32,
        messages: Vec<Message>,
    ) -> Result<oneshot::Receiver<Result<Value, WireError>>> {
        let (sender, answer) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .context("the connection ended")?
            .insert(id, sender);
        self.outgoing
            .send(messages)
            .await
            .map_err(|_| anyhow!("the connection ended"))?;
        Ok(answer)
    }

    /// The frames of a signed submit of one raw document.
    ///
    /// # Errors
    /// When signing fails.
    pub fn submit_frames(&self, id: u32, params: &Value, octets: &[u8]) -> Result<Vec<Message>> {
        let text = canonical::to_string(params)?;
        let digest = statement::call_digest(Method::JobsSubmit, &text);
        let signed = self
            .site
            .sign(Method::JobsSubmit, digest, &self.binding())?;
        let text = request(id, Method::JobsSubmit, &text, Some(&signed))?;
        Ok(with_document(id, text, octets))
    }

    /// Makes an unsigned call that brings one document, and waits for its
    /// answer.
    ///
    /// # Errors
    /// The agent's refusal, or the end of the connection.
    pub async fn call_with_document(
        &self,
        method: Method,
        params: &Value,
        octets: &[u8],
    ) -> Result<Value> {
        let id = self.fresh_id();
        let text = request(id, method, &canonical::to_string(params)?, None)?;
        let answer = self.send(id, with_document(id, text, octets)).await?;
        let answer = answer
            .await
            .context("the connection ended before the answer")?;
        answer.map_err(|error| refused(&error))
    }

    /// Sends a submit; the answer comes through the receiver.
    ///
    /// # Errors
    /// When signing fails or the connection has ended.
    pub async fn start_submit(
        &self,
        printer: &str,
        octets: &[u8],
        more: Value,
    ) -> Result<oneshot::Receiver<Result<Value, WireError>>> {
        let id = self.fresh_id();
        let frames = self.submit_frames(id, &submit_params(printer, octets, more), octets)?;
        self.send(id, frames).await
    }

    /// Submits one raw document and waits until it is durable.
    ///
    /// # Errors
    /// The agent's refusal, or the end of the connection.
    pub async fn submit(&self, printer: &str, octets: &[u8]) -> Result<Submitted> {
        self.submit_with(printer, octets, json!({})).await
    }

    /// As [`Self::submit`], with more members of `params`.
    ///
    /// # Errors
    /// The agent's refusal, or the end of the connection.
    pub async fn submit_with(
        &self,
        printer: &str,
        octets: &[u8],
        more: Value,
    ) -> Result<Submitted> {
        let answer = self.start_submit(printer, octets, more).await?;
        let answer = answer
            .await
            .context("the connection ended before the answer")?;
        Ok(serde_json::from_value(
            answer.map_err(|error| refused(&error))?,
        )?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A request, and its one document in frames.
fn with_document(id: u32, text: String, octets: &[u8]) -> Vec<Message> {
    let mut frames = vec![Message::text(text)];
    for chunk in octets.chunks(256 * 1024) {
        let mut frame = ChunkHeader {
            request: id,
            document: 0,
        }
        .to_octets()
        .to_vec();
        frame.extend_from_slice(chunk);
        frames.push(Message::Binary(Bytes::from(frame)));
    }
    frames
}

/// Params of a submit of one raw document.
#[must_use]
pub fn submit_params(printer: &str, octets: &[u8], more: Value) -> Value {
    let mut params = json!({
        "printer": printer,
        "documents": [{
            "format": "application/octet-stream",
            "octets": octets.len(),
            "sha256": Digest::of(octets).to_string(),
        }],
    });
    if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
        params.extend(more);
    }
    params
}

/// The text of a request whose params are sent exactly as `params_text`.
///
/// # Errors
/// Never for values of the protocol.
pub fn request(
    id: u32,
    method: Method,
    params_text: &str,
    signed: Option<&Signed>,
) -> Result<String> {
    let name = method.as_str();
    let mut text =
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{name}","params":{params_text}"#);
    if let Some(signed) = signed {
        text.push_str(r#","signed":"#);
        text.push_str(&serde_json::to_string(signed)?);
    }
    text.push('}');
    Ok(text)
}

fn refused(error: &WireError) -> anyhow::Error {
    anyhow!("{}: {}", error.data.code, error.message)
}
