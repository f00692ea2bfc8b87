//! `cups:QUEUE`: a queue of the system's print service.
//!
//! A job is asked for, handed over and followed: CUPS must be there and know
//! the queue (`ipp`), `platen-spooler` hands the document over (`backend::spooler`),
//! and CUPS's own word on the job, asked over IPP by the job's id, is what the
//! outcome says (`follow`). What happens in CUPS is heard once for all queues
//! (`observer`). An answer lost during the hand-over is looked up
//! by a mark each delivery carries, so that a crash in a driver rarely ends in
//! doubt. The list of printers is `discovery`'s.

mod answer;
mod attributes;
mod condition;
mod discovery;
mod events;
mod follow;
mod ipp;
mod observer;
mod page_options;
#[cfg(test)]
#[cfg(unix)]
mod scripted;
mod server;
mod subscription;
mod user;
mod watch;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use platen_protocol::job::FORMAT_RAW;
use platen_protocol::{ErrorCode, Evidence, PrinterStateReason, StatusSource};
use platen_spooler_wire::Call;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::attributes::{DELIVERY_MARK, SpoolerPrinter};
use self::follow::{Device, Follow};
use self::ipp::IppConnection;
use self::observer::{Interest, Observation, Observer, Sight};
use self::watch::{Telling, Told};
use self::witness::Witness;
use super::pieces::Pieces;
use super::plain_text::as_receipts;
use super::reporter::Reporter;
use super::spooler::{HandOver, Spooler, SpoolerError, SpoolerProgram};
use super::system_printers::LIST_AGE_MS_MAX;
use super::{
    Answer, Backend, DeviceStatus, DeviceUri, Document, Equipment, Outcome, Pace, QueueName,
    Report, Work,
};

pub use self::ipp::IppError;
pub use self::server::{CupsServer, NotAServer};
pub use self::user::current_user;

/// What CUPS calls data it must not touch.
const CUPS_RAW: &str = "application/vnd.cups-raw";
/// `job-name` is an IPP name (RFC 8011 §5.1.3).
const TITLE_OCTETS_MAX: usize = 255;

/// How the system's print service is reached.
#[derive(Debug, Clone)]
pub struct CupsSettings {
    /// Where it listens.
    pub server: CupsServer,
    /// Whose jobs ours are in the print service; see [`current_user`].
    pub user: String,
    /// The program `platen-spooler`.
    pub spooler_program: PathBuf,
    /// Where documents are kept during the hand-over; made for its owner only.
    pub spooler_folder: PathBuf,
    /// For each step of a call to `platen-spooler`; then the process is killed.
    pub call_wait_ms_max: u64,
    /// For each question over IPP.
    pub answer_wait_ms_max: u64,
    /// How long an open job may go unheard of while CUPS does not answer.
    pub contact_wait_ms_max: u64,
    /// Between two questions about an open job.
    pub poll_ms: u64,
    /// How long CUPS's `socket` backend waits for a printer to finish, before it
    /// calls the job done all the same.
    pub finish_wait_ms: u64,
    /// How old the list of printers may be before it is asked for again.
    pub list_age_ms_max: u64,
}

impl CupsSettings {
    /// This machine's print service, reached as `user` through `program`, which
    /// keeps documents in `folder`.
    #[must_use]
    pub fn new(user: String, program: PathBuf, folder: PathBuf) -> Self {
        Self {
            server: CupsServer::System,
            user,
            spooler_program: program,
            spooler_folder: folder,
            // Handing 100 MB to a busy server takes a few seconds.
            call_wait_ms_max: 30_000,
            // CUPS answers in under a millisecond; busy with a driver, in under a second.
            answer_wait_ms_max: 5_000,
            // A restart of the service, or of the machine it runs on.
            contact_wait_ms_max: 120_000,
            // A question costs 0.2 ms, a receipt through CUPS takes 15.
            poll_ms: 80,
            // `wait_bc` in CUPS's backend/socket.c.
            finish_wait_ms: 90_000,
            list_age_ms_max: LIST_AGE_MS_MAX,
        }
    }
}

/// What all CUPS queues share: one connection, one client of the helper.
#[derive(Debug)]
pub(crate) struct CupsService {
    settings: CupsSettings,
    ipp: IppConnection,
    observer: Observer,
    spooler: Spooler,
}

impl CupsService {
    /// Connects to nobody and starts nothing.
    pub(crate) fn new(settings: CupsSettings) -> Self {
        let mut environment = vec![("CUPS_USER", settings.user.clone())];
        if let Some(server) = settings.server.environment() {
            environment.push(("CUPS_SERVER", server));
        }
        let connection = || {
            let answer_wait = Duration::from_millis(settings.answer_wait_ms_max);
            IppConnection::new(settings.server.clone(), settings.user.clone(), answer_wait)
        };
        Self {
            ipp: connection(),
            observer: Observer::new(connection(), Duration::from_millis(settings.poll_ms)),
            spooler: Spooler::new(SpoolerProgram {
                program: settings.spooler_program.clone(),
                folder: settings.spooler_folder.clone(),
                environment,
                call_wait: Duration::from_millis(settings.call_wait_ms_max),
            }),
            settings,
        }
    }
}

/// A CUPS queue.
#[derive(Debug)]
pub(crate) struct CupsPrinter {
    queue: QueueName,
    service: Arc<CupsService>,
    /// A connection of the print service to the device was seen to end in order.
    ends_in_order: AtomicBool,
}

impl CupsPrinter {
    pub(crate) fn new(queue: QueueName, service: Arc<CupsService>) -> Self {
        Self {
            queue,
            service,
            ends_in_order: AtomicBool::new(false),
        }
    }

    async fn deliver_work(
        &self,
        work: &Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Outcome {
        let not_started = |code, detail| Outcome::NotStarted { code, detail };
        let octets = work.documents.iter().map(|d| d.payload.octets()).sum();
        if octets == 0 {
            let detail = "the job has no octets to print".to_owned();
            return not_started(ErrorCode::DocumentEmpty, detail);
        }
        let ready = tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Canceled { octets_sent: 0 },
            ready = self.ready() => ready,
        };
        let printer = match ready {
            Ok(printer) => printer,
            Err((code, detail)) => return not_ready(code, detail),
        };
        // Without a driver a text would reach the printer as it is, and so
        // would anything that calls itself a page.
        let documents = if printer.is_raw {
            as_receipts(&work.documents, &work.profile)
        } else {
            work.documents.clone()
        };
        let format = match document_format(&documents, printer.is_raw) {
            Ok(format) => format,
            Err(detail) => return not_started(ErrorCode::DocumentFormatNotSupported, detail),
        };
        let mark = match fresh_mark() {
            Ok(mark) => mark,
            Err(detail) => return not_started(ErrorCode::Internal, detail),
        };
        let (format, mut options) = page_options::read(&format);
        options.push(("document-format".to_owned(), format.to_owned()));
        options.push((DELIVERY_MARK.to_owned(), mark.clone()));
        let call = Call::Print {
            printer: self.queue.to_string(),
            title: title(work.name.as_str()),
            options,
        };
        let pieces = Pieces::of(&documents);
        let observation = self.observe(Interest::OpenJob);
        let device = match printer.direct() {
            Some(device) => Device::BareSocket(Witness::begin(&device).await),
            None if printer.is_bare_socket() => Device::BareSocket(None),
            None => Device::Driven,
        };
        let handed_over = self.service.spooler.hand_over(&call, pieces, &cancel).await;
        let reports = Reporter::new(reports);
        let follow = Follow::new(self, observation, reports, cancel, mark, octets, device);
        match handed_over {
            HandOver::Taken(job) => follow.job(job).await,
            HandOver::Unknown(error) => follow.whatever_came_of(&error).await,
            HandOver::NotTaken(error) => {
                let code = match error {
                    SpoolerError::NotStarted { .. } => ErrorCode::SpoolerUnavailable,
                    SpoolerError::Hung { .. }
                    | SpoolerError::Died { .. }
                    | SpoolerError::OutOfTurn
                    | SpoolerError::NoService { .. }
                    | SpoolerError::NoPrinter { .. }
                    | SpoolerError::Failed { .. } => ErrorCode::SpoolerFailed,
                };
                not_ready(code, error.to_string())
            }
            HandOver::PayloadLost(error) => not_started(
                ErrorCode::PayloadLost,
                format!("the job's document cannot be read: {}", error.kind()),
            ),
            HandOver::Canceled => Outcome::Canceled { octets_sent: 0 },
        }
    }

    /// Whether the print service is there, has the queue and takes jobs for it.
    async fn ready(&self) -> Result<SpoolerPrinter, (ErrorCode, String)> {
        let queue = &self.queue;
        match self.service.ipp.printer(queue).await {
            Ok(printer) if printer.accepts_jobs => Ok(printer),
            Ok(_) => Err((
                ErrorCode::DeviceRejected,
                format!(
                    "the print service takes no jobs for {queue}; `cupsaccept {queue}` changes that"
                ),
            )),
            Err(IppError::NotFound) => Err((
                ErrorCode::DeviceUnreachable,
                format!("the print service has no queue named {queue}; `lpstat -p` lists them"),
            )),
            Err(error @ IppError::Unreachable { .. }) => {
                Err((ErrorCode::SpoolerUnavailable, error.to_string()))
            }
            Err(error) => Err((ErrorCode::SpoolerFailed, error.to_string())),
        }
    }

    async fn ask_status(&self) -> DeviceStatus {
        let sight = match self.service.ipp.printer(&self.queue).await {
            Ok(printer) => Sight::Printer(printer),
            Err(IppError::NotFound) => Sight::NoQueue,
            Err(_) => Sight::NoService,
        };
        watch::status_of(&sight)
    }

    fn observe(&self, interest: Interest) -> Observation {
        self.service.observer.observe(&self.queue, interest)
    }

    /// Tells what is worth telling of the queue's printer.
    async fn watch_printer(&self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) {
        let mut observation = self.observe(match pace {
            Pace::Idle => Interest::Idle,
            Pace::Waiting => Interest::Waiting,
        });
        let mut told = Told::default();
        loop {
            let mut due = None;
            if let Some(status) = observation.sight().as_ref().map(watch::status_of) {
                let now = Instant::now();
                match told.judge(&status, now) {
                    Telling::Now if seen.send(status.clone()).await.is_err() => return,
                    Telling::Now => {
                        told.tell(status, now);
                        continue;
                    }
                    Telling::At(at) => due = Some(at),
                }
            }
            let telling_is_due = async {
                match due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = observation.news() => {}
                () = telling_is_due => {}
                () = seen.closed() => return,
            }
        }
    }
}

impl Backend for CupsPrinter {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(async move { self.deliver_work(&work, reports, cancel).await })
    }

    fn status(&self) -> Answer<'_, DeviceStatus> {
        Box::pin(self.ask_status())
    }

    fn watch<'a>(&'a self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
        Box::pin(self.watch_printer(pace, seen))
    }

    fn direct(&self) -> Answer<'_, Option<DeviceUri>> {
        Box::pin(async {
            let printer = self.service.ipp.printer(&self.queue).await.ok();
            printer.and_then(|printer| printer.direct())
        })
    }

    fn equipment(&self) -> Answer<'_, Option<Equipment>> {
        Box::pin(async { self.service.ipp.equipment(&self.queue).await.ok() })
    }

    fn evidence(&self) -> Evidence {
        Evidence::Spooler
    }
}

/// Nothing was handed over: to be waited for where queue or service are not
/// there, to be tried again otherwise.
fn not_ready(code: ErrorCode, detail: String) -> Outcome {
    let missing = match code {
        ErrorCode::DeviceUnreachable => PrinterStateReason::OFFLINE,
        ErrorCode::SpoolerUnavailable => PrinterStateReason::SPOOLER_UNAVAILABLE,
        _ => return Outcome::NotStarted { code, detail },
    };
    Outcome::Unready {
        status: DeviceStatus::unreachable(missing, StatusSource::Ipp),
        code,
        detail,
    }
}

/// One reason, in the form reports carry them.
fn reason(keyword: &str) -> Vec<PrinterStateReason> {
    keyword.parse().into_iter().collect()
}

/// The one format all documents of a job have, as CUPS calls it.
fn document_format(documents: &[Document], is_raw: bool) -> Result<String, String> {
    let Some((first, rest)) = documents.split_first() else {
        return Ok(CUPS_RAW.to_owned());
    };
    if rest.iter().any(|document| document.format != first.format) {
        return Err(
            "the documents of one job have different formats; submit one job each".to_owned(),
        );
    }
    match first.format.as_str() {
        FORMAT_RAW => Ok(CUPS_RAW.to_owned()),
        format if is_raw => Err(format!(
            "the printer has no driver for {}; send application/octet-stream (raw) or text/plain",
            page_options::read(format).0
        )),
        format if rest.is_empty() || format.starts_with("text/") => Ok(format.to_owned()),
        format => Err(format!(
            "several documents of format {format} cannot be one job; submit one job each"
        )),
    }
}

fn title(name: &str) -> String {
    let end = (0..=TITLE_OCTETS_MAX.min(name.len()))
        .rev()
        .find(|end| name.is_char_boundary(*end))
        .unwrap_or(0);
    if end == 0 {
        return "Platen".to_owned();
    }
    name[..end].to_owned()
}

/// A mark no other job has, made anew for each delivery.
fn fresh_mark() -> Result<String, String> {
    use std::fmt::Write as _;

    let random = ring::rand::SystemRandom::new();
    let octets: [u8; 16] = ring::rand::generate(&random)
        .map_err(|_| "the system has no random numbers".to_owned())?
        .expose();
    let mut mark = String::from("d");
    for octet in octets {
        // Writing to a string cannot fail.
        let _ = write!(mark, "{octet:02x}");
    }
    Ok(mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::pieces::fixtures::document;

    fn of_format(format: &str) -> Document {
        Document {
            format: format.to_owned(),
            ..document("x")
        }
    }

    #[test]
    fn raw_data_is_marked_raw_and_other_formats_are_named() {
        for (formats, expected) in [
            (&[FORMAT_RAW][..], Some(CUPS_RAW)),
            (&[FORMAT_RAW, FORMAT_RAW], Some(CUPS_RAW)),
            (&["application/pdf"], Some("application/pdf")),
            (&["text/plain", "text/plain"], Some("text/plain")),
            (&["application/pdf", "application/pdf"], None),
            (&[FORMAT_RAW, "text/plain"], None),
            (
                &["application/vnd.cups-raw"],
                Some("application/vnd.cups-raw"),
            ),
        ] {
            let documents: Vec<_> = formats.iter().map(|f| of_format(f)).collect();
            assert_eq!(
                document_format(&documents, false).ok().as_deref(),
                expected,
                "{formats:?}"
            );
        }
    }

    #[test]
    fn a_printer_without_a_driver_gets_raw_data_and_receipts_only() {
        for (formats, expected) in [
            (&[FORMAT_RAW][..], Some(CUPS_RAW)),
            (&["text/plain"], Some(CUPS_RAW)),
            (&[FORMAT_RAW, "text/plain"], Some(CUPS_RAW)),
            (&["application/pdf"], None),
            (&["application/vnd.cups-raw"], None),
        ] {
            let documents: Vec<_> = formats.iter().map(|f| of_format(f)).collect();
            let documents = as_receipts(&documents, &Arc::default());
            assert_eq!(
                document_format(&documents, true).ok().as_deref(),
                expected,
                "{formats:?}"
            );
        }
    }

    #[test]
    fn a_title_is_never_empty_and_never_cut_inside_a_character() {
        assert_eq!(title(""), "Platen");
        assert_eq!(title("Bon 7"), "Bon 7");
        let cut = title(&"ü".repeat(200));
        assert_eq!(cut.len(), 254);
    }
}
