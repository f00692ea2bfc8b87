//! The octets of a job, one piece after the other, over all its documents.
//!
//! Pieces that are in memory come at once, others over a blocking thread: a
//! receipt of 2 KB never leaves the task that prints it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::{Document, PayloadSource};

/// Reads one piece of a document without blocking the caller's thread.
///
/// # Errors
/// When the store cannot be read.
pub async fn read_piece(payload: &Arc<dyn PayloadSource>, piece: u32) -> io::Result<Option<Bytes>> {
    if let Some(now) = payload.piece_now(piece) {
        return now;
    }
    let payload = Arc::clone(payload);
    tokio::task::spawn_blocking(move || payload.piece(piece))
        .await
        .map_err(io::Error::other)?
}

/// A place in a job's documents.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    documents: std::slice::Iter<'a, Document>,
    current: Option<&'a Arc<dyn PayloadSource>>,
    next_piece: u32,
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(documents: &'a [Document]) -> Self {
        let mut documents = documents.iter();
        Self {
            current: documents.next().map(|document| &document.payload),
            documents,
            next_piece: 0,
        }
    }

    /// The next piece that is not empty; `None` after the last document.
    /// Cancel safe: a call that is dropped has read nothing for good.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(payload) = self.current {
            match read_piece(payload, self.next_piece).await? {
                Some(piece) => {
                    self.next_piece += 1;
                    if !piece.is_empty() {
                        return Ok(Some(piece));
                    }
                }
                None => {
                    self.current = self.documents.next().map(|document| &document.payload);
                    self.next_piece = 0;
                }
            }
        }
        Ok(None)
    }
}

/// Payloads for the tests of every backend.
#[cfg(test)]
pub(crate) mod fixtures {
    use super::*;
    use crate::backend::Work;

    /// A document in memory, in pieces of a given length.
    #[derive(Debug)]
    pub(crate) struct InMemory {
        pub(crate) octets: Bytes,
        pub(crate) piece_octets: usize,
        /// The piece that cannot be read, as if the disk were bad.
        pub(crate) broken_piece: Option<u32>,
    }

    impl PayloadSource for InMemory {
        fn octets(&self) -> u64 {
            self.octets.len() as u64
        }

        fn piece(&self, piece: u32) -> io::Result<Option<Bytes>> {
            if self.broken_piece == Some(piece) {
                return Err(io::Error::other("bad sector"));
            }
            let start = piece as usize * self.piece_octets;
            if start >= self.octets.len() {
                return Ok(None);
            }
            let end = self.octets.len().min(start + self.piece_octets);
            Ok(Some(self.octets.slice(start..end)))
        }
    }

    pub(crate) fn document(octets: impl Into<Bytes>) -> Document {
        document_with(octets, 64 * 1024, None)
    }

    pub(crate) fn document_with(
        octets: impl Into<Bytes>,
        piece_octets: usize,
        broken_piece: Option<u32>,
    ) -> Document {
        Document {
            format: platen_protocol::job::FORMAT_RAW.to_owned(),
            payload: Arc::new(InMemory {
                octets: octets.into(),
                piece_octets,
                broken_piece,
            }),
        }
    }

    pub(crate) fn work(documents: Vec<Document>) -> Work {
        Work {
            job_id: platen_protocol::JobId::from_random(7),
            name: "receipt".into(),
            documents,
            profile: Arc::default(),
        }
    }

    /// Octets in which no two places look alike.
    pub(crate) fn pattern(octets: usize) -> Bytes {
        (0..octets)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{document, document_with};
    use super::*;

    #[tokio::test]
    async fn documents_follow_each_other_and_empty_ones_are_passed_over() {
        let documents = [document_with("abcde", 2, None), document(""), document("f")];
        let mut pieces = Pieces::of(&documents);
        let mut read = Vec::new();
        while let Some(piece) = pieces.next().await.unwrap() {
            read.push(piece);
        }
        assert_eq!(read, ["ab", "cd", "e", "f"]);
    }

    #[tokio::test]
    async fn a_piece_that_cannot_be_read_is_an_error_and_not_an_end() {
        let documents = [document_with("abcd", 2, Some(1))];
        let mut pieces = Pieces::of(&documents);
        assert!(pieces.next().await.unwrap().is_some());
        assert!(pieces.next().await.is_err());
    }
}
