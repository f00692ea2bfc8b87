//! Who the agent is, and who it only seems to be.

use std::sync::Arc;

use anyhow::{Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::{Method, canonical};
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{Client, hello, next_json, open_socket, request};
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{ORIGIN, answer_to, plausible_params, raw, start};

#[tokio::test(flavor = "multi_thread")]
async fn t12_two_machines_look_alike_before_authorization() -> Result<()> {
    let (one, ..) = start().await?;
    let sink = Sink::start().await?;
    let two = Bridge::start(&Settings::with_printers([("office", sink.uri())])).await?;
    let mut transcripts = Vec::new();
    for bridge in [&one, &two] {
        let port = bridge.ports.ws;
        let mut transcript = Vec::new();
        for line in [
            "GET /healthz",
            "GET /",
            "OPTIONS /healthz",
            "POST /x",
            "GET /metrics",
        ] {
            let text =
                format!("{line} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
            let answer = String::from_utf8_lossy(&raw(port, text.as_bytes()).await?).into_owned();
            // A clock is no identity; everything else counts.
            let answer: Vec<&str> = answer
                .lines()
                .filter(|line| !line.to_lowercase().starts_with("date:"))
                .collect();
            transcript.push(answer.join("\n"));
        }
        let mut socket = open_socket(port, None, Some("https://stranger.example")).await?;
        let challenge = hello(&mut socket).await?;
        let mut greeting = open_socket(port, None, Some("https://stranger.example")).await?;
        let text = next_json(&mut greeting).await?;
        ensure!(
            text["params"]["challenge"] != json!(challenge),
            "challenges repeat"
        );
        transcript.push(text["params"]["protocol"].to_string());
        for method in Method::ALL {
            let params = canonical::to_string(&plausible_params(*method))?;
            let text = request(1, *method, &params, None)?;
            let answer = answer_to(port, Some("https://stranger.example"), text).await?;
            transcript.push(answer.to_string());
        }
        transcripts.push(transcript);
    }
    assert_eq!(transcripts[0], transcripts[1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t31_a_squatter_on_the_port_is_reported_and_learns_nothing() -> Result<()> {
    // Somebody was first on the first port of the list; ours comes second.
    let squatter = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let taken = squatter.local_addr()?.port();
    let sink = Sink::start().await?;
    let settings = Settings::with_printers([("till", sink.uri())]);
    let mut bridge = Bridge::start(&settings).await?;
    bridge.stop().await?;
    let text = std::fs::read_to_string(bridge.config())?;
    let ours = bridge.ports.ws;
    let text = text.replace(
        &format!("ws_ports = [{ours}]"),
        &format!("ws_ports = [{taken}, {ours}]"),
    );
    std::fs::write(bridge.config(), text)?;
    bridge.run().await?;
    let status = bridge.json(&["status"]).await?;
    assert_eq!(status["ports_taken"], json!([taken]), "{status}");
    assert!(
        bridge.log().contains(&taken.to_string()),
        "the log names the port"
    );
    let doctor = bridge.verb(&["doctor", "--json"]).await?;
    let report = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        report.contains(&taken.to_string()),
        "doctor names the port: {report}"
    );

    // What a squatter gets from a client that checks the agent: the handshake
    // and a nonce. Without the agent's key it cannot answer.
    let site = Arc::new(Site::new(ORIGIN)?);
    let served = tokio::spawn(async move {
        let (stream, _) = squatter.accept().await?;
        let mut socket = tokio_tungstenite::accept_async(stream).await?;
        let hello = json!({ "jsonrpc": "2.0", "method": "hello",
            "params": { "protocol": "platen.v1", "challenge": "AAAA" } });
        socket.send(Message::text(hello.to_string())).await?;
        let mut heard = Vec::new();
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else {
                continue;
            };
            heard.push(text.to_string());
            let id = serde_json::from_str::<Value>(&text)?["id"].clone();
            let forged = json!({ "jsonrpc": "2.0", "id": id, "result": {
                "agent": "forged", "public_key": "AAAA", "signature": "AAAA" } });
            socket.send(Message::text(forged.to_string())).await?;
        }
        anyhow::Ok(heard)
    });
    let socket = open_socket(taken, None, None).await;
    if let Ok(socket) = socket {
        let refused = Client::over(socket, &site).await;
        assert!(refused.is_err(), "a forged proof was believed");
    }
    let heard = served.await??;
    assert!(heard.len() <= 1, "the squatter heard {heard:?}");
    Ok(())
}
