//! A long day: jobs without end, pages that come and go, and an agent whose
//! memory and files stay as they were.
//!
//! `PLATEN_SOAK_JOBS` sets how many jobs (default 6,000; the promise is
//! measured with 100,000). What is measured at each tenth is printed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, ensure};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::json;
use tokio::task::JoinSet;

const PRINTERS: [&str; 2] = ["till", "kitchen"];
const PAGES: u64 = 4;
/// A page is loaded anew after this many jobs.
const JOBS_PER_PAGE: u64 = 40;
/// One job in this many is a picture.
const PICTURE_ONE_IN: u64 = 25;
const TENTHS: u64 = 10;
/// By then everything that is kept has been filled.
const FULL_TENTH: usize = 3;
/// What the allocator may keep beyond that.
const RESIDENT_GROWTH_MAX: u64 = 4 * 1024 * 1024;
/// Small enough to be full by [`FULL_TENTH`], also in a short run.
const BOUNDS: &str = "[limits]\nhistory_jobs_max = 1000\nfinished_documents_max = 100\n";

/// What the agent takes.
#[derive(Debug, Clone, Copy)]
struct Taken {
    resident: u64,
    files: u64,
}

impl Taken {
    fn now(bridge: &Bridge) -> Result<Self> {
        let pid = bridge.pid().context("the agent runs")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|text| text.trim().strip_suffix("kB"))
            .and_then(|text| text.trim().parse::<u64>().ok())
            .context("the system tells resident memory")?;
        Ok(Self {
            resident: resident * 1024,
            files: octets_below(&bridge.state.path().join("state"))?,
        })
    }
}

fn octets_below(folder: &Path) -> Result<u64> {
    let mut octets = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        octets += if facts.is_dir() {
            octets_below(&entry.path())?
        } else {
            facts.len()
        };
    }
    Ok(octets)
}

/// Loads a page, prints its jobs, looks at them, and leaves.
async fn page(port: u16, site: Arc<Site>, left: Arc<AtomicU64>) -> Result<()> {
    loop {
        let client = Client::connect(port, None, &site).await?;
        let topics = json!({ "topics": ["jobs", "printers"] });
        client.call(Method::EventsSubscribe, &topics, false).await?;
        for _ in 0..JOBS_PER_PAGE {
            let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
            let Ok(number) = taken else {
                return Ok(());
            };
            let octets = if number.is_multiple_of(PICTURE_ONE_IN) {
                200_000
            } else {
                600
            };
            let mut receipt = format!("Receipt {number}\n").into_bytes();
            receipt.resize(octets, b'.');
            let printer = PRINTERS[usize::try_from(number % 2).unwrap_or(0)];
            client.submit(printer, &receipt).await?;
        }
        client.call(Method::JobsList, &json!({}), false).await?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_files_stay_as_they_were() -> Result<()> {
    let jobs = std::env::var("PLATEN_SOAK_JOBS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(6_000_u64);
    let sinks = [Sink::start().await?, Sink::start().await?];
    let mut settings =
        Settings::with_printers(PRINTERS.into_iter().zip(sinks.iter().map(Sink::uri)));
    settings.more = BOUNDS.to_owned();
    let bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;

    // As many for each printer.
    let jobs_per_tenth = jobs / TENTHS / 2 * 2;
    let mut taken = Vec::new();
    for tenth in 1..=TENTHS {
        let left = Arc::new(AtomicU64::new(jobs_per_tenth));
        let mut pages = JoinSet::new();
        for _ in 0..PAGES {
            pages.spawn(page(bridge.ports.ws, Arc::clone(&site), Arc::clone(&left)));
        }
        while let Some(page) = pages.join_next().await {
            page??;
        }
        let printed = tenth * jobs_per_tenth;
        for sink in &sinks {
            sink.wait_for(usize::try_from(printed / 2)?).await;
            sink.forget();
        }
        let now = Taken::now(&bridge)?;
        println!(
            "{printed} jobs: resident {} kB, files {} kB",
            now.resident / 1024,
            now.files / 1024
        );
        taken.push(now);
    }
    let full = taken[FULL_TENTH - 1];
    let end = taken.last().context("ten tenths")?;
    ensure!(
        end.resident <= full.resident + RESIDENT_GROWTH_MAX,
        "memory grew: {full:?} to {end:?}"
    );
    ensure!(
        end.files <= full.files + full.files / 4,
        "files grew: {full:?} to {end:?}"
    );
    Ok(())
}
