//! Whether the word of a certificate still counts: what was taken back, and
//! for how long silence of its root is believed.

use std::fmt;

use platen_protocol::trust::VerifiedChain;
use platen_protocol::{ErrorCode, Fingerprint, TimestampMs, WireError};

use super::Authorizer;
use crate::grant::{AnchorKind, Grant};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What this machine knows of certificates whose word was taken back.
pub trait Revocations: fmt::Debug + Send + Sync {
    /// Whether this one's was.
    fn is_revoked(&self, certificate: &Fingerprint) -> bool;

    /// When the newest list of this root (a fingerprint) was made; `None`
    /// where none was brought here.
    fn list_made_at(&self, root: &str) -> Option<TimestampMs>;

    /// The time, where a clock that was set back does not make anything
    /// younger.
    fn latest_time(&self) -> TimestampMs;
}

impl Authorizer {
    /// That no certificate of `chain` was revoked, as far as lists tell that
    /// are as new as `grant` wants them.
    pub(super) fn check_revoked(
        &self,
        chain: &VerifiedChain,
        grant: &Grant,
    ) -> Result<(), WireError> {
        let revoked = chain
            .path()
            .iter()
            .find(|certificate| self.revocations.is_revoked(&certificate.fingerprint));
        if let Some(certificate) = revoked {
            return Err(WireError::with_message(
                ErrorCode::CertificateRevoked,
                format!("the certificate {} was revoked", certificate.fingerprint),
            ));
        }
        if self.list_counts_for_ms(grant) > 0 {
            return Ok(());
        }
        let days = grant.revocations_max_age_days.unwrap_or_default();
        Err(WireError::with_message(
            ErrorCode::CertificateUntrusted,
            format!(
                "this machine has no list of revoked certificates of the site's root that is younger than {days} days; bring one here with `platen trust revoke FILE`, or let this one certificate in with `platen trust add`"
            ),
        ))
    }

    /// For how long the list of the grant's root is still new enough.
    pub(super) fn list_counts_for_ms(&self, grant: &Grant) -> u64 {
        let days = match (grant.anchor, grant.revocations_max_age_days) {
            (AnchorKind::Root, Some(days)) => days,
            (AnchorKind::Root, None) | (AnchorKind::Leaf, _) => return u64::MAX,
        };
        let Some(made_at) = self.revocations.list_made_at(&grant.fingerprint) else {
            return 0;
        };
        made_at
            .saturating_add(u64::from(days) * DAY_MS)
            .saturating_sub(self.revocations.latest_time())
    }
}
