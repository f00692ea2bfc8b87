//! Whose page it is.

use anyhow::{Context as _, Result, ensure};
use futures_util::SinkExt as _;
use platen_protocol::Method;
use platen_tests::client::{self, Socket, hello, next_json, request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::{ORIGIN, answer_to, start, upgrade};

#[tokio::test(flavor = "multi_thread")]
async fn t03_hostile_origins_get_one_constant_answer() -> Result<()> {
    let (bridge, ..) = start().await?;
    let hostile = [
        "null",
        "https://pos.example.",
        "https://pos.example/",
        "https://pos.example:443",
        "https://pos.example:8443",
        "http://pos.example",
        "HTTPS://pos.example",
        "https://POS.example",
        "https://Pos.Example",
        "https://pos.example.evil.example",
        "https://evil-pos.example",
        "https://evilpos.example",
        "https://pos.example@evil.example",
        "https://evil.example@pos.example",
        "https://user:pass@pos.example",
        "https://pos.example#",
        "https://pos.example?",
        "https://pos.example?x",
        "https://pos.example/x",
        "https://pos.example\\evil.example",
        "https://pos.example%2e",
        "https://pos.example%00",
        "https://pos%2eexample",
        "https://www.pos.example",
        "https://pos.exampl",
        "https://pos.examplee",
        "https://os.example",
        "https://.pos.example",
        "https://pos..example",
        "https:// pos.example",
        "https:/pos.example",
        "https:pos.example",
        "//pos.example",
        "pos.example",
        "https://",
        "https",
        "*",
        "https://*",
        "https://*.example",
        "https://pos.example,https://pos.example",
        "https://pos.example https://pos.example",
        "https://pos.example, null",
        "file://",
        "file:///pos.example",
        "data:text/html,x",
        "blob:https://pos.example",
        "about:blank",
        "javascript:pos.example",
        "chrome-extension://pos.example",
        "moz-extension://pos.example",
        "ws://pos.example",
        "wss://pos.example",
        "ftp://pos.example",
        "https://xn--ps-jka.example",
        "https://p\u{f6}s.example",
        "https://\u{ff50}os.example",
        "https://pos\u{3002}example",
        "https://127.0.0.1",
        "http://127.0.0.1",
        "http://localhost",
        "https://localhost",
        "http://[::1]",
        "https://[pos.example]",
        "https://0x7f.1",
        "https://2130706433",
        "https://pos.example:",
        "https://pos.example:0",
        "https://pos.example:00443",
        "https://pos.example:99999",
    ];
    assert!(hostile.len() >= 60);
    let params = r#"{"nonce":"0123456789abcdef"}"#;
    let text = request(1, Method::AgentProve, params, None)?;
    let expected = answer_to(
        bridge.ports.ws,
        Some("https://stranger.example"),
        text.clone(),
    )
    .await?;
    for origin in hostile {
        let octets = upgrade(
            &format!("Host: localhost:{}\r\n", bridge.ports.ws),
            &format!("Origin: {origin}\r\n"),
        );
        let stream = TcpStream::connect(("127.0.0.1", bridge.ports.ws)).await?;
        let mut socket = raw_socket(stream, octets.as_bytes())
            .await
            .with_context(|| origin)?;
        hello(&mut socket).await?;
        socket.send(Message::text(text.clone())).await?;
        let mut answer = next_json(&mut socket).await?;
        answer.as_object_mut().context("an object")?.remove("id");
        assert_eq!(answer, expected, "{origin}");
    }
    // The same question from the granted origin is answered.
    let granted = answer_to(bridge.ports.ws, Some(ORIGIN), text).await?;
    assert!(granted["result"]["agent"].is_string(), "{granted}");
    Ok(())
}

/// Sends a hand-written upgrade and wraps what follows.
async fn raw_socket(mut stream: TcpStream, octets: &[u8]) -> Result<Socket> {
    stream.write_all(octets).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.context("no answer to the upgrade")?);
        ensure!(head.len() < 4_096);
    }
    ensure!(
        head.starts_with(b"HTTP/1.1 101 "),
        "{}",
        String::from_utf8_lossy(&head)
    );
    let stream: Box<dyn client::Transport> = Box::new(stream);
    let role = tokio_tungstenite::tungstenite::protocol::Role::Client;
    Ok(Socket::from_raw_socket(stream, role, None).await)
}
