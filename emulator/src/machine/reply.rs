//! What is said to senders: answers, and automatic status; spoiled, late or
//! never where a fault has it so.

use std::time::Duration;

use super::mechanism::Mechanism;
use super::{ConnectionId, Effect, Machine};
use crate::fault::Fault;

/// Replies that may be held back; more are lost.
const DELAYED_MAX: usize = 4096;

impl Machine {
    /// Sends automatic status where an enabled group has changed.
    pub(super) fn tell_changes(&mut self, now: Duration) {
        let status = self.mechanism.automatic_status();
        let mut due = Vec::new();
        for intake in &mut self.intakes {
            let watched = Mechanism::watched(intake.groups);
            let changed = (0..4)
                .any(|place| status[place] & watched[place] != intake.told[place] & watched[place]);
            if changed {
                intake.told = status;
                due.push(intake.connection);
            }
        }
        for connection in due {
            self.reply(connection, status.to_vec(), now);
        }
    }

    /// Sends a reply, unless a fault has it otherwise.
    pub(super) fn reply(&mut self, connection: ConnectionId, mut octets: Vec<u8>, now: Duration) {
        let can_reply = self
            .intake(connection)
            .is_some_and(|intake| intake.can_reply && !intake.is_half_closed);
        if !can_reply || self.faults.lasts(Fault::Mute) {
            return;
        }
        if self.faults.lasts(Fault::WrongReplies) {
            octets = self.dice.garbage(octets.len());
        }
        let delay = self.faults.lasting().find_map(|fault| match fault {
            Fault::DelayReplies { ms } => Some(Duration::from_millis(ms.into())),
            _ => None,
        });
        match delay {
            Some(delay) if self.delayed.len() < DELAYED_MAX => {
                self.delayed.push_back((now + delay, connection, octets));
            }
            Some(_) => {}
            None => self.effects.push(Effect::Send { connection, octets }),
        }
    }

    pub(super) fn send_delayed(&mut self, now: Duration) {
        while let Some((_, connection, octets)) = self.delayed.pop_front_if(|(due, ..)| *due <= now)
        {
            if self
                .intake(connection)
                .is_some_and(|intake| intake.can_reply)
            {
                self.effects.push(Effect::Send { connection, octets });
            }
        }
    }
}
