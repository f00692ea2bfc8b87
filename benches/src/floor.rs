//! What the machine costs without us: one fsync, one loopback write, one
//! signature.

use std::io::Write as _;
use std::time::Instant;

use anyhow::Result;
use platen_tests::site::Site;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::report::{Report, Times, ms};
use platen_tests::printer::Sink;

/// What a durable write of a small job costs at least: 2 KB appended, fsynced.
fn fsync(times: &mut Times, count: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut file = std::fs::File::create(folder.path().join("floor"))?;
    let block = [7; 2_048];
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.add(begun.elapsed());
    }
    Ok(())
}

pub(crate) async fn measure(report: &mut Report, count: usize) -> Result<()> {
    let mut fsyncs = Times::new()?;
    tokio::task::block_in_place(|| fsync(&mut fsyncs, count))?;
    report.fsync_us = (fsyncs.at(50.0), fsyncs.at(99.0));
    report.row(
        "floor: append 2 KB and fsync, p50 / p95 / p99",
        fsyncs.figure(),
        "",
        None,
    );

    let (first_octets, mut seen) = mpsc::unbounded_channel();
    let sink = Sink::with_first_octets(Some(first_octets)).await?;
    let mut writes = Times::new()?;
    for _ in 0..count {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(sink.address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(&[7; 2_048]).await?;
        drop(stream);
        if let Some(arrived) = seen.recv().await {
            writes.add(arrived.duration_since(begun));
        }
    }
    report.row(
        "floor: connect and write 2 KB to the printer",
        writes.figure(),
        "",
        None,
    );

    let site = Site::new("https://pos.example")?;
    let mut signatures = Times::new()?;
    for _ in 0..count.min(200) {
        let begun = Instant::now();
        site.sign_text("statement".repeat(40))?;
        signatures.add(begun.elapsed());
    }
    report.row(
        "floor: the site's own signature (P-256)",
        format!("{} ms", ms(signatures.at(50.0))),
        "",
        None,
    );
    Ok(())
}
