//! A place in the bytes of one command, and the ways reading it can stop.

use crate::limits::Limits;

/// Why a command could not be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// The bytes end before the command does.
    More,
    /// The command is longer than [`Limits::command_octets_max`].
    TooLong {
        /// Its whole length, as the stream claims it.
        claimed_octets: u64,
    },
    /// This is no command we know; so many bytes belong together.
    Unknown {
        /// How many.
        octets: usize,
    },
}

/// Reads the arguments of one command.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    octets_max: usize,
    /// Whether the job ends with these bytes.
    ended: bool,
}

impl<'a> Cursor<'a> {
    /// At the first byte of a command.
    pub(super) fn new(bytes: &'a [u8], ended: bool, limits: &Limits) -> Self {
        Self {
            bytes,
            position: 0,
            octets_max: limits.command_octets_max,
            ended,
        }
    }

    /// How many bytes have been read.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Everything read so far.
    pub(super) fn whole(&self) -> &'a [u8] {
        &self.bytes[..self.position]
    }

    /// What has been read so far belongs together but is no command we know.
    pub(super) fn unknown(&self) -> Halt {
        Halt::Unknown {
            octets: self.position,
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Halt> {
        let byte = *self.bytes.get(self.position).ok_or(Halt::More)?;
        self.position += 1;
        Ok(byte)
    }

    /// The next byte, which stays unread.
    pub(super) fn peek(&self) -> Result<u8, Halt> {
        self.peek_at(0)
    }

    /// The next byte, which stays unread; `None` at the end of the job.
    pub(super) fn peek_if_any(&self) -> Result<Option<u8>, Halt> {
        match self.peek() {
            Err(Halt::More) if self.ended => Ok(None),
            byte => byte.map(Some),
        }
    }

    /// The byte `ahead` of the next one, which stays unread.
    pub(super) fn peek_at(&self, ahead: usize) -> Result<u8, Halt> {
        self.bytes
            .get(self.position + ahead)
            .copied()
            .ok_or(Halt::More)
    }

    pub(super) fn word(&mut self) -> Result<u16, Halt> {
        Ok(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    pub(super) fn long(&mut self) -> Result<u32, Halt> {
        let low = u32::from(self.word()?);
        Ok(u32::from(self.word()?) << 16 | low)
    }

    /// The next `count` bytes. A claim beyond the limit is refused before
    /// anything is waited for or copied.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], Halt> {
        let claimed_octets = (self.position as u64).saturating_add(count);
        let end = usize::try_from(claimed_octets)
            .ok()
            .filter(|&end| end <= self.octets_max)
            .ok_or(Halt::TooLong { claimed_octets })?;
        let taken = self.bytes.get(self.position..end).ok_or(Halt::More)?;
        self.position = end;
        Ok(taken)
    }

    /// The bytes before the next NUL, which is read too. `None`, with nothing
    /// read, when there is none within `count_max` bytes.
    pub(super) fn until_nul(&mut self, count_max: usize) -> Result<Option<&'a [u8]>, Halt> {
        let rest = &self.bytes[self.position..];
        let searched = &rest[..rest.len().min(count_max + 1)];
        match searched.iter().position(|&byte| byte == 0) {
            Some(length) => {
                self.position += length + 1;
                Ok(Some(&rest[..length]))
            }
            None if searched.len() > count_max => Ok(None),
            None => Err(Halt::More),
        }
    }
}
