//! Random event sequences: whatever happens, the promises hold.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Act {
    Submit {
        priority: u8,
        safe: bool,
    },
    SubmitTimed {
        safe: bool,
        not_before: u64,
        expires: u64,
    },
    Settle {
        works: bool,
    },
    Outcome(u8),
    Report(u8),
    Look(u8),
    Command {
        job: u64,
        which: u8,
    },
    Pause {
        who: u8,
        paused: bool,
    },
    Advance(u64),
    ClockBack(u64),
    Taken,
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_u8..10, any::<bool>()).prop_map(|(priority, safe)| Act::Submit { priority, safe }),
        2 => (any::<bool>(), 0_u64..60_000, 0_u64..90_000).prop_map(|(safe, not_before, expires)| {
            Act::SubmitTimed { safe, not_before, expires }
        }),
        10 => prop::bool::weighted(0.9).prop_map(|works| Act::Settle { works }),
        6 => (0_u8..8).prop_map(Act::Outcome),
        2 => (0_u8..4).prop_map(Act::Report),
        4 => (0_u8..5).prop_map(Act::Look),
        3 => (1_u64..20, 0_u8..8).prop_map(|(job, which)| Act::Command { job, which }),
        1 => (0_u8..4, prop::bool::weighted(0.3))
            .prop_map(|(who, paused)| Act::Pause { who, paused }),
        3 => (1_u64..40_000).prop_map(Act::Advance),
        1 => (1_u64..900_000).prop_map(Act::ClockBack),
        2 => Just(Act::Taken),
        1 => Just(Act::Restart),
    ]
}

fn play(world: &mut World, acts: Vec<Act>) {
    let mut ticket = 1_000_000;
    for act in acts {
        ticket += 1;
        match act {
            Act::Submit { priority, safe } => {
                world.submit(priority, if safe { Repeat::Safe } else { Repeat::Never });
            }
            Act::SubmitTimed {
                safe,
                not_before,
                expires,
            } => {
                let repeat = if safe { Repeat::Safe } else { Repeat::Never };
                let now = world.now;
                world.submit_timed(3, repeat, Some(now + not_before), Some(now + expires));
            }
            Act::Settle { works } => world.settle(works),
            Act::Outcome(n) => {
                let code = ErrorCode::DeviceLost;
                let detail = String::new();
                world.end_delivery(match n {
                    0 => Outcome::NotStarted { code, detail },
                    1 => Outcome::Interrupted {
                        octets_sent: 1,
                        code,
                        detail,
                    },
                    2 => Outcome::Aborted { code, detail },
                    3 => Outcome::Canceled { octets_sent: 1 },
                    4 | 5 => unready(),
                    _ => completed(),
                });
            }
            Act::Report(n) => {
                let report = match n {
                    0 => Report::Progress { octets_sent: 1 },
                    1 => out_of_paper(),
                    2 => Report::Device(DeviceStatus::ready(StatusSource::EscPos)),
                    _ => Report::SpoolerJob { id: 7 },
                };
                world.step(Input::Report(report));
            }
            Act::Look(n) => world.look(match n {
                0 => no_paper(),
                1 => away(),
                2 => DeviceStatus {
                    state: None,
                    reasons: Vec::new(),
                    reachable: None,
                    source: StatusSource::Connection,
                },
                _ => DeviceStatus::ready(StatusSource::EscPos),
            }),
            Act::Command { job, which } => {
                let command = match which {
                    0 => JobCommand::Cancel(By::Origin),
                    1 => JobCommand::Hold(By::Origin),
                    2 => JobCommand::Release(By::Origin),
                    5 => JobCommand::Hold(By::Operator),
                    6 => JobCommand::Release(By::Operator),
                    7 => JobCommand::Cancel(By::Operator),
                    3 => JobCommand::Repeat(By::Operator),
                    _ => JobCommand::MarkPrinted,
                };
                let job_id = JobId::from_random(job.into());
                if world.accepted.contains(&job_id) {
                    world.step(Input::Command {
                        job_id,
                        command,
                        ticket: Ticket(ticket),
                    });
                }
            }
            Act::Pause { who, paused } => {
                let who = pauser(who);
                let ticket = Ticket(ticket);
                world.step(if paused {
                    Input::Pause { pause: who, ticket }
                } else {
                    Input::Resume { who, ticket }
                });
            }
            Act::Advance(ms) => world.advance(ms),
            Act::ClockBack(ms) => {
                let before = world.now;
                world.now = world.now.saturating_sub(ms);
                let by_ms = -(before - world.now).cast_signed();
                // How long ago that was cannot be told by this clock any more,
                // also when it comes to the same time again.
                world.no_paper_at = None;
                world.step(Input::ClockSet { by_ms });
                world.step(Input::Tick);
            }
            Act::Taken => {
                if let Some(job_id) = world.offered.pop() {
                    world.step(Input::Taken { job_id });
                }
            }
            Act::Restart => world.restart(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Whatever happens, an accepted job is never lost and ends at most once,
    /// one job at a time is delivered, and nothing is told before it is durable
    /// (asserted inside [`World`]).
    #[test]
    fn every_accepted_job_ends_exactly_once(acts in prop::collection::vec(act(), 1..120)) {
        let mut world = World::new();
        play(&mut world, acts);
        for (ticket, who) in (0..4).map(pauser).enumerate() {
            let ticket = Ticket(u64::MAX - ticket as u64);
            world.step(Input::Resume { who, ticket });
        }
        world.run_out();
        for job_id in &world.accepted {
            let state = world.states[job_id];
            let waits_for_a_person =
                matches!(state, JobState::Interrupted | JobState::PendingHeld);
            let moved = world.moved.contains(job_id);
            prop_assert!(state.is_terminal() || waits_for_a_person || moved, "{job_id} is {state:?}");
        }
        for (job_id, times) in &world.ended {
            prop_assert!(*times <= 1, "{job_id} ended {times} times");
        }
        prop_assert!(world.queue.open_jobs(None) <= LIMITS.jobs_max);
    }

    /// Without failures, jobs are delivered in the order of (priority,
    /// acceptance), each once.
    #[test]
    fn jobs_of_a_printer_are_delivered_in_order(priorities in prop::collection::vec(0_u8..10, 1..40)) {
        let mut world = World::new();
        // A first job keeps the printer busy while the others come in.
        world.submit(0, Repeat::Never);
        world.settle_all();
        for priority in &priorities {
            world.submit(*priority, Repeat::Never);
        }
        world.run_out();
        let mut expected: Vec<(u8, u64)> =
            priorities.iter().zip(2_u64..).map(|(priority, n)| (*priority, n)).collect();
        expected.sort_unstable();
        let expected: Vec<JobId> = std::iter::once(1)
            .chain(expected.into_iter().map(|(_, n)| n))
            .map(|n| JobId::from_random(n.into()))
            .collect();
        prop_assert_eq!(world.delivered, expected);
    }
}
