//! Keys that signed provisioning files are believed by, and their signatures.
//!
//! The key's kind fixes the algorithm. What is signed is more than the file:
//! [`platen_protocol::provision`] says what.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platen_protocol::provision::signed_octets;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm};

/// SubjectPublicKeyInfo up to the key itself (RFC 8410 §4, RFC 5480 §2).
const ED25519_HEAD: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const P256_HEAD: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// A public key, Ed25519 or ECDSA P-256.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvisionKey {
    kind: Kind,
    /// SubjectPublicKeyInfo, DER.
    spki: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ed25519,
    P256,
}

/// The text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no public key; write what `platen-sign provision new` printed: an Ed25519 or ECDSA P-256 key as base64 or PEM of SubjectPublicKeyInfo"
)]
pub struct NotAKey;

impl ProvisionKey {
    /// Whether the other half of this key made `signature` (base64url without
    /// padding) over the octets of a provisioning file.
    #[must_use]
    pub fn has_signed(&self, file: &[u8], signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::Ed25519 => &ED25519,
            Kind::P256 => &ECDSA_P256_SHA256_ASN1,
        };
        let key = &self.spki[self.kind.head().len()..];
        UnparsedPublicKey::new(algorithm, key)
            .verify(&signed_octets(file), &signature)
            .is_ok()
    }
}

impl Kind {
    fn head(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => ED25519_HEAD,
            Self::P256 => P256_HEAD,
        }
    }

    /// Octets of the key behind the head; P-256 not compressed.
    fn octets(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::P256 => 65,
        }
    }
}

impl FromStr for ProvisionKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let lines = text.lines().filter(|line| !line.starts_with("-----"));
        let base64: String = lines.flat_map(str::split_whitespace).collect();
        let spki = STANDARD.decode(base64).map_err(|_| NotAKey)?;
        let kind = [Kind::Ed25519, Kind::P256].into_iter().find(|kind| {
            spki.starts_with(kind.head()) && spki.len() == kind.head().len() + kind.octets()
        });
        let kind = kind.ok_or(NotAKey)?;
        Ok(Self { kind, spki })
    }
}

impl fmt::Display for ProvisionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(&self.spki))
    }
}

impl fmt::Debug for ProvisionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvisionKey({self})")
    }
}

/// Where the signature of a provisioning file lies.
#[must_use]
pub fn signature_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{
        KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData as _,
        SigningKey as _,
    };

    fn public(key: &KeyPair) -> String {
        STANDARD.encode(key.subject_public_key_info())
    }

    #[test]
    fn a_signature_fits_its_file_and_its_key_only() {
        for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P256_SHA256] {
            let pair = KeyPair::generate_for(algorithm).unwrap();
            let key: ProvisionKey = public(&pair).parse().unwrap();
            let sign = |message: &[u8]| URL_SAFE_NO_PAD.encode(pair.sign(message).unwrap());
            let good = sign(&signed_octets(b"file"));
            assert!(key.has_signed(b"file", &good));
            assert!(!key.has_signed(b"filf", &good));
            assert!(!key.has_signed(b"file", &sign(b"file")), "another purpose");
            assert!(!key.has_signed(b"file", "!"));
            let other = KeyPair::generate_for(algorithm).unwrap();
            let other: ProvisionKey = public(&other).parse().unwrap();
            assert!(!other.has_signed(b"file", &good));
        }
    }

    #[test]
    fn a_key_is_read_as_base64_and_as_pem_and_no_other_kind_is() {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let key: ProvisionKey = public(&pair).parse().unwrap();
        assert_eq!(pair.public_key_pem().parse(), Ok(key.clone()));
        assert_eq!(key.to_string().parse(), Ok(key));
        let large = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        for text in ["", "AAAA", "no key", &public(&large), &pair.serialize_pem()] {
            assert_eq!(text.parse::<ProvisionKey>(), Err(NotAKey), "{text}");
        }
    }
}
