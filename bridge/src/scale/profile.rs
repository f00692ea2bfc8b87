//! Which language a scale speaks: how it is asked, and where its answers end.

use std::fmt;
use std::str::FromStr;

use super::weight::Unit;
use crate::serial::{BaudRate, Body, DataBits, Frame, Framing, LineSettings, Parity};

/// A language of scales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScaleProfile {
    /// MT-SICS, level 0: `SI`, answered by `S S      1.234 kg`. Mettler Toledo,
    /// and many others.
    MtSics,
    /// Toledo 8217 and 8213: `W`, answered by STX, weight and CR, or a status.
    /// Scales of checkouts.
    Toledo8217,
    /// NCI, also called ECR and SCP-01: `W` CR, answered by weight, unit and
    /// status. Avery Weigh-Tronix, Brecknell, CAS and others.
    Nci,
    /// The standard of the Scale Manufacturers Association, level 1: LF `W` CR.
    Sma,
    /// The standard format of A&D: `Q`, answered by `ST,GS,+  1.234kg`. A&D, CAS
    /// and others, also such as send it again and again unasked.
    AndStandard,
}

/// The text names no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no profile of scales is called that; write mt-sics, toledo-8217, nci, sma or and-standard"
)]
pub struct ScaleProfileError;

impl ScaleProfile {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::MtSics,
        Self::Toledo8217,
        Self::Nci,
        Self::Sma,
        Self::AndStandard,
    ];

    /// Its name: never renamed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MtSics => "mt-sics",
            Self::Toledo8217 => "toledo-8217",
            Self::Nci => "nci",
            Self::Sma => "sma",
            Self::AndStandard => "and-standard",
        }
    }

    /// What asks for the weight, as it is now.
    #[must_use]
    pub fn question(self) -> &'static [u8] {
        match self {
            Self::MtSics => b"SI\r\n",
            Self::Toledo8217 => b"W",
            Self::Nci => b"W\r",
            Self::Sma => b"\nW\r",
            Self::AndStandard => b"Q\r\n",
        }
    }

    /// How scales of this profile come from their makers.
    #[must_use]
    pub fn settings(self) -> LineSettings {
        let seven_even = LineSettings {
            data_bits: DataBits::Seven,
            parity: Parity::Even,
            ..LineSettings::default()
        };
        match self {
            Self::MtSics | Self::Nci | Self::Sma => LineSettings::default(),
            Self::Toledo8217 => seven_even,
            Self::AndStandard => LineSettings {
                baud: BaudRate::new(2_400),
                ..seven_even
            },
        }
    }

    /// How its answers are told from each other.
    pub(super) fn framing(self) -> Framing {
        let between = |start: u8, end: u8| {
            Framing::Frames(Frame {
                start: vec![start],
                body: Body::Until(vec![end]),
                includes_header: false,
            })
        };
        match self {
            Self::MtSics | Self::AndStandard => Framing::Lines,
            Self::Toledo8217 => between(0x02, b'\r'),
            Self::Nci => between(b'\n', 0x03),
            Self::Sma => between(b'\n', b'\r'),
        }
    }
}

impl fmt::Display for ScaleProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ScaleProfile {
    type Err = ScaleProfileError;

    fn from_str(text: &str) -> Result<Self, ScaleProfileError> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == text)
            .ok_or(ScaleProfileError)
    }
}

/// A scale as somebody describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScaleSetup {
    /// What it speaks.
    pub profile: ScaleProfile,
    /// What it counts in, where it does not say.
    pub unit: Unit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_known_by_its_name_and_its_answers_can_be_found() {
        for profile in ScaleProfile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
            assert_eq!(profile.framing().check(), Ok(()));
        }
        assert!("MT-SICS".parse::<ScaleProfile>().is_err());
    }
}
