//! A store and a printer around a queue, that do whatever a test likes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::*;

/// A store and a printer around a queue, in which everything is visible.
pub(super) struct World {
    pub(super) queue: Queue,
    pub(super) now: TimestampMs,
    pub(super) next: u64,
    /// Asked and not answered, oldest first.
    pub(super) commits: Vec<(CommitId, Vec<Change>)>,
    /// What is durable.
    pub(super) states: BTreeMap<JobId, JobState>,
    pub(super) reasons: HashMap<JobId, Vec<JobStateReason>>,
    pub(super) attempts: HashMap<JobId, u32>,
    pub(super) submitted: HashMap<JobId, Arc<NewJob>>,
    pub(super) delivering: Option<JobId>,
    /// Jobs in the order in which they were delivered.
    pub(super) delivered: Vec<JobId>,
    pub(super) accepted: HashSet<JobId>,
    pub(super) ended: HashMap<JobId, u32>,
    pub(super) replies: HashMap<Ticket, Reply>,
    /// Rows of history.
    pub(super) rows: usize,
    /// When the device last said that it has no paper, and nothing since.
    pub(super) no_paper_at: Option<TimestampMs>,
    /// Who has the printer paused, as far as it was asked.
    pub(super) paused: Vec<Pause>,
    /// And as far as it is durable.
    pub(super) pauses: BTreeMap<Pause, TimestampMs>,
    /// Jobs the backup printer was asked about.
    pub(super) offered: Vec<JobId>,
    /// Jobs whose durable row names the backup printer.
    pub(super) moved: HashSet<JobId>,
    pub(super) handed_over: Vec<(JobId, Box<Moving>)>,
    /// Whether a delivery was asked to stop.
    pub(super) called_off: bool,
    /// Jobs of which at least one octet left.
    pub(super) octets_left: HashSet<JobId>,
    /// Jobs that an operator holds.
    pub(super) operator_holds: HashSet<JobId>,
    /// Tries of a job that failed otherwise than by waiting.
    pub(super) failures: HashMap<JobId, u32>,
    /// What is told of jobs that expired.
    pub(super) expired: Vec<Option<String>>,
}

impl World {
    pub(super) fn new() -> Self {
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

    pub(super) fn step(&mut self, input: Input) {
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

    pub(super) fn leased(&self) -> Option<JobId> {
        let active = self.queue.active.as_ref();
        active.map(|active| active.job_id.clone())
    }

    /// Somebody looks at the device, as long as no job has it.
    pub(super) fn look(&mut self, status: DeviceStatus) {
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

    /// Whatever is asked of the store is legal, before it is durable. A page
    /// that could not be written is asked for again.
    pub(super) fn check(&mut self, changes: &[Change]) {
        let mut operator_holds = self.operator_holds.clone();
        for change in changes {
            let Change::Transition(row) = change else {
                continue;
            };
            note_hold(&mut operator_holds, row);
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
                let held = operator_holds.contains(&row.job_id);
                assert!(by_operator || !held, "{} undid an operator", row.cause);
            }
            if row.cause == "given-up" {
                let failures = self.failures.get(&row.job_id).copied();
                assert!(failures >= Some(LIMITS.attempts_max), "waiting cost a try");
            }
        }
    }

    pub(super) fn perform(&mut self, effects: Vec<Effect>) {
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

    pub(super) fn submit(&mut self, priority: u8, repeat: Repeat) {
        self.submit_timed(priority, repeat, None, None);
    }

    pub(super) fn submit_timed(
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

    pub(super) fn settle(&mut self, works: bool) {
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
                        note_hold(&mut self.operator_holds, &row);
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

    pub(super) fn settle_all(&mut self) {
        loop {
            while !self.commits.is_empty() {
                self.settle(true);
            }
            if !self.queue.ledger.waits_for_company(self.now) {
                break;
            }
            self.advance(1);
        }
    }

    pub(super) fn end_delivery(&mut self, outcome: Outcome) {
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

    pub(super) fn advance(&mut self, ms: u64) {
        self.now += ms;
        self.step(Input::Tick);
    }

    pub(super) fn sequence_of(&self, job_id: &JobId) -> u64 {
        (1..=self.next)
            .find(|n| JobId::from_random((*n).into()) == *job_id)
            .expect("a job of this world")
    }

    /// Kills the agent: what is durable is all that is left.
    pub(super) fn restart(&mut self) {
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
                    submitter: None,
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
    pub(super) fn run_out(&mut self) {
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

/// Who is held by the operator after this row.
fn note_hold(held: &mut HashSet<JobId>, row: &Transition) {
    match row.cause {
        "held-by-operator" => {
            held.insert(row.job_id.clone());
        }
        "released-by-operator" => {
            held.remove(&row.job_id);
        }
        _ => {}
    }
}
