//! What is done at once: real-time commands, and what a person does.

use std::time::Duration;

use super::mechanism::PrinterError;
use super::real_time::RealTime;
use super::{ConnectionId, Effect, Machine};
use crate::job::JobEnd;
use crate::operation::Operation;

impl Machine {
    /// What a real-time command does.
    pub(super) fn obey(&mut self, connection: ConnectionId, command: RealTime, now: Duration) {
        match command {
            RealTime::TransmitStatus(n) => {
                if let Some(octet) = self.mechanism.real_time_status(n) {
                    self.reply(connection, vec![octet], now);
                }
            }
            RealTime::TransmitAutomaticStatus => {
                let octets = self.mechanism.automatic_status().to_vec();
                self.reply(connection, octets, now);
            }
            RealTime::Recover => self.recover(),
            RealTime::ClearAndRecover => {
                self.clear();
                self.recover();
            }
            RealTime::ClearAndTell => {
                self.clear();
                self.recover();
                self.reply(connection, vec![0x37, 0x25, 0x00], now);
            }
            RealTime::Pulse => self.kick(connection),
            RealTime::PowerOff => {
                self.reply(connection, vec![0x3B, 0x30, 0x00], now);
                self.power_off();
            }
            // The interpreter answers it in its turn.
            RealTime::ProcessIdAsked => {}
        }
    }

    pub(super) fn recover(&mut self) {
        self.mechanism.recover();
    }

    /// Opens the drawer.
    pub(super) fn kick(&mut self, connection: ConnectionId) {
        self.mechanism.drawer_open = true;
        self.kicks += 1;
        if let Some(intake) = self.intake_mut(connection) {
            intake.draft.kicks += 1;
        }
        self.number_job(connection);
    }

    /// Empties all buffers; jobs under way end here.
    pub(super) fn clear(&mut self) {
        let paper = self.options.paper;
        for intake in &mut self.intakes {
            let job = intake.take_job(JobEnd::Cleared, paper);
            intake.clear();
            self.jobs_ended += u64::from(job.is_some());
            self.effects
                .extend(job.map(|job| Effect::JobEnded(Box::new(job))));
        }
        self.turn = None;
    }

    /// What a person does.
    pub(super) fn operate(&mut self, operation: Operation) {
        match operation {
            Operation::PaperOut => self.mechanism.run_out(),
            Operation::PaperLow => self.mechanism.run_low(),
            Operation::PaperNew => {
                self.mechanism.new_roll();
                self.mechanism.cover_open = false;
            }
            Operation::CoverOpen => self.mechanism.cover_open = true,
            Operation::CoverClose => self.mechanism.cover_open = false,
            Operation::DrawerOpen => self.mechanism.drawer_open = true,
            Operation::DrawerClose => self.mechanism.drawer_open = false,
            Operation::Recover => {
                if self.mechanism.error != Some(PrinterError::Unrecoverable) {
                    self.mechanism.error = None;
                }
            }
            Operation::PowerOff => self.power_off(),
            Operation::PowerOn => self.power_on(),
            Operation::Heal => self.heal_all(),
        }
    }

    pub(super) fn power_off(&mut self) {
        if !self.has_power {
            return;
        }
        self.has_power = false;
        self.delayed.clear();
        let paper = self.options.paper;
        for mut intake in std::mem::take(&mut self.intakes) {
            if intake.can_reply {
                self.effects.push(Effect::Reset(intake.connection));
            }
            if let Some(job) = intake.take_job(JobEnd::PowerFailed, paper) {
                self.jobs_ended += 1;
                self.effects.push(Effect::JobEnded(Box::new(job)));
            }
        }
        self.turn = None;
    }

    /// Whatever error there was is gone, and every mode at its default.
    pub(super) fn power_on(&mut self) {
        if !self.has_power {
            self.has_power = true;
            self.mechanism.error = None;
        }
    }
}
