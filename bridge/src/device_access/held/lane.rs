//! One way into or out of a device: work that is done in order.
//!
//! [`serve_in`] and [`serve_out`] run until nobody orders any more, which is
//! not for long, or until the device is gone.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::DropGuard;

use super::{DeviceClass, Done, HeldError};
use crate::device_access::{DeviceAnswer, DeviceEvent};
use crate::grant::UsbIdentity;

/// How long a device may take to say something, and to take what is sent.
const WAIT: Duration = Duration::from_secs(5);
/// Reads that wait for one way in.
const WAITING_MAX: usize = 16;

/// Why a device did not do what it should.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It was unplugged.
    Lost,
    /// It is there, and failed.
    Failed(io::Error),
}

/// Where octets come from.
pub(crate) trait Inlet: Send {
    /// What the device says next, at most so many octets. Cancel safe: what it
    /// says is kept until somebody waits again.
    fn receive(&mut self, octets_max: usize) -> BoxFuture<'_, Result<Vec<u8>, Fault>>;
}

/// Where octets go.
pub(crate) trait Outlet: Send {
    /// Does it; what a device answers at once, or nothing. Dropping the future
    /// gives it up.
    fn perform(&mut self, work: OutWork) -> BoxFuture<'_, Result<Option<Vec<u8>>, Fault>>;
}

/// What is done by a way out.
#[derive(Debug)]
pub(crate) enum OutWork {
    /// To send octets.
    Send(Vec<u8>),
    /// To set a feature report.
    SendFeature(Vec<u8>),
    /// To ask for one.
    Feature {
        /// Which.
        number: u8,
        /// Octets wanted.
        octets_max: usize,
    },
}

/// An order for a way out.
#[derive(Debug)]
pub(super) struct OutOrder {
    pub(super) work: OutWork,
    /// Given back when the work is done.
    pub(super) room: Option<OwnedSemaphorePermit>,
    pub(super) done: Done,
}

/// An order for a way in.
#[derive(Debug)]
pub(super) enum InOrder {
    Receive { octets_max: usize, done: Done },
    OpenStream(Stream, Done),
    CloseStream(Done),
}

impl InOrder {
    /// Where to say that nothing comes of it.
    pub(super) fn done(self) -> Done {
        match self {
            Self::Receive { done, .. } | Self::OpenStream(_, done) | Self::CloseStream(done) => {
                done
            }
        }
    }
}

/// Telling what arrives, until it is dropped.
#[derive(Debug)]
pub(super) struct Stream {
    octets_max: usize,
    interval: Duration,
    /// When the next is due.
    next: Instant,
    _ended: DropGuard,
}

impl Stream {
    pub(super) fn new(octets_max: usize, interval: Duration, ended: DropGuard) -> Self {
        Self {
            octets_max,
            interval,
            next: Instant::now(),
            _ended: ended,
        }
    }
}

/// Whom to tell what arrives, and from where.
pub(super) struct Tell {
    pub(super) class: DeviceClass,
    pub(super) identity: UsbIdentity,
    pub(super) events: mpsc::Sender<DeviceEvent>,
}

/// A read that waits.
struct Waiting {
    octets_max: usize,
    until: Instant,
    done: Done,
}

/// Serves a way in: reads in order, and a stream of what nobody reads.
pub(super) async fn serve_in(
    mut inlet: Box<dyn Inlet>,
    mut orders: mpsc::Receiver<InOrder>,
    tell: Tell,
) {
    let mut stream: Option<Stream> = None;
    let mut waiting: VecDeque<Waiting> = VecDeque::new();
    loop {
        let now = Instant::now();
        let due = stream.as_ref().filter(|stream| stream.next <= now);
        let wanted = waiting
            .front()
            .map(|first| first.octets_max)
            .or(due.map(|stream| stream.octets_max));
        let wake = waiting.front().map(|first| first.until).or(stream
            .as_ref()
            .filter(|_| due.is_none())
            .map(|stream| stream.next));
        let arrived = tokio::select! {
            order = orders.recv() => {
                match order {
                    None => return,
                    Some(InOrder::Receive { done, .. }) if waiting.len() >= WAITING_MAX => {
                        let _ = done.send(Err(HeldError::Busy.into()));
                    }
                    Some(InOrder::Receive { octets_max, done }) => {
                        let until = Instant::now() + WAIT;
                        waiting.push_back(Waiting { octets_max, until, done });
                    }
                    Some(InOrder::OpenStream(opened, done)) => {
                        stream = Some(opened);
                        let _ = done.send(Ok(DeviceAnswer::Done));
                    }
                    Some(InOrder::CloseStream(done)) => {
                        stream = None;
                        let _ = done.send(Ok(DeviceAnswer::Done));
                    }
                }
                continue;
            }
            arrived = receive(inlet.as_mut(), wanted) => arrived,
            () = wait(wake) => {
                if waiting.front().is_some_and(|first| first.until <= Instant::now())
                    && let Some(first) = waiting.pop_front()
                {
                    let error = HeldError::TimedOut(WAIT.as_secs());
                    let _ = first.done.send(Err(error.into()));
                }
                continue;
            }
        };
        let answer = match arrived {
            Ok(octets) => Ok(octets),
            Err(Fault::Failed(error)) => Err(error),
            Err(Fault::Lost) => {
                // Dropped, the reads that wait hear that the device is lost.
                return;
            }
        };
        if let Some(first) = waiting.pop_front() {
            let answer = answer.map(DeviceAnswer::Octets);
            let _ = first
                .done
                .send(answer.map_err(|error| HeldError::Failed(error).into()));
            continue;
        }
        let Some(told) = &mut stream else { continue };
        told.next = Instant::now() + told.interval;
        let (class, identity) = (tell.class, tell.identity.clone());
        let event = match answer {
            Ok(octets) => DeviceEvent::DeviceReceived {
                class,
                identity,
                octets,
                octets_max: told.octets_max,
            },
            Err(error) => {
                stream = None;
                DeviceEvent::StreamBroken {
                    class,
                    identity,
                    problem: error.to_string(),
                }
            }
        };
        if tell.events.send(event).await.is_err() {
            return;
        }
    }
}

async fn receive(inlet: &mut dyn Inlet, wanted: Option<usize>) -> Result<Vec<u8>, Fault> {
    match wanted {
        Some(octets_max) => inlet.receive(octets_max).await,
        None => pending().await,
    }
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}

/// Serves a way out.
pub(super) async fn serve_out(mut outlet: Box<dyn Outlet>, mut orders: mpsc::Receiver<OutOrder>) {
    while let Some(OutOrder { work, room, done }) = orders.recv().await {
        let answer = match timeout(WAIT, outlet.perform(work)).await {
            Ok(Ok(None)) => Ok(DeviceAnswer::Done),
            Ok(Ok(Some(octets))) => Ok(DeviceAnswer::Octets(octets)),
            Ok(Err(Fault::Failed(error))) => Err(HeldError::Failed(error)),
            Ok(Err(Fault::Lost)) => {
                let _ = done.send(Err(HeldError::Lost.into()));
                return;
            }
            Err(_) => Err(HeldError::TimedOut(WAIT.as_secs())),
        };
        drop(room);
        let _ = done.send(answer.map_err(Into::into));
    }
}
