//! One printer's queue: the thinking, without clock, I/O or runtime.
//!
//! [`Queue::step`] takes one [`Input`] and says what to do: strict order by
//! (priority, acceptance), at most one job leased, nothing told to anybody
//! before it is durable. [`actor`] is the thin task around it, [`printers`]
//! holds the handles to all of them. A queue knows no sessions and no
//! sockets.

pub mod actor;
mod judge;
mod ledger;
pub mod printers;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platen_protocol::job::Repeat;
use platen_protocol::{
    ErrorCode, JobId, JobState, JobStateReason, PrinterId, PrinterState, PrinterStateReason,
    StatusDetail, StatusSource, TimestampMs,
};

use crate::backend::{DeviceStatus, Outcome, Report};
use crate::job::{By, JobEvent, JobRecord, NewJob, Transition, after};
use judge::{device_status, judge, retry_wait_ms};
use ledger::Ledger;
pub use step::{Change, CommitId, CommitResult, Effect, Input, JobCommand, Reply, Ticket};

/// What a queue keeps to.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// Jobs that are not finished.
    pub jobs_max: usize,
    /// Delivery attempts.
    pub attempts_max: u32,
}

/// Documents up to this size wait in memory for their turn, so that a busy
/// till's next receipt is not read back from the disk.
const KEPT_IN_MEMORY_OCTETS_MAX: u64 = 16 * 1024;
/// And only this many jobs do.
const KEPT_IN_MEMORY_JOBS_MAX: usize = 64;
#[derive(Debug)]
struct Entry {
    priority: u8,
    sequence: u64,
    origin: Option<Arc<str>>,
    octets: u64,
    repeat: Repeat,
    state: JobState,
    /// Held for its time, not by a person.
    scheduled: bool,
    /// All attempts, for the history.
    attempt: u32,
    /// Attempts since somebody last decided.
    tries: u32,
    /// Not before this time: a schedule, or the wait before another attempt.
    not_before: Option<TimestampMs>,
    expires_at: Option<TimestampMs>,
    job: Option<Arc<NewJob>>,
}

#[derive(Debug)]
struct Active {
    job_id: JobId,
    delivering: bool,
    octets_sent: u64,
    cancel: Option<By>,
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
    /// Since when an operator has it paused.
    paused_at: Option<TimestampMs>,
    /// What the device said last, each reason with its source and age.
    device: Vec<StatusDetail>,
    published: (PrinterState, Vec<PrinterStateReason>),
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
        paused: bool,
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
            paused_at: paused.then_some(now),
            device: Vec::new(),
            published: (PrinterState::Idle, Vec::new()),
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
        let job_id = job.job_id;
        let scheduled = job.reasons.contains(&JobStateReason::JobScheduled);
        self.entries.insert(
            job_id.clone(),
            Entry {
                priority: job.priority,
                sequence: record.sequence,
                origin: record.origin,
                octets: job.octets,
                repeat: record.repeat,
                state: job.state,
                scheduled,
                attempt: job.attempt,
                tries: 0,
                not_before: job.not_before.filter(|_| scheduled),
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
            Input::Pause { ticket } => self.set_paused(true, ticket, now, &mut effects),
            Input::Resume { ticket } => self.set_paused(false, ticket, now, &mut effects),
            Input::Committed { commit, result } => {
                self.committed(commit, result, now, &mut effects);
            }
            Input::Report(report) => self.report(report, now, &mut effects),
            Input::Outcome(outcome) => self.outcome(outcome, now, &mut effects),
            Input::Tick => self.tick(now, &mut effects),
            Input::Drain => self.draining = true,
        }
        effects
    }

    /// When [`Input::Tick`] is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<TimestampMs> {
        let timer = self.timers.first().map(|(at, _)| *at);
        [timer, self.ledger.retry_at()].into_iter().flatten().min()
    }

    /// Whether nothing is under way: no delivery, no unsaved change.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.active.is_none() && self.ledger.is_empty()
    }

    /// `printer-state` and `printer-state-reasons`.
    #[must_use]
    pub fn state(&self) -> (PrinterState, Vec<PrinterStateReason>) {
        let mut reasons: Vec<_> = self
            .device
            .iter()
            .map(|detail| detail.reason.clone())
            .collect();
        if self.paused_at.is_some()
            && let Ok(paused) = PrinterStateReason::PAUSED.parse()
        {
            reasons.push(paused);
        }
        let state = if reasons.iter().any(PrinterStateReason::stops) {
            PrinterState::Stopped
        } else if self.active.is_some() {
            PrinterState::Processing
        } else {
            PrinterState::Idle
        };
        (state, reasons)
    }

    /// The reasons with their sources and ages.
    #[must_use]
    pub fn status(&self) -> Vec<StatusDetail> {
        let mut status = self.device.clone();
        if let Some(since) = self.paused_at
            && let Ok(reason) = PrinterStateReason::PAUSED.parse()
        {
            status.push(StatusDetail {
                reason,
                source: StatusSource::Operator,
                since,
                seen_at: since,
            });
        }
        status
    }

    /// Takes over what the device says; a reason that goes on keeps its start.
    fn hear_device(&mut self, status: &DeviceStatus, now: TimestampMs) {
        let before = std::mem::take(&mut self.device);
        self.device = status
            .reasons
            .iter()
            .map(|reason| StatusDetail {
                reason: reason.clone(),
                source: status.source,
                since: before
                    .iter()
                    .find(|detail| detail.reason == *reason)
                    .map_or(now, |detail| detail.since),
                seen_at: now,
            })
            .collect();
    }

    /// How many jobs of `origin` are not finished here; of everybody when `None`.
    #[must_use]
    pub fn open_jobs(&self, origin: Option<&str>) -> usize {
        match origin {
            None => self.entries.len(),
            Some(_) => self
                .entries
                .values()
                .filter(|entry| entry.origin.as_deref() == origin)
                .count(),
        }
    }

    fn submit(
        &mut self,
        job: Arc<NewJob>,
        sequence: u64,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        if self.draining {
            effects.push(refuse(ticket, ErrorCode::ShuttingDown, String::new()));
            return;
        }
        if self.entries.len() >= self.limits.jobs_max {
            effects.push(refuse(
                ticket,
                ErrorCode::QueueFull,
                format!(
                    "{} already holds {} jobs; wait for one to complete, then print again",
                    self.printer,
                    self.entries.len()
                ),
            ));
            return;
        }
        let scheduled = job.not_before.is_some_and(|at| at > now);
        let job_id = job.job_id.clone();
        let entry = Entry {
            priority: job.priority,
            sequence,
            origin: job.origin.as_ref().map(|origin| origin.as_str().into()),
            octets: job.octets(),
            repeat: job.repeat,
            state: if scheduled {
                JobState::PendingHeld
            } else {
                JobState::Pending
            },
            scheduled,
            attempt: 0,
            tries: 0,
            not_before: job.not_before.filter(|_| scheduled),
            expires_at: job.expires_at,
            job: Some(Arc::clone(&job)),
        };
        self.entries.insert(job_id.clone(), entry);
        let mut changes = vec![Change::Accept {
            job,
            sequence,
            at: now,
            held: scheduled.then_some(JobStateReason::JobScheduled),
        }];
        // The lease rides in the transaction of the acceptance when nobody is
        // before this job: one fsync from submit to the first octet. An earlier
        // job whose acceptance is still being written is before it.
        let next =
            !scheduled && self.may_start() && self.ready.is_empty() && !self.ledger.is_accepting();
        if next {
            changes.extend(self.lease(&job_id, now));
        }
        let commit = self.ledger.accept(job_id, next, ticket);
        effects.push(Effect::Commit { commit, changes });
    }

    fn committed(
        &mut self,
        commit: CommitId,
        result: CommitResult,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        match self.ledger.settle(commit, &result, now) {
            ledger::Settled::Unknown => {}
            ledger::Settled::Accepted {
                job_id,
                leased,
                ticket,
            } => {
                self.accepted(&job_id, leased, ticket, result, now, effects);
            }
            ledger::Settled::Saved { leased, replies } => {
                effects.extend(
                    replies
                        .into_iter()
                        .map(|(ticket, reply)| Effect::Reply { ticket, reply }),
                );
                if let Some(job_id) = leased {
                    self.deliver(&job_id, now, effects);
                }
            }
            ledger::Settled::Unsaved { leased } => {
                if let Some(job_id) = leased {
                    self.return_lease(&job_id, now, effects);
                }
            }
        }
        self.start_next(Vec::new(), Vec::new(), now, effects);
    }

    fn accepted(
        &mut self,
        job_id: &JobId,
        leased: bool,
        ticket: Ticket,
        result: CommitResult,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let reply = match result {
            CommitResult::Done => Reply::Accepted {
                job_id: job_id.clone(),
            },
            CommitResult::Duplicate {
                job_id,
                printer,
                same: true,
            } => Reply::Repeated { job_id, printer },
            CommitResult::Duplicate { .. } => Reply::Refused {
                code: ErrorCode::IdempotencyConflict,
                message: String::new(),
            },
            CommitResult::Failed { code } => Reply::Refused {
                code,
                message: String::new(),
            },
        };
        let durable = matches!(reply, Reply::Accepted { .. });
        effects.push(Effect::Reply { ticket, reply });
        if !durable {
            if leased {
                self.active = None;
            }
            if let Some(entry) = self.entries.remove(job_id) {
                effects.push(ended(job_id.clone(), &entry));
            }
            return;
        }
        if leased {
            self.deliver(job_id, now, effects);
            return;
        }
        let waiting = self.ready.len();
        let Some(entry) = self.entries.get_mut(job_id) else {
            return;
        };
        if entry.octets > KEPT_IN_MEMORY_OCTETS_MAX || waiting >= KEPT_IN_MEMORY_JOBS_MAX {
            entry.job = None;
        }
        self.timers.extend(
            [entry.not_before, entry.expires_at]
                .into_iter()
                .flatten()
                .map(|at| (at, job_id.clone())),
        );
        if entry.state == JobState::Pending {
            self.ready
                .insert((entry.priority, entry.sequence, job_id.clone()));
        }
    }

    /// The lease of `job_id` is durable: octets may leave.
    fn deliver(&mut self, job_id: &JobId, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(active) = self
            .active
            .as_mut()
            .filter(|active| active.job_id == *job_id)
        else {
            return;
        };
        if active.cancel.is_some() {
            self.outcome(Outcome::Canceled { octets_sent: 0 }, now, effects);
            return;
        }
        active.delivering = true;
        let job = self
            .entries
            .get_mut(job_id)
            .and_then(|entry| entry.job.take());
        effects.push(Effect::Deliver {
            job_id: job_id.clone(),
            job,
        });
    }

    /// A lease that did not become durable never was.
    fn return_lease(&mut self, job_id: &JobId, now: TimestampMs, effects: &mut Vec<Effect>) {
        let active = self.active.take();
        if let Some(entry) = self.entries.get_mut(job_id) {
            entry.state = JobState::Pending;
            entry.attempt = entry.attempt.saturating_sub(1);
            entry.tries = entry.tries.saturating_sub(1);
            self.ready
                .insert((entry.priority, entry.sequence, job_id.clone()));
        }
        if let Some(Active {
            cancel: Some(by),
            tickets,
            ..
        }) = active
        {
            let change = self.end(job_id, &JobEvent::Canceled { by }, None, now, effects);
            let replies = tickets
                .into_iter()
                .map(|ticket| (ticket, Reply::Done))
                .collect();
            self.commit(change.into_iter().collect(), None, replies, now, effects);
        }
    }

    fn may_start(&self) -> bool {
        self.active.is_none()
            && self.paused_at.is_none()
            && !self.draining
            && !self.ledger.is_failing()
    }

    /// Marks `job_id` as leased; the change must become durable before
    /// anything leaves.
    fn lease(&mut self, job_id: &JobId, now: TimestampMs) -> Option<Change> {
        let entry = self.entries.get_mut(job_id)?;
        entry.attempt += 1;
        entry.tries += 1;
        entry.not_before = None;
        let change = self.change(job_id, &JobEvent::Started, None, now);
        self.active = Some(Active {
            job_id: job_id.clone(),
            delivering: false,
            octets_sent: 0,
            cancel: None,
            tickets: Vec::new(),
        });
        change
    }

    /// Leases the next job, if one may start, in one transaction with `changes`.
    fn start_next(
        &mut self,
        mut changes: Vec<Change>,
        replies: Vec<(Ticket, Reply)>,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let mut leased = None;
        while self.may_start() {
            let Some((_, _, job_id)) = self.ready.first().cloned() else {
                break;
            };
            let Some(entry) = self.entries.get(&job_id) else {
                self.ready.pop_first();
                continue;
            };
            if entry.expires_at.is_some_and(|end| end <= now) {
                changes.extend(self.end(&job_id, &JobEvent::Expired, None, now, effects));
                continue;
            }
            // Strict order: a job that waits for another attempt keeps its place.
            if entry.not_before.is_some_and(|at| at > now) {
                break;
            }
            self.ready.pop_first();
            changes.extend(self.lease(&job_id, now));
            leased = Some(job_id);
        }
        self.publish(now, &mut changes);
        self.commit(changes, leased, replies, now, effects);
    }

    fn commit(
        &mut self,
        changes: Vec<Change>,
        leased: Option<JobId>,
        replies: Vec<(Ticket, Reply)>,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        self.ledger.note(changes, leased, replies);
        if let Some((commit, changes)) = self.ledger.turn_page(now) {
            effects.push(Effect::Commit { commit, changes });
        }
    }

    fn report(&mut self, report: Report, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(active) = self.active.as_mut().filter(|active| active.delivering) else {
            return;
        };
        let job_id = active.job_id.clone();
        let mut changes = Vec::new();
        match report {
            Report::Progress { octets_sent } => {
                active.octets_sent = octets_sent;
                let octets_total = self.entries.get(&job_id).map_or(0, |entry| entry.octets);
                self.device.clear();
                effects.push(Effect::Progress {
                    job_id,
                    octets_sent,
                    octets_total,
                });
            }
            Report::Device(status) => {
                let event = if status.stops() {
                    JobEvent::PrinterStopped
                } else {
                    JobEvent::PrinterResumed
                };
                self.hear_device(&status, now);
                changes.extend(self.change(&job_id, &event, None, now));
            }
            Report::SpoolerJob { id } => {
                changes.push(Change::SpoolerJob {
                    job_id,
                    spooler_job: id,
                });
            }
        }
        self.publish(now, &mut changes);
        self.commit(changes, None, Vec::new(), now, effects);
    }

    fn outcome(&mut self, outcome: Outcome, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(active) = self.active.take() else {
            return;
        };
        let job_id = active.job_id.clone();
        let Some(entry) = self.entries.get(&job_id) else {
            return;
        };
        let tries_left = entry.tries < self.limits.attempts_max;
        let unready = device_status(&outcome);
        let (event, detail, octets_sent) = judge(
            outcome,
            active.cancel,
            active.octets_sent,
            entry.repeat,
            tries_left,
        );
        match unready {
            Some(status) => self.hear_device(&status, now),
            None => self.device.clear(),
        }
        let mut changes = Vec::new();
        let retry = matches!(
            event,
            JobEvent::NotStarted { .. } | JobEvent::RepeatedSafely { .. }
        );
        let transition = self
            .change(&job_id, &event, detail, now)
            .map(|change| match change {
                Change::Transition(row) => Change::Transition(Transition { octets_sent, ..row }),
                other => other,
            });
        changes.extend(transition);
        if retry {
            self.wait_for_another_attempt(&job_id, now);
        }
        self.forget_if_ended(&job_id, effects);
        let replies = active
            .tickets
            .into_iter()
            .map(|ticket| (ticket, Reply::Done))
            .collect();
        self.start_next(changes, replies, now, effects);
    }

    fn wait_for_another_attempt(&mut self, job_id: &JobId, now: TimestampMs) {
        let Some(entry) = self.entries.get_mut(job_id) else {
            return;
        };
        let at = now + retry_wait_ms(entry.sequence, entry.tries);
        entry.not_before = Some(at);
        self.timers.insert((at, job_id.clone()));
        self.ready
            .insert((entry.priority, entry.sequence, job_id.clone()));
    }

    fn command(
        &mut self,
        job_id: &JobId,
        command: JobCommand,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let event = match command {
            JobCommand::Cancel(by) => {
                if let Some(active) = self
                    .active
                    .as_mut()
                    .filter(|active| active.job_id == *job_id)
                {
                    active.tickets.push(ticket);
                    if active.cancel.replace(by).is_none() && active.delivering {
                        effects.push(Effect::CancelDelivery);
                    }
                    return;
                }
                JobEvent::Canceled { by }
            }
            JobCommand::Hold => JobEvent::Held,
            JobCommand::Release => JobEvent::Released,
            JobCommand::Repeat(by) => JobEvent::DecidedToRepeat { by },
            JobCommand::MarkPrinted => JobEvent::DecidedPrinted,
        };
        let Some(change) = self.end(job_id, &event, None, now, effects) else {
            let message = match self.entries.get(job_id) {
                Some(entry) => format!(
                    "the job is {} and cannot be {}",
                    entry.state.as_str(),
                    verb(command)
                ),
                None => format!("the job has ended and cannot be {}", verb(command)),
            };
            effects.push(refuse(ticket, ErrorCode::JobNotPossible, message));
            return;
        };
        if let Some(entry) = self.entries.get_mut(job_id) {
            let place = (entry.priority, entry.sequence, job_id.clone());
            entry.scheduled = false;
            entry.not_before = None;
            if entry.state == JobState::Pending {
                entry.tries = 0;
                self.ready.insert(place);
            } else {
                self.ready.remove(&place);
            }
        }
        self.start_next(vec![change], vec![(ticket, Reply::Done)], now, effects);
    }

    fn set_paused(
        &mut self,
        paused: bool,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        self.paused_at = paused.then(|| self.paused_at.unwrap_or(now));
        self.start_next(Vec::new(), vec![(ticket, Reply::Done)], now, effects);
    }

    fn tick(&mut self, now: TimestampMs, effects: &mut Vec<Effect>) {
        let mut changes = Vec::new();
        while let Some((at, _)) = self.timers.first().filter(|(at, _)| *at <= now) {
            let _ = at;
            let Some((_, job_id)) = self.timers.pop_first() else {
                break;
            };
            let Some(entry) = self.entries.get_mut(&job_id) else {
                continue;
            };
            let waits = matches!(entry.state, JobState::Pending | JobState::PendingHeld);
            if waits && entry.expires_at.is_some_and(|end| end <= now) {
                changes.extend(self.end(&job_id, &JobEvent::Expired, None, now, effects));
            } else if entry.scheduled && entry.not_before.is_some_and(|start| start <= now) {
                entry.scheduled = false;
                entry.not_before = None;
                let place = (entry.priority, entry.sequence, job_id.clone());
                changes.extend(self.change(&job_id, &JobEvent::Released, None, now));
                self.ready.insert(place);
            }
        }
        self.start_next(changes, Vec::new(), now, effects);
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

    /// Adds a change of the printer's state when there is one worth telling:
    /// going to work and coming to rest are not.
    fn publish(&mut self, now: TimestampMs, changes: &mut Vec<Change>) {
        let (state, reasons) = self.state();
        let quiet = |state| state != PrinterState::Stopped;
        if reasons == self.published.1 && quiet(state) == quiet(self.published.0) {
            return;
        }
        self.published = (state, reasons.clone());
        changes.push(Change::PrinterState {
            state,
            reasons,
            paused: self.paused_at.is_some(),
            at: now,
        });
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
        origin: entry.origin.clone(),
    }
}

fn verb(command: JobCommand) -> &'static str {
    match command {
        JobCommand::Cancel(_) => "canceled",
        JobCommand::Hold => "held",
        JobCommand::Release => "released",
        JobCommand::Repeat(_) => "delivered again",
        JobCommand::MarkPrinted => "marked as printed",
    }
}

#[cfg(test)]
mod tests;
