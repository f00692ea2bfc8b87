//! What a printer's own word costs: the same jobs to one that answers.
//!
//! Beside the plain rows, each job asks the printer how it is before its first
//! octet, and is complete when the printer says so. Nothing here has a target:
//! paper takes longer.

use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use platen_emulator::{Emulator, Options};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{Client, submit_params};
use platen_tests::site::Site;
use serde_json::json;

use crate::report::{Report, Times};

/// Octets of the questions before a job: `DLE EOT` 1 to 4.
const BEFORE_OCTETS: u64 = 12;

/// Sequential jobs of 2 KB to a printer that answers.
pub(crate) async fn answering(report: &mut Report, count: usize) -> Result<()> {
    let emulator = Emulator::start(Options {
        // A roll ends after some hundreds of these jobs.
        roll_mm: None,
        ..Options::default()
    })
    .await?;
    let bridge = Bridge::start(&Settings::with_printers([("till", emulator.uri())])).await?;
    let site = std::sync::Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut events = client.notifications().context("notifications")?;
    let topics = json!({ "topics": ["jobs"] });
    client.call(Method::EventsSubscribe, &topics, false).await?;
    let mut job = b"\x1b@".to_vec();
    job.resize(2_047, b'.');
    job.push(b'\n');
    let mut octets = Times::new()?;
    let mut words = Times::new()?;
    // The first finds out what the printer can do, and is not counted.
    for n in 0..=count {
        let before = emulator.status().octets_received;
        let id = client.fresh_id();
        let frames = client.submit_frames(id, &submit_params("till", &job, json!({})), &job)?;
        let begun = Instant::now();
        let answer = client.send(id, frames).await?;
        emulator
            .wait_for(|status| status.octets_received > before + BEFORE_OCTETS)
            .await?;
        let arrived = begun.elapsed();
        answer.await?.map_err(|error| anyhow!(error.message))?;
        loop {
            let message = events.recv().await.context("an event")?;
            let event = &message["params"]["event"];
            if event["state"] == "completed" {
                let evidence = &event["evidence"];
                ensure!(evidence == "device", "completed by {evidence}");
                break;
            }
            let is_under_way = ["pending", "processing"]
                .map(Into::into)
                .contains(&event["state"]);
            ensure!(
                is_under_way || event["type"] != "job-state-changed",
                "not printed: {event}"
            );
        }
        if n > 0 {
            octets.add(arrived);
            words.add(begun.elapsed());
        }
    }
    report.row(
        "ws, a printer that answers: submit to first octet, p50 / p95 / p99",
        octets.figure(),
        "",
        None,
    );
    report.row(
        "ws, a printer that answers: submit to completed (device), p50 / p95 / p99",
        words.figure(),
        "",
        None,
    );
    Ok(())
}
