//! A connection that may know nothing yet.
//!
//! Everyone gets the same `hello`, and whatever they ask the same
//! `not-authorized`; only an origin that a grant names is told more, and only
//! about `agent.prove` and `session.open`. That decision comes before anything
//! that takes time.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_protocol::message::Call;
use platen_protocol::method::{SessionLimits, SessionOpened};
use platen_protocol::{ErrorCode, Request, Response, WireError};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Context;
use super::goodbye::Goodbye;
use super::wire::Wire;
use crate::authorize::{Connection, OpenSession};
use crate::dialect::platen_v1;
use crate::limits::Limits;
use crate::socket::{Admitted, Message};

/// Pings of a connection without a session; no browser sends any.
const PINGS_MAX: u32 = 16;

/// Fresh for every connection: 32 random octets.
pub(super) fn challenge() -> String {
    let mut octets = [0; 32];
    SystemRandom::new()
        .fill(&mut octets)
        .expect("the system gave random octets when the agent started");
    URL_SAFE_NO_PAD.encode(octets)
}

/// The wait for a session: bounded, and ended early by the agent's stop or by
/// others who promise more.
pub(super) struct Wait<'a> {
    deadline: Instant,
    admitted: &'a mut Admitted,
    stop: &'a CancellationToken,
}

impl<'a> Wait<'a> {
    /// Begins now.
    pub(super) fn new(
        limits: &Limits,
        admitted: &'a mut Admitted,
        stop: &'a CancellationToken,
    ) -> Self {
        let wait = Duration::from_millis(limits.session_open_wait_ms_max);
        Self {
            deadline: Instant::now() + wait,
            admitted,
            stop,
        }
    }

    /// The next message, if one came.
    ///
    /// # Errors
    /// Why there will be no session.
    pub(super) async fn next<S>(&mut self, wire: &mut Wire<S>) -> Result<Option<Message>, Goodbye>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Goodbye::ShuttingDown),
            () = self.admitted.evicted().cancelled() => Err(Goodbye::NotAuthorized),
            () = tokio::time::sleep_until(self.deadline) => Err(Goodbye::NotAuthorized),
            message = wire.next(0) => Ok(message?),
        }
    }

    /// There is one.
    pub(super) fn session_opened(&mut self) {
        self.admitted.session_opened();
    }
}

/// Serves `connection` until a session is open, or says why none will be.
pub(super) async fn open<S, D>(
    wire: &mut Wire<S>,
    connection: &mut Connection,
    context: &Context<D>,
    admitted: &mut Admitted,
    stop: &CancellationToken,
) -> Result<OpenSession, Goodbye>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = &context.limits;
    let mut wait = Wait::new(limits, admitted, stop);
    wire.outbox.push(platen_v1::hello(&connection.challenge));
    let (mut refusals, mut pings) = (0, 0);
    loop {
        let message = wait.next(wire).await?;
        let outcome = match message {
            Some(Message::Text(text)) => answer(wire, connection, context, &text),
            Some(Message::Binary(_)) => {
                wire.refuse_plainly(&context.counts, None);
                Outcome::Refused
            }
            Some(Message::Ping(_) | Message::Pong(_)) => {
                pings += 1;
                if pings > PINGS_MAX {
                    return Err(Goodbye::Flood);
                }
                continue;
            }
            Some(Message::Close(_)) => return Err(Goodbye::Gone),
            Some(Message::Frame(_)) | None => continue,
        };
        match outcome {
            Outcome::Answered => {}
            Outcome::Refused => {
                refusals += 1;
                if refusals >= limits.refusals_max {
                    return Err(Goodbye::NotAuthorized);
                }
            }
            Outcome::Opened { id, session } => {
                wait.session_opened();
                wire.allow_messages(limits.frame_octets_max);
                let opened = Response::SessionOpened(opened(&session, limits));
                wire.answer(&context.counts, id, Ok(opened));
                return Ok(*session);
            }
        }
    }
}

enum Outcome {
    Answered,
    Refused,
    Opened { id: u32, session: Box<OpenSession> },
}

fn answer<S, D>(
    wire: &mut Wire<S>,
    connection: &mut Connection,
    context: &Context<D>,
    text: &str,
) -> Outcome
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let glance = platen_v1::glance(text);
    if glance.opening.is_none() || !context.authorizer.knows(&connection.caller) {
        wire.refuse_plainly(&context.counts, glance.id);
        return Outcome::Refused;
    }
    let call = match Call::read(text) {
        Ok(call) => call,
        // A client that is no browser has named no origin yet.
        Err(_) if connection.caller.origin().is_none() => {
            wire.refuse_plainly(&context.counts, glance.id);
            return Outcome::Refused;
        }
        Err(refusal) => {
            wire.refuse(&context.counts, refusal.id, refusal.error);
            return Outcome::Refused;
        }
    };
    let id = call.id;
    let error = match &call.request {
        Request::AgentProve(params) => match context.authorizer.prove(connection, params) {
            Ok(proof) => {
                wire.answer(&context.counts, id, Ok(Response::Proof(proof)));
                return Outcome::Answered;
            }
            Err(error) => error,
        },
        Request::SessionOpen(params) => {
            let signed = call.signed.as_ref();
            let opened = context
                .authorizer
                .open_session(connection, &call.digest, params, signed);
            match opened {
                Ok(session) => {
                    let session = Box::new(session);
                    return Outcome::Opened { id, session };
                }
                Err(error) => error,
            }
        }
        _ => WireError::new(ErrorCode::NotAuthorized),
    };
    tracing::info!(
        origin = connection.caller.origin().map_or("", |origin| origin.as_str()),
        code = %error.data.code,
        reason = error.message,
        "no session opened"
    );
    wire.answer(&context.counts, id, Err(error));
    Outcome::Refused
}

fn opened(session: &OpenSession, limits: &Limits) -> SessionOpened {
    let subject = session.subject();
    SessionOpened {
        origin: subject.origin.clone(),
        capabilities: subject.grant.capabilities.iter().copied().collect(),
        signing: subject.grant.signing,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        limits: SessionLimits {
            frame_octets_max: limits.frame_octets_max as u64,
            job_octets_max: limits.job_octets_max,
            documents_per_job_max: saturate(limits.documents_per_job_max),
            calls_in_flight_max: saturate(limits.calls_in_flight_max),
        },
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
