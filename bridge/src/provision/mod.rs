//! Provisioning: one declarative file that says what a machine is to have,
//! for roll-out without a person at it.
//!
//! [`Provision::read`] is pure: text in, [`Provision`] or every
//! [`Problem`] out. [`accept()`] decides whether a file may speak for this
//! machine, `reconcile` what has to change, and [`Provisioner`] changes it: one
//! transaction when the agent starts, and when a person asks. What the keys mean
//! is in `read`, and for people in docs/provisioning.md.

mod accept;
mod found;
mod kept;
mod keys;
#[cfg(unix)]
#[path = "protected.rs"]
mod protected;
#[cfg(windows)]
#[path = "protected_windows.rs"]
mod protected;
mod provisioner;
mod read;
mod reconcile;

use std::path::{Path, PathBuf};

use platen_protocol::trust::Certificate;
use platen_protocol::{OriginPattern, TimestampMs};

pub use self::accept::{Accepted, Refused, Trust, Warrant, Why, accept};
pub use self::found::{Found, load_config};
pub use self::keys::{NotAKey, ProvisionKey, signature_file};
pub use self::provisioner::{Outcome, ProvisionStatus, Provisioner};
pub use self::read::Channel;
pub use self::reconcile::{Change, ChangeKind};
use crate::config::Problem;
use crate::discovery::roster::Addition;
use crate::grant::Grant;
use crate::paths::{Environment, Platform};
pub use platen_protocol::provision::FILE_OCTETS_MAX;

/// What a machine is to have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Provision {
    /// Whose machine it is, shown by `platen status`.
    pub name: Option<String>,
    /// Counts up where files are signed: an older one never replaces a newer.
    pub number: Option<u64>,
    /// Who may print.
    pub sites: Vec<Site>,
    /// Printers beside those that are found.
    pub printers: Vec<Addition>,
    /// Values of the configuration that nobody else changes.
    pub policy: Policy,
    /// Which updates are taken.
    pub channel: Option<Channel>,
}

/// A site of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What it may do; without number and time. Its name is the site's, and
    /// unique in the file.
    pub grant: Grant,
    /// Whether browsers let its pages reach the agent without asking.
    pub loopback: bool,
}

impl Site {
    /// Whether its certificate or its term has ended, so that it is worth
    /// nothing any more.
    #[must_use]
    pub fn has_ended(&self, now: TimestampMs) -> bool {
        let certificate = Certificate::from_der(&self.grant.certificate, 0);
        self.grant.expires_at.is_some_and(|end| end <= now)
            || certificate.is_ok_and(|certificate| certificate.not_after <= now)
    }
}

/// Values of the configuration, as they stand in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy(pub(crate) toml::Table);

impl Policy {
    /// The keys that it decides, in full.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        collect_keys("", &self.0, &mut keys);
        keys
    }

    /// The text of a configuration file with these values over its own; `None`
    /// where there are none.
    pub(crate) fn over(&self, text: &str) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut merged: toml::Table = toml::from_str(text).ok()?;
        put_over(&mut merged, &self.0);
        toml::to_string(&merged).ok()
    }

    /// The keys for which a configuration file says something else.
    pub(crate) fn differs_from(&self, text: &str) -> Vec<String> {
        let own: toml::Table = toml::from_str(text).unwrap_or_default();
        let value = |table: &toml::Table, key: &str| {
            let mut parts = key.split('.');
            let first = table.get(parts.next()?)?;
            parts
                .try_fold(first, |value, part| value.get(part))
                .cloned()
        };
        let keys = self.keys().into_iter();
        keys.filter(|key| {
            let said = value(&own, key);
            said.is_some() && said != value(&self.0, key)
        })
        .collect()
    }

    /// Whether it decides nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn collect_keys(path: &str, table: &toml::Table, keys: &mut Vec<String>) {
    for (key, value) in table {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match value {
            toml::Value::Table(table) => collect_keys(&path, table, keys),
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => keys.push(path),
        }
    }
}

fn put_over(below: &mut toml::Table, above: &toml::Table) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => put_over(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Provision {
    /// Reads the text of a provisioning file. `certificate` reads the files
    /// that it names.
    ///
    /// # Errors
    /// Every problem found, in the order of the text.
    pub fn read(
        text: &str,
        certificate: &dyn Fn(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Vec<Problem>> {
        read::provision(text, certificate)
    }

    /// The origins whose pages may reach the agent without the browser asking,
    /// each once: what an installer writes into browsers' policies.
    #[must_use]
    pub fn loopback_origins(&self) -> Vec<OriginPattern> {
        let mut origins: Vec<OriginPattern> = Vec::new();
        for site in self.sites.iter().filter(|site| site.loopback) {
            for origin in &site.grant.origins {
                if !origins.contains(origin) {
                    origins.push(origin.clone());
                }
            }
        }
        origins
    }
}

/// Reads and checks the file at `path` wherever it lies, as an installer or
/// `platen provision check` does before it is put in its place.
///
/// # Errors
/// [`Refused`]: what is wrong with it, by line.
pub fn check(path: &Path) -> Result<Provision, Refused> {
    accept::read_unprotected(path)
}

/// The provisioning file of this machine: the one that `PLATEN_PROVISION`
/// names, else the first of the conventional places where something is.
#[must_use]
pub fn find(environment: &Environment) -> Option<PathBuf> {
    if let Some(named) = &environment.platen_provision {
        return Some(named.clone());
    }
    let mut candidates = candidates(environment).into_iter();
    // Also a link that leads nowhere is something, and is refused by name.
    candidates.find(|file| file.symlink_metadata().is_ok())
}

/// Where a provisioning file is looked for: beside the configuration files.
#[must_use]
pub fn candidates(environment: &Environment) -> Vec<PathBuf> {
    let configurations = environment.config_candidates().into_iter();
    configurations
        .map(|file| file.with_file_name("provision.toml"))
        .collect()
}

/// Where an installer puts the file for the whole machine.
#[must_use]
pub fn system_file(platform: Platform, program_data: Option<&Path>) -> PathBuf {
    match platform {
        Platform::Linux => PathBuf::from("/etc/platen/provision.toml"),
        Platform::Macos => PathBuf::from("/Library/Application Support/Platen/provision.toml"),
        Platform::Windows => program_data
            .unwrap_or_else(|| Path::new(r"C:\ProgramData"))
            .join("Platen")
            .join("provision.toml"),
    }
}
