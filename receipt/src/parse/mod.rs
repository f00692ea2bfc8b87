//! Bytes to commands, without loss.
//!
//! [`parse()`] reads a whole job, [`Parser`] takes it in pieces of any size;
//! both give the same commands. Reading does not fail, it reports
//! [`Findings`]: bytes nobody knows are carried as [`Command::Unknown`].
//! A parser holds at most one unfinished command, which
//! [`Limits::command_octets_max`] bounds. What commands do is not known here.

mod cursor;
mod escape;
mod file;
mod finding;
mod group;
mod vendor;

use crate::command::Command;
use crate::command::control::{CAN, CR, DC2, DLE, ESC, FF, FS, GS, HT, LF};
use crate::limits::Limits;
use cursor::{Cursor, Halt};

pub(crate) use vendor::{asks_about_paper, opens_drawer};

pub use finding::{Finding, FindingKind, Findings};

/// A command and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Offset of its first byte in the job.
    pub offset: u64,
    /// The command.
    pub command: Command,
}

impl AsRef<Command> for Located {
    fn as_ref(&self) -> &Command {
        &self.command
    }
}

/// What a job says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// The commands in order; [`encode`](crate::encode) makes the job of them.
    pub commands: Vec<Located>,
    /// What is worth telling.
    pub findings: Findings,
}

/// Reads a whole job.
///
/// ```
/// use platen_receipt::{command::Command, parse};
///
/// let job = parse(b"Hello\n");
/// assert_eq!(job.commands[0].command, Command::Text(b"Hello".to_vec()));
/// assert_eq!(job.commands[1].offset, 5);
/// ```
#[must_use]
pub fn parse(job: &[u8]) -> Parsed {
    let mut commands = Vec::new();
    let findings = parse_each(job, Limits::default(), |located| commands.push(located));
    Parsed { commands, findings }
}

/// Reads a whole job and hands over each command as it is found, so that a long
/// job need not be held as commands.
pub fn parse_each(job: &[u8], limits: Limits, mut each: impl FnMut(Located)) -> Findings {
    let mut reader = Reader::new(limits);
    let mut position = 0;
    while let Some(located) = reader.next(job, &mut position, true) {
        each(located);
    }
    reader.findings
}

/// The command at the start of these bytes, which end as the job does.
pub(crate) fn first_command(bytes: &[u8]) -> Option<Command> {
    let mut limits = Limits::default();
    limits.command_octets_max = limits.command_octets_max.max(bytes.len());
    let located = Reader::new(limits).next(bytes, &mut 0, true)?;
    Some(located.command)
}

/// Whether the first of these bytes begins a command: what the rest is, depends
/// on it and on what follows.
pub(crate) fn begins_command(bytes: &[u8]) -> bool {
    bytes
        .first()
        .is_some_and(|&byte| class(byte) == Class::Command)
}

/// Reads a job that arrives in pieces.
///
/// ```
/// use platen_receipt::{Limits, Parser};
///
/// let mut parser = Parser::new(Limits::default());
/// parser.feed(b"Hel");
/// assert_eq!(parser.next_command(), None);
/// parser.feed(b"lo\n");
/// assert!(parser.next_command().is_some());
/// ```
#[derive(Debug)]
pub struct Parser {
    reader: Reader,
    buffer: Vec<u8>,
    position: usize,
    ended: bool,
}

impl Parser {
    /// A parser at the start of a job.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            reader: Reader::new(limits),
            buffer: Vec::new(),
            position: 0,
            ended: false,
        }
    }

    /// Takes the next piece. Ask for commands after each piece: what is fed and
    /// not asked for is held.
    pub fn feed(&mut self, piece: &[u8]) {
        // Give back what has been read, once it is the larger part.
        if self.position > self.buffer.len() / 2 {
            self.buffer.drain(..self.position);
            self.position = 0;
        }
        self.buffer.extend_from_slice(piece);
    }

    /// Says that the job is complete: what is left becomes commands.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next command that is complete.
    pub fn next_command(&mut self) -> Option<Located> {
        self.reader
            .next(&self.buffer, &mut self.position, self.ended)
    }

    /// What has been found so far.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.reader.findings
    }
}

/// What is between commands, or begins one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Text,
    Command,
    /// Control codes that mean nothing to a printer.
    Nothing,
}

fn class(byte: u8) -> Class {
    match byte {
        HT | LF | FF | CR | DLE | DC2 | CAN | ESC | FS | GS => Class::Command,
        0x00..=0x1F => Class::Nothing,
        _ => Class::Text,
    }
}

/// Reading, apart from who holds the bytes.
#[derive(Debug)]
struct Reader {
    limits: Limits,
    findings: Findings,
    /// Offset in the job of the next byte to read.
    offset: u64,
    /// Bytes of a command that was too long, still to be carried.
    carrying_octets: u64,
    /// Bytes at the current position known to be of one class, so that a run
    /// that arrives byte by byte is looked at once.
    run_octets: usize,
    /// Whether the command before was `ESC v`, which opens a drawer on some
    /// makes when the octet after it is a time.
    after_question: bool,
}

impl Reader {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            findings: Findings::default(),
            offset: 0,
            carrying_octets: 0,
            run_octets: 0,
            after_question: false,
        }
    }

    /// Reads one command at `position`, if one is complete there.
    fn next(&mut self, bytes: &[u8], position: &mut usize, ended: bool) -> Option<Located> {
        let rest = &bytes[*position..];
        let (command, octets) = if self.carrying_octets > 0 {
            self.carry(rest, ended)?
        } else if let Some(pulse) = self
            .after_question
            .then(|| vendor::pulse_time(rest))
            .flatten()
        {
            (Command::GenerateVendorPulse(pulse), 1)
        } else {
            match class(*rest.first()?) {
                Class::Text => {
                    let octets = self.run(rest, Class::Text, ended)?;
                    (Command::Text(rest[..octets].to_vec()), octets)
                }
                Class::Nothing => {
                    let octets = self.run(rest, Class::Nothing, ended)?;
                    let kind = FindingKind::StrayControlCodes { octets };
                    self.findings.add(self.offset, kind, &self.limits);
                    (Command::Unknown(rest[..octets].to_vec()), octets)
                }
                Class::Command => self.command(rest, ended)?,
            }
        };
        self.after_question = asks_about_paper(&command);
        let located = Located {
            offset: self.offset,
            command,
        };
        *position += octets;
        self.offset += octets as u64;
        Some(located)
    }

    /// How many bytes of one class stand here; `None` when more may follow.
    fn run(&mut self, rest: &[u8], wanted: Class, ended: bool) -> Option<usize> {
        let octets_max = self.limits.piece_octets_max.max(1);
        let window = &rest[..rest.len().min(octets_max)];
        let known = self.run_octets.min(window.len());
        let more = window[known..]
            .iter()
            .take_while(|&&byte| class(byte) == wanted)
            .count();
        let octets = known + more;
        if octets == window.len() && octets < octets_max && !ended {
            self.run_octets = octets;
            return None;
        }
        self.run_octets = 0;
        Some(octets)
    }

    fn command(&mut self, rest: &[u8], ended: bool) -> Option<(Command, usize)> {
        let mut cursor = Cursor::new(rest, ended, &self.limits);
        match read_command(&mut cursor) {
            Ok(command) => Some((command, cursor.position())),
            Err(Halt::More) if !ended => None,
            Err(Halt::More) => {
                self.findings
                    .add(self.offset, FindingKind::Truncated, &self.limits);
                Some((Command::Unknown(rest.to_vec()), rest.len()))
            }
            Err(Halt::Unknown { octets }) => Some((self.unknown(rest, octets), octets)),
            Err(Halt::TooLong { claimed_octets }) => {
                self.findings.add(
                    self.offset,
                    FindingKind::CommandTooLong { claimed_octets },
                    &self.limits,
                );
                self.carrying_octets = claimed_octets;
                self.carry(rest, ended)
            }
        }
    }

    /// Carries a command that is too long to be read as one, in pieces whose
    /// size does not depend on how the bytes arrive.
    fn carry(&mut self, rest: &[u8], ended: bool) -> Option<(Command, usize)> {
        let piece_octets = usize::try_from(self.carrying_octets)
            .unwrap_or(usize::MAX)
            .min(self.limits.piece_octets_max.max(1));
        let octets = piece_octets.min(rest.len());
        if octets == 0 || (octets < piece_octets && !ended) {
            return None;
        }
        self.carrying_octets -= octets as u64;
        Some((Command::Unknown(rest[..octets].to_vec()), octets))
    }

    fn unknown(&mut self, rest: &[u8], octets: usize) -> Command {
        let bytes = &rest[..octets];
        let kind = match bytes {
            [DC2] => FindingKind::StrayControlCodes { octets },
            _ => FindingKind::UnknownBytes { octets },
        };
        self.findings.add(self.offset, kind, &self.limits);
        Command::Unknown(bytes.to_vec())
    }
}

fn read_command(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    Ok(match cursor.byte()? {
        HT => Command::HorizontalTab,
        LF => Command::PrintAndLineFeed,
        FF => Command::FormFeed,
        CR => Command::PrintAndCarriageReturn,
        CAN => Command::CancelPrintDataInPageMode,
        DLE => file::read_real_time(cursor)?,
        DC2 => vendor::read_device_control(cursor)?,
        ESC => escape::read(cursor)?,
        FS => file::read(cursor)?,
        GS => group::read(cursor)?,
        _ => return Err(cursor.unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Argument, CutMode, Justification, VendorPulse};
    use crate::encode;
    use proptest::prelude::*;

    fn commands(job: &[u8]) -> Vec<Command> {
        parse(job)
            .commands
            .into_iter()
            .map(|located| located.command)
            .collect()
    }

    #[test]
    fn a_cut_with_feed_takes_one_byte_more_than_a_cut_without() {
        assert_eq!(
            commands(b"\x1dVB\x03A\x1dV\x01A"),
            [
                Command::FeedAndCutPaper {
                    mode: CutMode::Partial,
                    feed_units: 3
                },
                Command::Text(b"A".to_vec()),
                Command::CutPaper(CutMode::Partial.into()),
                Command::Text(b"A".to_vec()),
            ]
        );
    }

    #[test]
    fn the_octet_after_a_question_about_the_paper_may_be_the_time_of_a_pulse() {
        let question = Command::Other(b"\x1bv".to_vec());
        let pulse = VendorPulse::First { on_ms: 120 };
        assert_eq!(
            commands(b"\x1bvxA\x1bv\n"),
            [
                question.clone(),
                Command::GenerateVendorPulse(pulse),
                Command::Text(b"A".to_vec()),
                question,
                Command::PrintAndLineFeed,
            ]
        );
    }

    #[test]
    fn digits_are_kept_as_digits() {
        assert_eq!(
            commands(b"\x1ba1"),
            [Command::SelectJustification(
                Argument::<Justification>::new(b'1')
            )]
        );
    }

    #[test]
    fn an_unfinished_command_is_carried_and_told() {
        let parsed = parse(b"Good line\n\x1dv0\x000\x00,\x01\x00\x00");
        assert_eq!(parsed.commands.len(), 3);
        assert_eq!(
            parsed.findings.kept,
            [Finding {
                offset: 10,
                kind: FindingKind::Truncated
            }]
        );
    }

    #[test]
    fn a_claim_of_four_gigabytes_takes_no_memory_and_is_carried_in_pieces() {
        let mut job = b"\x1d8L\xff\xff\xff\xff".to_vec();
        job.extend(vec![b'x'; 10_000]);
        let parsed = parse(&job);
        assert_eq!(encode(&parsed.commands), job);
        assert_eq!(parsed.commands.len(), 3);
        assert_eq!(parsed.findings.kept.len(), 1);
    }

    #[test]
    fn a_lone_escape_does_not_swallow_the_next_command() {
        assert_eq!(
            commands(b"\x1b\x1b@"),
            [Command::Unknown(vec![0x1B]), Command::InitializePrinter]
        );
    }

    #[test]
    fn findings_are_bounded_and_counted() {
        let limits = Limits {
            findings_max: 2,
            ..Limits::default()
        };
        let findings = parse_each(b"\x01A\x01A\x01A\x01", limits, drop);
        assert_eq!(findings.kept.len(), 2);
        assert_eq!(findings.left_off, 2);
    }

    /// Bytes that look like jobs: mostly prefixes, letters and small numbers.
    fn job_bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            4 => prop::sample::select(vec![0x10u8, 0x1B, 0x1C, 0x1D]),
            4 => prop::sample::select(
                b"\x04\x05\x0c\x14 !$%&()*-./2348:;<=?@ABCDEGHIJKLMPQRSTUVW\\^abcdefghikmpqrtvwz{|".to_vec()
            ),
            3 => 0u8..4,
            2 => any::<u8>(),
        ];
        prop::collection::vec(byte, 0..200)
    }

    fn parse_in_pieces(job: &[u8], sizes: &[usize]) -> Parsed {
        let mut parser = Parser::new(Limits::default());
        let mut commands = Vec::new();
        let mut rest = job;
        let mut sizes = sizes.iter().copied().cycle();
        while !rest.is_empty() {
            let size = sizes.next().unwrap_or(1).clamp(1, rest.len());
            let (piece, after) = rest.split_at(size);
            parser.feed(piece);
            commands.extend(std::iter::from_fn(|| parser.next_command()));
            rest = after;
        }
        parser.end();
        commands.extend(std::iter::from_fn(|| parser.next_command()));
        let findings = parser.findings().clone();
        Parsed { commands, findings }
    }

    proptest! {
        /// Whatever arrives, no byte is lost: what we do not know we carry.
        #[test]
        fn encode_undoes_parse(job: Vec<u8>) {
            prop_assert_eq!(encode(&parse(&job).commands), job);
        }

        #[test]
        fn encode_undoes_parse_of_what_looks_like_a_job(job in job_bytes()) {
            prop_assert_eq!(encode(&parse(&job).commands), job);
        }

        #[test]
        fn pieces_of_any_size_give_the_same_commands(
            job in job_bytes(),
            sizes in prop::collection::vec(1usize..20, 1..10),
        ) {
            prop_assert_eq!(parse_in_pieces(&job, &sizes), parse(&job));
        }

        #[test]
        fn offsets_are_where_the_commands_are(job in job_bytes()) {
            let mut offset = 0;
            for located in parse(&job).commands {
                prop_assert_eq!(located.offset, offset);
                offset += encode(&[located]).len() as u64;
            }
            prop_assert_eq!(offset, job.len() as u64);
        }
    }

    #[test]
    fn long_runs_of_text_come_in_the_same_pieces_however_they_arrive() {
        let job = vec![b'x'; 10_000];
        assert_eq!(parse_in_pieces(&job, &[1]), parse(&job));
        assert_eq!(parse_in_pieces(&job, &[4095, 3]), parse(&job));
    }

    #[test]
    fn a_command_that_is_too_long_comes_in_the_same_pieces_however_it_arrives() {
        let mut job = b"\x1d8L\xff\xff\xff\xff".to_vec();
        job.extend(vec![b'x'; 10_000]);
        assert_eq!(parse_in_pieces(&job, &[7, 1, 5000]), parse(&job));
    }
}
