//! Questions to CUPS over IPP (RFC 8010), on one kept connection.
//!
//! Only the codec is crate `ipp`'s; the connection is HTTP/1.1 over a Unix
//! socket or TCP, opened when first needed, kept, and opened again when the
//! server has closed it meanwhile. Every question has a deadline and a bounded
//! answer, and every question here may be asked twice. One question is on its
//! way at a time.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use ipp::attribute::IppAttribute;
use ipp::model::{DelimiterTag, IppVersion, Operation, StatusCode as IppStatus};
use ipp::request::IppRequestResponse;
use ipp::value::IppValue;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answer;
use super::attributes::{
    EQUIPMENT_ATTRIBUTES, JOB_ATTRIBUTES, PRINTER_ATTRIBUTES, SpoolerJob, SpoolerPrinter,
    equipment, status_message,
};
use super::server::CupsServer;
use crate::backend::{Equipment, QueueName};

/// A list of 500 jobs with our attributes is a tenth of this.
const ANSWER_OCTETS_MAX: usize = 1024 * 1024;
/// How many jobs of one queue are looked through for ours.
const JOBS_MAX: i32 = 500;

/// The status codes of success (RFC 8011 §B.1.2).
const SUCCESSFUL: std::ops::RangeInclusive<i16> = 0..=0xff;

/// A question that got no useful answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IppError {
    /// Nobody is there, or the connection broke.
    #[error("the print service at {server} does not answer: {reason}")]
    Unreachable {
        /// Where.
        server: CupsServer,
        /// What the system said.
        reason: String,
    },
    /// It is there and says no such printer or job.
    #[error("the print service does not know it")]
    NotFound,
    /// It is there and says no.
    #[error("the print service refused: {message}")]
    Refused {
        /// Its own words, or the status' name.
        message: String,
    },
    /// It is there and makes no sense.
    #[error("the print service at {server} answered what is no IPP: {reason}")]
    Malformed {
        /// Where.
        server: CupsServer,
        /// What was wrong.
        reason: String,
    },
}

/// The one connection to a CUPS server.
#[derive(Debug)]
pub(crate) struct IppConnection {
    server: CupsServer,
    user: String,
    deadline: Duration,
    kept: Mutex<Option<Kept>>,
    /// How many connections were opened so far.
    opened: AtomicU64,
}

/// An open connection; the task that drives it ends with it.
#[derive(Debug)]
struct Kept {
    requests: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    /// Whether the server asked here who we are, and was told.
    identified: bool,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// An answer over HTTP, before it is read as IPP.
struct HttpAnswer {
    status: StatusCode,
    body: Bytes,
}

impl IppConnection {
    /// To `server`, as `user`. Connects when first asked.
    pub(crate) fn new(server: CupsServer, user: String, deadline: Duration) -> Self {
        Self {
            server,
            user,
            deadline,
            kept: Mutex::new(None),
            opened: AtomicU64::new(0),
        }
    }

    /// Grows with each connection that is opened: when it stayed the same over
    /// an answer, the server is the one that answered before.
    pub(super) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Whether anybody listens there.
    pub(crate) async fn probe(&self) -> Result<(), IppError> {
        match timeout(self.deadline, self.server.connect()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.unreachable(error.kind().to_string())),
            Err(_) => Err(self.unreachable(io::ErrorKind::TimedOut.to_string())),
        }
    }

    pub(crate) async fn printer(&self, queue: &QueueName) -> Result<SpoolerPrinter, IppError> {
        let mut request = self.request(Operation::GetPrinterAttributes, queue)?;
        ask_for(&mut request, &PRINTER_ATTRIBUTES)?;
        let response = self.ask("/", request.to_bytes()).await?;
        SpoolerPrinter::of(&response).ok_or_else(|| self.malformed("printer-state is missing"))
    }

    pub(crate) async fn equipment(&self, queue: &QueueName) -> Result<Equipment, IppError> {
        let mut request = self.request(Operation::GetPrinterAttributes, queue)?;
        ask_for(&mut request, &EQUIPMENT_ATTRIBUTES)?;
        let response = self.ask("/", request.to_bytes()).await?;
        Ok(equipment(&response))
    }

    pub(crate) async fn job(&self, queue: &QueueName, job: i32) -> Result<SpoolerJob, IppError> {
        let mut request = self.request(Operation::GetJobAttributes, queue)?;
        add(&mut request, "job-id", IppValue::Integer(job));
        ask_for(&mut request, &JOB_ATTRIBUTES)?;
        let response = self.ask("/", request.to_bytes()).await?;
        SpoolerJob::all(&response)
            .into_iter()
            .find(|found| found.id == job)
            .ok_or_else(|| self.malformed("job-state is missing"))
    }

    /// The job with our mark on it, finished or not.
    pub(crate) async fn job_with_mark(
        &self,
        queue: &QueueName,
        mark: &str,
    ) -> Result<Option<SpoolerJob>, IppError> {
        // Unfinished first: the other way round, a job that finishes in between is missed.
        for which in ["not-completed", "completed"] {
            let mut request = self.request(Operation::GetJobs, queue)?;
            add(&mut request, "which-jobs", keyword(which)?);
            add(&mut request, "limit", IppValue::Integer(JOBS_MAX));
            ask_for(&mut request, &JOB_ATTRIBUTES)?;
            let response = self.ask("/", request.to_bytes()).await?;
            let found = SpoolerJob::all(&response)
                .into_iter()
                .find(|job| job.delivery.as_deref() == Some(mark));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    pub(crate) async fn cancel(&self, queue: &QueueName, job: i32) -> Result<(), IppError> {
        let mut request = self.request(Operation::CancelJob, queue)?;
        add(&mut request, "job-id", IppValue::Integer(job));
        self.ask("/jobs/", request.to_bytes()).await.map(drop)
    }

    /// A request about a queue, in our name.
    fn request(
        &self,
        operation: Operation,
        queue: &QueueName,
    ) -> Result<IppRequestResponse, IppError> {
        let queue = percent_encoded(queue.as_str());
        self.request_about(operation, &format!("ipp://localhost/printers/{queue}"))
    }

    /// A request about a queue, or about all of them, in our name.
    pub(super) fn request_about(
        &self,
        operation: Operation,
        uri: &str,
    ) -> Result<IppRequestResponse, IppError> {
        let uri = uri
            .parse()
            .map_err(|_| self.malformed("the queue's name"))?;
        let mut request = IppRequestResponse::new(IppVersion::v1_1(), operation, Some(uri))
            .map_err(|error| self.malformed(&error.to_string()))?;
        let user = IppValue::new_name_without_language(self.user.clone())
            .map_err(|error| self.malformed(&error.to_string()))?;
        add(&mut request, IppAttribute::REQUESTING_USER_NAME, user);
        Ok(request)
    }

    pub(super) async fn ask(
        &self,
        path: &'static str,
        body: Bytes,
    ) -> Result<IppRequestResponse, IppError> {
        let answer = timeout(self.deadline, self.exchange(path, body))
            .await
            .map_err(|_| self.unreachable(io::ErrorKind::TimedOut.to_string()))??;
        if answer.status != StatusCode::OK {
            let message = format!("HTTP status {}", answer.status.as_u16());
            return Err(IppError::Refused { message });
        }
        let response = answer::read(&answer.body).map_err(|error| self.malformed(&error))?;
        match response.header().status_code() {
            _ if SUCCESSFUL.contains(&response.header().operation_or_status) => Ok(response),
            IppStatus::ClientErrorNotFound | IppStatus::ClientErrorGone => Err(IppError::NotFound),
            status => {
                let said = status_message(&response);
                let message = if said.is_empty() {
                    status.to_string().to_lowercase()
                } else {
                    said
                };
                Err(IppError::Refused { message })
            }
        }
    }

    /// One question, one answer. A connection that breaks or is given up in
    /// between is not kept.
    async fn exchange(&self, path: &'static str, body: Bytes) -> Result<HttpAnswer, IppError> {
        let mut kept = self.kept.lock().await;
        let mut asked_who_we_are = false;
        let mut connection = kept.take();
        loop {
            let (mut open, fresh) = match connection.take() {
                Some(open) if !open.requests.is_closed() => (open, false),
                _ => (self.open().await?, true),
            };
            open.identified |= asked_who_we_are;
            match self.exchange_on(&mut open, path, body.clone()).await {
                // CUPS asks who we are, and looks at the socket to check it (`PeerCred`).
                Ok(answer)
                    if answer.status == StatusCode::UNAUTHORIZED
                        && !open.identified
                        && self.server.knows_its_peer() =>
                {
                    asked_who_we_are = true;
                    connection = Some(open);
                }
                Ok(answer) => {
                    *kept = Some(open);
                    return Ok(answer);
                }
                // The server closes idle connections; that is no reason to fail.
                Err(_) if !fresh => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn exchange_on(
        &self,
        open: &mut Kept,
        path: &'static str,
        body: Bytes,
    ) -> Result<HttpAnswer, IppError> {
        let mut request = Request::post(path)
            // CUPS refuses names it is not known by; this one it always is.
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/ipp");
        if open.identified {
            request = request.header(AUTHORIZATION, format!("PeerCred {}", self.user));
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| self.malformed(&error.to_string()))?;
        let broken = |error: hyper::Error| self.unreachable(error.to_string());
        open.requests.ready().await.map_err(broken)?;
        let response = open.requests.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_OCTETS_MAX)
            .collect()
            .await
            .map_err(|error| self.malformed(&error.to_string()))?
            .to_bytes();
        Ok(HttpAnswer { status, body })
    }

    async fn open(&self) -> Result<Kept, IppError> {
        let stream = self
            .server
            .connect()
            .await
            .map_err(|error| self.unreachable(error.kind().to_string()))?;
        let (requests, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.unreachable(error.to_string()))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the print service ended");
            }
        });
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Kept {
            requests,
            driver,
            identified: false,
        })
    }

    fn unreachable(&self, reason: String) -> IppError {
        IppError::Unreachable {
            server: self.server.clone(),
            reason,
        }
    }

    fn malformed(&self, reason: &str) -> IppError {
        IppError::Malformed {
            server: self.server.clone(),
            reason: reason.to_owned(),
        }
    }
}

pub(super) fn add(request: &mut IppRequestResponse, name: &'static str, value: IppValue) {
    // The names of attributes are short and ours.
    if let Ok(attribute) = IppAttribute::with_name(name, value) {
        request
            .attributes_mut()
            .add(DelimiterTag::OperationAttributes, attribute);
    }
}

fn ask_for(request: &mut IppRequestResponse, names: &[&'static str]) -> Result<(), IppError> {
    let names = names
        .iter()
        .map(|name| keyword(name))
        .collect::<Result<Vec<_>, _>>()?;
    add(
        request,
        IppAttribute::REQUESTED_ATTRIBUTES,
        IppValue::Array(names),
    );
    Ok(())
}

pub(super) fn keyword(text: &'static str) -> Result<IppValue, IppError> {
    IppValue::new_keyword(text).map_err(|error| IppError::Refused {
        message: error.to_string(),
    })
}

/// A queue's name as a path segment of a URI (RFC 3986 §2.1).
fn percent_encoded(name: &str) -> String {
    use std::fmt::Write as _;

    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::backend::cups::scripted::{Reply, ScriptedCups};
    use platen_protocol::PrinterState;

    fn till() -> QueueName {
        "till".parse().unwrap()
    }

    fn connection(cups: &ScriptedCups, deadline_ms: u64) -> IppConnection {
        IppConnection::new(
            CupsServer::Socket(cups.socket()),
            "till-user".to_owned(),
            Duration::from_millis(deadline_ms),
        )
    }

    #[tokio::test]
    async fn questions_share_one_connection_and_outlive_its_close() {
        let cups = ScriptedCups::start([
            Reply::printer(3),
            Reply::Close,
            Reply::printer(4),
            Reply::printer(5),
        ]);
        let connection = connection(&cups, 5_000);
        for state in [
            PrinterState::Idle,
            PrinterState::Processing,
            PrinterState::Stopped,
        ] {
            assert_eq!(connection.printer(&till()).await.unwrap().state, state);
        }
        assert_eq!(cups.requests().len(), 4);
    }

    #[tokio::test]
    async fn a_service_that_asks_who_we_are_is_told_once() {
        let cups = ScriptedCups::start([Reply::Http(401, vec![]), Reply::Http(401, vec![])]);
        let refused = connection(&cups, 5_000).cancel(&till(), 7).await;
        assert!(
            matches!(refused, Err(IppError::Refused { .. })),
            "{refused:?}"
        );
        let requests = cups.requests();
        assert!(!requests[0].contains("authorization:"));
        assert!(requests[1].contains("authorization: peercred till-user"));
    }

    #[tokio::test]
    async fn answers_that_never_come_never_end_or_make_no_sense_are_errors() {
        for reply in [
            Reply::Silence,
            Reply::Endless,
            Reply::Close,
            Reply::Http(200, b"<html>".to_vec()),
            Reply::Http(200, vec![]),
            Reply::Http(500, b"broken".to_vec()),
            Reply::printer(99),
        ] {
            let cups = ScriptedCups::start([reply.clone()]);
            let answer = connection(&cups, 300).printer(&till()).await;
            assert!(answer.is_err(), "{reply:?}: {answer:?}");
        }
    }

    #[tokio::test]
    async fn what_the_service_does_not_know_is_told_apart_from_what_it_refuses() {
        let group = DelimiterTag::OperationAttributes;
        let message = IppValue::new_text_without_language("no\u{1b}[2Jt now").unwrap();
        let cups = ScriptedCups::start([
            Reply::ipp(IppStatus::ClientErrorNotFound, group, &[]),
            Reply::ipp(
                IppStatus::ClientErrorNotPossible,
                group,
                &[("status-message", message)],
            ),
        ]);
        let connection = connection(&cups, 5_000);
        let unknown = connection.job(&till(), 1).await;
        assert!(matches!(unknown, Err(IppError::NotFound)), "{unknown:?}");
        let refused = connection.cancel(&till(), 1).await.unwrap_err();
        assert_eq!(refused.to_string(), "the print service refused: no[2Jt now");
    }

    #[tokio::test]
    async fn nobody_listening_is_unreachable() {
        let gone = ScriptedCups::start([]).socket();
        let server = CupsServer::Socket(gone);
        let connection = IppConnection::new(server, "u".to_owned(), Duration::from_secs(5));
        let answer = connection.printer(&till()).await;
        assert!(
            matches!(answer, Err(IppError::Unreachable { .. })),
            "{answer:?}"
        );
        assert!(connection.probe().await.is_err());
    }

    #[test]
    fn a_queue_name_cannot_leave_its_path_segment() {
        assert_eq!(percent_encoded("till-1"), "till-1");
        assert_eq!(percent_encoded("Küche"), "K%C3%BCche");
        assert_eq!(percent_encoded("a/../b?c"), "a%2F..%2Fb%3Fc");
    }
}
