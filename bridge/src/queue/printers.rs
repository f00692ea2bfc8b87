//! The handles to all printers, and what their jobs use together.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use platen_protocol::job::{FORMAT_RAW, FORMAT_TEXT};
use platen_protocol::{ErrorCode, JobId, PrinterId, TimestampMs};
use platen_receipt::Profile;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::actor::{Actor, Description, Message};
use super::neighbors::{Adoptions, Handles, Neighbors, Place};
use super::recall::Recall;
use super::{Backup, JobCommand, Pause, Pauses, Queue, QueueLimits, Reply};
use crate::accessory::Accessories;
use crate::backend::Backend;
use crate::clock::Clock;
use crate::dispatch::DispatchError;
use crate::job::{NewJob, Submitter};
use crate::limits::Limits;
use crate::memory::Crowd;
use crate::observe::Observer;
use crate::store::{Store, StoreError};

/// Messages that may wait for one printer; more wait with their sender.
const INBOX_MAX: usize = 256;

/// What is known of a printer without asking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterInfo {
    /// Its stable id.
    pub id: PrinterId,
    /// Its label.
    pub name: String,
    /// Labels it had before, which find it still.
    pub aliases: Vec<String>,
    /// Its device URI, for people on the machine; never shown to a page.
    pub uri: String,
    /// Whether something behind it understands other formats than raw data.
    pub takes_any_format: bool,
    /// Its model: paper, characters, what it can do.
    pub profile: Arc<Profile>,
    /// What hangs on it.
    pub accessories: Accessories,
}

/// A printer that jobs can be sent to.
#[derive(Debug, Clone)]
pub struct PrinterHandle {
    /// What it is.
    pub info: PrinterInfo,
    /// Its device, for questions that do not go through the queue.
    pub backend: Arc<dyn Backend>,
    inbox: mpsc::Sender<Message>,
    pub(super) place: Arc<Place>,
    pub(super) adoptions: Adoptions,
    /// Ends its actor alone.
    stop: CancellationToken,
    /// Canceled when its actor has ended.
    ended: CancellationToken,
}

impl PrinterHandle {
    /// Whether it takes documents of this format.
    #[must_use]
    pub fn takes(&self, format: &str) -> bool {
        // Every printer takes text: it is laid out as a receipt where nothing
        // behind the printer does.
        format == FORMAT_RAW || format == FORMAT_TEXT || self.info.takes_any_format
    }

    async fn ask<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, DispatchError> {
        let (reply, answer) = oneshot::channel();
        let stopping = |_| DispatchError::new(ErrorCode::ShuttingDown);
        self.inbox
            .send(message(reply))
            .await
            .map_err(|_| stopping(()))?;
        answer.await.map_err(|_| stopping(()))
    }

    /// Submits a job; answered once it is durable.
    ///
    /// # Errors
    /// When the agent is stopping.
    pub async fn submit(&self, job: Arc<NewJob>) -> Result<Reply, DispatchError> {
        self.ask(|reply| Message::Submit { job, reply }).await
    }

    /// Does something with a job.
    ///
    /// # Errors
    /// When the agent is stopping.
    pub async fn command(
        &self,
        job_id: JobId,
        command: JobCommand,
    ) -> Result<Reply, DispatchError> {
        self.ask(|reply| Message::Command {
            job_id,
            command,
            reply,
        })
        .await
    }

    /// Pauses the printer for `who`, or takes back what they may.
    ///
    /// # Errors
    /// When the agent is stopping.
    pub async fn set_paused(&self, paused: bool, who: Pause) -> Result<Reply, DispatchError> {
        self.ask(|reply| Message::SetPaused { paused, who, reply })
            .await
    }

    /// What the printer is doing, counting one submitter's jobs or all.
    ///
    /// # Errors
    /// When the agent is stopping.
    pub async fn describe(
        &self,
        submitter: Option<Submitter>,
    ) -> Result<Description, DispatchError> {
        self.ask(|reply| Message::Describe { submitter, reply })
            .await
    }
}

/// What unfinished jobs use together, and the order of acceptance.
#[derive(Debug)]
pub struct Usage {
    sequence: AtomicU64,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    octets: u64,
    jobs: HashMap<Arc<str>, u64>,
    submitters: BTreeMap<JobId, Submitter>,
    crowd: Crowd,
}

impl Usage {
    /// The next place in the order of acceptance.
    pub(super) fn next_sequence(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn used(&self) -> std::sync::MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Books a job before it is submitted.
    ///
    /// # Errors
    /// `limit-exceeded` or `storage-full` when a budget is used up.
    pub fn book(&self, job: &NewJob, limits: &Limits) -> Result<(), DispatchError> {
        let octets = job.octets();
        let mut used = self.used();
        if used.octets + octets > limits.stored_octets_max {
            return Err(DispatchError::new(ErrorCode::StorageFull));
        }
        if let Some(submitter) = &job.submitter {
            let origin = &submitter.origin;
            let jobs = used.jobs.get(origin).copied().unwrap_or(0);
            if jobs >= limits.jobs_per_origin_max as u64 {
                return Err(DispatchError::with_message(
                    ErrorCode::LimitExceeded,
                    format!(
                        "{origin} already has {jobs} unfinished jobs; wait for one to complete"
                    ),
                ));
            }
            *used.jobs.entry(Arc::clone(origin)).or_default() += 1;
            used.submitters
                .insert(job.job_id.clone(), submitter.clone());
        }
        let count = used.submitters.len();
        used.crowd.counts(count);
        used.octets += octets;
        Ok(())
    }

    pub(super) fn submitter_of(&self, job_id: &JobId) -> Option<Submitter> {
        self.used().submitters.get(job_id).cloned()
    }

    /// Gives back what a job used.
    pub fn release(&self, job_id: &JobId, submitter: Option<&Submitter>, octets: u64) {
        let mut used = self.used();
        used.octets = used.octets.saturating_sub(octets);
        used.submitters.remove(job_id);
        let count = used.submitters.len();
        used.crowd.counts(count);
        if let Some(Submitter { origin, .. }) = submitter {
            let left = used.jobs.get_mut(origin).map(|jobs| {
                *jobs = jobs.saturating_sub(1);
                *jobs
            });
            if left == Some(0) {
                used.jobs.remove(origin);
            }
        }
    }
}

/// All printers of this machine.
#[derive(Debug)]
pub struct Printers {
    handles: Handles,
    default: RwLock<Option<PrinterId>>,
    usage: Arc<Usage>,
    store: Store,
    clock: Clock,
    observer: Observer,
    limits: Limits,
    copy_label: Arc<str>,
    /// Since when all printers are paused, also those to come.
    paused_at: Mutex<Option<TimestampMs>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Printers {
    /// No printers yet; `default` is where jobs go that name none, and
    /// `copy_label` what a reprint says on paper.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(
        store: Store,
        clock: Clock,
        observer: Observer,
        limits: Limits,
        default: Option<PrinterId>,
        copy_label: &str,
    ) -> Result<Self, StoreError> {
        let reader = store.reader();
        let mut used = Used::default();
        for (origin, jobs, octets) in reader.usage()? {
            used.octets += octets;
            if let Some(origin) = origin {
                used.jobs.insert(origin.into(), jobs);
            }
        }
        let usage = Usage {
            sequence: AtomicU64::new(reader.last_sequence()?),
            used: Mutex::new(used),
        };
        let paused_at = Mutex::new(reader.machine_pause()?);
        Ok(Self {
            handles: Handles::default(),
            default: RwLock::new(default),
            usage: Arc::new(usage),
            store,
            clock,
            observer,
            limits,
            copy_label: copy_label.into(),
            paused_at,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Adds a printer, with the one its jobs may go to, and starts its actor
    /// where the store left off. Blocking:
    /// it reads the store. A printer that is there already stays as it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn add(
        &self,
        info: PrinterInfo,
        backend: Arc<dyn Backend>,
        backup: Option<Backup>,
    ) -> Result<(), StoreError> {
        if self.find(&info.id).is_some() {
            return Ok(());
        }
        let reader = self.store.reader();
        // Held until the printer is listed, so that nobody pauses all in between.
        let paused_at = self
            .paused_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let machine = paused_at.map(|since| (Pause::Machine, since));
        let pauses: Pauses = reader
            .pauses(&info.id)?
            .into_iter()
            .chain(machine)
            .collect();
        let recall = Recall::begin(
            info.uri.clone(),
            reader.proven(&info.id)?,
            backend.as_ref(),
            self.clock.now(),
        );
        let records = reader.unfinished(&info.id)?;
        {
            let mut used = self.usage.used();
            for record in &records {
                if let Some(submitter) = &record.submitter {
                    used.submitters
                        .insert(record.job.job_id.clone(), submitter.clone());
                }
            }
        }
        for record in &records {
            self.observer.found(record);
        }
        let limits = QueueLimits {
            jobs_max: self.limits.jobs_per_printer_max,
            attempts_max: self.limits.attempts_max,
        };
        let (queue, effects) = Queue::recover(
            info.id.clone(),
            limits,
            pauses,
            backup,
            records,
            self.clock.now(),
        );
        let (sender, inbox) = mpsc::channel(INBOX_MAX);
        let (adoptions, adopted) = mpsc::unbounded_channel();
        let place = Arc::new(Place::default());
        let stop = self.stop.child_token();
        let ended = CancellationToken::new();
        let actor = Actor::new(
            info.id.clone(),
            Arc::clone(&info.profile),
            queue,
            Arc::clone(&backend),
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&self.usage),
            self.observer.clone(),
            inbox,
            stop.clone(),
            Duration::from_millis(self.limits.drain_wait_ms_max),
            Arc::clone(&self.copy_label),
            Neighbors {
                handles: Arc::clone(&self.handles),
                grants: self.store.grants(),
                jobs_max: self.limits.jobs_per_printer_max,
            },
            Arc::clone(&place),
            adopted,
            recall,
        );
        let end = ended.clone().drop_guard();
        self.tasks.spawn(async move {
            // Dropped when the actor is gone, however it went.
            let _end = end;
            actor.run(effects).await;
        });
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        handles.push(Arc::new(PrinterHandle {
            info,
            backend,
            inbox: sender,
            place,
            adoptions,
            stop,
            ended,
        }));
        Ok(())
    }

    /// Takes a printer off the list and ends its actor, which lets a delivery
    /// that runs end within the drain time. Returns it when it is gone; what it
    /// left unfinished is in the store, and goes on when it is added again.
    pub async fn remove(&self, id: &PrinterId) -> Option<Arc<PrinterHandle>> {
        let handle = {
            let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
            let at = handles.iter().position(|handle| handle.info.id == *id)?;
            handles.remove(at)
        };
        handle.stop.cancel();
        handle.ended.cancelled().await;
        Some(handle)
    }

    /// Changes what is known of a printer without asking it. Its id stays.
    pub fn describe_anew(&self, id: &PrinterId, change: impl FnOnce(&mut PrinterInfo)) {
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = handles.iter_mut().find(|handle| handle.info.id == *id) {
            let mut anew = PrinterHandle::clone(handle);
            change(&mut anew.info);
            anew.info.id = id.clone();
            *handle = Arc::new(anew);
        }
    }

    /// Since when all printers are paused.
    #[must_use]
    pub fn machine_paused(&self) -> Option<TimestampMs> {
        *self
            .paused_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Pauses all printers, also those to come, or ends that. A printer that
    /// is being added meanwhile is asked as well: it is listed before, or it
    /// starts with what was decided.
    ///
    /// # Errors
    /// When the store cannot be written, or the agent is stopping.
    pub async fn set_machine_paused(&self, paused: bool) -> Result<(), DispatchError> {
        let since = paused.then(|| self.machine_paused().unwrap_or_else(|| self.clock.now()));
        self.store.set_machine_pause(since).await?;
        *self
            .paused_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = since;
        for handle in self.all() {
            handle.set_paused(paused, Pause::Machine).await?;
        }
        Ok(())
    }

    /// All printers, in the order in which they were added.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<PrinterHandle>> {
        self.handles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The printer with this id.
    #[must_use]
    pub fn find(&self, id: &PrinterId) -> Option<Arc<PrinterHandle>> {
        self.handles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|handle| handle.info.id == *id)
            .cloned()
    }

    /// Where jobs go that name no printer: the configured one, else the first.
    #[must_use]
    pub fn default_printer(&self) -> Option<PrinterId> {
        let configured = self
            .default
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        configured.or_else(|| self.all().first().map(|handle| handle.info.id.clone()))
    }

    /// Makes a printer the default one where nobody configured another.
    pub fn suggest_default(&self, printer: PrinterId) {
        self.default
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(printer);
    }

    /// What unfinished jobs use.
    #[must_use]
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Stops all actors: nothing new starts, what runs may end.
    pub async fn drain(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
