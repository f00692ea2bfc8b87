//! What can be made to go wrong, and when.
//!
//! A fault is written the same on the command line, in a script and on the
//! control socket: `jam`, `slow-drain:200`, `delay-replies:1500`; and so is its
//! moment: `now`, `after-octets:512`. An [`Arming`] joins both with the time
//! after which it mends itself.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One thing that goes wrong.
///
/// Some happen and are over (`reset`, `close`, `half-close`); the others last
/// until they are healed: by [`Arming::lasts_ms`], by an operator's act, or by
/// `heal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Fault {
    /// Nobody listens: a connection is refused.
    Refuse,
    /// Nothing is read any more; the system still takes what fits its buffers.
    Stall,
    /// Nothing is read, and the system's buffer is made as small as it gets, so
    /// that the sender's window closes.
    ZeroWindow,
    /// The connection is reset. What was received is printed all the same.
    Reset,
    /// The connection is closed. What was received is printed all the same.
    Close,
    /// The printer's own half of the connection is closed; it reads on.
    HalfClose,
    /// The buffer empties at this pace.
    SlowDrain {
        /// Octets a second, at least 1.
        octets_per_second: u32,
    },
    /// No reply is sent.
    Mute,
    /// Replies have the right length and the wrong bits.
    WrongReplies,
    /// Replies that nobody asked for, without end.
    EndlessReplies,
    /// Replies come late.
    DelayReplies {
        /// By this much.
        ms: u32,
    },
    /// The roll is empty.
    PaperOut,
    /// Somebody opens the cover.
    CoverOpen,
    /// The cutter jams: an error that `DLE ENQ` or the operator recovers.
    Jam,
    /// The mechanism is stuck: an error that `DLE ENQ` or the operator recovers.
    Stuck,
    /// An error that only switching off and on ends.
    Broken,
    /// The print head is too hot: an error that passes by itself.
    Hot,
    /// The power fails: what was received is lost, connections are reset and
    /// new ones refused.
    PowerOff,
}

/// What a fault acts upon, which says how its moment is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acts {
    /// On connections: octets are counted as they are received.
    OnConnection,
    /// On the mechanism: octets are counted as they are printed.
    OnMechanism,
}

impl Fault {
    /// Every fault, each with an example value where it takes one.
    pub const ALL: [Self; 18] = [
        Self::Refuse,
        Self::Stall,
        Self::ZeroWindow,
        Self::Reset,
        Self::Close,
        Self::HalfClose,
        Self::SlowDrain {
            octets_per_second: 200,
        },
        Self::Mute,
        Self::WrongReplies,
        Self::EndlessReplies,
        Self::DelayReplies { ms: 500 },
        Self::PaperOut,
        Self::CoverOpen,
        Self::Jam,
        Self::Stuck,
        Self::Broken,
        Self::Hot,
        Self::PowerOff,
    ];

    /// Its name, without the value.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Stall => "stall",
            Self::ZeroWindow => "zero-window",
            Self::Reset => "reset",
            Self::Close => "close",
            Self::HalfClose => "half-close",
            Self::SlowDrain { .. } => "slow-drain",
            Self::Mute => "mute",
            Self::WrongReplies => "wrong-replies",
            Self::EndlessReplies => "endless-replies",
            Self::DelayReplies { .. } => "delay-replies",
            Self::PaperOut => "paper-out",
            Self::CoverOpen => "cover-open",
            Self::Jam => "jam",
            Self::Stuck => "stuck",
            Self::Broken => "broken",
            Self::Hot => "hot",
            Self::PowerOff => "power-off",
        }
    }

    fn value(self) -> Option<u32> {
        match self {
            Self::SlowDrain { octets_per_second } => Some(octets_per_second),
            Self::DelayReplies { ms } => Some(ms),
            Self::Refuse
            | Self::Stall
            | Self::ZeroWindow
            | Self::Reset
            | Self::Close
            | Self::HalfClose
            | Self::Mute
            | Self::WrongReplies
            | Self::EndlessReplies
            | Self::PaperOut
            | Self::CoverOpen
            | Self::Jam
            | Self::Stuck
            | Self::Broken
            | Self::Hot
            | Self::PowerOff => None,
        }
    }

    fn with_value(self, value: u32) -> Self {
        match self {
            Self::SlowDrain { .. } => Self::SlowDrain {
                octets_per_second: value.max(1),
            },
            Self::DelayReplies { .. } => Self::DelayReplies { ms: value },
            without => without,
        }
    }

    pub(crate) fn acts(self) -> Acts {
        match self {
            Self::Refuse
            | Self::Stall
            | Self::ZeroWindow
            | Self::Reset
            | Self::Close
            | Self::HalfClose
            | Self::SlowDrain { .. }
            | Self::Mute
            | Self::WrongReplies
            | Self::EndlessReplies
            | Self::DelayReplies { .. } => Acts::OnConnection,
            Self::PaperOut
            | Self::CoverOpen
            | Self::Jam
            | Self::Stuck
            | Self::Broken
            | Self::Hot
            | Self::PowerOff => Acts::OnMechanism,
        }
    }

    /// Whether it happens to a connection and is over.
    pub(crate) fn is_momentary(self) -> bool {
        matches!(self, Self::Reset | Self::Close | Self::HalfClose)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_named(f, self.name(), self.value().map(u64::from))
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = split(text);
        let known = Self::ALL.into_iter().find(|fault| fault.name() == name);
        match (known, known.and_then(Self::value), value) {
            (Some(fault), None, None) => Ok(fault),
            (Some(fault), Some(_), Some(value)) => match value.parse() {
                Ok(value) => Ok(fault.with_value(value)),
                Err(_) => Err(format!("`{text}`: say a number, as in `{fault}`")),
            },
            (Some(fault), _, _) => Err(format!("`{text}`: say it as `{fault}`")),
            (None, _, _) => {
                let names: Vec<_> = Self::ALL.iter().map(ToString::to_string).collect();
                Err(format!(
                    "`{text}` is no fault; choose from {}",
                    names.join(", ")
                ))
            }
        }
    }
}

/// When a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// When the next connection is made, before an octet of it is read.
    NextConnection,
    /// After so many octets of the job under way, or else of the next one. A
    /// fault of connections counts received octets, one of the mechanism counts
    /// octets as they are printed.
    AfterOctets(u64),
    /// After so many lines of the job are on paper.
    AfterLines(u32),
    /// After the last octet of the job: its process id is asked for, or the
    /// sender has closed its half. A fault of connections happens when that is
    /// received, one of the mechanism when all before it is printed.
    AfterLastOctet,
    /// While no job is under way. One that happens to a connection waits for
    /// one.
    BetweenJobs,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => write_named(f, "now", None),
            Self::NextConnection => write_named(f, "next-connection", None),
            Self::AfterOctets(octets) => write_named(f, "after-octets", Some(*octets)),
            Self::AfterLines(lines) => write_named(f, "after-lines", Some((*lines).into())),
            Self::AfterLastOctet => write_named(f, "after-last-octet", None),
            Self::BetweenJobs => write_named(f, "between-jobs", None),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = match split(text) {
            ("now", None) => Some(Self::Now),
            ("next-connection", None) => Some(Self::NextConnection),
            ("after-octets", Some(value)) => value.parse().ok().map(Self::AfterOctets),
            ("after-lines", Some(value)) => value.parse().ok().map(Self::AfterLines),
            ("after-last-octet", None) => Some(Self::AfterLastOctet),
            ("between-jobs", None) => Some(Self::BetweenJobs),
            _ => None,
        };
        known.ok_or_else(|| {
            format!(
                "`{text}` is no moment; choose from now, next-connection, after-octets:NUMBER, \
                 after-lines:NUMBER, after-last-octet, between-jobs"
            )
        })
    }
}

fn write_named(f: &mut fmt::Formatter<'_>, name: &str, value: Option<u64>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{name}:{value}"),
        None => f.write_str(name),
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    }
}

/// Serde by the words people write.
macro_rules! written_as_text {
    ($name:ty) => {
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

written_as_text!(Fault);
written_as_text!(When);

/// A fault and its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arming {
    /// What goes wrong.
    pub fault: Fault,
    /// When; default: now.
    #[serde(default)]
    pub when: When,
    /// After how many milliseconds it mends itself; default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_ms: Option<u64>,
}

impl Arming {
    /// A fault that lasts until it is healed.
    #[must_use]
    pub fn new(fault: Fault, when: When) -> Self {
        Self {
            fault,
            when,
            lasts_ms: None,
        }
    }

    /// The same, mending itself after `ms`.
    #[must_use]
    pub fn lasting_ms(mut self, ms: u64) -> Self {
        self.lasts_ms = Some(ms);
        self
    }

    pub(crate) fn lasts(&self) -> Option<Duration> {
        self.lasts_ms.map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_moments_are_read_as_they_are_written() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
        for when in [
            When::Now,
            When::NextConnection,
            When::AfterOctets(3),
            When::AfterLines(7),
            When::AfterLastOctet,
            When::BetweenJobs,
        ] {
            assert_eq!(when.to_string().parse(), Ok(when));
        }
    }

    #[test]
    fn a_value_that_is_missing_or_too_much_is_named() {
        for (text, said) in [
            ("slow-drain", "say it as `slow-drain:200`"),
            ("jam:3", "say it as `jam`"),
            ("slow-drain:x", "say a number"),
            ("fire", "choose from refuse, stall"),
        ] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert!("after-octets".parse::<When>().is_err());
        assert!("soon".parse::<When>().is_err());
    }

    #[test]
    fn an_arming_in_json_is_made_of_the_same_words() {
        let arming: Arming =
            serde_json::from_str(r#"{"fault":"slow-drain:9","when":"after-octets:5"}"#).unwrap();
        assert_eq!(
            arming,
            Arming::new(
                Fault::SlowDrain {
                    octets_per_second: 9
                },
                When::AfterOctets(5)
            )
        );
        assert!(serde_json::from_str::<Arming>(r#"{"fault":"jam","wen":"now"}"#).is_err());
    }
}
