//! Whom to believe: certificate chains, signatures, revocations.
//!
//! Pure functions: octets, anchors and the time go in, a decision comes out.
//! [`verify_chain`] turns what a page presents into a [`VerifiedChain`] that
//! names its origins and holds a [`VerifyingKey`], parsed once and used for
//! every signature after. [`Revocations`] takes a certificate's word back.
//! Which anchors a machine has, and for which origins, is the agent's business.

mod agent;
mod certificate;
mod chain;
mod error;
mod key;
mod revocations;
#[cfg(test)]
pub(crate) mod testing;

pub use agent::{AgentProofError, verify_agent_proof};
pub use certificate::{Certificate, IgnoredName};
pub use chain::{
    Anchor, CERTIFICATE_OCTETS_MAX, CHAIN_CERTIFICATES_MAX, VerifiedChain, decode_chain,
    verify_chain,
};
pub use error::{TrustError, Which};
pub use key::{KeyKind, LegacyHash, VerifyingKey};
pub use revocations::{REVOCATION_LIST_OCTETS_MAX, RevocationError, Revocations};
