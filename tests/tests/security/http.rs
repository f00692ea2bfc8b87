//! What comes over HTTP before there is a WebSocket.

use anyhow::Result;
use platen_protocol::Method;
use platen_tests::client::request;

use crate::{raw, start, upgrade};

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
