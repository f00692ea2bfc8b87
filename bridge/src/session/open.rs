//! An open session: calls in, answers and events out.
//!
//! Calls are started in the order in which they arrived and answered in the
//! order in which they end. Everything the session waits for stands in one
//! `select!`; every future in it is cancel safe.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use platen_protocol::message::Call;
use platen_protocol::method::{EventsSubscribe, NoParams, Subscribed};
use platen_protocol::{ErrorCode, Event, Request, Response, WireError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::devices::Devices;
use super::goodbye::Goodbye;
use super::subscription::{News, Subscription};
use super::upload::{Complete, Refused, Uploads};
use super::vigil::{Due, Vigil};
use super::wire::Wire;
use super::{Context, Dispatch};
use crate::authorize::{Authorized, Connection, OpenSession};
use crate::claims::Holder;
use crate::device_access::DeviceEvent;
use crate::dialect::platen_v1;
use crate::dispatch::{DispatchError, EventStream, LoggedEvent};
use crate::socket::{Message, Utf8Bytes};

/// Events of devices that wait until the outbox has room for them; a device
/// waits from then on.
const EVENTS_WAITING_MAX: usize = 64;

/// Serves an open session until it ends. `session_id` names it in the log.
pub(super) async fn serve<S, D>(
    wire: &mut Wire<S>,
    connection: &mut Connection,
    session: OpenSession,
    session_id: u64,
    context: &Context<D>,
    stop: &CancellationToken,
) -> Goodbye
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dispatch,
{
    let (events, device_events) = mpsc::channel(EVENTS_WAITING_MAX);
    let holder = Holder::Session {
        origin: session.subject().origin.clone(),
        session_id,
    };
    let mut open = Open {
        devices: Devices::new(context, holder, events),
        device_events,
        uploads: Uploads::new(&context.limits),
        calls: FuturesUnordered::new(),
        subscription: None,
        subscriptions: 0,
        vigil: Vigil::new(context),
        wire,
        connection,
        session,
        session_id,
        context,
    };
    let goodbye = loop {
        let unanswered = open.calls.len() + open.uploads.len();
        tokio::select! {
            biased;
            () = stop.cancelled() => break Goodbye::ShuttingDown,
            // A grant that is taken back ends what it allowed before another
            // call is read.
            due = open.vigil.due() => if let Err(goodbye) = open.look_around(&due) {
                break goodbye;
            },
            Some(ended) = open.calls.next(), if !open.calls.is_empty() => open.finish(ended),
            news = next_news(&mut open.subscription, &open.session),
                if open.wire.outbox.has_room_for_events() => open.tell(news),
            Some(event) = open.device_events.recv(),
                if open.wire.outbox.has_room_for_events() => {
                    let told = open.devices.tell(event);
                    told.into_iter().for_each(|text| open.wire.outbox.push(text));
                },
            message = open.wire.next(unanswered) => {
                let handled = match message {
                    Ok(Some(message)) => open.receive(message),
                    Ok(None) => Ok(()),
                    Err(ended) => Err(ended.into()),
                };
                if let Err(goodbye) = handled {
                    break goodbye;
                }
            },
        }
    };
    open.end(goodbye).await;
    goodbye
}

struct Open<'a, S, D> {
    wire: &'a mut Wire<S>,
    connection: &'a mut Connection,
    session: OpenSession,
    /// Names the session in the log.
    session_id: u64,
    context: &'a Context<D>,
    uploads: Uploads,
    calls: FuturesUnordered<BoxFuture<'a, Ended>>,
    /// What this session has opened beside printers.
    devices: Devices,
    /// What comes from there.
    device_events: mpsc::Receiver<DeviceEvent>,
    subscription: Option<Subscription>,
    /// How many subscriptions were asked for: the last one counts.
    subscriptions: u64,
    vigil: Vigil,
}

/// A call that has ended.
enum Ended {
    Answered {
        id: u32,
        result: Result<Response, DispatchError>,
    },
    /// As well, by a device.
    OfDevice {
        id: u32,
        result: Result<Response, WireError>,
    },
    Subscribed {
        id: u32,
        place: u64,
        params: EventsSubscribe,
        result: Result<EventStream, DispatchError>,
    },
}

impl<'a, S, D> Open<'a, S, D>
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dispatch,
{
    fn receive(&mut self, message: Message) -> Result<(), Goodbye> {
        self.vigil.heard();
        match message {
            Message::Text(text) => self.call(&text),
            Message::Binary(frame) => self.take_chunk(&frame),
            Message::Ping(_) | Message::Pong(_) => self.vigil.heard_control_frame()?,
            Message::Close(_) => return Err(Goodbye::Gone),
            Message::Frame(_) => {}
        }
        Ok(())
    }

    fn call(&mut self, text: &Utf8Bytes) {
        let call = match Call::read(text) {
            Ok(call) => call,
            Err(refusal) => {
                if let Some(id) = refusal.id {
                    self.uploads.swallow(id);
                }
                return self
                    .wire
                    .refuse(&self.context.counts, refusal.id, refusal.error);
            }
        };
        let id = call.id;
        if self.uploads.contains(id) {
            let error = WireError::with_message(
                ErrorCode::InvalidRequest,
                "a request with this id is under way; count ids up",
            );
            return self.answer(id, Err(error));
        }
        let has_documents = call.request.documents().is_some();
        if let Err(error) = self.start(call) {
            if has_documents {
                self.uploads.swallow(id);
            }
            self.answer(id, Err(error));
        }
    }

    fn start(&mut self, call: Call) -> Result<(), WireError> {
        if self.calls.len() + self.uploads.len() >= self.context.limits.calls_in_flight_max {
            return Err(WireError::with_message(
                ErrorCode::LimitExceeded,
                "too many calls of this connection have no answer yet",
            ));
        }
        let id = call.id;
        let context = self.context;
        let authorizer = &context.authorizer;
        if let Request::AgentProve(params) = &call.request {
            let proof = authorizer.prove(self.connection, params)?;
            self.answer(id, Ok(Response::Proof(proof)));
            return Ok(());
        }
        let admitted = authorizer.admit(self.connection, &self.session, call)?;
        match admitted.request() {
            request if let Some(announced) = request.documents() => {
                context
                    .dispatch
                    .check_documents(admitted.subject(), request)
                    .map_err(|error| error.to_wire())?;
                let announced = announced.to_vec();
                self.uploads
                    .begin(id, admitted, &announced, &context.receiving)?;
            }
            Request::EventsSubscribe(params) => {
                let params = params.clone();
                self.subscribe(id, params);
            }
            Request::EventsUnsubscribe(_) => {
                self.subscriptions += 1;
                self.subscription = None;
                self.answer(id, Ok(Response::Done(NoParams {})));
            }
            Request::DevicesList(_)
            | Request::DevicesOpen(_)
            | Request::DevicesSend(_)
            | Request::DevicesReceive(_)
            | Request::DevicesClose(_) => {
                let answer = self.devices.call(&admitted);
                self.drive(
                    answer
                        .map(move |result| Ended::OfDevice { id, result })
                        .boxed(),
                );
            }
            _ => self.dispatch(id, admitted),
        }
        Ok(())
    }

    fn dispatch(&mut self, id: u32, call: Authorized<Request>) {
        let context = self.context;
        let answer = async move {
            let result = context.dispatch.call(call, Vec::new()).await;
            Ended::Answered { id, result }
        };
        self.drive(answer.boxed());
    }

    /// Starts a call whose documents are here.
    fn dispatch_complete(&mut self, complete: Complete) {
        let context = self.context;
        let Complete {
            id,
            call,
            documents,
            share,
        } = complete;
        let answer = async move {
            let result = context.dispatch.call(call, documents).await;
            drop(share);
            Ended::Answered { id, result }
        };
        self.drive(answer.boxed());
    }

    fn subscribe(&mut self, id: u32, params: EventsSubscribe) {
        self.subscriptions += 1;
        let place = self.subscriptions;
        let context = self.context;
        let subject = self.session.subject().clone();
        let answer = async move {
            let result = context
                .dispatch
                .subscribe(&subject, &params.topics, params.after)
                .await;
            Ended::Subscribed {
                id,
                place,
                params,
                result,
            }
        };
        self.drive(answer.boxed());
    }

    /// Starts a call at once: the order of arrival is the order in which the
    /// dispatcher hears of them.
    fn drive(&mut self, mut answer: BoxFuture<'a, Ended>) {
        match answer.as_mut().now_or_never() {
            Some(ended) => self.finish(ended),
            None => self.calls.push(answer),
        }
    }

    fn finish(&mut self, ended: Ended) {
        match ended {
            Ended::Answered { id, result } => {
                self.answer(id, result.map_err(|error| error.to_wire()));
            }
            Ended::OfDevice { id, result } => self.answer(id, result),
            Ended::Subscribed {
                id,
                result: Err(error),
                ..
            } => {
                self.answer(id, Err(error.to_wire()));
            }
            Ended::Subscribed {
                id,
                place,
                params,
                result: Ok(stream),
            } => {
                let subscription = Subscription::new(params.topics, params.after, stream);
                let cursor = subscription.cursor();
                if place == self.subscriptions {
                    self.subscription = Some(subscription);
                }
                self.answer(id, Ok(Response::Subscribed(Subscribed { cursor })));
            }
        }
    }

    fn take_chunk(&mut self, frame: &Bytes) {
        match self.uploads.receive(frame) {
            Ok(None) => {}
            Ok(Some(complete)) => self.dispatch_complete(complete),
            Err(Refused { id, error }) => self.wire.refuse(&self.context.counts, id, error),
        }
    }

    fn tell(&mut self, news: News) {
        match news {
            News::Event(event) => self.tell_event(&event),
            News::Missed(cursor) => self.wire.outbox.push(platen_v1::resync(cursor)),
            News::Ended => self.subscription = None,
        }
    }

    fn tell_event(&mut self, event: &LoggedEvent) {
        let text = platen_v1::event(event);
        match &event.event {
            Event::JobProgress { job_id, .. } => {
                self.wire.outbox.push_progress(job_id.clone(), text);
            }
            Event::JobStateChanged { .. } | Event::PrinterStateChanged { .. } => {
                self.wire.outbox.push(text);
            }
        }
    }

    /// What has to be noticed although nobody says it.
    fn look_around(&mut self, due: &Due) -> Result<(), Goodbye> {
        let context = self.context;
        let caller = &self.connection.caller;
        self.vigil
            .look_around(due, self.wire, context, caller, &mut self.session)?;
        let ms = Duration::from_millis(context.limits.silence_ms_max);
        if let Some(since) = Instant::now().checked_sub(ms) {
            for Refused { id, error } in self.uploads.expire(since) {
                self.wire.refuse(&context.counts, id, error);
            }
        }
        let grant = &self.session.subject().grant;
        let subscription = self.subscription.take();
        self.subscription = subscription.filter(|heard| heard.is_allowed_by(grant));
        Ok(())
    }

    /// Waits for the calls under way: what was begun is finished, whether or
    /// not anyone still hears of it.
    async fn end(&mut self, goodbye: Goodbye) {
        for id in self.uploads.end_all() {
            if goodbye == Goodbye::ShuttingDown {
                self.answer(id, Err(WireError::new(ErrorCode::ShuttingDown)));
            }
        }
        let wait = Duration::from_millis(self.context.limits.drain_wait_ms_max);
        let finish_all = async {
            while let Some(ended) = self.calls.next().await {
                self.finish(ended);
            }
        };
        if tokio::time::timeout(wait, finish_all).await.is_err() {
            tracing::warn!("calls of a closed session did not end in time");
        }
        self.devices.end().await;
    }

    fn answer(&mut self, id: u32, result: Result<Response, WireError>) {
        let session_id = self.session_id;
        match &result {
            // Ties the job to the session: its queue knows no sessions.
            Ok(Response::Submitted(submitted)) => tracing::info!(
                session_id,
                job_id = %submitted.job_id,
                printer = %submitted.printer,
                repeated = submitted.repeated,
                "job submitted"
            ),
            Ok(_) => {}
            Err(error) => tracing::debug!(session_id, code = %error.data.code, "call refused"),
        }
        self.wire.answer(&self.context.counts, id, result);
    }
}

async fn next_news(subscription: &mut Option<Subscription>, session: &OpenSession) -> News {
    match subscription {
        Some(subscription) => subscription.next(session.subject()).await,
        None => pending().await,
    }
}
