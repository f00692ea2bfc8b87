//! One job on one connection: write, close our half, learn what was accepted.
//!
//! No write has a deadline, because giving up on a slow printer would cut the
//! job in two; a printer that takes nothing is reported as stopped, and what
//! ends the wait is the device, a lost connection or a cancel.

use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes};
use platen_protocol::{ErrorCode, Evidence, StatusSource};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::SocketPrinter;
use super::unacknowledged::unacknowledged_octets;
use crate::backend::pieces::Pieces;
use crate::backend::reporter::Reporter;
use crate::backend::{DeviceStatus, Outcome, Report};

/// Replies are read this much at a time ...
const REPLY_OCTETS: usize = 16 * 1024;
/// ... and not again before this has passed: a device that never stops talking
/// costs 3 MB/s of reading, not a processor.
const REPLY_PAUSE: Duration = Duration::from_millis(5);
/// Acknowledgments make no event, so they are asked for: at first at the pace
/// of a local network, then at that of paper.
const ACKNOWLEDGMENT_PAUSE_MIN: Duration = Duration::from_millis(1);
const ACKNOWLEDGMENT_PAUSE_MAX: Duration = Duration::from_millis(50);

/// Why a delivery ended before its end.
enum Break {
    Canceled,
    Lost(io::Error),
    PayloadLost(io::Error),
}

/// What a wait came back with.
#[derive(PartialEq, Eq)]
enum Woken {
    Writable,
    /// The moment that was waited for.
    Time,
    /// The device said something, or closed its half.
    Heard,
}

pub(super) struct Delivery<'a> {
    stream: TcpStream,
    printer: &'a SocketPrinter,
    reports: Reporter,
    cancel: CancellationToken,
    octets_sent: u64,
    /// When one more octet was last accepted.
    moved_at: Instant,
    stopped: bool,
    /// The device has closed its half: no replies will come.
    device_closed: bool,
    /// Replies are not read before this. (Sleeping until a moment that has
    /// passed would cost a millisecond.)
    hear_at: Option<Instant>,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(
        stream: TcpStream,
        printer: &'a SocketPrinter,
        reports: Reporter,
        cancel: CancellationToken,
    ) -> Self {
        let now = Instant::now();
        Self {
            stream,
            printer,
            reports,
            cancel,
            octets_sent: 0,
            moved_at: now,
            stopped: false,
            device_closed: false,
            hear_at: None,
        }
    }

    pub(super) async fn run(mut self, first: Bytes, mut pieces: Pieces<'_>) -> Outcome {
        let result = match self.send(first, &mut pieces).await {
            Ok(()) => self.confirm().await,
            Err(cause) => Err(cause),
        };
        let octets_sent = self.octets_sent;
        match result {
            Ok(()) => Outcome::Completed {
                evidence: Evidence::Transport,
                octets_sent,
            },
            Err(Break::Canceled) => {
                self.reset();
                Outcome::Canceled { octets_sent }
            }
            Err(Break::Lost(error)) if octets_sent == 0 => Outcome::NotStarted {
                code: ErrorCode::DeviceUnreachable,
                detail: self.printer.unreachable(&error),
            },
            Err(Break::Lost(error)) => Outcome::Interrupted {
                octets_sent,
                code: ErrorCode::DeviceLost,
                detail: format!(
                    "{} was lost while it printed: {}",
                    self.printer,
                    error.kind()
                ),
            },
            Err(Break::PayloadLost(error)) => {
                // Not a proper end: the device must not take half a job for a whole one.
                self.reset();
                Outcome::Interrupted {
                    octets_sent,
                    code: ErrorCode::PayloadLost,
                    detail: format!("the job's document cannot be read on: {}", error.kind()),
                }
            }
        }
    }

    /// Hands every octet to the kernel, as fast as the device takes them.
    async fn send(&mut self, first: Bytes, pieces: &mut Pieces<'_>) -> Result<(), Break> {
        let mut piece = first;
        loop {
            if self.cancel.is_cancelled() {
                return Err(Break::Canceled);
            }
            self.send_piece(piece).await?;
            self.reports.progress(self.octets_sent);
            match pieces.next().await {
                Ok(Some(next)) => piece = next,
                Ok(None) => return Ok(()),
                Err(error) => return Err(Break::PayloadLost(error)),
            }
        }
    }

    async fn send_piece(&mut self, mut piece: Bytes) -> Result<(), Break> {
        while piece.has_remaining() {
            match self.stream.try_write(&piece) {
                Ok(0) => return Err(Break::Lost(io::ErrorKind::WriteZero.into())),
                Ok(octets) => {
                    piece.advance(octets);
                    self.octets_sent += octets as u64;
                    self.moved();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(true, None).await?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Break::Lost(error)),
            }
        }
        Ok(())
    }

    /// Closes our half and returns once the device has accepted every octet.
    async fn confirm(&mut self) -> Result<(), Break> {
        self.stream.shutdown().await.map_err(Break::Lost)?;
        let mut pause = ACKNOWLEDGMENT_PAUSE_MIN;
        let mut last_left = None;
        let mut accepted_at = None;
        // A close that came before the last octet says nothing about that octet.
        let closed_early = self.device_closed;
        let close_wait = Duration::from_millis(self.printer.settings.close_wait_ms_max);
        loop {
            // In this order: a reset empties the kernel's queue too, and leaves an error behind.
            let left = unacknowledged_octets(&self.stream).map_err(Break::Lost)?;
            if let Some(error) = self.stream.take_error().map_err(Break::Lost)? {
                return Err(Break::Lost(error));
            }
            if left == Some(0) {
                self.moved();
            }
            match left {
                Some(0) if self.device_closed => return Ok(()),
                None if self.device_closed && !closed_early => return Ok(()),
                Some(0) | None => {
                    let end = *accepted_at.get_or_insert_with(Instant::now) + close_wait;
                    // All is with the device: a cancel comes too late to change that.
                    if Instant::now() >= end || (left.is_some() && self.cancel.is_cancelled()) {
                        return match left {
                            Some(_) => Ok(()),
                            None => Err(Break::Lost(io::ErrorKind::TimedOut.into())),
                        };
                    }
                    match self.wait(false, Some(end)).await {
                        Ok(_) => {}
                        Err(Break::Canceled) if left.is_some() => {}
                        Err(cause) => return Err(cause),
                    }
                }
                Some(left) => {
                    if last_left.replace(left).is_some_and(|before| before > left) {
                        self.moved();
                        pause = ACKNOWLEDGMENT_PAUSE_MIN;
                    }
                    let woken = self.wait(false, Some(Instant::now() + pause)).await?;
                    if woken == Woken::Time {
                        pause = (pause * 2).min(ACKNOWLEDGMENT_PAUSE_MAX);
                    }
                }
            }
        }
    }

    /// Waits until the device takes more (`writable`), a moment comes (`until`)
    /// or the device says something; reports a stop on the way. Cancel safe.
    async fn wait(&mut self, writable: bool, until: Option<Instant>) -> Result<Woken, Break> {
        let stall = Duration::from_millis(self.printer.settings.stall_ms);
        loop {
            let stalled_at = self.moved_at + stall;
            let hear_at = self.hear_at;
            let stream = &self.stream;
            let heard = async {
                if let Some(at) = hear_at {
                    sleep_until(at).await;
                }
                stream.readable().await
            };
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Break::Canceled),
                ready = self.stream.writable(), if writable => {
                    return ready.map(|()| Woken::Writable).map_err(Break::Lost);
                }
                ready = heard, if !self.device_closed => {
                    ready.map_err(Break::Lost)?;
                    self.discard_replies()?;
                    if !writable {
                        return Ok(Woken::Heard);
                    }
                }
                () = sleep_until(until.unwrap_or(stalled_at)), if until.is_some() => {
                    return Ok(Woken::Time);
                }
                () = sleep_until(stalled_at), if !self.stopped => {
                    self.stopped = true;
                    // RFC 8011 §5.4.12: connected, but no response for a long time.
                    self.reports.say(Report::Device(DeviceStatus::stopped("timed-out", StatusSource::Connection)));
                }
            }
        }
    }

    fn discard_replies(&mut self) -> Result<(), Break> {
        let mut replies = [0; REPLY_OCTETS];
        self.hear_at = None;
        match self.stream.try_read(&mut replies) {
            Ok(0) => self.device_closed = true,
            Ok(octets) if octets == replies.len() => {
                self.hear_at = Some(Instant::now() + REPLY_PAUSE);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(Break::Lost(error)),
        }
        Ok(())
    }

    fn moved(&mut self) {
        self.moved_at = Instant::now();
        if std::mem::take(&mut self.stopped) {
            self.reports.say(Report::Device(DeviceStatus::ready(
                StatusSource::Connection,
            )));
        }
    }

    /// Closes the connection so that the device sees a reset and the kernel
    /// sends nothing more of what it still holds.
    fn reset(&self) {
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "the connection could not be reset and is closed instead");
        }
    }
}
