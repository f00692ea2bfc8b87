//! Documents on their way in: binary frames become the documents that a
//! `jobs.submit` or `jobs.preview` announced.
//!
//! A call is authorized before its first octet is taken, and handed on when
//! every announced octet has arrived and every digest fits. A client that
//! learns too late that its submit was refused has sent frames already: those
//! are swallowed without an answer.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::chunk::{ChunkHeader, HEADER_OCTETS};
use platen_protocol::job::DocumentInfo;
use platen_protocol::{ErrorCode, Request, WireError};
use tokio::time::Instant;

use super::budget::{Receiving, Share};
use crate::authorize::Authorized;
use crate::dispatch::DocumentBody;
use crate::limits::Limits;

/// Refused submits whose frames are still swallowed; the oldest is forgotten.
const REFUSED_MAX: usize = 64;

/// A submit whose documents are all here.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) id: u32,
    pub(super) call: Authorized<Request>,
    pub(super) documents: Vec<DocumentBody>,
    /// Held until the call is answered: until then the octets are in memory.
    pub(super) share: Share,
}

/// Why a frame or a submit is refused, and to which request that is said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) id: Option<u32>,
    pub(super) error: WireError,
}

/// The uploads of one session.
#[derive(Debug)]
pub(super) struct Uploads {
    open: HashMap<u32, Upload>,
    swallowed: VecDeque<(u32, u64)>,
    job_octets_max: u64,
    documents_max: usize,
}

#[derive(Debug)]
struct Upload {
    call: Authorized<Request>,
    documents: Vec<Document>,
    octets_left: u64,
    share: Share,
    last_frame: Instant,
}

struct Document {
    info: DocumentInfo,
    octets: u64,
    digest: ring::digest::Context,
    pieces: Vec<Bytes>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("octets", &self.octets)
            .finish_non_exhaustive()
    }
}

impl Uploads {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            open: HashMap::new(),
            swallowed: VecDeque::new(),
            job_octets_max: limits.job_octets_max,
            documents_max: limits.documents_per_job_max,
        }
    }

    /// Submits whose documents are on their way.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn contains(&self, id: u32) -> bool {
        self.open.contains_key(&id)
    }

    /// Begins to take the documents of `call`.
    ///
    /// # Errors
    /// `document-empty`, `document-too-large`, `limit-exceeded`; nothing has
    /// been taken then.
    pub(super) fn begin(
        &mut self,
        id: u32,
        call: Authorized<Request>,
        announced: &[DocumentInfo],
        receiving: &Arc<Receiving>,
    ) -> Result<(), WireError> {
        let total = self.check(announced)?;
        let origin = &call.subject().origin;
        let share = receiving.take(origin, total).ok_or_else(|| {
            WireError::with_message(
                ErrorCode::LimitExceeded,
                "too many octets of documents are on their way at once",
            )
        })?;
        let documents = announced.iter().cloned().map(Document::new).collect();
        self.swallowed.retain(|(swallowed, _)| *swallowed != id);
        let upload = Upload {
            call,
            documents,
            octets_left: total,
            share,
            last_frame: Instant::now(),
        };
        self.open.insert(id, upload);
        Ok(())
    }

    /// The octets of all documents, if a job may have them.
    fn check(&self, announced: &[DocumentInfo]) -> Result<u64, WireError> {
        if announced.is_empty() || announced.iter().any(|document| document.octets == 0) {
            return Err(WireError::new(ErrorCode::DocumentEmpty));
        }
        if announced.len() > self.documents_max {
            return Err(WireError::with_message(
                ErrorCode::DocumentTooLarge,
                format!("a job may have {} documents", self.documents_max),
            ));
        }
        announced
            .iter()
            .try_fold(0_u64, |total, document| total.checked_add(document.octets))
            .filter(|total| *total <= self.job_octets_max)
            .ok_or_else(|| {
                WireError::with_message(
                    ErrorCode::DocumentTooLarge,
                    format!(
                        "the documents of a job may have {} octets",
                        self.job_octets_max
                    ),
                )
            })
    }

    /// The submit `id` was refused: its frames, some of which may be under
    /// way, get no answer of their own.
    pub(super) fn swallow(&mut self, id: u32) {
        let octets = self.job_octets_max;
        self.swallow_octets(id, octets);
    }

    fn swallow_octets(&mut self, id: u32, octets: u64) {
        self.swallowed.retain(|(swallowed, _)| *swallowed != id);
        if self.swallowed.len() >= REFUSED_MAX {
            self.swallowed.pop_front();
        }
        self.swallowed.push_back((id, octets));
    }

    /// Takes one binary frame. `None` while more has to come.
    ///
    /// # Errors
    /// [`Refused`]; the upload it belonged to is over then.
    pub(super) fn receive(&mut self, frame: &Bytes) -> Result<Option<Complete>, Refused> {
        let header = ChunkHeader::read(frame).map_err(|error| Refused {
            id: None,
            error: WireError::with_message(ErrorCode::ChunkUnexpected, error.to_string()),
        })?;
        let data = frame.slice(HEADER_OCTETS..);
        let id = header.request;
        let Some(upload) = self.open.get_mut(&id) else {
            return self.unexpected(id, &data);
        };
        match upload.take(usize::from(header.document), data) {
            Ok(0) => {}
            Ok(_) => return Ok(None),
            Err(error) => return Err(self.abandon(id, error)),
        }
        match self.open.remove(&id).map(|upload| upload.finish(id)) {
            Some(Ok(complete)) => Ok(Some(complete)),
            Some(Err(error)) => Err(Refused {
                id: Some(id),
                error,
            }),
            None => Ok(None),
        }
    }

    fn unexpected(&mut self, id: u32, data: &Bytes) -> Result<Option<Complete>, Refused> {
        let octets = data.len() as u64;
        let swallowed = self
            .swallowed
            .iter_mut()
            .find(|(swallowed, left)| *swallowed == id && *left >= octets);
        match swallowed {
            Some((_, left)) => {
                *left -= octets;
                Ok(None)
            }
            None => Err(Refused {
                id: Some(id),
                error: WireError::new(ErrorCode::ChunkUnexpected),
            }),
        }
    }

    fn abandon(&mut self, id: u32, error: WireError) -> Refused {
        self.open.remove(&id);
        self.swallow(id);
        Refused {
            id: Some(id),
            error,
        }
    }

    /// Ends uploads of which nothing came since `since`.
    pub(super) fn expire(&mut self, since: Instant) -> Vec<Refused> {
        let stalled: Vec<u32> = self
            .open
            .iter()
            .filter(|(_, upload)| upload.last_frame < since)
            .map(|(id, _)| *id)
            .collect();
        let refuse = |id| {
            let error = WireError::with_message(
                ErrorCode::DocumentMismatch,
                "the announced octets did not come in time",
            );
            self.abandon(id, error)
        };
        stalled.into_iter().map(refuse).collect()
    }

    /// Ends all uploads.
    pub(super) fn end_all(&mut self) -> Vec<u32> {
        self.open.drain().map(|(id, _)| id).collect()
    }
}

impl Upload {
    /// Takes a piece; how many octets are still to come.
    fn take(&mut self, document: usize, data: Bytes) -> Result<u64, WireError> {
        let document = self.documents.get_mut(document).ok_or_else(|| {
            WireError::with_message(
                ErrorCode::ChunkUnexpected,
                "a binary frame names a document that was not announced",
            )
        })?;
        let octets = data.len() as u64;
        if octets > document.info.octets - document.octets {
            return Err(WireError::with_message(
                ErrorCode::DocumentMismatch,
                "more octets of a document arrived than were announced",
            ));
        }
        document.octets += octets;
        document.digest.update(&data);
        document.pieces.push(data);
        self.octets_left -= octets;
        self.last_frame = Instant::now();
        Ok(self.octets_left)
    }

    fn finish(self, id: u32) -> Result<Complete, WireError> {
        let mut documents = Vec::with_capacity(self.documents.len());
        for document in self.documents {
            if document.digest.finish().as_ref() != document.info.sha256.octets() {
                return Err(WireError::new(ErrorCode::DocumentMismatch));
            }
            documents.push(DocumentBody {
                pieces: document.pieces,
            });
        }
        Ok(Complete {
            id,
            call: self.call,
            documents,
            share: self.share,
        })
    }
}

impl Document {
    fn new(info: DocumentInfo) -> Self {
        Self {
            info,
            octets: 0,
            digest: ring::digest::Context::new(&ring::digest::SHA256),
            pieces: Vec::new(),
        }
    }
}
