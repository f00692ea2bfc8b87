//! What hangs on a printer: drawer, buzzer, display, each by a call of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use platen_emulator::{Emulator, Operation, Options};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

const ORIGIN: &str = "https://pos.example";
/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// A page of the site, with the events of its jobs.
async fn page(bridge: &Bridge, site: &Arc<Site>) -> Result<(Client, UnboundedReceiver<Value>)> {
    let client = Client::connect(bridge.ports.ws, None, site).await?;
    let events = client.notifications().context("notifications")?;
    let topics = json!({ "topics": ["jobs"] });
    client.call(Method::EventsSubscribe, &topics, false).await?;
    Ok((client, events))
}

/// The event that ended the job.
async fn end_of(events: &mut UnboundedReceiver<Value>, submitted: &Value) -> Result<Value> {
    let found = async {
        while let Some(message) = events.recv().await {
            let event = &message["params"]["event"];
            let is_end = ["completed", "aborted", "canceled", "interrupted"]
                .iter()
                .any(|state| event["state"] == *state);
            if event["job_id"] == submitted["job_id"] && is_end {
                return Some(event.clone());
            }
        }
        None
    };
    let found = tokio::time::timeout(DEADLINE, found).await.ok().flatten();
    found.context("the job did not end")
}

fn settings(uri: &str, status: &str) -> Settings {
    Settings {
        more: format!(
            "[[printers]]\nid = 'till'\nname = 'Till'\nuri = '{uri}'\nstatus = '{status}'\nbuzzer = 'esc-b'\n\
             display = 'esc-pos'\n\n[[printers]]\nid = 'bare'\nname = 'Bare'\nuri = 'virtual:'\n\
             drawer = 'none'\n"
        ),
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawer_opens_for_a_site_that_may_open_it_and_send_no_raw_command() -> Result<()> {
    let emulator = Emulator::start(Options::default()).await?;
    let bridge = Bridge::start(&settings(&emulator.uri(), "auto")).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge
        .trust(&site, &["--capability", "printers,print,jobs,drawer"])
        .await?;
    let (client, mut events) = page(&bridge, &site).await?;
    let asked = json!({ "printer": "till", "idempotency_key": "sale 7" });
    let opened = client.call(Method::DrawerOpen, &asked, true).await?;
    let again = client.call(Method::DrawerOpen, &asked, true).await?;
    assert_eq!(again["job_id"], opened["job_id"]);
    assert_eq!(again["repeated"], true);
    let end = end_of(&mut events, &opened).await?;
    assert_eq!(
        (&end["state"], &end["evidence"]),
        (&json!("completed"), &json!("device"))
    );
    let control = emulator.control();
    let status = control.wait_for(|status| status.drawer_open).await?;
    assert_eq!(status.drawer_kicks, 1);

    let raw = client.submit("till", b"\x1bp\x00\x3c\xf0").await;
    assert!(raw.unwrap_err().to_string().contains("raw-command-refused"));
    let buzzer = json!({ "printer": "till" });
    let refused = client.call(Method::BuzzerSound, &buzzer, true).await;
    assert!(refused.unwrap_err().to_string().contains("not-permitted"));
    let bare = json!({ "printer": "bare" });
    let refused = client.call(Method::DrawerOpen, &bare, true).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("accessory-missing")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawer_that_cannot_open_soon_stays_shut() -> Result<()> {
    let emulator = Emulator::start(Options::default()).await?;
    let control = emulator.control();
    control.operate(Operation::PaperOut).await?;
    let bridge = Bridge::start(&settings(&emulator.uri(), "auto")).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge
        .trust(&site, &["--capability", "printers,print,jobs,drawer"])
        .await?;
    let (client, mut events) = page(&bridge, &site).await?;
    let asked = json!({ "printer": "till", "within_ms": 500 });
    let opened = client.call(Method::DrawerOpen, &asked, true).await?;
    let end = end_of(&mut events, &opened).await?;
    assert_eq!(end["state"], "aborted");
    control.operate(Operation::PaperNew).await?;
    let status = control
        .wait_for(|status| status.paper != platen_emulator::Paper::Out)
        .await?;
    assert_eq!(status.drawer_kicks, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_shows_rows_and_a_buzzer_sounds_byte_for_byte() -> Result<()> {
    let sink = Sink::start().await?;
    let bridge = Bridge::start(&settings(&sink.uri(), "none")).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge
        .trust(&site, &["--capability", "print,display,buzzer"])
        .await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let shown = json!({ "printer": "till", "rows": ["Total", "12,50"] });
    client.call(Method::DisplayShow, &shown, true).await?;
    let sounded = json!({ "printer": "till", "times": 2 });
    client.call(Method::BuzzerSound, &sounded, true).await?;
    sink.wait_for(2).await;
    let arrivals = sink.arrivals();
    assert_eq!(
        arrivals[0].octets,
        b"\x1b@\x1b=\x02\x0c\x1f$\x01\x01\x1bt\x00Total\x1f$\x01\x02\x1bt\x0012,50\x1b=\x01"
    );
    assert_eq!(arrivals[1].octets, b"\x1b@\x1bB\x02\x02");
    Ok(())
}
