//! What the tests of this crate share: the vectors of `protocol/vectors`.

use platen_protocol::statement::call_digest;
use platen_protocol::{Method, Statement};
use std::path::{Path, PathBuf};

use crate::Signer;

/// Origins of every kind a certificate can name.
pub(crate) const NAMES: &[&str] = &[
    "pos.example",
    "*.shop.example",
    "https://pos.example:8443",
    "http://localhost:3000",
    "https://192.0.2.7",
    "https://[2001:db8::1]",
];

pub(crate) fn vector_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../protocol/vectors")
        .join(name)
}

pub(crate) fn vector_key(name: &str) -> String {
    std::fs::read_to_string(vector_file(&format!("test-keys/{name}.key.pem"))).unwrap()
}

/// A signer with keys of the vectors; it speaks for `https://pos.example`,
/// `https://*.shop.example` and two more.
pub(crate) fn signer(name: &str) -> Signer {
    Signer::load(
        &vector_file(&format!("test-keys/{name}.key.pem")),
        &vector_file(&format!("test-keys/{name}.pem")),
    )
    .unwrap()
}

/// A good statement, made now.
pub(crate) fn statement() -> Statement {
    let now = crate::now();
    Statement {
        platen: 1,
        purpose: Method::JobsCancel,
        origin: "https://pos.example".parse().unwrap(),
        agent: "agent".parse().unwrap(),
        challenge: "challenge".to_owned(),
        sequence: 1,
        issued_at: now,
        expires_at: now + 60_000,
        digest: call_digest(Method::JobsCancel, r#"{"job_id":"a"}"#),
    }
}
