//! One connection's octets: received, looked at for real-time commands, kept
//! until the interpreter takes them.

use std::collections::VecDeque;

use platen_receipt::{Located, Parser};

use super::ConnectionId;
use super::draft::{Draft, limits};
use super::real_time::{RealTime, Scanner};
use crate::job::{JobEnd, PrintedJob};
use crate::options::PaperWidth;

/// Room for status requests while the buffer is full of other octets.
const REAL_TIME_ROOM_OCTETS: usize = 64 * 1024;

/// Where a connection's octets wait.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) connection: ConnectionId,
    /// How it ended for the job; `None` while more may come.
    pub(super) end: Option<JobEnd>,
    /// Whether replies still reach the sender.
    pub(super) can_reply: bool,
    /// Whether the printer has closed its half.
    pub(super) is_half_closed: bool,
    buffer: VecDeque<u8>,
    /// Real-time commands in the buffer, which take no room: where each ends in
    /// the stream, and its octets.
    real_time: VecDeque<(u64, usize)>,
    real_time_octets: usize,
    scanner: Scanner,
    /// Octets received on this connection.
    received: u64,
    /// Where in the stream the job under way began.
    job_began: u64,
    parser: Parser,
    parser_ended: bool,
    /// Whether the parser may have a whole command.
    is_parsing: bool,
    /// A command that a fault has kept from being executed.
    held: Option<Located>,
    /// The job's number, once it has one.
    pub(super) number: Option<u64>,
    pub(super) draft: Draft,
    /// Groups of `GS a`, and what was told of them last.
    pub(super) groups: u8,
    pub(super) told: [u8; 4],
}

impl Intake {
    pub(super) fn new(connection: ConnectionId, paper: PaperWidth) -> Self {
        Self {
            connection,
            end: None,
            can_reply: true,
            is_half_closed: false,
            buffer: VecDeque::new(),
            real_time: VecDeque::new(),
            real_time_octets: 0,
            scanner: Scanner::default(),
            received: 0,
            job_began: 0,
            parser: Parser::new(limits()),
            parser_ended: false,
            is_parsing: false,
            held: None,
            number: None,
            draft: Draft::new(paper),
            groups: 0,
            told: [0; 4],
        }
    }

    /// Takes an octet into the buffer; says what it completed.
    pub(super) fn take(&mut self, octet: u8) -> Option<RealTime> {
        self.buffer.push_back(octet);
        self.received += 1;
        let found = self.scanner.take(octet)?;
        let octets = found.octets();
        if octets > 0 {
            self.real_time.push_back((self.received, octets));
            self.real_time_octets += octets;
        }
        Some(found)
    }

    /// Octets in the buffer that take room.
    pub(super) fn buffered_octets(&self) -> usize {
        self.buffer.len().saturating_sub(self.real_time_octets)
    }

    /// Whether not even another status request fits.
    pub(super) fn is_crammed(&self) -> bool {
        self.buffer.len() >= self.buffered_octets() + REAL_TIME_ROOM_OCTETS
    }

    /// Octets received of the job under way.
    pub(super) fn job_received(&self) -> u64 {
        self.received - self.job_began
    }

    /// Whether a job is under way: something came that is more than a question.
    pub(super) fn has_job(&self) -> bool {
        let questions = self.real_time_octets as u64;
        self.draft.has_effect() || self.job_received() > self.draft.octets_executed + questions
    }

    /// The next command the interpreter can execute.
    pub(super) fn next_command(&mut self) -> Option<Located> {
        let command = self.held.take().or_else(|| self.parser.next_command());
        self.is_parsing = command.is_some();
        command
    }

    /// Gives a command back, to be executed later.
    pub(super) fn hold(&mut self, located: Located) {
        self.held = Some(located);
        self.is_parsing = true;
    }

    /// Moves up to `octets` from the buffer to the interpreter; says how many.
    pub(super) fn feed(&mut self, octets: usize) -> usize {
        let octets = octets.min(self.buffer.len());
        let piece: Vec<u8> = self.buffer.drain(..octets).collect();
        let taken_to = self.received - self.buffer.len() as u64;
        while let Some((_, octets)) = self.real_time.pop_front_if(|(end, _)| *end <= taken_to) {
            self.real_time_octets -= octets;
        }
        self.parser.feed(&piece);
        self.is_parsing = !piece.is_empty();
        piece.len()
    }

    /// Whether there is anything to do for the interpreter.
    pub(super) fn has_work(&self) -> bool {
        !self.buffer.is_empty() || self.is_parsing || self.draft.owed_dots > 0 || self.end.is_some()
    }

    /// After the last octet: what is unfinished becomes commands, then the row
    /// is printed. Says whether there was still something to do.
    pub(super) fn end_stream(&mut self) -> bool {
        if self.parser_ended {
            return false;
        }
        self.parser.end();
        self.parser_ended = true;
        true
    }

    /// Empties the buffers.
    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        self.real_time.clear();
        self.real_time_octets = 0;
        self.parser = Parser::new(limits());
        self.parser_ended = false;
        self.is_parsing = false;
        self.held = None;
    }

    /// Ends the job under way, if there is one; the next begins. Without an
    /// `end` of the connection the job is what has been executed.
    pub(super) fn take_job(&mut self, end: JobEnd, paper: PaperWidth) -> Option<PrintedJob> {
        let received = match end {
            JobEnd::Cut | JobEnd::Answered => self.draft.octets_executed,
            JobEnd::Closed
            | JobEnd::Broken
            | JobEnd::CutOff
            | JobEnd::Cleared
            | JobEnd::PowerFailed => self.job_received(),
        };
        let is_job = self.draft.has_effect() || self.draft.octets_printed < received;
        let number = self.number.take();
        let draft = std::mem::replace(&mut self.draft, Draft::new(paper));
        self.job_began += received;
        let number = number.filter(|_| is_job)?;
        Some(draft.job(number, self.connection.0, received, Some(end)))
    }

    /// The job under way as it stands.
    pub(super) fn job(&self) -> Option<PrintedJob> {
        let received = self.job_received();
        let number = self.number.filter(|_| self.has_job())?;
        Some(self.draft.job(number, self.connection.0, received, None))
    }
}
