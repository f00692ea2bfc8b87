//! Sessions of the signing endpoint, without memory: a cookie that proves by
//! its own seal that it was given out here, and a CSRF token that belongs to it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_protocol::TimestampMs;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

/// Name of the cookie.
pub(super) const COOKIE: &str = "platen_session";
/// How long a session lasts.
pub(super) const SESSION_MS: u64 = 3_600_000;

/// Gives out sessions and knows them again.
pub(super) struct Sessions {
    key: hmac::Key,
}

/// A session: what the cookie holds, and the token its page sends along.
pub(super) struct Session {
    pub(super) cookie: String,
    pub(super) csrf: String,
}

/// The system has no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers; try again")]
pub struct NoRandomness;

impl Sessions {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map(|key| Self { key })
            .map_err(|_| NoRandomness)
    }

    /// A new session.
    pub(super) fn open(&self, now: TimestampMs) -> Result<Session, NoRandomness> {
        let mut random = [0; 16];
        let filled = SystemRandom::new().fill(&mut random);
        filled.map_err(|_| NoRandomness)?;
        let body = format!(
            "{}.{}",
            now.saturating_add(SESSION_MS),
            URL_SAFE_NO_PAD.encode(random)
        );
        let seal = self.seal("session", &body);
        let cookie = format!("{body}.{}", URL_SAFE_NO_PAD.encode(seal));
        let csrf = URL_SAFE_NO_PAD.encode(self.seal("csrf", &cookie));
        Ok(Session { cookie, csrf })
    }

    /// Whether this cookie was given out here and its time is not over.
    pub(super) fn knows(&self, cookie: &str, now: TimestampMs) -> bool {
        let Some((body, seal)) = cookie.rsplit_once('.') else {
            return false;
        };
        let expires = body.split_once('.').and_then(|(time, _)| time.parse().ok());
        self.is_seal("session", body, seal)
            && expires.is_some_and(|expires: TimestampMs| now < expires)
    }

    /// Whether this token belongs to this cookie.
    pub(super) fn fits(&self, cookie: &str, csrf: &str) -> bool {
        self.is_seal("csrf", cookie, csrf)
    }

    fn seal(&self, what: &str, text: &str) -> hmac::Tag {
        hmac::sign(&self.key, format!("{what}:{text}").as_bytes())
    }

    /// In constant time.
    fn is_seal(&self, what: &str, text: &str, seal: &str) -> bool {
        let message = format!("{what}:{text}");
        URL_SAFE_NO_PAD
            .decode(seal)
            .is_ok_and(|seal| hmac::verify(&self.key, message.as_bytes(), &seal).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_known_here_only_and_for_its_time_only() {
        let (ours, other) = (Sessions::new().unwrap(), Sessions::new().unwrap());
        let session = ours.open(1000).unwrap();
        assert!(ours.knows(&session.cookie, 1000));
        assert!(ours.knows(&session.cookie, 1000 + SESSION_MS - 1));
        assert!(!ours.knows(&session.cookie, 1000 + SESSION_MS));
        assert!(!other.knows(&session.cookie, 1000));
        let longer = session.cookie.replacen('3', "9", 1);
        assert_ne!(longer, session.cookie);
        for cookie in ["", ".", "..", "a.b.c", &longer] {
            assert!(!ours.knows(cookie, 1000), "{cookie}");
        }
    }

    #[test]
    fn a_token_belongs_to_one_session() {
        let sessions = Sessions::new().unwrap();
        let (one, two) = (sessions.open(0).unwrap(), sessions.open(0).unwrap());
        assert!(sessions.fits(&one.cookie, &one.csrf));
        assert!(!sessions.fits(&one.cookie, &two.csrf));
        assert!(!sessions.fits(&one.cookie, ""));
        let seal = one.cookie.rsplit_once('.').unwrap().1;
        assert!(!sessions.fits(&one.cookie, seal));
    }
}
