//! How the printer stands: its state, who says so, and telling it once.
//!
//! Edges are told at once: a printer that stopped, that works again, that
//! somebody paused. Going to work and coming to rest are not told, and changes
//! among mere warnings only now and then.

use platen_protocol::{ErrorCode, PrinterState, PrinterStateReason, StatusDetail, TimestampMs};

use super::device::state_of;
use super::step::{Change, Effect, Reply, Ticket};
use super::{Pause, Queue, refuse};
use crate::backend::{DeviceStatus, Pace};

/// Between two tellings that are about warnings only.
const WARNINGS_APART_MS: u64 = 10_000;

/// What everybody was told last.
#[derive(Debug, Default)]
pub(super) struct Told {
    reasons: Vec<PrinterStateReason>,
    at: TimestampMs,
    /// When what changed since is told.
    again_at: Option<TimestampMs>,
}

impl Told {
    pub(super) fn again_at(&self) -> Option<TimestampMs> {
        self.again_at
    }
}

impl Queue {
    /// `printer-state` and `printer-state-reasons`.
    #[must_use]
    pub fn state(&self) -> (PrinterState, Vec<PrinterStateReason>) {
        let mut reasons: Vec<_> = self
            .device
            .details()
            .iter()
            .map(|detail| detail.reason.clone())
            .collect();
        if !self.pauses.is_empty()
            && let Ok(paused) = PrinterStateReason::PAUSED.parse()
            && !reasons.contains(&paused)
        {
            reasons.push(paused);
        }
        (state_of(&reasons, self.active.is_some()), reasons)
    }

    /// The reasons with their sources and ages.
    #[must_use]
    pub fn status(&self) -> Vec<StatusDetail> {
        let mut status = self.device.details().to_vec();
        status.extend(self.pauses.details());
        status
    }

    /// When the device last gave a sign of itself, if it has since the start.
    #[must_use]
    pub fn heard_at(&self) -> Option<TimestampMs> {
        self.device.heard_at()
    }

    /// How eagerly the device is to be watched; `None` while it is leased to a
    /// job.
    #[must_use]
    pub fn pace(&self) -> Option<Pace> {
        if self.active.is_some() || self.draining {
            return None;
        }
        Some(if self.device.is_stopped() && !self.ready.is_empty() {
            Pace::Waiting
        } else {
            Pace::Idle
        })
    }

    /// Somebody looked at the device. A look that was under way when a job was
    /// leased says nothing about that job.
    pub(super) fn looked_at(
        &mut self,
        status: &DeviceStatus,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        if self.active.is_some() {
            return;
        }
        self.device.look(status, !self.ready.is_empty(), now);
        self.start_next(Vec::new(), Vec::new(), now, effects);
    }

    /// Whether jobs may come in at all.
    pub(super) fn takes_jobs(&self) -> bool {
        !self.draining
    }

    pub(super) fn pause(
        &mut self,
        pause: Pause,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        let Some(new) = self.pauses.add(pause.clone(), now) else {
            let message = "too many sites have this printer paused".to_owned();
            effects.push(refuse(ticket, ErrorCode::LimitExceeded, message));
            return;
        };
        let change = new.then_some(Change::Pause { pause, at: now });
        self.start_next(
            change.into_iter().collect(),
            vec![(ticket, Reply::Done)],
            now,
            effects,
        );
    }

    /// Takes back what `who` may. An operator's word also stands against the
    /// device's, until that speaks again.
    pub(super) fn resume(
        &mut self,
        who: &Pause,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        if *who == Pause::Operator {
            self.device.vouch();
        }
        let changes = self
            .pauses
            .lift(who)
            .into_iter()
            .map(|pause| Change::Resume { pause })
            .collect();
        self.start_next(changes, vec![(ticket, Reply::Done)], now, effects);
    }

    /// Adds a change of the printer's state when there is one worth telling:
    /// going to work and coming to rest are not.
    pub(super) fn publish(&mut self, now: TimestampMs, changes: &mut Vec<Change>) {
        let (state, reasons) = self.state();
        if reasons == self.told.reasons {
            self.told.again_at = None;
            return;
        }
        let stopping = |reasons: &[PrinterStateReason]| -> Vec<PrinterStateReason> {
            let stops = reasons.iter().filter(|reason| reason.stops());
            stops.cloned().collect()
        };
        let at = self.told.at + WARNINGS_APART_MS;
        // A time too far ahead is one from before the clock was set back.
        let too_soon = now < at && at - now <= WARNINGS_APART_MS;
        if too_soon && stopping(&reasons) == stopping(&self.told.reasons) {
            self.told.again_at = Some(at);
            return;
        }
        self.told = Told {
            reasons: reasons.clone(),
            at: now,
            again_at: None,
        };
        changes.push(Change::PrinterState {
            state,
            reasons,
            at: now,
        });
    }
}
