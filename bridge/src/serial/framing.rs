//! What arrives on a line, cut into frames. Pure: octets in, frames out, and
//! where the pieces break makes no difference.
//!
//! A device that never ends a frame costs [`FRAME_OCTETS_MAX`] and is told of
//! once ([`Framed::TooLong`]), until a frame comes again. What stands between
//! frames is dropped.

/// The longest frame there is.
pub const FRAME_OCTETS_MAX: usize = 64 * 1024;
/// The longest mark at the beginning or at the end of a frame.
const MARK_OCTETS_MAX: usize = 64;
/// The most octets around a length or a checksum.
const FIELD_OCTETS_MAX: usize = 1024;

/// How frames are told from each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Framing {
    /// Not at all: each piece as it arrives.
    #[default]
    Raw,
    /// By line ends: CR, LF or both. Empty lines are dropped.
    Lines,
    /// By their beginning, their end or their length.
    Frames(Frame),
}

/// One kind of frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What a frame begins with; nothing: where the one before ended.
    pub start: Vec<u8>,
    /// Where it ends.
    pub body: Body,
    /// Whether start, length and end are told as well.
    pub includes_header: bool,
}

/// Where a frame ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// At these octets.
    Until(Vec<u8>),
    /// After so many octets.
    Width(usize),
    /// After as many octets as a number in the frame says.
    Length {
        /// Where that number stands: so many octets after the start, and so long.
        field: Field,
        /// Which of its octets comes first.
        endian: Endian,
        /// A checksum so many octets after the data, and so long. It is told
        /// with the data, and not checked: no two devices agree how.
        checksum: Option<Field>,
    },
    /// With what has arrived: everything after the start.
    Rest,
}

/// Octets within a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// How many octets stand before them.
    pub index: usize,
    /// How many they are.
    pub octets: usize,
}

/// The order of a number's octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Endian {
    /// The most significant first.
    #[default]
    Big,
    /// The least significant first.
    Little,
}

/// A framing by which no frame would ever be found, or too long a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A frame of no octets, or of too many.
    #[error("a frame has 1 to {FRAME_OCTETS_MAX} octets")]
    Width,
    /// An end of no octets.
    #[error("what a frame ends with is missing")]
    NoEnd,
    /// A start or an end of too many octets.
    #[error("what a frame begins or ends with has at most {MARK_OCTETS_MAX} octets")]
    Mark,
    /// Everything, without a beginning.
    #[error("what a frame begins with is missing")]
    NoStart,
    /// A length in no octets or in too many.
    #[error("a length has 1 to 4 octets")]
    Length,
    /// A length or a checksum too far away.
    #[error("a length or a checksum stands within {FIELD_OCTETS_MAX} octets")]
    Field,
}

impl Framing {
    /// Whether frames can be found by it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), FramingError> {
        let Self::Frames(frame) = self else {
            return Ok(());
        };
        if frame.start.len() > MARK_OCTETS_MAX {
            return Err(FramingError::Mark);
        }
        match &frame.body {
            Body::Until(end) if end.is_empty() => Err(FramingError::NoEnd),
            Body::Until(end) if end.len() > MARK_OCTETS_MAX => Err(FramingError::Mark),
            Body::Width(width) if !(1..=FRAME_OCTETS_MAX - frame.start.len()).contains(width) => {
                Err(FramingError::Width)
            }
            Body::Length { field, .. } if !(1..=4).contains(&field.octets) => {
                Err(FramingError::Length)
            }
            Body::Length {
                field, checksum, ..
            } => {
                let is_far = |field: &Field| {
                    field.index > FIELD_OCTETS_MAX || field.octets > FIELD_OCTETS_MAX
                };
                if is_far(field) || checksum.as_ref().is_some_and(is_far) {
                    return Err(FramingError::Field);
                }
                Ok(())
            }
            Body::Rest if frame.start.is_empty() => Err(FramingError::NoStart),
            Body::Until(_) | Body::Width(_) | Body::Rest => Ok(()),
        }
    }
}

/// What came of the octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framed {
    /// A frame.
    Frame(Vec<u8>),
    /// A frame did not end within [`FRAME_OCTETS_MAX`]; what it held is lost.
    TooLong,
}

/// Cuts a stream into frames.
#[derive(Debug)]
pub struct Framer {
    framing: Framing,
    held: Vec<u8>,
    /// So much of `held` holds no end: it need not be looked at again.
    searched: usize,
    /// The end that comes next belongs to a frame that was too long.
    is_skipping: bool,
    has_told: bool,
}

/// What the beginning of the held octets is.
enum Step {
    /// So many octets are no frame.
    Drop(usize),
    /// The frame that the first so many octets are; `None` for an empty one.
    Take(usize, Option<Vec<u8>>),
    /// A frame that claims more than there may be; so many octets of it.
    TooLong(usize),
    /// Not enough yet.
    Wait,
}

impl Framer {
    /// At the beginning of a stream. The framing was checked
    /// ([`Framing::check`]); by one that was not, no frames are found.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            held: Vec::new(),
            searched: 0,
            is_skipping: false,
            has_told: false,
        }
    }

    /// From here on, with what was not told yet.
    pub fn change(&mut self, framing: Framing) {
        self.framing = framing;
        self.searched = 0;
        self.is_skipping = false;
    }

    /// Octets held for a frame that has not ended.
    #[must_use]
    pub fn held_octets(&self) -> usize {
        self.held.len()
    }

    /// The frames that end in this piece, in order.
    pub fn take(&mut self, piece: &[u8]) -> Vec<Framed> {
        let mut told = Vec::new();
        // In parts, so that what is held has a bound whatever a piece is.
        for part in piece.chunks(FRAME_OCTETS_MAX) {
            self.held.extend_from_slice(part);
            self.cut(&mut told);
        }
        told
    }

    fn cut(&mut self, told: &mut Vec<Framed>) {
        let mut at = 0;
        loop {
            match self.step(at) {
                Step::Drop(octets) => at += octets,
                Step::Take(octets, frame) => {
                    at += octets;
                    let is_rest_of_a_long_one = std::mem::take(&mut self.is_skipping);
                    if let Some(frame) = frame.filter(|_| !is_rest_of_a_long_one) {
                        self.has_told = false;
                        told.push(Framed::Frame(frame));
                    }
                }
                Step::TooLong(octets) => {
                    at += octets;
                    if !std::mem::replace(&mut self.has_told, true) {
                        told.push(Framed::TooLong);
                    }
                }
                Step::Wait => break,
            }
            self.searched = 0;
        }
        self.held.drain(..at);
        if self.held.len() > FRAME_OCTETS_MAX {
            self.give_up(told);
        }
    }

    /// What is held does not end.
    fn give_up(&mut self, told: &mut Vec<Framed>) {
        // A frame without a mark of its own is over where the next end is.
        self.is_skipping = match &self.framing {
            Framing::Lines => true,
            Framing::Frames(Frame { start, body, .. }) => {
                start.is_empty() && matches!(body, Body::Until(_))
            }
            Framing::Raw => false,
        };
        // An end may have begun: its other half is still to come.
        let kept = match &self.framing {
            Framing::Frames(Frame {
                body: Body::Until(end),
                ..
            }) => end.len().saturating_sub(1),
            Framing::Frames(_) | Framing::Lines | Framing::Raw => 0,
        };
        self.held.drain(..self.held.len() - kept);
        self.searched = 0;
        if !std::mem::replace(&mut self.has_told, true) {
            told.push(Framed::TooLong);
        }
    }

    fn step(&mut self, at: usize) -> Step {
        let held = &self.held[at..];
        match &self.framing {
            _ if held.is_empty() => Step::Wait,
            Framing::Raw => Step::Take(held.len(), Some(held.to_vec())),
            Framing::Lines => {
                match find(held, self.searched, |rest| matches!(rest[0], b'\r' | b'\n')) {
                    Some(0) => Step::Take(1, None),
                    Some(end) => Step::Take(end + 1, Some(held[..end].to_vec())),
                    None => {
                        self.searched = held.len();
                        Step::Wait
                    }
                }
            }
            Framing::Frames(frame) => {
                let start = frame.start.as_slice();
                match find(held, 0, |rest| rest.starts_with(start)) {
                    Some(0) => body(frame, held, &mut self.searched),
                    Some(junk) => Step::Drop(junk),
                    None => {
                        // A start may have begun.
                        let kept = (start.len() - 1).min(held.len());
                        match held.len() - kept {
                            0 => Step::Wait,
                            junk => Step::Drop(junk),
                        }
                    }
                }
            }
        }
    }
}

/// `held` begins with the frame's start.
fn body(frame: &Frame, held: &[u8], searched: &mut usize) -> Step {
    let start = frame.start.len();
    let told = |from: usize, to: usize| {
        let from = if frame.includes_header { 0 } else { from };
        (from < to).then(|| held[from..to].to_vec())
    };
    match &frame.body {
        Body::Until(end) if end.is_empty() => Step::TooLong(held.len()),
        Body::Until(end) => {
            let from = start.max(*searched);
            match find(held, from, |rest| rest.starts_with(end)) {
                Some(at) => {
                    let after = at + end.len();
                    let to = if frame.includes_header { after } else { at };
                    Step::Take(after, told(start, to))
                }
                None => {
                    *searched = held.len().saturating_sub(end.len() - 1);
                    Step::Wait
                }
            }
        }
        Body::Width(width) => {
            let after = start.saturating_add(*width);
            if *width == 0 || after > FRAME_OCTETS_MAX {
                return Step::TooLong(held.len());
            }
            if held.len() < after {
                return Step::Wait;
            }
            Step::Take(after, told(start, after))
        }
        Body::Length {
            field,
            endian,
            checksum,
        } => {
            let data = start + field.index + field.octets;
            if held.len() < data {
                return Step::Wait;
            }
            let octets = &held[start + field.index..data];
            let add = |value: u64, octet: &u8| value.wrapping_shl(8) | u64::from(*octet);
            let length = match endian {
                Endian::Big => octets.iter().fold(0, add),
                Endian::Little => octets.iter().rev().fold(0, add),
            };
            let behind = checksum.map_or(0, |field| field.index + field.octets);
            let after = usize::try_from(length)
                .ok()
                .map(|length| data.saturating_add(length).saturating_add(behind))
                .filter(|after| *after <= FRAME_OCTETS_MAX);
            match after {
                // Not a frame: what looked like its start is passed over.
                None => Step::TooLong(start.max(1)),
                Some(after) if held.len() < after => Step::Wait,
                Some(after) => Step::Take(after, told(data, after)),
            }
        }
        Body::Rest => match held.len() {
            octets if octets == start => Step::Wait,
            octets => Step::Take(octets, told(start, octets)),
        },
    }
}

/// The first place at or after `from` where `is_it`.
fn find(held: &[u8], from: usize, is_it: impl Fn(&[u8]) -> bool) -> Option<usize> {
    (from..held.len()).find(|at| is_it(&held[*at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(start: &[u8], body: Body, includes_header: bool) -> Framing {
        Framing::Frames(Frame {
            start: start.to_vec(),
            body,
            includes_header,
        })
    }

    fn until(end: &[u8]) -> Body {
        Body::Until(end.to_vec())
    }

    fn length(
        index: usize,
        octets: usize,
        endian: Endian,
        checksum: Option<(usize, usize)>,
    ) -> Body {
        Body::Length {
            field: Field { index, octets },
            endian,
            checksum: checksum.map(|(index, octets)| Field { index, octets }),
        }
    }

    fn cut(framing: &Framing, pieces: &[&[u8]]) -> Vec<String> {
        framing.check().unwrap();
        let mut framer = Framer::new(framing.clone());
        let told = pieces.iter().flat_map(|piece| framer.take(piece));
        told.map(|framed| match framed {
            Framed::Frame(octets) => octets.escape_ascii().to_string(),
            Framed::TooLong => "too long".to_owned(),
        })
        .collect()
    }

    #[test]
    fn every_rule_cuts_as_it_says() {
        let check = |framing: Framing, octets: &[u8], expected: &[&str]| {
            let single: Vec<&[u8]> = octets.chunks(1).collect();
            assert_eq!(cut(&framing, &[octets]), expected, "{framing:?}");
            if !matches!(
                framing,
                Framing::Raw
                    | Framing::Frames(Frame {
                        body: Body::Rest,
                        ..
                    })
            ) {
                assert_eq!(
                    cut(&framing, &single),
                    expected,
                    "{framing:?} octet by octet"
                );
            }
        };
        check(Framing::Raw, b"1.5 kg", &["1.5 kg"]);
        check(Framing::Lines, b"a\r\nb\n\n\rc\rd", &["a", "b", "c"]);
        check(
            frames(b"\x02", until(b"\r"), false),
            b"xx\x021.5\r\x03\x02\r\x022.5\r\x023",
            &["1.5", "2.5"],
        );
        check(
            frames(b"\x02", until(b"\r"), true),
            b"xx\x021.5\r\x02\r",
            &["\\x021.5\\r", "\\x02\\r"],
        );
        // A start of several octets, an end of several, and the same for both.
        check(
            frames(b"<<", until(b">>"), false),
            b"<a<<1>2>><<3>>>4",
            &["1>2", "3"],
        );
        check(frames(b"'", until(b"'"), false), b"'a' 'b'", &["a", "b"]);
        check(
            frames(b"", until(b"\x03"), false),
            b"a\x03b\x03\x03c",
            &["a", "b"],
        );
        check(
            frames(b"S", Body::Width(3), false),
            b"xxS123S4567S8",
            &["123", "456"],
        );
        check(frames(b"S", Body::Width(3), true), b"xxS123", &["S123"]);
        check(frames(b"", Body::Width(2), false), b"12345", &["12", "34"]);
        check(
            frames(b"\x02", length(0, 1, Endian::Big, None), false),
            b"\x02\x03abc\x02\x00\x02\x01dx",
            &["abc", "d"],
        );
        check(
            frames(b"\x02", length(1, 2, Endian::Big, None), true),
            b"\x02A\x00\x02bc",
            &["\\x02A\\x00\\x02bc"],
        );
        check(
            frames(b"\x02", length(1, 2, Endian::Little, Some((1, 2))), false),
            b"\x02A\x02\x00bc-12\x02",
            &["bc-12"],
        );
        check(frames(b":", Body::Rest, false), b"ab:cd", &["cd"]);
        check(frames(b":", Body::Rest, true), b"ab:cd", &[":cd"]);
        // What claims to be longer than anything is no frame, and what follows is one.
        check(
            frames(b"\x02", length(0, 4, Endian::Big, None), false),
            b"\x02\xff\xff\xff\xff\x02\x00\x00\x00\x01a",
            &["too long", "a"],
        );
    }

    #[test]
    fn a_frame_that_never_ends_costs_so_much_and_is_told_once() {
        for framing in [
            Framing::Lines,
            frames(b"", until(b"\x03"), false),
            frames(b"\x02", until(b"\x03"), false),
        ] {
            let mut framer = Framer::new(framing.clone());
            let mut told = framer.take(b"\x02");
            for _ in 0..1_000 {
                told.extend(framer.take(&[b'x'; 1_000]));
                assert!(framer.held_octets() <= FRAME_OCTETS_MAX, "{framing:?}");
            }
            assert_eq!(told, [Framed::TooLong], "{framing:?}");
            // The end of the long one is not a frame; the next one is.
            let end = if framing == Framing::Lines {
                b"\n"
            } else {
                b"\x03"
            };
            assert_eq!(framer.take(end), [], "{framing:?}");
            let next = [b"\x02ok", &end[..]].concat();
            let told = framer.take(&next);
            assert!(
                matches!(&told[..], [Framed::Frame(frame)] if frame.ends_with(b"ok")),
                "{framing:?}: {told:?}"
            );
        }
    }

    #[test]
    fn a_framing_that_finds_nothing_is_refused() {
        for framing in [
            frames(b"", until(b""), false),
            frames(b"\x02", Body::Width(0), false),
            frames(b"\x02", Body::Width(FRAME_OCTETS_MAX + 1), false),
            frames(b"\x02", length(0, 0, Endian::Big, None), false),
            frames(b"\x02", length(0, 5, Endian::Big, None), false),
            frames(b"\x02", length(2_000, 1, Endian::Big, None), false),
            frames(b"\x02", length(0, 1, Endian::Big, Some((0, 2_000))), false),
            frames(b"", Body::Rest, false),
            frames(&[0; 65], Body::Width(1), false),
        ] {
            assert!(framing.check().is_err(), "{framing:?}");
        }
    }

    fn framing() -> impl Strategy<Value = Framing> {
        let mark = || prop::collection::vec(0u8..4, 0..3);
        let body = prop_oneof![
            mark().prop_map(Body::Until),
            (0usize..6).prop_map(Body::Width),
            (
                0usize..3,
                0usize..5,
                any::<bool>(),
                prop::option::of((0usize..2, 0usize..3))
            )
                .prop_map(|(index, octets, big, checksum)| {
                    let endian = if big { Endian::Big } else { Endian::Little };
                    length(index, octets, endian, checksum)
                }),
            Just(Body::Rest),
        ];
        prop_oneof![
            Just(Framing::Raw),
            Just(Framing::Lines),
            (mark(), body, any::<bool>())
                .prop_map(|(start, body, header)| frames(&start, body, header)),
        ]
    }

    proptest! {
        /// Where the pieces break makes no difference, and nothing is told that
        /// did not arrive.
        #[test]
        fn the_result_does_not_depend_on_the_pieces(
            framing in framing(),
            octets in prop::collection::vec(0u8..16, 0..64),
            breaks in prop::collection::vec(1usize..8, 1..16),
        ) {
            prop_assume!(framing.check().is_ok());
            let whole = Framer::new(framing.clone()).take(&octets);
            let mut framer = Framer::new(framing.clone());
            let mut told = Vec::new();
            let (mut rest, mut sizes) = (&octets[..], breaks.iter().cycle());
            while !rest.is_empty() {
                let size = (*sizes.next().unwrap()).min(rest.len());
                told.extend(framer.take(&rest[..size]));
                rest = &rest[size..];
            }
            let octets_of = |told: &[Framed]| -> usize {
                told.iter().map(|framed| match framed {
                    Framed::Frame(frame) => frame.len(),
                    Framed::TooLong => 0,
                }).sum()
            };
            prop_assert!(octets_of(&told) <= octets.len());
            match &framing {
                // Pieces are what these tell.
                Framing::Raw | Framing::Frames(Frame { body: Body::Rest, .. }) => {}
                Framing::Lines | Framing::Frames(_) => prop_assert_eq!(told, whole),
            }
        }

        /// Whatever arrives is bounded, also by a framing that nobody checked.
        #[test]
        fn nothing_panics_and_what_is_held_has_a_bound(framing in framing(), octets: Vec<u8>) {
            let mut framer = Framer::new(framing);
            for piece in octets.chunks(3) {
                framer.take(piece);
                prop_assert!(framer.held_octets() <= octets.len());
            }
        }
    }
}
