//! Binary frames: pieces of the documents that a `jobs.submit` announced.
//!
//! A frame is an 8-octet header and data. The header names the request
//! (`id` of the JSON-RPC request, big-endian `u32`) and the document (its
//! index in `documents`, big-endian `u16`); the last two octets are zero.
//! Pieces of one document follow each other in order; the request is answered
//! when every announced octet has arrived and every digest agrees.

/// Octets of the header.
pub const HEADER_OCTETS: usize = 8;

/// The header of a binary frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkHeader {
    /// `id` of the `jobs.submit` request this belongs to.
    pub request: u32,
    /// Index into its `documents`.
    pub document: u16,
}

/// The frame is too short, empty, or its reserved octets are not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a binary frame is an 8-octet header (request u32, document u16, two zero octets) and at least one octet of data"
)]
pub struct NotAChunk;

impl ChunkHeader {
    /// The header's octets.
    #[must_use]
    pub fn to_octets(self) -> [u8; HEADER_OCTETS] {
        let mut octets = [0; HEADER_OCTETS];
        octets[..4].copy_from_slice(&self.request.to_be_bytes());
        octets[4..6].copy_from_slice(&self.document.to_be_bytes());
        octets
    }

    /// Reads the header of `frame`; the data is `frame[HEADER_OCTETS..]`.
    ///
    /// # Errors
    /// [`NotAChunk`] when the frame has no such form.
    pub fn read(frame: &[u8]) -> Result<Self, NotAChunk> {
        match frame {
            [r0, r1, r2, r3, d0, d1, 0, 0, _, ..] => Ok(Self {
                request: u32::from_be_bytes([*r0, *r1, *r2, *r3]),
                document: u16::from_be_bytes([*d0, *d1]),
            }),
            _ => Err(NotAChunk),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_what_it_writes() {
        let header = ChunkHeader {
            request: 0x0102_0304,
            document: 0x0506,
        };
        let mut frame = header.to_octets().to_vec();
        assert_eq!(ChunkHeader::read(&frame), Err(NotAChunk), "no data");
        frame.push(1);
        assert_eq!(ChunkHeader::read(&frame), Ok(header));
        frame[7] = 1;
        assert_eq!(ChunkHeader::read(&frame), Err(NotAChunk), "reserved octets");
    }
}
