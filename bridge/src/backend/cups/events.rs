//! What a print service tells a subscriber (RFC 3996), as types. Pure.
//!
//! An event names a printer, and a job by the print service's own id; what the
//! job is called is not read. How the printer is, it says wrongly at times
//! (`idle` with `paused`, when a queue is enabled): that must be asked for.
//! Events of other subscriptions, and events that make no sense, are passed
//! over.

use ipp::attribute::IppAttributeGroup;
use ipp::model::DelimiterTag;
use ipp::request::IppRequestResponse;

use super::attributes::{SpoolerJobState, number, text};

/// CUPS keeps 100 events for a subscriber (`MaxEvents`).
const EVENTS_MAX: usize = 1_000;

/// What the agent wants to hear of.
pub(super) const EVENTS: [&str; 11] = [
    "job-completed",
    "job-created",
    "job-progress",
    "job-state-changed",
    "job-stopped",
    "printer-added",
    "printer-config-changed",
    "printer-deleted",
    "printer-restarted",
    "printer-shutdown",
    "printer-state-changed",
];

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Counts the events of its subscription, from 1.
    pub(super) sequence: i32,
    /// The queue it is about.
    pub(super) queue: String,
    /// The job it is about, and how that is now.
    pub(super) job: Option<(i32, SpoolerJobState)>,
}

/// The id of the subscription that was made; `None` when none was.
pub(super) fn subscription(response: &IppRequestResponse) -> Option<i32> {
    response
        .attributes()
        .groups_of(DelimiterTag::SubscriptionAttributes)
        .find_map(|group| number(group, "notify-subscription-id"))
}

/// The events of a subscription from sequence number `first` on, in order,
/// each once.
pub(super) fn events(response: &IppRequestResponse, subscription: i32, first: i32) -> Vec<Event> {
    let mut events: Vec<Event> = response
        .attributes()
        .groups_of(DelimiterTag::EventNotificationAttributes)
        .filter(|group| number(group, "notify-subscription-id") == Some(subscription))
        .filter_map(event)
        .filter(|event| event.sequence >= first)
        .take(EVENTS_MAX)
        .collect();
    events.sort_by_key(|event| event.sequence);
    events.dedup_by_key(|event| event.sequence);
    events
}

fn event(group: &IppAttributeGroup) -> Option<Event> {
    let job = number(group, "notify-job-id").and_then(|id| {
        let state = SpoolerJobState::from_number(number(group, "job-state")?)?;
        Some((id, state))
    });
    Some(Event {
        sequence: number(group, "notify-sequence-number")?,
        queue: text(group, "printer-name"),
        job,
    })
}

#[cfg(test)]
#[cfg_attr(not(unix), allow(dead_code))] // whose tests need a Unix socket
pub(super) mod recorded {
    //! See `recorded/README.md`.

    pub(in crate::backend::cups) const NO_SUBSCRIPTION: &[u8] =
        include_bytes!("recorded/no-subscription.ipp");
    pub(in crate::backend::cups) const NOTHING: &[u8] = include_bytes!("recorded/nothing.ipp");
    pub(in crate::backend::cups) const OUT_OF_PAPER: &[u8] =
        include_bytes!("recorded/out-of-paper.ipp");
    pub(in crate::backend::cups) const PRINTING: &[u8] = include_bytes!("recorded/printing.ipp");
    pub(in crate::backend::cups) const SUBSCRIBED: &[u8] =
        include_bytes!("recorded/subscribed.ipp");
    pub(in crate::backend::cups) const TWO_ENDS: &[u8] = include_bytes!("recorded/two-ends.ipp");
    pub(in crate::backend::cups) const TWO_JOBS: &[u8] = include_bytes!("recorded/two-jobs.ipp");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::cups::answer::read;

    fn jobs(events: &[Event]) -> Vec<(i32, &str, i32, SpoolerJobState)> {
        let of_job = |event: &Event| event.job;
        let jobs = events
            .iter()
            .filter_map(|event| Some((event, of_job(event)?)));
        jobs.map(|(event, (id, state))| (event.sequence, event.queue.as_str(), id, state))
            .collect()
    }

    #[test]
    fn a_recorded_run_reads_as_what_happened() {
        use SpoolerJobState::{Canceled, Completed, PendingHeld, Processing};

        let made = read(recorded::SUBSCRIBED).unwrap();
        assert_eq!(subscription(&made), Some(1));
        let first = events(&read(recorded::TWO_JOBS).unwrap(), 1, 1);
        assert_eq!(
            jobs(&first),
            [
                // A new job is held until its document is there.
                (1, "till", 1, PendingHeld),
                (3, "till", 1, Processing),
                (4, "bar", 2, PendingHeld),
                (6, "bar", 2, Processing),
                (7, "bar", 2, Completed),
            ]
        );
        let then = events(&read(recorded::TWO_ENDS).unwrap(), 1, 9);
        assert_eq!(
            jobs(&then),
            [
                (11, "till", 1, Completed),
                (13, "till", 3, PendingHeld),
                (15, "till", 3, Processing),
                (17, "till", 3, Canceled),
            ]
        );
        assert!(then.iter().map(|event| event.sequence).eq(9..=20));
    }

    #[test]
    fn events_of_others_and_events_heard_before_are_passed_over() {
        let reply = read(recorded::TWO_JOBS).unwrap();
        assert!(events(&reply, 2, 1).is_empty());
        assert_eq!(events(&reply, 1, 7).len(), 2);
        assert!(events(&read(recorded::NOTHING).unwrap(), 1, 1).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_a_reply_holds_events_come_in_order_and_without_control_characters(
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12),
            end in any::<proptest::sample::Index>(),
            first in any::<i32>(),
        ) {
            let mut reply = recorded::TWO_JOBS.to_vec();
            for (at, octet) in edits {
                let at = at.index(reply.len());
                reply[at] = octet;
            }
            for reply in [&reply[..], &reply[..end.index(reply.len())]] {
                let Ok(reply) = read(reply) else { continue };
                let _ = subscription(&reply);
                let events = events(&reply, 1, first);
                prop_assert!(events.windows(2).all(|two| two[0].sequence < two[1].sequence));
                for event in events {
                    prop_assert!(event.sequence >= first);
                    prop_assert!(!event.queue.contains(char::is_control));
                }
            }
        }
    }
}
