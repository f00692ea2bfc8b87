//! What people and time do to a job: cancel, hold, release, decide; schedule
//! and expiry.

use std::fmt;

use platen_protocol::{ErrorCode, JobId, JobState, TimestampMs};

use super::step::{Change, Effect, JobCommand, Reply, Ticket};
use super::{CallOff, Entry, Hold, Queue, refuse};
use crate::job::{By, JobEvent};
use crate::when;

impl Queue {
    pub(super) fn command(
        &mut self,
        job_id: &JobId,
        command: JobCommand,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let event = match self.event_of(job_id, command, now) {
            Ok(event) => event,
            Err(message) => {
                effects.push(refuse(ticket, ErrorCode::JobNotPossible, message));
                return;
            }
        };
        if let JobCommand::Cancel(by) = command
            && let Some(active) = self
                .active
                .as_mut()
                .filter(|active| active.job_id == *job_id)
        {
            active.tickets.push(ticket);
            let before = active.call_off.replace(CallOff::Canceled(by));
            if before.is_none() && active.delivering {
                effects.push(Effect::CancelDelivery);
            }
            return;
        }
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
            if entry.hold.is_none() {
                // A wait before another attempt, which this decision ends.
                entry.not_before = None;
            }
            entry.hold = match event {
                JobEvent::Held { by } => Some(Hold::Person(by)),
                JobEvent::BackToSchedule { .. } => Some(Hold::Schedule),
                _ => None,
            };
            if entry.state == JobState::Pending {
                entry.not_before = None;
                entry.tries = 0;
                self.ready.insert(place);
            } else {
                self.ready.remove(&place);
                self.timers
                    .extend(entry.not_before.map(|at| (at, job_id.clone())));
            }
        }
        self.start_next(vec![change], vec![(ticket, Reply::Done)], now, effects);
    }

    /// What a command means for this job, or why it may not be.
    fn event_of(
        &self,
        job_id: &JobId,
        command: JobCommand,
        now: TimestampMs,
    ) -> Result<JobEvent, String> {
        let entry = self.entries.get(job_id);
        if entry.is_some_and(|entry| entry.moving) {
            // The actor keeps commands back until the job has arrived.
            return Err("the job is moving to another printer; ask again".to_owned());
        }
        let hold = entry.and_then(|entry| entry.hold);
        let ahead = entry.is_some_and(|entry| entry.not_before.is_some_and(|at| at > now));
        Ok(match (command, hold) {
            (JobCommand::Cancel(by), _) => JobEvent::Canceled { by },
            (JobCommand::Hold(_), Some(Hold::Person(By::Operator))) => {
                return Err("the job is held on the machine already".to_owned());
            }
            (JobCommand::Hold(By::Origin), Some(Hold::Person(By::Origin))) => {
                return Err("the job is held already".to_owned());
            }
            (JobCommand::Hold(by), _) => JobEvent::Held { by },
            (JobCommand::Release(By::Origin), Some(Hold::Person(By::Operator))) => {
                return Err("the job is held on the machine and is released there".to_owned());
            }
            (JobCommand::Release(by), Some(Hold::Person(_))) if ahead => {
                JobEvent::BackToSchedule { by }
            }
            (JobCommand::Release(by), _) => JobEvent::Released { by },
            (JobCommand::Repeat(by), _) => JobEvent::DecidedToRepeat { by },
            (JobCommand::MarkPrinted, _) => JobEvent::DecidedPrinted,
        })
    }

    pub(super) fn tick(&mut self, now: TimestampMs, effects: &mut Vec<Effect>) {
        // Whatever the clock says, a moment has passed.
        self.ledger.hurry();
        let mut changes = Vec::new();
        while self.timers.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, job_id)) = self.timers.pop_first() else {
                break;
            };
            let Some(entry) = self.entries.get_mut(&job_id) else {
                continue;
            };
            if entry.is_expired(now) {
                changes.extend(self.expire(&job_id, now, effects));
            } else if entry.hold == Some(Hold::Schedule)
                && entry.not_before.is_some_and(|start| start <= now)
            {
                entry.hold = None;
                entry.not_before = None;
                let place = (entry.priority, entry.sequence, job_id.clone());
                changes.extend(self.change(&job_id, &JobEvent::TimeCame, None, now));
                self.ready.insert(place);
            }
        }
        self.expire_active(now, effects);
        self.start_next(changes, Vec::new(), now, effects);
    }

    /// Ends a job whose time is over.
    pub(super) fn expire(
        &mut self,
        job_id: &JobId,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) -> Option<Change> {
        let detail = self.who_let_expire(job_id);
        self.end(job_id, &JobEvent::Expired, detail, now, effects)
    }

    /// The machine's clock, where it was set past the job's end; nobody, where
    /// time just passed.
    pub(super) fn who_let_expire(&self, job_id: &JobId) -> Option<String> {
        let jump = self.clock_jump?;
        let end = self.entries.get(job_id)?.expires_at?;
        jump.passes(end).then(|| jump.to_string())
    }

    /// The machine's clock was set by `by_ms`, to `now`.
    pub(super) fn clock_set(&mut self, by_ms: i64, now: TimestampMs) {
        self.clock_jump = u64::try_from(by_ms).ok().map(|by_ms| ClockJump {
            from: now.saturating_sub(by_ms),
            to: now,
        });
    }

    /// Calls the running delivery off when its job's time has passed, its
    /// printer is stopped, and not one octet has left.
    pub(super) fn expire_active(&mut self, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(active) = self.active.as_mut() else {
            return;
        };
        let Some(entry) = self.entries.get(&active.job_id) else {
            return;
        };
        let waits = active.delivering && !active.begun && active.call_off.is_none();
        let stopped = entry.state == JobState::ProcessingStopped;
        if waits && stopped && !entry.begun && entry.expires_at.is_some_and(|end| end <= now) {
            active.call_off = Some(CallOff::Expired);
            effects.push(Effect::CancelDelivery);
        }
    }
}

/// When the machine's clock was last set forward, and not back since.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockJump {
    from: TimestampMs,
    to: TimestampMs,
}

impl ClockJump {
    fn passes(self, end: TimestampMs) -> bool {
        self.from < end && end <= self.to
    }
}

impl fmt::Display for ClockJump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the machine's clock was set forward, from {} to {}, past the end of the job's time; check the clock",
            when::exact(self.from),
            when::exact(self.to)
        )
    }
}

impl Entry {
    /// Whether it waits, and has waited too long. What may be on paper already
    /// does not expire: nobody could say that it was not printed.
    pub(super) fn is_expired(&self, now: TimestampMs) -> bool {
        let waits = matches!(self.state, JobState::Pending | JobState::PendingHeld);
        waits && !self.moving && !self.begun && self.expires_at.is_some_and(|end| end <= now)
    }
}

fn verb(command: JobCommand) -> &'static str {
    match command {
        JobCommand::Cancel(_) => "canceled",
        JobCommand::Hold(_) => "held",
        JobCommand::Release(_) => "released",
        JobCommand::Repeat(_) => "delivered again",
        JobCommand::MarkPrinted => "marked as printed",
    }
}
