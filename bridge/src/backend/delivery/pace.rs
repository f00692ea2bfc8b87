//! How fast a printer's replies are read.
//!
//! A device that never stops talking costs some reading, not a processor.

use std::time::Duration;

use tokio::time::Instant;

/// Replies are read this much in a time ...
pub(crate) const REPLY_OCTETS: usize = 16 * 1024;
/// ... of this length: 3 MB/s.
const REPLY_TIME: Duration = Duration::from_millis(5);
/// A read counts for at least so many octets: what comes in crumbs costs as
/// much. Without a pause a printer that talks as fast as it is read would keep
/// the agent's one thread to itself.
const CRUMB_OCTETS: usize = 128;

/// How much was heard lately.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    since: Option<Instant>,
    octets: usize,
}

impl Pace {
    /// So much was read; now is `now`.
    pub(crate) fn note(&mut self, octets: usize, now: Instant) {
        if self.since.is_none_or(|since| now >= since + REPLY_TIME) {
            self.since = Some(now);
            self.octets = 0;
        }
        self.octets += octets.max(CRUMB_OCTETS);
    }

    /// When to read again, unless at once.
    pub(crate) fn pause(&self) -> Option<Instant> {
        let is_enough = self.octets >= REPLY_OCTETS;
        self.since
            .filter(|_| is_enough)
            .map(|since| since + REPLY_TIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_that_talks_without_end_is_read_at_a_bounded_pace() {
        for reply in [1, 512, REPLY_OCTETS] {
            let mut pace = Pace::default();
            let mut now = Instant::now();
            let begun = now;
            let mut reads = 0;
            while now < begun + Duration::from_secs(1) {
                pace.note(reply, now);
                reads += 1;
                now = pace.pause().unwrap_or(now + Duration::from_micros(1));
            }
            let octets = reads * reply;
            assert!(octets <= 200 * (REPLY_OCTETS + reply), "{octets} octets");
            assert!(reads <= 200 * REPLY_OCTETS / CRUMB_OCTETS, "{reads} reads");
        }
    }

    #[test]
    fn a_printer_that_answers_is_never_waited_with() {
        let mut pace = Pace::default();
        let now = Instant::now();
        for answer in 0..100 {
            pace.note(4, now + Duration::from_millis(answer));
            assert_eq!(pace.pause(), None);
        }
    }
}
