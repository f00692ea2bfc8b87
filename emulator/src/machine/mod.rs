//! The printer as a state machine: what comes in, and what it does.
//!
//! [`Machine::step`] is everything that can happen; [`Machine::wanted`],
//! [`Machine::listening`] and [`Machine::next_wake`] say what the sockets and
//! the clock around it are to do next. No I/O, no clock: time is what the
//! caller says. Real-time commands are obeyed while octets arrive
//! (`real_time`), all others when the interpreter comes to them (`interpret`).

mod dice;
mod draft;
mod faults;
mod intake;
mod interpret;
mod mechanism;
mod obey;
mod real_time;
mod reply;
mod strike;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use crate::fault::{Acts, Arming, Fault, When};
use crate::job::{JobEnd, PrintedJob};
use crate::operation::Operation;
use crate::options::{CloseWhen, DOTS_PER_MM, Options};
use crate::script::{Step, StepAct, StepMoment};
use crate::status::Status;
use dice::Dice;
use faults::{Faults, Moment};
use intake::Intake;
use mechanism::Mechanism;
use real_time::RealTime;

pub use mechanism::{Paper, PrinterError};

/// Octets beyond a full buffer that are still read, so that a real-time
/// command among them is found.
const LOOKAHEAD_OCTETS: usize = 64;

/// Octets asked of the socket at once.
const READ_OCTETS_MAX: usize = 64 * 1024;

/// A connection, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Everything that can happen to the printer.
#[derive(Debug, Clone)]
pub enum Input {
    /// Somebody connected.
    Connected(ConnectionId),
    /// Octets came.
    Received {
        /// On this connection.
        connection: ConnectionId,
        /// In this order.
        octets: Vec<u8>,
    },
    /// The sender closed its half.
    Finished(ConnectionId),
    /// The connection broke.
    Lost(ConnectionId),
    /// A person did something.
    Operation(Operation),
    /// Something is to go wrong.
    Arm(Arming),
    /// Time has passed.
    Tick,
}

/// Everything the printer does to the world.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Sends octets.
    Send {
        /// On this connection.
        connection: ConnectionId,
        /// In this order.
        octets: Vec<u8>,
    },
    /// Sends replies without end, until told to stop.
    Babble {
        /// On this connection.
        connection: ConnectionId,
        /// Whether it begins or stops.
        on: bool,
    },
    /// Makes the window as small as it gets.
    ShutWindow(ConnectionId),
    /// Closes the printer's half.
    HalfClose(ConnectionId),
    /// Closes, after what was sent.
    Close(ConnectionId),
    /// Resets.
    Reset(ConnectionId),
    /// A job has ended.
    JobEnded(Box<PrintedJob>),
}

/// How the printer takes new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listening {
    /// It takes them.
    Open,
    /// It takes them with the smallest window there is.
    WindowShut,
    /// They are refused.
    Refusing,
}

/// An emulated printer.
#[derive(Debug)]
pub struct Machine {
    options: Options,
    has_power: bool,
    mechanism: Mechanism,
    faults: Faults,
    /// In the order they came.
    intakes: Vec<Intake>,
    /// Whose job is being printed.
    turn: Option<ConnectionId>,
    /// The interpreter rests until then.
    busy_until: Duration,
    /// Replies that are held back, and until when.
    delayed: VecDeque<(Duration, ConnectionId, Vec<u8>)>,
    dice: Dice,
    /// What the script has still to say, and when.
    plan: Vec<Step>,
    jobs: u64,
    jobs_ended: u64,
    connections: u64,
    octets_received: u64,
    lines_dots: u64,
    kicks: u64,
    effects: Vec<Effect>,
}

impl Machine {
    /// A printer that has just been switched on.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let seed = options.random.map_or(0, |random| random.seed);
        Self {
            has_power: true,
            mechanism: Mechanism::new(&options),
            faults: Faults::default(),
            intakes: Vec::new(),
            turn: None,
            busy_until: Duration::ZERO,
            delayed: VecDeque::new(),
            dice: Dice::new(seed),
            plan: options.plan.clone(),
            jobs: 0,
            jobs_ended: 0,
            connections: 0,
            octets_received: 0,
            lines_dots: 0,
            kicks: 0,
            effects: Vec::new(),
            options,
        }
    }

    /// Something happens at `now`, which never goes back.
    pub fn step(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        for fault in self.faults.take_over(now) {
            self.heal(fault);
        }
        self.follow_plan(None, now);
        match input {
            Input::Connected(connection) => self.connected(connection, now),
            Input::Received { connection, octets } => self.received(connection, &octets, now),
            Input::Finished(connection) => self.finished(connection, now),
            Input::Lost(connection) => self.end_intake(connection, JobEnd::Broken),
            Input::Operation(operation) => self.operate(operation),
            Input::Arm(arming) => self.arm(arming, None, now),
            Input::Tick => {}
        }
        self.interpret(now);
        if self.faults.has_armed() && !self.intakes.iter().any(Intake::has_job) {
            self.strike_due(None, Moment::Idle, now);
            self.interpret(now);
        }
        self.close_finished();
        self.tell_changes(now);
        self.send_delayed(now);
        std::mem::take(&mut self.effects)
    }

    /// How many octets are to be read from a connection now.
    #[must_use]
    pub fn wanted(&self, connection: ConnectionId) -> usize {
        if !self.has_power
            || self.faults.lasts(Fault::Stall)
            || self.faults.lasts(Fault::ZeroWindow)
        {
            return 0;
        }
        let Some(intake) = self
            .intake(connection)
            .filter(|intake| intake.end.is_none())
        else {
            return 0;
        };
        if intake.is_crammed() {
            return 0;
        }
        let room = (self.options.buffer_octets + LOOKAHEAD_OCTETS)
            .saturating_sub(self.buffered_octets())
            .min(READ_OCTETS_MAX);
        match self.faults.octets_until(intake.job_received()) {
            Some(octets) => room.min(usize::try_from(octets).unwrap_or(usize::MAX)),
            None => room,
        }
    }

    /// How new connections are taken.
    #[must_use]
    pub fn listening(&self) -> Listening {
        if !self.has_power || self.faults.lasts(Fault::Refuse) {
            Listening::Refusing
        } else if self.faults.lasts(Fault::ZeroWindow) || self.faults.will_shut_the_window() {
            Listening::WindowShut
        } else {
            Listening::Open
        }
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let is_resting = self.can_print() && self.intakes.iter().any(Intake::has_work);
        let delayed = self.delayed.front().map(|(due, ..)| *due);
        [
            is_resting.then_some(self.busy_until),
            delayed,
            self.faults.next_end(),
            self.next_step(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// How the printer is.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            has_power: self.has_power,
            is_online: self.can_print(),
            cover_open: self.mechanism.cover_open,
            drawer_open: self.mechanism.drawer_open,
            paper: self.mechanism.paper(),
            paper_mm: self.mechanism.paper_dots.map(|dots| dots / DOTS_PER_MM),
            error: self.mechanism.error,
            lasting: self.faults.lasting().collect(),
            armed: self.faults.armed().to_vec(),
            connections_open: self
                .intakes
                .iter()
                .filter(|intake| intake.can_reply)
                .count(),
            connections: self.connections,
            octets_received: self.octets_received,
            octets_buffered: self.buffered_octets(),
            jobs_ended: self.jobs_ended,
            jobs_under_way: self
                .intakes
                .iter()
                .filter(|intake| intake.has_job())
                .count(),
            paper_used_mm: self.lines_dots / DOTS_PER_MM,
            drawer_kicks: self.kicks,
        }
    }

    /// Jobs that have not ended, as far as they are printed.
    #[must_use]
    pub fn jobs_under_way(&self) -> Vec<PrintedJob> {
        self.intakes.iter().filter_map(Intake::job).collect()
    }

    fn connected(&mut self, connection: ConnectionId, now: Duration) {
        self.connections += 1;
        if self.listening() == Listening::Refusing {
            self.effects.push(Effect::Reset(connection));
            return;
        }
        self.intakes
            .push(Intake::new(connection, self.options.paper));
        if self.faults.lasts(Fault::EndlessReplies) {
            self.effects.push(Effect::Babble {
                connection,
                on: true,
            });
        }
        if self.faults.lasts(Fault::ZeroWindow) {
            self.effects.push(Effect::ShutWindow(connection));
        }
        self.follow_plan(Some(connection), now);
        if let Some(chances) = self.options.random
            && let Some(arming) = self.dice.fault(&chances)
        {
            self.arm(arming, Some(connection), now);
        }
        self.strike_due(Some(connection), Moment::Connected, now);
        let start = Moment::Position {
            octets: 0,
            lines: 0,
        };
        self.strike_on(Acts::OnConnection, Some(connection), start, now);
    }

    /// Takes octets one by one: each may complete a real-time command, or
    /// bring a fault's moment.
    fn received(&mut self, connection: ConnectionId, octets: &[u8], now: Duration) {
        for &octet in octets {
            let Some(intake) = self.open_intake(connection) else {
                return;
            };
            let found = intake.take(octet);
            self.octets_received += 1;
            self.number_job(connection);
            match found {
                Some(RealTime::ProcessIdAsked) => {
                    self.strike_on(Acts::OnConnection, Some(connection), Moment::LastOctet, now);
                }
                Some(command) => self.obey(connection, command, now),
                None => {}
            }
            if self.faults.has_armed()
                && let Some(intake) = self.intake(connection)
            {
                let position = Moment::Position {
                    octets: intake.job_received(),
                    lines: intake.draft.lines(),
                };
                self.strike_on(Acts::OnConnection, Some(connection), position, now);
            }
        }
    }

    fn number_job(&mut self, connection: ConnectionId) {
        let number = self.jobs + 1;
        if let Some(intake) = self.intake_mut(connection)
            && intake.number.is_none()
            && intake.has_job()
        {
            intake.number = Some(number);
            self.jobs = number;
        }
    }

    fn finished(&mut self, connection: ConnectionId, now: Duration) {
        if self.open_intake(connection).is_some() {
            self.strike_on(Acts::OnConnection, Some(connection), Moment::LastOctet, now);
        }
        if let Some(intake) = self.open_intake(connection) {
            intake.end = Some(JobEnd::Closed);
        }
    }

    /// Nothing more comes on a connection.
    fn end_intake(&mut self, connection: ConnectionId, end: JobEnd) {
        if let Some(intake) = self.intake_mut(connection) {
            intake.can_reply = false;
            intake.end.get_or_insert(end);
        }
    }

    /// Closes what its sender has finished, when the options say so.
    fn close_finished(&mut self) {
        for intake in &mut self.intakes {
            let is_due = match self.options.close {
                CloseWhen::Received => true,
                // The interpreter takes an intake away when it is done.
                CloseWhen::Printed => false,
            };
            if intake.can_reply && intake.end == Some(JobEnd::Closed) && is_due {
                intake.can_reply = false;
                self.effects.push(Effect::Close(intake.connection));
            }
        }
    }

    fn can_print(&self) -> bool {
        self.has_power && self.mechanism.is_online()
    }

    fn buffered_octets(&self) -> usize {
        self.intakes.iter().map(Intake::buffered_octets).sum()
    }

    fn intake(&self, connection: ConnectionId) -> Option<&Intake> {
        self.intakes
            .iter()
            .find(|intake| intake.connection == connection)
    }

    fn intake_mut(&mut self, connection: ConnectionId) -> Option<&mut Intake> {
        self.intakes
            .iter_mut()
            .find(|intake| intake.connection == connection)
    }

    /// The intake, while more may come.
    fn open_intake(&mut self, connection: ConnectionId) -> Option<&mut Intake> {
        self.intake_mut(connection)
            .filter(|intake| intake.end.is_none())
    }

    fn next_step(&self) -> Option<Duration> {
        let times = self.plan.iter().filter_map(|step| match step.moment {
            StepMoment::AfterMs(ms) => Some(Duration::from_millis(ms)),
            StepMoment::Connection(_) => None,
        });
        times.min()
    }

    /// Does what the script has for this time, or for this connection.
    fn follow_plan(&mut self, connection: Option<ConnectionId>, now: Duration) {
        let made = self.connections;
        let is_due = |step: &mut Step| match step.moment {
            StepMoment::AfterMs(ms) => Duration::from_millis(ms) <= now,
            StepMoment::Connection(number) => connection.is_some() && number == made,
        };
        let due: Vec<_> = self.plan.extract_if(.., is_due).collect();
        for step in due {
            match step.act {
                StepAct::Operation(operation) => self.operate(operation),
                StepAct::Fault(arming) => self.arm(arming, connection, now),
            }
        }
    }

    /// Arms a fault, or lets it happen when its moment is now: to this
    /// connection, or to all there are.
    fn arm(&mut self, arming: Arming, connection: Option<ConnectionId>, now: Duration) {
        // Who is to be refused must not connect first.
        let is_now = arming.when == When::Now
            || (arming.fault == Fault::Refuse && arming.when == When::NextConnection);
        if is_now {
            self.strike(&arming, connection, now);
        } else {
            self.faults.arm(arming);
        }
    }
}
