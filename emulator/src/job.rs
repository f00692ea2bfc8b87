//! What became of a job: the octets that are on paper, and how it ended.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_receipt::draw::{draw_job_with, png};
use platen_receipt::{Fonts, render_text};
use serde::Serialize;
use serde_json::Value;

use crate::options::PaperWidth;

/// A job as the paper shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrintedJob {
    /// Counts the jobs of this printer, from 1.
    pub number: u64,
    /// Counts the connections of this printer, from 1.
    pub connection: u64,
    /// Octets that were received.
    pub octets_received: u64,
    /// Octets whose effect is on paper, or which have none there.
    pub octets_printed: u64,
    /// Those octets, as far as they are kept.
    #[serde(skip)]
    pub octets: Vec<u8>,
    /// Paper used.
    pub paper_dots: u64,
    /// How often the paper was cut.
    pub cuts: u32,
    /// How often a drawer was kicked.
    pub kicks: u32,
    /// Process ids that were answered (`GS ( H`), the latest ones.
    pub process_ids: Vec<String>,
    /// How it ended; `None` while it is under way.
    pub end: Option<JobEnd>,
    /// Width of the paper it is on.
    #[serde(skip)]
    pub paper: PaperWidth,
}

/// How a job ended for the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobEnd {
    /// The sender closed its half of the connection.
    Closed,
    /// The connection was kept, and the paper was cut.
    Cut,
    /// The connection was kept, and the process id was answered.
    Answered,
    /// The sender reset the connection.
    Broken,
    /// The printer closed or reset the connection, as it was told to.
    CutOff,
    /// The sender had the buffers cleared.
    Cleared,
    /// The power failed.
    PowerFailed,
}

impl PrintedJob {
    /// Whether all that was received is on paper, and the sender had finished.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(
            self.end,
            Some(JobEnd::Closed | JobEnd::Cut | JobEnd::Answered)
        ) && self.octets_printed == self.octets_received
    }

    /// What is worth knowing, as JSON, without the octets.
    #[must_use]
    pub fn facts(&self) -> Value {
        let mut facts = serde_json::to_value(self).expect("all of it can be JSON");
        facts["is_complete"] = self.is_complete().into();
        facts
    }

    /// The octets for JSON.
    pub(crate) fn octets_base64(&self) -> String {
        STANDARD.encode(&self.octets)
    }

    /// The paper as text.
    #[must_use]
    pub fn text(&self) -> String {
        render_text(&self.octets, self.paper.profile())
    }

    /// The paper as a PNG, one pixel a dot.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        png(&draw_job_with(&self.octets, self.paper.profile(), Fonts::complete()).paper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(end: Option<JobEnd>) -> PrintedJob {
        PrintedJob {
            number: 1,
            connection: 1,
            octets_received: 3,
            octets_printed: 3,
            octets: b"Hi\n".to_vec(),
            paper_dots: 30,
            cuts: 0,
            kicks: 0,
            process_ids: Vec::new(),
            end,
            paper: PaperWidth::Mm80,
        }
    }

    #[test]
    fn a_job_is_complete_when_all_of_it_is_on_paper_and_its_sender_had_finished() {
        for (end, expected) in [
            (Some(JobEnd::Closed), true),
            (Some(JobEnd::Cut), true),
            (Some(JobEnd::Answered), true),
            (Some(JobEnd::Broken), false),
            (Some(JobEnd::CutOff), false),
            (Some(JobEnd::Cleared), false),
            (Some(JobEnd::PowerFailed), false),
            (None, false),
        ] {
            assert_eq!(job(end).is_complete(), expected, "{end:?}");
        }
        let mut half = job(Some(JobEnd::Closed));
        half.octets_printed = 2;
        assert!(!half.is_complete());
    }

    #[test]
    fn the_facts_of_a_job_are_without_its_octets() {
        let facts = job(Some(JobEnd::PowerFailed)).facts();
        assert_eq!(facts["end"], "power-failed");
        assert_eq!(facts["is_complete"], false);
        assert_eq!(facts.get("octets"), None);
        assert_eq!(job(None).octets_base64(), "SGkK");
    }
}
