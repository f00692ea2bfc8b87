//! A job that cannot be printed where it is goes to the backup printer.
//!
//! Only a job of which not one octet left, only when its printer has been out
//! for a while, and only when the other printer could take it: each is offered
//! first ([`Effect::Offer`]). The move is one change of the job's row; only
//! when that is durable is the job handed over, so that after a crash it is on
//! exactly one printer. The configuration has no cycles, so nothing comes back.

use platen_protocol::{JobId, JobState, PrinterId, PrinterStateReason, TimestampMs};
use serde::Serialize;

use super::step::{Change, Effect};
use super::{Entry, Queue};
use crate::job::{JobEvent, Transition};
use crate::owner::Users;

/// Between two offers of jobs that were not taken.
const OFFER_AGAIN_MS: u64 = 5_000;
/// Jobs offered at a time.
const OFFERS_MAX: usize = 256;

/// Where a printer's jobs go when it stays out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The other printer.
    #[serde(rename = "backup")]
    pub printer: PrinterId,
    /// How long the printer is waited for first.
    #[serde(rename = "backup_after_ms")]
    pub after_ms: u64,
    /// Whether a pause counts as being out.
    #[serde(rename = "backup_when_paused")]
    pub when_paused: bool,
    /// Whether jobs of sites go there that no grant allows the other printer.
    #[serde(rename = "backup_for_every_site")]
    pub for_every_site: bool,
    /// Whose jobs the other printer takes.
    #[serde(skip)]
    pub users: Users,
}

/// A job on its way to another printer's queue.
#[derive(Debug)]
pub struct Moving(Entry);

/// What a queue knows about moving its jobs.
#[derive(Debug)]
pub(super) struct Rerouting {
    backup: Backup,
    offered_at: Option<TimestampMs>,
}

impl Rerouting {
    pub(super) fn to(backup: Backup) -> Self {
        Self {
            backup,
            offered_at: None,
        }
    }
}

/// Whether `at` has come; a wait longer than `most` was begun before the clock
/// was set back.
fn is_due(at: TimestampMs, most: u64, now: TimestampMs) -> bool {
    at <= now || at - now > most
}

impl Queue {
    /// Since when the printer is out in the sense of its backup rule.
    fn out_since(&self, backup: &Backup) -> Option<TimestampMs> {
        if self.pauses.is_empty() {
            return self.device.stopped_since();
        }
        let paused = self.pauses.iter().map(|(_, since)| since).min();
        paused.filter(|_| backup.when_paused)
    }

    /// When jobs are to be offered to the backup printer.
    pub(super) fn offer_at(&self) -> Option<TimestampMs> {
        let rerouting = self.rerouting.as_ref()?;
        if self.draining || self.ready.is_empty() {
            return None;
        }
        let first = self.out_since(&rerouting.backup)? + rerouting.backup.after_ms;
        let again = rerouting.offered_at.map(|at| at + OFFER_AGAIN_MS);
        Some(again.map_or(first, |again| again.max(first)))
    }

    /// Offers what waits to the backup printer, when it is time.
    pub(super) fn offer(&mut self, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(at) = self.offer_at() else {
            return;
        };
        let Some(rerouting) = self.rerouting.as_mut() else {
            return;
        };
        if !is_due(at, rerouting.backup.after_ms.max(OFFER_AGAIN_MS), now) {
            return;
        }
        rerouting.offered_at = Some(now);
        let to = &rerouting.backup;
        let entries = &self.entries;
        let waiting = self.ready.iter().filter_map(|(_, _, job_id)| {
            let entry = entries.get(job_id).filter(|entry| !entry.begun)?;
            Some(Effect::Offer {
                job_id: job_id.clone(),
                submitter: entry.submitter.clone(),
                to: to.clone(),
            })
        });
        effects.extend(waiting.take(OFFERS_MAX));
    }

    /// The backup printer takes a job that was offered.
    pub(super) fn reroute(&mut self, job_id: &JobId, now: TimestampMs, effects: &mut Vec<Effect>) {
        let Some(rerouting) = &self.rerouting else {
            return;
        };
        let to = rerouting.backup.printer.clone();
        let Some(entry) = self.entries.get(job_id) else {
            return;
        };
        // It may have been started, held or called off since.
        let place = (entry.priority, entry.sequence, job_id.clone());
        if entry.begun || entry.state != JobState::Pending || !self.ready.remove(&place) {
            return;
        }
        let (_, reasons) = self.state();
        let reasons: Vec<_> = reasons.iter().map(PrinterStateReason::as_str).collect();
        let detail = format!(
            "moved from {} ({}) to {to}",
            self.printer,
            reasons.join(", ")
        );
        let change = self.change(job_id, &JobEvent::Rerouted, Some(detail), now);
        if let Some(entry) = self.entries.get_mut(job_id) {
            entry.moving = true;
        }
        let changes = change
            .map(|change| match change {
                Change::Transition(row) => Change::Transition(Transition {
                    moved_to: Some(to),
                    ..row
                }),
                other => other,
            })
            .into_iter()
            .collect();
        self.commit(changes, None, Vec::new(), now, effects);
    }

    /// Whether the job is one of this printer's unfinished ones.
    #[must_use]
    pub fn has(&self, job_id: &JobId) -> bool {
        self.entries.contains_key(job_id)
    }

    /// Whether the job is on its way to another printer.
    #[must_use]
    pub fn is_moving(&self, job_id: &JobId) -> bool {
        self.entries.get(job_id).is_some_and(|entry| entry.moving)
    }

    /// The rows of these jobs name the other printer now.
    pub(super) fn hand_over(&mut self, moved: Vec<(JobId, PrinterId)>, effects: &mut Vec<Effect>) {
        for (job_id, to) in moved {
            if let Some(entry) = self.entries.remove(&job_id) {
                let moving = Box::new(Moving(entry));
                effects.push(Effect::HandOver { job_id, to, moving });
            }
        }
    }

    /// Takes a job over from a printer that is out: it stands where its
    /// priority and its acceptance put it. It was accepted before, so no bound
    /// refuses it.
    pub(super) fn adopt(
        &mut self,
        job_id: JobId,
        moving: Moving,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let entry = Entry {
            moving: false,
            not_before: None,
            tries: 0,
            ..moving.0
        };
        self.timers
            .extend(entry.expires_at.map(|at| (at, job_id.clone())));
        self.ready
            .insert((entry.priority, entry.sequence, job_id.clone()));
        self.entries.insert(job_id, entry);
        self.start_next(Vec::new(), Vec::new(), now, effects);
    }
}
