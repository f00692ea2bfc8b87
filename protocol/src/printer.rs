//! Printers in IPP's words (RFC 8011 §5.4).

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::{PrinterId, TimestampMs};

/// `printer-state` (RFC 8011 §5.4.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum PrinterState {
    /// Ready; a new job starts at once.
    Idle,
    /// Working on a job.
    Processing,
    /// Cannot work until something changes; the reasons say what.
    Stopped,
}

impl PrinterState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Idle, Self::Processing, Self::Stopped];

    /// The keyword on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Processing => "processing",
            Self::Stopped => "stopped",
        }
    }
}

/// One of `printer-state-reasons` (RFC 8011 §5.4.12): an IPP keyword such as
/// `media-empty`, `cover-open`, `offline`, `paused`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
#[serde(transparent)]
pub struct PrinterStateReason(String);

/// The text is no IPP keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an IPP keyword: 1 to 64 characters of a-z, 0-9, '-', '_', '.'")]
pub struct NotAKeyword;

impl PrinterStateReason {
    /// The device cannot be reached.
    pub const OFFLINE: &str = "offline";
    /// No paper.
    pub const MEDIA_EMPTY: &str = "media-empty";
    /// The cover is open.
    pub const COVER_OPEN: &str = "cover-open";
    /// Somebody paused the printer.
    pub const PAUSED: &str = "paused";
    /// The agent is trying to reach the device.
    pub const CONNECTING_TO_DEVICE: &str = "connecting-to-device";
    /// The system's print service does not answer.
    pub const SPOOLER_UNAVAILABLE: &str = "spooler-unavailable";

    /// The keyword.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a printer with this reason can print nothing. The suffixes
    /// `-warning` and `-report` (RFC 8011 §5.4.12) say that it still can.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.0 != "none" && !self.0.ends_with("-warning") && !self.0.ends_with("-report")
    }
}

impl FromStr for PrinterStateReason {
    type Err = NotAKeyword;

    fn from_str(text: &str) -> Result<Self, NotAKeyword> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAKeyword)
        }
    }
}

impl fmt::Display for PrinterStateReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PrinterStateReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Who says how a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum StatusSource {
    /// The device itself, by ESC/POS real-time or automatic status.
    EscPos,
    /// The print service, over IPP.
    Ipp,
    /// The print service of Windows.
    Spooler,
    /// The device's network interface, by SNMP (Printer MIB, RFC 3805).
    Snmp,
    /// The connection to the device: it opened, broke or could not be made.
    Connection,
    /// The agent's own means, such as the folder of the built-in printer.
    Agent,
    /// Somebody on the machine.
    Operator,
    /// Somebody on the machine, for all its printers at once.
    Machine,
    /// A site, through `queue.pause`.
    Site,
}

/// One of a printer's reasons: who says so, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatusDetail {
    /// The keyword, as in [`Printer::reasons`].
    pub reason: PrinterStateReason,
    /// Who says so.
    pub source: StatusSource,
    /// When it was first heard of, in this stretch.
    pub since: TimestampMs,
    /// When it was last confirmed.
    pub seen_at: TimestampMs,
}

/// A printer as a page sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Printer {
    /// Stable id: use this in `jobs.submit`.
    pub printer: PrinterId,
    /// A label for people; may change.
    pub name: String,
    /// Whether a job that names no printer goes here.
    pub default: bool,
    /// `printer-state`.
    pub state: PrinterState,
    /// `printer-state-reasons`; empty when there is nothing to say.
    pub reasons: Vec<PrinterStateReason>,
    /// The same reasons, each with its source and age.
    pub status: Vec<StatusDetail>,
    /// When `state` or `reasons` last changed.
    pub state_at: TimestampMs,
    /// How many of this origin's jobs wait here.
    pub queued_jobs: u64,
    /// The strongest evidence a completed job can carry here.
    pub evidence: crate::Evidence,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_or_a_report_does_not_stop_a_printer() {
        let check = |text: &str, stops| {
            assert_eq!(
                text.parse::<PrinterStateReason>().unwrap().stops(),
                stops,
                "{text}"
            );
        };
        check("media-empty", true);
        check("media-low-warning", false);
        check("cups-waiting-for-job-completed-report", false);
        check("none", false);
    }

    #[test]
    fn control_characters_never_pass_as_a_reason() {
        for text in ["", "Media-Empty", "a b", "a\u{1b}[2J", &"x".repeat(65)] {
            assert_eq!(text.parse::<PrinterStateReason>(), Err(NotAKeyword));
        }
        assert!("media-empty-error".parse::<PrinterStateReason>().is_ok());
    }
}
