//! What the administration server asks of the agent behind it.
//!
//! The server knows HTTP and who may speak; a [`Desk`] knows the agent. Tests
//! bring their own.

use std::fmt;

use bytes::Bytes;
use platen_protocol::{Cursor, WireError};

use super::protocol::{AdminRequest, AdminResponse};
use crate::backend::Answer;
use crate::discovery::finder::Looking;
use crate::dispatch::EventStream;

/// Answers administration.
pub trait Desk: Send + Sync + fmt::Debug + 'static {
    /// Answers one call. `document` is what follows a `print`; empty for every
    /// other call.
    fn answer(
        &self,
        request: AdminRequest,
        document: Bytes,
    ) -> Answer<'_, Result<AdminResponse, WireError>>;

    /// Opens the event log after a cursor, or from now.
    fn events(&self, after: Option<Cursor>) -> Answer<'_, Result<EventStream, WireError>>;

    /// Looks for printers until the answer is dropped.
    fn discovery(&self) -> Answer<'_, Result<Looking, WireError>>;

    /// Whether jobs are taken now; what stands in the way otherwise.
    ///
    /// # Errors
    /// What stands in the way, for people.
    fn ready(&self) -> Result<(), String>;

    /// Every metric, as text for Prometheus.
    fn metrics(&self) -> String;
}
