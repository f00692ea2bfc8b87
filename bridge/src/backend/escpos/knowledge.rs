//! What is remembered of one printer from connection to connection.
//!
//! A printer that does not answer costs one short wait and is left alone for a
//! while; one that has answered before and now is silent has a reason, and is
//! waited for before that is held against it. What a printer proved it can do
//! is kept over a restart (`queue::recall`), so that it is not taken then for
//! one that never answered.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// A mute printer is asked again after this long: somebody may have switched
/// its status on, or put another in its place.
const MUTE: Duration = Duration::from_mins(10);

/// A printer that answered before may be silent for this long (another host
/// talks to it, it starts up) before it counts as mute.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// What a printer can do besides answering `DLE EOT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// It reports changes of its status by itself (`GS a`).
    pub automatic_status: bool,
    /// It says when all before a request is printed (`GS ( H`).
    pub process_id: bool,
}

/// How to begin a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approach {
    /// Say nothing: it does not answer.
    Silent,
    /// Nobody knows yet: ask, and wait a little once.
    Try,
    /// It has answered before.
    Expect,
}

/// What a question without an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It does not answer; go on without.
    Mute,
    /// It did answer before: it cannot now, and is worth waiting for.
    Unwell,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Unknown,
    Mute {
        until: Instant,
    },
    Answers {
        /// What was tried out, and when.
        abilities: Option<(Abilities, Instant)>,
        silent_since: Option<Instant>,
    },
}

/// The memory of one printer.
#[derive(Debug, Default)]
pub struct Knowledge(Mutex<State>);

impl Knowledge {
    /// How to begin a connection now.
    #[must_use]
    pub fn approach(&self, now: Instant) -> Approach {
        self.with(|state| match *state {
            State::Unknown => Approach::Try,
            State::Mute { until } if now >= until => {
                *state = State::Unknown;
                Approach::Try
            }
            State::Mute { .. } => Approach::Silent,
            State::Answers { .. } => Approach::Expect,
        })
    }

    /// It answered.
    pub fn answered(&self) {
        self.with(|state| match state {
            State::Unknown | State::Mute { .. } => {
                *state = State::Answers {
                    abilities: None,
                    silent_since: None,
                };
            }
            State::Answers { silent_since, .. } => *silent_since = None,
        });
    }

    /// It did not answer, or only nonsense.
    pub fn was_silent(&self, now: Instant) -> Silence {
        self.with(|state| {
            if let State::Answers { silent_since, .. } = state {
                let since = *silent_since.get_or_insert(now);
                if now.saturating_duration_since(since) < SILENCE_MAX {
                    return Silence::Unwell;
                }
            }
            *state = State::Mute { until: now + MUTE };
            Silence::Mute
        })
    }

    /// It could not be reached. What comes back may be another printer.
    pub fn was_unreachable(&self) {
        self.with(|state| {
            if let State::Mute { .. } = state {
                *state = State::Unknown;
            }
        });
    }

    /// What it can do, where that has been tried (lately, if it could not).
    #[must_use]
    pub fn abilities(&self, now: Instant) -> Option<Abilities> {
        self.with(|state| match *state {
            State::Answers {
                abilities: Some((abilities, at)),
                ..
            } => {
                let is_recent = now.saturating_duration_since(at) < MUTE;
                Some(abilities).filter(|abilities| abilities.process_id || is_recent)
            }
            State::Unknown | State::Mute { .. } | State::Answers { .. } => None,
        })
    }

    /// What it has proved it can do, if that is worth keeping: its own word on
    /// each job.
    #[must_use]
    pub fn proven(&self) -> Option<Abilities> {
        self.with(|state| match *state {
            State::Answers {
                abilities: Some((abilities, _)),
                ..
            } => Some(abilities).filter(|abilities| abilities.process_id),
            State::Unknown | State::Mute { .. } | State::Answers { .. } => None,
        })
    }

    /// What it proved before the agent was started. What was seen since goes
    /// before.
    pub fn recall(&self, proven: Abilities, now: Instant) {
        self.with(|state| {
            if let State::Unknown = state {
                *state = State::Answers {
                    abilities: Some((proven, now)),
                    silent_since: None,
                };
            }
        });
    }

    /// What was found when it was tried.
    pub fn learn(&self, found: Abilities, now: Instant) {
        self.with(|state| {
            if let State::Answers { abilities, .. } = state {
                *abilities = Some((found, now));
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        act(&mut state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Abilities = Abilities {
        automatic_status: true,
        process_id: true,
    };

    #[test]
    fn a_mute_printer_costs_one_question_and_is_asked_again_later() {
        let knowledge = Knowledge::default();
        let now = Instant::now();
        assert_eq!(knowledge.approach(now), Approach::Try);
        assert_eq!(knowledge.was_silent(now), Silence::Mute);
        assert_eq!(knowledge.approach(now), Approach::Silent);
        assert_eq!(knowledge.approach(now + MUTE), Approach::Try);
    }

    #[test]
    fn a_mute_printer_that_was_switched_off_may_be_another_one() {
        let knowledge = Knowledge::default();
        let now = Instant::now();
        knowledge.was_silent(now);
        knowledge.was_unreachable();
        assert_eq!(knowledge.approach(now), Approach::Try);
    }

    #[test]
    fn a_printer_that_answered_before_is_waited_for_when_it_is_silent() {
        let knowledge = Knowledge::default();
        let now = Instant::now();
        knowledge.answered();
        assert_eq!(knowledge.was_silent(now), Silence::Unwell);
        assert_eq!(knowledge.approach(now), Approach::Expect);
        knowledge.answered();
        assert_eq!(knowledge.was_silent(now + SILENCE_MAX), Silence::Unwell);
        assert_eq!(knowledge.was_silent(now + SILENCE_MAX * 2), Silence::Mute);
    }

    #[test]
    fn a_printer_that_proved_itself_before_a_restart_is_expected_to_answer() {
        let knowledge = Knowledge::default();
        let now = Instant::now();
        assert_eq!(knowledge.proven(), None);
        knowledge.recall(ALL, now);
        assert_eq!(knowledge.approach(now), Approach::Expect);
        assert_eq!(knowledge.abilities(now + MUTE), Some(ALL));
        assert_eq!(knowledge.was_silent(now), Silence::Unwell);
        // Another one in its place, that does not answer.
        assert_eq!(knowledge.was_silent(now + SILENCE_MAX), Silence::Mute);
        assert_eq!(knowledge.proven(), None);
        knowledge.recall(ALL, now);
        assert_eq!(knowledge.approach(now), Approach::Silent);
    }

    #[test]
    fn abilities_are_remembered_and_their_lack_only_for_a_while() {
        let knowledge = Knowledge::default();
        let now = Instant::now();
        assert_eq!(knowledge.abilities(now), None);
        knowledge.answered();
        knowledge.learn(ALL, now);
        assert_eq!(knowledge.abilities(now + MUTE), Some(ALL));
        let none = Abilities {
            automatic_status: false,
            process_id: false,
        };
        knowledge.learn(none, now);
        assert_eq!(knowledge.abilities(now), Some(none));
        assert_eq!(knowledge.abilities(now + MUTE), None);
    }
}
