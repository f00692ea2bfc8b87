//! Revocation lists, verified: whose word no longer counts.
//!
//! A list is believed when the root it names signed it, and replaces another
//! only when its number is higher: an old list played back revives nothing.

use std::collections::BTreeSet;

use super::{Certificate, TrustError, VerifiedChain};
use crate::canonical;
use crate::revocation::{RevocationList, SignedRevocationList};
use crate::{Fingerprint, TimestampMs};

/// The longest list text read, in octets: some 15,000 certificates.
pub const REVOCATION_LIST_OCTETS_MAX: usize = 1 << 20;

/// Why a revocation list is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// Not a list.
    #[error("the revocation list cannot be read: {0}; make it with `platen-sign revoke`")]
    Malformed(String),
    /// Of another root.
    #[error("the revocation list is of root {found}, not of root {expected}")]
    OtherIssuer {
        /// The root at hand.
        expected: Fingerprint,
        /// The root it names.
        found: Fingerprint,
    },
    /// Altered, or signed by another key.
    #[error("the revocation list's signature is not its root's: {0}")]
    Signature(#[source] TrustError),
    /// An older list, or the same number with other content.
    #[error("revocation list number {number} does not replace number {known}; fetch the newest")]
    NotNewer {
        /// Its number.
        number: u64,
        /// The number already known.
        known: u64,
    },
}

/// A revocation list whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    issuer: Fingerprint,
    number: u64,
    issued_at: TimestampMs,
    revoked: BTreeSet<Fingerprint>,
}

impl Revocations {
    /// Reads a list and verifies it by its root.
    ///
    /// # Errors
    /// [`RevocationError`] for anything but a list this root signed.
    pub fn verify(
        signed: &SignedRevocationList,
        root: &Certificate,
    ) -> Result<Self, RevocationError> {
        let malformed = |reason: String| RevocationError::Malformed(reason);
        if signed.list.len() > REVOCATION_LIST_OCTETS_MAX {
            return Err(malformed(format!(
                "longer than {REVOCATION_LIST_OCTETS_MAX} octets"
            )));
        }
        let key = root.verifying_key().map_err(RevocationError::Signature)?;
        key.verify(signed.list.as_bytes(), &signed.signature)
            .map_err(RevocationError::Signature)?;
        let list: RevocationList =
            serde_json::from_str(&signed.list).map_err(|error| malformed(error.to_string()))?;
        let canonical =
            canonical::to_string(&list).map_err(|error| malformed(error.to_string()))?;
        if canonical != signed.list {
            return Err(malformed("another spelling of it".to_owned()));
        }
        if list.platen_revocations != 1 {
            return Err(malformed(format!(
                "version {}; this side speaks 1",
                list.platen_revocations
            )));
        }
        if list.issuer != root.fingerprint {
            return Err(RevocationError::OtherIssuer {
                expected: root.fingerprint,
                found: list.issuer,
            });
        }
        Ok(Self {
            issuer: list.issuer,
            number: list.number,
            issued_at: list.issued_at,
            revoked: list.revoked.into_iter().collect(),
        })
    }

    /// That this list may stand in for the one known so far: its number is
    /// higher, or it is that very list.
    ///
    /// # Errors
    /// [`RevocationError::OtherIssuer`], [`RevocationError::NotNewer`].
    pub fn check_replaces(&self, known: &Self) -> Result<(), RevocationError> {
        if self.issuer != known.issuer {
            return Err(RevocationError::OtherIssuer {
                expected: known.issuer,
                found: self.issuer,
            });
        }
        if self.number > known.number || self == known {
            return Ok(());
        }
        Err(RevocationError::NotNewer {
            number: self.number,
            known: known.number,
        })
    }

    /// The root that signed it.
    #[must_use]
    pub fn issuer(&self) -> Fingerprint {
        self.issuer
    }

    /// Its number; a higher one replaces it.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// When it was made: old lists are a reason to ask for a newer one.
    #[must_use]
    pub fn issued_at(&self) -> TimestampMs {
        self.issued_at
    }

    /// The certificates on it, in order.
    pub fn iter(&self) -> impl Iterator<Item = Fingerprint> + '_ {
        self.revoked.iter().copied()
    }

    /// Whether this certificate is on it.
    #[must_use]
    pub fn is_revoked(&self, fingerprint: Fingerprint) -> bool {
        self.revoked.contains(&fingerprint)
    }

    /// That no certificate of a chain is on it.
    ///
    /// # Errors
    /// [`TrustError::Revoked`] for the first that is.
    pub fn check(&self, chain: &VerifiedChain) -> Result<(), TrustError> {
        for (index, certificate) in chain.path.iter().enumerate() {
            if self.is_revoked(certificate.fingerprint) {
                return Err(TrustError::Revoked {
                    which: certificate.which(Some(index)),
                    fingerprint: certificate.fingerprint,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::testing::Authority;

    fn list(authority: &Authority, number: u64, revoked: Vec<Fingerprint>) -> RevocationList {
        RevocationList {
            platen_revocations: 1,
            issuer: authority.certificate().fingerprint,
            number,
            issued_at: 1,
            revoked,
        }
    }

    fn sign(authority: &Authority, list: &RevocationList) -> SignedRevocationList {
        let list = canonical::to_string(list).unwrap();
        let signature = authority.sign(list.as_bytes());
        SignedRevocationList { list, signature }
    }

    #[test]
    fn a_list_is_believed_from_its_root_only() {
        let (ours, other) = (Authority::new("ours"), Authority::new("other"));
        let revoked = vec![Fingerprint::of(b"a")];
        let signed = sign(&ours, &list(&ours, 1, revoked.clone()));
        let verified = Revocations::verify(&signed, &ours.certificate()).unwrap();
        assert!(verified.is_revoked(revoked[0]));
        assert!(!verified.is_revoked(Fingerprint::of(b"b")));

        assert!(matches!(
            Revocations::verify(&signed, &other.certificate()),
            Err(RevocationError::Signature(_))
        ));
        let altered = SignedRevocationList {
            list: signed.list.replace("\"number\":1", "\"number\":2"),
            ..signed
        };
        assert!(matches!(
            Revocations::verify(&altered, &ours.certificate()),
            Err(RevocationError::Signature(_))
        ));
        let foreign = sign(&ours, &list(&other, 1, Vec::new()));
        assert!(matches!(
            Revocations::verify(&foreign, &ours.certificate()),
            Err(RevocationError::OtherIssuer { .. })
        ));
        let spaced = RevocationList {
            platen_revocations: 2,
            ..list(&ours, 1, Vec::new())
        };
        assert!(matches!(
            Revocations::verify(&sign(&ours, &spaced), &ours.certificate()),
            Err(RevocationError::Malformed(_))
        ));
    }

    #[test]
    fn an_older_list_never_replaces_a_newer_one() {
        let ours = Authority::new("ours");
        let verify = |number, revoked| {
            let signed = sign(&ours, &list(&ours, number, revoked));
            Revocations::verify(&signed, &ours.certificate()).unwrap()
        };
        let fingerprint = Fingerprint::of(b"a");
        let (one, two) = (verify(1, Vec::new()), verify(2, vec![fingerprint]));
        assert_eq!(two.check_replaces(&one), Ok(()));
        assert_eq!(two.check_replaces(&two), Ok(()));
        assert_eq!(
            one.check_replaces(&two),
            Err(RevocationError::NotNewer {
                number: 1,
                known: 2
            })
        );
        let same_number = verify(2, Vec::new());
        assert!(same_number.check_replaces(&two).is_err());
    }

    #[test]
    fn a_revoked_certificate_anywhere_in_the_path_counts() {
        let ours = Authority::new("ours");
        let site = ours.site(&["dns:pos.example"]);
        let chain = site.verified(&ours);
        let check = |revoked| {
            let signed = sign(&ours, &list(&ours, 1, revoked));
            Revocations::verify(&signed, &ours.certificate())
                .unwrap()
                .check(&chain)
        };
        assert_eq!(check(vec![Fingerprint::of(b"a")]), Ok(()));
        assert!(matches!(
            check(vec![site.certificate().fingerprint]),
            Err(TrustError::Revoked { .. })
        ));
        assert!(matches!(
            check(vec![ours.certificate().fingerprint]),
            Err(TrustError::Revoked { .. })
        ));
    }
}
