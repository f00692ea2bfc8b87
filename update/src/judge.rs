//! Whether a manifest counts on this machine: pure, and every reason to refuse
//! one in one place.

use crate::Version;
use crate::journal::{Journal, Phase};
use crate::manifest::{Artifact, Manifest};

/// How far the clocks of signer and machine may differ.
const CLOCKS_DIFFER_MS: u64 = 24 * 60 * 60 * 1000;

/// What the machine's owner decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Which line of versions.
    pub channel: String,
    /// The only version that may come.
    pub pin: Option<Version>,
    /// A person says that a manifest counts again which was rolled back.
    pub again: bool,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Nothing: this is the version that runs.
    UpToDate,
    /// Take these files.
    Update(&'a [Artifact]),
}

/// Why a manifest does not count here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Another line of versions.
    #[error("the manifest is for the channel {found}, and this machine follows {wanted}")]
    Channel {
        /// The manifest's.
        found: String,
        /// Ours.
        wanted: String,
    },
    /// Too old to be believed.
    #[error(
        "the manifest has expired; whoever signs must sign a new one, and this machine's clock must be right"
    )]
    Expired,
    /// From the future.
    #[error("the manifest was signed in the future; set this machine's clock")]
    Future,
    /// Older than one that was seen.
    #[error(
        "the manifest has the number {found}, and this machine has seen {seen}: it was played back, or the place of updates is stale"
    )]
    Replayed {
        /// The manifest's.
        found: u64,
        /// The highest ever accepted.
        seen: u64,
    },
    /// It leads to an older version.
    #[error(
        "the manifest leads from {current} back to {found}; only a person goes back, with `platen update rollback`"
    )]
    Downgrade {
        /// The manifest's.
        found: Version,
        /// What runs.
        current: Version,
    },
    /// Another than the one that was pinned.
    #[error("this machine is pinned to {pin} in [update], and the manifest has {found}")]
    Pinned {
        /// The manifest's.
        found: Version,
        /// The policy's.
        pin: Version,
    },
    /// Not yet.
    #[error("machines may take this version in {hours} hours, its manifest says")]
    TooEarly {
        /// How long still.
        hours: u64,
    },
    /// Nothing for this kind of machine.
    #[error("the manifest has nothing for {0}")]
    Platform(String),
    /// It was tried and taken back.
    #[error(
        "{version} was taken back on this machine ({reason}); wait for a newer one, or try it with `platen update apply --again`"
    )]
    TakenBack {
        /// Which version.
        version: Version,
        /// Why.
        reason: String,
    },
    /// An update is under way.
    #[error("an update to {0} is under way; `platen update status` shows how it goes")]
    UnderWay(Version),
}

/// Decides on a manifest whose signature was checked.
///
/// # Errors
/// [`Refusal`].
pub fn judge<'a>(
    manifest: &'a Manifest,
    journal: &Journal,
    policy: &Policy,
    platform: &str,
    now: u64,
) -> Result<Verdict<'a>, Refusal> {
    if manifest.channel != policy.channel {
        return Err(Refusal::Channel {
            found: manifest.channel.clone(),
            wanted: policy.channel.clone(),
        });
    }
    if manifest.expires_at <= now {
        return Err(Refusal::Expired);
    }
    if manifest.issued_at > now.saturating_add(CLOCKS_DIFFER_MS) {
        return Err(Refusal::Future);
    }
    if manifest.sequence < journal.sequence {
        return Err(Refusal::Replayed {
            found: manifest.sequence,
            seen: journal.sequence,
        });
    }
    match &journal.phase {
        Phase::Swapped { to, .. } => return Err(Refusal::UnderWay(to.clone())),
        Phase::TakenBack { version, reason } if *version == manifest.version && !policy.again => {
            return Err(Refusal::TakenBack {
                version: version.clone(),
                reason: reason.clone(),
            });
        }
        Phase::TakenBack { .. } | Phase::Staged { .. } | Phase::Confirmed => {}
    }
    if manifest.version == journal.running {
        return Ok(Verdict::UpToDate);
    }
    // A number names one version: the same with another is played back too.
    let is_known = manifest.sequence == journal.sequence && manifest.sequence > 0;
    if is_known && journal.phase.version() != Some(&manifest.version) {
        return Err(Refusal::Replayed {
            found: manifest.sequence,
            seen: journal.sequence,
        });
    }
    if manifest.version < journal.running {
        return Err(Refusal::Downgrade {
            found: manifest.version.clone(),
            current: journal.running.clone(),
        });
    }
    if let Some(pin) = policy.pin.as_ref().filter(|pin| **pin != manifest.version) {
        return Err(Refusal::Pinned {
            found: manifest.version.clone(),
            pin: pin.clone(),
        });
    }
    if let Some(wait) = manifest.not_before.and_then(|at| at.checked_sub(now))
        && wait > 0
    {
        return Err(Refusal::TooEarly {
            hours: wait.div_ceil(60 * 60 * 1000),
        });
    }
    match manifest.platforms.get(platform) {
        Some(files) => Ok(Verdict::Update(files)),
        None => Err(Refusal::Platform(platform.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::platform;
    use crate::manifest::tests::manifest;

    const NOW: u64 = 2_000;

    fn policy() -> Policy {
        Policy {
            channel: "stable".to_owned(),
            pin: None,
            again: false,
        }
    }

    fn journal(running: &str, sequence: u64, phase: Phase) -> Journal {
        Journal {
            running: running.parse().unwrap(),
            previous: None,
            sequence,
            phase,
        }
    }

    fn check(manifest: &Manifest, journal: &Journal, policy: &Policy) -> Result<bool, Refusal> {
        judge(manifest, journal, policy, &platform(), NOW)
            .map(|verdict| verdict != Verdict::UpToDate)
    }

    #[test]
    fn a_newer_version_is_taken_and_the_running_one_is_not() {
        let journal = journal("1.4.0", 7, Phase::Confirmed);
        assert_eq!(check(&manifest("1.5.0", 8), &journal, &policy()), Ok(true));
        assert_eq!(check(&manifest("1.4.0", 7), &journal, &policy()), Ok(false));
        assert_eq!(check(&manifest("1.4.0", 9), &journal, &policy()), Ok(false));
    }

    #[test]
    fn old_foreign_and_untimely_manifests_are_refused() {
        let journal = journal("1.4.0", 7, Phase::Confirmed);
        let refused = |change: &dyn Fn(&mut Manifest, &mut Policy)| {
            let (mut manifest, mut policy) = (manifest("1.5.0", 8), policy());
            change(&mut manifest, &mut policy);
            check(&manifest, &journal, &policy).unwrap_err()
        };
        let version = |text: &str| text.parse::<Version>().unwrap();
        use Refusal as R;
        assert!(matches!(
            refused(&|m, _| m.channel = "beta".into()),
            R::Channel { .. }
        ));
        assert_eq!(refused(&|m, _| m.expires_at = NOW), R::Expired);
        assert_eq!(
            refused(&|m, _| m.issued_at = NOW + CLOCKS_DIFFER_MS + 1),
            R::Future
        );
        assert!(matches!(
            refused(&|m, _| m.sequence = 6),
            R::Replayed { .. }
        ));
        assert!(matches!(
            refused(&|m, _| m.sequence = 7),
            R::Replayed { .. }
        ));
        assert!(matches!(
            refused(&|m, _| m.version = version("1.3.9")),
            R::Downgrade { .. }
        ));
        assert!(matches!(
            refused(&|m, _| m.version = version("1.4.0-rc.1")),
            R::Downgrade { .. }
        ));
        assert!(matches!(
            refused(&|_, p| p.pin = Some(version("1.4.1"))),
            R::Pinned { .. }
        ));
        assert_eq!(
            refused(&|m, _| m.not_before = Some(NOW + 1)),
            R::TooEarly { hours: 1 }
        );
        assert!(matches!(
            refused(&|m, _| m.platforms.clear()),
            R::Platform(_)
        ));
    }

    #[test]
    fn what_was_taken_back_comes_again_only_when_a_person_says_so() {
        let phase = Phase::TakenBack {
            version: "1.5.0".parse().unwrap(),
            reason: "it did not start".to_owned(),
        };
        let journal = journal("1.4.0", 8, phase);
        let refused = check(&manifest("1.5.0", 8), &journal, &policy()).unwrap_err();
        assert!(matches!(refused, Refusal::TakenBack { .. }), "{refused}");
        let again = Policy {
            again: true,
            ..policy()
        };
        assert_eq!(check(&manifest("1.5.0", 8), &journal, &again), Ok(true));
        assert_eq!(check(&manifest("1.5.1", 9), &journal, &policy()), Ok(true));
    }
}
