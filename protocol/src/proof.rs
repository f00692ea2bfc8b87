//! How an agent proves to a page who it is.
//!
//! The agent has one key pair per origin, derived from a secret of its own, so
//! that no two sites can recognize a machine by it. Its answer to
//! `agent.prove` signs the page's nonce together with origin and challenge;
//! the SDK pins `agent_id` and so notices a program that squats on the port.

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::{AgentId, Origin};

/// What the agent signs: the canonical JSON of this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ProofText {
    /// Always 1.
    #[cfg_attr(test, ts(type = "1"))]
    pub platen: u8,
    /// Always `agent.prove`.
    #[cfg_attr(test, ts(type = "\"agent.prove\""))]
    pub purpose: String,
    /// The page's origin.
    pub origin: Origin,
    /// Who the agent says it is.
    pub agent: AgentId,
    /// The challenge of this connection's `hello`.
    pub challenge: String,
    /// The page's nonce.
    pub nonce: String,
}

impl ProofText {
    /// The text for these values.
    ///
    /// # Errors
    /// Never for these types; kept because canonical form can fail in general.
    pub fn canonical(
        origin: &Origin,
        agent: &AgentId,
        challenge: &str,
        nonce: &str,
    ) -> Result<String, CanonicalError> {
        canonical::to_string(&Self {
            platen: 1,
            purpose: "agent.prove".to_owned(),
            origin: origin.clone(),
            agent: agent.clone(),
            challenge: challenge.to_owned(),
            nonce: nonce.to_owned(),
        })
    }
}
