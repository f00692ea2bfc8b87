//! The machine driven by hand: what it prints, what it answers, and what each
//! fault does to both. No sockets, no clock: a bench moves the time.

use super::*;
use crate::options::{Drain, JobEnds, RandomFaults};
use proptest::prelude::*;

const ONE: ConnectionId = ConnectionId(1);
const TWO: ConnectionId = ConnectionId(2);

/// `GS ( H` function 48.
const ASK_ID: &[u8] = b"\x1d(H\x06\x0000ABCD";
const ID_ANSWER: &[u8] = b"\x37\x22ABCD\x00";

/// A machine, what it has sent, and the jobs it has ended.
struct Bench {
    machine: Machine,
    now: Duration,
    sent: Vec<u8>,
    jobs: Vec<PrintedJob>,
    effects: Vec<Effect>,
}

impl Bench {
    fn new(options: Options) -> Self {
        Self {
            machine: Machine::new(options),
            now: Duration::ZERO,
            sent: Vec::new(),
            jobs: Vec::new(),
            effects: Vec::new(),
        }
    }

    fn connected() -> Self {
        let mut bench = Self::new(Options::default());
        bench.step(Input::Connected(ONE));
        bench
    }

    fn step(&mut self, input: Input) {
        for effect in self.machine.step(input, self.now) {
            match effect {
                Effect::Send { octets, .. } => self.sent.extend(octets),
                Effect::JobEnded(job) => self.jobs.push(*job),
                other => self.effects.push(other),
            }
        }
    }

    /// Sends as a client on the wire: no more than the printer reads.
    fn send(&mut self, octets: &[u8]) -> usize {
        let mut rest = octets;
        while !rest.is_empty() {
            let wanted = self.machine.wanted(ONE).min(rest.len());
            if wanted == 0 {
                break;
            }
            let (piece, after) = rest.split_at(wanted);
            self.step(Input::Received {
                connection: ONE,
                octets: piece.to_vec(),
            });
            rest = after;
        }
        octets.len() - rest.len()
    }

    fn arm(&mut self, fault: Fault, when: When) {
        self.step(Input::Arm(Arming::new(fault, when)));
    }

    fn operate(&mut self, operation: Operation) {
        self.step(Input::Operation(operation));
    }

    /// Lets time pass until nothing waits for it.
    fn run(&mut self) {
        while let Some(wake) = self.machine.next_wake() {
            self.now = wake.max(self.now);
            self.step(Input::Tick);
        }
    }

    fn sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent)
    }

    fn under_way(&self) -> PrintedJob {
        self.machine.jobs_under_way().remove(0)
    }
}

#[test]
fn a_job_is_what_came_on_a_connection_and_is_complete_when_it_is_on_paper() {
    let mut bench = Bench::connected();
    bench.send(b"\x1b@Hello\n\x1dVA\x00");
    assert_eq!(bench.jobs, []);
    bench.step(Input::Finished(ONE));
    let job = &bench.jobs[0];
    assert_eq!(job.text(), "Hello\n[cut]\n");
    assert_eq!((job.cuts, job.octets_received), (1, 12));
    assert!(job.is_complete());
    assert_eq!(bench.effects, [Effect::Close(ONE)]);
}

#[test]
fn what_waits_in_the_row_is_not_printed() {
    let mut bench = Bench::connected();
    bench.send(b"one\ntwo");
    assert_eq!(bench.under_way().octets_printed, 4);
    bench.send(b"\n");
    assert_eq!(bench.under_way().octets_printed, 8);
}

#[test]
fn a_row_that_wraps_is_printed_without_a_line_feed() {
    let mut bench = Bench::connected();
    bench.send(&[b'x'; 64 + 16]);
    let job = bench.under_way();
    assert_eq!(job.octets_printed, 48);
    assert_eq!(job.text(), "x".repeat(48) + "\n");
}

#[test]
fn a_process_id_is_answered_once_when_everything_before_it_is_on_paper() {
    let mut bench = Bench::connected();
    bench.operate(Operation::PaperOut);
    bench.send(b"Hello\n");
    bench.send(ASK_ID);
    assert_eq!(bench.sent(), b"");
    bench.operate(Operation::PaperNew);
    assert_eq!(bench.sent(), ID_ANSWER);
    bench.run();
    bench.step(Input::Finished(ONE));
    assert_eq!(bench.sent(), b"");
    assert_eq!(bench.jobs[0].process_ids, ["ABCD"]);
}

#[test]
fn a_process_id_waits_for_the_row_before_it() {
    let mut bench = Bench::connected();
    bench.send(b"no line feed");
    bench.send(ASK_ID);
    assert_eq!(bench.sent(), b"");
    bench.send(b"\n");
    assert_eq!(bench.sent(), ID_ANSWER);
}

#[test]
fn real_time_status_is_answered_while_the_buffer_is_blocked() {
    let mut bench = Bench::connected();
    bench.operate(Operation::CoverOpen);
    let taken = bench.send(&[b'\n'; 100_000]);
    assert_eq!(taken, 4096 + LOOKAHEAD_OCTETS);
    assert_eq!(bench.machine.wanted(ONE), 0);
    assert_eq!(bench.under_way().octets_printed, 0);
    bench.operate(Operation::CoverClose);
    assert_eq!(bench.under_way().octets_printed, taken as u64);

    bench.operate(Operation::CoverOpen);
    bench.send(&[b'\n'; 4096]);
    for _ in 0..1000 {
        bench.send(b"\x10\x04\x02");
    }
    assert_eq!(bench.sent(), [0x16; 1000]);
}

#[test]
fn paper_out_keeps_what_was_received_and_new_paper_prints_it() {
    let mut bench = Bench::new(Options {
        // Two lines of 30 dots, and a bit.
        roll_mm: Some(8),
        near_end_mm: 0,
        ..Options::default()
    });
    bench.step(Input::Connected(ONE));
    bench.send(b"1\n2\n3\n4\n");
    bench.step(Input::Finished(ONE));
    assert_eq!(bench.jobs, []);
    assert_eq!(bench.under_way().text(), "1\n2\n");
    assert_eq!(bench.machine.status().paper, Paper::Out);
    bench.operate(Operation::PaperNew);
    assert_eq!(bench.jobs[0].text(), "1\n2\n3\n4\n");
    assert!(bench.jobs[0].is_complete());
}

#[test]
fn automatic_status_tells_each_change_of_an_enabled_group_and_no_other() {
    let mut bench = Bench::connected();
    bench.send(b"\x1da\x0a");
    assert_eq!(bench.sent(), [0x10, 0, 0, 0]);
    bench.operate(Operation::DrawerOpen);
    assert_eq!(bench.sent(), b"", "the drawer is not asked for");
    bench.operate(Operation::PaperLow);
    assert_eq!(bench.sent(), [0x14, 0, 0x03, 0]);
    bench.operate(Operation::CoverOpen);
    assert_eq!(bench.sent(), [0x3C, 0, 0x03, 0]);
    bench.operate(Operation::CoverOpen);
    assert_eq!(bench.sent(), b"");
    bench.operate(Operation::CoverClose);
    assert_eq!(bench.sent(), [0x14, 0, 0x03, 0]);
    bench.send(b"\x1b@");
    bench.operate(Operation::CoverOpen);
    assert_eq!(bench.sent(), b"", "ESC @ turns it off");
}

#[test]
fn questions_in_the_stream_are_answered_in_their_turn() {
    let mut bench = Bench::connected();
    bench.operate(Operation::PaperLow);
    bench.send(b"\x1dr\x01\x1dr\x02\x1dI\x43\x1bv");
    assert_eq!(bench.sent(), b"\x03\x00\x5fEMULATOR\x00\x03");
    bench.operate(Operation::CoverOpen);
    bench.send(b"\x1dr\x01\x10\x04\x01");
    assert_eq!(bench.sent(), [0x1A], "only what is answered in real time");
}

#[test]
fn a_jam_is_recovered_by_the_sender() {
    let mut bench = Bench::connected();
    bench.arm(Fault::Jam, When::AfterOctets(4));
    bench.send(b"one\ntwo\n");
    bench.send(b"\x10\x04\x03");
    assert_eq!(bench.sent(), [0x1A]);
    assert_eq!(bench.under_way().text(), "one\n");
    bench.send(b"\x10\x05\x01\x10\x04\x03");
    assert_eq!(bench.sent(), [0x12]);
    assert_eq!(bench.under_way().text(), "one\ntwo\n");
}

#[test]
fn clearing_the_buffers_ends_the_job_and_is_told() {
    let mut bench = Bench::connected();
    bench.arm(Fault::Stuck, When::AfterLines(1));
    bench.send(b"one\ntwo\n");
    bench.send(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08three\n");
    assert_eq!(bench.sent(), b"\x37\x25\x00");
    assert_eq!(bench.jobs[0].text(), "one\n");
    assert_eq!(bench.jobs[0].end, Some(JobEnd::Cleared));
    bench.step(Input::Finished(ONE));
    assert_eq!(bench.jobs[1].text(), "three\n");
    assert!(bench.jobs[1].is_complete());
}

#[test]
fn a_power_failure_loses_the_buffer_and_refuses_until_power_is_back() {
    let mut bench = Bench::connected();
    bench.operate(Operation::CoverOpen);
    bench.send(b"Hello\n");
    bench.operate(Operation::PowerOff);
    assert_eq!(bench.effects, [Effect::Reset(ONE)]);
    assert_eq!(bench.jobs[0].octets_printed, 0);
    assert_eq!(bench.machine.listening(), Listening::Refusing);
    bench.operate(Operation::CoverClose);
    bench.operate(Operation::PowerOn);
    assert_eq!(bench.machine.listening(), Listening::Open);
    assert_eq!(bench.machine.status().octets_buffered, 0);
}

#[test]
fn a_drawer_is_kicked_in_its_turn_or_at_once() {
    let mut bench = Bench::connected();
    bench.operate(Operation::CoverOpen);
    bench.send(b"\x1bp\x00\x19\x19");
    assert!(!bench.machine.status().drawer_open);
    bench.send(b"\x10\x14\x01\x00\x01");
    assert!(bench.machine.status().drawer_open);
    bench.operate(Operation::CoverClose);
    bench.step(Input::Finished(ONE));
    assert_eq!(bench.jobs[0].kicks, 2);
}

#[test]
fn a_reset_after_so_many_octets_reads_exactly_those_and_prints_them() {
    let mut bench = Bench::connected();
    bench.arm(Fault::Reset, When::AfterOctets(5));
    assert_eq!(bench.send(b"one\ntwo\nthree\n"), 5);
    assert_eq!(bench.effects, [Effect::Reset(ONE)]);
    assert_eq!(bench.jobs[0].octets, b"one\nt");
    assert_eq!(bench.jobs[0].end, Some(JobEnd::CutOff));
}

#[test]
fn a_reset_after_the_last_octet_comes_before_the_word_and_after_the_paper() {
    for last in [Input::Finished(ONE), Input::Tick] {
        let mut bench = Bench::connected();
        bench.arm(Fault::Reset, When::AfterLastOctet);
        bench.send(b"Hello\n");
        if matches!(last, Input::Tick) {
            bench.send(ASK_ID);
        }
        bench.step(last);
        assert_eq!(bench.effects, [Effect::Reset(ONE)]);
        assert_eq!(bench.sent(), b"");
        assert_eq!(bench.jobs[0].text(), "Hello\n");
    }
}

#[test]
fn a_mechanical_fault_after_the_last_octet_leaves_the_paper_and_holds_the_word() {
    let mut bench = Bench::connected();
    bench.arm(Fault::Jam, When::AfterLastOctet);
    bench.send(b"Hello\n");
    bench.send(ASK_ID);
    assert_eq!(bench.sent(), b"");
    assert_eq!(bench.under_way().text(), "Hello\n");
    bench.operate(Operation::Recover);
    assert_eq!(bench.sent(), ID_ANSWER);
}

#[test]
fn between_jobs_a_fault_waits_for_the_end_of_the_job_under_way() {
    let mut bench = Bench::connected();
    bench.send(b"Hello\n");
    bench.arm(Fault::PaperOut, When::BetweenJobs);
    assert_eq!(bench.machine.status().paper, Paper::Adequate);
    bench.step(Input::Finished(ONE));
    assert_eq!(bench.machine.status().paper, Paper::Out);
    assert!(bench.jobs[0].is_complete());
}

#[test]
fn a_fault_mends_itself_after_its_time() {
    let mut bench = Bench::connected();
    let arming = Arming::new(Fault::PaperOut, When::Now).lasting_ms(500);
    bench.step(Input::Arm(arming));
    bench.send(b"Hello\n");
    assert_eq!(bench.machine.next_wake(), Some(Duration::from_millis(500)));
    assert_eq!(bench.under_way().octets_printed, 0);
    bench.run();
    assert_eq!(bench.now, Duration::from_millis(500));
    assert_eq!(bench.under_way().octets_printed, 6);
}

#[test]
fn a_stalled_printer_reads_nothing_until_it_is_healed() {
    for fault in [Fault::Stall, Fault::ZeroWindow] {
        let mut bench = Bench::connected();
        bench.arm(fault, When::AfterOctets(2));
        assert_eq!(bench.send(b"Hello\n"), 2);
        bench.operate(Operation::Heal);
        assert_eq!(bench.send(b"llo\n"), 4);
        bench.step(Input::Finished(ONE));
        assert!(bench.jobs[0].is_complete());
    }
}

#[test]
fn replies_are_withheld_spoiled_or_late_as_told() {
    let ask = b"\x10\x04\x01";
    let mut bench = Bench::connected();
    bench.arm(Fault::Mute, When::Now);
    bench.send(ask);
    assert_eq!(bench.sent(), b"");
    bench.operate(Operation::Heal);
    bench.arm(Fault::WrongReplies, When::Now);
    bench.send(ask);
    let sent = bench.sent();
    assert_eq!(sent.len(), 1);
    assert_ne!(sent[0] & 0x93, 0x12);
    bench.operate(Operation::Heal);
    bench.arm(Fault::DelayReplies { ms: 300 }, When::Now);
    bench.send(ask);
    assert_eq!(bench.sent(), b"");
    bench.run();
    assert_eq!(bench.sent(), [0x12]);
    assert_eq!(bench.now, Duration::from_millis(300));
}

#[test]
fn endless_replies_begin_on_every_connection_and_stop() {
    let mut bench = Bench::connected();
    bench.arm(Fault::EndlessReplies, When::Now);
    bench.operate(Operation::Heal);
    let babble = |on| Effect::Babble {
        connection: ONE,
        on,
    };
    assert_eq!(bench.effects, [babble(true), babble(false)]);
}

#[test]
fn a_printer_is_as_slow_as_it_is_said_to_be() {
    for (drain, expected_ms) in [
        (Drain::OctetsPerSecond(1000), 1000),
        (Drain::LinesPerSecond(50), 10_000),
    ] {
        let mut bench = Bench::new(Options {
            drain,
            ..Options::default()
        });
        bench.step(Input::Connected(ONE));
        bench.send(&b"\n".repeat(500));
        bench.send(&b"\x1b@".repeat(250));
        bench.run();
        bench.step(Input::Finished(ONE));
        bench.run();
        assert!(bench.jobs[0].is_complete());
        let spent_ms = bench.now.as_millis();
        let tolerated = expected_ms / 20;
        assert!(
            (expected_ms - tolerated..=expected_ms + tolerated).contains(&spent_ms),
            "{drain:?}: {spent_ms}"
        );
    }
}

#[test]
fn on_a_kept_connection_a_cut_or_an_answer_ends_a_job() {
    for (job_ends, expected) in [
        (JobEnds::Connection, vec![]),
        (JobEnds::Cut, vec!["one\n[cut]\n", "two\n[cut]\n"]),
        (JobEnds::ProcessId, vec!["one\n[cut]\n", "two\n[cut]\n"]),
    ] {
        let mut bench = Bench::new(Options {
            job_ends,
            ..Options::default()
        });
        bench.step(Input::Connected(ONE));
        for name in ["one", "two"] {
            bench.send(format!("{name}\n\x1dV\x00").as_bytes());
            bench.send(ASK_ID);
        }
        let texts: Vec<_> = bench.jobs.iter().map(PrintedJob::text).collect();
        assert_eq!(texts, expected, "{job_ends:?}");
        assert!(bench.jobs.iter().all(PrintedJob::is_complete));
    }
}

#[test]
fn a_connection_that_only_asks_is_no_job() {
    let mut bench = Bench::connected();
    bench.send(b"\x10\x04\x01\x1da\xff\x10\x04\x02");
    bench.step(Input::Finished(ONE));
    assert_eq!(bench.jobs, []);
    assert_eq!(bench.machine.status().jobs_ended, 0);
}

#[test]
fn two_connections_print_one_after_the_other_and_never_mixed() {
    let mut bench = Bench::connected();
    bench.step(Input::Connected(TWO));
    bench.send(b"one\n");
    let from_two = |octets: &[u8]| Input::Received {
        connection: TWO,
        octets: octets.to_vec(),
    };
    bench.step(from_two(b"two\n"));
    bench.send(b"more\n");
    bench.step(Input::Finished(TWO));
    assert_eq!(bench.jobs, [], "the second waits");
    bench.step(Input::Finished(ONE));
    let texts: Vec<_> = bench.jobs.iter().map(PrintedJob::text).collect();
    assert_eq!(texts, ["one\nmore\n", "two\n"]);
}

#[test]
fn an_error_that_cannot_be_recovered_goes_with_the_power() {
    let mut bench = Bench::connected();
    bench.arm(Fault::Broken, When::Now);
    bench.send(b"\x10\x05\x01\x10\x05\x02");
    bench.operate(Operation::Recover);
    assert!(!bench.machine.status().is_online);
    bench.operate(Operation::PowerOff);
    bench.operate(Operation::PowerOn);
    assert!(bench.machine.status().is_online);
}

#[test]
fn a_script_is_followed_by_connection_and_by_time() {
    let step = |moment, act| Step { moment, act };
    let mut bench = Bench::new(Options {
        plan: vec![
            step(
                StepMoment::Connection(2),
                StepAct::Fault(Arming::new(Fault::Reset, When::Now)),
            ),
            step(
                StepMoment::AfterMs(700),
                StepAct::Operation(Operation::CoverOpen),
            ),
        ],
        ..Options::default()
    });
    bench.step(Input::Connected(ONE));
    assert_eq!(bench.effects, []);
    bench.step(Input::Connected(TWO));
    assert_eq!(bench.effects, [Effect::Reset(TWO)]);
    bench.run();
    assert_eq!(bench.now, Duration::from_millis(700));
    assert!(bench.machine.status().cover_open);
}

/// Anything that can happen.
fn inputs() -> impl Strategy<Value = Vec<(Input, u64)>> {
    let connection = prop_oneof![Just(ONE), Just(TWO)];
    let octets = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::sample::select(vec![
            b"Hello\n".to_vec(),
            b"no end".to_vec(),
            b"\x1dV\x00".to_vec(),
            b"\x10\x04\x01".to_vec(),
            b"\x10\x05\x02".to_vec(),
            b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08".to_vec(),
            b"\x10\x14\x02\x01\x08".to_vec(),
            b"\x1da\xff".to_vec(),
            ASK_ID.to_vec(),
        ]),
    ];
    let when = prop_oneof![
        Just(When::Now),
        Just(When::NextConnection),
        (0u64..300).prop_map(When::AfterOctets),
        (0u32..5).prop_map(When::AfterLines),
        Just(When::AfterLastOctet),
        Just(When::BetweenJobs),
    ];
    let arming = (
        prop::sample::select(Fault::ALL.to_vec()),
        when,
        prop::option::of(0u64..500),
    )
        .prop_map(|(fault, when, lasts_ms)| Arming {
            fault,
            when,
            lasts_ms,
        });
    let input = prop_oneof![
        2 => connection.clone().prop_map(Input::Connected),
        8 => (connection.clone(), octets)
            .prop_map(|(connection, octets)| Input::Received { connection, octets }),
        2 => connection.clone().prop_map(Input::Finished),
        1 => connection.prop_map(Input::Lost),
        2 => prop::sample::select(Operation::ALL.to_vec()).prop_map(Input::Operation),
        2 => arming.prop_map(Input::Arm),
        2 => Just(Input::Tick),
    ];
    prop::collection::vec((input, 0u64..400), 0..60)
}

/// What a run of inputs led to.
#[derive(Debug, PartialEq)]
struct Outcome {
    effects: Vec<Effect>,
    jobs: Vec<PrintedJob>,
    status: Status,
}

/// Plays inputs as the sockets do: a connection that is open is not made
/// again, and one that is not sends nothing.
fn play(inputs: Vec<(Input, u64)>, options: Options) -> Outcome {
    let mut bench = Bench::new(options);
    let mut known = Vec::new();
    let mut effects = Vec::new();
    for (input, ms) in inputs {
        bench.now += Duration::from_millis(ms);
        match &input {
            Input::Connected(connection) => {
                if known.contains(connection) {
                    continue;
                }
                known.push(*connection);
            }
            Input::Received { connection, octets }
                if bench.machine.wanted(*connection) < octets.len() =>
            {
                continue;
            }
            _ => {}
        }
        let before = bench.machine.status();
        bench.step(input);
        effects.append(&mut bench.effects);
        let after = bench.machine.status();
        assert!(after.paper_used_mm >= before.paper_used_mm);
        assert!(after.octets_buffered <= 4096 + LOOKAHEAD_OCTETS);
        for job in bench.jobs.iter().chain(&bench.machine.jobs_under_way()) {
            assert!(job.octets_printed <= job.octets_received, "{job:?}");
            assert!(job.octets.len() as u64 == job.octets_printed);
        }
    }
    Outcome {
        effects,
        jobs: bench.jobs,
        status: bench.machine.status(),
    }
}

proptest! {
    /// Whatever comes, in whatever order: nothing panics, nothing is printed
    /// that was not received, the buffer keeps its bound, and time does not
    /// hang.
    #[test]
    fn whatever_happens_the_printer_stays_a_printer(inputs in inputs()) {
        let outcome = play(inputs, Options::default());
        let numbers: Vec<_> = outcome.jobs.iter().map(|job| job.number).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(sorted.len(), numbers.len(), "each job ends once");
        prop_assert_eq!(outcome.status.jobs_ended, numbers.len() as u64);
    }

    /// What is not told to fail prints completely, however it is cut, at any
    /// pace.
    #[test]
    fn a_healthy_printer_prints_everything_however_it_arrives(
        job in prop::collection::vec(prop::sample::select(b"ab \n\x1b@\x1dV\x00".to_vec()), 1..400),
        sizes in prop::collection::vec(1usize..50, 1..10),
        slow: bool,
    ) {
        let drain = if slow { Drain::OctetsPerSecond(1000) } else { Drain::AtOnce };
        let mut bench = Bench::new(Options { drain, ..Options::default() });
        bench.step(Input::Connected(ONE));
        let mut rest = &job[..];
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(size.min(rest.len()));
            prop_assert_eq!(bench.send(piece), piece.len());
            bench.run();
            rest = after;
        }
        bench.step(Input::Finished(ONE));
        bench.run();
        for printed in &bench.jobs {
            prop_assert!(printed.is_complete());
            prop_assert_eq!(&printed.octets, &job);
        }
    }

    /// The same seed and the same connections give the same run.
    #[test]
    fn the_same_seed_gives_the_same_run(seed: u64, jobs in 1u64..20) {
        let run = || {
            let mut bench = Bench::new(Options {
                random: Some(RandomFaults { seed, one_in: 2, lasts_ms_max: 300 }),
                ..Options::default()
            });
            let mut log = Vec::new();
            for number in 1..=jobs {
                let connection = ConnectionId(number);
                bench.step(Input::Connected(connection));
                let octets = b"Hello\n\x10\x04\x01".to_vec();
                bench.step(Input::Received { connection, octets });
                bench.step(Input::Finished(connection));
                bench.run();
                log.push((bench.sent(), bench.now));
            }
            (log, bench.jobs)
        };
        prop_assert_eq!(run(), run());
    }
}
