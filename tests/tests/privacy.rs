//! T19 and T30 of SECURITY.md against the real agent: what customers and
//! owners keep to themselves is nowhere it should not be, and what strangers
//! write steers nothing that shows it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_bridge::visible::steers;
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::bundle;
use platen_tests::client::{Client, hello, open_socket, request, submit_params};
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const ORIGIN: &str = "https://pos.example";

const DOCUMENT: &str = "seed-document Anna Moeller 4711";
const NAME: &str = "seed-name Anna Moeller";
const KEY: &str = "seed-key-order-0815";
const TOKEN: &str = "seed-token-0123456789abcdef0123456789abcdef";
const PASTED: &str = "seed-pasted-secret";

/// A printer that takes a few octets of each job and then breaks off.
async fn breaking_printer() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("socket://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 16];
            let _ = stream.read(&mut some).await;
            // Data left unread makes this a reset.
            drop(stream);
        }
    });
    Ok(uri)
}

/// Waits until the job has one of the states.
async fn wait_for(bridge: &Bridge, job: &str, states: &[&str]) -> Result<Value> {
    let wait = async {
        loop {
            let detail = bridge.json(&["jobs", "show", job]).await?;
            let state = detail["job"]["state"].as_str().unwrap_or_default();
            if states.contains(&state) {
                return anyhow::Ok(detail);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .with_context(|| format!("{job} does not become one of {states:?}"))?
}

/// A text in which nothing private may be.
struct Shown {
    place: String,
    text: String,
}

/// Everything the agent and its command line say while things go wrong.
#[derive(Default)]
struct Collected(Vec<Shown>);

impl Collected {
    fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push(Shown {
            place: place.into(),
            text: text.into(),
        });
    }

    async fn verb(&mut self, bridge: &Bridge, arguments: &[&str]) -> Result<()> {
        let output = bridge.verb(arguments).await?;
        let place = format!("platen {}", arguments.join(" "));
        self.add(place.clone(), String::from_utf8_lossy(&output.stdout));
        self.add(place, String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Looks for each of `secrets`, as it is, in base64 and as a list of
    /// octets, as `Debug` writes them.
    fn search(&self, secrets: &[String]) {
        for secret in secrets {
            let octets = format!("{:?}", secret.as_bytes());
            let octets = octets.trim_matches(['[', ']']);
            let base64 = STANDARD.encode(secret);
            for form in [secret.as_str(), base64.trim_end_matches('='), octets] {
                for shown in &self.0 {
                    assert!(
                        !shown.text.contains(form),
                        "{form:?} is in {}:\n{}",
                        shown.place,
                        shown.text
                    );
                }
            }
        }
    }
}

/// Lines of the private keys in the state directory, and its secret.
fn private_keys(bridge: &Bridge) -> Result<Vec<String>> {
    let state = bridge.state.path().join("state");
    let mut found = Vec::new();
    let mut folders = vec![state];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.contains("key") {
                continue;
            }
            let octets = std::fs::read(&path)?;
            match String::from_utf8(octets) {
                Ok(text) => found.extend(
                    text.lines()
                        .filter(|line| line.len() >= 16 && !line.starts_with("-----"))
                        .map(str::to_owned),
                ),
                Err(binary) => found.push(STANDARD.encode(binary.as_bytes())),
            }
        }
    }
    ensure!(!found.is_empty(), "the agent has keys");
    Ok(found)
}

/// Sends one text on a fresh session and returns the answer, whatever it is.
async fn answer(client: &Client, id: u32, text: String) -> Result<String> {
    let message = tokio_tungstenite::tungstenite::Message::text(text);
    let answer = client.send(id, vec![message]).await?.await?;
    Ok(format!("{answer:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_what_customers_and_owners_keep_to_themselves_is_nowhere() -> Result<()> {
    let sink = Sink::start().await?;
    let mut settings = Settings::with_printers([
        ("till", sink.uri()),
        ("breaks", breaking_printer().await?),
        ("gone", "socket://127.0.0.1:1".to_owned()),
    ]);
    settings.log = Some("trace".to_owned());
    let token_folder = tempfile::tempdir()?;
    let token_file = token_folder.path().join("token");
    std::fs::write(&token_file, TOKEN)?;
    std::fs::set_permissions(
        &token_file,
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )?;
    settings.more = format!(
        "# {PASTED}\n[metrics]\ntcp = \"127.0.0.1:0\"\ntoken_file = '{}'\n",
        token_file.display()
    );
    let mut bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut collected = Collected::default();

    // Jobs that end well, badly, and not at all.
    let named = |key: &str| json!({ "name": NAME, "idempotency_key": format!("{KEY}-{key}") });
    let document = DOCUMENT.repeat(2_000);
    let done = client
        .submit_with("till", document.as_bytes(), named("done"))
        .await?;
    wait_for(&bridge, done.job_id.as_str(), &["completed"]).await?;
    let broken = client
        .submit_with("breaks", document.as_bytes(), named("broken"))
        .await?;
    let ended = ["interrupted", "aborted", "completed"];
    wait_for(&bridge, broken.job_id.as_str(), &ended).await?;
    let waiting = client
        .submit_with("gone", document.as_bytes(), named("waiting"))
        .await?;
    // Where they belong, the seeds are.
    let states = ["pending", "processing", "processing-stopped"];
    let own = wait_for(&bridge, waiting.job_id.as_str(), &states).await?;
    ensure!(own["job"]["name"] == NAME, "{own}");
    let copy = bridge
        .json(&["jobs", "reprint", done.job_id.as_str()])
        .await?;
    ensure!(copy["job_id"].is_string(), "{copy}");

    // Every refusal a page can bring about with such a text.
    let conflict = client
        .submit_with("till", b"other", named("done"))
        .await
        .expect_err("the same key with other content");
    collected.add("idempotency conflict", format!("{conflict:#}"));
    for (what, params) in [
        (
            "a mistyped name",
            json!({ "name": [NAME], "documents": [] }),
        ),
        ("a priority", json!({ "priority": NAME, "documents": [] })),
        ("a made-up word", json!({ "repeat": NAME, "documents": [] })),
        (
            "a key too long",
            json!({ "idempotency_key": KEY.repeat(20), "documents": [] }),
        ),
        (
            "a printer",
            submit_params(KEY, DOCUMENT.as_bytes(), json!({})),
        ),
        ("a job id", json!({ "job_id": KEY })),
    ] {
        let id = client.fresh_id();
        let text = request(id, Method::JobsSubmit, &params.to_string(), None)?;
        collected.add(what, answer(&client, id, text).await?);
    }
    // Octets that are not those announced.
    let id = client.fresh_id();
    let params = submit_params("till", DOCUMENT.as_bytes(), named("digest"));
    let other = DOCUMENT.replace("Anna", "Anne");
    let frames = client.submit_frames(id, &params, other.as_bytes())?;
    let refused = client.send(id, frames).await?.await?;
    collected.add("a wrong digest", format!("{refused:?}"));
    // A page that is none of ours, and one that talks nonsense.
    let mut stranger = open_socket(bridge.ports.ws, None, Some("https://x.example")).await?;
    hello(&mut stranger).await?;
    let nonsense = format!("{{\"{NAME}\": \"{DOCUMENT}\"");
    futures_util::SinkExt::send(
        &mut stranger,
        tokio_tungstenite::tungstenite::Message::text(nonsense.clone()),
    )
    .await?;
    let told = platen_tests::client::next_json(&mut stranger).await?;
    collected.add("a stranger's answer", told.to_string());

    // What a person asks about the agent, then a crash, and the same after it.
    for _ in 0..2 {
        collected.add("/metrics", bridge.metrics().await?);
        for arguments in [
            &["status"][..],
            &["status", "--json"],
            &["printers"],
            &["doctor"],
            &["doctor", "--json"],
            &["events", "--json"],
            &["config", "show"],
            &["trust", "list", "--json"],
        ] {
            collected.verb(&bridge, arguments).await?;
        }
        for (part, text) in
            bundle::make(&bridge, &format!("{}.tgz", collected.0.len()), &[]).await?
        {
            collected.add(format!("support bundle: {part}"), text);
        }
        bridge.end_by(Signal::ABORT).await?;
        bridge.run().await?;
    }
    bridge.stop().await?;
    for (part, text) in bundle::make(&bridge, "stopped.tgz", &["--with-origins"]).await? {
        collected.add(format!("support bundle without an agent: {part}"), text);
    }
    let log = bridge.log();
    ensure!(
        log.contains(waiting.job_id.as_str()),
        "the log tells of jobs"
    );
    collected.add("the log", log);

    // A secret in the wrong place of the configuration.
    let text = std::fs::read_to_string(bridge.config())?;
    let wrong = text.replace("[metrics]", &format!("[metrics]\ntoken = \"{PASTED}\""));
    std::fs::write(bridge.config(), wrong)?;
    for arguments in [&["config", "check"][..], &["doctor"], &["run"]] {
        collected.verb(&bridge, arguments).await?;
    }

    let told = |shown: &&Shown| shown.text.contains("metrics.token");
    ensure!(
        collected.0.iter().filter(told).count() >= 3,
        "each names the key"
    );

    let mut secrets: Vec<String> = [DOCUMENT, NAME, KEY, TOKEN, PASTED, "Anna Moeller"]
        .map(str::to_owned)
        .into();
    secrets.extend(private_keys(&bridge)?);
    collected.search(&secrets);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_a_crash_leaves_no_core_dump() -> Result<()> {
    // What a machine that collects core dumps would give the agent.
    let hard = getrlimit(Resource::Core).maximum;
    setrlimit(
        Resource::Core,
        Rlimit {
            current: hard,
            maximum: hard,
        },
    )?;
    let sink = Sink::start().await?;
    let mut bridge = Bridge::start(&Settings::with_printers([("till", sink.uri())])).await?;
    let pid = bridge.pid().context("it runs")?;
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits"))?;
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .context("a limit for core dumps")?;
    let values: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(values, ["0", "0"], "{core}");
    let status = bridge.end_by(Signal::ABORT).await?;
    assert!(
        !std::os::unix::process::ExitStatusExt::core_dumped(&status),
        "{status}"
    );
    Ok(())
}

/// Everything that is printed, and nothing in it may steer.
async fn shown(bridge: &Bridge, arguments: &[&str]) -> Result<String> {
    let output = bridge.verb(arguments).await?;
    let text = String::from_utf8([output.stdout, output.stderr].concat())?;
    steers_nothing(&format!("platen {}", arguments.join(" ")), &text);
    Ok(text)
}

fn steers_nothing(place: &str, text: &str) {
    let found = text.chars().find(|c| *c != '\n' && steers(*c));
    assert_eq!(found, None, "in {place}: {text:?}");
}

/// A print service that answers everything with what steers a terminal.
async fn hostile_print_service() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await;
                let answer = "HTTP/1.1 500 \u{1b}[2J\u{9b}31m\u{202e}\r\nContent-Length: 9\r\n\r\n\u{1b}]0;x\u{7}\n\n";
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await;
            });
        }
    });
    Ok(address)
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_what_strangers_write_steers_no_terminal_no_log_and_no_spreadsheet() -> Result<()> {
    const HOSTILE: &str =
        "=cmd|' /C calc'!A0\u{1b}[2J\u{9b}31m\r\n2026 INFO forged\u{202e}gpj\u{2066}\u{e0041}";
    for log_as_json in [false, true] {
        let sink = Sink::start().await?;
        let mut settings =
            Settings::with_printers([("till", sink.uri()), ("breaks", breaking_printer().await?)]);
        settings.log = Some("trace".to_owned());
        settings.log_as_json = log_as_json;
        settings.more = format!(
            "[[printers]]\nid = \"label\"\nname = \"Bar\\u202e\\u2066\\ufeff\"\nuri = 'cups:office'\n\n[cups]\ndiscover = true\nspooler_program = \"/nonexistent/\\u202e\\u2066\"\nserver = '{}'\n",
            hostile_print_service().await?
        );
        let mut bridge = Bridge::start(&settings).await?;
        let site = Arc::new(Site::new(ORIGIN)?);
        bridge.trust(&site, &["--name", "a\u{202e}b"]).await?;
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        let more = |n: u32| json!({ "name": HOSTILE, "idempotency_key": format!("{HOSTILE}{n}") });
        let done = client.submit_with("till", b"x", more(1)).await?;
        wait_for(&bridge, done.job_id.as_str(), &["completed"]).await?;
        let document = HOSTILE.repeat(10_000);
        let broken = client
            .submit_with("breaks", document.as_bytes(), more(2))
            .await?;
        let ended = ["interrupted", "aborted", "completed"];
        wait_for(&bridge, broken.job_id.as_str(), &ended).await?;
        let refused = client.submit_with("label", b"x", more(3)).await?;
        // From the machine itself, where no page has cleaned the name.
        let file = bridge.state.path().join("receipt");
        std::fs::write(&file, "x")?;
        let file = file.to_str().context("a readable path")?;
        shown(
            &bridge,
            &["print", file, "--printer", "till", "--name", HOSTILE],
        )
        .await?;
        // An origin may hold what a browser would never send.
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", bridge.ports.ws)).await?;
        let upgrade = format!(
            "GET / HTTP/1.1\r\nHost: localhost:{}\r\nOrigin: https://a\u{9b}31m\u{202e}.example\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: platen.v1\r\n\r\n",
            bridge.ports.ws
        );
        tokio::io::AsyncWriteExt::write_all(&mut stream, upgrade.as_bytes()).await?;
        let mut answered = [0; 64];
        ensure!(stream.read(&mut answered).await? > 0, "it is answered");
        // The print service has been asked, and has answered in its way.
        let waits = ["processing-stopped", "pending", "interrupted", "aborted"];
        wait_for(&bridge, refused.job_id.as_str(), &waits).await?;

        for arguments in [
            &["status"][..],
            &["printers"],
            &["jobs"],
            &["events"],
            &["doctor"],
            &["trust", "list"],
            &["config", "show"],
            &["jobs", "show", done.job_id.as_str()],
            &["jobs", "show", broken.job_id.as_str()],
            &["jobs", "show", refused.job_id.as_str()],
            &["print", file, "--printer", "no\u{1b}[2J\u{202e}such"],
        ] {
            shown(&bridge, arguments).await?;
            let as_json = [arguments, &["--json"]].concat();
            shown(&bridge, &as_json).await?;
        }
        let story = shown(&bridge, &["jobs", "show", done.job_id.as_str()]).await?;
        ensure!(
            story.contains("=cmd|"),
            "the rest of the name is shown: {story}"
        );
        let csv = shown(&bridge, &["jobs", "--csv"]).await?;
        ensure!(csv.contains("'=cmd|"), "{csv}");
        for cell in csv.split([',', '\n']) {
            let bare = cell.trim_start_matches('"').trim_start();
            let formula = bare.starts_with(['=', '+', '-', '@']);
            assert!(!formula, "{cell:?} in {csv}");
        }
        for (part, text) in bundle::make(&bridge, "bundle.tgz", &["--with-origins"]).await? {
            steers_nothing(&part, &text);
        }
        bridge.stop().await?;
        let log = bridge.log();
        steers_nothing("the log", &log);
        ensure!(
            log.contains("202e"),
            "what was hostile is in the log, made visible: {log}"
        );
        for line in log.lines() {
            let own = if log_as_json {
                serde_json::from_str::<Value>(line).is_ok()
            } else {
                // A time in full comes first: not what a name pretends.
                line.chars().nth(10) == Some('T')
            };
            assert!(own, "no line of the log's own: {line:?}");
        }
    }
    Ok(())
}
