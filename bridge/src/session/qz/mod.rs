//! A connection in the QZ dialect, from its first message to goodbye.
//!
//! As in our own dialect, a connection may know nothing until its page has
//! shown a certificate that a grant trusts. Large messages are read on another
//! thread; prints are done one after the other, in the order in which they
//! came, until the store has them; everything else is answered when it ends.

mod clearing;
mod devices;
mod fetch;
mod hand_over;
mod listening;
mod opening;

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use platen_protocol::method::NoParams;
use platen_protocol::{ErrorCode, JobId, Printer, Request};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::clearing::clear_queue;
use self::devices::Devices;
use self::hand_over::{ended, hand_over};
use self::listening::{Listening, NOT_LISTENING, Wanted, printers_now};
use self::opening::open;
use super::goodbye::Goodbye;
use super::subscription::Subscription;
use super::vigil::{Due, Vigil};
use super::wire::Wire;
use super::{Context, Dispatch};
use crate::authorize::{Authorized, Caller, OpenSession, QzRefusal, QzSigned};
use crate::claims::Holder;
use crate::device_access::DeviceEvent;
use crate::dialect::qz::answer::{CONNECTION_BLOCKED, REQUEST_BLOCKED, answer, refusal};
use crate::dialect::qz::call::{Ask, ClearQueue, DeviceCall, Heard, hear};
use crate::dialect::qz::print::Print;
use crate::dialect::qz::{VERSION, printers, version_details};
use crate::dispatch::PrinterName;
use crate::socket::{Admitted, Message, Utf8Bytes};

/// A longer message is read on a thread that may block.
const MESSAGE_NOW_OCTETS_MAX: usize = 64 * 1024;
/// How we call ourselves where agents look for their like.
const PROGRAM_NAME: &str = "Platen";
/// Events of devices that wait until the outbox has room for them; a device
/// waits from then on.
const EVENTS_WAITING_MAX: usize = 64;

type Result<T> = std::result::Result<T, String>;

/// Serves a connection until it ends, and tells how it ended.
pub(super) async fn serve<S, D>(
    wire: &mut Wire<S>,
    caller: &Caller,
    connection: u64,
    context: &Context<D>,
    admitted: &mut Admitted,
    stop: &CancellationToken,
) -> Goodbye
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dispatch,
{
    let session = match open(wire, caller, connection, context, admitted, stop).await {
        Ok(session) => session,
        Err(goodbye) => return goodbye,
    };
    wire.allow_messages(context.limits.qz_message_octets_max);
    let origin = session.subject().origin.clone();
    let grant = session.subject().grant.id;
    tracing::info!(session_id = connection, %origin, grant, "session opened, QZ dialect");
    let (events, device_events) = mpsc::channel(EVENTS_WAITING_MAX);
    let holder = Holder::Session {
        origin: origin.clone(),
        session_id: connection,
    };
    let mut serving = Serving {
        wire,
        caller,
        session,
        connection,
        context,
        prints: VecDeque::new(),
        unread: 0,
        printing: None,
        calls: FuturesUnordered::new(),
        listening: None,
        stops: 0,
        devices: Devices::new(context, holder, events),
        device_events,
        vigil: Vigil::new(context),
    };
    let goodbye = serving.run(stop).await;
    serving.end().await;
    tracing::info!(session_id = connection, %origin, reason = goodbye.reason(), "session closed");
    goodbye
}

struct Serving<'a, S, D> {
    wire: &'a mut Wire<S>,
    caller: &'a Caller,
    session: OpenSession,
    /// Names the session in the log, and the connection in signed calls.
    connection: u64,
    context: &'a Context<D>,
    /// Prints and what must not overtake them, whose turn has not come.
    prints: VecDeque<Order>,
    /// Of these and the one whose turn it is, messages that are not read yet.
    unread: usize,
    /// The one whose turn it is.
    printing: Option<BoxFuture<'a, Turn>>,
    /// Everything else without an answer yet.
    calls: FuturesUnordered<BoxFuture<'a, Ended>>,
    /// What the page hears of printers and jobs.
    listening: Option<Listening>,
    /// How often it wanted to hear no more.
    stops: u64,
    /// What this connection has opened.
    devices: Devices,
    /// What comes from there.
    device_events: mpsc::Receiver<DeviceEvent>,
    vigil: Vigil,
}

/// What stands in the row of prints.
enum Order {
    /// A message that is read first.
    Message(Utf8Bytes),
    /// A print.
    Print(QzSigned, Box<Result<Print>>),
    /// Something with a device, behind a message that may be about the same.
    Device(QzSigned, DeviceCall),
    /// A queue to clear, after the prints before it are there.
    Clear(QzSigned, Result<ClearQueue>),
}

/// What came of a turn.
enum Turn {
    /// The message was read.
    Heard(Heard),
    /// It was done, or refused.
    Answered(Answer),
    /// It was handed over, and its page wants to hear of its end.
    Awaited(String, Vec<JobId>, Subscription),
}

/// A call that has ended.
enum Ended {
    Answered(Answer),
    /// As well; its error may name a file, which is the page's business.
    OfDevice(Answer),
    /// Listening has begun, or not.
    Listening {
        uid: String,
        /// [`Serving::stops`] when it was asked.
        stops: u64,
        result: Result<Box<Listening>>,
    },
    /// How the printers are.
    Status {
        uid: String,
        result: Result<Vec<Printer>>,
    },
}

/// What a page is told.
struct Answer {
    uid: String,
    result: Result<Option<Value>>,
}

impl<'a, S, D> Serving<'a, S, D>
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dispatch,
{
    async fn run(&mut self, stop: &CancellationToken) -> Goodbye {
        loop {
            let unanswered = self.unanswered();
            tokio::select! {
                biased;
                () = stop.cancelled() => return Goodbye::ShuttingDown,
                due = self.vigil.due() => if let Err(goodbye) = self.look_around(&due) {
                    return goodbye;
                },
                turn = next_turn(&mut self.printing), if self.printing.is_some() => {
                    self.printing = None;
                    if let Err(goodbye) = self.took_turn(turn) {
                        return goodbye;
                    }
                },
                Some(ended) = self.calls.next(), if !self.calls.is_empty() => self.finish(ended),
                texts = next_texts(&mut self.listening, self.context, &self.session),
                    if self.wire.outbox.has_room_for_events() => self.tell(texts),
                Some(event) = self.device_events.recv(),
                    if self.wire.outbox.has_room_for_events() => {
                        let told = self.devices.tell(event);
                        told.into_iter().for_each(|text| self.wire.outbox.push(text));
                    },
                message = self.wire.next(unanswered) => {
                    let handled = match message {
                        Ok(Some(message)) => self.receive(message),
                        Ok(None) => Ok(()),
                        Err(ended) => Err(ended.into()),
                    };
                    if let Err(goodbye) = handled {
                        return goodbye;
                    }
                },
            }
        }
    }

    fn unanswered(&self) -> usize {
        self.calls.len() + self.prints.len() + usize::from(self.printing.is_some())
    }

    fn receive(&mut self, message: Message) -> std::result::Result<(), Goodbye> {
        self.vigil.heard();
        match message {
            Message::Text(text) if text.len() > MESSAGE_NOW_OCTETS_MAX => {
                self.unread += 1;
                self.prints.push_back(Order::Message(text));
                self.next_print();
                Ok(())
            }
            Message::Text(text) => self.handle(hear(&text, self.connection)),
            Message::Ping(_) | Message::Pong(_) => self.vigil.heard_control_frame(),
            Message::Close(_) => Err(Goodbye::Gone),
            Message::Binary(_) | Message::Frame(_) => Ok(()),
        }
    }

    fn handle(&mut self, heard: Heard) -> std::result::Result<(), Goodbye> {
        match heard {
            Heard::Nothing => {}
            Heard::ProgramName => self.wire.outbox.push(PROGRAM_NAME.to_owned()),
            Heard::Unreadable(error) => self.wire.outbox.push(refusal(error)),
            Heard::Incompatible => return Err(Goodbye::Incompatible),
            Heard::Certificate { uid, pem } => return self.exchange(uid, &pem.unwrap_or_default()),
            Heard::Call { signed, ask } => self.call(signed, ask),
        }
        Ok(())
    }

    /// A page may show another certificate later.
    fn exchange(&mut self, uid: String, pem: &str) -> std::result::Result<(), Goodbye> {
        match self.context.authorizer.open_qz(self.caller, pem) {
            Ok(session) => {
                self.session = session;
                self.keep_allowed();
                self.answer(Answer {
                    uid,
                    result: Ok(None),
                });
                Ok(())
            }
            Err(reason) => {
                tracing::info!(session_id = self.connection, %reason, "a new certificate was refused");
                self.answer(Answer {
                    uid,
                    result: Err(CONNECTION_BLOCKED.to_owned()),
                });
                Err(Goodbye::NotAuthorized)
            }
        }
    }

    fn call(&mut self, signed: QzSigned, ask: Ask) {
        if self.unanswered() >= self.context.limits.calls_in_flight_max {
            return self.answer(Answer {
                uid: signed.uid,
                result: Err("Too many calls of this connection have no answer yet".to_owned()),
            });
        }
        let result = match ask {
            Ask::Print(print) => {
                self.prints.push_back(Order::Print(signed, print));
                return self.next_print();
            }
            Ask::Device(call) if self.unread > 0 => {
                return self.prints.push_back(Order::Device(signed, call));
            }
            Ask::Device(call) => return self.use_device(signed, &call),
            Ask::Ignored => return,
            Ask::ClearQueue(asked) => {
                self.prints.push_back(Order::Clear(signed, asked));
                return self.next_print();
            }
            Ask::Version => Ok(Some(VERSION.into())),
            Ask::VersionDetails => Ok(Some(version_details())),
            Ask::StartListening(names) => return self.listen(signed, names),
            Ask::Status => return self.status(signed.uid),
            Ask::StopListening => {
                self.stops += 1;
                self.listening = None;
                Ok(None)
            }
            Ask::Find(query) => self
                .names(&signed)
                .and_then(|all| printers::found(query.as_deref(), &all))
                .map(Some),
            Ask::Default => self.names(&signed).map(|all| printers::default_name(&all)),
            Ask::Details => match self.names(&signed) {
                Ok(all) => return self.describe(signed.uid, all),
                Err(error) => Err(error),
            },
            Ask::Unknown(call) => {
                let name = if call.is_empty() { "NONE" } else { &call };
                Err(format!("Invalid function call: {name}"))
            }
        };
        self.answer(Answer {
            uid: signed.uid,
            result,
        });
    }

    /// The printers, for a call that may know them.
    fn names(&self, signed: &QzSigned) -> Result<Vec<PrinterName>> {
        let list = vec![Request::PrintersList(NoParams {})];
        admit(self.context, &self.session, signed, list)?;
        Ok(self.context.dispatch.names(self.session.subject()))
    }

    /// Begins to tell of printers, or tells of more of them.
    fn listen(&mut self, signed: QzSigned, names: Result<Vec<Option<String>>>) {
        let request = Request::EventsSubscribe(listening::request(&self.session));
        let admitted = admit(self.context, &self.session, &signed, vec![request]);
        let uid = signed.uid;
        // Who may not listen hears that first.
        let wanted = match admitted.and(names) {
            Ok(names) => Wanted::of(names),
            Err(error) => {
                let result = Err(error);
                return self.answer(Answer { uid, result });
            }
        };
        if let Some(listening) = &mut self.listening {
            listening.add(wanted);
            let result = Ok(None);
            return self.answer(Answer { uid, result });
        }
        let (context, session, stops) = (self.context, self.session.clone(), self.stops);
        let start = async move {
            let begun = Listening::start(context, &session, wanted).await;
            let result = begun.map(Box::new);
            Ended::Listening { uid, stops, result }
        };
        self.calls.push(start.boxed());
    }

    /// Asks what the printers have, one after the other.
    fn describe(&self, uid: String, all: Vec<PrinterName>) {
        let (context, subject) = (self.context, self.session.subject().clone());
        let look = async move {
            let mut described = Vec::new();
            for printer in &all {
                let equipment = context.dispatch.equipment(&subject, &printer.id).await;
                described.push(printers::detail(printer, &all, equipment.as_ref()));
            }
            let result = Ok(Some(described.into()));
            Ended::Answered(Answer { uid, result })
        };
        self.calls.push(look.boxed());
    }

    /// Looks how the printers are that the page listens to.
    fn status(&mut self, uid: String) {
        if self.listening.is_none() {
            let result = Err(NOT_LISTENING.to_owned());
            return self.answer(Answer { uid, result });
        }
        let (context, session) = (self.context, self.session.clone());
        let look = async move {
            let result = printers_now(context, &session).await;
            Ended::Status { uid, result }
        };
        self.calls.push(look.boxed());
    }

    fn finish(&mut self, ended: Ended) {
        let answer = match ended {
            Ended::Answered(answer) => answer,
            Ended::OfDevice(Answer { uid, result }) => {
                return self.wire.outbox.push(answer(&uid, result));
            }
            Ended::Listening { uid, stops, result } => {
                let result = result.map(|begun| {
                    match &mut self.listening {
                        Some(listening) => listening.add(begun.into_wanted()),
                        // It was called off meanwhile.
                        None if stops != self.stops => {}
                        None => self.listening = Some(*begun),
                    }
                    None
                });
                Answer { uid, result }
            }
            Ended::Status { uid, result } => {
                let result = match (&mut self.listening, result) {
                    (Some(listening), Ok(printers)) => {
                        let texts = listening.current(&printers);
                        texts
                            .into_iter()
                            .for_each(|text| self.wire.outbox.push(text));
                        Ok(None)
                    }
                    (None, Ok(_)) => Err(NOT_LISTENING.to_owned()),
                    (_, Err(error)) => Err(error),
                };
                Answer { uid, result }
            }
        };
        self.answer(answer);
    }

    fn tell(&mut self, texts: Option<Vec<String>>) {
        match texts {
            Some(texts) => texts
                .into_iter()
                .for_each(|text| self.wire.outbox.push(text)),
            None => self.listening = None,
        }
    }

    /// Drops what the grant allows no more.
    fn keep_allowed(&mut self) {
        let session = &self.session;
        let listening = self.listening.take();
        self.listening = listening.filter(|listening| listening.is_allowed(session));
    }

    fn use_device(&mut self, signed: QzSigned, call: &DeviceCall) {
        let (context, session) = (self.context, &self.session);
        let answer = self.devices.call(context, session, signed, call);
        self.calls.push(answer.map(Ended::OfDevice).boxed());
    }

    /// Starts the next print, if none is under way.
    fn next_print(&mut self) {
        while self.printing.is_none() {
            let Some(order) = self.prints.pop_front() else {
                return;
            };
            self.printing = self.begin(order);
        }
    }

    /// What has to end before the next has its turn; nothing where that is
    /// begun with.
    fn begin(&mut self, order: Order) -> Option<BoxFuture<'a, Turn>> {
        let connection = self.connection;
        Some(match order {
            Order::Device(signed, call) => {
                self.use_device(signed, &call);
                return None;
            }
            Order::Message(text) => async move {
                let heard = tokio::task::spawn_blocking(move || hear(&text, connection)).await;
                Turn::Heard(heard.unwrap_or(Heard::Unreadable("Message cannot be read")))
            }
            .boxed(),
            Order::Print(signed, print) => {
                let (context, session) = (self.context, self.session.clone());
                async move { hand_over(context, &session, signed, *print).await }.boxed()
            }
            Order::Clear(signed, asked) => {
                let (context, session) = (self.context, self.session.clone());
                async move { Turn::Answered(clear_queue(context, &session, signed, asked).await) }
                    .boxed()
            }
        })
    }

    fn took_turn(&mut self, turn: Turn) -> std::result::Result<(), Goodbye> {
        if matches!(turn, Turn::Heard(_)) {
            self.unread -= 1;
        }
        let handled = match turn {
            // What was read keeps its turn.
            Turn::Heard(Heard::Call {
                signed,
                ask: Ask::Print(print),
            }) => {
                self.prints.push_front(Order::Print(signed, print));
                Ok(())
            }
            Turn::Heard(Heard::Call {
                signed,
                ask: Ask::Device(call),
            }) => {
                self.use_device(signed, &call);
                Ok(())
            }
            Turn::Heard(heard) => self.handle(heard),
            Turn::Answered(answer) => {
                self.answer(answer);
                Ok(())
            }
            Turn::Awaited(uid, jobs, news) => {
                let subject = self.session.subject().clone();
                let ends = async move {
                    let result = ended(subject, jobs, news).await.map(|()| None);
                    Ended::Answered(Answer { uid, result })
                };
                self.calls.push(ends.boxed());
                Ok(())
            }
        };
        self.next_print();
        handled
    }

    fn answer(&mut self, answered: Answer) {
        let Answer { uid, result } = answered;
        if let Err(error) = &result {
            tracing::debug!(session_id = self.connection, error, "call refused");
        }
        self.wire.outbox.push(answer(&uid, result));
    }

    /// What has to be noticed although nobody says it.
    fn look_around(&mut self, due: &Due) -> std::result::Result<(), Goodbye> {
        let (context, caller) = (self.context, self.caller);
        self.vigil
            .look_around(due, self.wire, context, caller, &mut self.session)?;
        self.keep_allowed();
        Ok(())
    }

    /// Waits for the prints that were begun: what is accepted is printed,
    /// whether or not anyone still hears of it.
    async fn end(&mut self) {
        self.devices.end().await;
        let wait = Duration::from_millis(self.context.limits.drain_wait_ms_max);
        let finish = async {
            if let Some(printing) = self.printing.take()
                && let Turn::Answered(answer) = printing.await
            {
                self.answer(answer);
            }
        };
        if tokio::time::timeout(wait, finish).await.is_err() {
            tracing::warn!("a print of a closed session did not end in time");
        }
    }
}

async fn next_turn(printing: &mut Option<BoxFuture<'_, Turn>>) -> Turn {
    match printing {
        Some(turn) => turn.await,
        None => std::future::pending().await,
    }
}

async fn next_texts<D: Dispatch>(
    listening: &mut Option<Listening>,
    context: &Context<D>,
    session: &OpenSession,
) -> Option<Vec<String>> {
    match listening {
        Some(listening) => listening.next(context, session).await,
        None => std::future::pending().await,
    }
}

/// Admits a call. A page hears only that it was refused; the log says why.
fn admit<D>(
    context: &Context<D>,
    session: &OpenSession,
    signed: &QzSigned,
    requests: Vec<Request>,
) -> Result<Vec<Authorized<Request>>> {
    context
        .authorizer
        .admit_qz(session, signed, requests)
        .map_err(|reason| refused(context, session, signed, &reason))
}

/// What a page hears of a call that is not allowed, whatever the reason.
fn refused<D>(
    context: &Context<D>,
    session: &OpenSession,
    signed: &QzSigned,
    reason: &QzRefusal,
) -> String {
    context.counts.refused(ErrorCode::NotAuthorized);
    let origin = &session.subject().origin;
    tracing::info!(session_id = signed.connection, %origin, %reason, "a call was refused");
    REQUEST_BLOCKED.to_owned()
}
