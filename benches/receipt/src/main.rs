//! Measures `platen-receipt` beside other libraries that do the same, in one
//! run on one machine.
//!
//! `fixture` is the receipt and the picture that everyone gets, `ours` measures
//! this library, `peers` starts the programs of `peers/` that measure the
//! others, `report` makes the table. What the others need is installed by
//! `cargo xtask bench receipt`, into the target folder.

mod fixture;
mod ours;
mod peers;
mod report;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;

use report::Report;

/// How often everyone is measured, in turn: a machine that others share is slow
/// for seconds at a time.
const ROUNDS: usize = 4;

/// Receipts beside other libraries.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the other libraries are installed.
    #[arg(long)]
    peers: PathBuf,
    /// Write the table into benches/README.md.
    #[arg(long)]
    write: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut report = Report::default();
    fixture::write_into(&arguments.peers)?;
    for _ in 0..ROUNDS {
        ours::measure(&mut report)?;
        peers::measure(&mut report, &arguments.peers)?;
    }
    println!("{}", report.table());
    if arguments.write {
        let readme = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("this package lies in benches/")?
            .join("README.md");
        report.write_into(&readme)?;
        eprintln!("written to {}", readme.display());
    }
    Ok(())
}
