//! What a machine allows a site to do.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Something a grant may allow. Denied unless named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// List printers and read their names.
    Printers,
    /// Submit jobs, and cancel, hold, release, retry or reprint one's own.
    Print,
    /// Hear of printer states.
    Status,
    /// List and read one's own jobs.
    Jobs,
    /// Drawer, firmware, network and memory commands inside raw data.
    RawCommands,
    /// Open cash drawers.
    Drawer,
    /// Sound buzzers.
    Buzzer,
    /// Show text on customer displays.
    Display,
    /// Serial ports.
    Serial,
    /// USB devices.
    Usb,
    /// HID devices.
    Hid,
    /// Sockets to other machines.
    Socket,
    /// Files in the agent's sandbox.
    Files,
    /// Pause and resume printers.
    Admin,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Printers,
        Self::Print,
        Self::Status,
        Self::Jobs,
        Self::RawCommands,
        Self::Drawer,
        Self::Buzzer,
        Self::Display,
        Self::Serial,
        Self::Usb,
        Self::Hid,
        Self::Socket,
        Self::Files,
        Self::Admin,
    ];

    /// What a site needs to print and to follow its jobs: the default of
    /// `platen trust add`.
    pub const FOR_PRINTING: [Self; 4] = [Self::Printers, Self::Print, Self::Status, Self::Jobs];

    /// The word on the wire and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Printers => "printers",
            Self::Print => "print",
            Self::Status => "status",
            Self::Jobs => "jobs",
            Self::RawCommands => "raw-commands",
            Self::Drawer => "drawer",
            Self::Buzzer => "buzzer",
            Self::Display => "display",
            Self::Serial => "serial",
            Self::Usb => "usb",
            Self::Hid => "hid",
            Self::Socket => "socket",
            Self::Files => "files",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such capability; choose from printers, print, status, jobs, raw-commands, drawer, buzzer, display, serial, usb, hid, socket, files, admin"
)]
pub struct NotACapability;

impl FromStr for Capability {
    type Err = NotACapability;

    fn from_str(text: &str) -> Result<Self, NotACapability> {
        Self::ALL
            .into_iter()
            .find(|c| c.as_str() == text)
            .ok_or(NotACapability)
    }
}

/// What must be signed under a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// `session.open` and each call that changes something.
    #[default]
    Request,
    /// Only `session.open`: for tills that cannot afford a round trip.
    Session,
}
