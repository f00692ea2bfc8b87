//! From a page's session through the whole agent and a real cupsd to a
//! printer: octets, evidence, discovery.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::cupsd::Cupsd;
use platen_tests::printer::Sink;
use platen_tests::program;
use platen_tests::site::Site;
use serde_json::{Value, json};

fn settings(cupsd: &Cupsd, discover: bool) -> Result<Settings> {
    let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN")?;
    Ok(Settings {
        more: format!(
            "[cups]\ndiscover = {discover}\nserver = '{}'\nspooler_program = '{}'\n",
            cupsd.socket().display(),
            spooler.display()
        ),
        ..Settings::default()
    })
}

async fn ended(client: &Client, job_id: &str) -> Result<Value> {
    let ended = async {
        loop {
            let job = client
                .call(Method::JobsGet, &json!({ "job_id": job_id }), false)
                .await?;
            if ["completed", "aborted", "canceled", "interrupted"]
                .contains(&job["state"].as_str().unwrap_or(""))
            {
                return anyhow::Ok(job);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), ended)
        .await
        .context("the job does not end")?
}

#[tokio::test(flavor = "multi_thread")]
async fn small_and_large_jobs_pass_a_raw_queue_unchanged_and_the_spooler_is_the_evidence()
-> Result<()> {
    let sink = Sink::start().await?;
    let cupsd = Cupsd::start()?;
    cupsd.add_raw_queue("raw9100", sink.address.port())?;
    let mut settings = settings(&cupsd, false)?;
    settings.printers = Settings::with_printers([("till", "cups:raw9100".to_owned())]).printers;
    let bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let large: Vec<u8> = (0..5_u32 * 1024 * 1024).map(|n| (n % 251) as u8).collect();
    let jobs = [b"\x1b@receipt\n".repeat(200), large];
    for (n, job) in jobs.iter().enumerate() {
        let submitted = client.submit("till", job).await?;
        let job = ended(&client, submitted.job_id.as_str()).await?;
        ensure!(job["state"] == "completed", "{job}: {}", cupsd.log());
        assert_eq!(job["evidence"], "spooler", "{job}");
        sink.wait_for(n + 1).await;
        let story = bridge
            .json(&["jobs", "show", submitted.job_id.as_str()])
            .await?;
        assert!(
            story["spooler_job"].is_number(),
            "the spooler's own id is kept: {story}"
        );
    }
    for (arrived, sent) in sink.arrivals().iter().zip(&jobs) {
        assert!(arrived.octets == *sent, "what arrived is not what was sent");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_of_the_system_are_found_and_a_page_can_print_there() -> Result<()> {
    let sink = Sink::start().await?;
    let cupsd = Cupsd::start()?;
    cupsd.add_raw_queue("office", sink.address.port())?;
    let bridge = Bridge::start(&settings(&cupsd, true)?).await?;
    let site = Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let found = async {
        loop {
            let list = client.call(Method::PrintersList, &json!({}), false).await?;
            let printers = list["printers"].as_array().context("a list")?.clone();
            let office = printers
                .into_iter()
                .find(|printer| printer["printer"] == "cups:office");
            if let Some(office) = office {
                return anyhow::Ok(office);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let office = tokio::time::timeout(Duration::from_secs(60), found).await??;
    assert_eq!(office["evidence"], "spooler", "{office}");
    let submitted = client.submit("cups:office", b"found").await?;
    let job = ended(&client, submitted.job_id.as_str()).await?;
    ensure!(job["state"] == "completed", "{job}: {}", cupsd.log());
    sink.wait_for(1).await;
    assert_eq!(sink.arrivals()[0].octets, b"found");
    Ok(())
}

/// Waits until the page's list of printers shows one with exactly these
/// reasons, all by the print service.
async fn shown(client: &Client, printer: &str, reasons: &[&str]) -> Result<Value> {
    let mut last = Value::Null;
    let shown = async {
        loop {
            let list = client.call(Method::PrintersList, &json!({}), false).await?;
            let printers = list["printers"].as_array().context("a list")?;
            let found = printers.iter().find(|found| found["printer"] == printer);
            last = found.context("the printer")?.clone();
            let sources = last["status"].as_array().context("details")?;
            if last["reasons"] == json!(reasons)
                && sources.iter().all(|detail| detail["source"] == "ipp")
            {
                return anyhow::Ok(last.clone());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(60), shown).await;
    outcome.with_context(|| format!("{reasons:?} is not shown, but {last}"))?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_sees_what_the_print_service_says_of_an_idle_printer() -> Result<()> {
    let mut cupsd = Cupsd::start()?;
    cupsd.add_raw_queue("raw9100", 1)?;
    let mut settings = settings(&cupsd, false)?;
    settings.printers = Settings::with_printers([("till", "cups:raw9100".to_owned())]).printers;
    let bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let idle = shown(&client, "till", &[]).await?;
    assert_eq!(idle["state"], "idle");
    cupsd.command("cupsdisable", &["raw9100"])?;
    let stopped = shown(&client, "till", &["paused"]).await?;
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    cupsd.command("cupsenable", &["raw9100"])?;
    shown(&client, "till", &[]).await?;
    // The print service is gone, which is not a printer that is off.
    cupsd.stop()?;
    let gone = shown(&client, "till", &["spooler-unavailable"]).await?;
    assert_eq!(gone["state"], "stopped", "{gone}");
    cupsd.start_again()?;
    shown(&client, "till", &[]).await?;
    Ok(())
}
