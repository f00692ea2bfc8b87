//! The attacks of SECURITY.md against the real agent, each with its number.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::{Method, Statement, canonical, statement};
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{self, Client, Socket, hello, next_json, open_socket, request};
use platen_tests::printer::Sink;
use platen_tests::site::{Binding, Site, now_ms};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

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
        Method::JobsGet
        | Method::JobsCancel
        | Method::JobsHold
        | Method::JobsRelease
        | Method::JobsRetry
        | Method::JobsReprint => json!({ "job_id": "abc" }),
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
async fn t02_only_loopback_is_listened_on() -> Result<()> {
    let (bridge, ..) = start().await?;
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(text) = std::fs::read_to_string(table) else {
            continue;
        };
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(&"0A")) = (fields.get(1), fields.get(3)) else {
                continue;
            };
            let Some((address, port)) = local.split_once(':') else {
                continue;
            };
            let port = u16::from_str_radix(port, 16)?;
            if port != bridge.ports.ws && port != bridge.ports.wss {
                continue;
            }
            // 127.0.0.1 and ::1 as the kernel writes them, in host order.
            let loopback = ["0100007F", "00000000000000000000000001000000"];
            assert!(loopback.contains(&address), "{port} listens on {address}");
        }
    }
    Ok(())
}

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

#[tokio::test(flavor = "multi_thread")]
async fn t04_hostile_hosts_get_one_constant_answer() -> Result<()> {
    let (bridge, ..) = start().await?;
    let port = bridge.ports.ws;
    let mut requests: Vec<String> = [
        String::new(),
        "Host: \r\n".to_owned(),
        format!("Host: localhost:{port}\r\nHost: localhost:{port}\r\n"),
        format!("Host: localhost:{port}\r\nHost: evil.example\r\n"),
    ]
    .into();
    let hosts = [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "evil.example",
        "evil.example:PORT",
        "localhost.:PORT",
        "LOCALHOST:PORT",
        "localhost:PORT.",
        "localhost:1",
        "localhost:0PORT",
        "0.0.0.0:PORT",
        "[::]:PORT",
        "[::ffff:127.0.0.1]:PORT",
        "[::ffff:7f00:1]:PORT",
        "127.1:PORT",
        "127.0.0.2:PORT",
        "2130706433:PORT",
        "0x7f000001:PORT",
        "017700000001:PORT",
        "[0:0:0:0:0:0:0:1]:PORT",
        "[::1%25lo]:PORT",
        "localhost:PORT@evil.example",
        "evil.example@localhost:PORT",
        "localhost:PORT/",
        "localhost.evil.example:PORT",
        "xn--localhost:PORT",
        "127.0.0.1.nip.io:PORT",
        "localhost\t:PORT",
        "*:PORT",
    ];
    requests.extend(
        hosts
            .iter()
            .map(|host| format!("Host: {}\r\n", host.replace("PORT", &port.to_string()))),
    );
    let mut seen = Vec::new();
    for host in &requests {
        let answer = raw(
            port,
            upgrade(host, "Origin: https://pos.example\r\n").as_bytes(),
        )
        .await?;
        seen.push((host.clone(), String::from_utf8_lossy(&answer).into_owned()));
    }
    let absolute =
        format!("GET http://localhost:{port}/healthz HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    for target in [
        absolute,
        "GET /\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let answer = raw(port, target.as_bytes()).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            !answer.contains(" 101 ") && !answer.contains(" 200 "),
            "{target:?}: {answer}"
        );
    }
    for (host, answer) in seen {
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["421", "400"].contains(&status), "{host:?}: {answer}");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(body.is_empty(), "{host:?}: {body}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t05_plain_http_has_no_side_effects_and_tells_nothing() -> Result<()> {
    let (bridge, ..) = start().await?;
    let port = bridge.ports.ws;
    let before = bridge.json(&["jobs", "list"]).await?;
    let body = request(1, Method::PrintersList, "{}", None)?;
    let posts = [
        "POST / HTTP/1.1",
        "POST /healthz HTTP/1.1",
        "PUT / HTTP/1.1",
    ]
    .map(|line| {
        format!(
            "{line}\r\nHost: localhost:{port}\r\nOrigin: https://pos.example\r\n\
             Content-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    });
    let gets = [
        "/",
        "/metrics",
        "/readyz",
        "/v1",
        "/about",
        "/json",
        "/healthz/../metrics",
    ]
    .map(|path| {
        format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")
    });
    for text in posts.into_iter().chain(gets) {
        let answer = String::from_utf8_lossy(&raw(port, text.as_bytes()).await?).into_owned();
        assert!(!answer.contains(" 200 "), "{text}: {answer}");
        for word in ["till", env!("CARGO_PKG_VERSION"), "printer"] {
            assert!(!answer.contains(word), "{text}: {answer}");
        }
    }
    assert_eq!(bridge.json(&["jobs", "list"]).await?, before);
    let health =
        format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    let answer = String::from_utf8_lossy(&raw(port, health.as_bytes()).await?).into_owned();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
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

#[tokio::test(flavor = "multi_thread")]
async fn t08_mistyped_and_malformed_messages_are_refused_without_effect() -> Result<()> {
    let (bridge, site, sink) = start().await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let sha256 = platen_protocol::Digest::of(b"x").to_string();
    let document = json!({ "format": "application/octet-stream", "octets": 1, "sha256": sha256 });
    let mut values = vec![
        json!({ "printer": 7 }),
        json!({ "printer": null, "documents": "x" }),
        json!({ "printer": "till", "documents": [] }),
        json!({ "printer": "till", "documents": [{}] }),
        json!({ "printer": "till", "documents": [document], "priority": -1 }),
        json!({ "printer": "till", "documents": [document], "priority": 3.5 }),
        json!({ "printer": "till", "documents": [document], "priority": "3" }),
        json!({ "printer": "till", "documents": [document], "copys": 1 }),
        json!({ "printer": "till", "documents": [document], "expires_at": 1e300 }),
        json!({ "printer": "till", "documents": [document], "repeat": "maybe" }),
        json!({ "printer": "till", "documents": [document], "idempotency_key": "" }),
        json!({ "printer": "till", "documents": [document], "name": ["x"] }),
        json!({ "printer": "../../etc", "documents": [document] }),
        json!([]),
        json!("till"),
        json!(7),
        json!(null),
    ];
    for octets in [
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(u64::MAX),
        json!(null),
    ] {
        let document =
            json!({ "format": "application/octet-stream", "octets": octets, "sha256": sha256 });
        values.push(json!({ "printer": "till", "documents": [document] }));
    }
    for params in values {
        // Not through `canonical`: some of these have no canonical form.
        let text = params.to_string();
        let digest = statement::call_digest(Method::JobsSubmit, &text);
        let signed = site.sign(Method::JobsSubmit, digest, &client.binding())?;
        let id = client.fresh_id();
        let frame = Message::text(request(id, Method::JobsSubmit, &text, Some(&signed))?);
        let answer = client.send(id, vec![frame]).await?;
        let refused = answer.await.with_context(|| text.clone())?.unwrap_err();
        assert!(!refused.message.is_empty() && !refused.data.next.is_empty());
    }
    assert!(sink.arrivals().is_empty());
    client.submit("till", b"fine").await?;
    sink.wait_for(1).await;
    Ok(())
}

/// Opens a session and returns the frames of one signed submit on it.
async fn captured_submit(bridge: &Bridge, site: &Arc<Site>) -> Result<(Client, u32, Vec<Message>)> {
    let client = Client::connect(bridge.ports.ws, None, site).await?;
    let id = client.fresh_id();
    let frames = client.submit_frames(id, &client::submit_params("till", b"x", json!({})), b"x")?;
    let answer = client.send(id, frames.clone()).await?;
    answer
        .await?
        .map_err(|error| anyhow::anyhow!(error.message))?;
    Ok((client, id, frames))
}

#[tokio::test(flavor = "multi_thread")]
async fn t11_a_signed_message_works_once_on_one_connection_of_one_machine() -> Result<()> {
    let (mut bridge, site, sink) = start().await?;
    let refused = async |client: &Client, id, frames| {
        let error = client.send(id, frames).await?.await?.unwrap_err();
        anyhow::Ok(error.data.code.as_str())
    };
    // Twice on the same connection.
    let (client, id, frames) = captured_submit(&bridge, &site).await?;
    assert_eq!(
        refused(&client, id, frames.clone()).await?,
        "statement-replayed"
    );
    // On a new connection.
    let other = Client::connect(bridge.ports.ws, None, &site).await?;
    assert_eq!(
        refused(&other, id, frames.clone()).await?,
        "statement-mismatch"
    );
    // After a restart.
    drop((client, other));
    bridge.stop().await?;
    bridge.run().await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    assert_eq!(
        refused(&client, id, frames.clone()).await?,
        "statement-mismatch"
    );
    // On another machine.
    let another = Bridge::start(&Settings::with_printers([("till", sink.uri())])).await?;
    another.trust(&site, &[]).await?;
    let there = Client::connect(another.ports.ws, None, &site).await?;
    assert_ne!(there.agent(), client.agent());
    assert_eq!(refused(&there, id, frames).await?, "statement-mismatch");
    assert_eq!(sink.arrivals().len(), 1);

    // Altered, truncated, expired, from the future, of another purpose.
    let params = canonical::to_string(&client::submit_params("till", b"x", json!({})))?;
    let digest = statement::call_digest(Method::JobsSubmit, &params);
    let base = |sequence| Statement {
        platen: 1,
        purpose: Method::JobsSubmit,
        origin: site.origin.clone(),
        agent: client.agent().clone(),
        challenge: client.challenge().to_owned(),
        sequence,
        issued_at: now_ms(),
        expires_at: now_ms() + 60_000,
        digest,
    };
    let expired = Statement {
        issued_at: 1,
        expires_at: 2,
        ..base(1001)
    };
    let future = now_ms() + 3_600_000;
    let future = Statement {
        issued_at: future,
        expires_at: future + 1,
        ..base(1002)
    };
    let long = Statement {
        expires_at: now_ms() + 400_000,
        ..base(1003)
    };
    let purpose = Statement {
        purpose: Method::JobsCancel,
        ..base(1004)
    };
    let stranger = Site::new(ORIGIN)?;
    let mut cases = Vec::new();
    for (statement, code) in [
        (expired, "statement-expired"),
        (future, "statement-expired"),
        (long, "statement-malformed"),
        (purpose, "statement-mismatch"),
    ] {
        cases.push((site.sign_statement(&statement)?, code));
    }
    cases.push((stranger.sign_statement(&base(1005))?, "signature-invalid"));
    let mut cut = site.sign_statement(&base(1006))?;
    cut.signature.truncate(20);
    cases.push((cut, "signature-invalid"));
    let mut altered = site.sign_statement(&base(1007))?;
    altered.statement = altered
        .statement
        .replace("\"sequence\":1007", "\"sequence\":1008");
    cases.push((altered, "signature-invalid"));
    cases.push((
        site.sign_text(format!(" {}", base(1009).to_canonical()?))?,
        "statement-malformed",
    ));
    cases.push((site.sign_text("deadbeef".repeat(8))?, "statement-malformed"));
    for (signed, code) in cases {
        let id = client.fresh_id();
        let text = request(id, Method::JobsSubmit, &params, Some(&signed))?;
        let found = refused(&client, id, vec![Message::text(text)]).await?;
        assert_eq!(found, code, "{}", signed.statement);
    }
    // No signature at all.
    let id = client.fresh_id();
    let text = request(id, Method::JobsSubmit, &params, None)?;
    assert_eq!(
        refused(&client, id, vec![Message::text(text)]).await?,
        "signature-required"
    );
    assert_eq!(sink.arrivals().len(), 1);
    Ok(())
}

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
