//! What kind of printer is emulated.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::LazyLock;

use platen_receipt::Profile;
use serde::{Deserialize, Serialize};

use crate::script::Step;

/// 203 dots an inch are eight a millimeter.
pub(crate) const DOTS_PER_MM: u64 = 8;

/// An emulated printer, as it comes out of its box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Width of the paper.
    pub paper: PaperWidth,
    /// Length of a new roll; `None` never ends.
    pub roll_mm: Option<u32>,
    /// With this much paper left the near-end sensor speaks.
    pub near_end_mm: u32,
    /// Octets it takes before it must print; then it stops reading.
    pub buffer_octets: usize,
    /// About what its network interface takes beyond that; `None`: what the
    /// system likes, which is more than any printer takes.
    pub window_octets: Option<u32>,
    /// How fast the buffer empties.
    pub drain: Drain,
    /// Connections served beside each other; more wait to be accepted.
    pub connections_max: usize,
    /// When it closes a connection whose sender has finished.
    pub close: CloseWhen,
    /// What one job is.
    pub job_ends: JobEnds,
    /// What `GS I 68` answers.
    pub serial_number: String,
    /// What happens by itself, and when.
    pub plan: Vec<Step>,
    /// Faults by chance.
    pub random: Option<RandomFaults>,
    /// Folder that gets what each job printed.
    pub record: Option<PathBuf>,
    /// Octets of finished jobs kept in memory; older ones are forgotten there.
    pub kept_octets_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            paper: PaperWidth::Mm80,
            roll_mm: Some(80_000),
            near_end_mm: 2_000,
            // The size of the receive buffer of common models.
            buffer_octets: 4096,
            window_octets: None,
            drain: Drain::AtOnce,
            connections_max: 1,
            close: CloseWhen::Received,
            job_ends: JobEnds::Connection,
            serial_number: "PLATEN0001".to_owned(),
            plan: Vec::new(),
            random: None,
            record: None,
            kept_octets_max: 64 * 1024 * 1024,
        }
    }
}

/// Width of the paper, and with it the characters of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PaperWidth {
    /// 80 mm: 48 characters, 576 dots.
    #[default]
    #[serde(rename = "80mm")]
    Mm80,
    /// 58 mm: 32 characters, 384 dots.
    #[serde(rename = "58mm")]
    Mm58,
}

impl PaperWidth {
    /// What a job must know of it to be laid out.
    #[must_use]
    pub fn profile(self) -> &'static Profile {
        static MM80: LazyLock<Profile> = LazyLock::new(Profile::default);
        static MM58: LazyLock<Profile> = LazyLock::new(|| Profile::new(32, 384));
        match self {
            Self::Mm80 => &MM80,
            Self::Mm58 => &MM58,
        }
    }
}

/// How fast the buffer empties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drain {
    /// As fast as the machine computes.
    #[default]
    AtOnce,
    /// At the pace of the interpreter.
    OctetsPerSecond(u32),
    /// At the pace of the paper.
    LinesPerSecond(u32),
}

/// When the printer closes a connection whose sender has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloseWhen {
    /// When everything is in its buffer, as most network interfaces do.
    #[default]
    Received,
    /// When everything is on paper.
    Printed,
}

/// What one job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobEnds {
    /// Everything of one connection.
    #[default]
    Connection,
    /// Everything up to a cut, or to the end of the connection.
    Cut,
    /// Everything up to an answered process id, or to the end of the
    /// connection.
    ProcessId,
}

/// Faults by chance. The same seed and the same connections give the same
/// faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomFaults {
    /// Where the dice start.
    pub seed: u64,
    /// On average one connection in this many gets a fault; 1 is each.
    pub one_in: u32,
    /// A fault mends itself after at most this long.
    pub lasts_ms_max: u32,
}
