//! What QZ Tray's own lists of sites know of a certificate: the SHA-1 of it.
//!
//! A grant made from such a list pins that. What SHA-1 is broken for, two
//! certificates made to have the same one, gains a site nothing: both would be
//! its own. To find a second certificate for a given one is out of reach, and
//! each call must be signed with the shown certificate's key all the same.

use std::fmt;
use std::str::FromStr;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// The SHA-1 of a certificate's DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thumbprint(String);

/// The text is no thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate's SHA-1: 40 characters of 0-9 and a-f")]
pub(crate) struct NotAThumbprint;

impl Thumbprint {
    /// That of a certificate.
    pub(crate) fn of(der: &[u8]) -> Self {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, der);
        let hex = digest.as_ref().iter().map(|octet| format!("{octet:02x}"));
        Self(hex.collect())
    }

    /// Forty characters, lowercase.
    pub(crate) fn hex(&self) -> &str {
        &self.0
    }
}

/// As a grant's fingerprint: no SHA-256 looks like it.
impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha1:{}", self.0)
    }
}

impl FromStr for Thumbprint {
    type Err = NotAThumbprint;

    fn from_str(text: &str) -> Result<Self, NotAThumbprint> {
        let is_hex = text.len() == 40 && text.bytes().all(|octet| octet.is_ascii_hexdigit());
        is_hex
            .then(|| Self(text.to_ascii_lowercase()))
            .ok_or(NotAThumbprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_the_sha1_in_hexadecimal() {
        let of_abc = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(of_abc.to_uppercase().parse(), Ok(Thumbprint::of(b"abc")));
        assert_eq!(Thumbprint::of(b"abc").to_string(), format!("sha1:{of_abc}"));
        for text in [
            "",
            "a9",
            "UNKNOWN REQUEST",
            &"g".repeat(40),
            &"ab".repeat(32),
        ] {
            assert_eq!(text.parse::<Thumbprint>(), Err(NotAThumbprint), "{text}");
        }
    }
}
