//! Raw octets to a printer, over whatever line leads to it.
//!
//! A printer that answers ESC/POS status requests is asked before the job
//! (`asking`), heard during it (`job`) and has the last word on it (`ending`).
//! Of any other its line says what became of the octets. Start at
//! [`RawPrinter::deliver`]; a backend opens its device and brings a [`Line`].
//! Knows no kind of connection.

mod asking;
mod ending;
mod job;
mod line;
mod pace;

use std::{fmt, io};

use bytes::Bytes;
use platen_protocol::{ErrorCode, Evidence, PrinterStateReason, StatusSource};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) use self::job::LOOK_PAUSE;
pub(crate) use self::line::{Happened, Line};
pub(crate) use self::pace::{Pace, REPLY_OCTETS};

use self::job::Delivery;
use super::escpos::{Abilities, Knowledge, Silence};
use super::pieces::Pieces;
use super::reporter::Reporter;
use super::{DeviceQuestions, DeviceStatus, Outcome, Report};

/// How long a printer that was reached may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverySettings {
    /// Without one more octet accepted for this long, the printer is reported
    /// as stopped. The delivery goes on waiting: nothing is dropped.
    pub stall_ms: u64,
    /// How long a device that has acknowledged everything may keep the
    /// connection open before the job counts as accepted.
    pub close_wait_ms_max: u64,
    /// What the printer may be asked.
    pub questions: DeviceQuestions,
    /// For a first answer of a printer nobody knows yet. Costs that much once,
    /// where there is none.
    pub answer_wait_ms_max: u64,
    /// For an answer of a printer that has answered before.
    pub expected_answer_wait_ms_max: u64,
    /// For a printer's word that a job is printed, while it names no reason
    /// why it cannot print; what is in its buffer still has to come out.
    pub process_id_wait_ms_max: u64,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            // A receipt printer feeds and cuts in less.
            stall_ms: 5_000,
            // Devices that close at all do so within a few hundred ms.
            close_wait_ms_max: 2_000,
            questions: DeviceQuestions::default(),
            // Printers on a local network answer within 50 ms.
            answer_wait_ms_max: 300,
            // One that talks to another host first may take longer.
            expected_answer_wait_ms_max: 2_000,
            // A full buffer of 64 KB prints for most of a minute.
            process_id_wait_ms_max: 60_000,
        }
    }
}

/// A printer that takes raw octets: what it is called, how long it may take,
/// and what is known of it.
#[derive(Debug)]
pub(crate) struct RawPrinter {
    name: String,
    settings: DeliverySettings,
    knowledge: Knowledge,
}

impl RawPrinter {
    pub(crate) fn new(name: String, settings: DeliverySettings) -> Self {
        Self {
            name,
            settings,
            knowledge: Knowledge::default(),
        }
    }

    pub(crate) fn settings(&self) -> &DeliverySettings {
        &self.settings
    }

    #[cfg(test)]
    pub(crate) fn settings_mut(&mut self) -> &mut DeliverySettings {
        &mut self.settings
    }

    /// Delivers a job over a line that was just opened.
    pub(crate) async fn deliver(
        &self,
        line: &mut impl Line,
        first: Bytes,
        pieces: Pieces<'_>,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Outcome {
        let prepared = tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Canceled { octets_sent: 0 },
            prepared = self.prepare(line, &first) => prepared,
        };
        match prepared {
            Ok(Prepared::Unready(status)) => self.unready(status),
            Ok(Prepared::Ready(told)) => {
                let (status, abilities) = told.unzip();
                let reports = Reporter::new(reports);
                let mut delivery = Delivery::new(line, self, reports, cancel, abilities);
                if let Some(status) = status {
                    delivery.tell(status);
                }
                delivery.run(first, pieces).await
            }
            Err(error) => Outcome::NotStarted {
                code: ErrorCode::DeviceUnreachable,
                detail: self.unreachable(&error),
            },
        }
    }

    /// Asks the printer, where it answers, whether a job may begin.
    async fn prepare(&self, line: &mut impl Line, first: &[u8]) -> io::Result<Prepared> {
        if !self.asks_before(first) || line.is_closed() {
            return Ok(Prepared::Ready(None));
        }
        match self.ask(line).await? {
            Some(status) if status.stops() => Ok(Prepared::Unready(status)),
            Some(status) => {
                let abilities = self.abilities(line, first).await?;
                Ok(Prepared::Ready(Some((status, abilities))))
            }
            None => match self.knowledge.was_silent(Instant::now()) {
                Silence::Mute => {
                    // What it may still say is about nothing we know.
                    *line.conversation_mut() = None;
                    Ok(Prepared::Ready(None))
                }
                Silence::Unwell => Ok(Prepared::Unready(DeviceStatus::stopped(
                    "timed-out",
                    StatusSource::Connection,
                ))),
            },
        }
    }

    /// How the printer is, over a line that was just opened and has no job.
    pub(crate) async fn look(&self, line: &mut impl Line) -> io::Result<DeviceStatus> {
        let reached = DeviceStatus::ready(StatusSource::Connection);
        if !self.asks_unprompted() || line.is_closed() {
            return Ok(reached);
        }
        Ok(match self.ask(line).await? {
            Some(status) => status,
            None => match self.knowledge.was_silent(Instant::now()) {
                Silence::Mute => reached,
                Silence::Unwell => DeviceStatus::stopped("timed-out", StatusSource::Connection),
            },
        })
    }

    /// It could not be reached.
    pub(crate) fn was_unreachable(&self) {
        self.knowledge.was_unreachable();
    }

    /// A job was not begun, because the printer could not be reached.
    pub(crate) fn out_of_reach(&self, detail: String) -> Outcome {
        self.was_unreachable();
        Outcome::Unready {
            status: DeviceStatus::unreachable(
                PrinterStateReason::OFFLINE,
                StatusSource::Connection,
            ),
            code: ErrorCode::DeviceUnreachable,
            detail,
        }
    }

    /// A job was not begun, because the printer says that it cannot print.
    pub(crate) fn unready(&self, status: DeviceStatus) -> Outcome {
        let reasons: Vec<_> = status.reasons.iter().map(ToString::to_string).collect();
        Outcome::Unready {
            code: ErrorCode::DeviceNotReady,
            detail: format!("{self} cannot print now: {}", reasons.join(", ")),
            status,
        }
    }

    pub(crate) fn unreachable(&self, error: &io::Error) -> String {
        format!("{self} cannot be reached: {}", described(error))
    }

    /// Whether the printer is known to obey `DLE DC4`: its makers gave it
    /// together with process ids.
    fn can_clear(&self) -> bool {
        self.knowledge
            .abilities(Instant::now())
            .is_some_and(|abilities| abilities.process_id)
    }

    pub(crate) fn proven(&self) -> Option<Abilities> {
        self.knowledge.proven()
    }

    pub(crate) fn recall(&self, proven: Abilities) {
        self.knowledge.recall(proven, Instant::now());
    }

    /// The device's own word, once it has given it.
    pub(crate) fn evidence(&self) -> Evidence {
        if self.can_clear() {
            Evidence::Device
        } else {
            Evidence::Transport
        }
    }
}

impl fmt::Display for RawPrinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What came of the questions before a job.
enum Prepared {
    /// The job may begin; what the printer said and can do, if it answered.
    Ready(Option<(DeviceStatus, Abilities)>),
    /// It cannot.
    Unready(DeviceStatus),
}

/// The first octets of a job, or why there are none.
pub(crate) async fn first_piece(pieces: &mut Pieces<'_>) -> Result<Bytes, Outcome> {
    match pieces.next().await {
        Ok(Some(first)) => Ok(first),
        Ok(None) => Err(Outcome::NotStarted {
            code: ErrorCode::DocumentEmpty,
            detail: "the job has no octets to print".to_owned(),
        }),
        Err(error) => Err(Outcome::NotStarted {
            code: ErrorCode::PayloadLost,
            detail: format!("the job's document cannot be read: {}", error.kind()),
        }),
    }
}

/// In our own words where we have some, else by kind: the system's words differ
/// from one to the next.
fn described(error: &io::Error) -> String {
    match error.get_ref() {
        Some(own) => own.to_string(),
        None => error.kind().to_string(),
    }
}
