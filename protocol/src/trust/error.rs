//! Why a chain or a signature is not believed, and which certificate it is about.

use std::fmt;

use super::KeyKind;
use super::chain::{CERTIFICATE_OCTETS_MAX, CHAIN_CERTIFICATES_MAX};
use crate::{ErrorCode, Fingerprint, Origin};

/// Which certificate an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Its place in the chain that was presented (0 is the leaf); `None` for a
    /// root of this machine.
    pub index: Option<usize>,
    /// Its subject, for people.
    pub subject: String,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(0) => write!(f, "the site certificate ({})", self.subject),
            Some(index) => write!(f, "certificate {index} of the chain ({})", self.subject),
            None => write!(f, "the trusted root ({})", self.subject),
        }
    }
}

/// Why a chain, or a signature by its leaf, is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Nothing was presented.
    #[error("no certificate was presented; send the chain, leaf first")]
    NoCertificate,
    /// More than any real chain has.
    #[error(
        "{count} certificates were presented, at most {CHAIN_CERTIFICATES_MAX} are read; send only the chain from the site's certificate to its root"
    )]
    TooManyCertificates {
        /// How many.
        count: usize,
    },
    /// More than any real certificate has.
    #[error(
        "certificate {index} of the chain has more than {CERTIFICATE_OCTETS_MAX} octets; make a smaller one, with fewer names"
    )]
    CertificateTooLarge {
        /// Its place in the chain.
        index: usize,
    },
    /// Not base64, not DER, not X.509.
    #[error(
        "certificate {index} of the chain cannot be read: {reason}; send each certificate as base64 of its DER"
    )]
    Malformed {
        /// Its place in the chain.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Its time is over.
    #[error(
        "{which} expired {days_ago} days ago; renew it with `platen-sign`, and check the machine's clock"
    )]
    Expired {
        /// Which one.
        which: Which,
        /// Full days since.
        days_ago: u64,
    },
    /// Its time has not come.
    #[error("{which} is not valid yet; check the machine's clock")]
    NotYetValid {
        /// Which one.
        which: Which,
    },
    /// A certificate authority presented itself as a site.
    #[error(
        "{which} is a certificate authority's; send a site's certificate first, made by `platen-sign site new`"
    )]
    LeafIsAuthority {
        /// Which one.
        which: Which,
    },
    /// A certificate that may not issue others has issued one.
    #[error("{which} is no certificate authority and cannot vouch for another certificate")]
    IssuerIsNoAuthority {
        /// Which one.
        which: Which,
    },
    /// The chain ends outside what this machine trusts.
    #[error(
        "{which} was issued by \"{issuer}\", which this machine does not trust; on the machine, add that root with `platen trust add`"
    )]
    Untrusted {
        /// The last certificate whose issuer was looked for.
        which: Which,
        /// The issuer's name.
        issuer: String,
    },
    /// The issuer's name fits, its key does not.
    #[error(
        "the signature on {which} was not made by the key of \"{issuer}\"; the certificate was altered, or its issuer has a new key: make a new certificate"
    )]
    NotSignedByIssuer {
        /// Which one.
        which: Which,
        /// The issuer's name.
        issuer: String,
    },
    /// The leaf's key cannot sign statements.
    #[error(
        "{which} has a key of kind {key}; use ECDSA P-256, Ed25519 or RSA of 2048 to 8192 bits"
    )]
    UnsupportedKey {
        /// Which one.
        which: Which,
        /// What it has.
        key: KeyKind,
    },
    /// The leaf is for something else.
    #[error(
        "{which} is not for signing as a client; make one with `platen-sign site new` (key usage digitalSignature, extended key usage clientAuth)"
    )]
    WrongUsage {
        /// Which one.
        which: Which,
    },
    /// A certificate in the path does not allow this leaf.
    #[error(
        "a certificate authority of the chain limits names or path length, and {which} is beyond it: {reason}"
    )]
    Constrained {
        /// The leaf.
        which: Which,
        /// What was exceeded.
        reason: &'static str,
    },
    /// Path validation failed in a way that has no word of its own here.
    #[error("{which} cannot be verified: {reason}; `platen-sign explain` shows each check")]
    Unverifiable {
        /// The leaf.
        which: Which,
        /// What the validator said.
        reason: String,
    },
    /// The leaf does not name this origin.
    #[error(
        "the site certificate does not name {origin}; it names {named}; make one that does with `platen-sign site new --origin {origin}`"
    )]
    OriginNotNamed {
        /// The origin asked for.
        origin: Origin,
        /// What it names instead.
        named: String,
    },
    /// On the revocation list.
    #[error("{which} was revoked; make a new key and certificate with `platen-sign site new`")]
    Revoked {
        /// Which one.
        which: Which,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
    /// Not base64url.
    #[error("the signature is not base64url without padding (RFC 4648 §5)")]
    SignatureEncoding,
    /// Wrong key, wrong text or wrong algorithm.
    #[error(
        "the signature does not fit the text and the certificate's {key} key; sign exactly the statement's text with {}", .key.algorithm()
    )]
    SignatureInvalid {
        /// The key it was checked with.
        key: KeyKind,
    },
}

impl TrustError {
    /// The name on the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoCertificate
            | Self::TooManyCertificates { .. }
            | Self::CertificateTooLarge { .. }
            | Self::Malformed { .. }
            | Self::UnsupportedKey { .. } => ErrorCode::CertificateMalformed,
            Self::Expired { .. } | Self::NotYetValid { .. } => ErrorCode::CertificateExpired,
            Self::LeafIsAuthority { .. }
            | Self::IssuerIsNoAuthority { .. }
            | Self::Untrusted { .. }
            | Self::NotSignedByIssuer { .. }
            | Self::WrongUsage { .. }
            | Self::Constrained { .. }
            | Self::Unverifiable { .. } => ErrorCode::CertificateUntrusted,
            Self::OriginNotNamed { .. } => ErrorCode::CertificateOriginMismatch,
            Self::Revoked { .. } => ErrorCode::CertificateRevoked,
            Self::SignatureEncoding | Self::SignatureInvalid { .. } => ErrorCode::SignatureInvalid,
        }
    }
}
