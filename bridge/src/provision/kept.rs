//! What was accepted last, in the state directory: what stays in effect while
//! a file is refused, and what the next one is compared with.

use std::path::{Path, PathBuf};

use platen_protocol::{PrinterId, TimestampMs};
use serde::{Deserialize, Serialize};

use super::accept::{Accepted, Warrant};
use super::{Channel, Policy};
use crate::secret_file;

const FILE: &str = "provisioned.json";

/// The outline of the file that was applied last. Its sites and printers are
/// in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Where it lay.
    pub(super) file: PathBuf,
    /// Why it was believed.
    pub(super) warrant: Warrant,
    /// Its number, if it has one.
    pub(super) number: Option<u64>,
    /// When it was first applied as it is.
    pub(super) applied_at: TimestampMs,
    /// Whose machine this is.
    pub(super) name: Option<String>,
    /// Which updates are taken.
    pub(super) channel: Option<Channel>,
    /// The names of its sites.
    pub(super) sites: Vec<String>,
    /// The ids of its printers.
    pub(super) printers: Vec<PrinterId>,
    /// Its policy, as JSON.
    policy: toml::Table,
}

impl Kept {
    pub(super) fn of(accepted: &Accepted, now: TimestampMs) -> Self {
        let provision = &accepted.provision;
        let sites = provision.sites.iter().map(|site| site.grant.name.clone());
        let printers = provision.printers.iter().map(|printer| printer.id.clone());
        Self {
            file: accepted.file.clone(),
            warrant: accepted.warrant,
            number: provision.number,
            applied_at: now,
            name: provision.name.clone(),
            channel: provision.channel.clone(),
            sites: sites.collect(),
            printers: printers.collect(),
            policy: provision.policy.0.clone(),
        }
    }

    pub(super) fn policy(&self) -> Policy {
        Policy(self.policy.clone())
    }

    /// What was kept in this state directory; what cannot be read is told, and
    /// made anew when a file is next accepted.
    pub(super) fn read(state: &Path) -> Option<Self> {
        let file = state.join(FILE);
        let octets = match secret_file::read_long(&file, super::FILE_OCTETS_MAX) {
            Ok(octets) => octets?,
            Err(error) => {
                tracing::warn!(%error, "what was provisioned before cannot be read");
                return None;
            }
        };
        match serde_json::from_slice(&octets) {
            Ok(kept) => Some(kept),
            Err(error) => {
                tracing::warn!(%error, "what was provisioned before cannot be read");
                None
            }
        }
    }

    /// Keeps it, unless it is what is kept already.
    pub(super) fn write(self, state: &Path, before: Option<Self>) -> std::io::Result<Self> {
        let unchanged = before.as_ref().is_some_and(|before| {
            *before
                == Self {
                    applied_at: before.applied_at,
                    ..self.clone()
                }
        });
        if let Some(before) = before.filter(|_| unchanged) {
            return Ok(before);
        }
        let octets = serde_json::to_vec(&self).map_err(std::io::Error::other)?;
        secret_file::write(&state.join(FILE), &octets)?;
        Ok(self)
    }

    /// Keeps nothing any more.
    pub(super) fn forget(state: &Path) -> std::io::Result<()> {
        match std::fs::remove_file(state.join(FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
