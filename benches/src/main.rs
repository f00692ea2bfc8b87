//! Measures the real `platen` binary beside a floor measured in the same run.
//!
//! Timings of a shared machine mean little alone; the table therefore gives
//! each beside what the disk and the loopback cost without us. `--write` puts
//! the table into `benches/README.md`.

mod evidence;
mod floor;
mod process;
mod report;
mod runs;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use report::Report;

/// Benchmarks of the real binary.
#[derive(Debug, Parser)]
struct Arguments {
    /// Sequential jobs for the latency rows.
    #[arg(long, default_value_t = 1_000)]
    sequential: usize,
    /// Jobs of each of the 8 connections.
    #[arg(long, default_value_t = 2_000)]
    parallel: usize,
    /// Write the table into benches/README.md.
    #[arg(long)]
    write: bool,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut report = Report::default();

    report.note("measuring the floor");
    floor::measure(&mut report, arguments.sequential).await?;
    report.note("starting and resting");
    runs::start_and_rest(&mut report).await?;
    for tls in [true, false] {
        report.note(if tls {
            "sequential jobs over wss"
        } else {
            "sequential jobs over ws"
        });
        runs::sequential(&mut report, arguments.sequential, tls).await?;
    }
    report.note("sequential jobs to a printer that answers");
    evidence::answering(&mut report, arguments.sequential).await?;
    report.note("8 connections at once");
    runs::parallel(&mut report, arguments.parallel).await?;
    report.note("5 MB jobs");
    runs::large(&mut report).await?;
    runs::sizes(&mut report)?;

    println!("{}", report.table());
    if arguments.write {
        let readme = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
        report.write_into(&readme)?;
        eprintln!("written to {}", readme.display());
    }
    Ok(())
}
