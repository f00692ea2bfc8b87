//! Rows, and the table they become.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

const BEGIN: &str = "<!-- table begins: cargo xtask bench --write -->";
const END: &str = "<!-- table ends -->";

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<[String; 4]>,
    /// p50 and p99 of one fsync, in microseconds.
    pub(crate) fsync_us: (u64, u64),
}

impl Report {
    /// Says what is being done, to whoever watches.
    pub(crate) fn note(&self, what: &str) {
        eprintln!("bench: {what}");
    }

    /// Adds a row: what, the figure, the target, whether it holds.
    pub(crate) fn row(
        &mut self,
        what: impl Into<String>,
        figure: impl Into<String>,
        target: impl Into<String>,
        holds: Option<bool>,
    ) {
        let verdict = match holds {
            None => "",
            Some(true) => "holds",
            Some(false) => "missed",
        };
        let row = [
            what.into(),
            figure.into(),
            target.into(),
            verdict.to_owned(),
        ];
        eprintln!("bench:   {} | {} | {}", row[0], row[1], row[3]);
        self.rows.push(row);
    }

    /// The table in Markdown.
    pub(crate) fn table(&self) -> String {
        let mut out = String::from("| what | measured | target | |\n| --- | --- | --- | --- |\n");
        for [what, figure, target, verdict] in &self.rows {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "| {what} | {figure} | {target} | {verdict} |");
        }
        out
    }

    /// Replaces the table between the marks in `readme`.
    pub(crate) fn write_into(&self, readme: &Path) -> Result<()> {
        let text = std::fs::read_to_string(readme)?;
        let (before, rest) = text
            .split_once(BEGIN)
            .context("no mark where the table begins")?;
        let (_, after) = rest
            .split_once(END)
            .context("no mark where the table ends")?;
        let table = self.table();
        std::fs::write(readme, format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))?;
        Ok(())
    }
}

/// Times in microseconds.
#[derive(Debug)]
pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 600_000_000, 3)?))
    }

    pub(crate) fn add(&mut self, time: Duration) {
        self.0
            .saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn at(&self, percentile: f64) -> u64 {
        self.0.value_at_percentile(percentile)
    }

    /// `p50 / p95 / p99` in milliseconds.
    pub(crate) fn figure(&self) -> String {
        format!(
            "{} / {} / {} ms",
            ms(self.at(50.0)),
            ms(self.at(95.0)),
            ms(self.at(99.0))
        )
    }
}

/// Microseconds as milliseconds with two decimals.
pub(crate) fn ms(us: u64) -> String {
    format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}

/// Octets as megabytes with one decimal.
pub(crate) fn megabytes(octets: u64) -> String {
    format!("{}.{} MB", octets / 1_000_000, octets % 1_000_000 / 100_000)
}
