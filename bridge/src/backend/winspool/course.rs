//! What became of a job, from what is seen and heard of it. Pure.
//!
//! A job leaves the queue when it was printed and when somebody deleted it, and
//! then the queue says nothing of it. What was heard in passing tells the two
//! apart, where the spooler tells changes and told all of them. Where it does
//! not, a job that left is done only as far as its port took the octets, and
//! only when nothing speaks against it; else it is in doubt.

use platen_protocol::PrinterStateReason;
use platen_spooler_wire::{PrinterCondition, SpoolerJob};

use super::status::{self, job};
use crate::backend::DeviceStatus;

/// The spooler says that it has sent all of it.
const DONE: u32 = job::PRINTED | job::COMPLETE;
/// Somebody takes it out of the queue, or the spooler does when it is done.
const REMOVED: u32 = job::DELETING | job::DELETED;

/// What the spooler answers about a job.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) job: Option<SpoolerJob>,
    pub(super) heard: u32,
    pub(super) heard_all: bool,
    pub(super) condition: Option<PrinterCondition>,
}

/// What a job looks like at one moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Going,
    Stopped(Vec<PrinterStateReason>),
    Over(Ending),
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The spooler says that all of it was sent to the printer.
    Printed,
    /// It left the queue, and nothing speaks against its octets having been
    /// sent.
    Left,
    /// It was deleted before any of it was sent.
    DeletedUnprinted,
    /// It was deleted, and a part may have been sent.
    DeletedInPart,
    /// It left the queue, and nobody said why; or its number is another job's.
    Unknown,
}

/// What is known of a job so far.
#[derive(Debug)]
pub(super) struct Course {
    /// What its title ends in, whatever else gets its number.
    mark: String,
    heard: u32,
    /// How it was when it was last seen in the queue.
    last_seen: Option<u32>,
}

impl Course {
    pub(super) fn new(mark: String) -> Self {
        Self {
            mark,
            heard: 0,
            last_seen: None,
        }
    }

    /// Judges what is seen and heard now.
    pub(super) fn judge(&mut self, look: &Look) -> State {
        let ours = match &look.job {
            Some(job) if !job.title.ends_with(&self.mark) => return State::Over(Ending::Unknown),
            ours => ours.as_ref(),
        };
        self.heard |= look.heard | ours.map_or(0, |job| job.status);
        if self.heard & DONE != 0 {
            return State::Over(Ending::Printed);
        }
        let Some(job) = ours else {
            return State::Over(self.gone(look.heard_all));
        };
        self.last_seen = Some(job.status);
        let mut reasons = status::of_job(job.status);
        let printer = look.condition.map(status::of_printer);
        if let Some(printer) = printer.filter(DeviceStatus::stops) {
            reasons = printer.reasons;
        }
        if reasons.is_empty() {
            State::Going
        } else {
            State::Stopped(reasons)
        }
    }

    fn gone(&self, heard_all: bool) -> Ending {
        let began = self.heard & job::PRINTING != 0;
        if self.heard & REMOVED != 0 {
            if heard_all && !began {
                Ending::DeletedUnprinted
            } else {
                Ending::DeletedInPart
            }
        } else if heard_all {
            // Whoever tells everything would have told how it ended.
            Ending::Unknown
        } else {
            match self.last_seen {
                // Done before the first look.
                None => Ending::Left,
                // A job that waits or is held up can be deleted between two looks.
                Some(last) if began && status::of_job(last).is_empty() => Ending::Left,
                Some(_) => Ending::Unknown,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARK: &str = "(Platen 0a1b)";

    fn seen(status: u32) -> Look {
        Look {
            job: Some(SpoolerJob {
                title: format!("Bon 7 {MARK}"),
                status,
                text: String::new(),
            }),
            heard: 0,
            heard_all: false,
            condition: None,
        }
    }

    fn gone(heard: u32, heard_all: bool) -> Look {
        Look {
            job: None,
            heard,
            heard_all,
            condition: None,
        }
    }

    fn after(looks: &[Look]) -> State {
        let mut course = Course::new(MARK.to_owned());
        let mut state = State::Going;
        for look in looks {
            state = course.judge(look);
        }
        state
    }

    #[test]
    fn only_the_spoolers_word_makes_a_job_printed() {
        for looks in [
            &[seen(job::PRINTED)][..],
            &[seen(job::PRINTING), seen(job::COMPLETE | job::PRINTING)],
            &[gone(job::PRINTING | job::PRINTED | job::DELETED, true)],
            // What was missed cannot take back what was heard.
            &[gone(job::PRINTED, false)],
        ] {
            assert_eq!(after(looks), State::Over(Ending::Printed), "{looks:?}");
        }
    }

    #[test]
    fn a_job_that_leaves_without_a_word_is_no_more_than_sent_and_mostly_in_doubt() {
        for (looks, ending) in [
            (&[gone(0, false)][..], Ending::Left),
            (&[seen(job::PRINTING), gone(0, false)], Ending::Left),
            (&[seen(job::SPOOLING), gone(0, false)], Ending::Unknown),
            (&[seen(0), gone(0, false)], Ending::Unknown),
            (
                &[
                    seen(job::PRINTING),
                    seen(job::PRINTING | job::PAPER_OUT),
                    gone(0, false),
                ],
                Ending::Unknown,
            ),
            (&[seen(job::PRINTING), gone(0, true)], Ending::Unknown),
        ] {
            assert_eq!(after(looks), State::Over(ending), "{looks:?}");
        }
    }

    #[test]
    fn a_deleted_job_is_unprinted_only_when_everything_was_heard() {
        for (looks, ending) in [
            (
                &[gone(job::SPOOLING | job::DELETING, true)][..],
                Ending::DeletedUnprinted,
            ),
            (&[gone(job::DELETED, false)], Ending::DeletedInPart),
            (
                &[seen(job::PRINTING), gone(job::DELETED, true)],
                Ending::DeletedInPart,
            ),
        ] {
            assert_eq!(after(looks), State::Over(ending), "{looks:?}");
        }
    }

    #[test]
    fn a_number_that_is_another_jobs_ends_in_doubt() {
        let mut other = seen(job::PRINTED);
        if let Some(job) = &mut other.job {
            job.title = "Invoice".to_owned();
        }
        assert_eq!(after(&[other]), State::Over(Ending::Unknown));
    }

    #[test]
    fn what_holds_a_job_up_is_the_printers_word_before_the_jobs() {
        let mut look = seen(job::PRINTING | job::ERROR);
        assert_eq!(
            after(&[seen(job::PRINTING), seen(job::OFFLINE)]),
            State::Stopped(vec!["offline".parse().unwrap()])
        );
        look.condition = Some(PrinterCondition {
            status: 0x10,
            attributes: 0,
        });
        assert_eq!(
            after(&[look]),
            State::Stopped(vec!["media-empty".parse().unwrap()])
        );
    }

    proptest! {
        /// Whatever is seen and heard, a job is printed only by the spooler's word.
        #[test]
        fn no_course_ends_printed_without_the_word(
            looks in proptest::collection::vec((any::<bool>(), any::<u32>(), any::<bool>()), 1..8),
        ) {
            let mut course = Course::new(MARK.to_owned());
            let mut said = false;
            for (present, status, heard_all) in looks {
                let look = if present { seen(status) } else { gone(status, heard_all) };
                said |= status & DONE != 0;
                let state = course.judge(&look);
                prop_assert_eq!(state == State::Over(Ending::Printed), said);
            }
        }
    }
}
