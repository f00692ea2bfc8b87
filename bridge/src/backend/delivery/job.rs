//! One job on one line: write, learn from the device what it printed (`ending`)
//! or, where it does not say, what it accepted.
//!
//! No write has a deadline, because giving up on a slow printer would cut the
//! job in two; a printer that takes nothing is reported as stopped, and what
//! ends the wait is the device, a lost connection or a cancel.

use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes};
use platen_protocol::{ErrorCode, Evidence, StatusSource};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::line::{Happened, Line};
use super::{RawPrinter, described};
use crate::backend::escpos::{AUTOMATIC_STATUS_ON, Abilities, Conversation, INITIALIZE, JobReader};
use crate::backend::pieces::Pieces;
use crate::backend::reporter::Reporter;
use crate::backend::{DeviceStatus, Outcome, Report};

/// Changes of the device's status are told at most this often; what it says
/// in between is told at the end of the pause, if it still says so.
const TELL_PAUSE: Duration = Duration::from_millis(100);

/// Acknowledgments make no event, so they are asked for: at first at the pace
/// of a local network, then at that of paper.
const ACKNOWLEDGMENT_PAUSE_MIN: Duration = Duration::from_millis(1);
const ACKNOWLEDGMENT_PAUSE_MAX: Duration = Duration::from_millis(50);

/// A device that takes nothing, or that had no paper when it was last looked
/// at, is looked at this often.
pub(crate) const LOOK_PAUSE: Duration = Duration::from_millis(250);

/// Why a delivery ended before its end.
pub(super) enum Break {
    Canceled,
    Lost(io::Error),
    PayloadLost(io::Error),
}

/// What a wait came back with.
#[derive(PartialEq, Eq)]
pub(super) enum Woken {
    Writable,
    /// The moment that was waited for.
    Time,
    /// The device said something, took something, or closed its half.
    Heard,
}

/// What silence means, once all octets are acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// The device never says anything: that it keeps the connection open
    /// without complaint will do.
    Silence,
    /// The device did answer, and then stopped: only an orderly close by it
    /// will do.
    Close,
}

/// A job on its way to a printer that answers.
pub(super) struct Watched {
    pub(super) abilities: Abilities,
    pub(super) reader: JobReader,
}

pub(super) struct Delivery<'a, L> {
    pub(super) line: &'a mut L,
    pub(super) printer: &'a RawPrinter,
    reports: Reporter,
    pub(super) cancel: CancellationToken,
    octets_sent: u64,
    /// When one more octet was last accepted, or the device showed life.
    moved_at: Instant,
    stopped: bool,
    /// What the device said of itself, as it was last told.
    told: Option<DeviceStatus>,
    told_at: Option<Instant>,
    /// News wait until then.
    tell_at: Option<Instant>,
    answers: u64,
    /// What was seen beside what the device said, and when to look again.
    seen: Option<DeviceStatus>,
    /// What is on its way is ours, and not the job's.
    last_is_ours: bool,
    looked_at: Instant,
    /// `None`: the device says nothing, or nobody asked it.
    pub(super) watched: Option<Watched>,
}

impl<'a, L: Line> Delivery<'a, L> {
    pub(super) fn new(
        line: &'a mut L,
        printer: &'a RawPrinter,
        reports: Reporter,
        cancel: CancellationToken,
        abilities: Option<Abilities>,
    ) -> Self {
        let now = Instant::now();
        Self {
            line,
            printer,
            reports,
            cancel,
            octets_sent: 0,
            moved_at: now,
            stopped: false,
            told: None,
            told_at: None,
            tell_at: None,
            answers: 0,
            seen: None,
            last_is_ours: false,
            looked_at: now,
            watched: abilities.map(|abilities| Watched {
                abilities,
                reader: JobReader::default(),
            }),
        }
    }

    pub(super) async fn run(mut self, first: Bytes, mut pieces: Pieces<'_>) -> Outcome {
        let result = match self.send(first, &mut pieces).await {
            Ok(()) => self.end().await,
            Err(cause) => Err(cause),
        };
        let octets_sent = self.octets_sent;
        match result {
            Ok(evidence) => Outcome::Completed {
                evidence,
                octets_sent,
            },
            Err(Break::Canceled) => {
                let untaken = self.stop_printing().await;
                Outcome::Canceled {
                    octets_sent: octets_sent - untaken,
                }
            }
            Err(Break::Lost(error)) => {
                let octets_sent = octets_sent - self.break_off().await;
                if octets_sent == 0 {
                    Outcome::NotStarted {
                        code: ErrorCode::DeviceUnreachable,
                        detail: self.printer.unreachable(&error),
                    }
                } else {
                    Outcome::Interrupted {
                        octets_sent,
                        code: ErrorCode::DeviceLost,
                        detail: format!(
                            "{} was lost while it printed: {}",
                            self.printer,
                            described(&error)
                        ),
                    }
                }
            }
            Err(Break::PayloadLost(error)) => {
                // Not a proper end: the device must not take half a job for a whole one.
                let octets_sent = octets_sent - self.break_off().await;
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
        if self.has_automatic_status() {
            // Before it, `ESC @` could switch it off again.
            if piece.starts_with(&INITIALIZE) {
                self.send_piece(piece.split_to(INITIALIZE.len())).await?;
            }
            self.say(&AUTOMATIC_STATUS_ON).await?;
        }
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

    async fn send_piece(&mut self, piece: Bytes) -> Result<(), Break> {
        let mut left = piece.clone();
        while left.has_remaining() {
            let octets = self.write(&left).await?;
            self.last_is_ours = false;
            left.advance(octets);
            self.octets_sent += octets as u64;
        }
        if let Some(watched) = &mut self.watched {
            watched.reader.read(&piece);
        }
        Ok(())
    }

    /// Breaks off; says how many of the job's octets surely were not taken.
    pub(super) async fn break_off(&mut self) -> u64 {
        let untaken = self.line.break_off().await;
        if self.last_is_ours {
            0
        } else {
            untaken.min(self.octets_sent)
        }
    }

    /// Says octets that are not the job's.
    pub(super) async fn say(&mut self, mut octets: &[u8]) -> Result<(), Break> {
        while octets.has_remaining() {
            let said = self.write(octets).await?;
            self.last_is_ours = true;
            octets.advance(said);
        }
        Ok(())
    }

    /// Writes what the device takes, at least one octet.
    async fn write(&mut self, octets: &[u8]) -> Result<usize, Break> {
        loop {
            match self.line.try_write(octets) {
                Ok(octets) => {
                    self.moved();
                    return Ok(octets);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(true, None).await?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Break::Lost(error)),
            }
        }
    }

    /// Says that this was all and returns once the device has accepted every
    /// octet.
    pub(super) async fn confirm(&mut self, trust: Trust) -> Result<Evidence, Break> {
        self.line.finish().await.map_err(Break::Lost)?;
        let mut pause = ACKNOWLEDGMENT_PAUSE_MIN;
        let mut last_left = None;
        let mut accepted_at = None;
        let mut looked_last = false;
        // A close that came before the last octet says nothing about that octet.
        let closed_early = self.line.is_closed();
        let close_wait = Duration::from_millis(self.printer.settings.close_wait_ms_max);
        loop {
            let left = self.line.left().map_err(Break::Lost)?;
            if left == Some(0) {
                self.moved();
            }
            if self.is_confirmed() {
                return Ok(Evidence::Device);
            }
            match left {
                Some(0) if self.line.can_look() && !looked_last => {
                    looked_last = true;
                    self.look().await?;
                }
                // It has all octets, and no paper for them.
                Some(0) if self.is_seen_to_stop() => {
                    self.wait(false, Some(Instant::now() + LOOK_PAUSE)).await?;
                    self.look().await?;
                }
                Some(0) if self.line.is_closed() => return Ok(Evidence::Transport),
                None if self.line.is_closed() && !closed_early => {
                    return Ok(Evidence::Transport);
                }
                Some(0) | None => {
                    let end = *accepted_at.get_or_insert_with(Instant::now) + close_wait;
                    let will_do = left.is_some() && trust == Trust::Silence;
                    // All is with the device: a cancel comes too late to change that.
                    if Instant::now() >= end || (will_do && self.cancel.is_cancelled()) {
                        return if will_do {
                            Ok(Evidence::Transport)
                        } else {
                            Err(Break::Lost(io::ErrorKind::TimedOut.into()))
                        };
                    }
                    match self.wait(false, Some(end)).await {
                        Ok(_) => {}
                        Err(Break::Canceled) if will_do => {}
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
    /// or the device says something; reports stops on the way. Cancel safe.
    pub(super) async fn wait(
        &mut self,
        writable: bool,
        until: Option<Instant>,
    ) -> Result<Woken, Break> {
        let stall = Duration::from_millis(self.printer.settings.stall_ms);
        loop {
            self.tell_device();
            let stalled_at = self.moved_at + stall;
            let tell_at = self.tell_at.unwrap_or(stalled_at);
            let can_stall = !self.stopped && !self.device_stops();
            let looks = self.looks();
            let last_news = if self.is_seen_to_stop() {
                self.looked_at
            } else {
                self.looked_at.max(self.moved_at)
            };
            let look_at = last_news + LOOK_PAUSE;
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Break::Canceled),
                happened = self.line.happens(writable) => {
                    match happened.map_err(Break::Lost)? {
                        Happened::Room => return Ok(Woken::Writable),
                        Happened::Moved => self.moved(),
                        Happened::Heard => {}
                    }
                    if !writable {
                        self.tell_device();
                        return Ok(Woken::Heard);
                    }
                }
                () = sleep_until(look_at), if looks => self.look().await?,
                () = sleep_until(until.unwrap_or(stalled_at)), if until.is_some() => {
                    return Ok(Woken::Time);
                }
                () = sleep_until(tell_at), if self.tell_at.is_some() => {}
                () = sleep_until(stalled_at), if can_stall => {
                    self.stopped = true;
                    // RFC 8011 §5.4.12: connected, but no response for a long time.
                    self.reports.say(Report::Device(DeviceStatus::stopped("timed-out", StatusSource::Connection)));
                }
            }
        }
    }

    /// Whether the device is to be looked at: where it cannot say by itself
    /// what keeps it from printing.
    fn looks(&self) -> bool {
        self.line.can_look() && !self.has_automatic_status()
    }

    /// Sees how the device is, beside what it says.
    async fn look(&mut self) -> Result<(), Break> {
        let seen = self.line.look().await.map_err(Break::Lost)?;
        self.looked_at = Instant::now();
        let stopped = self.is_seen_to_stop();
        self.seen = seen;
        if let Some(status) = self.seen.clone()
            && (status.stops() || stopped)
            && self.told.as_ref() != Some(&status)
        {
            self.tell(status);
        }
        Ok(())
    }

    fn is_seen_to_stop(&self) -> bool {
        self.seen.as_ref().is_some_and(DeviceStatus::stops)
    }

    /// Tells what the device says of itself, where that is news.
    fn tell_device(&mut self) {
        let Some(conversation) = self.line.conversation() else {
            return;
        };
        let answers = conversation.answers();
        let Some(status) = conversation.status() else {
            return;
        };
        if answers != self.answers {
            self.answers = answers;
            self.moved();
        }
        if self.told.as_ref() == Some(&status) || self.is_seen_to_stop() {
            self.tell_at = None;
            return;
        }
        let now = Instant::now();
        let due = self.told_at.map_or(now, |at| at + TELL_PAUSE);
        if now < due {
            self.tell_at = Some(due);
            return;
        }
        self.tell(status);
    }

    /// Tells how the device is.
    pub(super) fn tell(&mut self, status: DeviceStatus) {
        self.told = Some(status.clone());
        self.told_at = Some(Instant::now());
        self.tell_at = None;
        self.reports.say(Report::Device(status));
    }

    /// Tells what the device said last, after it printed all: if that was a
    /// stop, it is over.
    pub(super) fn tell_the_last(&mut self) {
        self.moved();
        let said = self.line.conversation();
        let last = said
            .and_then(Conversation::status)
            .filter(|status| !status.stops())
            .unwrap_or_else(|| DeviceStatus::ready(StatusSource::EscPos));
        if self.told.as_ref() != Some(&last) {
            self.tell(last);
        }
    }

    /// Whether the device says that it cannot print now.
    pub(super) fn device_stops(&self) -> bool {
        let said = self.line.conversation().and_then(Conversation::status);
        said.is_some_and(|status| status.stops()) || self.is_seen_to_stop()
    }

    pub(super) fn is_confirmed(&self) -> bool {
        let conversation = self.line.conversation();
        conversation.is_some_and(Conversation::is_confirmed)
    }

    fn has_automatic_status(&self) -> bool {
        let watched = self.watched.as_ref();
        watched.is_some_and(|watched| watched.abilities.automatic_status)
    }

    fn moved(&mut self) {
        self.moved_at = Instant::now();
        if std::mem::take(&mut self.stopped) {
            let ready = || DeviceStatus::ready(StatusSource::Connection);
            let status = self.told.clone().unwrap_or_else(ready);
            self.reports.say(Report::Device(status));
        }
    }
}
