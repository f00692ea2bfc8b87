//! Floods, and readers that do not read.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::SinkExt as _;
use platen_protocol::{Method, canonical, statement};
use platen_tests::bridge::Bridge;
use platen_tests::client::{Client, Socket, hello, next_json, open_socket, request};
use platen_tests::site::{Binding, Site};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::{ORIGIN, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn t07_floods_and_silent_readers_slow_only_themselves() -> Result<()> {
    let more = "[limits]\nconnections_max = 100\nconnections_unauthorized_max = 20\n\
                handshake_wait_ms_max = 3000\nsession_open_wait_ms_max = 3000\n";
    let (bridge, site, sink) = start_with(more).await?;
    let honest = Client::connect(bridge.ports.ws, None, &site).await?;
    honest.submit("till", b"before").await?;

    // A subscriber that never reads, while there is much to tell it.
    let deaf = open_deaf_subscriber(&bridge, &site).await?;

    // Half-open connections, half a header, and sessions that never open.
    let mut idle = Vec::new();
    for n in 0..60 {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", bridge.ports.ws)).await else {
            continue;
        };
        if n % 2 == 0 {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").await;
        }
        idle.push(stream);
    }
    for _ in 0..20 {
        idle.push(TcpStream::connect(("127.0.0.1", bridge.ports.wss)).await?);
    }
    // Oversized, deep, broken and endless messages, each on its own connection.
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{}"#,
        "[".repeat(30_000)
    );
    let hostile: Vec<Message> = vec![
        Message::text("x".repeat(2_000_000)),
        Message::text(deep),
        Message::Binary(Bytes::from(vec![0; 3_000_000])),
        Message::text(r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1}"#),
        Message::Ping(Bytes::from(vec![0; 125])),
    ];
    for message in hostile {
        let Ok(mut socket) = open_socket(bridge.ports.ws, None, Some(ORIGIN)).await else {
            continue;
        };
        for _ in 0..50 {
            if socket.send(message.clone()).await.is_err() {
                break;
            }
        }
    }
    for n in 0..300_u32 {
        honest.submit("till", &n.to_be_bytes()).await?;
    }
    sink.wait_for(301).await;
    drop((idle, deaf));

    // The flood is over: who waits long enough gets in again.
    let again = async {
        loop {
            if let Ok(client) = Client::connect(bridge.ports.ws, None, &site).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let client = tokio::time::timeout(Duration::from_secs(30), again).await?;
    client.submit("till", b"after").await?;
    let pid = bridge.pid().context("it still runs")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: u64 = peak
        .context("VmHWM")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    assert!(peak < 64 * 1024, "resident memory rose to {peak} kB");
    Ok(())
}

/// A session that subscribes to everything and then reads no more.
async fn open_deaf_subscriber(bridge: &Bridge, site: &Arc<Site>) -> Result<Socket> {
    let mut socket = open_socket(bridge.ports.ws, None, Some(ORIGIN)).await?;
    let challenge = hello(&mut socket).await?;
    let prove = request(
        1,
        Method::AgentProve,
        r#"{"nonce":"0123456789abcdef"}"#,
        None,
    )?;
    socket.send(Message::text(prove)).await?;
    let proof = next_json(&mut socket).await?;
    let agent = proof["result"]["agent"]
        .as_str()
        .context("an agent")?
        .parse()?;
    let params = canonical::to_string(&json!({ "certificates": site.chain }))?;
    let digest = statement::call_digest(Method::SessionOpen, &params);
    let binding = Binding {
        agent,
        challenge,
        sequence: 0,
    };
    let signed = site.sign(Method::SessionOpen, digest, &binding)?;
    let open = request(2, Method::SessionOpen, &params, Some(&signed))?;
    socket.send(Message::text(open)).await?;
    ensure!(next_json(&mut socket).await?["result"].is_object());
    let topics = r#"{"topics":["jobs","printers"]}"#;
    socket
        .send(Message::text(request(
            3,
            Method::EventsSubscribe,
            topics,
            None,
        )?))
        .await?;
    Ok(socket)
}
