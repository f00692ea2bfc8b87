//! Grants: what this machine allows which site to do.
//!
//! A grant is data. Who may act on it is decided in [`crate::authorize`]; it
//! is made, listed and removed through the administration socket only.

use std::collections::BTreeSet;
use std::sync::Arc;

use platen_protocol::{Capability, Origin, OriginPattern, PrinterId, Signing, TimestampMs};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Which certificate a grant trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnchorKind {
    /// A root: leaves below it count.
    Root,
    /// This leaf and no other.
    Leaf,
}

/// Which printers a grant names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrinterScope {
    /// Every printer of the machine, also those added later.
    All,
    /// These.
    Only(BTreeSet<PrinterId>),
}

impl PrinterScope {
    /// Whether `printer` is named.
    #[must_use]
    pub fn contains(&self, printer: &PrinterId) -> bool {
        match self {
            Self::All => true,
            Self::Only(printers) => printers.contains(printer),
        }
    }
}

/// What pages written for QZ Tray may do beside or instead of what they must
/// in our own protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct QzTerms {
    /// Signatures over SHA-1, the client's default, count as well.
    pub allow_sha1: bool,
    /// A message that was heard before is heard again.
    pub allow_repeats: bool,
    /// `print` is answered when the job has ended, not when it is kept.
    pub until_completed: bool,
}

/// What one site may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Number in this machine's list.
    pub id: i64,
    /// A note for people; the certificate's subject unless given.
    pub name: String,
    /// Whether the certificate is a root or a leaf.
    pub anchor: AnchorKind,
    /// SHA-256 of the certificate's DER, lowercase hexadecimal.
    pub fingerprint: String,
    /// The certificate, DER.
    #[serde(skip)]
    pub certificate: Vec<u8>,
    /// Origins it may speak for, within what its certificate names.
    pub origins: Vec<OriginPattern>,
    /// What it may do.
    pub capabilities: BTreeSet<Capability>,
    /// Where.
    pub printers: PrinterScope,
    /// What must be signed.
    pub signing: Signing,
    /// Whether clients that send no `Origin` (no browsers) may use it.
    pub native: bool,
    /// Whether pages written for QZ Tray may use it, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qz: Option<QzTerms>,
    /// When it was made.
    pub created_at: TimestampMs,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimestampMs>,
}

impl Grant {
    /// Whether the grant names `origin` and still runs at `now`.
    #[must_use]
    pub fn names(&self, origin: &Origin, now: TimestampMs) -> bool {
        self.expires_at.is_none_or(|end| now < end)
            && self.origins.iter().any(|pattern| pattern.matches(origin))
    }
}

/// The current grants, seen by everyone who needs them without asking the
/// store. The store's writer is the only one that publishes.
pub type Grants = watch::Receiver<Arc<Vec<Arc<Grant>>>>;
