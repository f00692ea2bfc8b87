//! From what a page presents to a leaf whose word counts.
//!
//! Path validation is webpki's (RFC 5280). Around it stand bounds before any
//! parsing, the anchors of this machine, and a second walk over a refused
//! chain that only finds better words for the error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring as algorithms};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Certificate, TrustError, VerifyingKey};
use crate::{Fingerprint, TimestampMs};

/// The longest chain read: a leaf, two intermediates and a root.
pub const CHAIN_CERTIFICATES_MAX: usize = 4;
/// The longest certificate read: RSA 4096 with room for some dozen names.
pub const CERTIFICATE_OCTETS_MAX: usize = 6144;

/// What certificates may be signed with. RSA keys have 2048 bits at least.
static CERTIFICATE_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ED25519,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// What this machine trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Root(Box<Certificate>),
    Leaf(Fingerprint),
}

impl Anchor {
    /// A root: it vouches for every leaf it issues.
    ///
    /// # Errors
    /// [`TrustError::IssuerIsNoAuthority`] for a certificate that may not
    /// issue others: as a root it would turn a site's key into an authority's.
    pub fn root(certificate: Certificate) -> Result<Self, TrustError> {
        if certificate.is_authority {
            return Ok(Self(Kind::Root(Box::new(certificate))));
        }
        Err(TrustError::IssuerIsNoAuthority {
            which: certificate.which(None),
        })
    }

    /// One site certificate, pinned: trusted by itself within its validity.
    #[must_use]
    pub fn leaf(fingerprint: Fingerprint) -> Self {
        Self(Kind::Leaf(fingerprint))
    }

    /// The root's, or the pinned leaf's.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.0 {
            Kind::Root(certificate) => certificate.fingerprint,
            Kind::Leaf(fingerprint) => *fingerprint,
        }
    }
}

/// A chain that ends at an anchor.
///
/// Invariant: only [`verify_chain`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedChain {
    /// Leaf first, then its issuers, the root last; a pinned leaf stands alone.
    pub(super) path: Vec<Certificate>,
    anchor: Fingerprint,
    key: VerifyingKey,
}

impl VerifiedChain {
    /// The site's certificate.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.path[0]
    }

    /// Leaf, issuers and root; only the leaf where it is pinned.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// The anchor it ends at: the root, or the leaf where it is pinned.
    #[must_use]
    pub fn anchor(&self) -> Fingerprint {
        self.anchor
    }

    /// The leaf's key, for every statement of the session.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// When the first certificate of the path ends: no session outlives it.
    #[must_use]
    pub fn expires_at(&self) -> TimestampMs {
        let ends = self.path.iter().map(|certificate| certificate.not_after);
        ends.min().unwrap_or(0)
    }
}

/// The DER of a chain as `session.open` carries it: base64 (RFC 4648 §4), leaf
/// first. Counts and lengths are checked before anything is decoded.
///
/// # Errors
/// [`TrustError::NoCertificate`], [`TrustError::TooManyCertificates`],
/// [`TrustError::CertificateTooLarge`], [`TrustError::Malformed`].
pub fn decode_chain<T: AsRef<str>>(certificates: &[T]) -> Result<Vec<Vec<u8>>, TrustError> {
    check_count(certificates.len())?;
    let decode = |(index, text): (usize, &T)| {
        if text.as_ref().len() > CERTIFICATE_OCTETS_MAX.div_ceil(3) * 4 {
            return Err(TrustError::CertificateTooLarge { index });
        }
        STANDARD
            .decode(text.as_ref())
            .map_err(|_| TrustError::Malformed {
                index,
                reason: "it is not base64",
            })
    };
    certificates.iter().enumerate().map(decode).collect()
}

/// Verifies that a chain (DER, leaf first) ends at one of `anchors` at `now`.
/// Whether the leaf names the origin at hand is [`Certificate::check_names`].
///
/// # Errors
/// [`TrustError`], naming the certificate.
pub fn verify_chain(
    chain_der: &[Vec<u8>],
    anchors: &[Anchor],
    now: TimestampMs,
) -> Result<VerifiedChain, TrustError> {
    check_count(chain_der.len())?;
    let mut chain = Vec::with_capacity(chain_der.len());
    for (index, der) in chain_der.iter().enumerate() {
        chain.push(Certificate::from_der(der, index)?);
    }
    let leaf = &chain[0];
    let key = leaf.verifying_key()?;
    let is_pinned = |anchor: &Anchor| anchor.0 == Kind::Leaf(leaf.fingerprint);
    if anchors.iter().any(is_pinned) {
        leaf.check_validity(Some(0), now)?;
        return Ok(VerifiedChain {
            anchor: leaf.fingerprint,
            key,
            path: chain.into_iter().take(1).collect(),
        });
    }
    let roots: Vec<&Certificate> = anchors
        .iter()
        .filter_map(|anchor| match &anchor.0 {
            Kind::Root(certificate) => Some(certificate.as_ref()),
            Kind::Leaf(_) => None,
        })
        .collect();
    let path =
        validate(&chain, &roots, now).map_err(|error| diagnose(&chain, &roots, now, &error))?;
    let leaf = &path[0];
    if !leaf.may_make_signatures {
        return Err(TrustError::WrongUsage {
            which: leaf.which(Some(0)),
        });
    }
    if let Some(root) = path.last() {
        root.check_validity(None, now)?;
    }
    // webpki checks DNS constraints against DNS names; a URI would slip by.
    let is_constrained = path[1..].iter().any(|issuer| issuer.limits_names);
    if is_constrained && leaf.has_uri_names {
        return Err(TrustError::Constrained {
            which: leaf.which(Some(0)),
            reason: "origins named by URI cannot be held against name constraints; name them by DNS name",
        });
    }
    Ok(VerifiedChain {
        anchor: path[path.len() - 1].fingerprint,
        key,
        path,
    })
}

fn check_count(count: usize) -> Result<(), TrustError> {
    match count {
        0 => Err(TrustError::NoCertificate),
        1..=CHAIN_CERTIFICATES_MAX => Ok(()),
        _ => Err(TrustError::TooManyCertificates { count }),
    }
}

/// RFC 5280 path validation; the certificates of the path, leaf first.
fn validate(
    chain: &[Certificate],
    roots: &[&Certificate],
    now: TimestampMs,
) -> Result<Vec<Certificate>, webpki::Error> {
    let leaf_der = CertificateDer::from(chain[0].der());
    let leaf = EndEntityCert::try_from(&leaf_der)?;
    let issuers: Vec<CertificateDer<'_>> = chain[1..]
        .iter()
        .map(|certificate| CertificateDer::from(certificate.der()))
        .collect();
    let root_ders: Vec<CertificateDer<'_>> = roots
        .iter()
        .map(|root| CertificateDer::from(root.der()))
        .collect();
    let trusted = root_ders
        .iter()
        .map(anchor_from_trusted_cert)
        .collect::<Result<Vec<_>, _>>()?;
    let path = leaf.verify_for_usage(
        CERTIFICATE_ALGORITHMS,
        &trusted,
        &issuers,
        UnixTime::since_unix_epoch(Duration::from_millis(now)),
        KeyUsage::client_auth(),
        None,
        None,
    )?;
    let mut found = vec![chain[0].clone()];
    for issuer in path.intermediate_certificates() {
        let der = issuer.der();
        found.extend(chain.iter().find(|one| one.der() == der.as_ref()).cloned());
    }
    let root = trusted
        .iter()
        .position(|anchor| std::ptr::eq(anchor, path.anchor()))
        .ok_or(webpki::Error::UnknownIssuer)?;
    found.push(roots[root].clone());
    Ok(found)
}

/// The best words for a refusal. It only ever words a refusal that
/// [`validate`] has already made.
fn diagnose(
    chain: &[Certificate],
    roots: &[&Certificate],
    now: TimestampMs,
    error: &webpki::Error,
) -> TrustError {
    let leaf = &chain[0];
    if leaf.is_authority {
        return TrustError::LeafIsAuthority {
            which: leaf.which(Some(0)),
        };
    }
    let mut current = (leaf, Some(0));
    for _ in 0..=CHAIN_CERTIFICATES_MAX {
        let (certificate, index) = current;
        if let Err(error) = certificate.check_validity(index, now) {
            return error;
        }
        if index.is_none() {
            break; // At a root of this machine.
        }
        let trusted = roots
            .iter()
            .find(|root| root.subject_der == certificate.issuer_der)
            .map(|root| (*root, None));
        let presented = || {
            let issues = |(index, one): &(usize, &Certificate)| {
                Some(*index) != current.1 && one.subject_der == certificate.issuer_der
            };
            let found = chain.iter().enumerate().skip(1).find(issues);
            found.map(|(index, one)| (one, Some(index)))
        };
        let Some((issuer, issuer_index)) = trusted.or_else(presented) else {
            return TrustError::Untrusted {
                which: certificate.which(index),
                issuer: certificate.issuer.clone(),
            };
        };
        if !issuer.is_authority {
            return TrustError::IssuerIsNoAuthority {
                which: issuer.which(issuer_index),
            };
        }
        if !certificate.is_signed_by(issuer) {
            return TrustError::NotSignedByIssuer {
                which: certificate.which(index),
                issuer: issuer.subject.clone(),
            };
        }
        current = (issuer, issuer_index);
    }
    let which = leaf.which(Some(0));
    match error {
        webpki::Error::RequiredEkuNotFoundContext(_) => TrustError::WrongUsage { which },
        webpki::Error::NameConstraintViolation => TrustError::Constrained {
            which,
            reason: "it names a host outside the permitted names",
        },
        webpki::Error::PathLenConstraintViolated => TrustError::Constrained {
            which,
            reason: "the path is longer than permitted",
        },
        other => TrustError::Unverifiable {
            which,
            reason: other.to_string(),
        },
    }
}

impl Certificate {
    /// Whether `issuer`'s key made the signature on this certificate. This is
    /// one link, not a verified chain: it explains, it does not permit.
    #[must_use]
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        let issuer_der = CertificateDer::from(issuer.der());
        let (Ok((_, parsed)), Ok(issuer)) = (
            X509Certificate::from_der(self.der()),
            EndEntityCert::try_from(&issuer_der),
        ) else {
            return false;
        };
        CERTIFICATE_ALGORITHMS.iter().any(|algorithm| {
            issuer
                .verify_signature(
                    *algorithm,
                    parsed.tbs_certificate.as_ref(),
                    &parsed.signature_value.data,
                )
                .is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::trust::testing::{Authority, NOW, Site};

    fn check(chain: &[Vec<u8>], anchors: &[Anchor], now: TimestampMs) -> TrustError {
        verify_chain(chain, anchors, now).unwrap_err()
    }

    #[test]
    fn a_chain_to_a_trusted_root_is_believed_with_or_without_the_root_in_it() {
        let root = Authority::new("root");
        let middle = root.intermediate("middle");
        let direct = root.site(&["dns:pos.example"]);
        let deep = middle.site(&["dns:pos.example"]);
        let anchors = [root.anchor()];
        let root_der = root.certificate().der().to_vec();
        let middle_der = middle.certificate().der().to_vec();
        for (leaf, more, length) in [
            (&direct, vec![], 2),
            (&direct, vec![root_der.clone()], 2),
            (&deep, vec![middle_der.clone()], 3),
            (&deep, vec![root_der, middle_der], 3),
        ] {
            let chain = [vec![leaf.certificate().der().to_vec()], more].concat();
            let verified = verify_chain(&chain, &anchors, NOW).unwrap();
            assert_eq!(verified.leaf(), &leaf.certificate());
            assert_eq!(verified.anchor(), root.certificate().fingerprint);
            assert_eq!(verified.path().len(), length);
            let signature = leaf.sign(b"text");
            assert_eq!(verified.key().verify(b"text", &signature), Ok(()));
        }
    }

    #[test]
    fn a_pinned_leaf_needs_no_root_but_its_validity() {
        let site = Site::p256("pos.example");
        let certificate = site.certificate();
        let chain = [certificate.der().to_vec()];
        let anchors = [Anchor::leaf(certificate.fingerprint)];
        let verified = verify_chain(&chain, &anchors, NOW).unwrap();
        assert_eq!(verified.anchor(), certificate.fingerprint);
        let late = check(&chain, &anchors, certificate.not_after + 1000);
        assert_eq!(late.code(), ErrorCode::CertificateExpired);
        let other = [Anchor::leaf(
            Site::p256("pos.example").certificate().fingerprint,
        )];
        assert!(matches!(
            check(&chain, &other, NOW),
            TrustError::Untrusted { .. }
        ));
    }

    #[test]
    fn each_refusal_names_the_certificate_it_is_about() {
        let root = Authority::new("root");
        let middle = root.intermediate("middle");
        let site = middle.site(&["dns:pos.example"]);
        let (leaf, link) = (site.certificate(), middle.certificate());
        let chain = [leaf.der().to_vec(), link.der().to_vec()];
        let anchors = [root.anchor()];

        let error = check(&chain[..1], &anchors, NOW);
        assert!(
            matches!(&error, TrustError::Untrusted { which, issuer }
                if which.index == Some(0) && issuer.contains("middle")),
            "{error}"
        );
        let error = check(&chain, &[Authority::new("other").anchor()], NOW);
        assert!(
            matches!(&error, TrustError::Untrusted { which, issuer }
                if which.index == Some(1) && issuer.contains("root")),
            "{error}"
        );
        let error = check(&chain, &[], NOW);
        assert_eq!(error.code(), ErrorCode::CertificateUntrusted);

        // A second authority with the same name but another key.
        let error = check(&chain, &[Authority::new("root").anchor()], NOW);
        assert!(
            matches!(&error, TrustError::NotSignedByIssuer { which, .. } if which.index == Some(1)),
            "{error}"
        );

        let error = check(&chain, &anchors, leaf.not_after + 86_400_000);
        assert!(
            matches!(&error, TrustError::Expired { which, days_ago: 1 } if which.index == Some(0)),
            "{error}"
        );
        let error = check(&chain, &anchors, 1000);
        assert!(
            matches!(&error, TrustError::NotYetValid { which } if which.index == Some(0)),
            "{error}"
        );
        let error = check(&[link.der().to_vec()], &anchors, NOW);
        assert!(
            matches!(error, TrustError::LeafIsAuthority { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_site_cannot_vouch_for_another_site() {
        let root = Authority::new("root");
        let site = root.site(&["dns:pos.example"]);
        let forged = site.issue(&["dns:victim.example"]);
        let chain = [
            forged.certificate().der().to_vec(),
            site.certificate().der().to_vec(),
        ];
        let error = check(&chain, &[root.anchor()], NOW);
        assert!(
            matches!(&error, TrustError::IssuerIsNoAuthority { which } if which.index == Some(1)),
            "{error}"
        );
        assert!(matches!(
            Anchor::root(site.certificate()),
            Err(TrustError::IssuerIsNoAuthority { .. })
        ));
    }

    #[test]
    fn name_constraints_hold_for_dns_names_and_are_not_evaded_by_uris() {
        let root = Authority::new("root");
        let limited = root.limited_to("example.com");
        let verify = |names: &[&str]| {
            let chain = [
                limited.site(names).certificate().der().to_vec(),
                limited.certificate().der().to_vec(),
            ];
            verify_chain(&chain, &[root.anchor()], NOW).map(|_| ())
        };
        assert_eq!(verify(&["dns:pos.example.com"]), Ok(()));
        for names in [
            &["dns:evil.example"][..],
            &["dns:pos.example.com", "uri:https://evil.example"],
            &["uri:https://pos.example.com:8443"],
        ] {
            let error = verify(names).unwrap_err();
            assert!(matches!(error, TrustError::Constrained { .. }), "{error}");
        }
    }

    #[test]
    fn a_certificate_for_servers_signs_no_statements() {
        let root = Authority::new("root");
        let chain = [root.server("pos.example").certificate().der().to_vec()];
        let error = check(&chain, &[root.anchor()], NOW);
        assert!(matches!(error, TrustError::WrongUsage { .. }), "{error}");
    }

    #[test]
    fn an_altered_certificate_is_never_believed() {
        let root = Authority::new("root");
        let der = root.site(&["dns:pos.example"]).certificate().der().to_vec();
        for index in 0..der.len() {
            let mut altered = der.clone();
            altered[index] ^= 1;
            assert!(
                verify_chain(&[altered], &[root.anchor()], NOW).is_err(),
                "octet {index}"
            );
        }
    }

    #[test]
    fn what_is_too_much_is_refused_before_it_is_read() {
        let site = Site::p256("pos.example");
        let der = site.certificate().der().to_vec();
        assert_eq!(check(&[], &[], NOW), TrustError::NoCertificate);
        assert_eq!(
            check(&vec![der; 5], &[], NOW),
            TrustError::TooManyCertificates { count: 5 }
        );
        assert_eq!(
            check(&[vec![0; CERTIFICATE_OCTETS_MAX + 1]], &[], NOW),
            TrustError::CertificateTooLarge { index: 0 }
        );
        assert_eq!(
            decode_chain(&["A".repeat(10_000)]),
            Err(TrustError::CertificateTooLarge { index: 0 })
        );
        for wrong in ["_-", "AAA", "AAAA AAAA", "é"] {
            assert!(decode_chain(&[wrong]).is_err(), "{wrong}");
        }
        assert_eq!(decode_chain(&["AAAA"]), Ok(vec![vec![0, 0, 0]]));
    }
}
