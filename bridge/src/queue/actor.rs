//! The task that owns one printer: a thin shell around [`Queue`].
//!
//! Started by [`Printers`](super::printers::Printers), ended by its stop token
//! after the running delivery ended (or the drain time passed); owns the
//! queue, the backend and the delivery. It waits for nothing but its inputs:
//! the store answers through a channel, the delivery is a task of its own so
//! that a panicking backend costs one job and not the printer.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use platen_protocol::{
    CustomerText, ErrorCode, Event, JobId, PrinterId, PrinterState, PrinterStateReason,
    StatusDetail, TimestampMs,
};
use platen_receipt::Profile;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::copy_label::labeled;
use super::crossing::Waiting;
use super::recall::Recall;
use super::watch::{Watch, join};
use super::{
    Change, CommitId, CommitResult, Effect, Input, JobCommand, Moving, Pause, Queue, Reply, Ticket,
};
use crate::backend::{Backend, Document, Outcome, Report, Work};
use crate::clock::{Clock, ClockWatch};
use crate::dispatch::LoggedEvent;
use crate::job::{NewJob, Submitter};
use crate::observe::Observer;
use crate::queue::neighbors::{Neighbors, Place};
use crate::queue::printers::Usage;
use crate::store::{Store, documents_in_memory};

/// What an actor can be told.
#[derive(Debug)]
pub enum Message {
    /// Accept a job.
    Submit {
        /// The job.
        job: Arc<NewJob>,
        /// Where the answer goes, once durable.
        reply: oneshot::Sender<Reply>,
    },
    /// Do something with a job.
    Command {
        /// Which job.
        job_id: JobId,
        /// What.
        command: JobCommand,
        /// Where the answer goes, once durable.
        reply: oneshot::Sender<Reply>,
    },
    /// Start no more jobs, or start them again.
    SetPaused {
        /// Which of the two.
        paused: bool,
        /// Who says so.
        who: Pause,
        /// Where the answer goes, once durable.
        reply: oneshot::Sender<Reply>,
    },
    /// Describe the printer.
    Describe {
        /// Count only jobs that are this one's to see.
        submitter: Option<Submitter>,
        /// Where the answer goes.
        reply: oneshot::Sender<Description>,
    },
}

/// What a printer is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `printer-state`.
    pub state: PrinterState,
    /// `printer-state-reasons`.
    pub reasons: Vec<PrinterStateReason>,
    /// The reasons with their sources and ages.
    pub status: Vec<StatusDetail>,
    /// When they last changed.
    pub state_at: TimestampMs,
    /// When the device last gave a sign of itself.
    pub heard_at: Option<TimestampMs>,
    /// Jobs that are not finished: the asked origin's, or all.
    pub queued_jobs: usize,
}

/// Reports a delivery may be ahead of us before it skips some.
const REPORTS_MAX: usize = 16;

/// The wall clock is looked at this often while a time is waited for: it may
/// have been set, or the machine may have slept.
const CLOCK_TRUSTED: Duration = Duration::from_secs(30);

struct Delivery {
    job_id: JobId,
    reports: mpsc::Receiver<Report>,
    task: JoinHandle<Outcome>,
    cancel: CancellationToken,
}

/// The task's belongings.
pub(super) struct Actor {
    pub(super) printer: PrinterId,
    /// What the printer is.
    profile: Arc<Profile>,
    pub(super) queue: Queue,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) store: Store,
    pub(super) clock: Clock,
    /// Notices that somebody set it.
    clock_watch: ClockWatch,
    pub(super) usage: Arc<Usage>,
    pub(super) observer: Observer,
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) stop: CancellationToken,
    pub(super) drain_wait: Duration,
    /// What a reprint says on paper.
    pub(super) copy_label: Arc<str>,
    neighbors: Neighbors,
    /// How this printer stands, for others.
    pub(super) place: Arc<Place>,
    adopted: mpsc::UnboundedReceiver<(JobId, Box<Moving>)>,
    /// Offered jobs that this other printer would take.
    taken: VecDeque<(JobId, PrinterId)>,
    /// What waits for jobs between two printers.
    pub(super) crossing: Vec<Waiting>,
    commits_in: mpsc::UnboundedReceiver<(CommitId, CommitResult)>,
    commits_out: mpsc::UnboundedSender<(CommitId, CommitResult)>,
    waiting: HashMap<Ticket, oneshot::Sender<Reply>>,
    /// What the store was asked, to be told to log and metrics once durable.
    asked: HashMap<CommitId, (Instant, Vec<Change>)>,
    next_ticket: u64,
    delivery: Option<Delivery>,
    watch: Watch,
    recall: Recall,
    state: (PrinterState, Vec<PrinterStateReason>),
    state_at: TimestampMs,
}

impl Actor {
    #[allow(clippy::too_many_arguments)] // built in one place, field by field
    pub(super) fn new(
        printer: PrinterId,
        profile: Arc<Profile>,
        queue: Queue,
        backend: Arc<dyn Backend>,
        store: Store,
        clock: Clock,
        usage: Arc<Usage>,
        observer: Observer,
        inbox: mpsc::Receiver<Message>,
        stop: CancellationToken,
        drain_wait: Duration,
        copy_label: Arc<str>,
        neighbors: Neighbors,
        place: Arc<Place>,
        adopted: mpsc::UnboundedReceiver<(JobId, Box<Moving>)>,
        recall: Recall,
    ) -> Self {
        let (commits_out, commits_in) = mpsc::unbounded_channel();
        let state = queue.state();
        let state_at = clock.now();
        let watch = Watch::new(Arc::clone(&backend));
        Self {
            printer,
            profile,
            queue,
            backend,
            store,
            clock_watch: clock.watch(),
            clock,
            usage,
            observer,
            inbox,
            stop,
            drain_wait,
            copy_label,
            neighbors,
            place,
            adopted,
            taken: VecDeque::new(),
            crossing: Vec::new(),
            commits_in,
            commits_out,
            waiting: HashMap::new(),
            asked: HashMap::new(),
            next_ticket: 0,
            delivery: None,
            watch,
            recall,
            state,
            state_at,
        }
    }

    /// Works until stopped and drained.
    pub(super) async fn run(mut self, first: Vec<Effect>) {
        self.tell_state();
        self.perform_all(first);
        self.place.set(&self.queue);
        self.watch.keep(self.queue.pace());
        let stop = self.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                message = self.inbox.recv() => match message {
                    Some(message) => self.hear(message),
                    None => break,
                },
                Some((job_id, moving)) = self.adopted.recv() => {
                    let arrived = job_id.clone();
                    self.take(Input::Adopt { job_id, moving });
                    self.place.arrived(&arrived);
                    self.catch_up();
                }
                input = Self::next_input(&mut self.commits_in, &mut self.delivery, &mut self.watch, self.queue.wake_at(), &self.clock) => {
                    self.take(input);
                    if !self.crossing.is_empty() {
                        self.catch_up();
                    }
                }
            }
        }
        self.drain().await;
    }

    /// The next thing that happens by itself. Cancel safe: everything it waits
    /// for is.
    async fn next_input(
        commits: &mut mpsc::UnboundedReceiver<(CommitId, CommitResult)>,
        delivery: &mut Option<Delivery>,
        watch: &mut Watch,
        wake_at: Option<TimestampMs>,
        clock: &Clock,
    ) -> Input {
        let wake = async {
            match wake_at {
                Some(at) => {
                    let wait = Duration::from_millis(at.saturating_sub(clock.now()));
                    tokio::time::sleep(wait.min(CLOCK_TRUSTED)).await;
                }
                None => std::future::pending().await,
            }
        };
        let work = async {
            match delivery {
                Some(Delivery {
                    job_id,
                    reports,
                    task,
                    ..
                }) => {
                    tokio::select! {
                        // What it said before it ended is heard first.
                        biased;
                        Some(report) = reports.recv() => Input::Report(report),
                        outcome = task => Input::Outcome(outcome.unwrap_or_else(|_| {
                            // The panic has been logged, without what it may quote.
                            tracing::error!(%job_id, "the delivery of a job panicked");
                            Outcome::Interrupted {
                                octets_sent: 0,
                                code: ErrorCode::Internal,
                                detail: "the backend failed in the middle of the job".to_owned(),
                            }
                        })),
                    }
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((commit, result)) = commits.recv() => Input::Committed { commit, result },
            input = work => input,
            status = watch.next() => Input::Device(status),
            () = wake => Input::Tick,
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Submit { job, reply } => {
                let ticket = self.ticket(reply);
                // Numbered here, where the order is decided.
                let sequence = self.usage.next_sequence();
                self.take(Input::Submit {
                    job,
                    sequence,
                    ticket,
                });
            }
            Message::Command {
                job_id,
                command,
                reply,
            } => self.command(job_id, command, reply),
            Message::SetPaused { paused, who, reply } => {
                let ticket = self.ticket(reply);
                self.take(if paused {
                    Input::Pause { pause: who, ticket }
                } else {
                    Input::Resume { who, ticket }
                });
            }
            Message::Describe { submitter, reply } => {
                let (state, reasons) = self.queue.state();
                let queued_jobs = self.queue.open_jobs(submitter.as_ref());
                // The asker may have gone.
                let _ = reply.send(Description {
                    state,
                    reasons,
                    status: self.queue.status(),
                    state_at: self.state_at,
                    heard_at: self.queue.heard_at(),
                    queued_jobs,
                });
            }
        }
    }

    pub(super) fn ticket(&mut self, reply: oneshot::Sender<Reply>) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.waiting.insert(ticket, reply);
        ticket
    }

    pub(super) fn take(&mut self, input: Input) {
        if matches!(input, Input::Outcome(_)) {
            self.delivery = None;
            let now = self.clock.now();
            self.recall
                .keep(&self.printer, self.backend.as_ref(), &self.store, now);
        }
        let durable = match &input {
            Input::Committed { commit, result } => self
                .asked
                .remove(commit)
                .filter(|_| *result == CommitResult::Done),
            _ => None,
        };
        let now = self.clock.now();
        if let Some(by_ms) = self.clock_watch.set_by_ms() {
            tracing::warn!(printer = %self.printer, by_ms, "the machine's clock was set");
            let effects = self.queue.step(Input::ClockSet { by_ms }, now);
            self.perform_all(effects);
        }
        let effects = self.queue.step(input, now);
        self.place.set(&self.queue);
        self.watch.keep(self.queue.pace());
        self.perform_all(effects);
        // Work goes first, the log after it.
        if let Some((asked_at, changes)) = durable {
            self.observer.committed(asked_at.elapsed());
            self.observer.changed(&self.printer, &changes);
        }
        let state = self.queue.state();
        while let Some((job_id, to)) = self.taken.pop_front() {
            let offered = job_id.clone();
            let effects = self.queue.step(Input::Taken { job_id }, now);
            if !self.queue.is_moving(&offered) {
                self.neighbors.expect_no_more(&to, &offered);
            }
            self.perform_all(effects);
        }
        if state != self.state {
            self.state = state;
            self.state_at = now;
            self.tell_state();
        }
    }

    fn tell_state(&self) {
        let (state, reasons) = &self.state;
        self.observer.printer_is(&self.printer, *state, reasons);
    }

    fn perform_all(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.perform(effect);
        }
    }

    /// Starts I/O, publishes, replies; never waits.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Commit { commit, changes } => {
                let commits = self.commits_out.clone();
                self.asked.insert(commit, (Instant::now(), changes.clone()));
                self.store
                    .commit(self.printer.clone(), changes, move |result| {
                        // After the actor ended nobody waits any more.
                        let _ = commits.send((commit, result));
                    });
            }
            Effect::Deliver { job_id, job } => self.deliver(job_id, job),
            Effect::CancelDelivery => {
                if let Some(delivery) = &self.delivery {
                    delivery.cancel.cancel();
                }
            }
            Effect::Reply { ticket, reply } => {
                if let Some(waiting) = self.waiting.remove(&ticket) {
                    // The asker may have gone; its job is accepted all the same.
                    let _ = waiting.send(reply);
                }
            }
            Effect::Progress {
                job_id,
                octets_sent,
                octets_total,
            } => {
                self.observer
                    .progress(&job_id, octets_sent, self.clock.now());
                let submitter = self.usage.submitter_of(&job_id);
                self.store.tell(LoggedEvent {
                    cursor: None,
                    submitter,
                    event: Event::JobProgress {
                        job_id,
                        octets_sent,
                        octets_total,
                    },
                });
            }
            Effect::Offer {
                job_id,
                submitter,
                to,
            } => {
                let now = self.clock.now();
                if self.neighbors.take(&to, &job_id, submitter.as_ref(), now) {
                    self.taken.push_back((job_id, to.printer));
                }
            }
            Effect::HandOver { job_id, to, moving } => {
                self.neighbors.hand_over(&to, job_id, moving);
            }
            Effect::Ended {
                job_id,
                octets,
                submitter,
            } => self.usage.release(&job_id, submitter.as_ref(), octets),
        }
    }

    fn deliver(&mut self, job_id: JobId, job: Option<Arc<NewJob>>) {
        let (reports_out, reports) = mpsc::channel(REPORTS_MAX);
        let cancel = CancellationToken::new();
        let backend = Arc::clone(&self.backend);
        let profile = Arc::clone(&self.profile);
        let store = self.store.clone();
        let token = cancel.clone();
        let id = job_id.clone();
        let watch = self.watch.ending();
        let copy_label = Arc::clone(&self.copy_label);
        let task = tokio::spawn(async move {
            join(watch).await;
            let (name, documents) = match load(&store, &id, job, &copy_label).await {
                Ok(found) => found,
                Err(detail) => {
                    return Outcome::Aborted {
                        code: ErrorCode::PayloadLost,
                        detail,
                    };
                }
            };
            let work = Work {
                job_id: id,
                name,
                documents,
                profile,
            };
            backend.deliver(work, reports_out, token).await
        });
        self.delivery = Some(Delivery {
            job_id,
            reports,
            task,
            cancel,
        });
    }

    /// Starts nothing more, lets the running delivery end, then stops. What is
    /// still under way after the drain time is found at the next start.
    async fn drain(&mut self) {
        self.take(Input::Drain);
        let deadline = tokio::time::sleep(self.drain_wait);
        tokio::pin!(deadline);
        while !self.queue.is_at_rest() {
            tokio::select! {
                () = &mut deadline => break,
                input = Self::next_input(&mut self.commits_in, &mut self.delivery, &mut self.watch, self.queue.wake_at(), &self.clock) => {
                    self.take(input);
                }
            }
        }
        if let Some(delivery) = self.delivery.take() {
            tracing::warn!(printer = %self.printer, job_id = %delivery.job_id, "stopped in the middle of a job");
            delivery.task.abort();
        }
        join(self.watch.ending()).await;
    }
}

/// A job's name and documents: as submitted, or from the store.
async fn load(
    store: &Store,
    job_id: &JobId,
    job: Option<Arc<NewJob>>,
    copy_label: &str,
) -> Result<(CustomerText, Vec<Document>), String> {
    if let Some(job) = job {
        let documents = documents_in_memory(&job);
        return Ok((
            job.name.clone(),
            match job.reprint_of {
                Some(_) => labeled(documents, copy_label).await,
                None => documents,
            },
        ));
    }
    let id = job_id.clone();
    let (record, documents) = store
        .read(move |reader| Ok((reader.job(&id)?, reader.documents(&id)?)))
        .await
        .map_err(|error| error.to_string())?;
    match record {
        Some(record) if !documents.is_empty() => Ok((
            record.job.name,
            match record.job.reprint_of {
                Some(_) => labeled(documents, copy_label).await,
                None => documents,
            },
        )),
        _ => Err("the job's documents are not in the store".to_owned()),
    }
}
