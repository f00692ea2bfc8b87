//! A printer as the host sees it over the bus: the requests of the printer
//! class, and two bulk endpoints whose flow a test controls.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::mem;

use rustix::time::{ClockId, clock_gettime};

use crate::language::Answers;
use crate::profile::{IN_ENDPOINT, OUT_ENDPOINT, Profile};
use crate::wire::{self, Command, Ending, Submit};

/// Port status of a ready printer: no error (0x08), selected (0x10). The third
/// bit of the octet that the class defines is paper empty (0x20).
const READY: u8 = 0x08 | 0x10;
const OUT_OF_PAPER: u8 = 0x10 | 0x20;

/// Shorter transfers are questions.
const JOB_OCTETS_MIN: usize = 64;

/// The device behind the bus. `Line` is where replies go: the socket to the
/// host controller, or a buffer in the unit tests.
pub(crate) struct Printer<Line> {
    profile: Profile,
    line: Option<Line>,
    capture: Box<dyn Write + Send>,
    configured: u8,
    status: u8,
    /// How many more octets the printer takes before it answers NAK; `None`: all.
    budget: Option<u64>,
    out_is_stalled: bool,
    in_is_stalled: bool,
    waiting_out: VecDeque<Submit>,
    waiting_in: VecDeque<Submit>,
    answers: VecDeque<u8>,
    rules: Vec<Rule>,
    language: Answers,
    /// When the last transfer of a job came, by the system's monotonic clock.
    arrived_ns: u64,
    received: u64,
    soft_resets: u64,
}

/// What the printer answers whenever a request comes.
struct Rule {
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl<Line: Write> Printer<Line> {
    pub(crate) fn new(profile: Profile, language: Answers, capture: Box<dyn Write + Send>) -> Self {
        Self {
            profile,
            line: None,
            capture,
            configured: 0,
            status: READY,
            budget: None,
            out_is_stalled: false,
            in_is_stalled: false,
            waiting_out: VecDeque::new(),
            waiting_in: VecDeque::new(),
            answers: VecDeque::new(),
            rules: Vec::new(),
            language,
            arrived_ns: 0,
            received: 0,
            soft_resets: 0,
        }
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Connects the device over a new line, in its power-on state.
    pub(crate) fn plug(&mut self, line: Line) {
        self.unplug();
        self.configured = 0;
        self.line = Some(line);
    }

    /// Drops the line and every transfer on it.
    pub(crate) fn unplug(&mut self) {
        self.waiting_out.clear();
        self.waiting_in.clear();
        self.answers.clear();
        self.language.forget();
        self.out_is_stalled = false;
        self.in_is_stalled = false;
        self.line = None;
    }

    /// How many octets were printed.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// When the last transfer came that is longer than any question.
    pub(crate) fn arrived_ns(&self) -> u64 {
        self.arrived_ns
    }

    /// How often the host reset the port.
    pub(crate) fn soft_resets(&self) -> u64 {
        self.soft_resets
    }

    pub(crate) fn set_status(&mut self, status: u8) {
        self.status = status;
    }

    /// Takes so many more octets and then holds the host off, as a printer does
    /// that is out of paper with a full buffer. `None` takes everything.
    pub(crate) fn accept(&mut self, budget: Option<u64>) -> io::Result<()> {
        self.budget = budget;
        self.take_what_waits()
    }

    /// Its paper ends, at once, or is put in: its port, its language and what
    /// it takes say so.
    pub(crate) fn paper(&mut self, is_out: bool) -> io::Result<()> {
        self.status = if is_out { OUT_OF_PAPER } else { READY };
        let said = self.language.paper(is_out);
        self.answer(&said)?;
        self.accept(is_out.then_some(0))
    }

    /// Halts OUT until the host clears it.
    pub(crate) fn stall_out(&mut self) -> io::Result<()> {
        self.out_is_stalled = true;
        for transfer in mem::take(&mut self.waiting_out) {
            self.finish_out(transfer.sequence, Ending::Stalled, 0)?;
        }
        Ok(())
    }

    /// Halts IN until the host clears it.
    pub(crate) fn stall_in(&mut self) -> io::Result<()> {
        self.in_is_stalled = true;
        for transfer in mem::take(&mut self.waiting_in) {
            self.finish_in(transfer.sequence, Ending::Stalled, &[])?;
        }
        Ok(())
    }

    /// Halts neither endpoint.
    pub(crate) fn end_stalls(&mut self) {
        self.out_is_stalled = false;
        self.in_is_stalled = false;
    }

    /// Queues octets for the host to read.
    pub(crate) fn answer(&mut self, octets: &[u8]) -> io::Result<()> {
        self.answers.extend(octets);
        self.give_what_waits()
    }

    /// Answers each time `request` appears in one OUT transfer.
    pub(crate) fn add_rule(&mut self, request: Vec<u8>, answer: Vec<u8>) {
        if !request.is_empty() {
            self.rules.push(Rule { request, answer });
        }
    }

    pub(crate) fn handle(&mut self, command: Command) -> io::Result<()> {
        match command {
            Command::Submit(transfer) => self.begin(transfer),
            Command::Unlink { sequence, target } => {
                let before = self.waiting_out.len() + self.waiting_in.len();
                self.waiting_out
                    .retain(|waiting| waiting.sequence != target);
                self.waiting_in.retain(|waiting| waiting.sequence != target);
                let was_waiting = self.waiting_out.len() + self.waiting_in.len() != before;
                let ending = if was_waiting {
                    Ending::Unlinked
                } else {
                    Ending::Done
                };
                match &mut self.line {
                    Some(line) => wire::complete_unlink(line, sequence, ending),
                    None => Ok(()),
                }
            }
        }
    }

    fn begin(&mut self, transfer: Submit) -> io::Result<()> {
        let sequence = transfer.sequence;
        match (transfer.endpoint, transfer.to_host) {
            (0, _) => self.control(&transfer),
            (OUT_ENDPOINT, false) if !self.out_is_stalled => {
                if transfer.data.len() >= JOB_OCTETS_MIN {
                    self.arrived_ns = now_ns();
                }
                self.waiting_out.push_back(transfer);
                self.take_what_waits()
            }
            (IN_ENDPOINT, true) if self.profile.has_in() && !self.in_is_stalled => {
                self.waiting_in.push_back(transfer);
                self.give_what_waits()
            }
            (_, true) => self.finish_in(sequence, Ending::Stalled, &[]),
            (_, false) => self.finish_out(sequence, Ending::Stalled, 0),
        }
    }

    fn finish_out(&mut self, sequence: u32, ending: Ending, octets: usize) -> io::Result<()> {
        match &mut self.line {
            Some(line) => wire::complete_out(line, sequence, ending, octets),
            None => Ok(()),
        }
    }

    fn finish_in(&mut self, sequence: u32, ending: Ending, data: &[u8]) -> io::Result<()> {
        match &mut self.line {
            Some(line) => wire::complete_in(line, sequence, ending, data),
            None => Ok(()),
        }
    }

    fn take_what_waits(&mut self) -> io::Result<()> {
        while let Some(transfer) = self.waiting_out.pop_front() {
            let octets = transfer.data.len() as u64;
            match &mut self.budget {
                Some(left) if *left < octets => {
                    self.waiting_out.push_front(transfer);
                    return Ok(());
                }
                Some(left) => *left -= octets,
                None => {}
            }
            self.received += octets;
            self.capture.write_all(&transfer.data)?;
            self.capture.flush()?;
            self.finish_out(transfer.sequence, Ending::Done, transfer.data.len())?;
            let mut answer = self.answer_to(&transfer.data);
            answer.extend(self.language.to(&transfer.data));
            self.answer(&answer)?;
        }
        Ok(())
    }

    fn answer_to(&self, data: &[u8]) -> Vec<u8> {
        let asked = |rule: &&Rule| {
            let mut windows = data.windows(rule.request.len());
            windows.any(|window| window == rule.request)
        };
        let rules = self.rules.iter().filter(asked);
        rules.flat_map(|rule| rule.answer.iter().copied()).collect()
    }

    fn give_what_waits(&mut self) -> io::Result<()> {
        while !self.answers.is_empty() {
            let Some(transfer) = self.waiting_in.pop_front() else {
                break;
            };
            let octets = (transfer.octets as usize).min(self.answers.len());
            let data: Vec<u8> = self.answers.drain(..octets).collect();
            self.finish_in(transfer.sequence, Ending::Done, &data)?;
        }
        Ok(())
    }

    fn control(&mut self, transfer: &Submit) -> io::Result<()> {
        let sequence = transfer.sequence;
        match (self.control_answer(transfer.setup), transfer.to_host) {
            (Some(mut data), true) => {
                data.truncate(transfer.octets as usize);
                self.finish_in(sequence, Ending::Done, &data)
            }
            (Some(_), false) => self.finish_out(sequence, Ending::Done, transfer.data.len()),
            (None, true) => self.finish_in(sequence, Ending::Stalled, &[]),
            (None, false) => self.finish_out(sequence, Ending::Stalled, 0),
        }
    }

    /// What a request on endpoint 0 is answered with; `None`: it is refused.
    fn control_answer(&mut self, setup: [u8; 8]) -> Option<Vec<u8>> {
        let [kind, request, value_low, value_high, index_low, ..] = setup;
        let nothing = Some(Vec::new());
        match (kind, request) {
            // GET_DESCRIPTOR
            (0x80, 0x06) => match value_high {
                1 => Some(self.profile.device_descriptor()),
                2 if value_low == 0 => Some(self.profile.configuration_descriptor()),
                3 => self.profile.string_descriptor(value_low),
                _ => None,
            },
            // GET_STATUS of device, interface, endpoint
            (0x80, 0x00) => Some(vec![1, 0]),
            (0x81, 0x00) => Some(vec![0, 0]),
            (0x82, 0x00) => {
                let is_halted = match index_low {
                    OUT_ENDPOINT => self.out_is_stalled,
                    _ => self.in_is_stalled,
                };
                Some(vec![u8::from(is_halted), 0])
            }
            // GET_CONFIGURATION, SET_CONFIGURATION
            (0x80, 0x08) => Some(vec![self.configured]),
            (0x00, 0x09) => {
                self.configured = value_low;
                nothing
            }
            // GET_INTERFACE, SET_INTERFACE
            (0x81, 0x0a) => Some(vec![0]),
            (0x01, 0x0b) if value_low == 0 => nothing,
            // CLEAR_FEATURE of an endpoint: its halt
            (0x02, 0x01) => {
                match index_low {
                    OUT_ENDPOINT => self.out_is_stalled = false,
                    _ => self.in_is_stalled = false,
                }
                nothing
            }
            // The printer class: GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET
            (0xa1, 0x00) => {
                let id = self.profile.device_id.as_bytes();
                let mut answer = u16::try_from(id.len() + 2).ok()?.to_be_bytes().to_vec();
                answer.extend(id);
                Some(answer)
            }
            (0xa1, 0x01) => Some(vec![self.status]),
            (0x21 | 0x23, 0x02) => {
                self.soft_resets += 1;
                self.answers.clear();
                nothing
            }
            _ => None,
        }
    }
}

fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let [seconds, nanoseconds] = [now.tv_sec, now.tv_nsec].map(i64::unsigned_abs);
    seconds * 1_000_000_000 + nanoseconds
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        fn all(&self) -> Vec<u8> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Write for Shared {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const DONE: i32 = 0;
    const STALLED: i32 = -32;
    const UNLINKED: i32 = -104;

    struct Host {
        printer: Printer<Shared>,
        replies: Shared,
        printed: Shared,
    }

    impl Host {
        fn new() -> Self {
            let (replies, printed) = (Shared::default(), Shared::default());
            let mut printer = Printer::new(
                Profile::default(),
                Answers::default(),
                Box::new(printed.clone()),
            );
            printer.plug(replies.clone());
            Self {
                printer,
                replies,
                printed,
            }
        }

        /// The next reply as (status, actual length, data).
        fn take(&self) -> Option<(i32, i32, Vec<u8>)> {
            let all = mem::take(&mut *self.replies.0.lock().unwrap());
            if all.is_empty() {
                return None;
            }
            let number = |at: usize| i32::from_be_bytes(all[at..at + 4].try_into().unwrap());
            Some((number(20), number(24), all[48..].to_vec()))
        }

        fn submit(&mut self, endpoint: u8, to_host: bool, setup: [u8; 8], data: &[u8]) {
            let room = if to_host { 512 } else { data.len() };
            let transfer = Submit {
                sequence: 1,
                endpoint,
                to_host,
                octets: u32::try_from(room).unwrap(),
                setup,
                data: data.to_vec(),
            };
            self.printer.handle(Command::Submit(transfer)).unwrap();
        }

        fn ask(&mut self, kind: u8, request: u8, index: u8) -> (i32, Vec<u8>) {
            let setup = [kind, request, 0, 0, index, 0, 0, 2];
            self.submit(0, kind & 0x80 != 0, setup, &[]);
            let (status, _, data) = self.take().unwrap();
            (status, data)
        }

        fn send(&mut self, data: &[u8]) -> Option<(i32, i32)> {
            self.submit(OUT_ENDPOINT, false, [0; 8], data);
            self.take().map(|(status, octets, _)| (status, octets))
        }
    }

    #[test]
    fn the_device_id_is_prefixed_by_its_whole_length() {
        let (status, id) = Host::new().ask(0xa1, 0, 0);
        assert_eq!(status, DONE);
        assert_eq!(usize::from(u16::from_be_bytes([id[0], id[1]])), id.len());
        assert!(id[2..].starts_with(b"MFG:RIG;"));
    }

    #[test]
    fn a_held_transfer_completes_once_the_printer_takes_data_again() {
        let mut host = Host::new();
        host.printer.accept(Some(3)).unwrap();
        assert_eq!(host.send(b"abc"), Some((DONE, 3)));
        assert_eq!(host.send(b"d"), None);
        assert_eq!(host.printer.received(), 3);
        host.printer.accept(None).unwrap();
        assert_eq!(
            host.take().map(|(status, octets, _)| (status, octets)),
            Some((DONE, 1))
        );
        assert_eq!(host.printed.all(), b"abcd");
    }

    #[test]
    fn a_transfer_that_the_host_gives_up_is_not_printed() {
        let mut host = Host::new();
        host.printer.accept(Some(0)).unwrap();
        assert_eq!(host.send(b"abc"), None);
        let mut unlink = |sequence| {
            let target = 1;
            host.printer
                .handle(Command::Unlink { sequence, target })
                .unwrap();
            let reply = mem::take(&mut *host.replies.0.lock().unwrap());
            i32::from_be_bytes(reply[20..24].try_into().unwrap())
        };
        assert_eq!(unlink(2), UNLINKED);
        assert_eq!(unlink(3), DONE, "there is nothing left to end");
        host.printer.accept(None).unwrap();
        assert_eq!(host.printer.received(), 0);
    }

    #[test]
    fn a_stall_lasts_until_the_host_clears_it() {
        let mut host = Host::new();
        host.printer.stall_out().unwrap();
        assert_eq!(host.send(b"x"), Some((STALLED, 0)));
        assert_eq!(host.ask(0x02, 1, OUT_ENDPOINT).0, DONE);
        assert_eq!(host.send(b"x"), Some((DONE, 1)));
    }

    #[test]
    fn a_rule_answers_a_request() {
        let mut host = Host::new();
        host.printer.add_rule(vec![0x10, 0x04, 0x01], vec![0x16]);
        host.submit(IN_ENDPOINT, true, [0; 8], &[]);
        assert_eq!(host.take(), None);
        host.submit(OUT_ENDPOINT, false, [0; 8], &[0x1b, 0x40, 0x10, 0x04, 0x01]);
        let replies = host.replies.all();
        assert_eq!(replies.last(), Some(&0x16));
        assert_eq!(replies.len(), 48 + 48 + 1);
    }
}
