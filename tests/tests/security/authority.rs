//! What a connection may do: nothing without a session, and no guessing.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::{Method, canonical};
use platen_tests::client::{hello, open_socket, request};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{ORIGIN, answer_to, plausible_params, start};

#[tokio::test(flavor = "multi_thread")]
async fn t01_t32_without_a_session_nothing_can_be_called_and_no_method_touches_the_agents_life()
-> Result<()> {
    let (bridge, _site, sink) = start().await?;
    let mut answers = Vec::new();
    for method in Method::ALL {
        let params = canonical::to_string(&plausible_params(*method))?;
        let text = request(1, *method, &params, None)?;
        answers.push(answer_to(bridge.ports.ws, Some("https://stranger.example"), text).await?);
    }
    for name in [
        "websocket.stop",
        "agent.shutdown",
        "getVersion",
        "",
        "printers.list ",
    ] {
        let text = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": {} }).to_string();
        answers.push(answer_to(bridge.ports.ws, Some("https://stranger.example"), text).await?);
    }
    for answer in &answers {
        assert_eq!(answer, &answers[0], "every refusal is the same");
    }
    assert_eq!(answers[0]["error"]["data"]["code"], "not-authorized");
    // A site that is granted, before its session is open, can do no more.
    for method in Method::ALL.iter().filter(|method| !method.opens_session()) {
        let params = canonical::to_string(&plausible_params(*method))?;
        let text = request(1, *method, &params, None)?;
        let answer = answer_to(bridge.ports.ws, Some(ORIGIN), text).await?;
        assert_eq!(answer, answers[0], "{}", method.as_str());
    }
    assert!(sink.arrivals().is_empty());
    assert_eq!(bridge.json(&["jobs", "list"]).await?, json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t06_guessing_ends_the_connection() -> Result<()> {
    let (bridge, ..) = start().await?;
    let mut socket = open_socket(bridge.ports.ws, None, Some(ORIGIN)).await?;
    hello(&mut socket).await?;
    let mut refused = 0;
    let closed = async {
        loop {
            let params = r#"{"certificates":[]}"#;
            let text = request(refused, Method::SessionOpen, params, None)?;
            if socket.send(Message::text(text)).await.is_err() {
                return anyhow::Ok(());
            }
            match socket.next().await {
                Some(Ok(Message::Text(_))) => refused += 1,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                Some(Ok(_)) => {}
            }
            ensure!(refused < 20, "{refused} guesses and still connected");
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed).await??;
    assert!(refused <= 6, "{refused} guesses were answered");
    Ok(())
}
