//! What a queue asked the store for and has not heard back about.
//!
//! Acceptances go to the store at once, many at a time: they are about jobs
//! that nothing else is about yet. Changes of accepted jobs go one transaction
//! after the other, each gathering what came up meanwhile: a change whose
//! predecessor could not be written must not be written either. What could not
//! be written is kept and tried again; until then nothing new starts.
//!
//! News that a job ended, for which nobody waits, waits a moment for company:
//! a till that prints one receipt after the other then needs one transaction
//! for each, not two.

use std::collections::HashMap;

use platen_protocol::{JobId, JobState, PrinterId, TimestampMs};

use super::step::{Change, CommitId, CommitResult, Reply, Ticket};

/// How long to wait before a failed write is tried again.
const SAVE_AGAIN_MS: u64 = 1_000;

/// How long a page waits for company. Whoever does not come by then brings a
/// transaction of their own.
const COMPANY_MS: u64 = 1;

/// Changes that become durable together.
#[derive(Debug, Default)]
struct Page {
    changes: Vec<Change>,
    /// The job that is leased by one of them.
    leased: Option<JobId>,
    replies: Vec<(Ticket, Reply)>,
}

impl Page {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.replies.is_empty()
    }

    /// Whether nobody waits for it: jobs that ended, and nothing else.
    fn is_patient(&self) -> bool {
        let ends = |change: &Change| matches!(change, Change::Transition(row) if row.after.state.is_terminal());
        self.leased.is_none() && self.replies.is_empty() && self.changes.iter().all(ends)
    }

    fn append(&mut self, mut later: Self) {
        self.changes.append(&mut later.changes);
        self.replies.append(&mut later.replies);
        self.leased = self.leased.take().or(later.leased);
    }

    fn moved(&self) -> Vec<(JobId, PrinterId)> {
        let row = |change: &Change| match change {
            Change::Transition(row) => Some((row.job_id.clone(), row.moved_to.clone()?)),
            _ => None,
        };
        self.changes.iter().filter_map(row).collect()
    }

    /// Takes the lease back: it never was.
    fn without_lease(&mut self) -> Option<JobId> {
        let leased = self.leased.take()?;
        // The last such row: a printer that resumed, and then failed, stands
        // before it in the same page with the same state.
        let lease = self.changes.iter().rposition(|change| {
            matches!(change, Change::Transition(row)
                if row.from == JobState::Pending
                    && row.after.state == JobState::Processing
                    && row.job_id == leased)
        });
        if let Some(lease) = lease {
            self.changes.remove(lease);
        }
        Some(leased)
    }
}

#[derive(Debug)]
struct Acceptance {
    job_id: JobId,
    leased: bool,
    ticket: Ticket,
}

/// What a settled transaction was about.
#[derive(Debug)]
pub(super) enum Settled {
    /// Nothing we know.
    Unknown,
    /// An acceptance; the result says whether it holds.
    Accepted {
        job_id: JobId,
        leased: bool,
        ticket: Ticket,
    },
    /// Changes that are durable now, and who waited for them.
    Saved {
        leased: Option<JobId>,
        replies: Vec<(Ticket, Reply)>,
        /// Jobs that are another printer's now.
        moved: Vec<(JobId, PrinterId)>,
    },
    /// Changes that will be tried again; a lease among them never was.
    Unsaved { leased: Option<JobId> },
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    next: u64,
    accepting: HashMap<CommitId, Acceptance>,
    /// The one page that is being written.
    writing: Option<(CommitId, Page)>,
    /// The page that comes next.
    gathering: Page,
    /// Since when that waits for company.
    lonely_since: Option<TimestampMs>,
    /// Set while a failed write waits for its next try.
    retry_at: Option<TimestampMs>,
}

impl Ledger {
    fn fresh(&mut self) -> CommitId {
        self.next += 1;
        CommitId(self.next)
    }

    pub(super) fn accept(&mut self, job_id: JobId, leased: bool, ticket: Ticket) -> CommitId {
        let commit = self.fresh();
        self.accepting.insert(
            commit,
            Acceptance {
                job_id,
                leased,
                ticket,
            },
        );
        commit
    }

    /// Notes changes for the next page.
    pub(super) fn note(
        &mut self,
        changes: Vec<Change>,
        leased: Option<JobId>,
        replies: Vec<(Ticket, Reply)>,
        now: TimestampMs,
    ) {
        let was_empty = self.gathering.is_empty();
        self.gathering.append(Page {
            changes,
            leased,
            replies,
        });
        if !self.gathering.is_patient() {
            self.lonely_since = None;
        } else if was_empty && !self.gathering.is_empty() {
            self.lonely_since = Some(now);
        }
    }

    /// Company has come: what was noted goes now.
    pub(super) fn hurry(&mut self) {
        self.lonely_since = None;
    }

    pub(super) fn waits_for_company(&self, now: TimestampMs) -> bool {
        self.lonely_since
            .is_some_and(|since| (since..since + COMPANY_MS).contains(&now))
    }

    /// The next page to write, if one may be written now.
    pub(super) fn turn_page(&mut self, now: TimestampMs) -> Option<(CommitId, Vec<Change>)> {
        // A longer wait than the longest was begun before the clock was set back.
        let waits = self
            .retry_at
            .is_some_and(|at| at > now && at - now <= SAVE_AGAIN_MS);
        if self.writing.is_some()
            || waits
            || self.waits_for_company(now)
            || self.gathering.is_empty()
        {
            return None;
        }
        self.lonely_since = None;
        let page = std::mem::take(&mut self.gathering);
        let changes = page.changes.clone();
        let commit = self.fresh();
        self.writing = Some((commit, page));
        Some((commit, changes))
    }

    pub(super) fn settle(
        &mut self,
        commit: CommitId,
        result: &CommitResult,
        now: TimestampMs,
    ) -> Settled {
        if let Some(Acceptance {
            job_id,
            leased,
            ticket,
        }) = self.accepting.remove(&commit)
        {
            return Settled::Accepted {
                job_id,
                leased,
                ticket,
            };
        }
        let Some((_, mut page)) = self.writing.take_if(|(writing, _)| *writing == commit) else {
            return Settled::Unknown;
        };
        if matches!(result, CommitResult::Done) {
            self.retry_at = None;
            return Settled::Saved {
                moved: page.moved(),
                leased: page.leased,
                replies: page.replies,
            };
        }
        page.append(std::mem::take(&mut self.gathering));
        let leased = page.without_lease();
        self.gathering = page;
        self.retry_at = Some(now + SAVE_AGAIN_MS);
        Settled::Unsaved { leased }
    }

    /// When [`Self::turn_page`] should be tried again.
    pub(super) fn wake_at(&self) -> Option<TimestampMs> {
        let company = self.lonely_since.map(|since| since + COMPANY_MS);
        // A failed write is not tried before its time, whoever has come.
        self.retry_at.or(company).filter(|_| self.writing.is_none())
    }

    /// Whether a change could not be written and still is not.
    pub(super) fn is_failing(&self) -> bool {
        self.retry_at.is_some()
    }

    /// Whether an acceptance is being written.
    pub(super) fn is_accepting(&self) -> bool {
        !self.accepting.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.accepting.is_empty() && self.writing.is_none() && self.gathering.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended() -> Change {
        let after = crate::job::after(JobState::Pending, &crate::job::JobEvent::Expired);
        Change::Transition(crate::job::Transition {
            job_id: JobId::from_random(1),
            from: JobState::Pending,
            after: after.unwrap(),
            cause: "expired",
            attempt: 0,
            octets_sent: 0,
            detail: None,
            moved_to: None,
            at: 0,
        })
    }

    #[test]
    fn the_news_that_a_job_ended_waits_a_moment_for_company_and_no_longer() {
        let mut alone = Ledger::default();
        alone.note(vec![ended()], None, Vec::new(), 100);
        assert!(alone.turn_page(100).is_none());
        assert_eq!(alone.wake_at(), Some(100 + COMPANY_MS));
        assert!(alone.turn_page(100 + COMPANY_MS).is_some());

        let mut set_back = Ledger::default();
        set_back.note(vec![ended()], None, Vec::new(), 100);
        assert!(set_back.turn_page(50).is_some(), "the clock was set back");

        let mut met = Ledger::default();
        met.note(vec![ended()], None, Vec::new(), 100);
        met.hurry();
        met.note(Vec::new(), None, Vec::new(), 100);
        assert!(met.turn_page(100).is_some());
    }

    #[test]
    fn whoever_waits_for_an_answer_waits_for_no_company() {
        let mut ledger = Ledger::default();
        ledger.note(vec![ended()], None, Vec::new(), 100);
        ledger.note(Vec::new(), None, vec![(Ticket(1), Reply::Done)], 100);
        let (_, changes) = ledger.turn_page(100).unwrap();
        assert_eq!(changes.len(), 1);
    }

    #[test]
    fn a_change_that_could_not_be_written_is_tried_again_although_the_clock_was_set_back() {
        const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
        let mut ledger = Ledger::default();
        ledger.note(Vec::new(), None, vec![(Ticket(1), Reply::Done)], YEAR_MS);
        let (commit, _) = ledger.turn_page(YEAR_MS).unwrap();
        let failed = CommitResult::Failed {
            code: platen_protocol::ErrorCode::StorageFailed,
        };
        ledger.settle(commit, &failed, YEAR_MS);
        assert!(ledger.turn_page(YEAR_MS + SAVE_AGAIN_MS - 1).is_none());
        assert!(ledger.turn_page(1_000).is_some(), "a year back");
    }
}
