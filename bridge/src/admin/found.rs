//! The words of administration for printers that are found, added, renamed and
//! removed.

use platen_protocol::PrinterId;
use serde::{Deserialize, Serialize};

/// A printer to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPrinter {
    /// Its device URI, or the number or name of one that was found.
    pub device: String,
    /// Its label; left out: the name it announces, else its URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its model; left out: the one it says it is, where a profile fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// Another name for a printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewName {
    /// Its id, or a name that finds only it.
    pub printer: String,
    /// Its label from now on.
    pub name: String,
}

/// A printer to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// Its id, or a name that finds only it.
    pub printer: String,
    /// Whether to call off the jobs that wait for it.
    #[serde(default)]
    pub force: bool,
}

/// A printer that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Which.
    pub printer: PrinterId,
    /// How many jobs were called off.
    pub canceled: u64,
}
