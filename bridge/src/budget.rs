//! What an origin may print within a minute.
//!
//! Each budget is a bucket that empties steadily and is full after a minute's
//! worth; a job is charged whole or not at all. Nothing here waits or knows
//! what a job is. After a restart all buckets are empty again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_protocol::{ErrorCode, Origin};
use tokio::time::Instant;

use crate::dispatch::DispatchError;
use crate::limits::Limits;

/// A minute, over which a budget is given back.
const PERIOD_MS: u128 = 60_000;

/// Origins remembered before those with empty buckets are looked for.
const ORIGINS_KEPT: usize = 256;

/// How much of each budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Amounts {
    pub(crate) jobs: u64,
    pub(crate) octets: u64,
    pub(crate) labels: u64,
    pub(crate) paper_mm: u64,
    pub(crate) cuts: u64,
    pub(crate) drawer_kicks: u64,
    pub(crate) previews: u64,
}

/// How many budgets there are.
const BUDGETS: usize = 7;

/// What each budget counts, and the limit that sets it.
const NAMES: [(&str, &str); BUDGETS] = [
    ("jobs", "jobs_per_minute_max"),
    ("octets", "octets_per_minute_max"),
    ("labels", "labels_per_minute_max"),
    ("mm of paper", "paper_per_minute_mm_max"),
    ("cuts", "cuts_per_minute_max"),
    ("drawer kicks", "drawer_kicks_per_minute_max"),
    ("previews", "previews_per_minute_max"),
];

impl Amounts {
    fn each(self) -> [u64; BUDGETS] {
        [
            self.jobs,
            self.octets,
            self.labels,
            self.paper_mm,
            self.cuts,
            self.drawer_kicks,
            self.previews,
        ]
    }
}

/// The budgets of all origins.
#[derive(Debug)]
pub(crate) struct Budgets {
    maxima: [u64; BUDGETS],
    origins: Mutex<HashMap<Origin, Spent>>,
}

/// What an origin has spent, in parts of [`PERIOD_MS`], so that giving back
/// loses nothing.
#[derive(Debug, Clone, Copy)]
struct Spent {
    parts: [u128; BUDGETS],
    at: Instant,
}

impl Spent {
    /// Gives back what the time since has earned.
    fn settle(&mut self, maxima: &[u64; BUDGETS], now: Instant) {
        let elapsed_ms = now.saturating_duration_since(self.at).as_millis();
        if elapsed_ms == 0 {
            return;
        }
        self.at = now;
        for (parts, &max) in self.parts.iter_mut().zip(maxima) {
            *parts = parts.saturating_sub(u128::from(max).saturating_mul(elapsed_ms));
        }
    }

    fn is_nothing(&self) -> bool {
        self.parts.iter().all(|&parts| parts == 0)
    }
}

/// What a job was charged; given back when dropped, unless kept.
#[derive(Debug)]
#[must_use]
pub(crate) struct Charge {
    budgets: Arc<Budgets>,
    origin: Origin,
    amounts: Amounts,
}

impl Charge {
    /// The job was accepted.
    pub(crate) fn keep(mut self) {
        self.amounts = Amounts::default();
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let mut origins = self.budgets.origins();
        if let Some(spent) = origins.get_mut(&self.origin) {
            for (parts, amount) in spent.parts.iter_mut().zip(self.amounts.each()) {
                *parts = parts.saturating_sub(u128::from(amount) * PERIOD_MS);
            }
        }
    }
}

impl Budgets {
    /// With nothing spent.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            maxima: [
                limits.jobs_per_minute_max,
                limits.octets_per_minute_max,
                limits.labels_per_minute_max,
                limits.paper_per_minute_mm_max,
                limits.cuts_per_minute_max,
                limits.drawer_kicks_per_minute_max,
                limits.previews_per_minute_max,
            ],
            origins: Mutex::default(),
        }
    }

    fn origins(&self) -> MutexGuard<'_, HashMap<Origin, Spent>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Charges `amounts` to `origin`. A job larger than a whole budget passes
    /// when nothing of it is spent: what one job may do is bounded elsewhere.
    ///
    /// # Errors
    /// `limit-exceeded`, naming the budget and when to try again; nothing is
    /// charged then.
    pub(crate) fn charge(
        self: &Arc<Self>,
        origin: &Origin,
        amounts: Amounts,
    ) -> Result<Charge, DispatchError> {
        let now = Instant::now();
        let mut origins = self.origins();
        if origins.len() >= ORIGINS_KEPT && !origins.contains_key(origin) {
            origins.retain(|_, spent| {
                spent.settle(&self.maxima, now);
                !spent.is_nothing()
            });
        }
        let spent = origins.entry(origin.clone()).or_insert(Spent {
            parts: [0; BUDGETS],
            at: now,
        });
        spent.settle(&self.maxima, now);
        let mut after = *spent;
        let budgets = after.parts.iter_mut().zip(amounts.each());
        for ((parts, amount), (&max, names)) in budgets.zip(self.maxima.iter().zip(NAMES)) {
            let wanted = *parts + u128::from(amount) * PERIOD_MS;
            let full = u128::from(max) * PERIOD_MS;
            if amount > 0 && *parts > 0 && wanted > full {
                let wait_ms = (wanted - full).min(*parts).div_ceil(u128::from(max.max(1)));
                return Err(used_up(origin, max, names, wait_ms));
            }
            *parts = wanted;
        }
        *spent = after;
        drop(origins);
        Ok(Charge {
            budgets: Arc::clone(self),
            origin: origin.clone(),
            amounts,
        })
    }
}

fn used_up(origin: &Origin, max: u64, (what, limit): (&str, &str), wait_ms: u128) -> DispatchError {
    let wait_s = wait_ms.div_ceil(1000);
    DispatchError::with_message(
        ErrorCode::LimitExceeded,
        format!(
            "{origin} has used up its {max} {what} of a minute; try again in {wait_s} s, or raise limits.{limit} on the machine"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::origin;
    use proptest::prelude::*;
    use std::time::Duration;

    fn budgets(jobs: u64, drawer_kicks: u64) -> Arc<Budgets> {
        Arc::new(Budgets::new(&Limits {
            jobs_per_minute_max: jobs,
            drawer_kicks_per_minute_max: drawer_kicks,
            ..Limits::default()
        }))
    }

    const JOB: Amounts = Amounts {
        jobs: 1,
        octets: 100,
        labels: 0,
        paper_mm: 0,
        cuts: 0,
        drawer_kicks: 0,
        previews: 0,
    };

    #[tokio::test(start_paused = true)]
    async fn a_budget_that_is_used_up_says_which_and_when_and_comes_back() {
        let budgets = budgets(3, 10);
        let pos = origin("https://pos.example");
        for _ in 0..3 {
            budgets.charge(&pos, JOB).unwrap().keep();
        }
        let error = budgets.charge(&pos, JOB).unwrap_err();
        assert_eq!(error.code, ErrorCode::LimitExceeded);
        assert!(
            error
                .message
                .contains("its 3 jobs of a minute; try again in 20 s"),
            "{error}"
        );
        assert!(error.message.contains("limits.jobs_per_minute_max"));
        tokio::time::advance(Duration::from_secs(19)).await;
        assert!(budgets.charge(&pos, JOB).is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        budgets.charge(&pos, JOB).unwrap().keep();
        assert!(budgets.charge(&pos, JOB).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn one_sites_budget_is_not_anothers() {
        let budgets = budgets(1, 10);
        budgets
            .charge(&origin("https://pos.example"), JOB)
            .unwrap()
            .keep();
        budgets
            .charge(&origin("https://shop.example"), JOB)
            .unwrap()
            .keep();
        assert!(budgets.charge(&origin("https://pos.example"), JOB).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_was_not_accepted_costs_nothing() {
        let budgets = budgets(1, 10);
        let pos = origin("https://pos.example");
        drop(budgets.charge(&pos, JOB).unwrap());
        budgets.charge(&pos, JOB).unwrap().keep();
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_charge_takes_nothing_of_the_other_budgets() {
        let budgets = budgets(2, 1);
        let pos = origin("https://pos.example");
        let kick = Amounts {
            drawer_kicks: 1,
            ..JOB
        };
        budgets.charge(&pos, kick).unwrap().keep();
        let error = budgets.charge(&pos, kick).unwrap_err();
        assert!(error.message.contains("drawer kicks"), "{error}");
        budgets.charge(&pos, JOB).unwrap().keep();
    }

    #[tokio::test(start_paused = true)]
    async fn origins_with_nothing_spent_are_forgotten() {
        let budgets = budgets(10, 10);
        for n in 0..ORIGINS_KEPT * 3 {
            let site = origin(&format!("https://site{n}.example"));
            budgets.charge(&site, JOB).unwrap().keep();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(budgets.origins().len() <= ORIGINS_KEPT);
    }

    proptest! {
        /// Whatever is asked and when: within any stretch of time no more
        /// passes than a minute's worth and what the stretch gives back.
        #[test]
        fn no_more_passes_than_a_minutes_worth_and_what_time_gives_back(
            steps in proptest::collection::vec((0u64..30_000, 1u64..4), 1..100),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(async {
                let budgets = budgets(6, 6);
                let pos = origin("https://pos.example");
                let start = Instant::now();
                let mut passed = 0;
                for (wait_ms, drawer_kicks) in steps {
                    tokio::time::advance(Duration::from_millis(wait_ms)).await;
                    let amounts = Amounts { drawer_kicks, ..Amounts::default() };
                    if let Ok(charge) = budgets.charge(&pos, amounts) {
                        charge.keep();
                        passed += drawer_kicks;
                    }
                    let given_back = u64::try_from(start.elapsed().as_millis()).unwrap() * 6 / 60_000;
                    assert!(passed <= 6 + given_back, "{passed}");
                }
            });
        }
    }
}
