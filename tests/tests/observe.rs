//! What a person and a monitor are told: every metric moves, a job tells its
//! story, doctor explains a stuck printer, a support bundle is made whether an
//! agent runs or not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::bundle;
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};

const ORIGIN: &str = "https://pos.example";

async fn start(printers: &[(&str, String)]) -> Result<(Bridge, Arc<Site>)> {
    let settings = Settings::with_printers(printers.iter().cloned());
    let bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    Ok((bridge, site))
}

/// Samples by name and labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
        .collect()
}

/// Reads the metrics until `holds`.
async fn metrics_when(
    bridge: &Bridge,
    holds: impl Fn(&BTreeMap<String, f64>) -> bool,
) -> Result<BTreeMap<String, f64>> {
    let wait = async {
        loop {
            let samples = samples(&bridge.metrics().await?);
            if holds(&samples) {
                return anyhow::Ok(samples);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(30), wait).await {
        Ok(found) => found,
        Err(_) => anyhow::bail!("the metrics stay\n{}", bridge.metrics().await?),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_moves_and_no_page_can_make_up_a_label() -> Result<()> {
    let sink = Sink::start().await?;
    let (bridge, site) = start(&[("till", sink.uri()), ("kitchen", sink.uri())]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    client.submit("till", &[7; 2_048]).await?;
    sink.wait_for(1).await;
    let done = r#"platen_jobs_finished_total{state="completed",evidence="transport",code="none"}"#;
    let seen = metrics_when(&bridge, |samples| samples.get(done) == Some(&1.0)).await?;
    for (name, least) in [
        ("platen_documents_accepted_octets_total", 2_048.0),
        ("platen_documents_sent_octets_total", 2_048.0),
        (r#"platen_delivery_attempts_total{printer="till"}"#, 1.0),
        ("platen_submit_to_first_octet_seconds_count", 1.0),
        ("platen_submit_to_done_seconds_count", 1.0),
        ("platen_store_commit_seconds_count", 1.0),
        ("platen_connections", 1.0),
        ("platen_connections_accepted_total", 1.0),
        ("platen_sessions", 1.0),
        ("platen_sessions_opened_total", 1.0),
        (r#"platen_printer_state{printer="till",state="idle"}"#, 1.0),
        ("platen_process_resident_memory_bytes", 1.0),
    ] {
        let value = seen.get(name).copied().unwrap_or(-1.0);
        assert!(value >= least, "{name} is {value}");
    }

    // A job that waits: depth, age and reason of its printer.
    bridge.json(&["pause", "kitchen"]).await?;
    client.submit("kitchen", b"soup").await?;
    let age = r#"platen_oldest_job_age_seconds{printer="kitchen"}"#;
    let seen = metrics_when(&bridge, |samples| {
        samples.get(age).is_some_and(|age| *age > 0.0)
    })
    .await?;
    for name in [
        r#"platen_queue_depth{printer="kitchen"}"#,
        r#"platen_jobs{state="pending"}"#,
        r#"platen_printer_state{printer="kitchen",state="stopped"}"#,
        r#"platen_printer_reason{printer="kitchen",reason="paused"}"#,
    ] {
        assert_eq!(seen.get(name), Some(&1.0), "{name} in {seen:?}");
    }

    // Whatever a page makes up: codes count, words do not become labels.
    for n in 0..20 {
        let made_up = format!("made-up-{n}");
        let more = json!({ "name": made_up, "idempotency_key": made_up, "repeat": "safe" });
        client.submit_with("till", b"x", more).await?;
        assert!(client.submit(&made_up, b"x").await.is_err());
        let params = json!({ "job_id": made_up });
        assert!(client.call(Method::JobsGet, &params, false).await.is_err());
    }
    let refused = r#"platen_refusals_total{code="job-not-found"}"#;
    let seen = metrics_when(&bridge, |samples| samples.get(refused) == Some(&20.0)).await?;
    assert!(
        seen.keys().all(|name| !name.contains("made-up")),
        "{seen:?}"
    );
    assert!(seen.len() < 200, "{} samples", seen.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_tells_its_story_and_what_can_be_done() -> Result<()> {
    let sink = Sink::start().await?;
    let (bridge, site) = start(&[("till", sink.uri())]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    bridge.json(&["pause", "till"]).await?;
    let more = json!({ "name": "Table 7" });
    let job = client.submit_with("till", b"soup", more).await?;
    let id = job.job_id.as_str();
    let shown = bridge.verb(&["jobs", "show", id]).await?;
    let story = String::from_utf8(shown.stdout)?;
    for part in [
        "Table 7",
        ORIGIN,
        "accepted, safely stored",
        "Now it waits for the printer till: paused (by somebody here, since",
        "platen resume till",
        &format!("platen jobs cancel {id}"),
    ] {
        assert!(story.contains(part), "no {part:?} in\n{story}");
    }
    let value = bridge.json(&["jobs", "show", id]).await?;
    assert_eq!(value["waits_for"]["for"], "printer", "{value}");
    assert_eq!(value["waits_for"]["reasons"][0]["source"], "operator");

    let doctor = bridge.verb(&["doctor", "--json"]).await?;
    let checks: Vec<Value> = serde_json::from_slice(&doctor.stdout)?;
    let check = checks
        .iter()
        .find(|check| check["name"] == "printer till")
        .context("a check of the printer")?;
    let what = check["what"].as_str().unwrap_or_default();
    for part in [
        "stopped since",
        "paused (by somebody here",
        "answers",
        &format!("first in line is job {id} from {ORIGIN}"),
    ] {
        assert!(what.contains(part), "no {part:?} in {what}");
    }
    assert_eq!(check["next"], "`platen resume till`");

    bridge.json(&["resume", "till"]).await?;
    sink.wait_for(1).await;
    metrics_when(&bridge, |samples| {
        samples.get(r#"platen_queue_depth{printer="till"}"#) == Some(&0.0)
    })
    .await?;
    let story = String::from_utf8(bridge.verb(&["jobs", "show", id]).await?.stdout)?;
    assert!(story.contains("attempt 1 began"), "{story}");
    assert!(story.contains("evidence transport"), "{story}");
    assert!(!story.contains("waits for"), "{story}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_support_bundle_is_made_with_and_without_an_agent() -> Result<()> {
    let sink = Sink::start().await?;
    let (mut bridge, site) = start(&[("till", sink.uri())]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let job = client.submit("till", b"soup").await?;
    sink.wait_for(1).await;
    let running = bundle::make(&bridge, "running.tar.gz", &[]).await?;
    let names: Vec<&str> = running.keys().map(String::as_str).collect();
    let expected = [
        "README.txt",
        "config.toml",
        "doctor.txt",
        "history.json",
        "jobs.json",
        "log.txt",
        "machine.json",
        "metrics.txt",
        "printers.json",
        "status.json",
        "store.json",
    ];
    assert_eq!(names, expected);
    assert!(running["metrics.txt"].contains("platen_jobs"));
    assert!(running["jobs.json"].contains(job.job_id.as_str()));
    // The site is there, by another name.
    assert!(running["jobs.json"].contains("site-1"));
    assert!(running.values().all(|text| !text.contains("pos.example")));
    let named = bundle::make(&bridge, "named.tar.gz", &["--with-origins"]).await?;
    assert!(named["jobs.json"].contains(ORIGIN));

    bridge.stop().await?;
    let stopped = bundle::make(&bridge, "stopped.tar.gz", &[]).await?;
    assert!(stopped["status.json"].contains("no agent runs"));
    assert!(stopped["history.json"].contains(job.job_id.as_str()));
    assert!(stopped["store.json"].contains("\"check\": \"ok\""));

    // Never over another file.
    let again = bundle::make(&bridge, "stopped.tar.gz", &[]).await;
    assert!(again.is_err());
    Ok(())
}
