//! HID on Windows, through `platen_windows::hid`.
//!
//! A thread of its own reads each open device: what comes is kept until it is
//! taken, the newest reports of those that nobody takes. It ends with the
//! [`Reader`], or when the device is gone.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use platen_windows::hid::{self as system, Device};
use tokio::sync::Notify;

use super::descriptor::Usage;
use super::{HidDevice, text};
use crate::grant::UsbIdentity;

/// Reports that wait, at most: as Linux keeps them.
const REPORTS_MAX: usize = 64;

/// The HID devices of this machine. Asks each for its names.
pub(crate) fn list() -> io::Result<Vec<HidDevice>> {
    Ok(system::list()?.into_iter().map(described).collect())
}

fn described(found: system::Found) -> HidDevice {
    let said = |text_of_it: Option<String>| text_of_it.as_deref().and_then(text);
    HidDevice {
        node: found.path,
        identity: UsbIdentity {
            vendor: found.vendor,
            product: found.product,
            serial_number: said(found.serial_number),
        },
        manufacturer: said(found.manufacturer),
        product: said(found.product_name),
        collections: vec![Usage {
            page: found.usage_page,
            id: found.usage,
        }],
        is_numbered: found.is_numbered,
    }
}

/// Opens a device that was listed.
///
/// # Errors
/// It is gone, or Windows keeps it for itself, as keyboards and mice.
pub(crate) fn open(device: &HidDevice) -> io::Result<(Reader, Writer)> {
    let opened = Arc::new(Device::open(&device.node)?);
    let shared = Arc::new(Shared::default());
    let (of_thread, to_read) = (Arc::clone(&shared), Arc::clone(&opened));
    let is_numbered = device.is_numbered;
    let thread = thread::Builder::new().name("hid-read".to_owned());
    let thread = thread.spawn(move || of_thread.keep_reading(&to_read, is_numbered))?;
    let reader = Reader {
        device: Arc::clone(&opened),
        shared,
        thread: Some(thread),
    };
    Ok((reader, Writer(opened)))
}

/// What the thread and the reader's holder have in common.
#[derive(Debug, Default)]
struct Shared {
    heard: Mutex<Heard>,
    /// A report came, or the device is gone.
    news: Notify,
}

#[derive(Debug, Default)]
struct Heard {
    reports: VecDeque<Vec<u8>>,
    is_gone: bool,
}

impl Shared {
    fn keep_reading(&self, device: &Device, is_numbered: bool) {
        while let Ok(mut report) = device.read() {
            // Windows puts a number before each report.
            if !is_numbered && !report.is_empty() {
                report.remove(0);
            }
            let mut heard = self.heard();
            if heard.reports.len() == REPORTS_MAX {
                heard.reports.pop_front();
            }
            heard.reports.push_back(report);
            drop(heard);
            self.news.notify_waiters();
        }
        self.heard().is_gone = true;
        self.news.notify_waiters();
    }

    /// Returns what `look` finds, as soon as it does.
    async fn wait<T>(&self, mut look: impl FnMut(&mut Heard) -> Option<T>) -> T {
        loop {
            let mut told = pin!(self.news.notified());
            // What comes between the look and the wait is heard.
            told.as_mut().enable();
            if let Some(found) = look(&mut self.heard()) {
                return found;
            }
            told.await;
        }
    }

    /// Whole whenever nobody holds it.
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a device says.
#[derive(Debug)]
pub(crate) struct Reader {
    device: Arc<Device>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// The next report, with its number where the device has numbers. Cancel
    /// safe.
    ///
    /// # Errors
    /// The device is gone.
    pub(crate) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let next = |heard: &mut Heard| match heard.reports.pop_front() {
            Some(report) => Some(Ok(report)),
            None if heard.is_gone => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            None => None,
        };
        self.shared.wait(next).await
    }

    /// Tells when the device is gone.
    ///
    /// # Errors
    /// None here; on other systems the system's.
    #[allow(clippy::unnecessary_wraps)] // as on Linux
    pub(crate) fn presence(&self) -> io::Result<Presence> {
        Ok(Presence(Arc::clone(&self.shared)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.device.stop();
        // The device is free when its thread has ended.
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of a HID device ended by a panic");
        }
    }
}

/// That a device is there.
#[derive(Debug)]
pub(crate) struct Presence(Arc<Shared>);

impl Presence {
    /// Returns when the device is gone, and not before. Cancel safe.
    pub(crate) async fn lost(&self) {
        self.0.wait(|heard| heard.is_gone.then_some(())).await;
    }
}

/// What a device is told and asked, one after the other. Every call blocks.
#[derive(Debug)]
pub(crate) struct Writer(Arc<Device>);

impl Writer {
    /// Sends an output report: its number, or 0 for a device without, and what
    /// is in it.
    ///
    /// # Errors
    /// The device is gone, or did not take it.
    pub(crate) fn write(&mut self, report: &[u8]) -> io::Result<()> {
        self.0.write(report)
    }

    /// Sends a feature report, its number first as in [`Writer::write`].
    ///
    /// # Errors
    /// The device is gone, or did not take it.
    pub(crate) fn send_feature(&mut self, report: &[u8]) -> io::Result<()> {
        self.0.send_feature(report)
    }

    /// The feature report with this number, without the number: at most so
    /// many octets.
    ///
    /// # Errors
    /// The device is gone, or has none.
    pub(crate) fn feature(&mut self, number: u8, octets_max: usize) -> io::Result<Vec<u8>> {
        let mut report = self.0.feature(number)?.split_off(1);
        report.truncate(octets_max);
        Ok(report)
    }
}
