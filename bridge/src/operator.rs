//! What a person on the machine may do: everything a page may, for every
//! origin's jobs, and grants.
//!
//! Reached through the administration socket only, whose peer has been
//! checked; never from a browser port.

use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::job::DocumentInfo;
use platen_protocol::method::{JobsSubmit, Submitted};
use platen_protocol::{
    Cursor, CustomerText, Digest, ErrorCode, Job, JobId, JobState, PrinterId, TimestampMs,
};

use crate::authorize::{Pending, PendingSite};
use crate::discovery::finder::Finder;
use crate::discovery::roster::Roster;
use crate::dispatch::{DispatchError, Dispatcher, DocumentBody, EventStream, refusal};
use crate::grant::{Grant, Grants};
use crate::job::{By, JobRecord};
use crate::queue::actor::Description;
use crate::queue::printers::{PrinterHandle, PrinterInfo, Printers};
use crate::queue::{JobCommand, Pause, Reply};
use crate::revocation::Revoked;
use crate::store::{HistoryRow, JobFilter, KeptDocuments, Store};
use crate::waits::{WaitsFor, waits_for};

/// A job with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStory {
    /// The job.
    pub record: JobRecord,
    /// What happened to it, oldest first.
    pub history: Vec<HistoryRow>,
    /// What it waits for; `None` when it has ended.
    pub waits_for: Option<WaitsFor>,
    /// Whether what it prints is still stored.
    pub documents: KeptDocuments,
}

/// Acts for a person on the machine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operator {
    printers: Arc<Printers>,
    dispatcher: Dispatcher,
    store: Store,
    revoked: Revoked,
    pending: Arc<Pending>,
    roster: Arc<Roster>,
    finder: Finder,
}

impl Operator {
    /// An operator over the same printers and store as the pages' dispatcher.
    #[must_use]
    pub fn new(
        printers: Arc<Printers>,
        dispatcher: Dispatcher,
        store: Store,
        revoked: Revoked,
        pending: Arc<Pending>,
        roster: Arc<Roster>,
    ) -> Self {
        Self {
            dispatcher,
            store,
            revoked,
            pending,
            finder: Finder::new(Arc::clone(&roster), Arc::clone(&printers)),
            printers,
            roster,
        }
    }

    /// The devices that are found.
    #[must_use]
    pub fn finder(&self) -> &Finder {
        &self.finder
    }

    /// The printers that a person added.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The sites that were refused and may be allowed, the newest first.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingSite> {
        let grants = self.grants();
        let grants = grants.borrow();
        self.pending.list(&grants)
    }

    /// Every printer and what it is doing; the default one is marked.
    ///
    /// # Errors
    /// When the agent is stopping.
    pub async fn printers(&self) -> Result<Vec<(PrinterInfo, Description, bool)>, DispatchError> {
        let default = self.printers.default_printer();
        let mut all = Vec::new();
        for handle in self.printers.all() {
            let is_default = default.as_ref() == Some(&handle.info.id);
            all.push((
                handle.info.clone(),
                handle.describe(None).await?,
                is_default,
            ));
        }
        Ok(all)
    }

    /// One printer's handle, by id, else by its label where only one has it.
    ///
    /// # Errors
    /// `printer-not-found`, naming those that exist.
    pub fn printer(&self, name: &str) -> Result<Arc<PrinterHandle>, DispatchError> {
        let all = self.printers.all();
        let mut found = all.iter().filter(|handle| handle.info.id.as_str() == name);
        if let Some(handle) = found.next() {
            return Ok(Arc::clone(handle));
        }
        // A name in use goes before one that another printer had.
        let by: [fn(&PrinterInfo, &str) -> bool; 2] = [
            |info, name| info.name == name,
            |info, name| info.aliases.iter().any(|alias| alias == name),
        ];
        for known_by in by {
            let mut known = all.iter().filter(|handle| known_by(&handle.info, name));
            match (known.next(), known.next()) {
                (Some(handle), None) => return Ok(Arc::clone(handle)),
                (None, _) => {}
                (Some(_), Some(_)) => break,
            }
        }
        let ids: Vec<&str> = all.iter().map(|handle| handle.info.id.as_str()).collect();
        let message = format!("no printer is named {name}; there are: {}", ids.join(", "));
        Err(DispatchError::with_message(
            ErrorCode::PrinterNotFound,
            message,
        ))
    }

    /// Jobs of all origins, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn jobs(&self, filter: JobFilter) -> Result<Vec<JobRecord>, DispatchError> {
        Ok(self.store.read(move |reader| reader.jobs(&filter)).await?)
    }

    /// How many jobs are in each state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn job_counts(&self) -> Result<Vec<(JobState, u64)>, DispatchError> {
        Ok(self.store.read(|reader| reader.counts()).await?)
    }

    async fn record(&self, job_id: &JobId) -> Result<JobRecord, DispatchError> {
        self.dispatcher.job(job_id).await?.ok_or_else(|| {
            let message = format!("there is no job {job_id}; `platen jobs` lists them");
            DispatchError::with_message(ErrorCode::JobNotFound, message)
        })
    }

    /// How many stored documents cannot be printed, because the key that sealed
    /// them is not on this machine.
    #[must_use]
    pub fn documents_without_key(&self) -> u64 {
        self.store.documents_without_key()
    }

    /// The story of one job.
    ///
    /// # Errors
    /// `job-not-found`.
    pub async fn job(&self, job_id: &JobId) -> Result<JobStory, DispatchError> {
        let record = self.record(job_id).await?;
        self.story(record).await
    }

    async fn story(&self, record: JobRecord) -> Result<JobStory, DispatchError> {
        let (record, history, before, documents) = self
            .store
            .read(move |reader| {
                let history = reader.history(record.sequence)?;
                let before = reader.jobs_before(&record)?;
                let documents = reader.kept_documents(record.sequence)?;
                Ok((record, history, before, documents))
            })
            .await?;
        let description = match self.printers.find(&record.job.printer) {
            Some(handle) => Some(handle.describe(None).await?),
            None => None,
        };
        let waits_for = waits_for(&record.job, before, description.as_ref());
        Ok(JobStory {
            record,
            history,
            waits_for,
            documents,
        })
    }

    /// The story of the job that a printer works on, or would work on next.
    ///
    /// # Errors
    /// `printer-not-found`.
    pub async fn first_in_line(&self, printer: &str) -> Result<Option<JobStory>, DispatchError> {
        let id = self.printer(printer)?.info.id.clone();
        let first = self
            .store
            .read(move |reader| reader.first_in_line(&id))
            .await?;
        match first {
            Some(record) => Ok(Some(self.story(record).await?)),
            None => Ok(None),
        }
    }

    /// Calls a job off.
    ///
    /// # Errors
    /// `job-not-found`, `job-not-possible`.
    pub async fn cancel(&self, job_id: &JobId) -> Result<Job, DispatchError> {
        self.command(job_id, JobCommand::Cancel(By::Operator)).await
    }

    /// Keeps a job from starting.
    ///
    /// # Errors
    /// `job-not-found`, `job-not-possible`.
    pub async fn hold(&self, job_id: &JobId) -> Result<Job, DispatchError> {
        self.command(job_id, JobCommand::Hold(By::Operator)).await
    }

    /// Lets a held job start.
    ///
    /// # Errors
    /// `job-not-found`, `job-not-possible`.
    pub async fn release(&self, job_id: &JobId) -> Result<Job, DispatchError> {
        self.command(job_id, JobCommand::Release(By::Operator))
            .await
    }

    /// Decides that an interrupted job is delivered again.
    ///
    /// # Errors
    /// `job-not-found`, `job-not-possible`.
    pub async fn retry(&self, job_id: &JobId) -> Result<Job, DispatchError> {
        self.command(job_id, JobCommand::Repeat(By::Operator)).await
    }

    /// Decides that an interrupted job is on paper.
    ///
    /// # Errors
    /// `job-not-found`, `job-not-possible`.
    pub async fn resolve(&self, job_id: &JobId) -> Result<Job, DispatchError> {
        self.command(job_id, JobCommand::MarkPrinted).await
    }

    async fn command(&self, job_id: &JobId, command: JobCommand) -> Result<Job, DispatchError> {
        let record = self.record(job_id).await?;
        self.dispatcher.command_job(record, command).await
    }

    /// Prints a finished job again, for the origin that had it.
    ///
    /// # Errors
    /// `job-not-found`, `job-not-possible`, `payload-lost`.
    pub async fn reprint(&self, job_id: &JobId) -> Result<Submitted, DispatchError> {
        let record = self.record(job_id).await?;
        let submitter = record.submitter.clone();
        let job = self.dispatcher.reprint(record, submitter).await?;
        let handle = self.printer(job.printer.as_str())?;
        self.dispatcher.enqueue(&handle, job).await
    }

    /// Prints a document from the machine itself.
    ///
    /// # Errors
    /// As for a page's submit.
    pub async fn print(
        &self,
        printer: &str,
        name: Option<CustomerText>,
        format: String,
        octets: Bytes,
    ) -> Result<Submitted, DispatchError> {
        if octets.is_empty() {
            return Err(DispatchError::new(ErrorCode::DocumentEmpty));
        }
        let handle = self.printer(printer)?;
        let info = DocumentInfo {
            format,
            octets: octets.len() as u64,
            sha256: Digest::of(&octets),
        };
        let params = JobsSubmit {
            printer: Some(handle.info.id.clone()),
            documents: vec![info],
            name,
            idempotency_key: None,
            priority: None,
            expires_at: None,
            not_before: None,
            repeat: None,
        };
        let body = DocumentBody {
            pieces: vec![octets],
        };
        let id: PrinterId = handle.info.id.clone();
        let job = self.dispatcher.new_job(None, id, params, vec![body])?;
        self.dispatcher.enqueue(&handle, job).await
    }

    /// Pauses or resumes a printer.
    ///
    /// # Errors
    /// `printer-not-found`.
    pub async fn set_paused(&self, printer: &str, paused: bool) -> Result<(), DispatchError> {
        let handle = self.printer(printer)?;
        match handle.set_paused(paused, Pause::Operator).await? {
            Reply::Refused { code, message } => Err(refusal(code, message)),
            Reply::Done | Reply::Accepted { .. } | Reply::Repeated { .. } => Ok(()),
        }
    }

    /// Pauses all printers, also those to come, or ends that.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn set_all_paused(&self, paused: bool) -> Result<(), DispatchError> {
        self.printers.set_machine_paused(paused).await?;
        tracing::info!(paused, "all printers were paused or resumed");
        Ok(())
    }

    /// Since when all printers are paused.
    #[must_use]
    pub fn all_paused(&self) -> Option<TimestampMs> {
        self.printers.machine_paused()
    }

    /// The current grants.
    #[must_use]
    pub fn grants(&self) -> Grants {
        self.store.grants()
    }

    /// Adds a grant and returns its number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_grant(&self, grant: Grant) -> Result<i64, DispatchError> {
        let id = self.store.add_grant(grant).await?;
        tracing::info!(grant = id, "grant added");
        Ok(id)
    }

    /// Removes a grant; `false` when there is none with this number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn remove_grant(&self, id: i64) -> Result<bool, DispatchError> {
        let removed = self.store.remove_grant(id).await?;
        tracing::info!(grant = id, removed, "grant removed");
        Ok(removed)
    }

    /// Takes a signed revocation list. Returns how many certificates of its
    /// root are revoked now; `None` when a list as new is kept already.
    ///
    /// # Errors
    /// When the list is not of a trusted root, not signed by it, or the store
    /// cannot be written.
    pub async fn revoke(&self, signed_list: &str) -> Result<Option<usize>, DispatchError> {
        Ok(self.revoked.take(signed_list).await?)
    }

    /// Everybody's events after a cursor, or from now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn subscribe(&self, after: Option<Cursor>) -> Result<EventStream, DispatchError> {
        self.dispatcher.open_log(None, after).await
    }
}
