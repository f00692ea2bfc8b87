//! Every fault of the emulator, at every moment of a job, on every way to a
//! printer: what the agent says became of the job, and what is on paper.
//!
//! The promises are asserted for each cell by itself; the table of what
//! happens is `docs/fault-matrix.md`, which fails when it is stale
//! (`PLATEN_UPDATE=1` renews it). `PLATEN_FAULT_CELLS=cups-reset` runs the cells
//! with that in their name, prints them, and leaves the table alone. `cell` is
//! one cell, `shop` what all of them share, `table` how they are written down.

mod cell;
mod shop;
mod table;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use platen_emulator::Fault;
use tokio::time::timeout;

use crate::cell::{Cell, Ended, Moment, Repeat, Way};
use crate::shop::Shop;
use crate::table::{Section, check_document};

/// The environment variable that picks cells by a part of their name.
const CHOICE: &str = "PLATEN_FAULT_CELLS";

/// For all cells together: ten times what they take on two cores. Whatever
/// hangs is named then, instead of being killed nameless by whoever waits.
const RUN_MAX: Duration = Duration::from_secs(8 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_moment_ends_true_and_the_table_says_how() -> Result<()> {
    let mut cells = Vec::new();
    for way in Way::ALL {
        for fault in Fault::ALL {
            for moment in Moment::ALL {
                cells.push(Cell::new(fault, moment, way, Repeat::No));
            }
        }
    }
    for way in Way::ALL {
        for fault in Fault::ALL {
            cells.push(Cell::new(fault, Moment::MidJob, way, Repeat::Safe));
        }
    }
    let choice = std::env::var(CHOICE).ok();
    if let Some(part) = &choice {
        cells.retain(|cell| cell.printer().contains(part.as_str()));
        ensure!(!cells.is_empty(), "no cell has {part:?} in its name");
    }
    let shop = Shop::open(&cells).await?;
    let ended = run_all(&cells, &shop).await?;
    shop.nothing_is_missing().await?;

    let wrong: Vec<_> = cells
        .iter()
        .zip(&ended)
        .flat_map(|(cell, ended)| cell.broken_promises(ended))
        .collect();
    if choice.is_some() {
        for (cell, ended) in cells.iter().zip(&ended) {
            println!("{cell}: {ended}");
        }
        ensure!(
            wrong.is_empty(),
            "{} promises are broken: {wrong:#?}",
            wrong.len()
        );
        return Ok(());
    }
    let mut outcomes: Vec<_> = cells
        .iter()
        .zip(&ended)
        .map(|(cell, ended)| cell.outcome(ended))
        .collect();
    let repeated = outcomes.split_off(Way::ALL.len() * Fault::ALL.len() * Moment::ALL.len());
    let mut sections: Vec<_> = Way::ALL
        .into_iter()
        .zip(outcomes.chunks(Fault::ALL.len() * Moment::ALL.len()))
        .map(|(way, outcomes)| Section::of_way(way, outcomes))
        .collect();
    sections.push(Section::of_repeats(&repeated));
    let checked = check_document(&sections);
    ensure!(
        wrong.is_empty(),
        "{} promises are broken: {wrong:#?}",
        wrong.len()
    );
    checked
}

/// All cells beside each other. Those that do not end in time are named, with
/// what each waits for.
async fn run_all(cells: &[Cell], shop: &Shop) -> Result<Vec<Ended>> {
    let runs: Vec<_> = cells.iter().map(|_| Mutex::new(None)).collect();
    let running = cells.iter().zip(&runs).map(|(cell, run)| async move {
        let ended = cell.run(shop).await;
        *run.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
    });
    let in_time = timeout(RUN_MAX, join_all(running)).await.is_ok();
    let mut ended = Vec::new();
    let mut failed = Vec::new();
    for (cell, run) in cells.iter().zip(runs) {
        match run.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Ok(one)) => ended.push(one),
            Some(Err(error)) => failed.push(format!("{error:#}")),
            None => failed.push(format!("{cell} has not ended; {}", shop.show(cell))),
        }
    }
    ensure!(
        in_time && failed.is_empty(),
        "{} cells did not end: {}\n{}",
        failed.len(),
        failed.join("\n"),
        shop.log()
    );
    Ok(ended)
}
