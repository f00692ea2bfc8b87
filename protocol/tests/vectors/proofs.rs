//! `proof.json`: the agent's proof of who it is, and proofs that are none.

use crate::test_keys::{base64url, pkcs8, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_protocol::method::AgentProof;
use platen_protocol::proof::ProofText;
use platen_protocol::trust::verify_agent_proof;
use platen_protocol::{AgentId, Origin};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};

const CHALLENGE: &str = "Y2hhbGxlbmdlIG9mIGEgcmVjb3JkZWQgY29ubmVjdGk";
const NONCE: &str = "bm9uY2Ugb2YgdGhlIHBhZ2U";

#[derive(Serialize, Deserialize)]
struct Vectors {
    about: String,
    cases: Vec<Case>,
}

#[derive(Serialize, Deserialize)]
struct Case {
    name: String,
    origin: Origin,
    challenge: String,
    nonce: String,
    /// The canonical text for these values; what a valid signature is over.
    text: String,
    proof: AgentProof,
    valid: bool,
}

#[test]
fn each_agent_proof_is_what_it_claims_to_be() {
    if crate::renewing("signatures") {
        crate::write("proof.json", &make());
    }
    let vectors: Vectors = crate::read("proof.json");
    assert_eq!(vectors.cases.iter().filter(|case| case.valid).count(), 2);
    for case in &vectors.cases {
        let Case { name, proof, .. } = case;
        let text =
            ProofText::canonical(&case.origin, &proof.agent, &case.challenge, &case.nonce).unwrap();
        assert_eq!(text, case.text, "{name}");
        let verified = verify_agent_proof(proof, &case.origin, &case.challenge, &case.nonce);
        assert_eq!(verified.is_ok(), case.valid, "{name}: {verified:?}");
    }
}

fn fixed_key(name: &str) -> EcdsaKeyPair {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8(name), &SystemRandom::new()).unwrap()
}

fn prove(key: &EcdsaKeyPair, origin: &str) -> Case {
    let origin: Origin = origin.parse().unwrap();
    let agent = AgentId::of_public_key(key.public_key().as_ref());
    let text = ProofText::canonical(&origin, &agent, CHALLENGE, NONCE).unwrap();
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    Case {
        name: String::new(),
        origin,
        challenge: CHALLENGE.to_owned(),
        nonce: NONCE.to_owned(),
        text,
        proof: AgentProof {
            agent,
            public_key: base64url(key.public_key().as_ref()),
            signature: base64url(signature.as_ref()),
        },
        valid: true,
    }
}

fn make() -> Vectors {
    let (ours, other) = (fixed_key("p256"), fixed_key("other-root"));
    let good = || prove(&ours, "https://pos.example");
    let text_of = |case: &Case| {
        let Case { origin, proof, .. } = case;
        ProofText::canonical(origin, &proof.agent, &case.challenge, &case.nonce).unwrap()
    };
    let bad = |name: &str, change: &dyn Fn(&mut Case)| {
        let mut case = good();
        change(&mut case);
        Case {
            name: name.to_owned(),
            text: text_of(&case),
            valid: false,
            ..case
        }
    };
    let named = |name: &str, case| Case {
        name: name.to_owned(),
        ..case
    };
    let cases = vec![
        named("the agent proves who it is", good()),
        named(
            "to another origin, on any port",
            prove(&ours, "http://localhost:3000"),
        ),
        bad("another nonce", &|case| case.nonce = "other".to_owned()),
        bad("another challenge", &|case| {
            case.challenge = "other".to_owned();
        }),
        bad("another origin", &|case| {
            case.origin = "https://evil.example".parse().unwrap();
        }),
        bad("another agent's id", &|case| {
            case.proof.agent = AgentId::of_public_key(other.public_key().as_ref());
        }),
        bad("another agent's id and key", &|case| {
            case.proof.agent = AgentId::of_public_key(other.public_key().as_ref());
            case.proof.public_key = base64url(other.public_key().as_ref());
        }),
        bad("an altered signature", &|case| {
            let mut octets = URL_SAFE_NO_PAD.decode(&case.proof.signature).unwrap();
            octets[10] ^= 1;
            case.proof.signature = base64url(&octets);
        }),
        bad("a signature in ASN.1 DER", &|case| {
            case.proof.signature = base64url(&sign("p256", &case.text));
        }),
        bad("a signature of zeros", &|case| {
            case.proof.signature = base64url(&[0; 64]);
        }),
        bad("no signature", &|case| case.proof.signature = String::new()),
        bad("a compressed key", &|case| {
            let mut point = ours.public_key().as_ref()[..33].to_vec();
            point[0] = 2;
            case.proof.agent = AgentId::of_public_key(&point);
            case.proof.public_key = base64url(&point);
        }),
    ];
    Vectors {
        about: "Answers to agent.prove. `text` is the canonical proof text for these values; `proof` is valid when its agent is the digest of its key and its signature (r || s, ECDSA P-256 with SHA-256) is over `text`.".to_owned(),
        cases,
    }
}
