//! One task per connection, from `hello` to goodbye.
//!
//! [`run`] is the whole life of a WebSocket: [`opening`] until a session is
//! open, [`open`] from then on. The task owns its socket, its outbox, its
//! uploads and the calls it has under way; it is started by the socket, ends
//! with its connection, and is joined by [`crate::socket::Edge::run`]. It
//! touches no JSON (the dialect does), decides nothing (the authorizer does)
//! and prints nothing (the dispatcher does).

mod budget;
mod devices;
mod goodbye;
mod open;
mod opening;
mod outbox;
mod qz;
mod subscription;
#[cfg(test)]
pub(crate) mod tests;
mod upload;
mod vigil;
mod wire;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use platen_protocol::statement::SequenceWindow;
use platen_protocol::{Cursor, ErrorCode, PrinterId, Request, Response, Topic};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use self::budget::Receiving;
use self::wire::Wire;
use crate::authorize::{Authorized, Authorizer, Caller, Connection, Subject};
use crate::backend::Equipment;
use crate::claims::Claims;
use crate::device_access::Files;
use crate::dispatch::{DispatchError, Dispatcher, DocumentBody, EventStream, PrinterName};
use crate::limits::Limits;
use crate::queue::printers::PrinterInfo;
use crate::socket::{Admitted, EdgeCounts, WebSocket};

/// Answers authorized requests; [`Dispatcher`] outside of tests.
///
/// A session starts calls in the order in which they arrived, and polls each
/// once before it starts the next.
pub trait Dispatch: Send + Sync + 'static {
    /// Whether the documents a request announces are worth receiving.
    ///
    /// # Errors
    /// Why not; nothing has been received then.
    fn check_documents(&self, subject: &Subject, request: &Request) -> Result<(), DispatchError>;

    /// The printers that a grant names, by name; asks no printer.
    fn names(&self, subject: &Subject) -> Vec<PrinterName>;

    /// What is known of a printer that a grant names, for the agent itself:
    /// pages are never told.
    fn known(&self, subject: &Subject, printer: &PrinterId) -> Option<PrinterInfo>;

    /// What a printer that a grant names has, where a print system knows.
    fn equipment(
        &self,
        subject: &Subject,
        printer: &PrinterId,
    ) -> impl Future<Output = Option<Equipment>> + Send;

    /// Answers one request.
    fn call(
        &self,
        call: Authorized<Request>,
        documents: Vec<DocumentBody>,
    ) -> impl Future<Output = Result<Response, DispatchError>> + Send;

    /// Opens the event log.
    fn subscribe(
        &self,
        subject: &Subject,
        topics: &[Topic],
        after: Option<Cursor>,
    ) -> impl Future<Output = Result<EventStream, DispatchError>> + Send;
}

impl Dispatch for Dispatcher {
    fn check_documents(&self, subject: &Subject, request: &Request) -> Result<(), DispatchError> {
        Self::check_documents(self, subject, request)
    }

    fn names(&self, subject: &Subject) -> Vec<PrinterName> {
        Self::names(self, subject)
    }

    fn known(&self, subject: &Subject, printer: &PrinterId) -> Option<PrinterInfo> {
        Self::known(self, subject, printer)
    }

    async fn equipment(&self, subject: &Subject, printer: &PrinterId) -> Option<Equipment> {
        Self::equipment(self, subject, printer).await
    }

    async fn call(
        &self,
        call: Authorized<Request>,
        documents: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        Self::call(self, call, documents).await
    }

    async fn subscribe(
        &self,
        subject: &Subject,
        topics: &[Topic],
        after: Option<Cursor>,
    ) -> Result<EventStream, DispatchError> {
        Self::subscribe(self, subject, topics, after).await
    }
}

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Context<D> {
    authorizer: Authorizer,
    dispatch: D,
    limits: Limits,
    counts: Arc<EdgeCounts>,
    receiving: Arc<Receiving>,
    files: Arc<Files>,
    claims: Claims,
    sessions: AtomicU64,
}

/// What sessions have of the machine in common.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Where the files of pages lie.
    pub(crate) files_folder: PathBuf,
    /// Who has which device.
    pub(crate) claims: Claims,
}

#[cfg(test)]
impl Shares {
    /// No folder, and nothing claimed.
    pub(crate) fn none() -> Self {
        Self {
            files_folder: PathBuf::new(),
            claims: Claims::new(crate::clock::Clock::system()),
        }
    }
}

impl<D> Context<D> {
    pub(crate) fn new(
        authorizer: Authorizer,
        dispatch: D,
        limits: Limits,
        counts: Arc<EdgeCounts>,
        shares: Shares,
    ) -> Self {
        Self {
            files: Arc::new(Files::new(shares.files_folder, limits.qz_files_octets_max)),
            claims: shares.claims,
            receiving: Receiving::new(limits.receiving_octets_max),
            authorizer,
            dispatch,
            limits,
            counts,
            sessions: AtomicU64::new(1),
        }
    }

    pub(crate) fn authorizer(&self) -> &Authorizer {
        &self.authorizer
    }

    /// A connection was closed because its origin has enough of them.
    pub(crate) fn too_many_of_one_origin(&self) {
        self.counts.refused(ErrorCode::LimitExceeded);
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Serves one WebSocket of `platen.v1` until it ends.
pub(crate) async fn run<S, D>(
    socket: WebSocket<S>,
    caller: Caller,
    mut admitted: Admitted,
    context: &Context<D>,
    stop: &CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dispatch,
{
    let mut wire = Wire::new(socket, &context.limits);
    let mut connection = Connection {
        caller,
        challenge: opening::challenge(),
        sequence: SequenceWindow::default(),
    };
    let opened = opening::open(&mut wire, &mut connection, context, &mut admitted, stop).await;
    let goodbye = match opened {
        Err(goodbye) => goodbye,
        Ok(session) => {
            let session_id = context.sessions.fetch_add(1, Ordering::Relaxed);
            let origin = session.subject().origin.clone();
            let grant = session.subject().grant.id;
            tracing::info!(session_id, %origin, grant, "session opened");
            let goodbye = open::serve(
                &mut wire,
                &mut connection,
                session,
                session_id,
                context,
                stop,
            )
            .await;
            tracing::info!(session_id, %origin, reason = goodbye.reason(), "session closed");
            goodbye
        }
    };
    wire.close(goodbye).await;
}

/// Serves one WebSocket of the QZ dialect until it ends.
pub(crate) async fn run_qz<S, D>(
    socket: WebSocket<S>,
    caller: Caller,
    mut admitted: Admitted,
    context: &Context<D>,
    stop: &CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dispatch,
{
    let mut wire = Wire::new(socket, &context.limits);
    let session_id = context.sessions.fetch_add(1, Ordering::Relaxed);
    let goodbye = qz::serve(&mut wire, &caller, session_id, context, &mut admitted, stop).await;
    wire.close(goodbye).await;
}
