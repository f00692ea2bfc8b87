//! Checking who an agent is, for clients in Rust: the page's side of
//! `agent.prove` (see [`crate::proof`]).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use crate::method::AgentProof;
use crate::proof::ProofText;
use crate::{AgentId, Origin};

/// Why an agent is not who it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentProofError {
    /// The key is no uncompressed P-256 point in base64url.
    #[error("the agent's public key is not an uncompressed P-256 point (65 octets) in base64url")]
    Key,
    /// The id is another key's.
    #[error("the agent's id is not the digest of its public key; this is not an agent of Platen")]
    Id,
    /// The signature is wrong.
    #[error(
        "the agent's signature does not fit origin, challenge and nonce; something else answers on its port"
    )]
    Signature,
}

/// That the sender of `proof` holds the key `proof.agent` is named for, and
/// signed exactly these values. Comparing the id with the one known from
/// before is the caller's.
///
/// # Errors
/// [`AgentProofError`].
pub fn verify_agent_proof(
    proof: &AgentProof,
    origin: &Origin,
    challenge: &str,
    nonce: &str,
) -> Result<(), AgentProofError> {
    let point = URL_SAFE_NO_PAD
        .decode(&proof.public_key)
        .ok()
        .filter(|point| point.len() == 65 && point[0] == 4)
        .ok_or(AgentProofError::Key)?;
    if AgentId::of_public_key(&point) != proof.agent {
        return Err(AgentProofError::Id);
    }
    let text = ProofText::canonical(origin, &proof.agent, challenge, nonce)
        .map_err(|_| AgentProofError::Signature)?;
    let signature = URL_SAFE_NO_PAD
        .decode(&proof.signature)
        .map_err(|_| AgentProofError::Signature)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(text.as_bytes(), &signature)
        .map_err(|_| AgentProofError::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    #[test]
    fn an_agent_is_believed_for_exactly_what_it_signed() {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let agent = AgentId::of_public_key(key.public_key().as_ref());
        let origin: Origin = "https://pos.example".parse().unwrap();
        let text = ProofText::canonical(&origin, &agent, "challenge", "nonce").unwrap();
        let proof = AgentProof {
            agent,
            public_key: URL_SAFE_NO_PAD.encode(key.public_key()),
            signature: URL_SAFE_NO_PAD.encode(key.sign(&random, text.as_bytes()).unwrap()),
        };
        let check = |proof: &AgentProof, challenge, nonce| {
            verify_agent_proof(proof, &origin, challenge, nonce)
        };
        assert_eq!(check(&proof, "challenge", "nonce"), Ok(()));
        assert_eq!(
            check(&proof, "challenge", "other"),
            Err(AgentProofError::Signature)
        );
        assert_eq!(
            check(&proof, "other", "nonce"),
            Err(AgentProofError::Signature)
        );
        let posing = AgentProof {
            agent: "other".parse().unwrap(),
            ..proof.clone()
        };
        assert_eq!(
            check(&posing, "challenge", "nonce"),
            Err(AgentProofError::Id)
        );
        let short = AgentProof {
            public_key: proof.public_key[2..].to_owned(),
            ..proof
        };
        assert_eq!(
            check(&short, "challenge", "nonce"),
            Err(AgentProofError::Key)
        );
    }
}
