//! The control socket: JSON lines over TCP on loopback.
//!
//! A request is one line, `{"do": "paper-out", "printer": 2}`, and so is its
//! answer, `{"ok": ...}` or `{"error": "..."}`. What can be done is
//! [`Request`]; who answers is [`Server`], who asks is [`ask`].

mod client;
mod server;

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, When};

pub use client::{ControlError, ask};
pub(crate) use server::Server;

/// The longest request, which has no reason to be long.
const REQUEST_OCTETS_MAX: usize = 16 * 1024;

/// What is asked on the control socket.
///
/// `do` is the name of an operation (`paper-out`, `cover-open`, `heal`, ...),
/// or `fault`, `status`, `jobs`, `wait`, `forget`, `stop`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What is to be done.
    #[serde(rename = "do")]
    pub act: String,
    /// To which printer, counted from 1; default: to all, `wait`: the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub printer: Option<usize>,
    /// `fault`: what goes wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// `fault`: when; default: now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// `fault`: after how many milliseconds it mends itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasts_ms: Option<u64>,
    /// `jobs`: from this number on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// `jobs`: with the octets, in base64.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub octets: bool,
    /// `wait`: until so many jobs have ended since the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jobs: Option<u64>,
}

impl Request {
    /// A request without further words.
    #[must_use]
    pub fn new(act: impl Into<String>) -> Self {
        Self {
            act: act.into(),
            ..Self::default()
        }
    }
}
