//! Identifiers: opaque to everyone but the agent that made them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The text is no identifier of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: 1 to {max} characters of a-z, A-Z, 0-9, '-', '_', '.', ':'")]
pub struct NotAnId {
    /// How long one may be.
    pub max: usize,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        // Shared: many places name the same one, and a queue may hold thousands.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let fits = !text.is_empty()
                    && text.len() <= $max
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
                if fits { Ok(Self(text.into())) } else { Err(NotAnId { max: $max }) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// One job of one agent: 26 random characters, so that nobody can count or guess.
    JobId, 64
);
identifier!(
    /// One printer of one agent, stable over renames and moves of its port.
    PrinterId, 96
);
identifier!(
    /// Who an agent is to one origin, and only to it: the digest of the key it
    /// uses there (see [`crate::proof`]).
    AgentId, 64
);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl JobId {
    /// A job id from 128 random bits (Crockford's base 32, lowercase).
    #[must_use]
    pub fn from_random(random: u128) -> Self {
        let text: String = (0..26)
            .rev()
            .map(|digit| char::from(ALPHABET[((random >> (digit * 5)) & 31) as usize]))
            .collect();
        Self(text.into())
    }
}

impl AgentId {
    /// The agent id that belongs to a key: the SHA-256 of its uncompressed
    /// point (SEC 1 §2.3.3, 65 octets), in base64url.
    #[must_use]
    pub fn of_public_key(point: &[u8]) -> Self {
        Self(crate::Digest::of(point).to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_has_26_characters_and_reads_back() {
        for random in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let id = JobId::from_random(random);
            assert_eq!(id.as_str().len(), 26);
            assert_eq!(id.as_str().parse(), Ok(id.clone()));
        }
    }

    #[test]
    fn blanks_slashes_and_controls_are_no_part_of_an_identifier() {
        for text in ["", "a b", "../x", "a\0", "é", &"x".repeat(97)] {
            assert!(text.parse::<PrinterId>().is_err(), "{text:?}");
        }
    }
}
