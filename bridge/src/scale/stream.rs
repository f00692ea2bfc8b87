//! A scale on a serial line: what it is asked, and what it says.
//!
//! It is asked [every so often](ScaleStream::PAUSE), and heard whenever it says
//! something: one that tells its weight by itself needs no question. Only what
//! is news is told. Knows no clock: who asks, says so.

use std::time::Duration;

use super::answer::read;
use super::profile::ScaleSetup;
use super::weight::ScaleState;
use crate::serial::{Framed, Framer};

/// So many questions in a row without an answer are silence: two seconds.
const UNANSWERED_MAX: u32 = 8;

/// The stream of one scale.
#[derive(Debug)]
pub struct ScaleStream {
    setup: ScaleSetup,
    framer: Framer,
    last: Option<ScaleState>,
    unanswered: u32,
}

impl ScaleStream {
    /// Between two questions: a person watches the display.
    pub const PAUSE: Duration = Duration::from_millis(250);

    /// At the beginning.
    #[must_use]
    pub fn new(setup: ScaleSetup) -> Self {
        Self {
            framer: Framer::new(setup.profile.framing()),
            setup,
            last: None,
            unanswered: 0,
        }
    }

    /// The next question, and the news that it answers none, where it is news.
    pub fn ask(&mut self) -> (&'static [u8], Option<ScaleState>) {
        let is_silent = self.unanswered >= UNANSWERED_MAX;
        self.unanswered = self.unanswered.saturating_add(1);
        let news = is_silent.then_some(ScaleState::Silent);
        (
            self.setup.profile.question(),
            news.and_then(|news| self.news(news)),
        )
    }

    /// What is new in what the scale says.
    pub fn hear(&mut self, octets: &[u8]) -> Vec<ScaleState> {
        let mut told = Vec::new();
        for framed in self.framer.take(octets) {
            let state = match framed {
                Framed::Frame(answer) => {
                    self.unanswered = 0;
                    read(self.setup, &answer)
                }
                Framed::TooLong => None,
            };
            told.extend(state.and_then(|state| self.news(state)));
        }
        told
    }

    fn news(&mut self, state: ScaleState) -> Option<ScaleState> {
        if self.last.as_ref() == Some(&state) {
            return None;
        }
        self.last = Some(state.clone());
        Some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::{ScaleProfile, Unit};
    use proptest::prelude::*;

    fn stream(profile: ScaleProfile) -> ScaleStream {
        ScaleStream::new(ScaleSetup {
            profile,
            unit: Unit::Kilogram,
        })
    }

    fn said(states: &[ScaleState]) -> Vec<String> {
        states
            .iter()
            .map(|state| match state {
                ScaleState::Weight(weight) => format!("{} {}", weight.value, weight.unit),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn each_profile_is_heard_however_its_answers_are_cut() {
        for (profile, octets) in [
            (ScaleProfile::MtSics, &b"S S      1.234 kg\r\nS +\r\n"[..]),
            (ScaleProfile::Toledo8217, b"\x0201.234\r\x02?B\r"),
            (ScaleProfile::Nci, b"\n01.234kg\r\n00\r\x03\n02\r\x03"),
            (
                ScaleProfile::Sma,
                b"\n 1G        1.234kg \r\nO1G        0.000kg \r",
            ),
            (
                ScaleProfile::AndStandard,
                b"ST,GS,+  1.234kg\r\nOL,GS,+ 99.999kg\r\n",
            ),
        ] {
            let expected = ["1.234 kg", "OverRange"];
            assert_eq!(said(&stream(profile).hear(octets)), expected, "{profile}");
            let mut single = stream(profile);
            let told: Vec<_> = octets
                .chunks(1)
                .flat_map(|octet| single.hear(octet))
                .collect();
            assert_eq!(said(&told), expected, "{profile}");
            // The same again is no news.
            assert_eq!(said(&single.hear(octets))[1..], expected[1..], "{profile}");
        }
    }

    #[test]
    fn a_scale_that_does_not_answer_is_told_once_and_again_when_it_does() {
        let mut scale = stream(ScaleProfile::MtSics);
        let mut told = Vec::new();
        for _ in 0..30 {
            let (question, news) = scale.ask();
            assert_eq!(question, b"SI\r\n");
            told.extend(news);
        }
        assert_eq!(told, [ScaleState::Silent]);
        assert_eq!(said(&scale.hear(b"S S 1.0 kg\r\n")), ["1.0 kg"]);
        assert_eq!(scale.ask().1, None);
    }

    proptest! {
        /// What two pieces say does not depend on where they break, and no
        /// state is told twice in a row.
        #[test]
        fn the_result_does_not_depend_on_the_pieces(
            profile in prop::sample::select(ScaleProfile::ALL.to_vec()),
            octets in prop::collection::vec(prop::sample::select(b"S +-.,012kg?\r\n\x02\x03".to_vec()), 0..64),
            at in 0usize..64,
        ) {
            let whole = stream(profile).hear(&octets);
            let mut cut = stream(profile);
            let (first, second) = octets.split_at(at.min(octets.len()));
            let mut told = cut.hear(first);
            told.extend(cut.hear(second));
            prop_assert!(told.windows(2).all(|pair| pair[0] != pair[1]));
            prop_assert_eq!(told, whole);
        }
    }
}
