//! Every fault of the emulator, at every moment of a job, on every way to a
//! printer: what the agent says became of the job, and what is on paper.
//!
//! The promises are asserted for each cell by itself; the table of what
//! happens is `docs/fault-matrix.md`, which fails when it is stale
//! (`PLATEN_UPDATE=1` renews it). `cell` is one cell, `shop` what all of them
//! share, `table` how they are written down.

mod cell;
mod shop;
mod table;

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use platen_emulator::Fault;

use crate::cell::{Cell, Moment, Repeat, Way};
use crate::shop::Shop;
use crate::table::{Section, check_document};

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
    let shop = Shop::open(&cells).await?;
    let mut ended = Vec::new();
    let mut failed = Vec::new();
    for run in join_all(cells.iter().map(|cell| cell.run(&shop))).await {
        match run {
            Ok(one) => ended.push(one),
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    ensure!(
        failed.is_empty(),
        "{} cells did not end: {}\n{}",
        failed.len(),
        failed.join("\n"),
        shop.log()
    );
    shop.nothing_is_missing().await?;

    let wrong: Vec<_> = cells
        .iter()
        .zip(&ended)
        .flat_map(|(cell, ended)| cell.broken_promises(ended))
        .collect();
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
