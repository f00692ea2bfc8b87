//! An open session: on whose behalf, by which key, under which grant.

use std::sync::Arc;

use platen_protocol::AgentId;
use platen_protocol::trust::VerifiedChain;

use super::Subject;
use crate::grant::Grant;

/// What `session.open` proved.
///
/// Invariant: only [`super::Authorizer::open_session`] makes one.
#[derive(Debug, Clone)]
pub struct OpenSession {
    subject: Subject,
    agent: AgentId,
    chain: Arc<VerifiedChain>,
}

impl OpenSession {
    pub(super) fn new(subject: Subject, agent: AgentId, chain: VerifiedChain) -> Self {
        Self {
            subject,
            agent,
            chain: Arc::new(chain),
        }
    }

    /// The same session under a changed grant.
    pub(super) fn under(&self, grant: Arc<Grant>) -> Self {
        let mut session = self.clone();
        session.subject.grant = grant;
        session
    }

    /// On whose behalf its calls are made.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Who this agent is to that origin.
    pub(super) fn agent(&self) -> &AgentId {
        &self.agent
    }

    pub(super) fn chain(&self) -> &VerifiedChain {
        &self.chain
    }
}
