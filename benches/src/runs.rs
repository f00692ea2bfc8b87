//! The runs, each with a fresh agent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{Client, submit_params};
use platen_tests::printer::Sink;
use platen_tests::program;
use platen_tests::site::Site;
use serde_json::json;
use tokio::sync::mpsc;

use crate::process;
use crate::report::{Report, Times, megabytes, ms};

const JOB: [u8; 2_048] = [b'.'; 2_048];

async fn started(sinks: &[(&str, &Sink)]) -> Result<(Bridge, Arc<Site>, u32)> {
    let settings = Settings::with_printers(sinks.iter().map(|(id, sink)| (*id, sink.uri())));
    let bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new("https://pos.example")?);
    bridge.trust(&site, &[]).await?;
    let pid = bridge.pid().context("a running agent")?;
    Ok((bridge, site, pid))
}

/// Start to listening, first and warm, and memory at rest.
pub(crate) async fn start_and_rest(report: &mut Report) -> Result<()> {
    let sink = Sink::start().await?;
    let begun = Instant::now();
    let (mut bridge, ..) = started(&[("till", &sink)]).await?;
    let first = begun.elapsed();
    report.row(
        "first start (with key making) to listening and trusted",
        format!("{} ms", first.as_millis()),
        "<= 300 ms",
        Some(first <= Duration::from_millis(300)),
    );
    let mut warm = Times::new()?;
    for _ in 0..10 {
        bridge.stop().await?;
        let begun = Instant::now();
        bridge.run().await?;
        warm.add(begun.elapsed());
    }
    let median = warm.at(50.0);
    report.row(
        "warm start to listening, median of 10",
        format!("{} ms", ms(median)),
        "<= 50 ms",
        Some(median <= 50_000),
    );
    let pid = bridge.pid().context("a running agent")?;
    let idle = process::resident(pid)?;
    report.row(
        "resident memory, idle",
        megabytes(idle),
        "<= 12 MB",
        Some(idle <= 12_000_000),
    );
    Ok(())
}

/// Sequential signed 2 KB jobs: submit to promise, submit to first octet.
pub(crate) async fn sequential(report: &mut Report, count: usize, tls: bool) -> Result<()> {
    let (first_octets, mut seen) = mpsc::unbounded_channel();
    let sink = Sink::with_first_octets(Some(first_octets)).await?;
    let (bridge, site, pid) = started(&[("till", &sink)]).await?;
    let ca = bridge.tls_ca().await?;
    let (port, ca) = if tls {
        (bridge.ports.wss, Some(ca.as_str()))
    } else {
        (bridge.ports.ws, None)
    };
    let client = Client::connect(port, ca, &site).await?;
    let mut promises = Times::new()?;
    let mut octets = Times::new()?;
    let cpu = process::cpu_us(pid)?;
    for n in 0..count {
        // Signing is the site's business; the clock starts at the submit.
        let id = client.fresh_id();
        let frames = client.submit_frames(id, &submit_params("till", &JOB, json!({})), &JOB)?;
        let begun = Instant::now();
        let answer = client.send(id, frames).await?;
        answer.await?.map_err(|error| anyhow!(error.message))?;
        promises.add(begun.elapsed());
        let arrived = seen.recv().await.context("the first octet")?;
        octets.add(arrived.saturating_duration_since(begun));
        // The next job begins when this one is off the printer.
        sink.wait_for(n + 1).await;
    }
    let cpu = (process::cpu_us(pid)? - cpu) / count as u64;
    let way = if tls { "wss" } else { "ws" };
    let (fsync_p50, fsync_p99) = report.fsync_us;
    report.row(
        format!("{way}: submit to first octet, p50 / p95 / p99"),
        octets.figure(),
        format!(
            "p50 <= {} ms, p99 <= {} ms (fsync + 0.5, + 5)",
            ms(fsync_p50 + 500),
            ms(fsync_p99 + 5_000)
        ),
        Some(octets.at(50.0) <= fsync_p50 + 500 && octets.at(99.0) <= fsync_p99 + 5_000),
    );
    report.row(
        format!("{way}: submit to promise, p50 / p95 / p99"),
        promises.figure(),
        "",
        None,
    );
    report.row(
        format!("{way}: agent's CPU per job"),
        format!("{} ms", ms(cpu)),
        "<= 0.40 ms",
        Some(cpu <= 400),
    );
    Ok(())
}

/// Eight connections at once to two printers.
pub(crate) async fn parallel(report: &mut Report, per_connection: usize) -> Result<()> {
    const CONNECTIONS: usize = 8;
    const WINDOW: usize = 64;
    let sinks = [Sink::start().await?, Sink::start().await?];
    let (bridge, site, pid) = started(&[("till", &sinks[0]), ("kitchen", &sinks[1])]).await?;
    let cpu = process::cpu_us(pid)?;
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for connection in 0..CONNECTIONS {
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        let printer = ["till", "kitchen"][connection % 2];
        tasks.push(tokio::spawn(async move {
            let mut waiting = std::collections::VecDeque::new();
            for _ in 0..per_connection {
                waiting.push_back(client.start_submit(printer, &JOB, json!({})).await?);
                if waiting.len() >= WINDOW
                    && let Some(answer) = waiting.pop_front()
                {
                    answer.await?.map_err(|error| anyhow!(error.message))?;
                }
            }
            for answer in waiting {
                answer.await?.map_err(|error| anyhow!(error.message))?;
            }
            anyhow::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let accepted = begun.elapsed();
    let jobs = CONNECTIONS * per_connection;
    let rate = jobs as f64 / accepted.as_secs_f64();
    report.row(
        format!("8 connections x {per_connection} jobs: accepted per second"),
        format!("{rate:.0}"),
        ">= 2000",
        Some(rate >= 2_000.0),
    );
    for sink in &sinks {
        sink.wait_for(jobs / 2).await;
    }
    let printed = begun.elapsed();
    report.row(
        "the same: printed per second, two printers",
        format!("{:.0}", jobs as f64 / printed.as_secs_f64()),
        "",
        None,
    );
    let cpu = (process::cpu_us(pid)? - cpu) / jobs as u64;
    report.row(
        "the same: agent's CPU per job",
        format!("{} ms", ms(cpu)),
        "<= 0.40 ms",
        Some(cpu <= 400),
    );
    let resident = process::resident(pid)?;
    report.row(
        format!("resident memory after {jobs} jobs"),
        megabytes(resident),
        "<= 20 MB",
        Some(resident <= 20_000_000),
    );
    Ok(())
}

/// Ten jobs of 5 MB, one after the other.
pub(crate) async fn large(report: &mut Report) -> Result<()> {
    let sink = Sink::start().await?;
    let (bridge, site, pid) = started(&[("till", &sink)]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let job = vec![b'.'; 5_000_000];
    for n in 0..10 {
        client.submit("till", &job).await?;
        sink.wait_for(n + 1).await;
        sink.forget();
    }
    let peak = process::resident_peak(pid)?;
    report.row(
        "peak resident memory with 5 MB jobs",
        megabytes(peak),
        "<= 40 MB",
        Some(peak <= 40_000_000),
    );
    Ok(())
}

/// Sizes of what is shipped.
pub(crate) fn sizes(report: &mut Report) -> Result<()> {
    let octets = std::fs::metadata(program::built("platen", "PLATEN_BIN")?)?.len();
    report.row(
        "release binary, stripped",
        megabytes(octets),
        "<= 15 MB",
        Some(octets <= 15_000_000),
    );
    if let Some(octets) = std::env::var("PLATEN_SDK_OCTETS")
        .ok()
        .and_then(|text| text.parse::<u64>().ok())
    {
        report.row(
            "SDK, minified and gzipped",
            format!("{}.{} kB", octets / 1_000, octets % 1_000 / 100),
            "<= 12 kB",
            Some(octets <= 12_000),
        );
    }
    Ok(())
}
