//! Changing a job: its commands, each with the place it came from, and the
//! changes people ask for most.
//!
//! What is not changed comes back octet for octet. Text is replaced in the
//! coding that is selected where it stands, so that a changed receipt reads as
//! it was meant; a text that cannot be printed there is refused. What is taken
//! away lets nothing before it become a command of what follows now.

use crate::command::{Command, Justification, Switch, VendorPulse};
use crate::encode::encode;
use crate::layout::decoder::Decoder;
use crate::limits::Limits;
use crate::parse::{asks_about_paper, begins_command, first_command, opens_drawer, parse_each};
use crate::profile::Profile;

/// The longest stretch that decides what a command before it is, and more: data
/// of a QR code up to their NUL.
const LOOKED_AHEAD_OCTETS_MAX: usize = 8 * 1024;

/// A job being changed.
///
/// ```
/// use platen_receipt::{Edit, Profile, render_text};
///
/// let profile = Profile::default();
/// let mut edit = Edit::of(b"Total 9.80\n\x1bp\x00\x32\xfa\x1dV\x00");
/// edit.remove_drawer_pulses();
/// edit.replace_text("9.80", "12.40", &profile)?;
/// edit.add_line_on_top("COPY", &profile)?;
/// assert_eq!(
///     render_text(&edit.encode(), &profile).trim_start(),
///     "COPY\nTotal 12.40\n[cut]\n"
/// );
/// # Ok::<(), platen_receipt::EditError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The commands in order, as they are now.
    pub commands: Vec<EditedCommand>,
    /// The job as it came, by which one knows what was changed.
    job: Vec<u8>,
}

/// A command of a job being changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedCommand {
    /// Where it stood in the job as it came; `None` for what was added. A
    /// changed text keeps the place of the text it replaces.
    pub origin: Option<u64>,
    /// The command.
    pub command: Command,
}

impl AsRef<Command> for EditedCommand {
    fn as_ref(&self) -> &Command {
        &self.command
    }
}

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// A character has no code in the coding selected there.
    #[error(
        "{character:?} cannot be printed at byte {offset} of the job; use characters of the code page that is selected there"
    )]
    Unprintable {
        /// The character.
        character: char,
        /// Where in the job as it came.
        offset: u64,
    },
}

impl Edit {
    /// Takes a job apart.
    #[must_use]
    pub fn of(job: &[u8]) -> Self {
        let mut limits = Limits::default();
        // A command that ends within the job is one, however long it is.
        limits.command_octets_max = limits.command_octets_max.max(job.len());
        let mut commands = Vec::new();
        parse_each(job, limits, |located| {
            commands.push(EditedCommand {
                origin: Some(located.offset),
                command: located.command,
            });
        });
        Self {
            commands,
            job: job.to_vec(),
        }
    }

    /// The job as it is now.
    ///
    /// Some commands are told by what follows them: `ESC p` without a pin is
    /// half a pulse that does nothing. Where something else follows now, such a
    /// command is written so that it stays what it was, or left out: nothing
    /// that was taken away opens a drawer.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.job.len());
        let mut pieces = Vec::with_capacity(self.commands.len());
        for edited in &self.commands {
            let start = whole.len();
            edited.command.encode_to(&mut whole);
            pieces.push(start..whole.len());
        }
        if whole == self.job {
            return whole;
        }
        // From the end, so that what follows a command is there to read it by.
        let mut written = Backwards::with_room(whole.len() + self.commands.len());
        let mut followers = Followers::at_end_of(&self.job);
        let mut pulse_follows = false;
        for (edited, piece) in self.commands.iter().zip(pieces).rev() {
            let octets = piece.len();
            written.put(&whole[piece]);
            let is_settled = followers.add(edited.origin, &written.octets()[..octets], &self.job);
            let is_read = is_settled || reads_as(&edited.command, written.octets(), pulse_follows);
            pulse_follows = matches!(
                edited.command,
                Command::GenerateVendorPulse(VendorPulse::First { .. })
            );
            if is_read {
                continue;
            }
            written.take_back(octets);
            if let Some(command) = with_argument(&edited.command) {
                written.put(&encode(&[command]));
            }
            followers.next = None;
        }
        written.into_octets()
    }

    /// Takes away every command of a kind, and says how many there were.
    pub fn remove(&mut self, mut unwanted: impl FnMut(&Command) -> bool) -> usize {
        let before = self.commands.len();
        self.commands.retain(|edited| !unwanted(&edited.command));
        before - self.commands.len()
    }

    /// Takes away what opens a drawer (`ESC p`, `DLE DC4 1`, and what
    /// compatible printers have for it).
    pub fn remove_drawer_pulses(&mut self) -> usize {
        self.remove(|command| {
            matches!(
                command,
                Command::GeneratePulse { .. }
                    | Command::GenerateRealTimePulse { .. }
                    | Command::GenerateVendorPulse(_)
            )
        })
    }

    /// Takes away every cut, so that another job can follow on the same paper.
    pub fn remove_cuts(&mut self) -> usize {
        self.remove(|command| {
            matches!(
                command,
                Command::CutPaper(_)
                    | Command::FeedAndCutPaper { .. }
                    | Command::PresetCuttingPosition { .. }
                    | Command::FeedCutAndReturn { .. }
                    | Command::PartialCutOnePoint
                    | Command::PartialCutThreePoints
                    | Command::CutVendorPaper
            )
        })
    }

    /// Replaces a text wherever it stands between two commands, and says how
    /// often. Nothing is changed when one of the places cannot print the new
    /// text.
    ///
    /// # Errors
    ///
    /// When a character of the new text cannot be printed there.
    pub fn replace_text(
        &mut self,
        text: &str,
        replacement: &str,
        profile: &Profile,
    ) -> Result<usize, EditError> {
        let wanted: Vec<char> = text.chars().collect();
        if wanted.is_empty() {
            return Ok(0);
        }
        let mut decoder = Decoder::new(profile);
        let mut changed = self.commands.clone();
        let mut count = 0;
        for edited in &mut changed {
            let Command::Text(bytes) = &mut edited.command else {
                decoder.follow(&edited.command, profile);
                continue;
            };
            let offset = edited.origin.unwrap_or(0);
            count += replace_in(bytes, &wanted, &mut decoder, |decoder| {
                let unprintable = |character| EditError::Unprintable { character, offset };
                decoder.encode(replacement).map_err(unprintable)
            })?;
        }
        self.commands = changed;
        Ok(count)
    }

    /// Puts a centered line before everything else; what follows starts from
    /// the printer's own defaults.
    ///
    /// # Errors
    ///
    /// When a character of the line is not in the printer's first code page.
    pub fn add_line_on_top(&mut self, line: &str, profile: &Profile) -> Result<(), EditError> {
        let unprintable = |character| EditError::Unprintable {
            character,
            offset: 0,
        };
        let octets = Decoder::new(profile).encode(line).map_err(unprintable)?;
        let added = [
            Command::InitializePrinter,
            Command::SelectJustification(Justification::Center.into()),
            Command::Text(octets),
            Command::PrintAndLineFeed,
            Command::InitializePrinter,
        ];
        let added = added.map(|command| EditedCommand {
            origin: None,
            command,
        });
        self.commands.splice(0..0, added);
        Ok(())
    }
}

/// Octets put together from their end.
struct Backwards {
    room: Vec<u8>,
    start: usize,
}

impl Backwards {
    fn with_room(octets: usize) -> Self {
        Self {
            room: vec![0; octets],
            start: octets,
        }
    }

    fn put(&mut self, octets: &[u8]) {
        let end = self.start;
        self.start -= octets.len();
        self.room[self.start..end].copy_from_slice(octets);
    }

    fn take_back(&mut self, octets: usize) {
        self.start += octets;
    }

    fn octets(&self) -> &[u8] {
        &self.room[self.start..]
    }

    fn into_octets(mut self) -> Vec<u8> {
        self.room.split_off(self.start)
    }
}

/// How far the octets from here on are those of the job as it came.
struct Followers {
    /// Where the next command stood, if it is as it was.
    next: Option<usize>,
    /// How many octets follow unchanged.
    octets: usize,
}

impl Followers {
    fn at_end_of(job: &[u8]) -> Self {
        Self {
            next: Some(job.len()),
            // Nothing else follows.
            octets: LOOKED_AHEAD_OCTETS_MAX,
        }
    }

    /// Goes on to the command before, and answers whether it is read as it was
    /// because it and all that could decide otherwise are unchanged.
    fn add(&mut self, origin: Option<u64>, piece: &[u8], job: &[u8]) -> bool {
        let start = origin
            .and_then(|origin| usize::try_from(origin).ok())
            .filter(|&start| job.get(start..).is_some_and(|rest| rest.starts_with(piece)));
        if self.next != start.map(|start| start + piece.len()) {
            self.octets = 0;
        }
        let is_settled = start.is_some() && self.octets >= LOOKED_AHEAD_OCTETS_MAX;
        self.next = start;
        self.octets += piece.len();
        is_settled
    }
}

/// Whether these octets begin with this command, and mean it. Text and stray
/// control codes do so whatever follows.
fn reads_as(command: &Command, octets: &[u8], pulse_follows: bool) -> bool {
    match command {
        Command::Text(_) | Command::GenerateVendorPulse(VendorPulse::First { .. }) => true,
        // Nothing else may become the time of a pulse.
        _ if asks_about_paper(command) && !pulse_follows && opens_drawer(octets) => false,
        Command::Unknown(bytes) if !begins_command(bytes) => true,
        _ => first_command(octets).as_ref() == Some(command),
    }
}

/// The same in a form that does not depend on what follows; `None` for what
/// does nothing.
fn with_argument(command: &Command) -> Option<Command> {
    match command {
        Command::SelectEmphasizedMode => Some(Command::TurnEmphasizedMode(Switch::On.into())),
        Command::SelectItalic => Some(Command::TurnItalicMode(Switch::On.into())),
        _ => None,
    }
}

/// Replaces in one text, which ends with whole characters or goes on in the
/// next one.
fn replace_in(
    bytes: &mut Vec<u8>,
    wanted: &[char],
    decoder: &mut Decoder,
    replacement: impl Fn(&Decoder) -> Result<Vec<u8>, EditError>,
) -> Result<usize, EditError> {
    // Each character with the end of its bytes.
    let mut characters = Vec::with_capacity(bytes.len());
    for (place, &byte) in bytes.iter().enumerate() {
        if let Some(glyph) = decoder.decode(byte) {
            characters.push((glyph.character, place + 1));
        }
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    let mut place = 0;
    let mut count = 0;
    while place + wanted.len() <= characters.len() {
        let window = &characters[place..place + wanted.len()];
        if !window.iter().map(|(character, _)| character).eq(wanted) {
            place += 1;
            continue;
        }
        let start = place
            .checked_sub(1)
            .map_or(0, |before| characters[before].1);
        out.extend_from_slice(&bytes[copied..start.max(copied)]);
        out.extend(replacement(decoder)?);
        copied = characters[place + wanted.len() - 1].1;
        place += wanted.len();
        count += 1;
    }
    if count > 0 {
        out.extend_from_slice(&bytes[copied..]);
        *bytes = out;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Multibyte;
    use crate::render_text;
    use proptest::prelude::*;

    #[test]
    fn text_is_replaced_in_the_code_page_of_its_place() {
        let profile = Profile::default();
        let mut edit = Edit::of(b"Tea 1\n\x1bt\x13Tea \xd5\n");
        assert_eq!(edit.replace_text("Tea", "Thé", &profile), Ok(2));
        assert_eq!(edit.encode(), b"Th\x82 1\n\x1bt\x13Th\x82 \xd5\n");
        assert_eq!(edit.commands[1].origin, Some(5));
        assert_eq!(
            edit.replace_text("1", "日", &profile),
            Err(EditError::Unprintable {
                character: '日',
                offset: 0
            })
        );
    }

    #[test]
    fn half_of_a_two_byte_character_is_no_text() {
        let profile = Profile::default().with_multibyte(Multibyte::ShiftJis);
        // The second byte of the first character is a backslash.
        let mut edit = Edit::of(b"\x95\x5c\x93\xfa\n");
        assert_eq!(edit.replace_text("\\", "x", &profile), Ok(0));
        assert_eq!(edit.replace_text("日", "本", &profile), Ok(1));
        assert_eq!(render_text(&edit.encode(), &profile), "表本\n");
    }

    #[test]
    fn a_drawer_stays_closed_and_the_paper_whole() {
        let mut edit = Edit::of(b"a\n\x1bp\x00\x19\xfa\x10\x14\x01\x00\x02b\n\x1dVA\x00\x1bm");
        assert_eq!((edit.remove_drawer_pulses(), edit.remove_cuts()), (2, 2));
        assert_eq!(edit.encode(), b"a\nb\n");
    }

    #[test]
    fn what_is_taken_away_leaves_no_drawer_open_behind_it() {
        // Half a pulse, told from a whole one by the letter that follows.
        let mut edit = Edit::of(b"\x1bpa\x00\x19\xfatea\n");
        assert_eq!(edit.replace_text("a", "", &Profile::default()), Ok(2));
        assert_eq!(edit.encode(), b"\x00\x19\xfate\n");
        // A question about the paper, which makes a text after it a time.
        let mut edit = Edit::of(b"a\n\x1bvxtea\n");
        assert_eq!(edit.remove_drawer_pulses(), 1);
        assert_eq!(edit.encode(), b"a\ntea\n");
        // An `ESC` that nothing follows, and what would then follow it.
        let mut edit = Edit::of(b"\x1b\x1bp\x00\x19\xfap\x00\x00\x00");
        assert_eq!(edit.remove_drawer_pulses(), 1);
        assert_eq!(edit.encode(), b"p\x00\x00\x00");
    }

    #[test]
    fn a_command_keeps_its_meaning_whatever_follows_now() {
        for (job, expected) in [
            (b"\x1bEtea\n".as_slice(), b"\x1bE\x011\n".as_slice()),
            (b"\x1b4tea\x00\n", b"\x1b41\x00\n"),
            (b"\x1bE\x01tea\n", b"\x1bE\x011\n"),
            (b"\x1bM\x01tea\n", b"\x1bM\x011\n"),
        ] {
            let mut edit = Edit::of(job);
            assert_eq!(edit.replace_text("tea", "1", &Profile::default()), Ok(1));
            assert_eq!(edit.encode(), expected, "{job:?}");
        }
    }

    #[test]
    fn a_picture_that_never_ends_takes_nothing_that_is_added_after_it() {
        let mut edit = Edit::of(b"a\n\x1dv0\x00\x48\x00\xff\x00pixels");
        edit.commands.push(EditedCommand {
            origin: None,
            command: Command::PartialCutOnePoint,
        });
        assert_eq!(edit.encode(), b"a\n\x1bi");
    }

    proptest! {
        #[test]
        fn what_is_not_changed_comes_back(job: Vec<u8>) {
            let mut edit = Edit::of(&job);
            let count = edit.replace_text("a text no job has", "", &Profile::default());
            prop_assert_eq!(count, Ok(0));
            prop_assert_eq!(edit.encode(), job);
        }
    }
}
