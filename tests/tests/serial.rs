//! Printers on serial lines, by the real agent, over pseudo-terminals that
//! socat makes: held and slow lines, a printer's own word, the plug; and scales of
//! each profile.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_emulator::{Emulator, Fault, Operation, Options, When};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedReceiver;

const ORIGIN: &str = "https://pos.example";
/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);
const XON: &[u8] = b"\x11";
const XOFF: &[u8] = b"\x13";

/// A line from `port` to whoever listens at `to`, until it is dropped.
struct Plug(Child);

impl Plug {
    async fn into(port: &Path, to: &str) -> Result<Self> {
        let mut socat = Command::new("socat")
            .args(["-d", "-d"])
            .arg(format!("PTY,link={},raw,echo=0", port.display()))
            .arg(format!("TCP:{to}"))
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("socat cannot be started")?;
        let said = socat.stderr.take().context("its words are piped")?;
        let mut lines = BufReader::new(said).lines();
        while let Some(line) = lines.next_line().await? {
            if line.contains("starting data transfer loop") {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self(socat));
            }
        }
        anyhow::bail!("socat ended before it began")
    }

    /// Pulls it out.
    async fn pull(mut self) -> Result<()> {
        self.0.kill().await?;
        Ok(())
    }
}

struct Shop {
    bridge: Bridge,
    client: Client,
    events: UnboundedReceiver<Value>,
}

impl Shop {
    /// An agent whose printer `till` is on this line.
    async fn open(port: &Path, settings: &str) -> Result<Self> {
        let uri = format!("serial:{}{settings}", port.display());
        let bridge = Bridge::start(&Settings::with_printers([("till", uri)])).await?;
        let site = Arc::new(Site::new(ORIGIN)?);
        bridge.trust(&site, &[]).await?;
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        let events = client.notifications().context("notifications")?;
        let topics = json!({ "topics": ["jobs"] });
        client.call(Method::EventsSubscribe, &topics, false).await?;
        Ok(Self {
            bridge,
            client,
            events,
        })
    }

    async fn submit(&self, octets: &[u8]) -> Result<String> {
        let submitted = self.client.submit("till", octets).await?;
        Ok(submitted.job_id.to_string())
    }

    /// The first event of this job that is wanted.
    async fn event(&mut self, job: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut seen = Vec::new();
        let found = async {
            while let Some(message) = self.events.recv().await {
                let event = message["params"]["event"].clone();
                if event["job_id"] == job && wanted(&event) {
                    return Some(event);
                }
                seen.push(event);
            }
            None
        };
        let found = tokio::time::timeout(DEADLINE, found).await.ok().flatten();
        found.with_context(|| format!("the event did not come, but {seen:#?}"))
    }

    async fn state(&mut self, job: &str, state: &str) -> Result<Value> {
        self.event(job, |event| event["state"] == state).await
    }
}

/// A port in a folder of its own.
fn port() -> Result<(TempDir, PathBuf)> {
    let folder = TempDir::new()?;
    let port = folder.path().join("line");
    Ok((folder, port))
}

/// A device of which each octet is the test's, and the plug to it.
async fn device(port: &Path) -> Result<(TcpStream, Plug)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let to = listener.local_addr()?.to_string();
    let (plug, accepted) = tokio::join!(Plug::into(port, &to), listener.accept());
    Ok((accepted?.0, plug?))
}

/// Octets in which no two places look alike.
fn pattern(octets: usize) -> Vec<u8> {
    (0..octets)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_on_a_serial_line_arrives_byte_for_byte_through_holds_and_a_slow_drain() -> Result<()>
{
    let (_folder, port) = port()?;
    let (mut device, _plug) = device(&port).await?;
    let settings = "?baud=38400&parity=even&data-bits=8&stop-bits=1&flow=xon-xoff";
    let mut shop = Shop::open(&port, settings).await?;
    // More than everything between agent and device holds.
    let job = pattern(8_000_000);
    let id = shop.submit(&job).await?;
    let mut read = vec![0; 100_000];
    device.read_exact(&mut read).await?;
    device.write_all(XOFF).await?;
    shop.state(&id, "processing-stopped").await?;
    let status = shop.bridge.json(&["status"]).await?;
    let held = format!("serial:{}", port.canonicalize()?.display());
    assert_eq!(status["devices"][0]["device"], held, "{status}");
    device.write_all(XON).await?;
    let mut rest = vec![0; job.len() - read.len()];
    // A little at a time at first: the line drains as slowly as it is read.
    let (slow, fast) = rest.split_at_mut(20_000);
    for few in slow.chunks_mut(50) {
        device.read_exact(few).await?;
        tokio::task::yield_now().await;
    }
    device.read_exact(fast).await?;
    read.extend(rest);
    ensure!(read == job, "the octets differ");
    let told = shop.state(&id, "completed").await?;
    assert_eq!(told["evidence"], "transport");
    let status = shop.bridge.json(&["status"]).await?;
    ensure!(status["devices"].is_null(), "{status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_on_a_serial_line_gives_its_word_and_waits_for_paper() -> Result<()> {
    let receipt = b"\x1b@1 x Flat white  3.80\n\x1dV\x42\x00";
    let emulator = Emulator::start(Options::default()).await?;
    let control = emulator.control();
    let (_folder, port) = port()?;
    let _plug = Plug::into(&port, &emulator.address().to_string()).await?;
    let mut shop = Shop::open(&port, "?baud=115200&flow=xon-xoff").await?;
    let first = shop.submit(receipt).await?;
    let told = shop.state(&first, "completed").await?;
    assert_eq!(told["evidence"], "device");
    control.arm(Fault::PaperOut, When::Now).await?;
    let second = shop.submit(receipt).await?;
    shop.event(&second, |event| {
        event["reasons"].to_string().contains("printer-stopped")
    })
    .await?;
    control.operate(Operation::Heal).await?;
    let told = shop.state(&second, "completed").await?;
    assert_eq!(told["evidence"], "device");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plug_pulled_under_way_interrupts_and_jobs_before_it_wait_for_the_plug() -> Result<()> {
    let (_folder, port) = port()?;
    let (mut first, plug) = device(&port).await?;
    let mut shop = Shop::open(&port, "").await?;
    let torn = shop.submit(&pattern(8_000_000)).await?;
    first.read_exact(&mut [0; 1_000]).await?;
    plug.pull().await?;
    let told = shop.state(&torn, "interrupted").await?;
    ensure!(told.to_string().contains("device-lost"), "{told}");
    let later = shop.submit(b"later\n").await?;
    // Nobody has decided yet what became of the first.
    shop.bridge.verb(&["jobs", "cancel", &torn]).await?;
    shop.event(&later, |event| {
        event["reasons"].to_string().contains("printer-stopped")
    })
    .await?;
    let (mut second, _plug) = device(&port).await?;
    let mut read = [0; 6];
    second.read_exact(&mut read).await?;
    assert_eq!(&read, b"later\n");
    shop.state(&later, "completed").await?;
    Ok(())
}

/// What a scale of a profile is asked, and what it says one after the other.
struct Scale {
    profile: &'static str,
    question: &'static [u8],
    /// A weight of 1.234, one in motion, too much, and the first again.
    answers: [&'static [u8]; 4],
}

const SCALES: [Scale; 5] = [
    Scale {
        profile: "mt-sics",
        question: b"SI\r\n",
        answers: [
            b"S S      1.234 kg\r\n",
            b"S D      2.500 kg\r\n",
            b"S +\r\n",
            b"S S      1.234 kg\r\n",
        ],
    },
    Scale {
        profile: "toledo-8217",
        question: b"W",
        answers: [b"\x0201.234\r", b"\x02?A\r", b"\x02?B\r", b"\x0201.234\r"],
    },
    Scale {
        profile: "nci",
        question: b"W\r",
        answers: [
            b"\n01.234kg\r\n00\r\x03",
            b"\n02.500kg\r\n10\r\x03",
            b"\n02\r\x03",
            b"\n01.234kg\r\n00\r\x03",
        ],
    },
    Scale {
        profile: "sma",
        question: b"\nW\r",
        answers: [
            b"\n 1G        1.234kg \r",
            b"\n 1GM       2.500kg \r",
            b"\nO1G        9.999kg \r",
            b"\n 1G        1.234kg \r",
        ],
    },
    Scale {
        profile: "and-standard",
        question: b"Q\r\n",
        answers: [
            b"ST,GS,+  1.234kg\r\n",
            b"US,GS,+  2.500kg\r\n",
            b"OL,GS,+ 99.999kg\r\n",
            b"ST,GS,+  1.234kg\r\n",
        ],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn a_scale_of_each_profile_is_one_stream_of_weights() -> Result<()> {
    for scale in SCALES {
        let (_folder, port) = port()?;
        let (mut device, plug) = device(&port).await?;
        let name = format!("serial:{}", port.display());
        let bridge = Bridge::start(&Settings::default()).await?;
        let site = Arc::new(Site::new(ORIGIN)?);
        bridge.trust(&site, &["--device", &name]).await?;
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        let mut told = client.notifications().context("notifications")?;
        let open = json!({ "device": name, "scale": { "profile": scale.profile } });
        client.call(Method::DevicesOpen, &open, true).await?;
        let at_rest = json!({
            "type": "weight", "weight": "1.234", "unit": "kg",
            "stable": true, "zero": false, "tare": false,
        });
        for (at, answer) in scale.answers.into_iter().enumerate() {
            let mut asked = vec![0; scale.question.len()];
            tokio::time::timeout(DEADLINE, device.read_exact(&mut asked)).await??;
            assert_eq!(asked, scale.question, "{}", scale.profile);
            device.write_all(answer).await?;
            let message = tokio::time::timeout(DEADLINE, told.recv()).await?;
            let event = message.context("the connection ended")?["params"]["event"].clone();
            match at {
                1 => ensure!(
                    event["stable"] == false || event["type"] == "no-weight",
                    "{}: {event}",
                    scale.profile
                ),
                2 => assert_eq!(event["problem"], "over-range", "{}", scale.profile),
                _ => assert_eq!(event, at_rest, "{}", scale.profile),
            }
        }
        plug.pull().await?;
        let message = tokio::time::timeout(DEADLINE, told.recv()).await?;
        let event = message.context("the connection ended")?["params"]["event"].clone();
        assert_eq!(event["type"], "lost", "{}: {event}", scale.profile);
    }
    Ok(())
}
