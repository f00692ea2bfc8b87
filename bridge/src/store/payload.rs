//! A job's documents: in memory while they are fresh, else piece by piece
//! from the store.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::documents::Place;
use super::reader::Reader;
use crate::backend::{Document, PayloadSource};
use crate::job::NewJob;

/// A document in the store, read one piece at a time.
pub struct StoredDocument {
    pub(super) reader: Arc<Reader>,
    pub(super) place: Place,
    pub(super) octets: u64,
    /// A document of one piece, read together with the row that names it.
    pub(super) whole: Option<Bytes>,
}

impl fmt::Debug for StoredDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "StoredDocument({:?}, {} octets)",
            self.place, self.octets
        )
    }
}

impl PayloadSource for StoredDocument {
    fn octets(&self) -> u64 {
        self.octets
    }

    fn piece(&self, piece: u32) -> std::io::Result<Option<Bytes>> {
        self.reader
            .piece(self.place, piece)
            .map(|found| found.map(Bytes::from))
            .map_err(std::io::Error::other)
    }

    fn piece_now(&self, piece: u32) -> Option<std::io::Result<Option<Bytes>>> {
        let whole = self.whole.as_ref()?;
        Some(Ok((piece == 0).then(|| whole.clone())))
    }
}

/// A document whose pieces are at hand.
struct DocumentInMemory {
    job: Arc<NewJob>,
    document: usize,
}

impl fmt::Debug for DocumentInMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DocumentInMemory({}, {} octets)",
            self.document,
            self.octets()
        )
    }
}

impl PayloadSource for DocumentInMemory {
    fn octets(&self) -> u64 {
        self.job.documents[self.document].octets
    }

    fn piece(&self, piece: u32) -> std::io::Result<Option<Bytes>> {
        let pieces = &self.job.documents[self.document].body.pieces;
        Ok(usize::try_from(piece)
            .ok()
            .and_then(|index| pieces.get(index))
            .cloned())
    }

    fn piece_now(&self, piece: u32) -> Option<std::io::Result<Option<Bytes>>> {
        Some(self.piece(piece))
    }
}

/// The documents of a job that has just been submitted.
#[must_use]
pub fn documents_in_memory(job: &Arc<NewJob>) -> Vec<Document> {
    job.documents
        .iter()
        .enumerate()
        .map(|(document, info)| Document {
            format: info.format.clone(),
            payload: Arc::new(DocumentInMemory {
                job: Arc::clone(job),
                document,
            }),
        })
        .collect()
}
