//! One printer's queue: the thinking, without clock, I/O or runtime.
//!
//! [`Queue::step`] takes one [`Input`] and says what to do: strict order by
//! (priority, acceptance), at most one job leased, nothing told to anybody
//! before it is durable. A job comes in through `accept`, goes to the device
//! through `delivery`, and is changed by people and by time in `orders`;
//! `standing` is how the printer itself is. [`actor`] is the thin task around
//! it, [`printers`] holds the handles to all of them. A queue knows no
//! sessions and no sockets.

mod accept;
pub mod actor;
mod backup;
mod copy_label;
mod crossing;
mod delivery;
mod device;
mod judge;
mod ledger;
mod neighbors;
mod orders;
mod pauses;
pub mod printers;
mod recall;
mod standing;
mod step;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platen_protocol::job::Repeat;
use platen_protocol::{ErrorCode, Job, JobId, JobState, JobStateReason, PrinterId, TimestampMs};

use crate::job::{By, JobEvent, JobRecord, NewJob, Submitter, Transition, after};
use backup::Rerouting;
pub use backup::{Backup, Moving};
use device::Device;
use ledger::Ledger;
use orders::ClockJump;
pub use pauses::{Pause, Pauses};
use standing::Told;
pub use step::{Change, CommitId, CommitResult, Effect, Input, JobCommand, Reply, Ticket};

/// What a queue keeps to.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// Jobs that are not finished.
    pub jobs_max: usize,
    /// Delivery attempts.
    pub attempts_max: u32,
}

/// A job that has not ended.
#[derive(Debug)]
struct Entry {
    priority: u8,
    sequence: u64,
    submitter: Option<Submitter>,
    octets: u64,
    repeat: Repeat,
    state: JobState,
    /// In `pending-held`: who holds it.
    hold: Option<Hold>,
    /// Octets left in an earlier attempt, or nobody can tell.
    begun: bool,
    /// Its row is being given to another printer.
    moving: bool,
    /// All attempts, for the history.
    attempt: u32,
    /// Attempts since somebody last decided.
    tries: u32,
    /// Not before this time: a schedule, or the wait before another attempt.
    not_before: Option<TimestampMs>,
    expires_at: Option<TimestampMs>,
    job: Option<Arc<NewJob>>,
}

/// What keeps a job in `pending-held`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// Its time.
    Schedule,
    /// Somebody, until released.
    Person(By),
}

impl Hold {
    /// As the job's row tells it.
    fn of(job: &Job) -> Option<Self> {
        let says = |reason| job.reasons.contains(&reason);
        match job.state {
            JobState::PendingHeld if says(JobStateReason::JobScheduled) => Some(Self::Schedule),
            JobState::PendingHeld if says(JobStateReason::JobHeldByOperator) => {
                Some(Self::Person(By::Operator))
            }
            JobState::PendingHeld => Some(Self::Person(By::Origin)),
            _ => None,
        }
    }
}

/// Why a delivery is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallOff {
    /// Somebody canceled the job.
    Canceled(By),
    /// Its time passed before an octet left.
    Expired,
}

/// The job that is leased.
#[derive(Debug)]
struct Active {
    job_id: JobId,
    delivering: bool,
    octets_sent: u64,
    /// Octets left, or are about to, or a print service has them.
    begun: bool,
    call_off: Option<CallOff>,
    /// Who waits for the cancelation.
    tickets: Vec<Ticket>,
}

/// One printer's queue.
#[derive(Debug)]
pub struct Queue {
    printer: PrinterId,
    limits: QueueLimits,
    /// A tree, which gives its room back after a rush.
    entries: BTreeMap<JobId, Entry>,
    /// Durable and `pending`, in order.
    ready: BTreeSet<(u8, u64, JobId)>,
    /// When to look at a job again; stale rows are skipped.
    timers: BTreeSet<(TimestampMs, JobId)>,
    active: Option<Active>,
    ledger: Ledger,
    pauses: Pauses,
    rerouting: Option<Rerouting>,
    device: Device,
    told: Told,
    clock_jump: Option<ClockJump>,
    draining: bool,
}

impl Queue {
    /// The queue as the store left it, and what must be done first. Jobs that
    /// were under way when the agent ended become `interrupted`, or are tried
    /// again where a second copy is harmless.
    #[must_use]
    pub fn recover(
        printer: PrinterId,
        limits: QueueLimits,
        pauses: Pauses,
        backup: Option<Backup>,
        records: Vec<JobRecord>,
        now: TimestampMs,
    ) -> (Self, Vec<Effect>) {
        let mut queue = Self {
            printer,
            limits,
            entries: BTreeMap::new(),
            ready: BTreeSet::new(),
            timers: BTreeSet::new(),
            active: None,
            ledger: Ledger::default(),
            pauses,
            rerouting: backup.map(Rerouting::to),
            device: Device::default(),
            told: Told::default(),
            clock_jump: None,
            draining: false,
        };
        let mut changes = Vec::new();
        for record in records {
            queue.take_back(record, now, &mut changes);
        }
        let mut effects = Vec::new();
        queue.publish(now, &mut changes);
        queue.commit(changes, None, Vec::new(), now, &mut effects);
        effects.extend(queue.step(Input::Tick, now));
        (queue, effects)
    }

    fn take_back(&mut self, record: JobRecord, now: TimestampMs, changes: &mut Vec<Change>) {
        let job = record.job;
        let job_id = job.job_id.clone();
        let hold = Hold::of(&job);
        // A row does not say whether octets left in an attempt of long ago; it
        // says what proves that none did.
        let clean = [
            JobStateReason::WaitingToRetry,
            JobStateReason::PrinterStopped,
        ];
        let begun = job.attempt > 0
            && (record.repeat == Repeat::Safe
                || !job.reasons.iter().any(|reason| clean.contains(reason)));
        self.entries.insert(
            job_id.clone(),
            Entry {
                priority: job.priority,
                sequence: record.sequence,
                submitter: record.submitter,
                octets: job.octets,
                repeat: record.repeat,
                state: job.state,
                hold,
                begun,
                moving: false,
                attempt: job.attempt,
                tries: 0,
                not_before: job.not_before.filter(|_| hold.is_some()),
                expires_at: job.expires_at,
                job: None,
            },
        );
        if matches!(
            job.state,
            JobState::Processing | JobState::ProcessingStopped
        ) {
            let event = match record.repeat {
                Repeat::Safe => JobEvent::RepeatedSafely {
                    code: ErrorCode::AgentRestarted,
                },
                Repeat::Never => JobEvent::AgentRestarted,
            };
            changes.extend(self.change(&job_id, &event, None, now));
        }
        let Some(entry) = self.entries.get(&job_id) else {
            return;
        };
        self.timers.extend(
            [entry.not_before, entry.expires_at]
                .into_iter()
                .flatten()
                .map(|at| (at, job_id.clone())),
        );
        if entry.state == JobState::Pending {
            self.ready.insert((entry.priority, entry.sequence, job_id));
        }
    }

    /// Takes one input and says what to do about it. Never waits, never fails.
    pub fn step(&mut self, input: Input, now: TimestampMs) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Submit {
                job,
                sequence,
                ticket,
            } => {
                self.submit(job, sequence, ticket, now, &mut effects);
            }
            Input::Command {
                job_id,
                command,
                ticket,
            } => {
                self.command(&job_id, command, ticket, now, &mut effects);
            }
            Input::Pause { pause, ticket } => self.pause(pause, ticket, now, &mut effects),
            Input::Resume { who, ticket } => self.resume(&who, ticket, now, &mut effects),
            Input::Committed { commit, result } => {
                self.committed(commit, result, now, &mut effects);
            }
            Input::Report(report) => self.report(report, now, &mut effects),
            Input::Device(status) => self.looked_at(&status, now, &mut effects),
            Input::Outcome(outcome) => self.outcome(outcome, now, &mut effects),
            Input::Taken { job_id } => self.reroute(&job_id, now, &mut effects),
            Input::Adopt { job_id, moving } => self.adopt(job_id, *moving, now, &mut effects),
            Input::ClockSet { by_ms } => self.clock_set(by_ms, now),
            Input::Tick => self.tick(now, &mut effects),
            Input::Drain => self.draining = true,
        }
        effects
    }

    /// When [`Input::Tick`] is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<TimestampMs> {
        let timer = self.timers.first().map(|(at, _)| *at);
        // Only who waits for the device is woken to try it.
        let tried_at = self
            .device
            .tried_at()
            .filter(|_| self.active.is_none() && !self.ready.is_empty() && self.pauses.is_empty());
        [
            timer,
            self.ledger.wake_at(),
            tried_at,
            self.told.again_at(),
            self.offer_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether nothing is under way: no delivery, no unsaved change.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.active.is_none() && self.ledger.is_empty()
    }

    /// How many jobs that are `submitter`'s to see are not finished here; of
    /// everybody when `None`.
    #[must_use]
    pub fn open_jobs(&self, submitter: Option<&Submitter>) -> usize {
        match submitter {
            None => self.entries.len(),
            Some(asker) => self
                .entries
                .values()
                .filter_map(|entry| entry.submitter.as_ref())
                .filter(|whose| whose.is_open_to(asker))
                .count(),
        }
    }

    fn commit(
        &mut self,
        changes: Vec<Change>,
        leased: Option<JobId>,
        replies: Vec<(Ticket, Reply)>,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        self.ledger.note(changes, leased, replies, now);
        self.turn_page(now, effects);
    }

    fn turn_page(&mut self, now: TimestampMs, effects: &mut Vec<Effect>) {
        if let Some((commit, changes)) = self.ledger.turn_page(now) {
            effects.push(Effect::Commit { commit, changes });
        }
    }

    /// Changes a job's state here and returns the change for the store.
    fn change(
        &mut self,
        job_id: &JobId,
        event: &JobEvent,
        detail: Option<String>,
        now: TimestampMs,
    ) -> Option<Change> {
        let octets_sent = self
            .active
            .as_ref()
            .filter(|active| active.job_id == *job_id)
            .map_or(0, |active| active.octets_sent);
        let entry = self.entries.get_mut(job_id)?;
        let after = after(entry.state, event)?;
        let from = std::mem::replace(&mut entry.state, after.state);
        Some(Change::Transition(Transition {
            job_id: job_id.clone(),
            from,
            after,
            cause: event.cause(),
            attempt: entry.attempt,
            octets_sent,
            detail,
            moved_to: None,
            at: now,
        }))
    }

    /// As [`Self::change`], and forgets the job when that ended it.
    fn end(
        &mut self,
        job_id: &JobId,
        event: &JobEvent,
        detail: Option<String>,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) -> Option<Change> {
        let change = self.change(job_id, event, detail, now)?;
        self.forget_if_ended(job_id, effects);
        Some(change)
    }

    fn forget_if_ended(&mut self, job_id: &JobId, effects: &mut Vec<Effect>) {
        if !self
            .entries
            .get(job_id)
            .is_some_and(|entry| entry.state.is_terminal())
        {
            return;
        }
        if let Some(entry) = self.entries.remove(job_id) {
            self.ready
                .remove(&(entry.priority, entry.sequence, job_id.clone()));
            effects.push(ended(job_id.clone(), &entry));
        }
    }
}

fn refuse(ticket: Ticket, code: ErrorCode, message: String) -> Effect {
    Effect::Reply {
        ticket,
        reply: Reply::Refused { code, message },
    }
}

fn ended(job_id: JobId, entry: &Entry) -> Effect {
    Effect::Ended {
        job_id,
        octets: entry.octets,
        submitter: entry.submitter.clone(),
    }
}

#[cfg(test)]
mod tests;
