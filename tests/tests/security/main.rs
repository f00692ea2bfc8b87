//! The attacks of SECURITY.md against the real agent, each with its number: one
//! file for each boundary they are aimed at.

mod authority;
mod http;
mod identity;
mod listening;
mod load;
mod messages;
mod origins;
mod signatures;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::SinkExt as _;
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{self, hello, next_json, open_socket};
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

const ORIGIN: &str = "https://pos.example";

async fn start() -> Result<(Bridge, Arc<Site>, Sink)> {
    start_with("").await
}

async fn start_with(more: &str) -> Result<(Bridge, Arc<Site>, Sink)> {
    let sink = Sink::start().await?;
    let mut settings = Settings::with_printers([("till", sink.uri())]);
    settings.more = more.to_owned();
    let bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    Ok((bridge, site, sink))
}

/// Sends octets as they are and returns everything that comes back.
async fn raw(port: u16, octets: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(octets).await?;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // An agent that keeps the connection open has said all it has to say.
    let _ = tokio::time::timeout(Duration::from_secs(2), read).await;
    Ok(answer)
}

fn upgrade(host: &str, origin: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\n{host}{origin}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         Sec-WebSocket-Protocol: platen.v1\r\n\r\n"
    )
}

/// Params that would be right if the session were open.
fn plausible_params(method: Method) -> Value {
    match method {
        Method::AgentProve => json!({ "nonce": "0123456789abcdef" }),
        Method::SessionOpen => json!({ "certificates": [] }),
        Method::PrintersList | Method::JobsList | Method::EventsUnsubscribe => json!({}),
        Method::PrintersGet | Method::QueuePause | Method::QueueResume => {
            json!({ "printer": "till" })
        }
        Method::JobsSubmit => client::submit_params("till", b"x", json!({})),
        Method::JobsPreview => client::submit_params("till", b"x", json!({ "form": "png" })),
        Method::JobsGet
        | Method::JobsCancel
        | Method::JobsHold
        | Method::JobsRelease
        | Method::JobsRetry
        | Method::JobsReprint => json!({ "job_id": "abc" }),
        Method::DrawerOpen | Method::BuzzerSound => json!({ "printer": "till" }),
        Method::DisplayShow => json!({ "rows": ["1,00"] }),
        Method::DevicesList => json!({ "class": "serial" }),
        Method::DevicesOpen | Method::DevicesClose => json!({ "device": "serial:/dev/ttyUSB0" }),
        Method::DevicesSend => json!({ "device": "serial:/dev/ttyUSB0", "data": "QQ==" }),
        Method::DevicesReceive => json!({ "device": "hid:0922:8003", "octets": 8, "feature": 1 }),
        Method::EventsSubscribe => json!({ "topics": ["jobs"] }),
    }
}

/// The answer to one request on a fresh connection from `origin`, without its id.
async fn answer_to(port: u16, origin: Option<&str>, text: String) -> Result<Value> {
    let mut socket = open_socket(port, None, origin).await?;
    hello(&mut socket).await?;
    socket.send(Message::text(text)).await?;
    let mut answer = next_json(&mut socket).await?;
    answer.as_object_mut().context("an object")?.remove("id");
    Ok(answer)
}
