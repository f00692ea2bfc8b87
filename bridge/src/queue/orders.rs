//! What people and time do to a job: cancel, hold, release, decide; schedule
//! and expiry.

use platen_protocol::{ErrorCode, JobId, JobState, TimestampMs};

use super::step::{Effect, JobCommand, Reply, Ticket};
use super::{Queue, refuse};
use crate::job::JobEvent;

impl Queue {
    pub(super) fn command(
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

    pub(super) fn tick(&mut self, now: TimestampMs, effects: &mut Vec<Effect>) {
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
