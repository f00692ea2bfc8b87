//! What one printer's actor may know of the others: whether its backup would
//! take a job, and where to hand it over.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use platen_protocol::{Capability, JobId, Origin, PrinterId, PrinterState, TimestampMs};
use tokio::sync::mpsc;

use super::printers::PrinterHandle;
use super::{Backup, Moving, Queue};
use crate::grant::Grants;
use crate::job::Submitter;

/// The way into another printer's queue.
pub(super) type Adoptions = mpsc::UnboundedSender<(JobId, Box<Moving>)>;

/// How a printer stands, as others see it without asking.
#[derive(Debug, Default)]
pub(super) struct Place {
    works: AtomicBool,
    open_jobs: AtomicUsize,
    /// Jobs that are on their way here, from before their rows say so.
    expected: Mutex<BTreeSet<JobId>>,
}

impl Place {
    /// As its queue says.
    pub(super) fn set(&self, queue: &Queue) {
        let works = queue.state().0 != PrinterState::Stopped && queue.takes_jobs();
        self.works.store(works, Ordering::Relaxed);
        self.open_jobs
            .store(queue.open_jobs(None), Ordering::Relaxed);
    }

    /// Whether the job is on its way here.
    pub(super) fn expects(&self, job_id: &JobId) -> bool {
        self.expected().contains(job_id)
    }

    /// The job is here.
    pub(super) fn arrived(&self, job_id: &JobId) {
        self.expected().remove(job_id);
    }

    fn expected(&self) -> MutexGuard<'_, BTreeSet<JobId>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it would take one more, of at most `jobs_max`; it is counted.
    fn take(&self, jobs_max: usize) -> bool {
        self.works.load(Ordering::Relaxed)
            && self.open_jobs.fetch_add(1, Ordering::Relaxed) < jobs_max
    }
}

/// All printers' handles, in the order in which they were added.
pub(super) type Handles = Arc<RwLock<Vec<Arc<PrinterHandle>>>>;

/// The other printers, and who may print on them.
#[derive(Debug, Clone)]
pub(super) struct Neighbors {
    pub(super) handles: Handles,
    pub(super) grants: Grants,
    pub(super) jobs_max: usize,
}

impl Neighbors {
    fn find(&self, printer: &PrinterId) -> Option<Arc<PrinterHandle>> {
        self.handles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|handle| handle.info.id == *printer)
            .cloned()
    }

    /// Whether the backup printer takes a job of `submitter`: it is
    /// there, it works, it has room, and the site and its user may print on it. It expects the job then.
    pub(super) fn take(
        &self,
        to: &Backup,
        job_id: &JobId,
        submitter: Option<&Submitter>,
        now: TimestampMs,
    ) -> bool {
        let origin = submitter.map(|submitter| submitter.origin.parse::<Origin>());
        let user = submitter.and_then(|submitter| submitter.user.as_ref());
        let allowed = match origin {
            // Submitted on the machine itself.
            None => true,
            Some(_) if !to.users.admits(user) => false,
            Some(_) if to.for_every_site => true,
            Some(Ok(origin)) => self.grants.borrow().iter().any(|grant| {
                grant.names(&origin, now)
                    && grant.users.admits(user)
                    && grant.printers.contains(&to.printer)
                    && grant.capabilities.contains(&Capability::Print)
            }),
            Some(Err(_)) => false,
        };
        let taker = self
            .find(&to.printer)
            .filter(|handle| allowed && handle.place.take(self.jobs_max));
        if let Some(handle) = &taker {
            handle.place.expected().insert(job_id.clone());
        }
        taker.is_some()
    }

    /// The job stays where it is after all.
    pub(super) fn expect_no_more(&self, to: &PrinterId, job_id: &JobId) {
        if let Some(handle) = self.find(to) {
            handle.place.arrived(job_id);
        }
    }

    /// Gives a job to the printer its row names. A printer that is stopping
    /// finds it there at the next start.
    pub(super) fn hand_over(&self, to: &PrinterId, job_id: JobId, moving: Box<Moving>) {
        if let Some(handle) = self.find(to) {
            drop(handle.adoptions.send((job_id, moving)));
        }
    }
}
