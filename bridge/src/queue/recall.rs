//! What a printer's device proved it can do, over a restart.
//!
//! Kept when a job has ended, so that an agent that is killed and started again
//! does not take a printer that owes its word for one that never gives it. For
//! the same device only, and not for ever: another one may stand there.

use platen_protocol::{PrinterId, TimestampMs};

use crate::backend::{Abilities, Backend};
use crate::store::{Proven, Store};

/// What was seen longer ago proves nothing.
const AGE_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1000;
/// What is seen again is written again this often.
const AGAIN_MS: u64 = 24 * 60 * 60 * 1000;

/// What the store has of one printer's device.
#[derive(Debug)]
pub(super) struct Recall {
    device: String,
    kept: Option<(Abilities, TimestampMs)>,
}

impl Recall {
    /// Tells the backend what its device proved before.
    pub(super) fn begin(
        device: String,
        found: Option<Proven>,
        backend: &dyn Backend,
        now: TimestampMs,
    ) -> Self {
        let is_recent = |proven: &Proven| now.saturating_sub(proven.at) < AGE_MS_MAX;
        let proven = found.filter(|proven| proven.device == device && is_recent(proven));
        let kept = proven.map(|proven| (proven.abilities, proven.at));
        if let Some((abilities, _)) = kept {
            backend.recall(abilities);
        }
        Self { device, kept }
    }

    /// Keeps what the device has proved since, where that is news.
    pub(super) fn keep(
        &mut self,
        printer: &PrinterId,
        backend: &dyn Backend,
        store: &Store,
        now: TimestampMs,
    ) {
        if let Some(proven) = self.news(backend.proven(), now) {
            store.keep_proven(printer.clone(), proven);
        }
    }

    /// What is to be written, if anything.
    fn news(&mut self, proven: Option<Abilities>, now: TimestampMs) -> Option<Option<Proven>> {
        let is_news = match (self.kept, proven) {
            (None, None) => false,
            (Some((kept, at)), Some(proven)) => {
                kept != proven || now.saturating_sub(at) >= AGAIN_MS
            }
            (Some(_), None) | (None, Some(_)) => true,
        };
        self.kept = match (is_news, proven) {
            (true, proven) => proven.map(|abilities| (abilities, now)),
            (false, _) => self.kept,
        };
        is_news.then(|| {
            proven.map(|abilities| Proven {
                device: self.device.clone(),
                abilities,
                at: now,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::socket::{SocketPrinter, SocketSettings};

    const ALL: Abilities = Abilities {
        automatic_status: true,
        process_id: true,
    };

    fn printer() -> SocketPrinter {
        SocketPrinter::new("10.0.0.5".to_owned(), 9100, SocketSettings::default())
    }

    #[test]
    fn only_the_same_device_is_recalled_and_only_for_a_while() {
        for (device, at, expected) in [
            ("socket://10.0.0.5:9100", 0, Some(ALL)),
            ("socket://10.0.0.6:9100", 0, None),
            ("socket://10.0.0.5:9100", AGE_MS_MAX, None),
        ] {
            let backend = printer();
            let found = Proven {
                device: "socket://10.0.0.5:9100".to_owned(),
                abilities: ALL,
                at: 0,
            };
            Recall::begin(device.to_owned(), Some(found), &backend, at);
            assert_eq!(backend.proven(), expected, "{device} {at}");
        }
    }

    #[test]
    fn what_is_no_news_is_not_written_again() {
        let mut recall = Recall::begin(String::new(), None, &printer(), 0);
        assert_eq!(recall.news(None, 0), None);
        assert!(recall.news(Some(ALL), 1).is_some_and(|news| news.is_some()));
        assert_eq!(recall.news(Some(ALL), 2), None);
        assert!(recall.news(Some(ALL), 1 + AGAIN_MS).is_some());
        assert_eq!(recall.news(None, 2 + AGAIN_MS), Some(None));
        assert_eq!(recall.news(None, 3 + AGAIN_MS), None);
    }
}
