//! What a page may use of this machine beside printers: what its network is
//! called, connections to named hosts, files in a folder of its own.
//!
//! Everything here belongs to one connection and ends with it. What is asked
//! was authorized before ([`Authorized`]); nothing here knows how a client
//! spells it. [`DeviceAccess::start`] is called in the order in which calls
//! arrive; what it returns may be awaited in any order.

mod files;
mod held;
mod hid;
pub(crate) mod interfaces;
mod network;
mod orders;
mod serial;
mod sockets;
mod usb;

use std::future::ready;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use platen_protocol::Capability;
use tokio::sync::{mpsc, oneshot};

use self::files::Watchers;
pub(crate) use self::files::{
    Change, Excerpt, FilePlace, FileWork, Files, Listen, NameFilter, PagePath, Prohibited, Unit,
};
use self::held::Holdings;
pub(crate) use self::held::{DeviceClass, DeviceSelector, HeldError, OwnRequest, Use};
pub(crate) use self::hid::HidRequest;
use self::hid::HidWatcher;
pub(crate) use self::network::{Network, NetworkDevice};
use self::serial::SerialPorts;
pub(crate) use self::serial::{SerialUse, SerialWork};
use self::sockets::Sockets;
pub(crate) use self::usb::{UsbDevice, UsbRequest};
use crate::authorize::{Authorized, QzNeed, Subject};
use crate::claims::Claimant;
use crate::grant::{Destination, DeviceIdentity, UsbIdentity};
use crate::hid::HidDevice;
use crate::limits::Limits;
use crate::scale::ScaleState;
use crate::serial::{PortInfo, PortName, SerialError};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceRequest {
    /// The machine's name, user and addresses.
    Network {
        /// Where the way out should lead; anywhere unless named.
        toward: Option<IpAddr>,
    },
    /// To connect.
    OpenSocket(Destination),
    /// To send over an open connection.
    SendToSocket {
        /// Which.
        to: Destination,
        /// What.
        octets: Vec<u8>,
    },
    /// To close a connection.
    CloseSocket(Destination),
    /// The serial ports that the grant names.
    SerialPorts,
    /// Something with a serial port.
    Serial {
        /// Which.
        port: PortName,
        /// What.
        work: SerialWork,
    },
    /// Something with a file or a folder.
    File {
        /// Which.
        place: FilePlace,
        /// What.
        work: FileWork,
    },
    /// Something with USB devices.
    Usb(UsbRequest),
    /// Something with HID devices.
    Hid(HidRequest),
}

impl DeviceRequest {
    /// What a grant must say for it.
    pub(crate) fn need(&self) -> QzNeed {
        match self {
            Self::Network { .. } => QzNeed::Networking,
            Self::OpenSocket(to) | Self::SendToSocket { to, .. } | Self::CloseSocket(to) => {
                QzNeed::Device(DeviceIdentity::Socket(to.clone()))
            }
            // Which port a name leads to is looked up where it is opened.
            Self::SerialPorts | Self::Serial { .. } => QzNeed::Class(Capability::Serial),
            Self::File { place, .. } => match place {
                FilePlace::Site(_) | FilePlace::Common(_) => QzNeed::Files,
                FilePlace::Folder(path) => QzNeed::Folder(path.clone()),
            },
            // Which of them, is chosen among those that the grant names.
            Self::Usb(_) => QzNeed::Class(Capability::Usb),
            Self::Hid(_) => QzNeed::Class(Capability::Hid),
        }
    }

    /// Whether something is otherwise when it was done twice.
    pub(crate) fn changes(&self) -> bool {
        match self {
            Self::Network { .. } | Self::SerialPorts => false,
            Self::OpenSocket(_)
            | Self::SendToSocket { .. }
            | Self::CloseSocket(_)
            | Self::Serial { .. } => true,
            Self::File { work, .. } => match work {
                FileWork::Write { .. } | FileWork::Remove => true,
                FileWork::List | FileWork::Read | FileWork::Listen(_) => false,
            },
            Self::Usb(request) => match request {
                UsbRequest::List { .. }
                | UsbRequest::Interfaces(_)
                | UsbRequest::Endpoints { .. } => false,
                UsbRequest::Hold { .. } | UsbRequest::Use(..) => true,
            },
            Self::Hid(request) => match request {
                HidRequest::List | HidRequest::Watch => false,
                HidRequest::Hold(_) | HidRequest::Use(..) => true,
            },
        }
    }
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeviceAnswer {
    /// It is done.
    Done,
    /// This machine in its networks.
    Network(Network),
    /// Serial ports.
    SerialPorts(Vec<PortInfo>),
    /// Names of files and folders.
    Names(Vec<String>),
    /// What a file holds, or a device says.
    Octets(Vec<u8>),
    /// Which USB devices there are.
    UsbDevices(Vec<UsbDevice>),
    /// Which HID devices there are.
    HidDevices(Vec<HidDevice>),
    /// Whether a device is held.
    Held(bool),
}

/// What happens to what a connection has opened.
#[derive(Debug)]
pub(crate) enum DeviceEvent {
    /// Octets arrived.
    SocketReceived {
        /// From where.
        from: Destination,
        /// What.
        octets: Bytes,
    },
    /// A connection is no more, and its page did not close it.
    SocketBroken {
        /// To where it led.
        to: Destination,
        /// Why, for people.
        problem: String,
    },
    /// A frame arrived on a serial line.
    SerialReceived {
        /// On which.
        port: PortName,
        /// What.
        octets: Vec<u8>,
    },
    /// What arrived on a serial line was longer than any frame; it is lost, and
    /// the line goes on.
    SerialFrameLost(PortName),
    /// A serial port is open no more, and its page did not close it.
    SerialLost {
        /// Which.
        port: PortName,
        /// Why, for people.
        problem: String,
    },
    /// A scale says something new.
    ScaleChanged {
        /// Which, as grants name it.
        device: String,
        /// What.
        state: ScaleState,
    },
    /// A device that is held said something, and a stream tells it.
    DeviceReceived {
        /// What kind of device.
        class: DeviceClass,
        /// Which.
        identity: UsbIdentity,
        /// What.
        octets: Vec<u8>,
        /// How many were wanted.
        octets_max: usize,
    },
    /// A stream tells no more, and its page did not close it.
    StreamBroken {
        /// What kind of device.
        class: DeviceClass,
        /// Which.
        identity: UsbIdentity,
        /// Why, for people.
        problem: String,
    },
    /// A device that was held was unplugged.
    DeviceLost {
        /// What kind of device.
        class: DeviceClass,
        /// Which.
        identity: UsbIdentity,
    },
    /// A HID device has come or gone, and the page wants to hear it.
    HidPlugged {
        /// Which.
        identity: UsbIdentity,
        /// Whether it is there now.
        is_attached: bool,
    },
    /// A file that a page listens for is new, written or gone.
    FileChanged {
        /// What the page calls its folder.
        folder: String,
        /// Its name.
        name: String,
        /// What became of it.
        change: Change,
        /// The part of it that the page wants.
        content: Option<Vec<u8>>,
    },
    /// A folder that a page listens to cannot be looked at any more.
    FolderLost {
        /// Why, for people.
        problem: String,
    },
}

/// Why nothing comes of it. In the log no file has a name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceError {
    /// The system does not tell its interfaces.
    #[error("the network interfaces cannot be listed")]
    Network(#[source] io::Error),
    /// It leads there already.
    #[error("a connection to {0} is open already")]
    SocketOpen(Destination),
    /// There is none.
    #[error("no connection to {0} is open")]
    SocketNotOpen(Destination),
    /// More than one page may have.
    #[error("a page may have {0} connections at one time; close one")]
    TooManySockets(usize),
    /// The other side does not take what was sent before.
    #[error("too much waits to be sent to {0}; send when it was taken")]
    SocketBusy(Destination),
    /// Nobody there, or not in time, or not there.
    #[error("{to} cannot be reached")]
    SocketCannotOpen {
        /// Where.
        to: Destination,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The connection broke, or the other side took nothing in time.
    #[error("the connection broke")]
    SocketCannotSend(#[source] io::Error),
    /// The page has it open already.
    #[error("the serial port {0} is open already")]
    SerialOpen(PortName),
    /// The page does not have it open.
    #[error("the serial port {0} is not open")]
    SerialNotOpen(PortName),
    /// More than one page may have.
    #[error("a page may have {0} serial ports at one time; close one")]
    TooManySerialPorts(usize),
    /// The device does not take what was sent before.
    #[error("too much waits to be sent to {0}; send when it was taken")]
    SerialBusy(PortName),
    /// In use, not there, or not a serial port.
    #[error("the serial port {port} cannot be opened")]
    SerialCannotOpen {
        /// Which.
        port: PortName,
        /// Why.
        #[source]
        source: SerialError,
    },
    /// The device took nothing in time, or is gone, or cannot be set so.
    #[error("nothing can be sent to {port}")]
    SerialCannotSend {
        /// Which.
        port: PortName,
        /// Why.
        #[source]
        source: SerialError,
    },
    /// No rule of the grant names it.
    #[error(
        "this site's grant does not name it; allow it with `platen trust add ... --device {0}`"
    )]
    NotNamed(DeviceIdentity),
    /// The folder cannot be listed or listened to.
    #[error("the folder cannot be used")]
    Folder(#[source] io::Error),
    /// The file cannot be used.
    #[error("the file cannot be used")]
    File {
        /// Which.
        place: FilePlace,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No page writes such a file.
    #[error("a page does not write such a file")]
    Prohibited {
        /// Which.
        place: FilePlace,
        /// What about it.
        what: Prohibited,
    },
    /// The page listens to this folder already.
    #[error("the page listens to it already")]
    Listening,
    /// The page does not listen to this folder.
    #[error("the page does not listen to it")]
    NotListening,
    /// More than one page may listen to.
    #[error("a page may listen to {0} folders at one time")]
    TooManyFolders(usize),
    /// Something with a device that is held, or was to be.
    #[error(transparent)]
    Held(HeldError),
    /// The thread that did it did not end in order.
    #[error("it was broken off; try again")]
    BrokenOff,
}

/// What one connection uses of the machine.
#[derive(Debug)]
pub(crate) struct DeviceAccess {
    sockets: Sockets,
    serial: SerialPorts,
    holdings: Holdings,
    claims: Claimant,
    /// Who tells of HID devices that come and go.
    hid_watcher: HidWatcher,
    files: Arc<Files>,
    watchers: Watchers,
    /// Tells when what was begun last with files has ended: they are used in
    /// the order of the calls.
    last_file: Option<oneshot::Receiver<()>>,
}

impl DeviceAccess {
    /// Nothing is open. What happens later is told over `events`, and waits
    /// there for a page that does not read.
    pub(crate) fn new(
        limits: &Limits,
        files: Arc<Files>,
        claims: Claimant,
        events: mpsc::Sender<DeviceEvent>,
    ) -> Self {
        let sockets_max = limits.qz_sockets_per_connection_max;
        Self {
            sockets: Sockets::new(sockets_max, claims.clone(), events.clone()),
            serial: SerialPorts::new(claims.clone(), events.clone()),
            holdings: Holdings::new(events.clone()),
            hid_watcher: HidWatcher::new(events.clone()),
            claims,
            files,
            watchers: Watchers::new(events),
            last_file: None,
        }
    }

    /// Whether a connection leads there, or is about to.
    pub(crate) fn is_open(&self, to: &Destination) -> bool {
        self.sockets.is_open(to)
    }

    /// Whether it has this serial port open, or is about to.
    pub(crate) fn is_serial_open(&self, port: &PortName) -> bool {
        self.serial.is_open(port)
    }

    /// Closes everything, and waits until it is.
    pub(crate) async fn end(&self) {
        self.sockets.end().await;
        self.serial.end().await;
        self.holdings.end().await;
        self.hid_watcher.end().await;
        self.watchers.end().await;
    }

    /// Begins what is asked; the future is its end.
    pub(crate) fn start(
        &mut self,
        call: Authorized<DeviceRequest>,
    ) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        let (request, subject) = call.into_parts();
        match request {
            DeviceRequest::Network { toward } => async move {
                let network = on_a_thread(move || Network::look(toward)).await?;
                Ok(DeviceAnswer::Network(network))
            }
            .boxed(),
            DeviceRequest::OpenSocket(to) => done(self.sockets.open(to)),
            DeviceRequest::SendToSocket { to, octets } => done(self.sockets.send(&to, octets)),
            DeviceRequest::CloseSocket(to) => done(self.sockets.close(&to)),
            DeviceRequest::SerialPorts => SerialPorts::list(subject),
            DeviceRequest::Serial { port, work } => done(self.serial.start(subject, port, work)),
            DeviceRequest::File { place, work } => self.start_file(subject, place, work),
            DeviceRequest::Usb(request) => self.start_usb(subject, request),
            DeviceRequest::Hid(request) => self.start_hid(subject, request),
        }
    }

    /// Begins what only takes from the page that asks; the future is its end.
    pub(crate) fn own(
        &mut self,
        request: OwnRequest,
    ) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        match request {
            OwnRequest::IsHeld(class, device) => {
                let is_held = self.holdings.is_held(class, &device);
                ready(Ok(DeviceAnswer::Held(is_held))).boxed()
            }
            OwnRequest::CloseStream(class, device) => self.holdings.close_stream(class, &device),
            OwnRequest::Release(class, device) => self.holdings.release(class, &device),
            OwnRequest::StopWatching => {
                let stopped = self.hid_watcher.stop();
                ready(stopped.map(|()| DeviceAnswer::Done)).boxed()
            }
        }
    }

    fn start_usb(
        &mut self,
        subject: Subject,
        request: UsbRequest,
    ) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        match request {
            UsbRequest::List { with_hubs } => usb::list(subject, with_hubs)
                .map(|listed| listed.map(DeviceAnswer::UsbDevices))
                .boxed(),
            UsbRequest::Interfaces(device) => usb::interfaces(subject, device)
                .map(|numbers| numbers.map(DeviceAnswer::Octets))
                .boxed(),
            UsbRequest::Endpoints { device, interface } => {
                usb::endpoints(subject, device, interface)
                    .map(|addresses| addresses.map(DeviceAnswer::Octets))
                    .boxed()
            }
            UsbRequest::Hold { device, interface } => {
                let open = usb::open(subject, device.clone(), interface, self.claims.clone());
                self.holdings.hold(DeviceClass::Usb, device, open)
            }
            UsbRequest::Use(device, wanted) => {
                self.holdings.with(DeviceClass::Usb, &device, wanted)
            }
        }
    }

    fn start_hid(
        &mut self,
        subject: Subject,
        request: HidRequest,
    ) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        match request {
            HidRequest::List => hid::list(subject)
                .map(|listed| listed.map(DeviceAnswer::HidDevices))
                .boxed(),
            HidRequest::Watch => done(self.hid_watcher.start(subject)),
            HidRequest::Hold(device) => {
                let open = hid::open(subject, device.clone(), self.claims.clone());
                self.holdings.hold(DeviceClass::Hid, device, open)
            }
            HidRequest::Use(device, wanted) => {
                self.holdings.with(DeviceClass::Hid, &device, wanted)
            }
        }
    }

    /// Listens no more, to this folder or to any.
    ///
    /// # Errors
    /// The page does not listen to this folder.
    pub(crate) fn stop_listening(&mut self, place: Option<&FilePlace>) -> Result<(), DeviceError> {
        self.watchers.stop(place)
    }

    fn start_file(
        &mut self,
        subject: Subject,
        place: FilePlace,
        work: FileWork,
    ) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        let (ended, next) = oneshot::channel();
        let before = self.last_file.replace(next);
        let watch = match &work {
            FileWork::Listen(_) => Some(self.watchers.reserve(place.clone())),
            FileWork::List | FileWork::Read | FileWork::Write { .. } | FileWork::Remove => None,
        };
        let files = Arc::clone(&self.files);
        async move {
            if let Some(before) = before {
                // Its end is what counts, not how it ended.
                let _ = before.await;
            }
            let answer = match (work, watch) {
                (FileWork::Listen(listen), Some(watch)) => {
                    let watching = watch?.watch(files, subject, place, listen).await;
                    watching.map_err(DeviceError::Folder)?;
                    Ok(DeviceAnswer::Done)
                }
                (work, _) => on_a_thread(move || files.perform(&subject, &place, work)).await,
            };
            drop(ended);
            answer
        }
        .boxed()
    }
}

fn done(
    ends: impl Future<Output = Result<(), DeviceError>> + Send + 'static,
) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
    async move { ends.await.map(|()| DeviceAnswer::Done) }.boxed()
}

/// Does what may block where it holds up nobody.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeviceError> + Send + 'static,
) -> Result<T, DeviceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(DeviceError::BrokenOff))
}
