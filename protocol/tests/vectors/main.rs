//! The vectors in `protocol/vectors`: what every implementation must agree on.
//!
//! Each module writes one file and checks the committed one. Files without
//! signatures must be fresh: `PLATEN_UPDATE=1` renews them. Signatures are
//! random, so `statements.json`, `proof.json` and the keys are only checked,
//! claim by claim; `PLATEN_UPDATE=signatures` makes them anew.

#![allow(clippy::unwrap_used, reason = "every function here is part of a test")]

mod calls;
mod canonical;
mod chunks;
mod exchanges;
mod origins;
#[cfg(feature = "verify")]
mod proofs;
#[cfg(feature = "verify")]
mod statements;
#[cfg(feature = "verify")]
mod test_keys;

use serde::Serialize;
#[cfg(feature = "verify")]
use serde::de::DeserializeOwned;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "vectors", name]
        .iter()
        .collect()
}

fn renewing(what: &str) -> bool {
    std::env::var_os("PLATEN_UPDATE").is_some_and(|value| value == what)
}

fn write<T: Serialize>(name: &str, vectors: &T) -> String {
    let text = serde_json::to_string_pretty(vectors).unwrap() + "\n";
    if renewing("1") || renewing("signatures") {
        std::fs::write(path(name), &text).unwrap();
    }
    text
}

#[cfg(feature = "verify")]
fn read<T: DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(path(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Compares a committed file without signatures with what it should be.
fn check_committed<T: Serialize>(name: &str, vectors: &T) {
    let expected = write(name, vectors);
    let committed = std::fs::read_to_string(path(name)).unwrap_or_default();
    assert!(
        committed == expected,
        "protocol/vectors/{name} is stale; renew it with PLATEN_UPDATE=1 cargo test -p platen-protocol"
    );
}
