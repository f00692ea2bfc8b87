//! `socket://HOST:PORT`: raw octets over TCP, one connection per job.
//!
//! A printer that answers ESC/POS status requests is asked before the job
//! (`asking`), heard during it (`delivery`) and has the last word on it
//! (`ending`): [`Evidence::Device`]. Of any other the acknowledgment is TCP's:
//! [`Evidence::Transport`] when every octet was acknowledged and the device
//! closed the connection (or kept it open without complaint for
//! `close_wait_ms_max`). A reset at any time before that means that octets may
//! have been thrown away, also those acknowledged already: the job is
//! interrupted, never completed. Start at [`SocketPrinter`]; `line` is one
//! connection, `watching` what happens while no job runs.

#[cfg(test)]
mod answering;
mod asking;
mod delivery;
mod ending;
mod line;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tests;
mod unacknowledged;
mod watching;

use std::io;
use std::time::Duration;

use platen_protocol::{ErrorCode, Evidence, PrinterStateReason, StatusSource};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use self::delivery::Delivery;
use self::line::Line;
use super::escpos::{Abilities, Knowledge, Silence};
use super::pieces::Pieces;
use super::plain_text::as_receipts;
use super::reporter::Reporter;
use super::{Answer, Backend, DeviceQuestions, DeviceStatus, Outcome, Pace, Report, Work};
use crate::tcp;

/// How long a network printer may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketSettings {
    /// For name lookup and connecting together; then the device counts as
    /// unreachable and nothing was sent.
    pub connect_wait_ms_max: u64,
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

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            // Longer than one lost SYN (retransmitted after 1 s and 3 s).
            connect_wait_ms_max: 5_000,
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

/// A network printer behind a raw TCP port.
#[derive(Debug)]
pub struct SocketPrinter {
    host: String,
    port: u16,
    settings: SocketSettings,
    knowledge: Knowledge,
}

impl SocketPrinter {
    /// The printer at `host` (name or address) and `port`. Connects to nobody.
    #[must_use]
    pub fn new(host: String, port: u16, settings: SocketSettings) -> Self {
        Self {
            host,
            port,
            settings,
            knowledge: Knowledge::default(),
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let wait = Duration::from_millis(self.settings.connect_wait_ms_max);
        timeout(wait, tcp::connect(&self.host, self.port))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn deliver_work(
        &self,
        work: &Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Outcome {
        let documents = as_receipts(&work.documents, &work.profile);
        let mut pieces = Pieces::of(&documents);
        let first = match pieces.next().await {
            Ok(Some(first)) => first,
            Ok(None) => {
                return Outcome::NotStarted {
                    code: ErrorCode::DocumentEmpty,
                    detail: "the job has no octets to print".to_owned(),
                };
            }
            Err(error) => {
                return Outcome::NotStarted {
                    code: ErrorCode::PayloadLost,
                    detail: format!("the job's document cannot be read: {}", error.kind()),
                };
            }
        };
        let connected = tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Canceled { octets_sent: 0 },
            connected = self.connect() => connected,
        };
        let stream = match connected {
            Ok(stream) => stream,
            Err(error) => {
                self.knowledge.was_unreachable();
                return Outcome::Unready {
                    status: DeviceStatus::unreachable(
                        PrinterStateReason::OFFLINE,
                        StatusSource::Connection,
                    ),
                    code: ErrorCode::DeviceUnreachable,
                    detail: self.unreachable(&error),
                };
            }
        };
        let mut line = Line::new(stream);
        let prepared = tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Canceled { octets_sent: 0 },
            prepared = self.prepare(&mut line, &first) => prepared,
        };
        let reports = Reporter::new(reports);
        match prepared {
            Ok(Prepared::Unready(outcome)) => outcome,
            Ok(Prepared::Ready(told)) => {
                let (status, abilities) = told.unzip();
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
    async fn prepare(&self, line: &mut Line, first: &[u8]) -> io::Result<Prepared> {
        if !self.asks_before(first) {
            return Ok(Prepared::Ready(None));
        }
        match self.ask(line).await? {
            Some(status) if status.stops() => Ok(Prepared::unready(self, status)),
            Some(status) => {
                let abilities = self.abilities(line, first).await?;
                Ok(Prepared::Ready(Some((status, abilities))))
            }
            None => match self.knowledge.was_silent(Instant::now()) {
                Silence::Mute => {
                    // What it may still say is about nothing we know.
                    line.conversation = None;
                    Ok(Prepared::Ready(None))
                }
                Silence::Unwell => Ok(Prepared::unready(
                    self,
                    DeviceStatus::stopped("timed-out", StatusSource::Connection),
                )),
            },
        }
    }

    fn unreachable(&self, error: &io::Error) -> String {
        format!("{self} cannot be reached: {}", error.kind())
    }

    /// Whether the printer is known to obey `DLE DC4`: its makers gave it
    /// together with process ids.
    fn can_clear(&self) -> bool {
        self.knowledge
            .abilities(Instant::now())
            .is_some_and(|abilities| abilities.process_id)
    }
}

/// What came of the questions before a job.
enum Prepared {
    /// The job may begin; what the printer said and can do, if it answered.
    Ready(Option<(DeviceStatus, Abilities)>),
    /// It cannot.
    Unready(Outcome),
}

impl Prepared {
    fn unready(printer: &SocketPrinter, status: DeviceStatus) -> Self {
        let reasons: Vec<_> = status.reasons.iter().map(ToString::to_string).collect();
        Self::Unready(Outcome::Unready {
            code: ErrorCode::DeviceNotReady,
            detail: format!("{printer} cannot print now: {}", reasons.join(", ")),
            status,
        })
    }
}

impl std::fmt::Display for SocketPrinter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Backend for SocketPrinter {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(async move { self.deliver_work(&work, reports, cancel).await })
    }

    /// One short connection: asks a printer that answers, and sees of any
    /// other that it can be reached.
    fn status(&self) -> Answer<'_, DeviceStatus> {
        Box::pin(self.look())
    }

    fn watch<'a>(&'a self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
        Box::pin(self.keep_looking(pace, seen))
    }

    fn proven(&self) -> Option<Abilities> {
        self.knowledge.proven()
    }

    fn recall(&self, proven: Abilities) {
        self.knowledge.recall(proven, Instant::now());
    }

    /// The device's own word, once it has given it.
    fn evidence(&self) -> Evidence {
        if self.can_clear() {
            Evidence::Device
        } else {
            Evidence::Transport
        }
    }
}
