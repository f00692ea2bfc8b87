//! Devices other than printers for a page of `platen.v1`: serial lines, a
//! scale, a connection, each named by its grant and held by one page.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::site::Site;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;

const ORIGIN: &str = "https://pos.example";
/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The device's end of a serial line, and the name of the other.
fn line() -> Result<(File, String)> {
    let device = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&device)?;
    unlockpt(&device)?;
    let name = ptsname(&device, Vec::new())?.to_str()?.to_owned();
    Ok((File::from(device), format!("serial:{name}")))
}

async fn page(bridge: &Bridge, site: &Arc<Site>) -> Result<(Client, UnboundedReceiver<Value>)> {
    let client = Client::connect(bridge.ports.ws, None, site).await?;
    let told = client.notifications().context("notifications")?;
    Ok((client, told))
}

/// The next thing told of a device.
async fn told(notifications: &mut UnboundedReceiver<Value>) -> Result<Value> {
    let next = tokio::time::timeout(DEADLINE, notifications.recv()).await;
    let next = next.context("nothing is told")?;
    let message = next.context("the connection ended")?;
    ensure!(
        message["method"] == "device",
        "not about a device: {message}"
    );
    Ok(message["params"].clone())
}

fn refused(answer: Result<Value>, code: &str) {
    let error = answer.expect_err(code).to_string();
    assert!(error.contains(code), "{error} is not {code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_the_serial_line_that_its_grant_names_and_has_it_alone() -> Result<()> {
    let (mut device, name) = line()?;
    let (_other, unnamed) = line()?;
    let bridge = Bridge::start(&Settings::default()).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &["--device", &name]).await?;
    let (client, mut notifications) = page(&bridge, &site).await?;
    let call = |method, params: Value, signed| {
        let client = &client;
        async move { client.call(method, &params, signed).await }
    };
    refused(
        call(Method::DevicesOpen, json!({ "device": unnamed }), true).await,
        "not-permitted",
    );
    refused(
        call(
            Method::DevicesOpen,
            json!({ "device": "hid:0922:8003" }),
            true,
        )
        .await,
        "not-permitted",
    );
    refused(
        call(Method::DevicesOpen, json!({ "device": name }), false).await,
        "signature-required",
    );
    let sent = json!({ "device": name, "data": "QQ==" });
    refused(
        call(Method::DevicesSend, sent, true).await,
        "device-not-open",
    );

    let framing = json!({ "by": "mark", "start": "Ag==", "end": "Aw==" });
    let opened = json!({ "device": name, "serial": { "baud": 19_200, "framing": framing } });
    call(Method::DevicesOpen, opened.clone(), true).await?;
    let sent = json!({ "device": name, "data": STANDARD.encode(b"\x05PRICE") });
    call(Method::DevicesSend, sent, true).await?;
    let (mut device, heard) = tokio::task::spawn_blocking(move || {
        let mut heard = [0; 6];
        device.read_exact(&mut heard).map(|()| (device, heard))
    })
    .await??;
    assert_eq!(&heard, b"\x05PRICE");
    device.write_all(b"noise\x02Tea\x03\x02Bread\x03")?;
    for expected in ["Tea", "Bread"] {
        let data = STANDARD.encode(expected);
        let event = json!({ "type": "received", "data": data });
        let expected = json!({ "device": name, "event": event });
        assert_eq!(told(&mut notifications).await?, expected);
    }

    let status = bridge.json(&["status"]).await?;
    assert_eq!(status["devices"][0]["device"], name);
    assert_eq!(status["devices"][0]["holder"]["session"]["origin"], ORIGIN);
    let (second, _) = page(&bridge, &site).await?;
    refused(
        second.call(Method::DevicesOpen, &opened, true).await,
        "device-in-use",
    );
    let shut = json!({ "device": name });
    refused(
        second.call(Method::DevicesClose, &shut, false).await,
        "device-not-open",
    );
    call(Method::DevicesClose, shut, false).await?;
    second.call(Method::DevicesOpen, &opened, true).await?;

    drop(second);
    let deadline = tokio::time::Instant::now() + DEADLINE;
    while bridge.json(&["status"]).await?.get("devices").is_some() {
        ensure!(
            tokio::time::Instant::now() < deadline,
            "the line is still held"
        );
        tokio::task::yield_now().await;
    }
    call(Method::DevicesOpen, opened, true).await?;
    drop(device);
    let lost = told(&mut notifications).await.context("the loss")?;
    assert_eq!(lost["event"]["type"], "lost", "{lost}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scale_is_told_as_weights() -> Result<()> {
    let (device, name) = line()?;
    let bridge = Bridge::start(&Settings::default()).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &["--device", &name]).await?;
    let (client, mut notifications) = page(&bridge, &site).await?;
    let scale = std::thread::spawn(move || -> std::io::Result<()> {
        let mut answers = ["S D      1.190 kg", "S S      1.234 kg", "S +"].iter();
        let mut said = "";
        let mut questions = BufReader::new(device.try_clone()?);
        let mut device = device;
        let mut question = String::new();
        // Until the agent closes the line.
        while questions
            .read_line(&mut question)
            .is_ok_and(|octets| octets > 0)
        {
            said = answers.next().unwrap_or(&said);
            device.write_all(format!("{said}\r\n").as_bytes())?;
        }
        Ok(())
    });
    let asked = json!({ "device": name, "scale": { "profile": "mt-sics" } });
    client.call(Method::DevicesOpen, &asked, true).await?;
    let weight = |weight: &str, stable: bool| {
        json!({
            "type": "weight", "weight": weight, "unit": "kg",
            "stable": stable, "zero": false, "tare": false,
        })
    };
    for expected in [
        weight("1.190", false),
        weight("1.234", true),
        json!({ "type": "no-weight", "problem": "over-range" }),
    ] {
        assert_eq!(told(&mut notifications).await?["event"], expected);
    }
    let wrong = json!({ "device": name, "scale": { "profile": "kitchen" } });
    refused(
        client.call(Method::DevicesOpen, &wrong, true).await,
        "mt-sics",
    );
    let shut = json!({ "device": name });
    client.call(Method::DevicesClose, &shut, false).await?;
    scale.join().expect("the scale does not panic")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_leads_where_the_grant_says_and_nowhere_else() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let name = format!("socket:{}", listener.local_addr()?);
    let bridge = Bridge::start(&Settings::default()).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &["--device", &name]).await?;
    let (client, mut notifications) = page(&bridge, &site).await?;
    let listed = client.call(Method::DevicesList, &json!({}), false).await?;
    assert_eq!(listed, json!({ "devices": [] }));
    let elsewhere = json!({ "device": "socket:127.0.0.1:9" });
    refused(
        client.call(Method::DevicesOpen, &elsewhere, true).await,
        "not-permitted",
    );

    let opened = json!({ "device": name });
    client.call(Method::DevicesOpen, &opened, true).await?;
    let (mut device, _) = listener.accept().await?;
    let sent = json!({ "device": name, "data": STANDARD.encode("ask") });
    client.call(Method::DevicesSend, &sent, true).await?;
    let mut heard = [0; 3];
    device.read_exact(&mut heard).await?;
    assert_eq!(&heard, b"ask");
    device.write_all(b"told").await?;
    let received = told(&mut notifications).await?;
    assert_eq!(received["event"]["data"], STANDARD.encode("told"));
    drop(device);
    assert_eq!(told(&mut notifications).await?["event"]["type"], "lost");
    refused(
        client.call(Method::DevicesSend, &sent, true).await,
        "device-not-open",
    );
    Ok(())
}
