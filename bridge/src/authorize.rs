//! The only maker of [`Authorized`].
//!
//! (The checks are being written; the types are the contract.)

use std::sync::Arc;

use platen_protocol::Origin;

use crate::grant::Grant;

/// On whose behalf a request is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The origin that asks.
    pub origin: Origin,
    /// What allows it.
    pub grant: Arc<Grant>,
}

/// A request whose origin, signature and freshness have been checked, and
/// whose capability the grant has.
///
/// Invariant: only this module makes one. Code that takes `Authorized<T>` has
/// nothing left to check but which printer and which job are meant.
#[derive(Debug)]
pub struct Authorized<T> {
    request: T,
    subject: Subject,
}

impl<T> Authorized<T> {
    /// The request and on whose behalf.
    pub fn into_parts(self) -> (T, Subject) {
        (self.request, self.subject)
    }
}
