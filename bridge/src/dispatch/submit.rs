//! Documents become a job: checked, counted, put into its printer's queue.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::method::{JobsSubmit, PRIORITY_DEFAULT, Submitted};
use platen_protocol::{
    CustomerText, Digest, ErrorCode, JobId, PrinterId, Request, Response, canonical,
};

use super::{DispatchError, Dispatcher, refusal};
use crate::authorize::Subject;
use crate::job::{JobRecord, NewDocument, NewJob, Submitter};
use crate::queue::Reply;
use crate::queue::printers::PrinterHandle;
use crate::visible;

/// A document whose octets have all arrived and whose digest fits, in the
/// pieces in which it came.
#[derive(Clone, Default)]
pub struct DocumentBody {
    /// The pieces, in order.
    pub pieces: Vec<Bytes>,
}

/// Tells how much, never what.
impl fmt::Debug for DocumentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets: usize = self.pieces.iter().map(Bytes::len).sum();
        write!(f, "DocumentBody({octets} octets)")
    }
}

/// The `job-name` of a job that was given none.
pub(crate) const UNNAMED_JOB: &str = "Platen job";
/// Characters of a `job-name` (RFC 8011 §5.1.3 allows 255 octets).
const NAME_CHARACTERS_MAX: usize = 255;

impl Dispatcher {
    /// Whether the documents a request announces are worth receiving: its
    /// printer is there, granted, and takes their formats, and a preview can
    /// show them.
    ///
    /// # Errors
    /// `printer-not-found`, `document-format-not-supported`,
    /// `document-too-large`, `invalid-params`.
    pub fn check_documents(
        &self,
        subject: &Subject,
        request: &Request,
    ) -> Result<(), DispatchError> {
        match request {
            Request::JobsPreview(params) => self.check_preview(subject, params),
            Request::JobsSubmit(params) => {
                let handle = self.addressed(subject, params.printer.as_ref())?;
                params
                    .documents
                    .iter()
                    .try_for_each(|document| check_format(&handle, &document.format))
            }
            _ => Ok(()),
        }
    }

    /// The printer that documents are for: the one named, else the default.
    pub(super) fn addressed(
        &self,
        subject: &Subject,
        printer: Option<&PrinterId>,
    ) -> Result<Arc<PrinterHandle>, DispatchError> {
        let printer = printer
            .cloned()
            .or_else(|| self.printers.default_printer())
            .ok_or_else(|| DispatchError::new(ErrorCode::PrinterNotFound))?;
        self.granted(subject, &printer)
    }

    pub(super) async fn submit(
        &self,
        subject: &Subject,
        params: JobsSubmit,
        documents: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        let handle = self.addressed(subject, params.printer.as_ref())?;
        let printer = handle.info.id.clone();
        let job = self.new_job(Some(subject.submitter()), printer, params, documents)?;
        let submitted = self.enqueue_of(subject, &handle, job).await?;
        Ok(Response::Submitted(submitted))
    }

    /// Puts a page's job into its printer's queue, if the firewall lets it.
    pub(super) async fn enqueue_of(
        &self,
        subject: &Subject,
        handle: &PrinterHandle,
        job: NewJob,
    ) -> Result<Submitted, DispatchError> {
        let charge = self
            .firewall
            .admit(subject, &job, &handle.info.profile)
            .await?;
        let submitted = self.enqueue(handle, job).await?;
        if !submitted.repeated {
            charge.keep();
        }
        Ok(submitted)
    }

    /// Checks what was asked and makes a job of it.
    ///
    /// # Errors
    /// `invalid-params`, `document-empty`, `document-format-not-supported`.
    pub(crate) fn new_job(
        &self,
        submitter: Option<Submitter>,
        printer: PrinterId,
        params: JobsSubmit,
        bodies: Vec<DocumentBody>,
    ) -> Result<NewJob, DispatchError> {
        let invalid =
            |message: &str| DispatchError::with_message(ErrorCode::InvalidParams, message);
        if params.documents.len() != bodies.len() {
            return Err(DispatchError::new(ErrorCode::DocumentEmpty));
        }
        let now = self.clock.now();
        // Under a key it may be a late question about a job of then; a new one
        // ends as expired.
        let is_new = params.idempotency_key.is_none();
        if is_new && params.expires_at.is_some_and(|end| end <= now) {
            return Err(invalid(
                "expires_at has passed; choose a time to come, in milliseconds since 1970",
            ));
        }
        let handle = self
            .printers
            .find(&printer)
            .ok_or_else(|| DispatchError::new(ErrorCode::PrinterNotFound))?;
        for document in &params.documents {
            check_format(&handle, &document.format)?;
        }
        // The key itself is no part of what was asked.
        let asked = JobsSubmit {
            idempotency_key: None,
            printer: Some(printer.clone()),
            ..params.clone()
        };
        let text = canonical::to_string(&asked).map_err(|error| invalid(&error.to_string()))?;
        let documents = params
            .documents
            .into_iter()
            .zip(bodies)
            .map(|(info, body)| NewDocument {
                format: info.format,
                octets: info.octets,
                sha256: info.sha256,
                body,
            })
            .collect();
        Ok(NewJob {
            job_id: random_job_id()?,
            submitter,
            printer,
            name: clean_name(
                params
                    .name
                    .as_ref()
                    .map_or(UNNAMED_JOB, CustomerText::as_str),
            ),
            priority: params.priority.unwrap_or(PRIORITY_DEFAULT),
            documents,
            idempotency_key: params.idempotency_key,
            digest: Digest::of(text.as_bytes()),
            not_before: params.not_before,
            expires_at: params.expires_at,
            repeat: params.repeat.unwrap_or_default(),
            reprint_of: None,
        })
    }

    /// Puts a job into its printer's queue; answered once it is durable.
    pub(crate) async fn enqueue(
        &self,
        handle: &PrinterHandle,
        job: NewJob,
    ) -> Result<Submitted, DispatchError> {
        self.printers.usage().book(&job, &self.limits)?;
        let job = Arc::new(job);
        let reply = handle.submit(Arc::clone(&job)).await;
        let refused = |error| {
            self.printers
                .usage()
                .release(&job.job_id, job.submitter.as_ref(), job.octets());
            Err(error)
        };
        match reply {
            Ok(Reply::Accepted { job_id }) => Ok(Submitted {
                job_id,
                printer: job.printer.clone(),
                repeated: false,
            }),
            // The queue has given back what this copy had booked.
            Ok(Reply::Repeated { job_id, printer }) => Ok(Submitted {
                job_id,
                printer,
                repeated: true,
            }),
            Ok(Reply::Refused { code, message })
                if matches!(code, ErrorCode::QueueFull | ErrorCode::ShuttingDown) =>
            {
                refused(refusal(code, message))
            }
            Ok(Reply::Refused { code, message }) => Err(refusal(code, message)),
            Ok(Reply::Done) => Err(DispatchError::new(ErrorCode::Internal)),
            Err(error) => refused(error),
        }
    }

    /// A new job that prints a finished one again, and says so.
    pub(crate) async fn reprint(
        &self,
        record: JobRecord,
        submitter: Option<Submitter>,
    ) -> Result<NewJob, DispatchError> {
        let old = record.job;
        if !old.state.is_terminal() {
            return Err(DispatchError::with_message(
                ErrorCode::JobNotPossible,
                format!(
                    "the job is {}; only a finished job is printed again",
                    old.state.as_str()
                ),
            ));
        }
        let old_id = old.job_id.clone();
        let documents = self
            .store
            .read(move |reader| reader.copy_documents(&old_id))
            .await?;
        if documents.is_empty() {
            return Err(DispatchError::with_message(
                ErrorCode::PayloadLost,
                "the job's documents were purged; submit them again",
            ));
        }
        Ok(NewJob {
            job_id: random_job_id()?,
            submitter,
            printer: old.printer,
            name: copy_name(old.name.as_str()),
            priority: old.priority,
            digest: Digest::of(old.job_id.as_str().as_bytes()),
            documents,
            idempotency_key: None,
            not_before: None,
            expires_at: None,
            repeat: record.repeat,
            reprint_of: Some(old.job_id),
        })
    }
}

/// Whether the printer takes a format.
pub(super) fn check_format(handle: &PrinterHandle, format: &str) -> Result<(), DispatchError> {
    if handle.takes(format) {
        return Ok(());
    }
    Err(DispatchError::with_message(
        ErrorCode::DocumentFormatNotSupported,
        format!(
            "{} takes application/octet-stream (raw data) only",
            handle.info.id
        ),
    ))
}

fn random_job_id() -> Result<JobId, DispatchError> {
    let mut octets = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets)
        .map_err(|_| DispatchError::new(ErrorCode::Internal))?;
    Ok(JobId::from_random(u128::from_be_bytes(octets)))
}

/// The name of a copy, and of a copy's copy.
fn copy_name(name: &str) -> CustomerText {
    clean_name(&format!(
        "COPY {}",
        name.strip_prefix("COPY ").unwrap_or(name)
    ))
}

/// A `job-name` that can be shown anywhere: no control characters, no
/// direction overrides, not endless.
fn clean_name(name: &str) -> CustomerText {
    let clean: String = name
        .chars()
        .filter(|c| !visible::steers(*c))
        .take(NAME_CHARACTERS_MAX)
        .collect();
    clean.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_name_can_neither_steer_a_terminal_nor_turn_text_around() {
        assert_eq!(clean_name("a\u{1b}[2Jb\r\n\u{202e}c").as_str(), "a[2Jbc");
        assert_eq!(clean_name(&"x".repeat(1000)).as_str().len(), 255);
    }

    #[test]
    fn a_copy_of_a_copy_says_so_once() {
        let copy = copy_name("Receipt 7");
        assert_eq!(copy.as_str(), "COPY Receipt 7");
        assert_eq!(copy_name(copy.as_str()), copy);
    }
}
