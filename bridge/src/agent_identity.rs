//! Who this agent is, to each origin separately.
//!
//! One secret of 32 octets in the state directory; from it one P-256 key per
//! origin, so that no two sites can recognize a machine by its key. The keys
//! sign [`platen_protocol::proof::ProofText`] and nothing else. What a grant
//! is, and who may ask, is decided in [`crate::authorize`].

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use platen_protocol::method::AgentProof;
use platen_protocol::proof::ProofText;
use platen_protocol::{AgentId, Origin};
use ring::hkdf;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use zeroize::Zeroizing;

use crate::secret_file;

/// Octets of the secret: as many as the keys have.
const SECRET_OCTETS: usize = 32;
/// Domain separation: nothing else is ever derived from the secret this way.
const INFO: &[u8] = b"platen agent proof v1";
/// Origins whose keys are kept derived; more are derived again when asked for.
const KEYS_MAX: usize = 64;

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("the agent's secret cannot be kept in its state directory: {0}")]
    File(#[from] io::Error),
    /// The file is something else.
    #[error(
        "the agent's secret has {0} octets, not 32; remove the file to have a new one made (sites then see a new machine)"
    )]
    Length(usize),
    /// The system gives no randomness.
    #[error("the system gives no random octets")]
    Random,
}

/// The agent's secret and the keys derived from it.
pub struct AgentIdentity {
    secret: Zeroizing<[u8; SECRET_OCTETS]>,
    keys: Mutex<HashMap<Origin, Arc<PairwiseKey>>>,
    random: SystemRandom,
}

impl AgentIdentity {
    /// The identity kept in `file`, made on the first start.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn load_or_make(file: &Path) -> Result<Self, IdentityError> {
        if let Some(kept) = secret_file::read(file)? {
            let secret = kept
                .as_slice()
                .try_into()
                .map_err(|_| IdentityError::Length(kept.len()))?;
            return Ok(Self::from_secret(secret));
        }
        let mut secret = Zeroizing::new([0; SECRET_OCTETS]);
        SystemRandom::new()
            .fill(secret.as_mut_slice())
            .map_err(|_| IdentityError::Random)?;
        secret_file::write(file, secret.as_slice())?;
        Ok(Self::from_secret(*secret))
    }

    pub(crate) fn from_secret(secret: [u8; SECRET_OCTETS]) -> Self {
        Self {
            secret: Zeroizing::new(secret),
            keys: Mutex::default(),
            random: SystemRandom::new(),
        }
    }

    /// Who the agent is to `origin`.
    #[must_use]
    pub fn id_for(&self, origin: &Origin) -> AgentId {
        self.key_for(origin).id.clone()
    }

    /// The proof of that, over this connection's challenge and the page's
    /// nonce; `None` should signing fail, which only lack of randomness does.
    #[must_use]
    pub fn prove(&self, origin: &Origin, challenge: &str, nonce: &str) -> Option<AgentProof> {
        let key = self.key_for(origin);
        let text = ProofText::canonical(origin, &key.id, challenge, nonce).ok()?;
        let signature = key.signing.sign(&self.random, text.as_bytes()).ok()?;
        Some(AgentProof {
            agent: key.id.clone(),
            public_key: key.public_key.clone(),
            signature: URL_SAFE_NO_PAD.encode(signature),
        })
    }

    fn key_for(&self, origin: &Origin) -> Arc<PairwiseKey> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(origin) {
            return Arc::clone(key);
        }
        let key = Arc::new(PairwiseKey::derive(&self.secret, origin, &self.random));
        if keys.len() >= KEYS_MAX {
            keys.clear();
        }
        keys.insert(origin.clone(), Arc::clone(&key));
        key
    }
}

impl fmt::Debug for AgentIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentIdentity")
    }
}

struct PairwiseKey {
    id: AgentId,
    public_key: String,
    signing: EcdsaKeyPair,
}

impl PairwiseKey {
    /// HKDF-SHA256 (RFC 5869) per origin. A result that is no scalar of the
    /// curve (one in 2^32) is passed over for the next counter.
    fn derive(secret: &[u8; SECRET_OCTETS], origin: &Origin, random: &SystemRandom) -> Self {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret);
        (0..=u8::MAX)
            .find_map(|counter| {
                let info = [INFO, &[0, counter], origin.as_str().as_bytes()];
                let mut octets = Zeroizing::new([0; SECRET_OCTETS]);
                extracted
                    .expand(&info, hkdf::HKDF_SHA256)
                    .and_then(|output| output.fill(octets.as_mut_slice()))
                    .ok()?;
                Self::from_scalar(&octets, random)
            })
            .expect("256 scalars in a row beyond the curve's order do not occur")
    }

    fn from_scalar(octets: &[u8; SECRET_OCTETS], random: &SystemRandom) -> Option<Self> {
        let secret = SecretKey::from_slice(octets).ok()?;
        let point = secret.public_key().to_sec1_point(false);
        let point = point.as_bytes();
        // Derived here because ring derives no public key; signed with ring.
        let signing = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            octets,
            point,
            random,
        )
        .ok()?;
        Some(Self {
            id: AgentId::of_public_key(point),
            public_key: URL_SAFE_NO_PAD.encode(point),
            signing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn the_agent_is_the_same_to_one_origin_and_another_to_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.key");
        let first = AgentIdentity::load_or_make(&file).unwrap();
        let again = AgentIdentity::load_or_make(&file).unwrap();
        let (pos, shop) = (
            origin("https://pos.example"),
            origin("https://shop.example"),
        );
        assert_eq!(first.id_for(&pos), again.id_for(&pos));
        assert_ne!(first.id_for(&pos), first.id_for(&shop));
        let other = AgentIdentity::from_secret([7; 32]);
        assert_ne!(first.id_for(&pos), other.id_for(&pos));
    }

    #[test]
    fn derived_keys_never_change_with_a_version_of_the_agent() {
        let identity = AgentIdentity::from_secret([7; 32]);
        assert_eq!(
            identity.id_for(&origin("https://pos.example")).as_str(),
            "OmUX0xRriFi4iciIQrfYrUS2epZT7w8dWaclZkndeLw"
        );
    }

    #[test]
    fn a_proof_fits_its_origin_challenge_and_nonce_only() {
        let identity = AgentIdentity::from_secret([7; 32]);
        let pos = origin("https://pos.example");
        let proof = identity.prove(&pos, "challenge", "nonce").unwrap();
        let point = URL_SAFE_NO_PAD.decode(&proof.public_key).unwrap();
        assert_eq!(AgentId::of_public_key(&point), proof.agent);
        let signature = URL_SAFE_NO_PAD.decode(&proof.signature).unwrap();
        assert_eq!(signature.len(), 64);
        let check = |challenge, nonce| {
            let text = ProofText::canonical(&pos, &proof.agent, challenge, nonce).unwrap();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)
                .verify(text.as_bytes(), &signature)
                .is_ok()
        };
        assert!(check("challenge", "nonce"));
        assert!(!check("challenge", "other"));
        assert!(!check("other", "nonce"));
    }

    #[test]
    fn a_file_that_is_no_secret_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.key");
        secret_file::write(&file, b"short").unwrap();
        assert!(matches!(
            AgentIdentity::load_or_make(&file),
            Err(IdentityError::Length(5))
        ));
        assert!(file.exists());
    }

    #[test]
    fn more_origins_than_are_kept_still_have_their_keys() {
        let identity = AgentIdentity::from_secret([7; 32]);
        let first = origin("https://pos0.example");
        let id = identity.id_for(&first);
        for n in 1..=KEYS_MAX {
            let _ = identity.id_for(&origin(&format!("https://pos{n}.example")));
        }
        assert_eq!(identity.id_for(&first), id);
    }
}
