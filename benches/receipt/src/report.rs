//! The tasks, who did them in what time, and the table they become.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use platen_receipt::image::Dither;

const BEGIN: &str = "<!-- receipts begin: cargo xtask bench receipt --write -->";
const END: &str = "<!-- receipts end -->";

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// A job to commands and back.
    Read,
    /// Calls of a builder to a job.
    Write,
    /// Markup to a job.
    Markup,
    /// A job to dots.
    Draw,
    /// A job to a PNG.
    DrawPng,
    /// A receipt to an SVG.
    DrawSvg,
    /// Pixels of a canvas to black and white, and that to a job.
    Picture(Dither),
}

impl Task {
    /// The word that programs of others use for it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "write" => Self::Write,
            "markup" => Self::Markup,
            "draw" => Self::Draw,
            "png" => Self::DrawPng,
            "svg" => Self::DrawSvg,
            name => Self::Picture(Dither::named(name)?),
        })
    }

    fn title(self) -> String {
        match self {
            Self::Read => "read: 20 rows parsed and encoded".to_owned(),
            Self::Write => "write: 20 rows by a builder".to_owned(),
            Self::Markup => "write: 20 rows by markup".to_owned(),
            Self::Draw => "draw: 20 rows to dots".to_owned(),
            Self::DrawPng => "draw: 20 rows to a PNG".to_owned(),
            Self::DrawSvg => "draw: 20 rows to an SVG".to_owned(),
            Self::Picture(dither) => format!("picture: {}", dither.name()),
        }
    }

    /// What it may take here at most, in microseconds.
    fn target_us(self) -> Option<u64> {
        match self {
            Self::Read | Self::Write => Some(100),
            Self::Draw => Some(2_000),
            Self::Picture(_) => Some(10_000),
            Self::Markup | Self::DrawPng | Self::DrawSvg => None,
        }
    }
}

#[derive(Debug)]
struct Row {
    task: Task,
    who: String,
    time: Duration,
}

/// What was measured; the first row of a task is ours.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a time; of several of the same, the shortest stays.
    pub(crate) fn add(&mut self, task: Task, who: &str, time: Duration) {
        eprintln!("bench:   {} | {who} | {}", task.title(), figure(time));
        let mut rows = self.rows.iter_mut();
        if let Some(row) = rows.find(|row| row.task == task && row.who == who) {
            row.time = row.time.min(time);
            return;
        }
        let row = Row {
            task,
            who: who.to_owned(),
            time,
        };
        // Beside the others of its task.
        let last = self.rows.iter().rposition(|row| row.task == task);
        self.rows
            .insert(last.map_or(self.rows.len(), |at| at + 1), row);
    }

    /// The table in Markdown.
    pub(crate) fn table(&self) -> String {
        let mut out = String::from(
            "| what | who | time | times Platen | target | |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        let mut before = None;
        for row in &self.rows {
            let is_ours = before != Some(row.task);
            before = Some(row.task);
            let ours = self.rows.iter().find(|other| other.task == row.task);
            let ratio = ours.map_or(1.0, |ours| row.time.as_secs_f64() / ours.time.as_secs_f64());
            let (title, times) = if is_ours {
                (row.task.title(), String::new())
            } else {
                (String::new(), format!("{ratio:.2}"))
            };
            let (target, verdict) = self.verdict(row, is_ours, ratio);
            let (who, time) = (&row.who, figure(row.time));
            writeln!(
                out,
                "| {title} | {who} | {time} | {times} | {target} | {verdict} |"
            )
            .expect("writing to a string cannot fail");
        }
        out
    }

    fn verdict(&self, row: &Row, is_ours: bool, ratio: f64) -> (String, &'static str) {
        let word = |holds| if holds { "holds" } else { "missed" };
        if is_ours {
            let Some(most) = row.task.target_us() else {
                return (String::new(), "");
            };
            let most = Duration::from_micros(most);
            return (format!("<= {}", figure(most)), word(row.time <= most));
        }
        if row.who.contains("WASM") && row.task == Task::Draw {
            return ("<= 3 times".to_owned(), word(ratio <= 3.0));
        }
        (String::new(), "")
    }

    /// Replaces the table between the marks in `readme`.
    pub(crate) fn write_into(&self, readme: &Path) -> Result<()> {
        let text = std::fs::read_to_string(readme)?;
        let (before, rest) = text
            .split_once(BEGIN)
            .context("no mark where the table of receipts begins")?;
        let (_, after) = rest
            .split_once(END)
            .context("no mark where the table of receipts ends")?;
        let table = self.table();
        std::fs::write(readme, format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))?;
        Ok(())
    }
}

/// In milliseconds, with as many digits as say something.
fn figure(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    match ms {
        0.0..0.1 => format!("{ms:.4} ms"),
        0.1..1.0 => format!("{ms:.3} ms"),
        1.0..100.0 => format!("{ms:.2} ms"),
        _ => format!("{ms:.0} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_did_the_same_stand_together_and_are_compared() {
        let mut report = Report::default();
        report.add(Task::Read, "Platen", Duration::from_micros(50));
        report.add(Task::Draw, "Platen", Duration::from_micros(3000));
        report.add(Task::Draw, "Platen, WASM", Duration::from_micros(6000));
        report.add(Task::Read, "another", Duration::from_micros(500));
        report.add(Task::Read, "another", Duration::from_micros(900));
        let table = report.table();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| read: 20 rows parsed and encoded | Platen | 0.0500 ms |  | <= 0.100 ms | holds |",
                "|  | another | 0.500 ms | 10.00 |  |  |",
                "| draw: 20 rows to dots | Platen | 3.00 ms |  | <= 2.00 ms | missed |",
                "|  | Platen, WASM | 6.00 ms | 2.00 | <= 3 times | holds |",
            ]
        );
    }
}
