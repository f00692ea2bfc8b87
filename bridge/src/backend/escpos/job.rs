//! What must be known of a job's octets before ours may stand beside them.
//!
//! We add octets before the first and after the last octet of a job, never
//! between: inside a command or a picture they would be data. Even at the end
//! that is only safe where the job ends with a whole command; and where the
//! job itself asks for real-time status (or holds a picture with the same
//! octets, which some models obey all the same), the answers to our own
//! questions can no longer be told from those.

use platen_receipt::command::Command;
use platen_receipt::{FindingKind, Limits, Parser};

const EOT: u8 = 0x04;
const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;

/// `ESC @` — initialize printer. It throws away an unfinished line, so that
/// what came before it is never on paper.
pub const INITIALIZE: [u8; 2] = [ESC, b'@'];

/// Commands are looked for in this much of a job.
const RECOGNIZED_OCTETS_MAX: usize = 4096;

/// A longer command (a large picture) is passed over without being held.
const COMMAND_OCTETS_MAX: usize = 64 * 1024;

/// Whether a job that begins like this is ESC/POS: it initializes the printer
/// first, or all of its beginning makes sense and holds a command that begins
/// with GS, which no other printer language uses.
#[must_use]
pub fn speaks_escpos(first: &[u8]) -> bool {
    if first.starts_with(&INITIALIZE) {
        return true;
    }
    let window = &first[..first.len().min(RECOGNIZED_OCTETS_MAX)];
    let mut parser = Parser::new(Limits::default());
    parser.feed(window);
    let mut has_group = false;
    while let Some(located) = parser.next_command() {
        let at = usize::try_from(located.offset).unwrap_or(usize::MAX);
        has_group |= window.get(at) == Some(&GS);
    }
    has_group && parser.findings().kept.is_empty()
}

/// Reads a job on its way, in pieces of any size.
#[derive(Debug)]
pub struct JobReader {
    parser: Parser,
    octets: u64,
    last_is_known: bool,
    is_macro_open: bool,
    sets_automatic_status: bool,
    asks_real_time: bool,
    /// The last two octets.
    tail: [u8; 2],
}

/// What a whole job turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobEnd {
    /// It ends with a whole command: what follows it is ours.
    pub is_whole: bool,
    /// It switches automatic status itself, and has the last word on it.
    pub sets_automatic_status: bool,
    /// It may make the printer answer real-time questions that are not ours.
    pub asks_real_time: bool,
}

impl Default for JobReader {
    fn default() -> Self {
        let mut limits = Limits::default();
        limits.command_octets_max = COMMAND_OCTETS_MAX;
        Self {
            parser: Parser::new(limits),
            octets: 0,
            last_is_known: true,
            is_macro_open: false,
            sets_automatic_status: false,
            asks_real_time: false,
            tail: [0; 2],
        }
    }
}

impl JobReader {
    /// Reads the next piece.
    pub fn read(&mut self, piece: &[u8]) {
        self.octets += piece.len() as u64;
        self.look_for_real_time(piece);
        for part in piece.chunks(COMMAND_OCTETS_MAX) {
            self.parser.feed(part);
            self.take_commands();
        }
    }

    /// The job is complete.
    #[must_use]
    pub fn end(mut self) -> JobEnd {
        self.parser.end();
        self.take_commands();
        let findings = self.parser.findings();
        let is_torn = findings.kept.iter().any(|finding| match finding.kind {
            FindingKind::Truncated => true,
            FindingKind::CommandTooLong { claimed_octets } => {
                finding.offset.saturating_add(claimed_octets) > self.octets
            }
            _ => false,
        });
        JobEnd {
            // Findings beyond those kept could be anything.
            is_whole: !is_torn
                && findings.left_off == 0
                && self.last_is_known
                && !self.is_macro_open,
            sets_automatic_status: self.sets_automatic_status,
            asks_real_time: self.asks_real_time,
        }
    }

    fn take_commands(&mut self) {
        while let Some(located) = self.parser.next_command() {
            let finding = self.parser.findings().kept.last();
            self.last_is_known = !finding.is_some_and(|finding| {
                finding.offset == located.offset
                    && matches!(finding.kind, FindingKind::UnknownBytes { .. })
            });
            match located.command {
                Command::EnableAutomaticStatusBack(_) => self.sets_automatic_status = true,
                Command::StartOrEndMacro => self.is_macro_open = !self.is_macro_open,
                _ => {}
            }
        }
    }

    fn look_for_real_time(&mut self, piece: &[u8]) {
        let [before, last] = self.tail;
        let is_question =
            |window: [u8; 3]| window[0] == DLE && window[1] == EOT && (1..=4).contains(&window[2]);
        let across = match piece {
            [] => return,
            [a] => is_question([before, last, *a]),
            [a, b, ..] => is_question([before, last, *a]) || is_question([last, *a, *b]),
        };
        self.asks_real_time |= across
            || piece
                .windows(3)
                .any(|window| is_question([window[0], window[1], window[2]]));
        self.tail = match piece {
            [.., a, b] => [*a, *b],
            [.., b] => [last, *b],
            [] => self.tail,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end(job: &[u8]) -> JobEnd {
        let mut reader = JobReader::default();
        reader.read(job);
        reader.end()
    }

    #[test]
    fn receipts_are_told_from_other_languages() {
        for (job, expected) in [
            (&b"\x1b@Hello\n"[..], true),
            (b"Hello\n\x1dV\x00", true),
            (b"Hello\n", false),
            (b"^XA^FO20,20^FDHello^FS^XZ", false),
            (b"\x1b%-12345X@PJL\r\n", false),
            (b"%PDF-1.7", false),
            (b"\x1bE\x1b&l0O", false),
            // Any octets hold a GS sooner or later.
            (b"\x89PNG\x0d\x0a\x1a\x0a\x00\x1d!\x11\x00", false),
            (b"", false),
        ] {
            assert_eq!(speaks_escpos(job), expected, "{}", job.escape_ascii());
        }
    }

    #[test]
    fn a_job_that_ends_inside_a_command_is_not_whole() {
        for (job, expected) in [
            (&b"\x1b@Hello\n\x1dV\x00"[..], true),
            (b"Hello", true),
            (b"Hello\x1d", false),
            (b"Hello\x1dV", false),
            // Three rows of one octet are announced, two came.
            (b"\x1dv0\x00\x01\x00\x03\x00AB", false),
            (b"\x1dv0\x00\x01\x00\x03\x00ABC", true),
            // A macro is being recorded: what follows would be part of it.
            (b"\x1d:Hello\n", false),
            (b"\x1d:Hello\n\x1d:", true),
        ] {
            assert_eq!(end(job).is_whole, expected, "{}", job.escape_ascii());
        }
    }

    #[test]
    fn a_large_picture_is_whole_when_all_of_it_came() {
        let mut job = b"\x1dv0\x00\x48\x00\x00\x08".to_vec();
        job.resize(8 + 72 * 2048, 0x55);
        assert!(end(&job).is_whole);
        job.pop();
        assert!(!end(&job).is_whole);
    }

    #[test]
    fn what_a_job_asks_the_printer_itself_is_seen() {
        assert!(end(b"\x1da\x0fHello\n").sets_automatic_status);
        assert!(!end(b"\x1ba\x01Hello\n").sets_automatic_status);
        assert!(end(b"Hello\n\x10\x04\x01").asks_real_time);
        // In a picture as well: some models obey it there.
        assert!(end(b"\x1dv0\x00\x01\x00\x03\x00\x10\x04\x02").asks_real_time);
        assert!(!end(b"\x10\x04\x09").asks_real_time);
    }

    proptest! {
        /// However the pieces break, the job is the same.
        #[test]
        fn pieces_do_not_matter(job: Vec<u8>, cuts in prop::collection::vec(0usize..64, 0..8)) {
            let mut reader = JobReader::default();
            let mut rest = job.as_slice();
            for cut in cuts {
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                reader.read(piece);
                rest = left;
            }
            reader.read(rest);
            prop_assert_eq!(reader.end(), end(&job));
        }

        #[test]
        fn a_question_is_seen_wherever_the_pieces_break(before: Vec<u8>, at in 0usize..3) {
            let mut job = before;
            job.extend([DLE, EOT, 3]);
            let (first, second) = job.split_at(job.len() - at);
            let mut reader = JobReader::default();
            reader.read(first);
            reader.read(second);
            prop_assert!(reader.end().asks_real_time);
        }
    }
}
