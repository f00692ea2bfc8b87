//! Changing a job: its commands, each with the place it came from, and the
//! changes people ask for most.
//!
//! What is not changed comes back octet for octet. Text is replaced in the
//! coding that is selected where it stands, so that a changed receipt reads as
//! it was meant; a text that cannot be printed there is refused.

use crate::command::{Command, Justification};
use crate::encode::encode;
use crate::layout::decoder::Decoder;
use crate::parse::parse;
use crate::profile::Profile;

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
        let commands = parse(job).commands.into_iter();
        Self {
            commands: commands
                .map(|located| EditedCommand {
                    origin: Some(located.offset),
                    command: located.command,
                })
                .collect(),
        }
    }

    /// The job as it is now.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(&self.commands)
    }

    /// Takes away every command of a kind, and says how many there were.
    pub fn remove(&mut self, mut unwanted: impl FnMut(&Command) -> bool) -> usize {
        let before = self.commands.len();
        self.commands.retain(|edited| !unwanted(&edited.command));
        before - self.commands.len()
    }

    /// Takes away what opens a drawer (`ESC p`, `DLE DC4 1`).
    pub fn remove_drawer_pulses(&mut self) -> usize {
        self.remove(|command| {
            matches!(
                command,
                Command::GeneratePulse { .. } | Command::GenerateRealTimePulse { .. }
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
