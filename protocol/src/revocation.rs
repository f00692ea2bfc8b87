//! The revocation list: certificates whose word no longer counts.
//!
//! Made by `platen-sign revoke`, signed by the root, numbered so that an older
//! list never replaces a newer one.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, TimestampMs};

/// The list; its canonical JSON is what the root signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationList {
    /// Domain separation and version: always 1.
    pub platen_revocations: u8,
    /// The root that signs this list.
    pub issuer: Fingerprint,
    /// Counts up; a list replaces only one with a smaller number.
    pub number: u64,
    /// When it was made.
    pub issued_at: TimestampMs,
    /// The revoked certificates, sorted.
    pub revoked: Vec<Fingerprint>,
}

/// The list with its signature, as kept in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRevocationList {
    /// Canonical JSON of the [`RevocationList`].
    pub list: String,
    /// The root's signature over that text, base64url without padding, by
    /// the same rules as [`crate::Signed::signature`].
    pub signature: String,
}
