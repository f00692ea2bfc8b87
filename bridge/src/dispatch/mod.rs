//! Takes an authorized request to whoever answers it.
//!
//! Knows the printers, the store and the event log; knows no sockets, no
//! sessions and no dialects. What may be asked was decided before
//! ([`Authorized`]); here is decided only which printer and which job are
//! meant, and a job or printer of somebody else is "not found". Documents
//! become jobs in `submit` and pictures in `preview`; `jobs` is about jobs that
//! are there, `events` about what is told of them.

mod accessories;
mod error;
mod events;
mod jobs;
mod preview;
mod submit;

use std::sync::Arc;

use platen_protocol::method::{PrinterParams, Printers as PrinterList};
use platen_protocol::{ErrorCode, Printer, PrinterId, Request, Response};

pub use self::error::DispatchError;
pub(crate) use self::error::refusal;
pub use self::events::{EventStream, LoggedEvent};
use self::preview::Studio;
pub use self::submit::DocumentBody;
pub(crate) use self::submit::UNNAMED_JOB;
use crate::authorize::{Authorized, Subject};
use crate::backend::Equipment;
use crate::clock::Clock;
use crate::firewall::Firewall;
use crate::job::By;
use crate::limits::Limits;
use crate::queue::printers::{PrinterHandle, PrinterInfo, Printers};
use crate::queue::{JobCommand, Pause, Reply};
use crate::store::Store;

/// A printer as pages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterName {
    /// Its id.
    pub id: PrinterId,
    /// Its name, for people.
    pub name: String,
    /// Names it had before.
    pub aliases: Vec<String>,
    /// Whether it is the machine's default printer.
    pub default: bool,
}

/// Answers authorized requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    printers: Arc<Printers>,
    store: Store,
    clock: Clock,
    limits: Limits,
    firewall: Firewall,
    studio: Arc<Studio>,
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
            studio: Arc::new(Studio::new()),
        }
    }

    /// Answers one request. `documents` are those of a `jobs.submit` or
    /// `jobs.preview`, complete and checked; empty for every other method. `agent.prove`,
    /// `session.open`, `events.*` and `devices.*` belong to the session and never come here.
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
                Ok(Response::Printer(self.describe(&handle, &subject).await?))
            }
            Request::JobsSubmit(params) => self.submit(&subject, params, documents).await,
            Request::JobsPreview(params) => self.preview(&subject, params, documents).await,
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
                let job = self.reprint(record, Some(subject.submitter())).await?;
                let submitted = self.enqueue_of(&subject, &handle, job).await?;
                Ok(Response::Submitted(submitted))
            }
            Request::DrawerOpen(params) => self.open_drawer(&subject, params).await,
            Request::BuzzerSound(params) => self.sound_buzzer(&subject, params).await,
            Request::DisplayShow(params) => self.show_on_display(&subject, params).await,
            Request::QueuePause(params) => self.set_paused(&subject, &params, true).await,
            Request::QueueResume(params) => self.set_paused(&subject, &params, false).await,
            Request::AgentProve(_)
            | Request::SessionOpen(_)
            | Request::DevicesList(_)
            | Request::DevicesOpen(_)
            | Request::DevicesSend(_)
            | Request::DevicesReceive(_)
            | Request::DevicesClose(_)
            | Request::EventsSubscribe(_)
            | Request::EventsUnsubscribe(_) => Err(DispatchError::new(ErrorCode::Internal)),
        }
    }

    /// The printers that a grant names. Asks no printer.
    #[must_use]
    pub fn names(&self, subject: &Subject) -> Vec<PrinterName> {
        let default = self.printers.default_printer();
        self.printers
            .all()
            .into_iter()
            .filter(|handle| subject.may_use(&handle.info.id))
            .map(|handle| PrinterName {
                id: handle.info.id.clone(),
                name: handle.info.name.clone(),
                aliases: handle.info.aliases.clone(),
                default: default.as_ref() == Some(&handle.info.id),
            })
            .collect()
    }

    /// What is known of a printer that a grant names. Not for pages.
    #[must_use]
    pub fn known(&self, subject: &Subject, printer: &PrinterId) -> Option<PrinterInfo> {
        let handle = self.granted(subject, printer).ok()?;
        Some(handle.info.clone())
    }

    /// What a printer that the grant names has, where a print system knows.
    pub async fn equipment(&self, subject: &Subject, printer: &PrinterId) -> Option<Equipment> {
        let handle = self.granted(subject, printer).ok()?;
        handle.backend.equipment().await
    }

    async fn list_printers(&self, subject: &Subject) -> Result<Response, DispatchError> {
        let mut printers = Vec::new();
        for handle in self.printers.all() {
            if subject.may_use(&handle.info.id) {
                printers.push(self.describe(&handle, subject).await?);
            }
        }
        Ok(Response::Printers(PrinterList { printers }))
    }

    async fn describe(
        &self,
        handle: &PrinterHandle,
        subject: &Subject,
    ) -> Result<Printer, DispatchError> {
        let description = handle.describe(Some(subject.submitter())).await?;
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
            .filter(|_| subject.may_use(printer))
            .ok_or_else(|| DispatchError::new(ErrorCode::PrinterNotFound))
    }

    /// Whether the documents of a submit are worth receiving: its printer is
    /// there, granted, and takes their formats.
    ///
    /// # Errors
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
            Reply::Done | Reply::Accepted { .. } | Reply::Repeated { .. } => {
                Ok(Response::Printer(self.describe(&handle, subject).await?))
            }
        }
    }
}
