//! HID devices for a page: those that its grant names.
//!
//! A page never sees, and never opens, what people type with
//! ([`HidDevice::is_protected`]). How a device is held is [`super::held`]'s.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::held::{
    DeviceClass, DeviceSelector, Fault, HeldError, Inlet, Opened, OutWork, Outlet, Use,
};
use super::{DeviceError, DeviceEvent, on_a_thread};
use crate::authorize::Subject;
use crate::claims::{Claimant, Sharing};
use crate::grant::DeviceIdentity;
use crate::hid::{self, Change, HidDevice, Reader, Watch, Writer};

/// What is asked about HID devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HidRequest {
    /// Which there are.
    List,
    /// To be told which come and go.
    Watch,
    /// To have one alone.
    Hold(DeviceSelector),
    /// Something with one that is held.
    Use(DeviceSelector, Use),
}

/// Those that the page may have.
pub(super) async fn list(subject: Subject) -> Result<Vec<HidDevice>, DeviceError> {
    let devices = on_a_thread(|| hid::list().map_err(|error| HeldError::CannotList(error).into()));
    let mut devices = devices.await?;
    devices.retain(|device| may_have(&subject, device) && !device.is_protected());
    Ok(devices)
}

fn may_have(subject: &Subject, device: &HidDevice) -> bool {
    let identity = DeviceIdentity::Hid(device.identity.clone());
    subject.grant.allows_device(&identity)
}

/// Finds the device that is meant, and opens it. Of several that fit, the
/// first that nobody has.
pub(super) async fn open(
    subject: Subject,
    selector: DeviceSelector,
    claims: Claimant,
) -> Result<Opened, HeldError> {
    let listed = tokio::task::spawn_blocking(hid::list).await;
    let listed = listed
        .unwrap_or_else(|error| Err(error.into()))
        .map_err(HeldError::CannotList)?;
    let mut refused = HeldError::NotFound(DeviceClass::Hid, selector.clone());
    let fits = |device: &HidDevice| {
        let mut pages = device.collections.iter().map(|usage| usage.page);
        selector.identity.names(&device.identity)
            && selector
                .usage_page
                .is_none_or(|page| pages.any(|own| own == page))
            && may_have(&subject, device)
    };
    for device in listed.into_iter().filter(fits) {
        if device.is_protected() {
            refused = HeldError::Protected;
            continue;
        }
        // One device may have several nodes, and two may say the same of themselves.
        let named = format!("hid:{} ({})", device.identity, device.node);
        match claims.claim(&named, Sharing::Alone) {
            Ok(claim) => {
                let (reader, writer) = hid::open(&device).map_err(HeldError::CannotOpen)?;
                let presence = reader.presence().map_err(HeldError::CannotOpen)?;
                return Ok(Opened {
                    inlets: HashMap::from([(0, Box::new(Reports(reader)) as Box<dyn Inlet>)]),
                    outlets: HashMap::from([(0, Box::new(Out::new(writer)) as Box<dyn Outlet>)]),
                    gone: async move { presence.lost().await }.boxed(),
                    identity: device.identity,
                    claim,
                });
            }
            Err(holder) => refused = HeldError::HeldElsewhere(holder),
        }
    }
    Err(refused)
}

struct Reports(Reader);

impl Inlet for Reports {
    fn receive(&mut self, octets_max: usize) -> BoxFuture<'_, Result<Vec<u8>, Fault>> {
        async move {
            // A device that cannot be read any more is not there any more.
            let mut report = self.0.receive().await.map_err(|_| Fault::Lost)?;
            report.truncate(octets_max);
            Ok(report)
        }
        .boxed()
    }
}

/// Writing holds a thread up: one that a page has given up on ends by itself.
struct Out(Arc<Mutex<Writer>>);

impl Out {
    fn new(writer: Writer) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }
}

impl Outlet for Out {
    fn perform(&mut self, work: OutWork) -> BoxFuture<'_, Result<Option<Vec<u8>>, Fault>> {
        let writer = Arc::clone(&self.0);
        async move {
            let done = tokio::task::spawn_blocking(move || {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                match work {
                    OutWork::Send(report) => writer.write(&report).map(|()| None),
                    OutWork::SendFeature(report) => writer.send_feature(&report).map(|()| None),
                    OutWork::Feature { number, octets_max } => {
                        writer.feature(number, octets_max).map(Some)
                    }
                }
            });
            let done = done.await.unwrap_or_else(|error| Err(error.into()));
            done.map_err(Fault::Failed)
        }
        .boxed()
    }
}

/// Tells which devices come and go, of those that the page may have.
#[derive(Debug)]
pub(super) struct HidWatcher {
    events: mpsc::Sender<DeviceEvent>,
    tasks: TaskTracker,
    /// Ends the telling, where the page wants it.
    stop: Option<CancellationToken>,
}

impl HidWatcher {
    /// Tells nothing yet.
    pub(super) fn new(events: mpsc::Sender<DeviceEvent>) -> Self {
        Self {
            events,
            tasks: TaskTracker::new(),
            stop: None,
        }
    }

    /// Tells from now on.
    pub(super) fn start(
        &mut self,
        subject: Subject,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        if self.stop.as_ref().is_some_and(|stop| !stop.is_cancelled()) {
            return std::future::ready(Err(HeldError::Watching.into())).boxed();
        }
        let stop = CancellationToken::new();
        self.stop = Some(stop.clone());
        let (started, begun) = oneshot::channel();
        let events = self.events.clone();
        self.tasks.spawn(async move {
            match Watch::new().await {
                Ok(watch) => {
                    let _ = started.send(Ok(()));
                    stop.run_until_cancelled(tell(watch, subject, events)).await;
                }
                Err(error) => {
                    // First, so that who hears of it can try again.
                    stop.cancel();
                    let _ = started.send(Err(HeldError::CannotList(error).into()));
                }
            }
        });
        async move { begun.await.unwrap_or(Err(DeviceError::BrokenOff)) }.boxed()
    }

    /// Tells no more.
    ///
    /// # Errors
    /// It did not tell.
    pub(super) fn stop(&mut self) -> Result<(), DeviceError> {
        match self.stop.take() {
            Some(stop) if !stop.is_cancelled() => {
                stop.cancel();
                Ok(())
            }
            Some(_) | None => Err(HeldError::NotWatching.into()),
        }
    }

    /// Tells no more, and waits until that is so.
    pub(super) async fn end(&self) {
        if let Some(stop) = &self.stop {
            stop.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn tell(mut watch: Watch, subject: Subject, events: mpsc::Sender<DeviceEvent>) {
    loop {
        for change in watch.changes().await {
            let (device, is_attached) = match change {
                Change::Attached(device) => (device, true),
                Change::Detached(device) => (device, false),
            };
            if device.is_protected() || !may_have(&subject, &device) {
                continue;
            }
            let event = DeviceEvent::HidPlugged {
                identity: device.identity,
                is_attached,
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    }
}
