//! How a job comes in: bounded, durable before anybody hears of it, and leased
//! in the same transaction where nobody is before it.

use std::sync::Arc;

use platen_protocol::{ErrorCode, JobId, JobState, JobStateReason, TimestampMs};

use super::step::{Change, CommitId, CommitResult, Effect, Reply, Ticket};
use super::{Entry, Hold, Queue, ended, ledger, refuse};
use crate::job::NewJob;

/// Documents up to this size wait in memory for their turn, so that a busy
/// till's next receipt is not read back from the disk.
const KEPT_IN_MEMORY_OCTETS_MAX: u64 = 16 * 1024;
/// And only this many jobs do.
const KEPT_IN_MEMORY_JOBS_MAX: usize = 64;

impl Queue {
    pub(super) fn submit(
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
            submitter: job.submitter.clone(),
            octets: job.octets(),
            repeat: job.repeat,
            state: if scheduled {
                JobState::PendingHeld
            } else {
                JobState::Pending
            },
            hold: scheduled.then_some(Hold::Schedule),
            begun: false,
            moving: false,
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
        let next = !scheduled
            && self.may_start(now)
            && self.ready.is_empty()
            && !self.ledger.is_accepting();
        if next {
            changes.extend(self.lease(&job_id, now));
        }
        // The end of the job before it goes along.
        self.ledger.hurry();
        self.turn_page(now, effects);
        let commit = self.ledger.accept(job_id, next, ticket);
        effects.push(Effect::Commit { commit, changes });
    }

    pub(super) fn committed(
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
            ledger::Settled::Saved {
                leased,
                replies,
                moved,
            } => {
                self.hand_over(moved, effects);
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

    pub(super) fn accepted(
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
}
