//! Takes an authorized request to whoever answers it.
//!
//! Knows the printers, the store and the event log; knows no sockets, no
//! sessions and no dialects. What may be asked was decided before
//! ([`Authorized`]); here is decided only which printer and which job are
//! meant, and a job or printer of somebody else is "not found".

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::method::{
    JobParams, Jobs, JobsList, JobsSubmit, PRIORITY_DEFAULT, PrinterParams,
    Printers as PrinterList, Submitted,
};
use platen_protocol::{
    Cursor, CustomerText, Digest, ErrorCode, Event, JobId, Origin, Printer, PrinterId, Request,
    Response, Topic, WireError, canonical,
};
use tokio::sync::broadcast;

use crate::authorize::{Authorized, Subject};
use crate::clock::Clock;
use crate::firewall::Firewall;
use crate::grant::PrinterScope;
use crate::job::{By, JobRecord, NewDocument, NewJob};
use crate::limits::Limits;
use crate::queue::printers::{PrinterHandle, Printers};
use crate::queue::{JobCommand, Pause, Reply};
use crate::store::{JobFilter, Store, StoreError};
use crate::visible;

/// A document whose octets have all arrived and whose digest fits, in the
/// pieces in which it came.
#[derive(Clone, Default)]
pub struct DocumentBody {
    /// The pieces, in order.
    pub pieces: Vec<Bytes>,
}

/// Tells how much, never what.
impl fmt::Debug for DocumentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets: usize = self.pieces.iter().map(Bytes::len).sum();
        write!(f, "DocumentBody({octets} octets)")
    }
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DispatchError {
    /// The name on the wire.
    pub code: ErrorCode,
    /// What happened, to what, what to do.
    pub message: String,
}

impl DispatchError {
    /// The error with its code's own text.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            message: code.message().to_owned(),
        }
    }

    /// The error with a more exact message.
    #[must_use]
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The error as it goes over the wire.
    #[must_use]
    pub fn to_wire(&self) -> WireError {
        WireError::with_message(self.code, self.message.clone())
    }
}

/// Something that happened, with whom it concerns.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// Place in the log; `None` for progress, which is not durable.
    pub cursor: Option<Cursor>,
    /// The origin whose job it is; `None` for printer events and for jobs
    /// submitted on the machine itself.
    pub origin: Option<Arc<str>>,
    /// What happened.
    pub event: Event,
}

impl LoggedEvent {
    /// Whether `subject`, subscribed to `topics`, may see it.
    #[must_use]
    pub fn concerns(&self, subject: &Subject, topics: &[Topic]) -> bool {
        match &self.event {
            Event::JobStateChanged { .. } | Event::JobProgress { .. } => {
                topics.contains(&Topic::Jobs)
                    && self.origin.as_deref() == Some(subject.origin.as_str())
            }
            Event::PrinterStateChanged { printer, .. } => {
                topics.contains(&Topic::Printers) && subject.grant.printers.contains(printer)
            }
        }
    }
}

/// A live view of the event log, starting after a cursor.
#[derive(Debug)]
pub struct EventStream {
    /// What was missed, oldest first; already filtered.
    pub replay: Vec<LoggedEvent>,
    /// Where the live part begins.
    pub cursor: Cursor,
    /// Whether some of what was missed is gone from the log, or too much to
    /// replay: tell the page `resync` with `cursor`; `replay` is empty then.
    pub resync: bool,
    /// What comes. Not filtered: use [`LoggedEvent::concerns`]. Events at or
    /// before `cursor` may come once more; skip them.
    pub live: broadcast::Receiver<Arc<LoggedEvent>>,
}

impl From<StoreError> for DispatchError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store could not be read");
        Self::new(error.code())
    }
}

/// Events replayed at most; who missed more reads the state anew.
const REPLAY_EVENTS_MAX: u32 = 10_000;
/// Jobs listed when the page does not say how many.
const LIST_DEFAULT: u32 = 100;
/// Characters of a `job-name` (RFC 8011 §5.1.3 allows 255 octets).
const NAME_CHARACTERS_MAX: usize = 255;

/// Answers authorized requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    printers: Arc<Printers>,
    store: Store,
    clock: Clock,
    limits: Limits,
    firewall: Firewall,
}

impl Dispatcher {
    /// A dispatcher over these printers and this store.
    #[must_use]
    pub fn new(printers: Arc<Printers>, store: Store, clock: Clock, limits: Limits) -> Self {
        let firewall = Firewall::new(&limits);
        Self {
            printers,
            store,
            clock,
            limits,
            firewall,
        }
    }

    /// Answers one request. `documents` are those of a `jobs.submit`, complete
    /// and checked; empty for every other method. `agent.prove`,
    /// `session.open`, `events.subscribe` and `events.unsubscribe` belong to
    /// the session and never come here.
    ///
    /// # Errors
    /// A [`DispatchError`] with its code.
    pub async fn call(
        &self,
        call: Authorized<Request>,
        documents: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        let (request, subject) = call.into_parts();
        match request {
            Request::PrintersList(_) => self.list_printers(&subject).await,
            Request::PrintersGet(params) => {
                let handle = self.granted(&subject, &params.printer)?;
                Ok(Response::Printer(
                    self.describe(&handle, &subject.origin).await?,
                ))
            }
            Request::JobsSubmit(params) => self.submit(&subject, params, documents).await,
            Request::JobsGet(params) => Ok(Response::Job(
                self.own_job(&subject, &params.job_id).await?.job,
            )),
            Request::JobsList(params) => self.list_jobs(&subject, params).await,
            Request::JobsCancel(params) => {
                self.command(&subject, params, JobCommand::Cancel(By::Origin))
                    .await
            }
            Request::JobsHold(params) => {
                self.command(&subject, params, JobCommand::Hold(By::Origin))
                    .await
            }
            Request::JobsRelease(params) => {
                self.command(&subject, params, JobCommand::Release(By::Origin))
                    .await
            }
            Request::JobsRetry(params) => {
                self.command(&subject, params, JobCommand::Repeat(By::Origin))
                    .await
            }
            Request::JobsReprint(params) => {
                let record = self.own_job(&subject, &params.job_id).await?;
                let handle = self.granted(&subject, &record.job.printer)?;
                let job = self.reprint(record, Some(subject.origin.clone())).await?;
                let submitted = self.enqueue_of(&subject, &handle, job).await?;
                Ok(Response::Submitted(submitted))
            }
            Request::QueuePause(params) => self.set_paused(&subject, &params, true).await,
            Request::QueueResume(params) => self.set_paused(&subject, &params, false).await,
            Request::AgentProve(_)
            | Request::SessionOpen(_)
            | Request::EventsSubscribe(_)
            | Request::EventsUnsubscribe(_) => Err(DispatchError::new(ErrorCode::Internal)),
        }
    }

    /// Opens the event log for `subject` after `after` (or from now).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn subscribe(
        &self,
        subject: &Subject,
        topics: &[Topic],
        after: Option<Cursor>,
    ) -> Result<EventStream, DispatchError> {
        let origin = subject.origin.clone();
        let mut stream = self.open_log(Some(origin), after).await?;
        stream
            .replay
            .retain(|event| event.concerns(subject, topics));
        Ok(stream)
    }

    /// Opens the event log for everybody's events, or one origin's.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn open_log(
        &self,
        origin: Option<Origin>,
        after: Option<Cursor>,
    ) -> Result<EventStream, DispatchError> {
        // Listening starts before the log is read, so that nothing falls
        // between the two; what comes twice is told apart by its cursor.
        let live = self.store.events();
        let read = move |reader: &Arc<crate::store::Reader>| {
            let newest = reader.last_cursor()?;
            let Some(after) = after else {
                return Ok((Vec::new(), newest, false));
            };
            if after > newest || after < reader.oldest_cursor()? {
                return Ok((Vec::new(), newest, after != newest));
            }
            let missed = reader.events_after(after, origin.as_ref(), REPLAY_EVENTS_MAX + 1)?;
            if missed.len() > REPLAY_EVENTS_MAX as usize {
                return Ok((Vec::new(), newest, true));
            }
            let last = missed
                .last()
                .and_then(|event| event.cursor)
                .unwrap_or(newest);
            Ok((missed, last.max(newest), false))
        };
        let (replay, cursor, resync) = self.store.read(read).await?;
        Ok(EventStream {
            replay,
            cursor,
            resync,
            live,
        })
    }

    async fn list_printers(&self, subject: &Subject) -> Result<Response, DispatchError> {
        let mut printers = Vec::new();
        for handle in self.printers.all() {
            if subject.grant.printers.contains(&handle.info.id) {
                printers.push(self.describe(&handle, &subject.origin).await?);
            }
        }
        Ok(Response::Printers(PrinterList { printers }))
    }

    async fn describe(
        &self,
        handle: &PrinterHandle,
        origin: &Origin,
    ) -> Result<Printer, DispatchError> {
        let description = handle.describe(Some(origin.as_str().to_owned())).await?;
        Ok(Printer {
            printer: handle.info.id.clone(),
            name: handle.info.name.clone(),
            default: self.printers.default_printer().as_ref() == Some(&handle.info.id),
            state: description.state,
            reasons: description.reasons,
            status: description.status,
            state_at: description.state_at,
            queued_jobs: description.queued_jobs as u64,
            evidence: handle.backend.evidence(),
        })
    }

    /// The printer, if the grant names it. Whether it exists otherwise is not
    /// this page's business.
    fn granted(
        &self,
        subject: &Subject,
        printer: &PrinterId,
    ) -> Result<Arc<PrinterHandle>, DispatchError> {
        self.printers
            .find(printer)
            .filter(|_| subject.grant.printers.contains(printer))
            .ok_or_else(|| DispatchError::new(ErrorCode::PrinterNotFound))
    }

    /// Whether the documents of a submit are worth receiving: its printer is
    /// there, granted, and takes their formats.
    ///
    /// # Errors
    /// `printer-not-found`, `document-format-not-supported`.
    pub fn check_submit(
        &self,
        subject: &Subject,
        params: &JobsSubmit,
    ) -> Result<(), DispatchError> {
        let handle = self.addressed(subject, params)?;
        params
            .documents
            .iter()
            .try_for_each(|document| check_format(&handle, &document.format))
    }

    /// The printer a submit is for.
    fn addressed(
        &self,
        subject: &Subject,
        params: &JobsSubmit,
    ) -> Result<Arc<PrinterHandle>, DispatchError> {
        let printer = params
            .printer
            .clone()
            .or_else(|| self.printers.default_printer())
            .ok_or_else(|| DispatchError::new(ErrorCode::PrinterNotFound))?;
        self.granted(subject, &printer)
    }

    async fn submit(
        &self,
        subject: &Subject,
        params: JobsSubmit,
        documents: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        let handle = self.addressed(subject, &params)?;
        let printer = handle.info.id.clone();
        let job = self.new_job(Some(subject.origin.clone()), printer, params, documents)?;
        let submitted = self.enqueue_of(subject, &handle, job).await?;
        Ok(Response::Submitted(submitted))
    }

    /// Puts a page's job into its printer's queue, if the firewall lets it.
    async fn enqueue_of(
        &self,
        subject: &Subject,
        handle: &PrinterHandle,
        job: NewJob,
    ) -> Result<Submitted, DispatchError> {
        let charge = self.firewall.admit(subject, &job).await?;
        let submitted = self.enqueue(handle, job).await?;
        if !submitted.repeated {
            charge.keep();
        }
        Ok(submitted)
    }

    /// Checks what was asked and makes a job of it.
    ///
    /// # Errors
    /// `invalid-params`, `document-empty`, `document-format-not-supported`.
    pub(crate) fn new_job(
        &self,
        origin: Option<Origin>,
        printer: PrinterId,
        params: JobsSubmit,
        bodies: Vec<DocumentBody>,
    ) -> Result<NewJob, DispatchError> {
        let invalid =
            |message: &str| DispatchError::with_message(ErrorCode::InvalidParams, message);
        if params.documents.len() != bodies.len() {
            return Err(DispatchError::new(ErrorCode::DocumentEmpty));
        }
        let now = self.clock.now();
        // Under a key it may be a late question about a job of then; a new one
        // ends as expired.
        let is_new = params.idempotency_key.is_none();
        if is_new && params.expires_at.is_some_and(|end| end <= now) {
            return Err(invalid(
                "expires_at has passed; choose a time to come, in milliseconds since 1970",
            ));
        }
        let handle = self
            .printers
            .find(&printer)
            .ok_or_else(|| DispatchError::new(ErrorCode::PrinterNotFound))?;
        for document in &params.documents {
            check_format(&handle, &document.format)?;
        }
        // The key itself is no part of what was asked.
        let asked = JobsSubmit {
            idempotency_key: None,
            printer: Some(printer.clone()),
            ..params.clone()
        };
        let text = canonical::to_string(&asked).map_err(|error| invalid(&error.to_string()))?;
        let documents = params
            .documents
            .into_iter()
            .zip(bodies)
            .map(|(info, body)| NewDocument {
                format: info.format,
                octets: info.octets,
                sha256: info.sha256,
                body,
            })
            .collect();
        Ok(NewJob {
            job_id: random_job_id()?,
            origin,
            printer,
            name: clean_name(
                params
                    .name
                    .as_ref()
                    .map_or("Platen job", CustomerText::as_str),
            ),
            priority: params.priority.unwrap_or(PRIORITY_DEFAULT),
            documents,
            idempotency_key: params.idempotency_key,
            digest: Digest::of(text.as_bytes()),
            not_before: params.not_before,
            expires_at: params.expires_at,
            repeat: params.repeat.unwrap_or_default(),
            reprint_of: None,
        })
    }

    /// Puts a job into its printer's queue; answered once it is durable.
    pub(crate) async fn enqueue(
        &self,
        handle: &PrinterHandle,
        job: NewJob,
    ) -> Result<Submitted, DispatchError> {
        self.printers.usage().book(&job, &self.limits)?;
        let job = Arc::new(job);
        let reply = handle.submit(Arc::clone(&job)).await;
        let refused = |error| {
            let origin = job.origin.as_ref().map(Origin::as_str);
            self.printers
                .usage()
                .release(&job.job_id, origin, job.octets());
            Err(error)
        };
        match reply {
            Ok(Reply::Accepted { job_id }) => Ok(Submitted {
                job_id,
                printer: job.printer.clone(),
                repeated: false,
            }),
            // The queue has given back what this copy had booked.
            Ok(Reply::Repeated { job_id, printer }) => Ok(Submitted {
                job_id,
                printer,
                repeated: true,
            }),
            Ok(Reply::Refused { code, message })
                if matches!(code, ErrorCode::QueueFull | ErrorCode::ShuttingDown) =>
            {
                refused(refusal(code, message))
            }
            Ok(Reply::Refused { code, message }) => Err(refusal(code, message)),
            Ok(Reply::Done) => Err(DispatchError::new(ErrorCode::Internal)),
            Err(error) => refused(error),
        }
    }

    async fn list_jobs(
        &self,
        subject: &Subject,
        params: JobsList,
    ) -> Result<Response, DispatchError> {
        let limit = params.limit.unwrap_or(LIST_DEFAULT);
        let before = match &params.after {
            Some(job_id) => Some(self.own_job(subject, job_id).await?.sequence),
            None => None,
        };
        let filter = JobFilter {
            origin: Some(subject.origin.clone()),
            printers: match (&params.printer, &subject.grant.printers) {
                (Some(printer), scope) => Some(
                    scope
                        .contains(printer)
                        .then(|| printer.clone())
                        .into_iter()
                        .collect(),
                ),
                (None, PrinterScope::All) => None,
                (None, PrinterScope::Only(printers)) => Some(printers.iter().cloned().collect()),
            },
            states: params.states.unwrap_or_default(),
            before,
            idempotency_key: params.idempotency_key,
            limit,
        };
        let records = self.store.read(move |reader| reader.jobs(&filter)).await?;
        let jobs = records.into_iter().map(|record| record.job).collect();
        Ok(Response::Jobs(Jobs { jobs }))
    }

    async fn own_job(&self, subject: &Subject, job_id: &JobId) -> Result<JobRecord, DispatchError> {
        self.job(job_id)
            .await?
            .filter(|record| record.origin.as_deref() == Some(subject.origin.as_str()))
            .ok_or_else(|| DispatchError::new(ErrorCode::JobNotFound))
    }

    pub(crate) async fn job(&self, job_id: &JobId) -> Result<Option<JobRecord>, DispatchError> {
        let job_id = job_id.clone();
        Ok(self.store.read(move |reader| reader.job(&job_id)).await?)
    }

    async fn command(
        &self,
        subject: &Subject,
        params: JobParams,
        command: JobCommand,
    ) -> Result<Response, DispatchError> {
        let record = self.own_job(subject, &params.job_id).await?;
        self.command_job(record, command).await.map(Response::Job)
    }

    /// Does something with a job and returns it as it is afterwards.
    pub(crate) async fn command_job(
        &self,
        record: JobRecord,
        command: JobCommand,
    ) -> Result<platen_protocol::Job, DispatchError> {
        let job_id = record.job.job_id;
        let handle = self.printers.find(&record.job.printer).ok_or_else(|| {
            DispatchError::with_message(
                ErrorCode::PrinterNotFound,
                format!(
                    "the job's printer {} is no longer configured",
                    record.job.printer
                ),
            )
        })?;
        let mut reply = handle.command(job_id.clone(), command).await?;
        if matches!(reply, Reply::Refused { .. })
            && let Some(record) = self.job(&job_id).await?
            && record.job.printer != handle.info.id
            && let Some(handle) = self.printers.find(&record.job.printer)
        {
            // It moved to its printer's backup meanwhile.
            reply = handle.command(job_id.clone(), command).await?;
        }
        match reply {
            Reply::Refused { code, message } => Err(refusal(code, message)),
            Reply::Done | Reply::Accepted { .. } | Reply::Repeated { .. } => self
                .job(&job_id)
                .await?
                .map(|record| record.job)
                .ok_or_else(|| DispatchError::new(ErrorCode::JobNotFound)),
        }
    }

    /// A new job that prints a finished one again, and says so.
    pub(crate) async fn reprint(
        &self,
        record: JobRecord,
        origin: Option<Origin>,
    ) -> Result<NewJob, DispatchError> {
        let old = record.job;
        if !old.state.is_terminal() {
            return Err(DispatchError::with_message(
                ErrorCode::JobNotPossible,
                format!(
                    "the job is {}; only a finished job is printed again",
                    old.state.as_str()
                ),
            ));
        }
        let old_id = old.job_id.clone();
        let documents = self
            .store
            .read(move |reader| reader.copy_documents(&old_id))
            .await?;
        if documents.is_empty() {
            return Err(DispatchError::with_message(
                ErrorCode::PayloadLost,
                "the job's documents were purged; submit them again",
            ));
        }
        Ok(NewJob {
            job_id: random_job_id()?,
            origin,
            printer: old.printer,
            name: copy_name(old.name.as_str()),
            priority: old.priority,
            digest: Digest::of(old.job_id.as_str().as_bytes()),
            documents,
            idempotency_key: None,
            not_before: None,
            expires_at: None,
            repeat: record.repeat,
            reprint_of: Some(old.job_id),
        })
    }

    async fn set_paused(
        &self,
        subject: &Subject,
        params: &PrinterParams,
        paused: bool,
    ) -> Result<Response, DispatchError> {
        let handle = self.granted(subject, &params.printer)?;
        let who = Pause::Site(subject.origin.as_str().into());
        match handle.set_paused(paused, who).await? {
            Reply::Refused { code, message } => Err(refusal(code, message)),
            Reply::Done | Reply::Accepted { .. } | Reply::Repeated { .. } => Ok(Response::Printer(
                self.describe(&handle, &subject.origin).await?,
            )),
        }
    }
}

pub(crate) fn refusal(code: ErrorCode, message: String) -> DispatchError {
    if message.is_empty() {
        DispatchError::new(code)
    } else {
        DispatchError { code, message }
    }
}

fn check_format(handle: &PrinterHandle, format: &str) -> Result<(), DispatchError> {
    if handle.takes(format) {
        return Ok(());
    }
    Err(DispatchError::with_message(
        ErrorCode::DocumentFormatNotSupported,
        format!(
            "{} takes application/octet-stream (raw data) only",
            handle.info.id
        ),
    ))
}

fn random_job_id() -> Result<JobId, DispatchError> {
    let mut octets = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets)
        .map_err(|_| DispatchError::new(ErrorCode::Internal))?;
    Ok(JobId::from_random(u128::from_be_bytes(octets)))
}

/// The name of a copy, and of a copy's copy.
fn copy_name(name: &str) -> CustomerText {
    clean_name(&format!(
        "COPY {}",
        name.strip_prefix("COPY ").unwrap_or(name)
    ))
}

/// A `job-name` that can be shown anywhere: no control characters, no
/// direction overrides, not endless.
fn clean_name(name: &str) -> CustomerText {
    let clean: String = name
        .chars()
        .filter(|c| !visible::steers(*c))
        .take(NAME_CHARACTERS_MAX)
        .collect();
    clean.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_name_can_neither_steer_a_terminal_nor_turn_text_around() {
        assert_eq!(clean_name("a\u{1b}[2Jb\r\n\u{202e}c").as_str(), "a[2Jbc");
        assert_eq!(clean_name(&"x".repeat(1000)).as_str().len(), 255);
    }

    #[test]
    fn a_copy_of_a_copy_says_so_once() {
        let copy = copy_name("Receipt 7");
        assert_eq!(copy.as_str(), "COPY Receipt 7");
        assert_eq!(copy_name(copy.as_str()), copy);
    }
}
