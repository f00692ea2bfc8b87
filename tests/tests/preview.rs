//! `jobs.preview` against the real agent: the dots that would print, and
//! nothing left behind.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{Client, submit_params};
use platen_tests::site::Site;
use serde_json::{Value, json};

const RECEIPT: &[u8] =
    b"\x1b@\x1ba\x01\x1d!\x11Caf\x82 Sol\n\x1d!\x00Flat white  3.80\n\x1dk\x49\x07{B12345\x1dV\x00";

struct Shop {
    bridge: Bridge,
    client: Client,
}

impl Shop {
    async fn open(more: &str) -> Result<Self> {
        let mut settings = Settings::with_printers([("till", "virtual:".to_owned())]);
        // Where it can be looked at from here.
        settings.more = format!("[virtual]\nfolder = 'printed'\n{more}");
        let bridge = Bridge::start(&settings).await?;
        let site = Arc::new(Site::new("https://pos.example")?);
        bridge.trust(&site, &[]).await?;
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        Ok(Self { bridge, client })
    }

    async fn preview(&self, octets: &[u8], more: Value) -> Result<Value> {
        self.client
            .call_with_document(
                Method::JobsPreview,
                &submit_params("till", octets, more),
                octets,
            )
            .await
    }
}

/// What the built-in printer has printed: its PNG files.
fn printed(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "png"));
    files.sort();
    let read = |file| std::fs::read(file).context("a picture");
    files.iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_dot_for_dot_what_is_printed_and_leaves_nothing_behind() -> Result<()> {
    let shop = Shop::open("").await?;
    let folder = shop.bridge.state.path().join("printed");
    let shown = shop.preview(RECEIPT, json!({ "form": "png" })).await?;
    let png = STANDARD.decode(shown["content"].as_str().context("a picture")?)?;
    let listed = shop
        .client
        .call(Method::JobsList, &json!({}), false)
        .await?;
    assert_eq!(listed, json!({ "jobs": [] }));
    assert_eq!(printed(&folder)?, Vec::<Vec<u8>>::new());
    assert_eq!(shop.bridge.json(&["jobs", "list"]).await?, json!([]));

    let mut events = shop.client.notifications().context("notifications")?;
    let topics = json!({ "topics": ["jobs"] });
    shop.client
        .call(Method::EventsSubscribe, &topics, false)
        .await?;
    shop.client.submit("till", RECEIPT).await?;
    while let Some(event) = events.recv().await {
        if event["params"]["event"]["state"] == "completed" {
            break;
        }
    }
    assert_eq!(printed(&folder)?, [png]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_text_or_a_picture_for_the_printers_model_or_the_one_asked_for() -> Result<()>
{
    let narrow = "[[printers]]\nname = 'narrow'\nuri = 'virtual:narrow'\nprofile = 'NT-5890K'\n";
    let shop = Shop::open(narrow).await?;
    let text = shop.preview(RECEIPT, json!({ "form": "text" })).await?;
    assert_eq!(
        text["facts"]["lines"],
        json!(["Café Sol", "Flat white  3.80"])
    );
    assert_eq!(text["facts"]["barcodes"][0]["data"], "12345");
    assert_eq!(
        (&text["width_dots"], &text["profile"]),
        (&json!(576), &json!("default"))
    );
    let content = text["content"].as_str().context("text")?;
    ensure!(content.contains("Flat white  3.80\n"), "{content}");
    let configured = json!({ "form": "text", "printer": "narrow" });
    let text = shop.preview(RECEIPT, configured).await?;
    assert_eq!(
        (&text["width_dots"], &text["profile"]),
        (&json!(384), &json!("NT-5890K"))
    );
    let narrow = json!({ "form": "svg", "profile": "pos-5890" });
    let svg = shop.preview(RECEIPT, narrow).await?;
    assert_eq!(
        (&svg["width_dots"], &svg["profile"]),
        (&json!(384), &json!("POS-5890"))
    );
    let content = svg["content"].as_str().context("a picture")?;
    ensure!(content.starts_with("<svg xmlns="), "{content}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_printed_is_not_shown() -> Result<()> {
    let shop =
        Shop::open("[limits]\npreview_octets_max = 1000\npreviews_per_minute_max = 3\n").await?;
    let text = json!({ "form": "text" });
    for (octets, more, code) in [
        (b"x".repeat(1001), text.clone(), "document-too-large"),
        (
            b"\x1bp\x00\x19\xfa".to_vec(),
            text.clone(),
            "raw-command-refused",
        ),
        (b"\x1bd\xff".repeat(200), text.clone(), ""),
        (
            RECEIPT.to_vec(),
            json!({ "form": "text", "printer": "cellar" }),
            "printer-not-found",
        ),
        (
            RECEIPT.to_vec(),
            json!({ "form": "text", "profile": "none" }),
            "invalid-params",
        ),
        (RECEIPT.to_vec(), json!({ "form": "pdf" }), "invalid-params"),
        (RECEIPT.to_vec(), text.clone(), ""),
        (RECEIPT.to_vec(), text.clone(), "limit-exceeded"),
    ] {
        let answer = shop.preview(&octets, more).await;
        let said = answer
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        let fits = if code.is_empty() {
            said.is_empty()
        } else {
            said.starts_with(code)
        };
        ensure!(fits, "{code}: {said}");
    }
    Ok(())
}
