//! Who keeps a printer from starting jobs.
//!
//! A printer can be paused by several at once, and runs when nobody is left.
//! Each takes back only their own word; an operator also the sites'. The pause
//! of the whole machine is an act of its own, and ends by its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use platen_protocol::{PrinterStateReason, StatusDetail, StatusSource, TimestampMs};

/// Sites that may have one printer paused at a time.
const SITES_MAX: usize = 64;

/// Who pauses a printer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pause {
    /// Somebody on the machine, for this printer.
    Operator,
    /// A site, through `queue.pause`.
    Site(Arc<str>),
    /// Somebody on the machine, for all its printers and those to come.
    Machine,
}

impl Pause {
    /// Who says so, as a page may know it.
    #[must_use]
    pub fn source(&self) -> StatusSource {
        match self {
            Self::Operator => StatusSource::Operator,
            Self::Site(_) => StatusSource::Site,
            Self::Machine => StatusSource::Machine,
        }
    }

    /// Whether `who` may take this pause back.
    fn is_lifted_by(&self, who: &Self) -> bool {
        match (self, who) {
            (Self::Site(_), Self::Operator) => true,
            (own, who) => own == who,
        }
    }
}

/// Everybody who has a printer paused, and since when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pauses(BTreeMap<Pause, TimestampMs>);

impl FromIterator<(Pause, TimestampMs)> for Pauses {
    fn from_iter<T: IntoIterator<Item = (Pause, TimestampMs)>>(pauses: T) -> Self {
        Self(pauses.into_iter().collect())
    }
}

impl Pauses {
    /// Whether nobody has it paused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who, and since when.
    pub fn iter(&self) -> impl Iterator<Item = (&Pause, TimestampMs)> {
        self.0.iter().map(|(pause, since)| (pause, *since))
    }

    /// Adds a pause; `false` when it was there. `None`: there are too many.
    pub(super) fn add(&mut self, pause: Pause, now: TimestampMs) -> Option<bool> {
        if self.0.contains_key(&pause) {
            return Some(false);
        }
        let sites = self.0.keys().filter(|by| matches!(by, Pause::Site(_)));
        if matches!(pause, Pause::Site(_)) && sites.count() >= SITES_MAX {
            return None;
        }
        self.0.insert(pause, now);
        Some(true)
    }

    /// Takes back what `who` may, and returns it.
    pub(super) fn lift(&mut self, who: &Pause) -> Vec<Pause> {
        let lifted: Vec<_> = self
            .0
            .keys()
            .filter(|pause| pause.is_lifted_by(who))
            .cloned()
            .collect();
        self.0.retain(|pause, _| !lifted.contains(pause));
        lifted
    }

    /// Each as a reason of the printer.
    pub(super) fn details(&self) -> impl Iterator<Item = StatusDetail> {
        self.iter().filter_map(|(pause, since)| {
            Some(StatusDetail {
                reason: PrinterStateReason::PAUSED.parse().ok()?,
                source: pause.source(),
                since,
                seen_at: since,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_takes_back_only_their_own_word_and_an_operator_also_the_sites() {
        let site = |name: &str| Pause::Site(name.into());
        let everybody = [Pause::Operator, site("a"), site("b"), Pause::Machine];
        let left_after = |who: &Pause| {
            let mut pauses: Pauses = everybody.iter().cloned().map(|by| (by, 1)).collect();
            pauses.lift(who);
            pauses.iter().map(|(by, _)| by.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            left_after(&site("a")),
            [Pause::Operator, site("b"), Pause::Machine]
        );
        assert_eq!(left_after(&Pause::Operator), [Pause::Machine]);
        assert_eq!(
            left_after(&Pause::Machine),
            [Pause::Operator, site("a"), site("b")]
        );
    }

    #[test]
    fn sites_beyond_the_bound_are_refused_and_those_before_it_stay() {
        let mut pauses = Pauses::default();
        for n in 0..SITES_MAX {
            assert_eq!(pauses.add(Pause::Site(n.to_string().into()), 1), Some(true));
        }
        assert_eq!(pauses.add(Pause::Site("one more".into()), 2), None);
        assert_eq!(pauses.add(Pause::Site("0".into()), 2), Some(false));
        assert_eq!(pauses.add(Pause::Operator, 2), Some(true));
    }
}
