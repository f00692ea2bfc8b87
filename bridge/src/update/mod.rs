//! Updates of this program, where no package manager owns it.
//!
//! `platen-update` knows what a signed manifest means and how versions change
//! places; here are the parts that touch the world: [`source`] fetches,
//! [`package`] asks whether a package manager owns the program, [`supervisor`]
//! runs the version that is to be tried and goes back when it does not work.
//! Only a person or a timer at this machine starts any of it, by the command
//! line: no page, no address and no call of the agent leads here.

#[cfg(unix)]
pub(crate) mod package;
#[cfg(unix)]
pub(crate) mod source;
#[cfg(unix)]
pub(crate) mod store_copy;
#[cfg(unix)]
pub(crate) mod supervisor;

use std::path::PathBuf;

use hyper::Uri;
use platen_update::Version;
use platen_update::envelope::PublicKey;
use serde::{Serialize, Serializer};

/// `[update]` in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpdateSettings {
    /// Where manifests are; left out: updates are off.
    #[serde(flatten)]
    pub source: Option<UpdateSource>,
    /// Whose manifests count; left out: updates are off.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "key_text")]
    pub key: Option<PublicKey>,
    /// Which line of versions.
    pub channel: String,
    /// The only version that may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Version>,
    /// How long a new version may take to answer.
    pub start_wait_ms: u64,
    /// How long it must then keep running.
    pub trial_ms: u64,
}

/// Where manifests are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateSource {
    /// The address of the manifest; its files lie beside it.
    Url(String),
    /// A folder with the manifest and its files.
    Folder(PathBuf),
}

fn key_text<S: Serializer>(key: &Option<PublicKey>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => serializer.collect_str(key),
        None => serializer.serialize_none(),
    }
}

/// Whether the address is asked over TLS. Without it only this machine is: the
/// signature would hold, but everybody on the way would see what runs here.
pub(crate) fn check_scheme(uri: &Uri) -> anyhow::Result<bool> {
    let is_here = matches!(uri.host(), Some("127.0.0.1" | "[::1]"));
    match uri.scheme_str() {
        Some("https") => Ok(true),
        Some("http") if is_here => Ok(false),
        _ => anyhow::bail!("updates are fetched over https: only"),
    }
}

impl Default for UpdateSettings {
    fn default() -> Self {
        Self {
            source: None,
            key: None,
            channel: "stable".to_owned(),
            pin: None,
            start_wait_ms: 60_000,
            trial_ms: 10_000,
        }
    }
}
