//! How the printer stands: its state, who says so, and telling it once.
//!
//! Edges are told at once: a printer that stopped, that works again, that
//! somebody paused. Going to work and coming to rest are not told, and changes
//! among mere warnings only now and then.

use platen_protocol::{PrinterState, PrinterStateReason, StatusDetail, StatusSource, TimestampMs};

use super::Queue;
use super::device::state_of;
use super::step::{Change, Effect, Reply, Ticket};
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
        if self.is_paused()
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

    pub(super) fn is_paused(&self) -> bool {
        self.paused_at.is_some()
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

    pub(super) fn set_paused(
        &mut self,
        paused: bool,
        ticket: Ticket,
        now: TimestampMs,
        effects: &mut Vec<Effect>,
    ) {
        self.paused_at = paused.then(|| self.paused_at.unwrap_or(now));
        self.start_next(Vec::new(), vec![(ticket, Reply::Done)], now, effects);
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
            paused: self.is_paused(),
            at: now,
        });
    }
}
