//! What the agent's USB printers share: news of the bus, and who has which
//! device.
//!
//! One task listens for the whole agent, from the first printer on. udev tells
//! at once; where none runs, the list of devices is compared twice a second.
//! What happened is not told: who is woken looks for its own device.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt;
use nusb::MaybeFuture;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::address::{UsbAddress, Which};
use crate::claims::{Claim, Claims, Holder, Sharing};
use crate::grant::{DeviceIdentity, UsbIdentity};

/// Between two looks at the list where udev tells what happens.
const RARE_LOOK: Duration = Duration::from_secs(10);
/// Between two looks where it does not.
const LOOK: Duration = Duration::from_millis(500);
/// udev's own socket: it runs.
const UDEV: &str = "/run/udev/control";

/// Tells all that wait for a device when to look.
#[derive(Debug, Default)]
pub struct UsbBus {
    claims: Option<Claims>,
    listener: Mutex<Option<Listener>>,
}

/// The task, ended with the bus.
#[derive(Debug)]
struct Listener {
    changes: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl UsbBus {
    /// With what the agent's pages and printers have claimed.
    #[must_use]
    pub fn new(claims: Claims) -> Self {
        Self {
            claims: Some(claims),
            listener: Mutex::default(),
        }
    }

    /// Claims a printer of the agent; an error says who has it.
    pub(super) fn claim(&self, address: &UsbAddress) -> Result<Option<Claim>, Holder> {
        let Some(claims) = &self.claims else {
            return Ok(None);
        };
        let (serial_number, sharing) = match &address.which {
            Which::SerialNumber(number) => (Some(number.clone()), Sharing::Alone),
            // Others of its kind have the same name; the kernel tells them apart.
            Which::Port(_) => (None, Sharing::Shared),
        };
        let device = DeviceIdentity::Usb(UsbIdentity {
            vendor: address.vendor,
            product: address.product,
            serial_number,
        });
        let holder = Holder::Printer(format!("usb://{address}"));
        claims.claim(&device.to_string(), holder, sharing).map(Some)
    }
    /// Wakes whoever waits on it each time something may have changed. In a
    /// runtime only.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        let mut listener = self
            .listener
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let listener = listener.get_or_insert_with(|| {
            let (changes, _) = watch::channel(0);
            let task = tokio::spawn(listen(changes.clone()));
            Listener { changes, task }
        });
        listener.changes.subscribe()
    }
}

async fn listen(changes: watch::Sender<u64>) {
    let mut events = nusb::watch_devices()
        .inspect_err(|error| tracing::warn!(%error, "USB devices are looked for by polling"))
        .ok();
    let mut known = present();
    loop {
        let pause =
            if events.is_some() && (cfg!(not(target_os = "linux")) || Path::new(UDEV).exists()) {
                RARE_LOOK
            } else {
                LOOK
            };
        let event = async {
            match &mut events {
                Some(events) => events.next().await,
                None => std::future::pending().await,
            }
        };
        let is_news = tokio::select! {
            event = event => {
                if event.is_none() {
                    events = None;
                }
                known = present();
                true
            }
            () = sleep(pause) => {
                let now = present();
                let is_news = now != known;
                known = now;
                is_news
            }
        };
        if is_news {
            changes.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

/// The devices that are plugged in; one that was out and in again is another.
fn present() -> Vec<(String, u8)> {
    let devices = nusb::list_devices().wait();
    let devices = devices.into_iter().flatten();
    let mut present: Vec<_> = devices
        .map(|device| (device.bus_id().to_owned(), device.device_address()))
        .collect();
    present.sort_unstable();
    present
}
