//! Faults happen, and pass.

use std::time::Duration;

use super::faults::Moment;
use super::mechanism::{Paper, PrinterError};
use super::{ConnectionId, Effect, Machine};
use crate::fault::{Acts, Arming, Fault};
use crate::job::JobEnd;

impl Machine {
    /// Lets happen what is due, of either kind.
    pub(super) fn strike_due(
        &mut self,
        connection: Option<ConnectionId>,
        moment: Moment,
        now: Duration,
    ) {
        self.strike_on(Acts::OnConnection, connection, moment, now);
        self.strike_on(Acts::OnMechanism, connection, moment, now);
    }

    /// Lets happen what is due of one kind.
    pub(super) fn strike_on(
        &mut self,
        acts: Acts,
        connection: Option<ConnectionId>,
        moment: Moment,
        now: Duration,
    ) {
        if !self.faults.has_armed() {
            return;
        }
        for arming in self.faults.take_due(acts, moment) {
            // Between jobs there may be no connection for it to happen to.
            if arming.fault.is_momentary() && !self.has_connection() {
                self.faults.arm(arming);
            } else {
                self.strike(&arming, connection, now);
            }
        }
    }

    /// A fault happens: to one connection, or to all there are.
    pub(super) fn strike(
        &mut self,
        arming: &Arming,
        connection: Option<ConnectionId>,
        now: Duration,
    ) {
        let fault = arming.fault;
        if !fault.is_momentary() {
            let until = arming.lasts().map(|lasts| now + lasts);
            self.faults.begin(fault, until);
        }
        match fault {
            Fault::Refuse
            | Fault::Stall
            | Fault::SlowDrain { .. }
            | Fault::Mute
            | Fault::WrongReplies
            | Fault::DelayReplies { .. } => {}
            Fault::ZeroWindow => self.each_connection(None, Effect::ShutWindow),
            Fault::EndlessReplies => {
                self.each_connection(None, |connection| Effect::Babble {
                    connection,
                    on: true,
                });
            }
            Fault::HalfClose => {
                self.each_connection(connection, Effect::HalfClose);
                self.stop_replies(connection);
            }
            Fault::Reset => {
                self.each_connection(connection, Effect::Reset);
                self.cut_off(connection);
            }
            Fault::Close => {
                self.each_connection(connection, Effect::Close);
                self.cut_off(connection);
            }
            Fault::PaperOut => self.mechanism.run_out(),
            Fault::CoverOpen => self.mechanism.cover_open = true,
            Fault::Jam => self.mechanism.error = Some(PrinterError::Cutter),
            Fault::Stuck => self.mechanism.error = Some(PrinterError::Mechanical),
            Fault::Broken => self.mechanism.error = Some(PrinterError::Unrecoverable),
            Fault::Hot => self.mechanism.error = Some(PrinterError::HeadTemperature),
            Fault::PowerOff => self.power_off(),
        }
    }

    /// A fault is over.
    pub(super) fn heal(&mut self, fault: Fault) {
        match fault {
            Fault::Refuse
            | Fault::Stall
            | Fault::ZeroWindow
            | Fault::Reset
            | Fault::Close
            | Fault::HalfClose
            | Fault::SlowDrain { .. }
            | Fault::Mute
            | Fault::WrongReplies
            | Fault::DelayReplies { .. } => {}
            Fault::EndlessReplies => {
                self.each_connection(None, |connection| Effect::Babble {
                    connection,
                    on: false,
                });
            }
            Fault::PaperOut => {
                if self.mechanism.paper() == Paper::Out {
                    self.mechanism.new_roll();
                }
            }
            Fault::CoverOpen => self.mechanism.cover_open = false,
            Fault::Jam => self.clear_error(PrinterError::Cutter),
            Fault::Stuck => self.clear_error(PrinterError::Mechanical),
            Fault::Broken => self.clear_error(PrinterError::Unrecoverable),
            Fault::Hot => self.clear_error(PrinterError::HeadTemperature),
            Fault::PowerOff => self.power_on(),
        }
    }

    /// Everything is well again.
    pub(super) fn heal_all(&mut self) {
        for fault in self.faults.take_all() {
            self.heal(fault);
        }
        self.power_on();
        self.mechanism.error = None;
        self.mechanism.cover_open = false;
        if self.mechanism.paper() == Paper::Out {
            self.mechanism.new_roll();
        }
    }

    fn clear_error(&mut self, error: PrinterError) {
        if self.mechanism.error == Some(error) {
            self.mechanism.error = None;
        }
    }

    fn has_connection(&self) -> bool {
        self.intakes.iter().any(|intake| intake.can_reply)
    }

    /// Does something to one connection, or to all, that still have a sender.
    fn each_connection(
        &mut self,
        only: Option<ConnectionId>,
        effect: impl Fn(ConnectionId) -> Effect,
    ) {
        let effects = self
            .intakes
            .iter()
            .filter(|intake| intake.can_reply)
            .map(|intake| intake.connection)
            .filter(|&connection| only.is_none_or(|only| only == connection))
            .map(effect);
        self.effects.extend(effects);
    }

    /// The sender is not heard any more; what it sent is printed.
    fn cut_off(&mut self, only: Option<ConnectionId>) {
        for intake in &mut self.intakes {
            if only.is_none_or(|only| only == intake.connection) {
                intake.can_reply = false;
                intake.end.get_or_insert(JobEnd::CutOff);
            }
        }
    }

    fn stop_replies(&mut self, only: Option<ConnectionId>) {
        for intake in &mut self.intakes {
            if only.is_none_or(|only| only == intake.connection) {
                intake.is_half_closed = true;
            }
        }
    }
}
