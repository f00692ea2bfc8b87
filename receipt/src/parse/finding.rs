//! What reading a job brought to light: not errors, since reading never fails,
//! but things a person or a test should hear of.

use std::fmt;

use crate::limits::Limits;

/// Something worth telling, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Offset of the first byte it is about.
    pub offset: u64,
    /// What it is.
    pub kind: FindingKind,
}

/// The kinds of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// Bytes that are no command we know; carried as `Command::Unknown`.
    UnknownBytes {
        /// How many.
        octets: usize,
    },
    /// Control codes that begin no command; printers ignore them.
    StrayControlCodes {
        /// How many.
        octets: usize,
    },
    /// The job ends inside a command.
    Truncated,
    /// A command claims more than [`Limits::command_octets_max`].
    CommandTooLong {
        /// What it claims to take as a whole.
        claimed_octets: u64,
    },
    /// The document is longer than [`Limits`] allow; the rest is left out.
    DocumentTooLong,
    /// Macros repeat more than [`Limits`] allow; further runs are left out.
    MacroTooLong,
    /// A row or page holds more things than [`Limits`] allow; the rest is left out.
    RowTooFull,
    /// A code cannot hold its data; a printer prints nothing.
    CodeNotEncodable,
    /// A code is wider than the print area; it is drawn narrower, where a
    /// printer may print nothing.
    CodeTooWide,
    /// The codes hold more data than [`Limits`] allow; the rest is left out.
    TooManyCodes,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at byte {}: {}", self.offset, self.kind)
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownBytes { octets } => {
                write!(formatter, "{octets} bytes are no known command")
            }
            Self::StrayControlCodes { octets } => {
                write!(formatter, "{octets} control codes mean nothing here")
            }
            Self::Truncated => write!(formatter, "the job ends inside a command"),
            Self::CommandTooLong { claimed_octets } => write!(
                formatter,
                "a command claims {claimed_octets} bytes, more than is read as one"
            ),
            Self::DocumentTooLong => {
                write!(formatter, "the receipt is too long; the rest is left out")
            }
            Self::MacroTooLong => {
                write!(formatter, "macros run too often; the rest is left out")
            }
            Self::RowTooFull => write!(
                formatter,
                "too many things stand in one row; the rest is left out"
            ),
            Self::CodeNotEncodable => {
                write!(formatter, "a code cannot hold its data and is left out")
            }
            Self::CodeTooWide => write!(
                formatter,
                "a code is wider than the print area; some printers leave it out"
            ),
            Self::TooManyCodes => {
                write!(formatter, "too many codes; the rest is left out")
            }
        }
    }
}

/// Findings, as many as the limit allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// The first ones, in order of their offsets.
    pub kept: Vec<Finding>,
    /// How many more there were.
    pub left_off: u64,
}

impl Findings {
    /// Puts others among these, by their offsets.
    pub(crate) fn join(&mut self, others: Self, limits: &Limits) {
        self.kept.extend(others.kept);
        self.kept.sort_by_key(|finding| finding.offset);
        let over = self.kept.len().saturating_sub(limits.findings_max);
        self.kept.truncate(limits.findings_max);
        self.left_off += others.left_off + over as u64;
    }

    /// Adds one, or counts it.
    pub(crate) fn add(&mut self, offset: u64, kind: FindingKind, limits: &Limits) {
        if self.kept.len() < limits.findings_max {
            self.kept.push(Finding { offset, kind });
        } else {
            self.left_off += 1;
        }
    }
}
