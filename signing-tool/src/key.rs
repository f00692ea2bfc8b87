//! Private keys. The key's kind fixes the algorithm, as for whoever verifies.

use pem::{EncodeConfig, LineEnding, Pem};
use platen_protocol::trust::KeyKind;
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, PublicKeyData};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PSS_SHA256,
    RsaKeyPair,
};
use std::fmt;
use zeroize::Zeroizing;

/// Kinds of keys a site may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256: the default.
    P256,
    /// Ed25519.
    Ed25519,
    /// RSA of 2048 bits or more.
    Rsa,
}

/// Why a key is no key of a site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not PEM of PKCS #8.
    #[error(
        "the key is not PKCS #8 in PEM (-----BEGIN PRIVATE KEY-----); convert it with `openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW`"
    )]
    NotPkcs8,
    /// Needs a passphrase.
    #[error(
        "the key is encrypted; decrypt it into a file that only the signing server can read: `openssl pkcs8 -in OLD -out NEW`"
    )]
    Encrypted,
    /// Of a kind that signs no statements.
    #[error("the key is neither ECDSA P-256, nor Ed25519, nor RSA of 2048 to 4096 bits")]
    Unsupported,
    /// ring makes none.
    #[error(
        "RSA keys are not made here; make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out FILE` and name it with --key FILE, or use p256"
    )]
    CannotMakeRsa,
    /// The system has no randomness.
    #[error("the system gives no random numbers; try again")]
    NoRandomness,
}

/// A private key that signs. It never prints itself.
pub struct PrivateKey {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.kind())
    }
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError::CannotMakeRsa`], [`KeyError::NoRandomness`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let pkcs8 = match algorithm {
            Algorithm::P256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)
                    .map(|document| Zeroizing::new(document.as_ref().to_vec()))
                    .map_err(|_| KeyError::NoRandomness)?
            }
            Algorithm::Ed25519 => {
                // PKCS #8 version 1 (RFC 8410 §7) by hand: ring writes version
                // 2, which OpenSSL 3.0 and so Node, PHP and Python do not read.
                let mut seed = Zeroizing::new([0; 32]);
                random
                    .fill(seed.as_mut())
                    .map_err(|_| KeyError::NoRandomness)?;
                let mut pkcs8 = Zeroizing::new(Vec::with_capacity(48));
                pkcs8.extend_from_slice(b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70");
                pkcs8.extend_from_slice(b"\x04\x22\x04\x20");
                pkcs8.extend_from_slice(seed.as_ref());
                pkcs8
            }
            Algorithm::Rsa => return Err(KeyError::CannotMakeRsa),
        };
        Self::from_pkcs8(pkcs8)
    }

    /// Reads a key from PEM of PKCS #8.
    ///
    /// # Errors
    /// [`KeyError::NotPkcs8`], [`KeyError::Encrypted`], [`KeyError::Unsupported`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.contains("ENCRYPTED PRIVATE KEY") {
            return Err(KeyError::Encrypted);
        }
        let block = pem::parse(text).map_err(|_| KeyError::NotPkcs8)?;
        if block.tag() != "PRIVATE KEY" {
            return Err(KeyError::NotPkcs8);
        }
        Self::from_pkcs8(Zeroizing::new(block.into_contents()))
    }

    fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let p256 = || {
            let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
            EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &random).map(Pair::P256)
        };
        let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).map(Pair::Ed25519);
        let rsa = || RsaKeyPair::from_pkcs8(&pkcs8).map(Pair::Rsa);
        let pair = p256()
            .or_else(|_| ed25519())
            .or_else(|_| rsa())
            .map_err(|_| KeyError::Unsupported)?;
        Ok(Self { pair, pkcs8 })
    }

    /// The key as PEM of PKCS #8, wiped from memory when dropped.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        let block = Pem::new("PRIVATE KEY", self.pkcs8.to_vec());
        let text = Zeroizing::new(pem::encode_config(&block, config));
        drop(Zeroizing::new(block.into_contents()));
        text
    }

    /// What kind of key this is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.pair {
            Pair::P256(_) => KeyKind::P256,
            Pair::Ed25519(_) => KeyKind::Ed25519,
            Pair::Rsa(key) => KeyKind::Rsa {
                bits: key.public().modulus_len() * 8,
            },
        }
    }

    /// Which of the kinds to choose from it is.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match &self.pair {
            Pair::P256(_) => Algorithm::P256,
            Pair::Ed25519(_) => Algorithm::Ed25519,
            Pair::Rsa(_) => Algorithm::Rsa,
        }
    }

    /// A signature over these octets by the key's one algorithm. Not public:
    /// whoever signs goes through a type that knows what it is signing.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(key) => key
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyError::NoRandomness),
            Pair::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
            Pair::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PSS_SHA256, &random, message, &mut signature)
                    .map_err(|_| KeyError::NoRandomness)?;
                Ok(signature)
            }
        }
    }
}

/// The public half, for certificates.
impl PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        match &self.pair {
            Pair::P256(key) => key.public_key().as_ref(),
            Pair::Ed25519(key) => key.public_key().as_ref(),
            Pair::Rsa(key) => key.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match &self.pair {
            Pair::P256(_) => &PKCS_ECDSA_P256_SHA256,
            Pair::Ed25519(_) => &PKCS_ED25519,
            Pair::Rsa(_) => &PKCS_RSA_SHA256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::vector_key;

    #[test]
    fn a_key_reads_back_what_it_writes() {
        for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
            let key = PrivateKey::generate(algorithm).unwrap();
            let again = PrivateKey::from_pem(&key.to_pem()).unwrap();
            assert_eq!(again.algorithm(), algorithm);
            assert_eq!(again.der_bytes(), key.der_bytes());
        }
        let rsa = PrivateKey::from_pem(&vector_key("rsa")).unwrap();
        assert_eq!(rsa.kind(), KeyKind::Rsa { bits: 2048 });
        assert_eq!(rsa.to_pem().as_str(), vector_key("rsa"));
        assert_eq!(
            PrivateKey::generate(Algorithm::Rsa).unwrap_err(),
            KeyError::CannotMakeRsa
        );
    }

    #[test]
    fn what_is_no_key_is_refused_with_what_to_do() {
        for (text, error) in [
            ("", KeyError::NotPkcs8),
            ("-----BEGIN PRIVATE KEY-----\n", KeyError::NotPkcs8),
            (
                "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
                KeyError::NotPkcs8,
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                KeyError::Encrypted,
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                KeyError::Unsupported,
            ),
            (&vector_key("p384"), KeyError::Unsupported),
        ] {
            assert_eq!(PrivateKey::from_pem(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn a_key_does_not_print_itself() {
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(ECDSA P-256)");
    }
}
