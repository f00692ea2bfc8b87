//! Keys that signatures are checked with. The key's kind fixes the algorithm,
//! so no message can choose one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature;
use std::fmt;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION,
    OID_SIG_ED25519,
};
use x509_parser::prelude::SubjectPublicKeyInfo;
use x509_parser::public_key::PublicKey;

use super::TrustError;

/// The kind of a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on the curve P-256.
    P256,
    /// ECDSA on the curve P-384: for certificate authorities only.
    P384,
    /// Ed25519.
    Ed25519,
    /// RSA.
    Rsa {
        /// Of the modulus.
        bits: usize,
    },
    /// Anything else.
    Other,
}

impl KeyKind {
    /// The algorithm a signature by such a key has.
    #[must_use]
    pub fn algorithm(self) -> &'static str {
        match self {
            Self::P256 => "ECDSA P-256 with SHA-256 (ASN.1 DER)",
            Self::Ed25519 => "Ed25519",
            Self::Rsa { .. } => "RSA-PSS with SHA-256 and a salt of 32 octets",
            Self::P384 | Self::Other => "no algorithm of platen.v1",
        }
    }

    /// Whether such a key may sign statements and revocation lists.
    #[must_use]
    pub fn may_sign(self) -> bool {
        match self {
            Self::P256 | Self::Ed25519 => true,
            Self::Rsa { bits } => (2048..=8192).contains(&bits),
            Self::P384 | Self::Other => false,
        }
    }

    pub(super) fn of(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = &info.algorithm.algorithm;
        if *algorithm == OID_SIG_ED25519 {
            return Self::Ed25519;
        }
        if *algorithm == OID_PKCS1_RSAENCRYPTION {
            return match info.parsed() {
                Ok(PublicKey::RSA(key)) => Self::Rsa {
                    bits: modulus_bits(key.modulus),
                },
                Ok(_) | Err(_) => Self::Other,
            };
        }
        if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
            let curve = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.as_oid().ok());
            return match curve {
                Some(curve) if curve == OID_EC_P256 => Self::P256,
                Some(curve) if curve == OID_NIST_EC_P384 => Self::P384,
                Some(_) | None => Self::Other,
            };
        }
        Self::Other
    }
}

fn modulus_bits(modulus: &[u8]) -> usize {
    let digits = modulus.iter().position(|octet| *octet != 0);
    digits.map_or(0, |first| {
        let leading = modulus[first].leading_zeros() as usize;
        (modulus.len() - first) * 8 - leading
    })
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("ECDSA P-256"),
            Self::P384 => f.write_str("ECDSA P-384"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Other => f.write_str("unknown"),
        }
    }
}

/// A public key ready to check signatures with: taken from a certificate once,
/// used for every statement of a session.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    kind: KeyKind,
    key: signature::UnparsedPublicKey<Vec<u8>>,
}

impl VerifyingKey {
    /// `None` where such a key may not sign.
    pub(super) fn new(kind: KeyKind, octets: &[u8]) -> Option<Self> {
        let algorithm: &'static dyn signature::VerificationAlgorithm = match kind {
            KeyKind::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            KeyKind::Ed25519 => &signature::ED25519,
            KeyKind::Rsa { .. } => &signature::RSA_PSS_2048_8192_SHA256,
            KeyKind::P384 | KeyKind::Other => return None,
        };
        kind.may_sign().then(|| Self {
            kind,
            key: signature::UnparsedPublicKey::new(algorithm, octets.to_vec()),
        })
    }

    /// The key's kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// That `signature` (base64url without padding) was made over exactly
    /// `message` by the other half of this key.
    ///
    /// # Errors
    /// [`TrustError::SignatureEncoding`], [`TrustError::SignatureInvalid`].
    pub fn verify(&self, message: &[u8], signature: &str) -> Result<(), TrustError> {
        // An RSA signature of 8192 bits is the longest there is.
        const SIGNATURE_TEXT_OCTETS_MAX: usize = 1366;
        if signature.len() > SIGNATURE_TEXT_OCTETS_MAX {
            return Err(TrustError::SignatureInvalid { key: self.kind });
        }
        let octets = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| TrustError::SignatureEncoding)?;
        self.key
            .verify(message, &octets)
            .map_err(|_| TrustError::SignatureInvalid { key: self.kind })
    }
}

/// A hash that RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) signs with in another
/// agent's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyHash {
    /// SHA-1: broken for collisions, and only where a machine's owner says so.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl VerifyingKey {
    /// That `signature` was made over `message` by the other half of this
    /// RSA key, with the older padding that `platen.v1` does not take.
    ///
    /// # Errors
    /// [`TrustError::SignatureInvalid`], also for every other kind of key.
    pub fn verify_legacy_rsa(
        &self,
        hash: LegacyHash,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TrustError> {
        let invalid = TrustError::SignatureInvalid { key: self.kind };
        let KeyKind::Rsa { .. } = self.kind else {
            return Err(invalid);
        };
        let algorithm: &'static dyn signature::VerificationAlgorithm = match hash {
            LegacyHash::Sha1 => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            LegacyHash::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            LegacyHash::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        };
        signature::UnparsedPublicKey::new(algorithm, self.key.as_ref())
            .verify(message, signature)
            .map_err(|_| invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::testing::Site;

    #[test]
    fn a_signature_fits_its_text_and_its_key_only() {
        let ours = Site::p256("pos.example");
        let other = Site::p256("pos.example");
        let ed25519 = Site::ed25519("pos.example");
        for site in [&ours, &ed25519] {
            let signature = site.sign(b"text");
            let key = site.certificate().verifying_key().unwrap();
            assert_eq!(key.verify(b"text", &signature), Ok(()));
            assert!(key.verify(b"texT", &signature).is_err());
            assert!(key.verify(b"", &signature).is_err());
            let foreign = other.certificate().verifying_key().unwrap();
            assert!(foreign.verify(b"text", &signature).is_err());
        }
        let key = ours.certificate().verifying_key().unwrap();
        assert_eq!(
            key.verify(b"text", &ed25519.sign(b"text")),
            Err(TrustError::SignatureInvalid { key: KeyKind::P256 }),
        );
    }

    #[test]
    fn a_signature_has_one_spelling() {
        let site = Site::p256("pos.example");
        let key = site.certificate().verifying_key().unwrap();
        let signature = site.sign(b"text");
        for wrong in [
            format!("{signature}="),
            format!(" {signature}"),
            format!("{signature}+"),
            signature.replace(|c: char| c.is_ascii_lowercase(), "/"),
        ] {
            assert_eq!(
                key.verify(b"text", &wrong),
                Err(TrustError::SignatureEncoding),
                "{wrong}"
            );
        }
        for wrong in ["", "AAAA", &signature[..40], &"A".repeat(4000)] {
            assert!(key.verify(b"text", wrong).is_err(), "{wrong}");
        }
    }
}
