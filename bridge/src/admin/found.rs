//! The words of administration for printers that are found, added, renamed and
//! removed.

use platen_protocol::{PrinterId, PrinterState, PrinterStateReason};
use serde::{Deserialize, Serialize};

/// For how long to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// How long to listen before answering.
    pub wait_ms: u64,
}

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Every device, by number.
    pub printers: Vec<FoundPrinter>,
    /// Announcements that were over a bound, or could not be: a network where
    /// this grows holds something hostile or broken.
    pub passed_over: u64,
}

/// A device that may be a printer, in its own words. A suggestion: nothing of
/// it is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundPrinter {
    /// What one calls it in `platen printers add`.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Which device it is.
    pub identity: String,
    /// What to print to; `None` where only the print service can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Other ways to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_devices: Vec<String>,
    /// Who told of it.
    pub sources: Vec<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The profile that fits, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Its addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Its name on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// How it is, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PrinterState>,
    /// Why, and what it runs out of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<PrinterStateReason>,
    /// The printer it is already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// What one should know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// A line of `GET /v1/discovery`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "printer", deny_unknown_fields)]
pub enum FoundLine {
    /// A device is there.
    #[serde(rename = "printer.found")]
    Found(Box<FoundPrinter>),
    /// It says something else of itself.
    #[serde(rename = "printer.changed")]
    Changed(Box<FoundPrinter>),
    /// It is no longer there.
    #[serde(rename = "printer.lost")]
    Lost(Box<FoundPrinter>),
    /// The reader was too slow and missed some: look again. The stream ends.
    #[serde(rename = "resync")]
    Resync,
}

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
    /// Whether to ask it what it is, where no profile is named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask: bool,
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
