//! The queue driven over random event sequences, against a model of a store
//! and a printer that do whatever they like.

use std::collections::{BTreeMap, HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::backend::{DeviceStatus, Outcome, Pace, Report};
use crate::dispatch::DocumentBody;
use crate::job::NewDocument;
use platen_protocol::{Digest, Evidence, Job, PrinterState, PrinterStateReason, StatusSource};

const LIMITS: QueueLimits = QueueLimits {
    jobs_max: 50,
    attempts_max: 3,
};

fn printer() -> PrinterId {
    "till".parse().unwrap()
}

fn job(number: u64, priority: u8, repeat: Repeat) -> Arc<NewJob> {
    Arc::new(NewJob {
        job_id: JobId::from_random(number.into()),
        origin: Some("https://pos.example".parse().unwrap()),
        printer: printer(),
        name: "receipt".into(),
        priority,
        documents: vec![NewDocument {
            format: "application/octet-stream".to_owned(),
            octets: 3,
            sha256: Digest::of(b"abc"),
            body: DocumentBody {
                pieces: vec![bytes::Bytes::from_static(b"abc")],
            },
        }],
        idempotency_key: None,
        digest: Digest::of(b""),
        not_before: None,
        expires_at: None,
        repeat,
        reprint_of: None,
    })
}

/// A store and a printer around a queue, in which everything is visible.
struct World {
    queue: Queue,
    now: TimestampMs,
    next: u64,
    /// Asked and not answered, oldest first.
    commits: Vec<(CommitId, Vec<Change>)>,
    /// What is durable.
    states: BTreeMap<JobId, JobState>,
    reasons: HashMap<JobId, Vec<JobStateReason>>,
    attempts: HashMap<JobId, u32>,
    submitted: HashMap<JobId, Arc<NewJob>>,
    delivering: Option<JobId>,
    /// Jobs in the order in which they were delivered.
    delivered: Vec<JobId>,
    accepted: HashSet<JobId>,
    ended: HashMap<JobId, u32>,
    replies: HashMap<Ticket, Reply>,
    /// Rows of history.
    rows: usize,
    /// When the device last said that it has no paper, and nothing since.
    no_paper_at: Option<TimestampMs>,
    /// Who has the printer paused, as far as it was asked.
    paused: Vec<Pause>,
    /// And as far as it is durable.
    pauses: BTreeMap<Pause, TimestampMs>,
    /// Jobs the backup printer was asked about.
    offered: Vec<JobId>,
    /// Jobs whose durable row names the backup printer.
    moved: HashSet<JobId>,
    handed_over: Vec<(JobId, Box<Moving>)>,
    /// Whether a delivery was asked to stop.
    called_off: bool,
    /// Jobs of which at least one octet left.
    octets_left: HashSet<JobId>,
    /// Jobs that an operator holds.
    operator_holds: HashSet<JobId>,
    /// Tries of a job that failed otherwise than by waiting.
    failures: HashMap<JobId, u32>,
    /// What is told of jobs that expired.
    expired: Vec<Option<String>>,
}

impl World {
    fn new() -> Self {
        let (queue, effects) = Queue::recover(
            printer(),
            LIMITS,
            Pauses::default(),
            Some(backup()),
            Vec::new(),
            0,
        );
        assert!(effects.is_empty());
        Self {
            queue,
            now: 1_000_000,
            next: 0,
            commits: Vec::new(),
            states: BTreeMap::new(),
            reasons: HashMap::new(),
            attempts: HashMap::new(),
            submitted: HashMap::new(),
            paused: Vec::new(),
            pauses: BTreeMap::new(),
            offered: Vec::new(),
            moved: HashSet::new(),
            handed_over: Vec::new(),
            called_off: false,
            octets_left: HashSet::new(),
            operator_holds: HashSet::new(),
            delivering: None,
            delivered: Vec::new(),
            accepted: HashSet::new(),
            ended: HashMap::new(),
            replies: HashMap::new(),
            rows: 0,
            no_paper_at: None,
            failures: HashMap::new(),
            expired: Vec::new(),
        }
    }

    fn step(&mut self, input: Input) {
        match &input {
            Input::Pause { pause, .. } if !self.paused.contains(pause) => {
                self.paused.push(pause.clone());
            }
            Input::Resume { who, .. } => {
                let operator = *who == Pause::Operator;
                if operator {
                    // Whoever stands before the printer knows better.
                    self.no_paper_at = None;
                }
                self.paused
                    .retain(|by| by != who && !(operator && matches!(by, Pause::Site(_))));
            }
            _ => {}
        }
        if matches!(&input, Input::Outcome(_) | Input::Report(_)) {
            self.no_paper_at = None;
        }
        let before = self.leased();
        let effects = self.queue.step(input, self.now);
        self.perform(effects);
        if self.queue.active.is_some() {
            assert_eq!(self.queue.pace(), None, "watched during a job");
        }
        if self.leased().is_some() && self.leased() != before {
            assert!(self.paused.is_empty(), "started on a paused printer");
            let stopped = self
                .no_paper_at
                .is_some_and(|at| at <= self.now && self.now < at + 30_000);
            assert!(!stopped, "started on a printer without paper");
        }
    }

    fn leased(&self) -> Option<JobId> {
        let active = self.queue.active.as_ref();
        active.map(|active| active.job_id.clone())
    }

    /// Somebody looks at the device, as long as no job has it.
    fn look(&mut self, status: DeviceStatus) {
        if self.queue.pace().is_none() {
            return;
        }
        let source_knows = status.reachable == Some(true);
        let stops = status.stops();
        self.no_paper_at = match (source_knows, stops) {
            (true, true) => Some(self.now),
            (true, false) => None,
            (false, _) => self.no_paper_at,
        };
        self.step(Input::Device(status));
    }

    /// Whatever is asked of the store is legal, before it is durable.
    fn check(&mut self, changes: &[Change]) {
        for change in changes {
            let Change::Transition(row) = change else {
                continue;
            };
            match row.cause {
                "held-by-operator" => {
                    self.operator_holds.insert(row.job_id.clone());
                }
                "released-by-operator" => {
                    self.operator_holds.remove(&row.job_id);
                }
                _ => {}
            }
            if row.cause == "rerouted" {
                let begun = self.octets_left.contains(&row.job_id);
                assert!(!begun, "moved although an octet left");
            }
            if row.cause == "expired" {
                self.expired.push(row.detail.clone());
                let begun = self.octets_left.contains(&row.job_id);
                assert!(!begun, "what may be on paper does not expire");
            }
            if row.from == JobState::PendingHeld && row.after.state == JobState::Pending {
                let by_operator = row.cause == "released-by-operator";
                let held = self.operator_holds.contains(&row.job_id);
                assert!(by_operator || !held, "{} undid an operator", row.cause);
            }
            if row.cause == "given-up" {
                let failures = self.failures.get(&row.job_id).copied();
                assert!(failures >= Some(LIMITS.attempts_max), "waiting cost a try");
            }
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Commit { commit, changes } => {
                    self.check(&changes);
                    self.commits.push((commit, changes));
                }
                Effect::Deliver { job_id, .. } => {
                    assert_eq!(self.delivering, None, "two jobs at once");
                    assert_eq!(
                        self.states.get(&job_id),
                        Some(&JobState::Processing),
                        "delivered before its lease was durable"
                    );
                    self.delivered.push(job_id.clone());
                    self.delivering = Some(job_id);
                }
                Effect::CancelDelivery => {
                    assert!(self.delivering.is_some());
                    self.called_off = true;
                }
                Effect::Reply { ticket, reply } => {
                    if let Reply::Accepted { job_id } = &reply {
                        assert!(
                            self.states.contains_key(job_id),
                            "told before it was durable"
                        );
                        self.accepted.insert(job_id.clone());
                    }
                    assert!(self.replies.insert(ticket, reply).is_none(), "told twice");
                }
                Effect::Ended { job_id, .. } => *self.ended.entry(job_id).or_default() += 1,
                Effect::Progress { .. } => {}
                Effect::Offer { job_id, .. } => self.offered.push(job_id),
                Effect::HandOver { job_id, to, moving } => {
                    assert_eq!(to, backup().printer);
                    assert!(
                        self.moved.contains(&job_id),
                        "handed over before its row was"
                    );
                    self.handed_over.push((job_id, moving));
                }
            }
        }
    }

    fn submit(&mut self, priority: u8, repeat: Repeat) {
        self.submit_timed(priority, repeat, None, None);
    }

    fn submit_timed(
        &mut self,
        priority: u8,
        repeat: Repeat,
        not_before: Option<TimestampMs>,
        expires_at: Option<TimestampMs>,
    ) {
        self.next += 1;
        let job = Arc::new(NewJob {
            not_before,
            expires_at,
            ..(*job(self.next, priority, repeat)).clone()
        });
        self.submitted.insert(job.job_id.clone(), Arc::clone(&job));
        self.step(Input::Submit {
            job,
            sequence: self.next,
            ticket: Ticket(self.next),
        });
    }

    fn settle(&mut self, works: bool) {
        if self.commits.is_empty() {
            return;
        }
        let (commit, changes) = self.commits.remove(0);
        let result = if works {
            for change in changes {
                self.rows += 1;
                match change {
                    Change::Accept { job, held, .. } => {
                        let state = held.map_or(JobState::Pending, |_| JobState::PendingHeld);
                        self.reasons
                            .insert(job.job_id.clone(), held.into_iter().collect());
                        assert!(self.states.insert(job.job_id.clone(), state).is_none());
                    }
                    Change::Transition(row) => {
                        let state = self.states.get_mut(&row.job_id).expect("a job that exists");
                        assert_eq!(*state, row.from, "history has a gap");
                        *state = row.after.state;
                        self.reasons.insert(row.job_id.clone(), row.after.reasons);
                        if row.moved_to.is_some() {
                            let first = self.moved.insert(row.job_id.clone());
                            assert!(first, "moved twice");
                        }
                        self.attempts.insert(row.job_id, row.attempt);
                    }
                    Change::Pause { pause, at } => {
                        self.pauses.insert(pause, at);
                    }
                    Change::Resume { pause } => {
                        self.pauses.remove(&pause);
                    }
                    Change::SpoolerJob { .. } | Change::PrinterState { .. } => {}
                }
            }
            CommitResult::Done
        } else {
            CommitResult::Failed {
                code: ErrorCode::StorageFull,
            }
        };
        self.step(Input::Committed { commit, result });
    }

    fn settle_all(&mut self) {
        while !self.commits.is_empty() {
            self.settle(true);
        }
    }

    fn end_delivery(&mut self, outcome: Outcome) {
        let Some(job_id) = self.delivering.take() else {
            return;
        };
        if !matches!(outcome, Outcome::Unready { .. }) {
            *self.failures.entry(job_id.clone()).or_default() += 1;
        }
        let octets = match outcome {
            Outcome::Completed { octets_sent, .. }
            | Outcome::Interrupted { octets_sent, .. }
            | Outcome::Canceled { octets_sent } => octets_sent,
            Outcome::NotStarted { .. } | Outcome::Unready { .. } | Outcome::Aborted { .. } => 0,
        };
        if octets > 0 {
            self.octets_left.insert(job_id);
        }
        self.step(Input::Outcome(outcome));
    }

    fn advance(&mut self, ms: u64) {
        self.now += ms;
        self.step(Input::Tick);
    }

    fn sequence_of(&self, job_id: &JobId) -> u64 {
        (1..=self.next)
            .find(|n| JobId::from_random((*n).into()) == *job_id)
            .expect("a job of this world")
    }

    /// Kills the agent: what is durable is all that is left.
    fn restart(&mut self) {
        self.commits.clear();
        self.delivering = None;
        self.no_paper_at = None;
        let reasons = &self.reasons;
        self.operator_holds = reasons
            .iter()
            .filter(|(_, reasons)| reasons.contains(&JobStateReason::JobHeldByOperator))
            .map(|(job_id, _)| job_id.clone())
            .collect();
        // An end that was not yet durable never was.
        let states = &self.states;
        self.ended
            .retain(|job_id, _| states.get(job_id).is_some_and(|state| state.is_terminal()));
        let mut records: Vec<JobRecord> = self
            .states
            .iter()
            .filter(|(job_id, state)| !state.is_terminal() && !self.moved.contains(*job_id))
            .map(|(job_id, state)| {
                let job = &self.submitted[job_id];
                JobRecord {
                    sequence: self.sequence_of(job_id),
                    origin: None,
                    repeat: job.repeat,
                    detail: None,
                    spooler_job: None,
                    job: Job {
                        job_id: job_id.clone(),
                        printer: printer(),
                        name: "".into(),
                        state: *state,
                        reasons: self.reasons[job_id].clone(),
                        evidence: None,
                        code: None,
                        attempt: self.attempts.get(job_id).copied().unwrap_or(0),
                        priority: job.priority,
                        octets: 3,
                        accepted_at: 0,
                        changed_at: 0,
                        not_before: job.not_before,
                        expires_at: job.expires_at,
                        reprint_of: None,
                    },
                }
            })
            .collect();
        records.sort_by_key(|record| record.sequence);
        let pauses: Pauses = std::mem::take(&mut self.pauses).into_iter().collect();
        self.pauses = pauses.iter().map(|(by, at)| (by.clone(), at)).collect();
        self.paused = self.pauses.keys().cloned().collect();
        let (queue, effects) =
            Queue::recover(printer(), LIMITS, pauses, Some(backup()), records, self.now);
        self.queue = queue;
        self.perform(effects);
    }

    /// Lets everything that can end, end well.
    fn run_out(&mut self) {
        for _ in 0..500 {
            self.settle_all();
            self.end_delivery(completed());
            self.settle_all();
            self.look(DeviceStatus::ready(StatusSource::EscPos));
            self.advance(60_000);
            self.settle_all();
            if self.queue.is_at_rest() && self.queue.ready.is_empty() {
                break;
            }
        }
    }
}

fn backup() -> Backup {
    Backup {
        printer: "bar".parse().unwrap(),
        after_ms: 60_000,
        when_paused: false,
        for_every_site: false,
    }
}

fn unready() -> Outcome {
    Outcome::Unready {
        status: away(),
        code: ErrorCode::DeviceUnreachable,
        detail: "refused".to_owned(),
    }
}

fn away() -> DeviceStatus {
    DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Connection)
}

fn no_paper() -> DeviceStatus {
    DeviceStatus::stopped("media-empty", StatusSource::EscPos)
}

fn completed() -> Outcome {
    Outcome::Completed {
        evidence: Evidence::Transport,
        octets_sent: 3,
    }
}

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

fn pauser(who: u8) -> Pause {
    match who {
        0 => Pause::Operator,
        1 => Pause::Machine,
        2 => Pause::Site("https://a.example".into()),
        _ => Pause::Site("https://b.example".into()),
    }
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

#[test]
fn an_idle_printer_leases_a_job_in_the_transaction_that_accepts_it() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    assert_eq!(world.commits.len(), 1);
    assert_eq!(world.commits[0].1.len(), 2, "acceptance and lease");
    world.settle(true);
    assert!(world.delivering.is_some());
}

fn out_of_paper() -> Report {
    Report::Device(no_paper())
}

#[test]
fn a_lease_that_could_not_be_stored_takes_nothing_else_with_it() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.step(Input::Report(out_of_paper()));
    // While that is written: the printer goes on, fails, and is tried again.
    let ready = DeviceStatus::ready(StatusSource::EscPos);
    world.step(Input::Report(Report::Device(ready)));
    world.end_delivery(Outcome::NotStarted {
        code: ErrorCode::DeviceUnreachable,
        detail: String::new(),
    });
    world.advance(30_000);
    world.settle(true);
    world.settle(false);
    world.run_out();
    assert_eq!(
        world.states[&JobId::from_random(1)],
        JobState::Completed,
        "the history has no gap (asserted in the world) and the job ends"
    );
}

#[test]
fn a_job_that_nobody_knows_about_is_never_sent_again_by_itself() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.restart();
    world.run_out();
    assert_eq!(world.delivered.len(), 1);
    assert_eq!(
        world.states.values().copied().collect::<Vec<_>>(),
        [JobState::Interrupted]
    );
}

#[test]
fn a_job_that_may_repeat_is_sent_again_after_a_restart() {
    let mut world = World::new();
    world.submit(3, Repeat::Safe);
    world.settle_all();
    world.restart();
    world.run_out();
    assert_eq!(world.delivered.len(), 2);
    assert_eq!(
        world.states.values().copied().collect::<Vec<_>>(),
        [JobState::Completed]
    );
}

#[test]
fn a_delivery_that_fails_is_tried_three_times_and_later_jobs_keep_their_place() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.submit(3, Repeat::Never);
    for attempt in 1..=3 {
        world.settle_all();
        assert_eq!(world.delivered.len(), attempt);
        assert_eq!(world.delivered[attempt - 1], JobId::from_random(1));
        world.end_delivery(Outcome::NotStarted {
            code: ErrorCode::SpoolerFailed,
            detail: "a driver crashed".to_owned(),
        });
        world.settle_all();
        world.advance(30_000);
    }
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Aborted);
    assert_eq!(world.delivered[3], JobId::from_random(2));
}

#[test]
fn a_printer_that_is_away_over_a_weekend_costs_no_attempt_and_few_rows_and_then_prints_in_order() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.end_delivery(unready());
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Pending);
    assert_eq!(world.queue.pace(), Some(Pace::Waiting));
    let (state, reasons) = world.queue.state();
    assert_eq!(
        (state, reasons[0].as_str()),
        (PrinterState::Stopped, "offline")
    );
    let rows = world.rows;
    for _ in 0..60 * 60 * 2 {
        world.look(away());
        world.advance(30_000 - 1);
        world.settle_all();
    }
    assert_eq!(world.rows, rows, "nothing changed, nothing was written");
    assert_eq!(world.delivered.len(), 1);
    assert!(world.queue.status()[0].since < world.queue.status()[0].seen_at);
    world.look(DeviceStatus::ready(StatusSource::EscPos));
    world.run_out();
    let order: Vec<JobId> = [1, 1, 2].into_iter().map(JobId::from_random).collect();
    assert_eq!(world.delivered, order);
    assert!(
        world
            .states
            .values()
            .all(|state| *state == JobState::Completed)
    );
}

#[test]
fn nothing_starts_on_a_printer_that_an_idle_look_found_stopped() {
    let mut world = World::new();
    world.look(no_paper());
    world.settle_all();
    world.submit(3, Repeat::Never);
    world.settle_all();
    assert!(world.delivered.is_empty());
    assert_eq!(world.queue.pace(), Some(Pace::Waiting));
    world.look(DeviceStatus::ready(StatusSource::EscPos));
    world.settle_all();
    assert_eq!(world.delivered.len(), 1);
}

#[test]
fn a_stop_and_a_recovery_are_told_once_each_and_a_paused_printer_tells_of_its_paper() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(0),
    });
    world.settle_all();
    let rows = world.rows;
    for _ in 0..100 {
        world.look(no_paper());
        world.settle_all();
    }
    assert_eq!(world.rows, rows + 1);
    let reasons: Vec<_> = world.queue.state().1;
    assert_eq!(
        reasons
            .iter()
            .map(PrinterStateReason::as_str)
            .collect::<Vec<_>>(),
        ["media-empty", "paused"]
    );
    for _ in 0..100 {
        world.look(DeviceStatus::ready(StatusSource::EscPos));
        world.settle_all();
    }
    assert_eq!(world.rows, rows + 2);
}

#[test]
fn a_warning_that_comes_and_goes_is_told_now_and_then() {
    let mut world = World::new();
    let low = DeviceStatus {
        reasons: vec!["media-low-warning".parse().unwrap()],
        ..DeviceStatus::ready(StatusSource::Ipp)
    };
    for _ in 0..300 {
        world.look(low.clone());
        world.advance(100);
        world.look(DeviceStatus::ready(StatusSource::Ipp));
        world.advance(100);
        world.settle_all();
    }
    assert!(
        (4..=8).contains(&world.rows),
        "{} rows in a minute",
        world.rows
    );
    world.look(low);
    world.advance(10_000);
    world.settle_all();
    assert_eq!(world.queue.told.again_at(), None);
}

#[test]
fn a_full_queue_is_an_answer() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(0),
    });
    for _ in 0..LIMITS.jobs_max {
        world.submit(3, Repeat::Never);
    }
    world.settle_all();
    world.submit(3, Repeat::Never);
    let last = Ticket(world.next);
    assert!(matches!(
        world.replies.get(&last),
        Some(Reply::Refused {
            code: ErrorCode::QueueFull,
            ..
        })
    ));
}

#[test]
fn a_job_that_could_not_be_stored_is_refused_and_leaves_no_trace() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle(false);
    assert!(matches!(
        world.replies.get(&Ticket(1)),
        Some(Reply::Refused {
            code: ErrorCode::StorageFull,
            ..
        })
    ));
    assert_eq!(world.queue.open_jobs(None), 0);
    world.submit(3, Repeat::Never);
    world.run_out();
    assert_eq!(world.delivered, [JobId::from_random(2)]);
}

#[test]
fn a_completion_that_could_not_be_stored_is_stored_later_and_nothing_starts_before() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.end_delivery(completed());
    world.settle(false);
    assert_eq!(
        world.delivered.len(),
        1,
        "the second waits for the first one's history"
    );
    world.advance(1_000);
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Completed);
    assert_eq!(world.delivered.len(), 2);
}

#[test]
fn canceling_a_job_under_way_asks_the_device_and_tells_the_truth() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    let job_id = JobId::from_random(1);
    world.step(Input::Command {
        job_id: job_id.clone(),
        command: JobCommand::Cancel(By::Origin),
        ticket: Ticket(77),
    });
    assert!(
        !world.replies.contains_key(&Ticket(77)),
        "nothing is known yet"
    );
    // It was too late: the paper is out, and that is what the history says.
    world.end_delivery(completed());
    world.settle_all();
    assert_eq!(world.states[&job_id], JobState::Completed);
    assert_eq!(world.replies[&Ticket(77)], Reply::Done);
}

#[test]
fn a_scheduled_job_starts_at_its_time_and_an_expired_one_never() {
    let mut world = World::new();
    let now = world.now;
    world.submit_timed(3, Repeat::Never, Some(now + 5_000), None);
    world.submit_timed(3, Repeat::Never, Some(now + 50_000), Some(now + 10_000));
    world.settle_all();
    assert_eq!(world.queue.wake_at(), Some(world.now + 5_000));
    assert!(world.delivered.is_empty());
    world.advance(5_000);
    world.settle_all();
    assert_eq!(world.delivered, [JobId::from_random(1)]);
    world.advance(5_000);
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(2)], JobState::Aborted);
}

#[test]
fn a_job_that_expires_because_the_clock_was_set_names_the_clock_and_no_other_does() {
    const HOUR_MS: u64 = 3_600_000;
    let mut world = World::new();
    // (set by hours, then hours pass, whether the clock is named)
    for (set_by, passes, named) in [(2, 0, true), (0, 2, false), (2, 0, true), (-2, 2, false)] {
        world.step(Input::Pause {
            pause: Pause::Operator,
            ticket: Ticket(1_000 + u64::try_from(world.expired.len()).unwrap()),
        });
        world.submit_timed(3, Repeat::Never, None, Some(world.now + HOUR_MS));
        world.settle_all();
        let by_ms = set_by * HOUR_MS.cast_signed();
        world.now = world.now.saturating_add_signed(by_ms);
        if by_ms != 0 {
            world.step(Input::ClockSet { by_ms });
        }
        world.advance(passes * HOUR_MS);
        world.advance(if set_by < 0 { 2 * HOUR_MS } else { 0 });
        world.settle_all();
        let detail = world.expired.last().expect("it expired");
        assert_eq!(detail.is_some(), named, "{set_by} {passes}: {detail:?}");
    }
    assert_eq!(world.expired.len(), 4);
    assert!(
        world.expired[0]
            .as_ref()
            .unwrap()
            .contains("clock was set forward")
    );
}

#[test]
fn a_job_that_waits_for_a_stopped_printer_expires_there() {
    let mut world = World::new();
    let end = world.now + 20_000;
    world.submit_timed(3, Repeat::Never, None, Some(end));
    world.settle_all();
    world.end_delivery(unready());
    world.settle_all();
    for _ in 0..20 {
        world.look(away());
        world.advance(1_000);
    }
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Aborted);
    assert_eq!(world.delivered.len(), 1);
}

#[test]
fn a_delivery_on_a_stopped_printer_expires_before_its_first_octet_and_never_after_it() {
    for begun in [false, true] {
        let mut world = World::new();
        let end = world.now + 20_000;
        world.submit_timed(3, Repeat::Never, None, Some(end));
        world.settle_all();
        if begun {
            world.step(Input::Report(Report::Progress { octets_sent: 1 }));
        }
        world.step(Input::Report(out_of_paper()));
        world.settle_all();
        world.advance(20_000);
        let octets_sent = u64::from(begun);
        assert_eq!(world.called_off, !begun);
        if world.called_off {
            world.end_delivery(Outcome::Canceled { octets_sent });
        } else {
            world.end_delivery(completed());
        }
        world.settle_all();
        let expected = if begun {
            JobState::Completed
        } else {
            JobState::Aborted
        };
        assert_eq!(world.states[&JobId::from_random(1)], expected);
    }
}

#[test]
fn a_first_octet_that_left_just_before_the_call_off_leaves_doubt_and_no_expiry() {
    let mut world = World::new();
    let end = world.now + 20_000;
    world.submit_timed(3, Repeat::Never, None, Some(end));
    world.settle_all();
    world.step(Input::Report(out_of_paper()));
    world.advance(20_000);
    world.end_delivery(Outcome::Canceled { octets_sent: 1 });
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Interrupted);
}

#[test]
fn what_an_operator_holds_a_page_does_not_release_also_after_a_restart() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(900),
    });
    world.submit_timed(3, Repeat::Never, Some(world.now + 60_000), None);
    world.settle_all();
    let job_id = JobId::from_random(1);
    let mut ticket = 1_000;
    let mut ask = |world: &mut World, command| {
        ticket += 1;
        world.step(Input::Command {
            job_id: job_id.clone(),
            command,
            ticket: Ticket(ticket),
        });
        world.settle_all();
        world.replies[&Ticket(ticket)] == Reply::Done
    };
    assert!(ask(&mut world, JobCommand::Hold(By::Operator)));
    for restart in [false, true] {
        if restart {
            world.restart();
            world.settle_all();
        }
        assert!(!ask(&mut world, JobCommand::Release(By::Origin)));
        assert!(!ask(&mut world, JobCommand::Hold(By::Origin)));
    }
    assert!(ask(&mut world, JobCommand::Release(By::Operator)));
    assert_eq!(world.reasons[&job_id], [JobStateReason::JobScheduled]);
    world.advance(60_000);
    world.settle_all();
    assert_ne!(world.states[&job_id], JobState::PendingHeld);
}

#[test]
fn a_printer_runs_when_nobody_has_it_paused_any_more_also_after_a_restart() {
    use StatusSource::{Machine, Operator, Site};
    let mut world = World::new();
    for (n, pause) in (0..3).map(pauser).enumerate() {
        let ticket = Ticket(900 + n as u64);
        world.step(Input::Pause { pause, ticket });
    }
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.restart();
    world.settle_all();
    let mut lift = |who: u8| {
        let ticket = Ticket(910 + u64::from(who));
        let who = pauser(who);
        world.step(Input::Resume { who, ticket });
        world.settle_all();
        let status = world.queue.status();
        let sources: Vec<_> = status.iter().map(|detail| detail.source).collect();
        (world.delivered.len(), sources)
    };
    assert_eq!(lift(3), (0, vec![Operator, Site, Machine]));
    assert_eq!(lift(0), (0, vec![Machine]));
    assert_eq!(lift(1), (1, vec![]));
}

#[test]
fn jobs_of_a_printer_that_stays_away_move_to_its_backup_and_stand_in_their_order_there() {
    let mut world = World::new();
    for priority in [5, 3, 3] {
        world.submit(priority, Repeat::Never);
    }
    world.settle_all();
    world.end_delivery(unready());
    world.settle_all();
    for _ in 0..59 {
        world.look(away());
        world.advance(1_000);
    }
    assert!(world.offered.is_empty(), "it is waited for first");
    world.look(away());
    world.advance(1_000);
    assert_eq!(world.offered.len(), 3);
    for job_id in std::mem::take(&mut world.offered) {
        world.step(Input::Taken { job_id });
    }
    assert!(
        world.handed_over.is_empty(),
        "their rows are not durable yet"
    );
    world.settle_all();
    assert_eq!(world.queue.open_jobs(None), 0);
    // On the other printer, which has work already.
    let mut other = World::new();
    other.next = 10;
    other.submit(4, Repeat::Never);
    other.submit(4, Repeat::Never);
    other.settle_all();
    other.states.extend(world.states.clone());
    for (job_id, moving) in std::mem::take(&mut world.handed_over) {
        other.step(Input::Adopt { job_id, moving });
    }
    other.run_out();
    let order: Vec<JobId> = [11, 2, 3, 12, 1]
        .into_iter()
        .map(JobId::from_random)
        .collect();
    assert_eq!(other.delivered, order);
}

#[test]
fn a_pause_moves_no_job_unless_the_configuration_says_so() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(900),
    });
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.look(away());
    world.advance(600_000);
    assert!(world.offered.is_empty());
}

#[test]
fn after_a_crash_in_the_middle_of_a_move_the_job_is_on_exactly_one_printer() {
    for durable in [false, true] {
        let mut world = World::new();
        world.submit(3, Repeat::Never);
        world.settle_all();
        world.end_delivery(unready());
        world.settle_all();
        for _ in 0..70 {
            world.look(away());
            world.advance(1_000);
        }
        world.settle_all();
        let job_id = world.offered.pop().expect("it was offered");
        world.step(Input::Taken {
            job_id: job_id.clone(),
        });
        if durable {
            world.settle_all();
        }
        world.restart();
        let here = usize::from(world.queue.entries.contains_key(&job_id));
        let there = usize::from(world.moved.contains(&job_id));
        assert_eq!((here, there), if durable { (0, 1) } else { (1, 0) });
    }
}
