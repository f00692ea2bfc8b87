//! What one connection does with devices other than printers.
//!
//! [`Devices`] belongs to its connection: what it has opened closes with it,
//! and what happens there is told to its page alone, through a bounded channel
//! that makes a device wait for a page that does not read.

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::mpsc::Sender;

use super::Answer;
use crate::authorize::{OpenSession, QzSigned};
use crate::dialect::qz::call::DeviceCall;
use crate::session::{Context, Dispatch};

/// What a connection has opened.
#[derive(Debug)]
pub(super) struct Devices {
    /// Takes [`crate::dialect::qz::answer::stream`] texts for the page.
    events: Sender<String>,
}

impl Devices {
    /// Nothing is open.
    pub(super) fn new(events: Sender<String>) -> Self {
        Self { events }
    }

    /// Answers one call.
    pub(super) fn call<'a, D: Dispatch>(
        &mut self,
        _context: &'a Context<D>,
        _session: &OpenSession,
        signed: QzSigned,
        call: DeviceCall,
    ) -> BoxFuture<'a, Answer> {
        let is_heard = !self.events.is_closed();
        async move {
            let octets = call.params.len();
            tracing::debug!(call = call.name, octets, is_heard, "not available");
            Answer {
                uid: signed.uid,
                result: Err(format!(
                    "{} is not available in this version of Platen",
                    call.name
                )),
            }
        }
        .boxed()
    }
}
