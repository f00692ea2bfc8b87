//! Fingerprints: how a certificate is named in grants, revocations and logs.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

use crate::Digest;

/// The SHA-256 of a certificate's DER, written as 64 lowercase hexadecimal
/// digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(Digest);

impl Fingerprint {
    /// The fingerprint of the certificate with these octets.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Digest::of(der))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint: 64 lowercase hexadecimal digits, the SHA-256 of the certificate's DER")]
pub struct NotAFingerprint;

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let mut octets = [0_u8; 32];
        if text.len() != 64 {
            return Err(NotAFingerprint);
        }
        for (octet, pair) in octets.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |character: u8| match character {
                b'0'..=b'9' => Ok(character - b'0'),
                b'a'..=b'f' => Ok(character - b'a' + 10),
                _ => Err(NotAFingerprint),
            };
            *octet = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(Digest::from_octets(octets)))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_back_what_it_writes_and_nothing_else() {
        let fingerprint = Fingerprint::of(b"abc");
        let text = fingerprint.to_string();
        assert!(text.starts_with("ba7816bf"), "{text}");
        assert_eq!(text.parse(), Ok(fingerprint));
        for wrong in ["", "ba", &text.to_uppercase(), &text[1..], &"é".repeat(32)] {
            assert_eq!(
                wrong.parse::<Fingerprint>(),
                Err(NotAFingerprint),
                "{wrong}"
            );
        }
    }
}
