//! Attacks T21 and T28 of SECURITY.md against the real agent: commands hidden
//! in what a page prints, and jobs that never end.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{Client, submit_params};
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};

const DRAWER: &[u8] = b"\x1bp\x00\x19\xfa";

/// Of `platen trust add`: printing, and commands that do more.
const COMMANDS: &[&str] = &["--capability", "printers,print,status,jobs,raw-commands"];

/// An agent with a printer that takes everything, and a site.
struct Shop {
    bridge: Bridge,
    site: Arc<Site>,
    sink: Sink,
}

impl Shop {
    async fn open(more: &str, trust: &[&str]) -> Result<Self> {
        let sink = Sink::start().await?;
        let mut settings = Settings::with_printers([("till", sink.uri())]);
        settings.more = more.to_owned();
        let bridge = Bridge::start(&settings).await?;
        let site = Arc::new(Site::new("https://pos.example")?);
        bridge.trust(&site, trust).await?;
        Ok(Self { bridge, site, sink })
    }

    async fn client(&self) -> Result<Client> {
        Client::connect(self.bridge.ports.ws, None, &self.site).await
    }

    /// The job that arrived as number `n`, without the status questions
    /// (`DLE EOT`) that the agent itself asks before it.
    fn printed(&self, n: usize) -> Vec<u8> {
        let octets = &self.sink.arrivals()[n].octets;
        let mut job = octets.as_slice();
        while let [0x10, 0x04, _, rest @ ..] = job {
            job = rest;
        }
        job.to_vec()
    }

    /// Nothing of what was refused is in a queue or on paper: the next job is
    /// the first that arrives, and the only one there is.
    async fn assert_only_this_is_printed(&self, client: &Client, octets: &[u8]) -> Result<()> {
        client.submit("till", octets).await?;
        self.sink.wait_for(1).await;
        assert_eq!(self.printed(0), octets);
        let listed = client.call(Method::JobsList, &json!({}), false).await?;
        let jobs = listed["jobs"].as_array().context("a list of jobs")?;
        ensure!(jobs.len() == 1, "{listed}");
        Ok(())
    }
}

/// A job that must be refused, with its code and message.
async fn refused(client: &Client, octets: &[u8]) -> Result<String> {
    match client.submit("till", octets).await {
        Ok(submitted) => anyhow::bail!("accepted as {}", submitted.job_id),
        Err(error) => Ok(error.to_string()),
    }
}

fn text_params(octets: &[u8]) -> Value {
    let mut params = submit_params("till", octets, json!({}));
    params["documents"][0]["format"] = json!("text/plain");
    params
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_a_page_without_the_capability_prints_and_commands_nothing() -> Result<()> {
    let shop = Shop::open("", &[]).await?;
    let client = shop.client().await?;
    for (octets, command) in [
        (DRAWER, "ESC p Generate pulse (drawer) at octet 10"),
        (
            b"\x10\x14\x01\x00\x01",
            "DLE DC4 1 Generate pulse in real time (drawer) at octet 10",
        ),
        (
            b"\x1d(E\x03\x00\x01IN",
            "GS ( E Set user setup commands (settings) at octet 10",
        ),
        (
            b"\x1d(L\x05\x000ACLR",
            "GS ( L 65 Delete all NV graphics data (memory) at octet 10",
        ),
        (b"~JR", "~JR Power on reset (settings) at octet 10"),
        (
            b"^XA^JUF^XZ",
            "^JU Configuration update (settings) at octet 13",
        ),
        (
            b"^XA^ND2,A,192.0.2.7^XZ",
            "^ND Change network settings (network) at octet 13",
        ),
        (
            b"~CC+ +JUF",
            "^CC, ~CC Change caret (settings) at octet 10 and one more such command",
        ),
        (
            b"! U1 setvar \"ip.addr\" \"192.0.2.7\"\r\n",
            "! U1 setvar (settings) at octet 15",
        ),
    ] {
        let job = [b"Customer: ", octets, b"\nThank you\n"].concat();
        let message = refused(&client, &job).await?;
        assert!(message.starts_with("raw-command-refused"), "{message}");
        assert!(message.contains(command), "{message} is not {command}");
    }
    // Behind a picture that claims more octets than come.
    let hidden = [b"\x1dv0\x00\xff\x00\xff\x00".as_slice(), DRAWER].concat();
    let message = refused(&client, &hidden).await?;
    assert!(message.starts_with("raw-command-refused"), "{message}");
    // Octets of a picture are no commands.
    let mut picture = b"\x1b@\x1dv0\x00\x08\x00\x08\x00".to_vec();
    picture.extend_from_slice(DRAWER);
    picture.resize(74, 0);
    picture.extend_from_slice(b"\x1dV\x42\x00");
    shop.assert_only_this_is_printed(&client, &picture).await
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_a_command_cut_in_two_by_documents_is_one_command() -> Result<()> {
    let shop = Shop::open("", &[]).await?;
    let client = shop.client().await?;
    let halves: [&[u8]; 2] = [b"Hello\n\x1b", b"p\x00\x19\xfa"];
    let mut params = submit_params("till", halves[0], json!({}));
    let second = submit_params("till", halves[1], json!({}))["documents"][0].clone();
    params["documents"]
        .as_array_mut()
        .context("documents")?
        .push(second);
    let id = client.fresh_id();
    let mut frames = client.submit_frames(id, &params, halves[0])?;
    let chunk = platen_protocol::chunk::ChunkHeader {
        request: id,
        document: 1,
    };
    let mut frame = chunk.to_octets().to_vec();
    frame.extend_from_slice(halves[1]);
    frames.push(tokio_tungstenite::tungstenite::Message::Binary(
        frame.into(),
    ));
    let answer = client.send(id, frames).await?.await?;
    let error = answer.err().context("a refusal")?;
    assert!(
        error
            .message
            .contains("ESC p Generate pulse (drawer) at octet 6"),
        "{}",
        error.message
    );
    shop.assert_only_this_is_printed(&client, b"Hello\n").await
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_with_the_capability_and_on_the_machine_itself_commands_pass() -> Result<()> {
    let shop = Shop::open("", COMMANDS).await?;
    let client = shop.client().await?;
    shop.assert_only_this_is_printed(&client, DRAWER).await?;
    let file = shop.bridge.state.path().join("drawer.bin");
    std::fs::write(&file, DRAWER)?;
    let file = file.to_str().context("a readable path")?;
    shop.bridge
        .json(&["print", file, "--printer", "till"])
        .await?;
    shop.sink.wait_for(2).await;
    assert_eq!(shop.printed(1), DRAWER);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_text_never_becomes_a_command() -> Result<()> {
    let shop = Shop::open("", &[]).await?;
    let client = shop.client().await?;
    let text = "Kaffee 2,10 €\n\u{1b}p\u{0}\u{19}\u{19} \u{10}\u{14}\u{1}\u{0}\u{1} \u{1d}V\u{0}\n";
    let id = client.fresh_id();
    let frames = client.submit_frames(id, &text_params(text.as_bytes()), text.as_bytes())?;
    let answer = client.send(id, frames).await?.await?;
    answer.map_err(|error| anyhow::anyhow!(error.message))?;
    shop.sink.wait_for(1).await;
    let printed = shop.printed(0);
    // ESC @, ESC R 0 and the text, then the table of the euro sign ...
    assert!(
        printed.starts_with(b"\x1b@\x1bR\x00Kaffee 2,10 \x1c.\x1bt\x13\xd5\n"),
        "{printed:?}"
    );
    // ... and in place of its control characters, marks; then our own cut.
    assert!(
        printed.ends_with(b"?p??? ????? ?V?\n\x1dVB\x00"),
        "{printed:?}"
    );
    // The same from the command line.
    let file = shop.bridge.state.path().join("notes.txt");
    std::fs::write(&file, "notes\n")?;
    let file = file.to_str().context("a readable path")?;
    shop.bridge
        .json(&["print", file, "--printer", "till"])
        .await?;
    shop.sink.wait_for(2).await;
    assert_eq!(shop.printed(1), b"\x1b@\x1bR\x00notes\n\x1dVB\x00");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t28_a_job_without_end_is_refused_and_says_which_bound_it_met() -> Result<()> {
    let shop = Shop::open("", COMMANDS).await?;
    let client = shop.client().await?;
    let looped = b"\x1d:\x1dV\x00\x1d:".to_vec();
    for (octets, bound) in [
        // Feeding without end, cutting without end, also by a macro, a drawer
        // that never closes, a million copies.
        (b"\x1bd\xff".repeat(10_000), "paper_per_job_mm_max"),
        (b"x\n\x1dV\x00".repeat(10_000), "cuts_per_job_max"),
        (
            [looped, b"\x1d^\xff\x00\x00".repeat(100)].concat(),
            "cuts_per_job_max",
        ),
        (DRAWER.repeat(100), "drawer_kicks_per_job_max"),
        (b"^XA^FDx^FS^PQ1000000^XZ".to_vec(), "copies_per_label_max"),
        (b"^XA^PQ10000^XZ".repeat(100), "labels_per_job_max"),
    ] {
        let message = refused(&client, &octets).await?;
        assert!(message.starts_with("limit-exceeded"), "{message}");
        assert!(message.contains(bound), "{message} is not {bound}");
    }
    shop.assert_only_this_is_printed(&client, b"Hello\n").await
}

#[tokio::test(flavor = "multi_thread")]
async fn t28_a_site_that_uses_up_a_budget_is_told_which_and_when_and_others_print() -> Result<()> {
    let limits = "[limits]\njobs_per_minute_max = 3\npaper_per_minute_mm_max = 1000\n\
                  drawer_kicks_per_minute_max = 2\n";
    let shop = Shop::open(limits, COMMANDS).await?;
    let client = shop.client().await?;
    client.submit("till", DRAWER).await?;
    client.submit("till", DRAWER).await?;
    let message = refused(&client, DRAWER).await?;
    assert!(message.starts_with("limit-exceeded"), "{message}");
    assert!(
        message.contains("2 drawer kicks of a minute; try again in"),
        "{message}"
    );
    assert!(
        message.contains("limits.drawer_kicks_per_minute_max"),
        "{message}"
    );
    client.submit("till", b"Hello\n").await?;
    let message = refused(&client, b"Hello\n").await?;
    assert!(
        message.contains("3 jobs of a minute; try again in"),
        "{message}"
    );

    let other = Arc::new(Site::new("https://shop.example")?);
    shop.bridge.trust(&other, &[]).await?;
    let other = Client::connect(shop.bridge.ports.ws, None, &other).await?;
    // 900 mm, and no more of it.
    other.submit("till", b"\x1bd\xf0").await?;
    let message = refused(&other, b"\x1bd\xf0").await?;
    assert!(
        message.contains("1000 mm of paper of a minute"),
        "{message}"
    );
    other.submit("till", b"Hello\n").await?;
    Ok(())
}
