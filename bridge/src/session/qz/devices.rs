//! What one connection does with devices other than printers.
//!
//! [`Devices`] belongs to its connection: what it has opened closes with it,
//! and what happens there is told to its page alone, through a bounded channel
//! that makes a device wait for a page that does not read.

use std::future::ready;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::{Answer, Result, refused};
use crate::authorize::{OpenSession, QzSigned};
use crate::claims::{Claimant, Holder};
use crate::device_access::{DeviceAccess, DeviceEvent, DeviceRequest};
use crate::dialect::qz::call::DeviceCall;
use crate::dialect::qz::opened::{Opened, Opens};
use crate::dialect::qz::{device, file, held};
use crate::session::{Context, Dispatch};

/// What a connection has opened.
#[derive(Debug)]
pub(super) struct Devices {
    access: DeviceAccess,
    opened: Opened,
}

impl Devices {
    /// Nothing is open.
    pub(super) fn new<D>(
        context: &Context<D>,
        holder: Holder,
        events: Sender<DeviceEvent>,
    ) -> Self {
        let files = Arc::clone(&context.files);
        let claims = Claimant::new(context.claims.clone(), holder);
        Self {
            access: DeviceAccess::new(&context.limits, files, claims, events),
            opened: Opened::default(),
        }
    }

    /// Answers one call.
    pub(super) fn call<'a, D: Dispatch>(
        &mut self,
        context: &'a Context<D>,
        session: &OpenSession,
        signed: QzSigned,
        call: &DeviceCall,
    ) -> BoxFuture<'a, Answer> {
        if call.name == file::STOP_LISTENING {
            // Nobody signs it: it only takes from the page that asks.
            let stopped = file::stop_listening(&call.params).and_then(|place| {
                let stopped = self.access.stop_listening(place.as_ref());
                stopped.map_err(|error| device::words(&error))
            });
            return now(signed.uid, stopped.map(|()| None));
        }
        // Nor these.
        if let Some(own) = held::read_own(call.name, &call.params) {
            let (request, form) = match own {
                Ok(own) => own,
                Err(error) => return now(signed.uid, Err(error)),
            };
            let done = self.access.own(request);
            return async move {
                Answer {
                    uid: signed.uid,
                    result: held::write(&form, done.await),
                }
            }
            .boxed();
        }
        let asked = match device::read(call, &self.opened) {
            Ok(asked) => asked,
            Err(error) => return now(signed.uid, Err(error)),
        };
        let (need, changes) = (asked.request.need(), asked.request.changes());
        let admitted =
            context
                .authorizer
                .admit_qz_access(session, &signed, &need, changes, asked.request);
        let authorized = match admitted {
            Ok(authorized) => authorized,
            Err(reason) => {
                let error = refused(context, session, &signed, &reason);
                return now(signed.uid, Err(error));
            }
        };
        if let Some(opens) = asked.opens {
            self.remember(authorized.request(), opens);
        }
        let done = self.access.start(authorized);
        let name = call.name;
        async move {
            let done = done.await;
            if let Err(error) = &done {
                tracing::debug!(session_id = signed.connection, call = name, %error, "call failed");
            }
            Answer {
                uid: signed.uid,
                result: device::write(asked.form, done),
            }
        }
        .boxed()
    }

    /// Notes what is about to be opened or set, where it is not open already.
    fn remember(&mut self, request: &DeviceRequest, opens: Opens) {
        match (request, opens) {
            (DeviceRequest::OpenSocket(to), Opens::Socket(socket)) if !self.access.is_open(to) => {
                self.opened.remember_socket(to.clone(), socket);
            }
            (DeviceRequest::Serial { port, .. }, Opens::Serial(page))
                if !self.access.is_serial_open(port) =>
            {
                self.opened.remember_port(port.clone(), page);
            }
            (DeviceRequest::Serial { port, .. }, Opens::SerialChange(change)) => {
                self.opened.change_port(port, &change);
            }
            (_, Opens::Socket(_) | Opens::Serial(_) | Opens::SerialChange(_)) => {}
        }
    }

    /// An event as text for the page, if it is one.
    pub(super) fn tell(&mut self, event: DeviceEvent) -> Option<String> {
        self.opened.tell(event)
    }

    /// Closes what is open.
    pub(super) async fn end(&self) {
        self.access.end().await;
    }
}

/// An answer that needs nothing to be done first.
fn now<'a>(uid: String, result: Result<Option<Value>>) -> BoxFuture<'a, Answer> {
    ready(Answer { uid, result }).boxed()
}
