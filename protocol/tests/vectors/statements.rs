//! `statements.json`: signed calls, good ones and each kind of bad one.

use crate::test_keys::{Chain, base64url, make_chains, pkcs8, root_anchor, root_certificate, sign};
use platen_protocol::revocation::{RevocationList, SignedRevocationList};
use platen_protocol::statement::{Expected, call_digest};
use platen_protocol::trust::{Certificate, Revocations, decode_chain, verify_chain};
use platen_protocol::{
    AgentId, ErrorCode, Method, Origin, Signed, Statement, TimestampMs, canonical,
};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const NOW: TimestampMs = 1_780_315_200_000;
const CHALLENGE: &str = "Y2hhbGxlbmdlIG9mIGEgcmVjb3JkZWQgY29ubmVjdGk";
const AGENT: &str = "k7Yk0t2mZJv1T0cD3mA8wqjJr0mJ2i6v3b9sWq1xQ5E";
const PARAMS: &str = r#"{"job_id":"0123456789abcdefghjkmnpqrs"}"#;

#[derive(Serialize, Deserialize)]
struct Vectors {
    about: String,
    /// The one root that is trusted: file, and fingerprint.
    root: String,
    root_fingerprint: String,
    revocations: SignedRevocationList,
    chains: BTreeMap<String, Chain>,
    cases: Vec<Case>,
}

#[derive(Serialize, Deserialize, Clone)]
struct Case {
    name: String,
    /// Name of the chain that was presented.
    chain: String,
    /// What the agent knows of the call.
    method: Method,
    params: String,
    origin: Origin,
    agent: AgentId,
    challenge: String,
    now: TimestampMs,
    signed: Signed,
    /// The code of the refusal; absent when the call is admitted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    error: Option<ErrorCode>,
}

#[test]
fn each_signed_call_is_admitted_or_refused_as_claimed() {
    if crate::renewing("signatures") {
        crate::write("statements.json", &make());
    }
    let vectors: Vectors = crate::read("statements.json");
    let root = root_certificate();
    assert_eq!(vectors.root_fingerprint, root.fingerprint.to_string());
    let revocations = Revocations::verify(&vectors.revocations, &root).unwrap();
    for case in &vectors.cases {
        let certificates = &vectors.chains[&case.chain].certificates;
        let found = admit(case, certificates, &revocations).err();
        assert_eq!(found, case.error, "{}", case.name);
    }
    let admitted = vectors.cases.iter().filter(|case| case.error.is_none());
    assert_eq!(admitted.count(), 7);
}

/// The checks of an agent, in its order.
fn admit(case: &Case, certificates: &[String], revocations: &Revocations) -> Result<(), ErrorCode> {
    let der = decode_chain(certificates).map_err(|error| error.code())?;
    let chain = verify_chain(&der, &[root_anchor()], case.now).map_err(|error| error.code())?;
    revocations.check(&chain).map_err(|error| error.code())?;
    let leaf = chain.leaf();
    leaf.check_names(&case.origin)
        .map_err(|error| error.code())?;
    let text = &case.signed.statement;
    let statement = Statement::read(text).map_err(|error| error.code())?;
    let digest = call_digest(case.method, &case.params);
    let expected = Expected {
        purpose: case.method,
        origin: &case.origin,
        agent: &case.agent,
        challenge: &case.challenge,
        digest: &digest,
        now: case.now,
    };
    statement.check(expected).map_err(|error| error.code())?;
    let verified = chain.key().verify(text.as_bytes(), &case.signed.signature);
    verified.map_err(|error| error.code())
}

/// The statement every case begins with.
fn statement() -> Statement {
    Statement {
        platen: 1,
        purpose: Method::JobsCancel,
        origin: "https://pos.example".parse().unwrap(),
        agent: AGENT.parse().unwrap(),
        challenge: CHALLENGE.to_owned(),
        sequence: 7,
        issued_at: NOW,
        expires_at: NOW + 60_000,
        digest: call_digest(Method::JobsCancel, PARAMS),
    }
}

/// A case whose call is the usual one and whose text is signed with `key`.
fn signed(name: &str, chain: &str, key: &str, text: &str) -> Case {
    Case {
        name: name.to_owned(),
        chain: chain.to_owned(),
        method: Method::JobsCancel,
        params: PARAMS.to_owned(),
        origin: "https://pos.example".parse().unwrap(),
        agent: AGENT.parse().unwrap(),
        challenge: CHALLENGE.to_owned(),
        now: NOW + 1000,
        signed: Signed {
            statement: text.to_owned(),
            signature: base64url(&sign(key, text)),
        },
        error: None,
    }
}

fn make() -> Vectors {
    let chains = make_chains();
    let mut cases = good();
    cases.extend(foreign_certificates());
    cases.extend(broken_signatures(&chains));
    cases.extend(broken_statements());
    cases.extend(other_calls());
    let root = root_certificate();
    let revoked = decode_chain(&chains["revoked"].certificates).unwrap();
    let list = canonical::to_string(&RevocationList {
        platen_revocations: 1,
        issuer: root.fingerprint,
        number: 1,
        issued_at: NOW,
        revoked: vec![Certificate::from_der(&revoked[0], 0).unwrap().fingerprint],
    })
    .unwrap();
    Vectors {
        about: "Signed calls as an agent judges them: chain to the one trusted root at `now`, revocations, origin named by the leaf, statement in canonical form, statement fits the call (method, params, origin, agent, challenge, now), signature over exactly `signed.statement` with the leaf's key. `error` is the refusal's code; without it the call is admitted. The keys are public: never trust them.".to_owned(),
        root: "test-keys/root.pem".to_owned(),
        root_fingerprint: root.fingerprint.to_string(),
        revocations: SignedRevocationList {
            signature: base64url(&sign("root", &list)),
            list,
        },
        chains,
        cases,
    }
}

fn good() -> Vec<Case> {
    let text = statement().to_canonical().unwrap();
    let mut cases: Vec<Case> = ["p256", "ed25519", "rsa"]
        .map(|key| signed(&format!("signed with {key}"), key, key, &text))
        .into();
    for origin in [
        "https://kasse.shop.example",
        "https://pos.example:8443",
        "http://localhost:3000",
    ] {
        let origin: Origin = origin.parse().unwrap();
        let text = Statement {
            origin: origin.clone(),
            ..statement()
        };
        let text = text.to_canonical().unwrap();
        let name = format!("a page of {origin}");
        cases.push(Case {
            origin,
            ..signed(&name, "p256", "p256", &text)
        });
    }
    let text = Statement {
        expires_at: NOW + 300_000,
        ..statement()
    };
    cases.push(Case {
        now: NOW + 300_000,
        ..signed(
            "the last instant of the longest lifetime",
            "p256",
            "p256",
            &text.to_canonical().unwrap(),
        )
    });
    cases
}

fn foreign_certificates() -> Vec<Case> {
    let text = statement().to_canonical().unwrap();
    let case = |name: &str, chain: &str, error| Case {
        error: Some(error),
        ..signed(name, chain, "p256", &text)
    };
    vec![
        case(
            "a root this machine does not trust",
            "other-root",
            ErrorCode::CertificateUntrusted,
        ),
        case(
            "a certificate of another site",
            "other-site",
            ErrorCode::CertificateOriginMismatch,
        ),
        case(
            "a certificate past its validity",
            "expired",
            ErrorCode::CertificateExpired,
        ),
        case(
            "a certificate for servers only",
            "server",
            ErrorCode::CertificateUntrusted,
        ),
        case(
            "an authority's certificate as a site's",
            "authority",
            ErrorCode::CertificateUntrusted,
        ),
        case(
            "a revoked certificate",
            "revoked",
            ErrorCode::CertificateRevoked,
        ),
        case(
            "a key of a kind that signs no statements",
            "p384",
            ErrorCode::CertificateMalformed,
        ),
        Case {
            now: 1_700_000_000_000,
            ..case(
                "before the certificate's validity",
                "p256",
                ErrorCode::CertificateExpired,
            )
        },
    ]
}

fn broken_signatures(chains: &BTreeMap<String, Chain>) -> Vec<Case> {
    let text = statement().to_canonical().unwrap();
    let with = |name: &str, chain: &str, signature: String| {
        let mut case = signed(name, chain, "p256", &text);
        case.signed.signature = signature;
        case.error = Some(ErrorCode::SignatureInvalid);
        case
    };
    let random = SystemRandom::new();
    let good = sign("p256", &text);
    let mut altered = good.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let fixed = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8("p256"), &random)
        .unwrap()
        .sign(&random, text.as_bytes())
        .unwrap();
    let rsa = RsaKeyPair::from_pkcs8(&pkcs8("rsa")).unwrap();
    let mut pkcs1 = vec![0; rsa.public().modulus_len()];
    rsa.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut pkcs1)
        .unwrap();
    let leaf = &decode_chain(&chains["p256"].certificates).unwrap()[0];
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, leaf), text.as_bytes());
    let ed25519 = base64url(&sign("ed25519", &text));
    let mut another_text = with("another text than was signed", "p256", base64url(&good));
    another_text.signed.statement = text.replace("\"sequence\":7", "\"sequence\":8");
    vec![
        another_text,
        with("another key", "p256", base64url(&sign("root", &text))),
        with("an altered signature", "p256", base64url(&altered)),
        with("a truncated signature", "p256", base64url(&good[..last])),
        with(
            "a longer signature",
            "p256",
            base64url(&[&good[..], &[0]].concat()),
        ),
        with("no signature", "p256", String::new()),
        with(
            "a padded signature",
            "p256",
            format!("{}=", base64url(&good)),
        ),
        with("P-256 as r || s", "p256", base64url(fixed.as_ref())),
        with("RSA with PKCS#1 v1.5", "rsa", base64url(&pkcs1)),
        with(
            "a P-256 signature for an RSA certificate",
            "rsa",
            base64url(&good),
        ),
        with(
            "a P-256 signature for an Ed25519 certificate",
            "ed25519",
            base64url(&good),
        ),
        with(
            "an Ed25519 signature for a P-256 certificate",
            "p256",
            ed25519,
        ),
        with(
            "a MAC keyed with the certificate",
            "p256",
            base64url(mac.as_ref()),
        ),
        with(
            "a signature over the digest of the text as a message",
            "p256",
            base64url(&sign(
                "p256",
                &platen_protocol::Digest::of(text.as_bytes()).to_hex(),
            )),
        ),
    ]
}

fn broken_statements() -> Vec<Case> {
    let text = statement().to_canonical().unwrap();
    let case = |name: &str, text: String, error| Case {
        error: Some(error),
        ..signed(name, "p256", "p256", &text)
    };
    let malformed = |name: &str, text: String| case(name, text, ErrorCode::StatementMalformed);
    let lived = |name: &str, issued_at, expires_at, error| {
        let statement = Statement {
            issued_at,
            expires_at,
            ..statement()
        };
        case(name, statement.to_canonical().unwrap(), error)
    };
    vec![
        malformed("blanks between members", text.replace(',', ", ")),
        malformed("a blank at the end", format!("{text} ")),
        malformed("another order of members", {
            let rest = text.replace(",\"sequence\":7", "");
            rest.replace('{', "{\"sequence\":7,")
        }),
        malformed("another member", text.replace('{', "{\"admin\":true,")),
        malformed(
            "a member twice",
            text.replace("\"sequence\":7", "\"sequence\":7,\"sequence\":7"),
        ),
        malformed("a member missing", text.replace(",\"sequence\":7", "")),
        malformed(
            "a number in another spelling",
            text.replace("\"sequence\":7", "\"sequence\":7.0"),
        ),
        malformed(
            "an escape that is not needed",
            text.replace("https:", "\\u0068ttps:"),
        ),
        malformed(
            "another version",
            text.replace("\"platen\":1", "\"platen\":2"),
        ),
        malformed(
            "an unknown purpose",
            text.replace("jobs.cancel", "jobs.everything"),
        ),
        malformed(
            "no statement",
            "\"LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ\"".to_owned(),
        ),
        lived(
            "a lifetime one millisecond too long",
            NOW,
            NOW + 300_001,
            ErrorCode::StatementMalformed,
        ),
        lived(
            "an end before the beginning",
            NOW,
            NOW - 1,
            ErrorCode::StatementMalformed,
        ),
        lived(
            "expired a millisecond ago",
            NOW - 59_000,
            NOW + 999,
            ErrorCode::StatementExpired,
        ),
        lived(
            "dated beyond the tolerated difference of clocks",
            NOW + 61_001,
            NOW + 120_000,
            ErrorCode::StatementExpired,
        ),
    ]
}

fn other_calls() -> Vec<Case> {
    let text = statement().to_canonical().unwrap();
    let case = |name: &str, change: &dyn Fn(&mut Case)| {
        let mut case = signed(name, "p256", "p256", &text);
        change(&mut case);
        case.error = Some(ErrorCode::StatementMismatch);
        case
    };
    vec![
        case("for another method", &|case| {
            case.method = Method::JobsRetry;
        }),
        case("for other params", &|case| {
            case.params = PARAMS.replace("qrs", "qrt");
        }),
        case("for the same params in another spelling", &|case| {
            case.params = PARAMS.replace(':', ": ");
        }),
        case("for another page of the same site", &|case| {
            case.origin = "https://pos.example:8443".parse().unwrap();
        }),
        case("for another machine", &|case| {
            case.agent = "another-agent".parse().unwrap();
        }),
        case("for another connection", &|case| {
            case.challenge = "another".to_owned();
        }),
    ]
}
