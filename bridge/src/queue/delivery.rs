//! A job's way to the device: lease, delivery, what comes of it, and who is
//! next.

use platen_protocol::{JobId, JobState, TimestampMs};

use super::judge::{judge, retry_wait_ms, waits_until};
use super::step::{Change, Effect, Reply, Ticket};
use super::{Active, CallOff, Entry, Queue};
use crate::backend::{Outcome, Report};
use crate::job::{JobEvent, Transition};

impl Queue {
    pub(super) fn may_start(&self, now: TimestampMs) -> bool {
        self.active.is_none()
            && self.pauses.is_empty()
            && !self.draining
            && !self.ledger.is_failing()
            && self.device.may_start(now)
    }

    /// Marks `job_id` as leased; the change must become durable before
    /// anything leaves.
    pub(super) fn lease(&mut self, job_id: &JobId, now: TimestampMs) -> Option<Change> {
        let entry = self.entries.get_mut(job_id)?;
        entry.attempt += 1;
        entry.tries += 1;
        entry.not_before = None;
        let change = self.change(job_id, &JobEvent::Started, None, now);
        self.active = Some(Active {
            job_id: job_id.clone(),
            delivering: false,
            octets_sent: 0,
            begun: false,
            call_off: None,
            tickets: Vec::new(),
        });
        change
    }

    /// Leases the next job, if one may start, in one transaction with `changes`.
    pub(super) fn start_next(
        &mut self,
        mut changes: Vec<Change>,
        replies: Vec<(Ticket, Reply)>,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let mut leased = None;
        while self.may_start(now) {
            let Some((_, _, job_id)) = self.ready.first().cloned() else {
                break;
            };
            let Some(entry) = self.entries.get(&job_id) else {
                self.ready.pop_first();
                continue;
            };
            if entry.is_expired(now) {
                changes.extend(self.expire(&job_id, now, effects));
                continue;
            }
            // Strict order: a job that waits for another attempt keeps its place.
            if entry.not_before.is_some_and(|at| waits_until(at, now)) {
                break;
            }
            self.ready.pop_first();
            changes.extend(self.lease(&job_id, now));
            leased = Some(job_id);
        }
        self.offer(now, effects);
        self.publish(now, &mut changes);
        self.commit(changes, leased, replies, now, effects);
    }

    /// The lease of `job_id` is durable: octets may leave.
    pub(super) fn deliver(&mut self, job_id: &JobId, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(active) = self
            .active
            .as_mut()
            .filter(|active| active.job_id == *job_id)
        else {
            return;
        };
        if active.call_off.is_some() {
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
    pub(super) fn return_lease(
        &mut self,
        job_id: &JobId,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let active = self.active.take();
        if let Some(entry) = self.entries.get_mut(job_id) {
            entry.state = JobState::Pending;
            entry.give_back_attempt();
        }
        self.back_in_line(job_id);
        if let Some(Active {
            call_off: Some(CallOff::Canceled(by)),
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

    pub(super) fn report(&mut self, report: Report, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(active) = self.active.as_mut().filter(|active| active.delivering) else {
            return;
        };
        let job_id = active.job_id.clone();
        let mut changes = Vec::new();
        match report {
            Report::Progress { octets_sent } => {
                active.octets_sent = octets_sent;
                active.begun = true;
                let octets_total = self.entries.get(&job_id).map_or(0, |entry| entry.octets);
                self.device.takes_octets(now);
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
                self.device.hear(&status, now);
                changes.extend(self.change(&job_id, &event, None, now));
                self.expire_active(now, effects);
            }
            Report::SpoolerJob { id } => {
                active.begun = true;
                changes.push(Change::SpoolerJob {
                    job_id,
                    spooler_job: id,
                });
            }
        }
        self.publish(now, &mut changes);
        self.commit(changes, None, Vec::new(), now, effects);
    }

    pub(super) fn outcome(
        &mut self,
        outcome: Outcome,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let Some(active) = self.active.take() else {
            return;
        };
        let job_id = active.job_id.clone();
        let Some(entry) = self.entries.get(&job_id) else {
            return;
        };
        let tries_left = entry.tries < self.limits.attempts_max;
        match &outcome {
            Outcome::Unready { status, .. } => self.device.refuse(status, now),
            Outcome::Completed { .. }
            | Outcome::NotStarted { .. }
            | Outcome::Interrupted { .. }
            | Outcome::Aborted { .. }
            | Outcome::Canceled { .. } => self.device.job_ended(),
        }
        let (event, detail, octets_sent) = judge(
            outcome,
            active.call_off,
            active.octets_sent,
            entry.repeat,
            tries_left,
        );
        let detail = match event {
            JobEvent::Expired => self.who_let_expire(&job_id).or(detail),
            _ => detail,
        };
        let waits = matches!(event, JobEvent::PrinterNotReady { .. });
        if let Some(entry) = self.entries.get_mut(&job_id) {
            entry.begun |= active.begun || octets_sent > 0;
            if waits {
                entry.give_back_attempt();
            }
        }
        let mut changes = Vec::new();
        let transition = self
            .change(&job_id, &event, detail, now)
            .map(|change| match change {
                Change::Transition(row) => Change::Transition(Transition { octets_sent, ..row }),
                other => other,
            });
        changes.extend(transition);
        match event {
            JobEvent::NotStarted { .. } | JobEvent::RepeatedSafely { .. } => {
                self.wait_for_another_attempt(&job_id, now);
            }
            JobEvent::PrinterNotReady { .. } => self.back_in_line(&job_id),
            _ => {}
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
        self.back_in_line(job_id);
    }

    /// Its old place, and its end if that is near: its timer may have passed
    /// while it was under way.
    fn back_in_line(&mut self, job_id: &JobId) {
        let Some(entry) = self.entries.get(job_id) else {
            return;
        };
        self.timers
            .extend(entry.expires_at.map(|at| (at, job_id.clone())));
        self.ready
            .insert((entry.priority, entry.sequence, job_id.clone()));
    }
}

impl Entry {
    /// An attempt that sent nothing and was no fault of the job's is none.
    fn give_back_attempt(&mut self) {
        self.attempt = self.attempt.saturating_sub(1);
        self.tries = self.tries.saturating_sub(1);
    }
}
