//! Devices that a connection holds: USB and HID, each claimed for it alone.
//!
//! One task for each ([`Holdings::hold`]), joined by [`Holdings::end`]: it
//! finds and opens the device, does what is asked of it, tells when it is
//! unplugged, and lets it go. Each way in and out of a device is a lane
//! ([`lane`]) that does its work in order and holds up no other. What a class
//! of devices is stands in [`super::usb`] and [`super::hid`].

mod error;
mod lane;
mod task;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use self::error::HeldError;
pub(super) use self::lane::{Fault, Inlet, OutWork, Outlet};
use self::task::Task;
use super::{DeviceAnswer, DeviceError, DeviceEvent};
use crate::claims::Claim;
use crate::grant::UsbIdentity;

/// Devices that one connection may hold.
const DEVICES_MAX: usize = 16;
/// Orders that wait for one device, and for one of its lanes.
const ORDERS_WAITING_MAX: usize = 64;
/// Octets that wait to be sent to one device.
const OCTETS_WAITING_MAX: usize = 4 * 1024 * 1024;

/// A kind of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceClass {
    /// By its interfaces and endpoints.
    Usb,
    /// By its reports.
    Hid,
}

/// Which device is meant: by what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceSelector {
    /// Who made it and which of theirs it is; any of its kind without a serial
    /// number.
    pub(crate) identity: UsbIdentity,
    /// Of a HID device with several interfaces, the one for this.
    pub(crate) usage_page: Option<u16>,
}

impl DeviceSelector {
    /// Whether the other could mean the same device.
    fn may_be(&self, other: &Self) -> bool {
        fn fits<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        let (own, theirs) = (&self.identity, &other.identity);
        (own.vendor, own.product) == (theirs.vendor, theirs.product)
            && fits(own.serial_number.as_ref(), theirs.serial_number.as_ref())
            && fits(self.usage_page.as_ref(), other.usage_page.as_ref())
    }
}

impl fmt::Display for DeviceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.identity.fmt(f)
    }
}

/// What a connection does with what it holds: nobody has to allow it, since
/// it only takes from the one that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnRequest {
    /// Whether the device is held.
    IsHeld(DeviceClass, DeviceSelector),
    /// To tell no more of what arrives.
    CloseStream(DeviceClass, DeviceSelector),
    /// To let the device go.
    Release(DeviceClass, DeviceSelector),
    /// To hear no more of HID devices that come and go.
    StopWatching,
}

/// What is done with a device that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Use {
    /// To send octets by the way out with this number.
    Send {
        /// Of USB, the address of an endpoint; of HID, 0.
        lane: u8,
        /// What.
        octets: Vec<u8>,
    },
    /// To set a feature report, its number first.
    SendFeature(Vec<u8>),
    /// To ask for a feature report.
    Feature {
        /// Which.
        number: u8,
        /// Octets wanted, without the number.
        octets_max: usize,
    },
    /// To wait for what arrives next by the way in with this number.
    Receive {
        /// As above.
        lane: u8,
        /// Octets wanted.
        octets_max: usize,
    },
    /// To be told what arrives from now on.
    OpenStream {
        /// As above.
        lane: u8,
        /// Octets wanted at one time.
        octets_max: usize,
        /// How long to wait between two.
        interval: Duration,
    },
}

/// A device that was opened.
pub(super) struct Opened {
    /// What it says that it is.
    pub(super) identity: UsbIdentity,
    /// Its ways in.
    pub(super) inlets: HashMap<u8, Box<dyn Inlet>>,
    /// Its ways out.
    pub(super) outlets: HashMap<u8, Box<dyn Outlet>>,
    /// Ends when the device is unplugged.
    pub(super) gone: BoxFuture<'static, ()>,
    /// That nobody else has it.
    pub(super) claim: Claim,
}

type Answer = Result<DeviceAnswer, DeviceError>;
type Done = oneshot::Sender<Answer>;

/// What a device's task is told.
#[derive(Debug)]
enum Order {
    Use(Use, Option<OwnedSemaphorePermit>, Done),
    CloseStream(Done),
}

/// The devices of one connection.
#[derive(Debug)]
pub(super) struct Holdings {
    held: Vec<Holding>,
    events: mpsc::Sender<DeviceEvent>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Holding {
    class: DeviceClass,
    selector: DeviceSelector,
    orders: mpsc::Sender<Order>,
    /// Room for octets that wait to be sent.
    room: Arc<Semaphore>,
    /// Ends the task.
    stop: CancellationToken,
    /// That it has ended.
    ended: CancellationToken,
}

impl Holdings {
    pub(super) fn new(events: mpsc::Sender<DeviceEvent>) -> Self {
        Self {
            held: Vec::new(),
            events,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Whether the device is held, or about to be.
    pub(super) fn is_held(&self, class: DeviceClass, selector: &DeviceSelector) -> bool {
        self.find(class, selector).is_some()
    }

    fn find(&self, class: DeviceClass, selector: &DeviceSelector) -> Option<&Holding> {
        self.held.iter().find(|held| {
            held.class == class && held.selector.may_be(selector) && !held.orders.is_closed()
        })
    }

    /// Takes a device that `open` finds and opens. What is asked of it from
    /// now on waits for that.
    pub(super) fn hold(
        &mut self,
        class: DeviceClass,
        selector: DeviceSelector,
        open: impl Future<Output = Result<Opened, HeldError>> + Send + 'static,
    ) -> BoxFuture<'static, Answer> {
        self.held.retain(|held| !held.orders.is_closed());
        if self.is_held(class, &selector) {
            return failed(HeldError::AlreadyHeld);
        }
        if self.held.len() >= DEVICES_MAX {
            return failed(HeldError::TooMany(DEVICES_MAX));
        }
        let (orders, taken) = mpsc::channel(ORDERS_WAITING_MAX);
        let (opened, answer) = oneshot::channel();
        let stop = self.stop.child_token();
        let ended = CancellationToken::new();
        let task = Task {
            class,
            orders: taken,
            events: self.events.clone(),
            stop: stop.clone(),
            ended: ended.clone().drop_guard(),
        };
        self.held.push(Holding {
            class,
            selector,
            orders,
            room: Arc::new(Semaphore::new(OCTETS_WAITING_MAX)),
            stop,
            ended,
        });
        self.tasks.spawn(task.run(open, opened));
        answered(answer)
    }

    /// Does something with a device that is held.
    pub(super) fn with(
        &self,
        class: DeviceClass,
        selector: &DeviceSelector,
        wanted: Use,
    ) -> BoxFuture<'static, Answer> {
        let Some(held) = self.find(class, selector) else {
            return failed(HeldError::NotHeld);
        };
        let octets = match &wanted {
            Use::Send { octets, .. } | Use::SendFeature(octets) => octets.len(),
            Use::Feature { .. } | Use::Receive { .. } | Use::OpenStream { .. } => 0,
        };
        let room = u32::try_from(octets)
            .ok()
            .and_then(|octets| Arc::clone(&held.room).try_acquire_many_owned(octets).ok());
        match room {
            Some(room) => held.order(|done| Order::Use(wanted, Some(room), done)),
            None => failed(HeldError::Busy),
        }
    }

    /// Tells no more of what arrives.
    pub(super) fn close_stream(
        &self,
        class: DeviceClass,
        selector: &DeviceSelector,
    ) -> BoxFuture<'static, Answer> {
        match self.find(class, selector) {
            Some(held) => held.order(Order::CloseStream),
            None => failed(HeldError::NotStreaming),
        }
    }

    /// Lets a device go.
    pub(super) fn release(
        &mut self,
        class: DeviceClass,
        selector: &DeviceSelector,
    ) -> BoxFuture<'static, Answer> {
        let Some(ended) = self.find(class, selector).map(|held| {
            held.stop.cancel();
            held.ended.clone()
        }) else {
            return failed(HeldError::NotHeld);
        };
        self.held.retain(|held| !held.stop.is_cancelled());
        async move {
            ended.cancelled().await;
            Ok(DeviceAnswer::Done)
        }
        .boxed()
    }

    /// Lets every device go, and waits until it has.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Holding {
    fn order(&self, order: impl FnOnce(Done) -> Order) -> BoxFuture<'static, Answer> {
        let (done, answer) = oneshot::channel();
        match self.orders.try_send(order(done)) {
            Ok(()) => answered(answer),
            Err(mpsc::error::TrySendError::Full(_)) => failed(HeldError::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => failed(HeldError::Lost),
        }
    }
}

fn failed(error: HeldError) -> BoxFuture<'static, Answer> {
    std::future::ready(Err(error.into())).boxed()
}

fn answered(answer: oneshot::Receiver<Answer>) -> BoxFuture<'static, Answer> {
    // The task is gone: its device was unplugged, or let go.
    async move { answer.await.unwrap_or_else(|_| Err(HeldError::Lost.into())) }.boxed()
}
