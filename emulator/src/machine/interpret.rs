//! The interpreter: takes octets out of the buffer at the printer's pace,
//! executes commands, and moves the paper.

use std::time::Duration;

use platen_receipt::Located;
use platen_receipt::command::{Command, Prefix};

use super::draft::{LINE_DOTS, ProcessId};
use super::faults::Moment;
use super::{ConnectionId, Effect, Machine};
use crate::fault::{Acts, Fault};
use crate::job::JobEnd;
use crate::options::{Drain, JobEnds};

/// Octets handed to the interpreter at once.
const FEED_OCTETS_MAX: usize = 4096;

/// A slow printer takes this many pieces a second, so that its pace is even.
const PIECES_PER_SECOND: u32 = 100;

/// `GS I 1`: the model id of a common model, so that drivers know what to do.
const MODEL_ID: u8 = 0x20;

/// `GS I 2`: has a cutter.
const TYPE_ID: u8 = 0x02;

/// What a command is for the interpreter, besides what it does to the paper.
enum Act {
    None,
    Initialize,
    Cut,
    Kick,
    Groups(u8),
    ProcessId(ProcessId),
    Reply(Vec<u8>),
}

/// Whether there is more to do.
#[derive(PartialEq, Eq)]
enum Progress {
    Some,
    None,
}

impl Machine {
    /// Works as long as there is something to do and nothing in the way.
    pub(super) fn interpret(&mut self, now: Duration) {
        while self.can_print() && self.busy_until <= now {
            let Some(connection) = self.take_turn() else {
                return;
            };
            if self.work_on(connection, now) == Progress::None {
                return;
            }
        }
    }

    /// Whose octets are interpreted: the job under way goes on to its end.
    fn take_turn(&mut self) -> Option<ConnectionId> {
        let keeps = |connection: &ConnectionId| {
            self.intake(*connection)
                .is_some_and(|intake| intake.has_work() || intake.draft.has_effect())
        };
        self.turn = self.turn.filter(keeps).or_else(|| {
            self.intakes
                .iter()
                .find(|intake| intake.has_work())
                .map(|intake| intake.connection)
        });
        self.turn
    }

    fn work_on(&mut self, connection: ConnectionId, now: Duration) -> Progress {
        if self.pay(connection, now) == Progress::Some {
            return Progress::Some;
        }
        let drain = self.drain();
        let Some(intake) = self.intake_mut(connection) else {
            return Progress::None;
        };
        if let Some(located) = intake.next_command() {
            self.execute(connection, located, now);
            return Progress::Some;
        }
        let octets = intake.feed(piece_octets(drain));
        if octets > 0 {
            if let Drain::OctetsPerSecond(pace) = drain {
                self.rest(now, octets as u64, pace);
            }
            return Progress::Some;
        }
        if intake.end.is_some() {
            if intake.end_stream() {
                return Progress::Some;
            }
            intake.draft.end_row();
            if intake.draft.owed_dots == 0 {
                self.settle(connection, now);
                self.finish(connection, now);
            }
            return Progress::Some;
        }
        Progress::None
    }

    fn drain(&self) -> Drain {
        let slow = self.faults.lasting().find_map(|fault| match fault {
            Fault::SlowDrain { octets_per_second } => {
                Some(Drain::OctetsPerSecond(octets_per_second))
            }
            _ => None,
        });
        slow.unwrap_or(self.options.drain)
    }

    /// The interpreter rests for as long as `count` things take at `pace` a
    /// second.
    fn rest(&mut self, now: Duration, count: u64, pace: u32) {
        let nanos = count.saturating_mul(1_000_000_000) / u64::from(pace.max(1));
        // A pace counts from when the last piece was done, not from when
        // somebody came to look.
        let begun = if now.saturating_sub(self.busy_until) < Duration::from_millis(100) {
            self.busy_until
        } else {
            now
        };
        self.busy_until = begun + Duration::from_nanos(nanos);
    }

    /// Moves the paper as far as it is owed and there is any.
    fn pay(&mut self, connection: ConnectionId, now: Duration) -> Progress {
        let Some(intake) = self
            .intakes
            .iter_mut()
            .find(|intake| intake.connection == connection && intake.draft.owed_dots > 0)
        else {
            return Progress::None;
        };
        let moved = self.mechanism.feed(intake.draft.owed_dots.min(LINE_DOTS));
        intake.draft.owed_dots -= moved;
        intake.draft.paper_dots += moved;
        self.lines_dots += moved;
        if let Drain::LinesPerSecond(pace) = self.drain() {
            self.rest(now, moved, pace.saturating_mul(30));
        }
        self.settle(connection, now);
        self.check_position(connection, now);
        Progress::Some
    }

    /// What is on paper now is answered, and may end the job.
    fn settle(&mut self, connection: ConnectionId, now: Duration) {
        let Some(intake) = self.intake_mut(connection) else {
            return;
        };
        let ids = intake.draft.settle();
        let is_answered = !ids.is_empty();
        for [a, b, c, d] in ids {
            self.reply(connection, vec![0x37, 0x22, a, b, c, d, 0x00], now);
        }
        let was_cut = self
            .intake(connection)
            .is_some_and(|intake| intake.draft.cuts > 0 && intake.draft.is_settled());
        match self.options.job_ends {
            JobEnds::Cut if was_cut => self.end_job(connection, JobEnd::Cut),
            JobEnds::ProcessId if is_answered => self.end_job(connection, JobEnd::Answered),
            JobEnds::Connection | JobEnds::Cut | JobEnds::ProcessId => {}
        }
    }

    /// Lets happen what was to happen at this place of the job.
    fn check_position(&mut self, connection: ConnectionId, now: Duration) {
        for acts in [Acts::OnMechanism, Acts::OnConnection] {
            if !self.faults.has_armed() {
                return;
            }
            let Some(intake) = self.intake(connection) else {
                return;
            };
            let octets = match acts {
                // While the paper moves, the command that moves it is not done.
                Acts::OnMechanism if intake.draft.owed_dots > 0 => intake.draft.octets_printed,
                Acts::OnMechanism => intake.draft.octets_executed,
                Acts::OnConnection => intake.job_received(),
            };
            let lines = intake.draft.lines();
            let position = Moment::Position { octets, lines };
            self.strike_on(acts, Some(connection), position, now);
        }
    }

    /// Executes a command, unless a fault comes first: then it waits.
    fn execute(&mut self, connection: ConnectionId, located: Located, now: Duration) {
        let act = self.act(&located.command);
        self.check_position(connection, now);
        if matches!(act, Act::ProcessId(_)) {
            self.strike_on(Acts::OnMechanism, Some(connection), Moment::LastOctet, now);
        }
        let can_print = self.can_print();
        let Some(intake) = self.intake_mut(connection) else {
            return;
        };
        if !can_print {
            intake.hold(located);
            return;
        }
        intake.draft.execute(located);
        match act {
            Act::None => {}
            Act::Initialize => intake.groups = 0,
            Act::Cut => intake.draft.cuts += 1,
            Act::Kick => self.kick(connection),
            Act::ProcessId(id) => intake.draft.ask(id),
            Act::Reply(octets) => self.reply(connection, octets, now),
            Act::Groups(groups) => {
                let status = self.mechanism.automatic_status();
                if let Some(intake) = self.intake_mut(connection) {
                    intake.groups = groups;
                    intake.told = status;
                }
                if groups != 0 {
                    self.reply(connection, status.to_vec(), now);
                }
            }
        }
        self.settle(connection, now);
        self.check_position(connection, now);
    }

    /// What a command is besides what it does to the paper.
    fn act(&self, command: &Command) -> Act {
        match command {
            Command::InitializePrinter => Act::Initialize,
            Command::CutPaper(mode) if mode.meaning().is_none() => Act::None,
            Command::CutPaper(_)
            | Command::FeedAndCutPaper { .. }
            | Command::PresetCuttingPosition { .. }
            | Command::FeedCutAndReturn { .. }
            | Command::PartialCutOnePoint
            | Command::PartialCutThreePoints
            | Command::CutVendorPaper => Act::Cut,
            Command::GeneratePulse { pin, .. } if pin.meaning().is_some() => Act::Kick,
            Command::GenerateVendorPulse(_) => Act::Kick,
            Command::EnableAutomaticStatusBack(groups) => Act::Groups(*groups),
            Command::TransmitStatus(n) => match n {
                1 | b'1' => Act::Reply(vec![self.mechanism.paper_sensors()]),
                2 | b'2' => Act::Reply(vec![self.mechanism.drawer_sensor()]),
                _ => Act::None,
            },
            Command::TransmitPrinterId(n) => self.printer_id(*n).map_or(Act::None, Act::Reply),
            Command::LengthPrefixed {
                prefix: Prefix::Gs,
                letter: b'H',
                data,
            } => match data.as_slice() {
                &[48, 48, a, b, c, d] => Act::ProcessId([a, b, c, d]),
                _ => Act::None,
            },
            Command::Other(octets) => match octets.as_slice() {
                // `ESC u n`, `ESC v`: what older models are asked.
                [0x1B, b'u', _] => Act::Reply(vec![self.mechanism.drawer_sensor()]),
                [0x1B, b'v'] => Act::Reply(vec![self.mechanism.paper_sensors()]),
                _ => Act::None,
            },
            _ => Act::None,
        }
    }

    /// The answer to `GS I n`.
    fn printer_id(&self, n: u8) -> Option<Vec<u8>> {
        let text = match n {
            1 | b'1' => return Some(vec![MODEL_ID]),
            2 | b'2' => return Some(vec![TYPE_ID]),
            3 | b'3' => return Some(vec![0x01]),
            65 => env!("CARGO_PKG_VERSION"),
            66 => "PLATEN",
            67 => "EMULATOR",
            68 => &self.options.serial_number,
            _ => return None,
        };
        let mut octets = vec![0x5F];
        octets.extend_from_slice(text.as_bytes());
        octets.push(0x00);
        Some(octets)
    }

    /// A connection's last octet is on paper.
    fn finish(&mut self, connection: ConnectionId, now: Duration) {
        self.strike_on(Acts::OnMechanism, Some(connection), Moment::LastOctet, now);
        if !self.can_print() {
            return;
        }
        let Some(end) = self.intake(connection).and_then(|intake| intake.end) else {
            return;
        };
        self.end_job(connection, end);
        self.intakes.retain(|intake| {
            let is_done = intake.connection == connection;
            if is_done && intake.can_reply {
                self.effects.push(Effect::Close(connection));
            }
            !is_done
        });
    }

    fn end_job(&mut self, connection: ConnectionId, end: JobEnd) {
        let paper = self.options.paper;
        let job = self
            .intake_mut(connection)
            .and_then(|intake| intake.take_job(end, paper));
        if let Some(job) = job {
            self.jobs_ended += 1;
            self.effects.push(Effect::JobEnded(Box::new(job)));
        }
        self.number_job(connection);
        self.turn = None;
    }
}

/// How many octets are interpreted between two rests.
fn piece_octets(drain: Drain) -> usize {
    match drain {
        Drain::AtOnce | Drain::LinesPerSecond(_) => FEED_OCTETS_MAX,
        Drain::OctetsPerSecond(pace) => {
            let octets = (pace / PIECES_PER_SECOND).max(1);
            usize::try_from(octets)
                .unwrap_or(FEED_OCTETS_MAX)
                .min(FEED_OCTETS_MAX)
        }
    }
}
