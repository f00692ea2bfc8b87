//! How a printer is, for people and for tests that wait.

use serde::Serialize;

use crate::fault::{Arming, Fault};
use crate::machine::{Paper, PrinterError};

/// How a printer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it is switched on.
    pub has_power: bool,
    /// Whether it can print.
    pub is_online: bool,
    /// Whether the cover is open.
    pub cover_open: bool,
    /// Whether the drawer is open.
    pub drawer_open: bool,
    /// What the paper sensors see.
    pub paper: Paper,
    /// Paper left; absent when the roll never ends.
    pub paper_mm: Option<u64>,
    /// Why the mechanism stands still.
    pub error: Option<PrinterError>,
    /// Faults that go on.
    pub lasting: Vec<Fault>,
    /// Faults whose moment has not come.
    pub armed: Vec<Arming>,
    /// Connections that are served.
    pub connections_open: usize,
    /// Connections there have been.
    pub connections: u64,
    /// Octets received since the start.
    pub octets_received: u64,
    /// Octets in the buffer.
    pub octets_buffered: usize,
    /// Jobs that have ended.
    pub jobs_ended: u64,
    /// Jobs that have begun and not ended.
    pub jobs_under_way: usize,
    /// Paper used since the start.
    pub paper_used_mm: u64,
    /// Drawer kicks since the start.
    pub drawer_kicks: u64,
}
