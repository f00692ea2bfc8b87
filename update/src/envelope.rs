//! What comes from the place of updates: a manifest's text, and a signature
//! over exactly that text.
//!
//! The signature is checked over the octets that came, before anything in them
//! is read. The text that is signed begins with [`DOMAIN`], so that a
//! signature by the same key under anything else never passes for one of an
//! update.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// What every signed text of this kind begins with.
pub const DOMAIN: &str = "platen-update-manifest-v1\n";

/// Octets of an envelope, at most.
pub const ENVELOPE_OCTETS_MAX: usize = 256 * 1024;

/// Octets of a public key (Ed25519).
const KEY_OCTETS: usize = 32;

/// A manifest on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The manifest, as a text: see [`crate::manifest`].
    pub manifest: String,
    /// Which key signed: [`PublicKey::id`].
    pub key_id: String,
    /// Ed25519 over [`DOMAIN`] and the text, base64.
    pub signature: String,
}

/// Why an envelope is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Longer than any.
    #[error("the manifest is longer than {ENVELOPE_OCTETS_MAX} octets; is it the right address?")]
    TooLong,
    /// No envelope.
    #[error("what was found is no signed manifest ({0}); is it the right address?")]
    Unreadable(String),
    /// By a key that is not ours.
    #[error("the manifest is signed with the key {found}, and this machine trusts {trusted}")]
    OtherKey {
        /// Which.
        found: String,
        /// Ours.
        trusted: String,
    },
    /// It does not fit.
    #[error("the manifest's signature does not fit; somebody changed it, or it is not whole")]
    Signature,
}

/// The key whose word counts. Its secret half stays offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_OCTETS]);

/// The text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an update key is 32 octets in base64, as `platen-sign update new-key` prints it")]
pub struct PublicKeyError;

impl PublicKey {
    /// The key with these octets.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// Its name: the first 16 digits of its SHA-256.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = digest::digest(&digest::SHA256, &self.0);
        crate::manifest::hex(&digest.as_ref()[..8])
    }
}

impl std::str::FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let octets = STANDARD.decode(text).map_err(|_| PublicKeyError)?;
        Self::new(&octets).ok_or(PublicKeyError)
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

/// The manifest's text of what came, if `key` signed exactly it.
///
/// # Errors
/// [`EnvelopeError`].
pub fn open(octets: &[u8], key: &PublicKey) -> Result<String, EnvelopeError> {
    if octets.len() > ENVELOPE_OCTETS_MAX {
        return Err(EnvelopeError::TooLong);
    }
    let envelope: Envelope = serde_json::from_slice(octets)
        .map_err(|error| EnvelopeError::Unreadable(error.to_string()))?;
    if envelope.key_id != key.id() {
        let visible = envelope.key_id.chars().filter(char::is_ascii_alphanumeric);
        return Err(EnvelopeError::OtherKey {
            found: visible.take(16).collect(),
            trusted: key.id(),
        });
    }
    let signature = STANDARD
        .decode(&envelope.signature)
        .map_err(|_| EnvelopeError::Signature)?;
    UnparsedPublicKey::new(&ED25519, &key.0)
        .verify(signed_text(&envelope.manifest).as_bytes(), &signature)
        .map_err(|_| EnvelopeError::Signature)?;
    Ok(envelope.manifest)
}

/// Signs a manifest's text.
#[must_use]
pub fn seal(manifest: String, key: &Ed25519KeyPair) -> Envelope {
    let public = PublicKey::new(key.public_key().as_ref()).expect("Ed25519 keys have 32 octets");
    Envelope {
        signature: STANDARD.encode(key.sign(signed_text(&manifest).as_bytes())),
        key_id: public.id(),
        manifest,
    }
}

fn signed_text(manifest: &str) -> String {
    format!("{DOMAIN}{manifest}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn key(seed: u8) -> (Ed25519KeyPair, PublicKey) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = PublicKey::new(pair.public_key().as_ref()).unwrap();
        (pair, public)
    }

    #[test]
    fn only_the_very_text_that_the_trusted_key_signed_comes_out() {
        let (pair, public) = key(1);
        let sealed = seal("{}".to_owned(), &pair);
        let octets = |envelope: &Envelope| serde_json::to_vec(envelope).unwrap();
        assert_eq!(open(&octets(&sealed), &public).unwrap(), "{}");

        let mut changed = sealed.clone();
        changed.manifest.push(' ');
        assert_eq!(
            open(&octets(&changed), &public),
            Err(EnvelopeError::Signature)
        );
        let (other, other_public) = key(2);
        let foreign = seal("{}".to_owned(), &other);
        assert!(matches!(
            open(&octets(&foreign), &public),
            Err(EnvelopeError::OtherKey { .. })
        ));
        // The same claim with our key's name.
        let claimed = Envelope {
            key_id: public.id(),
            ..foreign
        };
        assert_eq!(
            open(&octets(&claimed), &public),
            Err(EnvelopeError::Signature)
        );
        // A signature over the bare text is one for something else.
        let bare = Envelope {
            signature: STANDARD.encode(pair.sign(b"{}")),
            ..sealed.clone()
        };
        assert_eq!(open(&octets(&bare), &public), Err(EnvelopeError::Signature));
        assert_ne!(public.id(), other_public.id());
    }

    #[test]
    fn a_manifest_that_is_not_whole_is_refused_wherever_it_ends() {
        let (pair, public) = key(1);
        let whole = serde_json::to_vec(&seal("{\"a\":1}".to_owned(), &pair)).unwrap();
        for length in 0..whole.len() {
            assert!(open(&whole[..length], &public).is_err(), "{length}");
        }
        assert_eq!(
            open(&vec![b' '; ENVELOPE_OCTETS_MAX + 1], &public),
            Err(EnvelopeError::TooLong)
        );
    }

    #[test]
    fn a_key_is_written_and_read() {
        let (_, public) = key(1);
        assert_eq!(public.to_string().parse(), Ok(public));
        for wrong in ["", "AAAA", "not base64 at all"] {
            assert_eq!(wrong.parse::<PublicKey>(), Err(PublicKeyError));
        }
    }
}
