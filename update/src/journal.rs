//! Where an installation stands between two versions, and the one place where
//! that changes.
//!
//! It is written before each step that it tells of, so that whoever starts
//! next knows what was under way. Nothing here does I/O.

use serde::{Deserialize, Serialize};

use crate::Version;

/// Where an installation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The version that was found to work; the one that starts after a crash.
    pub running: Version,
    /// The one before it, to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Version>,
    /// The highest number of a manifest that was ever accepted. Never falls.
    pub sequence: u64,
    /// What is under way, or how it ended.
    pub phase: Phase,
}

/// What is under way, or how the last update ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Phase {
    /// Nothing: `running` works.
    Confirmed,
    /// The files of a version are there, whole and checked.
    Staged {
        /// Which.
        to: Version,
    },
    /// That version is the current one, and must show that it works.
    Swapped {
        /// Which.
        to: Version,
        /// Why, in the words of the history.
        by: Cause,
    },
    /// It did not work, or a person went back: `running` runs again.
    TakenBack {
        /// Which did not.
        version: Version,
        /// Why, for people.
        reason: String,
    },
}

/// Who changes the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A manifest.
    Update,
    /// A person who goes back.
    Rollback,
}

impl Phase {
    /// The version that a phase is about.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Confirmed => None,
            Self::Staged { to } | Self::Swapped { to, .. } => Some(to),
            Self::TakenBack { version, .. } => Some(version),
        }
    }
}

/// What happens to an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A version's files are there.
    Staged {
        /// Which.
        to: Version,
        /// The number of its manifest.
        sequence: u64,
    },
    /// It is to be the current one.
    Swapped,
    /// A person goes back to the version before.
    WentBack,
    /// The current version works.
    Healthy,
    /// It does not.
    Failed {
        /// Why, for people.
        reason: String,
    },
}

impl Journal {
    /// An installation that was never updated.
    #[must_use]
    pub fn new(running: Version) -> Self {
        Self {
            running,
            previous: None,
            sequence: 0,
            phase: Phase::Confirmed,
        }
    }

    /// The version that is to run now.
    #[must_use]
    pub fn current(&self) -> &Version {
        match &self.phase {
            Phase::Swapped { to, .. } => to,
            Phase::Confirmed | Phase::Staged { .. } | Phase::TakenBack { .. } => &self.running,
        }
    }

    /// The one place where an installation changes its standing. Returns it
    /// unchanged in `Err` when the event has no meaning in it.
    ///
    /// # Errors
    /// The journal as it was.
    pub fn after(self, event: Event) -> Result<Self, Box<Self>> {
        let Self {
            running,
            previous,
            sequence,
            phase,
        } = self;
        let same = |phase| Self {
            running: running.clone(),
            previous: previous.clone(),
            sequence,
            phase,
        };
        match (phase, event) {
            (
                Phase::Confirmed | Phase::Staged { .. } | Phase::TakenBack { .. },
                Event::Staged {
                    to,
                    sequence: number,
                },
            ) if number >= sequence && to > running => Ok(Self {
                sequence: number,
                ..same(Phase::Staged { to })
            }),
            (Phase::Staged { to }, Event::Swapped) => Ok(same(Phase::Swapped {
                to,
                by: Cause::Update,
            })),
            (
                Phase::Confirmed | Phase::TakenBack { .. } | Phase::Staged { .. },
                Event::WentBack,
            ) if previous.is_some() => {
                let to = previous.clone().expect("a condition of this row");
                Ok(same(Phase::Swapped {
                    to,
                    by: Cause::Rollback,
                }))
            }
            (
                Phase::Swapped {
                    to,
                    by: Cause::Update,
                },
                Event::Healthy,
            ) => Ok(Self {
                running: to,
                previous: Some(running),
                sequence,
                phase: Phase::Confirmed,
            }),
            (
                Phase::Swapped {
                    to,
                    by: Cause::Rollback,
                },
                Event::Healthy,
            ) => Ok(Self {
                running: to,
                previous: None,
                sequence,
                phase: Phase::TakenBack {
                    version: running,
                    reason: "a person went back".to_owned(),
                },
            }),
            (Phase::Swapped { to, .. }, Event::Failed { reason }) => Ok(same(Phase::TakenBack {
                version: to,
                reason,
            })),
            (phase, _) => Err(Box::new(same(phase))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn staged(to: &str, sequence: u64) -> Event {
        Event::Staged {
            to: version(to),
            sequence,
        }
    }

    #[test]
    fn an_update_is_staged_swapped_and_confirmed_or_taken_back() {
        let old = Journal::new(version("1.0.0"));
        let swapped = old
            .after(staged("1.1.0", 3))
            .and_then(|journal| journal.after(Event::Swapped))
            .unwrap();
        assert_eq!(*swapped.current(), version("1.1.0"));
        assert_eq!(
            swapped.running,
            version("1.0.0"),
            "until it has shown that it works"
        );
        let confirmed = swapped.clone().after(Event::Healthy).unwrap();
        assert_eq!(confirmed.running, version("1.1.0"));
        assert_eq!(confirmed.previous, Some(version("1.0.0")));
        let reason = "it did not start".to_owned();
        let back = swapped.after(Event::Failed { reason }).unwrap();
        assert_eq!(*back.current(), version("1.0.0"));
        assert_eq!(back.sequence, 3, "the number never falls");

        let gone_back = confirmed.after(Event::WentBack).unwrap();
        assert_eq!(*gone_back.current(), version("1.0.0"));
        let gone_back = gone_back.after(Event::Healthy).unwrap();
        assert_eq!(
            (gone_back.running, gone_back.sequence),
            (version("1.0.0"), 3)
        );
    }

    #[test]
    fn what_has_no_meaning_changes_nothing() {
        let journal = Journal::new(version("1.0.0"));
        for event in [
            Event::Swapped,
            Event::Healthy,
            Event::WentBack,
            staged("0.9.0", 1),
        ] {
            let same = journal.clone().after(event.clone());
            assert_eq!(same, Err(Box::new(journal.clone())), "{event:?}");
        }
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            (0_u64..4, 0_u64..6)
                .prop_map(|(minor, sequence)| staged(&format!("1.{minor}.0"), sequence)),
            Just(Event::Swapped),
            Just(Event::WentBack),
            Just(Event::Healthy),
            Just(Event::Failed {
                reason: "no".to_owned()
            }),
        ];
        proptest::collection::vec(event, 0..40)
    }

    proptest! {
        /// Whatever happens in whatever order, the number never falls, and a
        /// version that runs was confirmed, or is being tried beside one that was.
        #[test]
        fn the_number_never_falls_and_only_what_worked_is_what_one_goes_back_to(events in events()) {
            let mut journal = Journal::new(version("1.0.0"));
            let mut worked = vec![version("1.0.0")];
            for event in events {
                let before = journal.clone();
                let tried = journal.current().clone();
                journal = match journal.after(event.clone()) {
                    Ok(after) => after,
                    Err(same) => { prop_assert_eq!(&*same, &before); *same }
                };
                if event == Event::Healthy && journal != before {
                    worked.push(tried);
                }
                prop_assert!(journal.sequence >= before.sequence);
                prop_assert!(worked.contains(&journal.running));
            }
        }
    }
}
