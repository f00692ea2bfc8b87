//! `kill -9` at random instants under load: nothing accepted is lost, nothing
//! is printed twice, and the history can be read.
//!
//! `PLATEN_KILLS` sets how often (default 25; the promise is measured with
//! 200). The instants come from a seed that is printed; `PLATEN_SEED` replays.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::chance::Random;
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::{Site, now_ms};

const CONNECTIONS: usize = 4;
const PRINTERS: [&str; 2] = ["till", "kitchen"];

/// What was promised: the job's id, by the number inside its octets.
type Promised = Arc<Mutex<HashMap<u64, String>>>;

/// Submits until told to stop; a broken connection ends it.
async fn load(
    port: u16,
    site: Arc<Site>,
    next: Arc<AtomicU64>,
    promised: Promised,
    stop: Arc<AtomicBool>,
) {
    let Ok(client) = Client::connect(port, None, &site).await else {
        return;
    };
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut octets = number.to_be_bytes().to_vec();
        octets.resize(600, b'.');
        let printer = PRINTERS[usize::try_from(number % 2).unwrap_or(0)];
        let Ok(submitted) = client.submit(printer, &octets).await else {
            return;
        };
        promised
            .lock()
            .expect("nobody panics holding it")
            .insert(number, submitted.job_id.as_str().to_owned());
    }
}

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_instant_nothing_accepted_is_lost_and_nothing_is_printed_twice() -> Result<()>
{
    let kills = environment("PLATEN_KILLS", 25);
    let seed = environment("PLATEN_SEED", now_ms());
    println!("PLATEN_SEED={seed} PLATEN_KILLS={kills}");
    let mut random = Random::new(seed);

    let sinks = [Sink::start().await?, Sink::start().await?];
    let settings = Settings::with_printers(PRINTERS.into_iter().zip(sinks.iter().map(Sink::uri)));
    let mut bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;

    let promised: Promised = Arc::default();
    let next = Arc::new(AtomicU64::new(1));
    for _ in 0..kills {
        let stop = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                tokio::spawn(load(
                    bridge.ports.ws,
                    Arc::clone(&site),
                    Arc::clone(&next),
                    Arc::clone(&promised),
                    Arc::clone(&stop),
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_micros(5_000 + random.below(200_000))).await;
        bridge.kill().await?;
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await?;
        }
        bridge.run().await?;
    }

    // Let everything that can print, print: then all is terminal or a decision.
    let mut jobs: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..600 {
        jobs = list_all(&bridge).await?;
        if !jobs
            .values()
            .any(|state| state == "pending" || state == "processing")
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let promised = promised.lock().expect("nobody panics holding it").clone();
    let mut printed: HashMap<u64, u32> = HashMap::new();
    for sink in &sinks {
        for arrival in sink.arrivals() {
            // A job cut short by the kill has no end; it counts as begun.
            if let Some(number) = arrival.octets.first_chunk::<8>() {
                *printed.entry(u64::from_be_bytes(*number)).or_default() += 1;
            }
        }
    }
    let twice: Vec<_> = printed.iter().filter(|(_, times)| **times > 1).collect();
    ensure!(twice.is_empty(), "printed twice: {twice:?}");
    let mut interrupted = BTreeSet::new();
    for (number, job_id) in &promised {
        let state = jobs
            .get(job_id)
            .with_context(|| format!("job {number} was lost"))?;
        match state.as_str() {
            "completed" => {
                ensure!(
                    printed.contains_key(number),
                    "job {number} is completed without paper"
                );
            }
            "interrupted" => {
                interrupted.insert(*number);
            }
            other => anyhow::bail!("job {number} ended as {other}"),
        }
    }
    for job_id in promised.values().take(20) {
        let story = bridge.json(&["jobs", "show", job_id]).await?;
        ensure!(
            story["history"]
                .as_array()
                .is_some_and(|rows| rows.len() >= 2),
            "{story}"
        );
    }
    println!(
        "{} promised, {} printed, {} interrupted, 0 lost, 0 doubled in {kills} kills",
        promised.len(),
        printed.len(),
        interrupted.len()
    );
    ensure!(
        promised.len() as u64 >= kills,
        "too little load to mean anything"
    );
    Ok(())
}

/// Every job's state, by id.
async fn list_all(bridge: &Bridge) -> Result<BTreeMap<String, String>> {
    let listed = bridge.json(&["jobs", "list", "--limit", "1000000"]).await?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    listed
        .as_array()
        .context("a list of jobs")?
        .iter()
        .map(|job| {
            let job = &job["job"];
            Some((text(&job["job_id"])?, text(&job["state"])?))
        })
        .collect::<Option<_>>()
        .context("jobs with id and state")
}
