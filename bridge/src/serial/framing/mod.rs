//! What arrives on a line, cut into frames. Pure: octets in, frames out, and
//! where the pieces break makes no difference.
//!
//! A device that never ends a frame costs [`FRAME_OCTETS_MAX`] and is told of
//! once ([`Framed::TooLong`]), until a frame comes again. What stands between
//! frames is dropped.

#[cfg(test)]
mod tests;

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
                .filter(|after| (1..=FRAME_OCTETS_MAX).contains(after));
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
