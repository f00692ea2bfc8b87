//! The statement: what a site signs, and the checks that need no key.
//!
//! A statement binds a call to an origin, a machine, a connection and a
//! payload. It travels as the exact canonical text that was signed; verifiers
//! check the signature over the octets that arrived.

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::{AgentId, Digest, ErrorCode, Method, Origin, TimestampMs};

/// The longest a statement may live.
pub const LIFETIME_MS_MAX: u64 = 300_000;
/// How far the clocks of site and agent may differ.
pub const CLOCK_SKEW_MS_MAX: u64 = 60_000;
/// The longest statement text accepted, in octets.
pub const STATEMENT_OCTETS_MAX: usize = 2048;

/// What a statement is for: the method it allows, under its wire name.
pub type Purpose = Method;

/// What a site signs. Its canonical JSON is the signed text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Domain separation and version: always 1.
    #[cfg_attr(test, ts(type = "1"))]
    pub platen: u8,
    /// The method this allows.
    pub purpose: Purpose,
    /// The page's origin.
    pub origin: Origin,
    /// The machine it is for.
    pub agent: AgentId,
    /// The challenge of this connection's `hello`.
    pub challenge: String,
    /// Counts up within a connection; each number is accepted once.
    pub sequence: u64,
    /// When it was made.
    pub issued_at: TimestampMs,
    /// When it ends: at most [`LIFETIME_MS_MAX`] later.
    pub expires_at: TimestampMs,
    /// Digest of method and params: [`call_digest`].
    pub digest: Digest,
}

/// A signed statement on the wire: the member `signed` of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The canonical text of the [`Statement`], exactly as signed.
    pub statement: String,
    /// The signature over that text's octets, base64url without padding.
    /// ECDSA P-256 with SHA-256 as ASN.1 DER (RFC 3279 §2.2.3), Ed25519
    /// (RFC 8032) or RSA-PSS with SHA-256 and a salt of 32 octets (RFC 8017),
    /// as the key of the leaf certificate has it.
    pub signature: String,
}

/// Why a statement was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not canonical JSON with exactly the members of [`Statement`].
    #[error(
        "the statement is not canonical JSON (RFC 8785) with exactly the members platen, purpose, origin, agent, challenge, sequence, issued_at, expires_at, digest: {0}"
    )]
    Malformed(String),
    /// Another version.
    #[error("the statement says version {0}; this side speaks 1")]
    Version(u8),
    /// The lifetime is longer than allowed, or ends before it begins.
    #[error("the statement lives {0} ms; sign it for at most 300000 ms")]
    Lifetime(i64),
    /// Over.
    #[error(
        "the statement expired {0} ms ago; sign a new one, and compare the clocks of site and machine"
    )]
    Expired(u64),
    /// Not begun.
    #[error("the statement is dated {0} ms in the future; compare the clocks of site and machine")]
    FromTheFuture(u64),
    /// A member does not fit the call it came with.
    #[error(
        "the statement's {member} is not this call's; sign the statement for exactly this call"
    )]
    Mismatch {
        /// Which member.
        member: &'static str,
    },
}

impl StatementError {
    /// The name on the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) | Self::Version(_) | Self::Lifetime(_) => {
                ErrorCode::StatementMalformed
            }
            Self::Expired(_) | Self::FromTheFuture(_) => ErrorCode::StatementExpired,
            Self::Mismatch { .. } => ErrorCode::StatementMismatch,
        }
    }
}

/// What a statement must say to fit a call.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The method called.
    pub purpose: Purpose,
    /// The session's origin.
    pub origin: &'a Origin,
    /// Who this agent is to that origin.
    pub agent: &'a AgentId,
    /// This connection's challenge.
    pub challenge: &'a str,
    /// Digest of method and params as they arrived.
    pub digest: &'a Digest,
    /// The time, in milliseconds since the Unix epoch.
    pub now: TimestampMs,
}

impl Statement {
    /// Reads a statement from its canonical text.
    ///
    /// # Errors
    /// [`StatementError::Malformed`] for anything but the one canonical
    /// spelling, [`StatementError::Version`], [`StatementError::Lifetime`].
    pub fn read(text: &str) -> Result<Self, StatementError> {
        if text.len() > STATEMENT_OCTETS_MAX {
            return Err(StatementError::Malformed(format!(
                "longer than {STATEMENT_OCTETS_MAX} octets"
            )));
        }
        let statement: Self = serde_json::from_str(text)
            .map_err(|error| StatementError::Malformed(error.to_string()))?;
        let canonical = canonical::to_string(&statement)
            .map_err(|error| StatementError::Malformed(error.to_string()))?;
        if canonical != text {
            return Err(StatementError::Malformed(
                "another spelling of it".to_owned(),
            ));
        }
        if statement.platen != 1 {
            return Err(StatementError::Version(statement.platen));
        }
        statement.check_lifetime()?;
        Ok(statement)
    }

    /// The text to sign.
    ///
    /// # Errors
    /// When a number in it has no canonical form.
    pub fn to_canonical(&self) -> Result<String, CanonicalError> {
        canonical::to_string(self)
    }

    /// That it lives no longer than it may.
    ///
    /// # Errors
    /// [`StatementError::Lifetime`].
    pub fn check_lifetime(&self) -> Result<(), StatementError> {
        match self.expires_at.checked_sub(self.issued_at) {
            Some(lifetime) if lifetime <= LIFETIME_MS_MAX => Ok(()),
            lifetime => Err(StatementError::Lifetime(
                lifetime.map_or(-1, |ms| i64::try_from(ms).unwrap_or(i64::MAX)),
            )),
        }
    }

    /// That it is for exactly this call, and for now.
    ///
    /// # Errors
    /// The first member that does not fit.
    pub fn check(&self, expected: Expected<'_>) -> Result<(), StatementError> {
        let mismatch = |member| Err(StatementError::Mismatch { member });
        if self.purpose != expected.purpose {
            return mismatch("purpose");
        }
        if self.origin != *expected.origin {
            return mismatch("origin");
        }
        if self.agent != *expected.agent {
            return mismatch("agent");
        }
        if self.challenge != expected.challenge {
            return mismatch("challenge");
        }
        if self.digest != *expected.digest {
            return mismatch("digest");
        }
        if let Some(late) = expected
            .now
            .checked_sub(self.expires_at)
            .filter(|late| *late > 0)
        {
            return Err(StatementError::Expired(late));
        }
        let ahead = self.issued_at.saturating_sub(expected.now);
        if ahead > CLOCK_SKEW_MS_MAX {
            return Err(StatementError::FromTheFuture(ahead));
        }
        Ok(())
    }
}

/// The digest of a call: SHA-256 over `{"method":M,"params":P}` where `P` is
/// the text of `params` exactly as sent. A signed call therefore sends its
/// `params` in canonical form, so that both sides digest the same octets.
#[must_use]
pub fn call_digest(method: Method, params_text: &str) -> Digest {
    Digest::of_pieces([
        b"{\"method\":\"".as_slice(),
        method.as_str().as_bytes(),
        b"\",\"params\":",
        params_text.as_bytes(),
        b"}",
    ])
}

/// Accepts each sequence number once, in any order within a window: a site's
/// signatures come back in any order.
#[derive(Debug, Clone, Default)]
pub struct SequenceWindow {
    highest: Option<u64>,
    /// Bit `n` stands for `highest - n`.
    seen: Vec<u64>,
}

/// How many sequence numbers may be under way at once.
pub const SEQUENCE_WINDOW: u64 = 4096;

impl SequenceWindow {
    /// Takes `sequence`, or says that it came before or is too old to know.
    pub fn accept(&mut self, sequence: u64) -> bool {
        const WORDS: usize = (SEQUENCE_WINDOW / 64) as usize;
        if self.seen.is_empty() {
            self.seen = vec![0; WORDS];
        }
        let slot = |n: u64| {
            let word = usize::try_from(n / 64 % WORDS as u64).unwrap_or(0);
            (word, 1_u64 << (n % 64))
        };
        match self.highest {
            Some(highest) if sequence <= highest => {
                if highest - sequence >= SEQUENCE_WINDOW - 64 {
                    return false;
                }
                let (word, bit) = slot(sequence);
                if self.seen[word] & bit != 0 {
                    return false;
                }
                self.seen[word] |= bit;
            }
            highest => {
                // Forget what the window leaves behind, word by word.
                let last = sequence / 64;
                let behind = highest.map_or(1, |highest| last - highest / 64);
                for n in 0..behind.min(WORDS as u64) {
                    self.seen[slot((last - n) * 64).0] = 0;
                }
                let (word, bit) = slot(sequence);
                self.seen[word] |= bit;
                self.highest = Some(sequence);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn statement() -> Statement {
        Statement {
            platen: 1,
            purpose: Method::JobsSubmit,
            origin: "https://pos.example".parse().unwrap(),
            agent: "agent".parse().unwrap(),
            challenge: "challenge".to_owned(),
            sequence: 1,
            issued_at: 1_000_000,
            expires_at: 1_300_000,
            digest: Digest::of(b""),
        }
    }

    #[test]
    fn only_the_canonical_spelling_is_a_statement() {
        let text = statement().to_canonical().unwrap();
        assert_eq!(Statement::read(&text), Ok(statement()));
        for wrong in [
            text.replace(',', ", "),
            text.replace("\"platen\":1", "\"platen\":1.0"),
            text.replace("\"platen\":1", "\"platen\":2"),
            text.replace("\"sequence\":1", "\"sequence\":1,\"sequence\":1"),
            text.replace("\"sequence\":1", "\"sequence\":1,\"x\":1"),
            text.replace("1300000", "1300001"),
            text.replace("1300000", "999999"),
            format!("{text} "),
            text[1..].to_owned(),
        ] {
            assert!(Statement::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_member_must_fit_the_call() {
        let good = statement();
        let other: Origin = "https://evil.example".parse().unwrap();
        let agent: AgentId = "other".parse().unwrap();
        let digest = Digest::of(b"other");
        let expected = Expected {
            purpose: Method::JobsSubmit,
            origin: &good.origin,
            agent: &good.agent,
            challenge: &good.challenge,
            digest: &good.digest,
            now: 1_100_000,
        };
        assert_eq!(good.check(expected), Ok(()));
        for (expected, member) in [
            (
                Expected {
                    purpose: Method::JobsCancel,
                    ..expected
                },
                "purpose",
            ),
            (
                Expected {
                    origin: &other,
                    ..expected
                },
                "origin",
            ),
            (
                Expected {
                    agent: &agent,
                    ..expected
                },
                "agent",
            ),
            (
                Expected {
                    challenge: "x",
                    ..expected
                },
                "challenge",
            ),
            (
                Expected {
                    digest: &digest,
                    ..expected
                },
                "digest",
            ),
        ] {
            assert_eq!(
                good.check(expected),
                Err(StatementError::Mismatch { member })
            );
        }
        assert_eq!(
            good.check(Expected {
                now: 1_300_001,
                ..expected
            }),
            Err(StatementError::Expired(1))
        );
        assert_eq!(
            good.check(Expected {
                now: 939_999,
                ..expected
            }),
            Err(StatementError::FromTheFuture(60_001))
        );
    }

    proptest! {
        /// However the numbers come, none is taken twice, and those near the highest are all taken.
        #[test]
        fn a_sequence_number_is_accepted_once(numbers in proptest::collection::vec(0_u64..20_000, 1..400)) {
            let mut window = SequenceWindow::default();
            let mut taken = HashSet::new();
            let mut highest = 0;
            for n in numbers {
                let accepted = window.accept(n);
                if taken.contains(&n) {
                    prop_assert!(!accepted, "{n} twice");
                } else if n + SEQUENCE_WINDOW - 64 > highest {
                    prop_assert!(accepted, "{n} is new");
                }
                if accepted {
                    taken.insert(n);
                    highest = highest.max(n);
                }
            }
        }
    }

    #[test]
    fn a_jump_to_the_end_of_the_numbers_is_survived() {
        let mut window = SequenceWindow::default();
        assert!(window.accept(0));
        assert!(window.accept(u64::MAX));
        assert!(!window.accept(u64::MAX));
        assert!(!window.accept(0));
    }
}
