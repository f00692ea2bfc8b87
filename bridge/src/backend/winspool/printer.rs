//! A printer of the spooler, and what all of them share.

use std::sync::Arc;
use std::time::Duration;

use platen_protocol::job::FORMAT_RAW;
use platen_protocol::{ErrorCode, Evidence, PrinterStateReason, StatusSource};
use platen_spooler_wire::{Answer as SpoolerAnswer, Call, PrinterCondition, SystemPrinter};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::follow::Follow;
use super::{WindowsPrinterName, status};
use crate::backend::pieces::Pieces;
use crate::backend::plain_text::as_receipts;
use crate::backend::reporter::Reporter;
use crate::backend::spooler::{HandOver, Spooler, SpoolerError};
use crate::backend::system_printers::{DiscoveryError, FoundPrinter, PrintService};
use crate::backend::{Answer, Backend, DeviceStatus, DeviceUri, Outcome, Report, Work};

/// A title is cut here, to leave room for the mark: the spooler cuts at 255.
const TITLE_CHARS_MAX: usize = 200;

/// What all printers of the spooler share: one client of the helper.
#[derive(Debug)]
pub(crate) struct WinspoolService {
    pub(super) spooler: Spooler,
    /// How long an open job may go unheard of while the spooler does not answer.
    pub(super) contact_wait: Duration,
}

impl WinspoolService {
    /// Starts nothing.
    pub(crate) fn new(spooler: Spooler, contact_wait: Duration) -> Self {
        Self {
            spooler,
            contact_wait,
        }
    }

    async fn found(&self) -> Result<Vec<FoundPrinter>, DiscoveryError> {
        let listed = self.spooler.printers().await?;
        Ok(listed.into_iter().filter_map(found_printer).collect())
    }
}

impl PrintService for WinspoolService {
    fn printers(&self) -> Answer<'_, Result<Vec<FoundPrinter>, DiscoveryError>> {
        Box::pin(self.found())
    }
}

/// `None` when the name is one we could not print to.
fn found_printer(listed: SystemPrinter) -> Option<FoundPrinter> {
    let printer = WindowsPrinterName::new(&listed.name).ok()?;
    let status = listed.condition.map(status::of_printer);
    Some(FoundPrinter {
        name: listed.name,
        info: listed.info,
        location: listed.location,
        make_and_model: listed.make_and_model,
        uri: DeviceUri::Winspool { printer },
        device_uri: listed.device_uri,
        state: status.as_ref().and_then(|status| status.state),
        reasons: status.map(|status| status.reasons).unwrap_or_default(),
        default: listed.default,
    })
}

/// A printer of Windows' spooler.
#[derive(Debug)]
pub(crate) struct WinspoolPrinter {
    pub(super) name: WindowsPrinterName,
    pub(super) service: Arc<WinspoolService>,
}

impl WinspoolPrinter {
    pub(crate) fn new(name: WindowsPrinterName, service: Arc<WinspoolService>) -> Self {
        Self { name, service }
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
        let documents = as_receipts(&work.documents, &work.profile);
        if let Some(other) = documents.iter().find(|one| one.format != FORMAT_RAW) {
            let detail = format!(
                "Windows' printers take raw data here, not {}; send application/octet-stream (raw) or text/plain",
                other.format
            );
            return not_started(ErrorCode::DocumentFormatNotSupported, detail);
        }
        let mark = match fresh_mark() {
            Ok(mark) => mark,
            Err(detail) => return not_started(ErrorCode::Internal, detail),
        };
        // A question that was begun is answered: the helper is kept for the next.
        let ready = self.condition().await;
        if cancel.is_cancelled() {
            return Outcome::Canceled { octets_sent: 0 };
        }
        if let Err(error) = ready {
            return not_taken(&error);
        }
        let call = Call::Print {
            printer: self.name.as_str().to_owned(),
            title: title(work.name.as_str(), &mark),
            options: Vec::new(),
        };
        let spooler = &self.service.spooler;
        let pieces = Pieces::of(&documents);
        let (handed_over, attendant) = spooler.hand_over_and_stay(&call, pieces, &cancel).await;
        let reports = Reporter::new(reports);
        let follow = Follow::new(self, attendant, reports, cancel, mark, octets);
        match handed_over {
            HandOver::Taken(job) => follow.job(job).await,
            HandOver::Unknown(error) => follow.whatever_came_of(&error).await,
            HandOver::NotTaken(error) => not_taken(&error),
            HandOver::PayloadLost(error) => not_started(
                ErrorCode::PayloadLost,
                format!("the job's document cannot be read: {}", error.kind()),
            ),
            HandOver::Canceled => Outcome::Canceled { octets_sent: 0 },
        }
    }

    async fn condition(&self) -> Result<PrinterCondition, SpoolerError> {
        let printer = self.name.as_str().to_owned();
        match self
            .service
            .spooler
            .ask(&Call::Condition { printer })
            .await?
        {
            SpoolerAnswer::Condition { condition } => Ok(condition),
            _ => Err(SpoolerError::OutOfTurn),
        }
    }

    async fn ask_status(&self) -> DeviceStatus {
        match self.condition().await {
            Ok(condition) => status::of_printer(condition),
            Err(SpoolerError::NoPrinter { .. }) => out_of_reach(PrinterStateReason::OFFLINE),
            Err(_) => out_of_reach(PrinterStateReason::SPOOLER_UNAVAILABLE),
        }
    }
}

impl Backend for WinspoolPrinter {
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

    fn evidence(&self) -> Evidence {
        Evidence::Spooler
    }
}

fn out_of_reach(reason: &str) -> DeviceStatus {
    DeviceStatus::unreachable(reason, StatusSource::Spooler)
}

/// The spooler has nothing of the job: to be waited for where printer or
/// service are not there, to be tried again otherwise.
fn not_taken(error: &SpoolerError) -> Outcome {
    let detail = error.to_string();
    let (reason, code) = match error {
        SpoolerError::NoPrinter { .. } => {
            (PrinterStateReason::OFFLINE, ErrorCode::DeviceUnreachable)
        }
        SpoolerError::NoService { .. } | SpoolerError::NotStarted { .. } => (
            PrinterStateReason::SPOOLER_UNAVAILABLE,
            ErrorCode::SpoolerUnavailable,
        ),
        SpoolerError::Hung { .. }
        | SpoolerError::Died { .. }
        | SpoolerError::OutOfTurn
        | SpoolerError::Failed { .. } => {
            let code = ErrorCode::SpoolerFailed;
            return Outcome::NotStarted { code, detail };
        }
    };
    Outcome::Unready {
        status: out_of_reach(reason),
        code,
        detail,
    }
}

/// What people see in the queue's window, and the mark.
fn title(name: &str, mark: &str) -> String {
    let name: String = name.chars().take(TITLE_CHARS_MAX).collect();
    format!("{name} {mark}").trim_start().to_owned()
}

/// A mark no other job has, made anew for each delivery.
fn fresh_mark() -> Result<String, String> {
    let random = ring::rand::SystemRandom::new();
    let octets: [u8; 8] = ring::rand::generate(&random)
        .map_err(|_| "the system has no random numbers".to_owned())?
        .expose();
    Ok(format!("(Platen {:016x})", u64::from_be_bytes(octets)))
}
