//! Events: what changed, told in the order in which it became durable.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::{
    ErrorCode, Evidence, JobId, JobState, JobStateReason, PrinterId, PrinterState,
    PrinterStateReason, TimestampMs,
};

/// What a subscription is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// The origin's own jobs. Needs the capability `jobs`.
    Jobs,
    /// States of the printers the grant names. Needs the capability `status`.
    Printers,
}

/// A place in an agent's event log. Opaque to a page: keep the last one seen,
/// send it back in `events.subscribe { after }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Cursor(pub u64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{:x}", self.0)
    }
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor; send back one that an event or a subscription carried, unchanged")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let cursor = text
            .strip_prefix('c')
            .and_then(|hex| u64::from_str_radix(hex, 16).ok())
            .map(Self)
            .ok_or(NotACursor)?;
        if cursor.to_string() == text {
            Ok(cursor)
        } else {
            Err(NotACursor)
        }
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Something that happened. A page that meets a `type` it has no word for
/// ignores it: a newer agent may say more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// A job entered a state. Durable: it has a cursor and is replayed.
    JobStateChanged {
        /// Which job.
        job_id: JobId,
        /// On which printer.
        printer: PrinterId,
        /// The state it entered.
        state: JobState,
        /// `job-state-reasons`.
        reasons: Vec<JobStateReason>,
        /// Which delivery attempt, from 1; 0 before the first.
        attempt: u32,
        /// In `completed`: who said so.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        evidence: Option<Evidence>,
        /// Why, where something went wrong.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        code: Option<ErrorCode>,
        /// When.
        at: TimestampMs,
    },
    /// Octets left for the printer. Not durable: the latest one wins.
    JobProgress {
        /// Which job.
        job_id: JobId,
        /// Octets handed to the printer in this attempt.
        octets_sent: u64,
        /// Octets of the whole job.
        octets_total: u64,
    },
    /// A printer's state or reasons changed. Durable.
    PrinterStateChanged {
        /// Which printer.
        printer: PrinterId,
        /// `printer-state`.
        state: PrinterState,
        /// `printer-state-reasons`.
        reasons: Vec<PrinterStateReason>,
        /// When.
        at: TimestampMs,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_has_one_spelling() {
        for n in [0, 1, 255, u64::MAX] {
            assert_eq!(Cursor(n).to_string().parse(), Ok(Cursor(n)));
        }
        for text in ["", "c", "c01", "cF", "1", "c+1"] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text:?}");
        }
    }
}
