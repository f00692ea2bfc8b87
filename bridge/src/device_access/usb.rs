//! USB devices for a page, by their interfaces and endpoints: those that its
//! grant names.
//!
//! An interface is taken from the kernel's driver, and given back when it is
//! let go. Hubs, drives, keyboards and mice are nobody's. How a device is held
//! is [`super::held`]'s.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use nusb::descriptors::TransferType;
use nusb::transfer::{Buffer, Bulk, BulkOrInterrupt, Direction, In, Interrupt, Out, TransferError};
use nusb::{DeviceId, DeviceInfo, Endpoint, Interface, InterfaceInfo, MaybeFuture as _};

use super::held::{
    DeviceClass, DeviceSelector, Fault, HeldError, Inlet, Opened, OutWork, Outlet, Use,
};
use super::{DeviceError, on_a_thread};
use crate::authorize::Subject;
use crate::claims::{Claimant, Sharing};
use crate::grant::{DeviceIdentity, UsbIdentity};
use crate::visible;

/// Octets of one transfer; more are several.
const TRANSFER_OCTETS_MAX: usize = 16 * 1024;
/// How often to look whether a device is still there: a device that nobody
/// reads from says nothing when it goes.
const PRESENCE: Duration = Duration::from_secs(1);
/// Characters of a text that a device says.
const TEXT_CHARACTERS_MAX: usize = 255;
/// Devices that are listed; a bus has 127.
const DEVICES_MAX: usize = 512;

/// What is asked about USB devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UsbRequest {
    /// Which there are.
    List {
        /// Hubs as well.
        with_hubs: bool,
    },
    /// Which interfaces one has.
    Interfaces(DeviceSelector),
    /// Which endpoints an interface has.
    Endpoints {
        /// Of which device.
        device: DeviceSelector,
        /// Its number.
        interface: u8,
    },
    /// To have one alone.
    Hold {
        /// Which.
        device: DeviceSelector,
        /// Which of its interfaces.
        interface: u8,
    },
    /// Something with one that is held.
    Use(DeviceSelector, Use),
}

/// A USB device as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsbDevice {
    /// Who made it, and which of theirs it is.
    pub(crate) identity: UsbIdentity,
    /// Its maker's name.
    pub(crate) manufacturer: Option<String>,
    /// Its own.
    pub(crate) product: Option<String>,
    /// Whether others are plugged into it.
    pub(crate) is_hub: bool,
}

/// Classes of the USB-IF that count here.
mod class {
    pub(super) const HID: u8 = 0x03;
    pub(super) const MASS_STORAGE: u8 = 0x08;
    pub(super) const HUB: u8 = 0x09;
}

fn identity(device: &DeviceInfo) -> UsbIdentity {
    UsbIdentity {
        vendor: device.vendor_id(),
        product: device.product_id(),
        serial_number: device.serial_number().and_then(text),
    }
}

fn text(said: &str) -> Option<String> {
    let cut: String = said.trim().chars().take(TEXT_CHARACTERS_MAX).collect();
    (!cut.is_empty()).then(|| visible::line(&cut).into_owned())
}

/// Whether no page may have this interface: what a person types, what the
/// machine keeps its files on.
fn is_protected(interface: &InterfaceInfo) -> bool {
    match interface.class() {
        // A boot interface is a keyboard's or a mouse's (HID 1.11 §4.2).
        class::HID => interface.subclass() == 1,
        class::MASS_STORAGE | class::HUB => true,
        _ => false,
    }
}

/// Every device that the page may have. Blocks.
fn look(subject: &Subject) -> io::Result<Vec<DeviceInfo>> {
    let devices = nusb::list_devices().wait()?;
    let granted = devices.filter(|device| {
        let found = DeviceIdentity::Usb(identity(device));
        subject.grant.allows_device(&found)
    });
    Ok(granted.take(DEVICES_MAX).collect())
}

/// Those that the page may have.
pub(super) async fn list(subject: Subject, with_hubs: bool) -> Result<Vec<UsbDevice>, DeviceError> {
    on_a_thread(move || {
        let devices = look(&subject).map_err(HeldError::CannotList)?;
        let devices = devices.iter().map(|device| UsbDevice {
            identity: identity(device),
            manufacturer: device.manufacturer_string().and_then(text),
            product: device.product_string().and_then(text),
            is_hub: device.class() == class::HUB,
        });
        Ok(devices
            .filter(|device| with_hubs || !device.is_hub)
            .collect())
    })
    .await
}

/// The numbers of a device's interfaces.
pub(super) async fn interfaces(
    subject: Subject,
    selector: DeviceSelector,
) -> Result<Vec<u8>, DeviceError> {
    on_a_thread(move || {
        let device = find(&subject, &selector)?;
        Ok(device
            .interfaces()
            .map(InterfaceInfo::interface_number)
            .collect())
    })
    .await
}

/// The addresses of an interface's endpoints.
pub(super) async fn endpoints(
    subject: Subject,
    selector: DeviceSelector,
    interface: u8,
) -> Result<Vec<u8>, DeviceError> {
    on_a_thread(move || {
        let info = find(&subject, &selector)?;
        let device = info.open().wait().map_err(cannot_open)?;
        let configuration = device
            .active_configuration()
            .map_err(|error| HeldError::CannotOpen(io::Error::other(error)))?;
        let mut described = configuration.interface_alt_settings();
        let found = described
            .find(|one| one.interface_number() == interface)
            .ok_or(HeldError::NoInterface(interface))?;
        Ok(found
            .endpoints()
            .map(|endpoint| endpoint.address())
            .collect())
    })
    .await
}

fn find(subject: &Subject, selector: &DeviceSelector) -> Result<DeviceInfo, HeldError> {
    let devices = look(subject).map_err(HeldError::CannotList)?;
    devices
        .into_iter()
        .find(|device| selector.identity.names(&identity(device)))
        .ok_or_else(|| HeldError::NotFound(DeviceClass::Usb, selector.clone()))
}

fn cannot_open(error: nusb::Error) -> HeldError {
    let kind = error.kind();
    let error = match kind {
        nusb::ErrorKind::PermissionDenied => io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the agent's user may not open it; add a udev rule for it (docs/devices.md)",
        ),
        nusb::ErrorKind::Busy => io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another program has it; end that program",
        ),
        _ => error.into(),
    };
    HeldError::CannotOpen(error)
}

/// Finds the device that is meant, and takes the interface. Of several that
/// fit, the first that nobody has.
pub(super) async fn open(
    subject: Subject,
    selector: DeviceSelector,
    interface: u8,
    claims: Claimant,
) -> Result<Opened, HeldError> {
    let opened = tokio::task::spawn_blocking(move || take(&subject, &selector, interface, &claims));
    opened
        .await
        .unwrap_or_else(|error| Err(HeldError::CannotOpen(error.into())))
}

fn take(
    subject: &Subject,
    selector: &DeviceSelector,
    interface: u8,
    claims: &Claimant,
) -> Result<Opened, HeldError> {
    let mut refused = HeldError::NotFound(DeviceClass::Usb, selector.clone());
    let devices = look(subject).map_err(HeldError::CannotList)?;
    let fits = |device: &&DeviceInfo| selector.identity.names(&identity(device));
    for device in devices.iter().filter(fits) {
        let mut interfaces = device.interfaces();
        let Some(found) = interfaces.find(|one| one.interface_number() == interface) else {
            refused = HeldError::NoInterface(interface);
            continue;
        };
        if is_protected(found) {
            refused = HeldError::Protected;
            continue;
        }
        let claim = match claims.claim(&claimed_as(device), Sharing::Alone) {
            Ok(claim) => claim,
            Err(holder) => {
                refused = HeldError::HeldElsewhere(holder);
                continue;
            }
        };
        let opened = device.open().wait().map_err(cannot_open)?;
        let taken = opened.detach_and_claim_interface(interface).wait();
        let taken = taken.map_err(cannot_open)?;
        let (inlets, outlets) = lanes(&taken)?;
        return Ok(Opened {
            identity: identity(device),
            inlets,
            outlets,
            gone: gone(device.id()).boxed(),
            claim,
        });
    }
    Err(refused)
}

/// What the device is called among those that are claimed: of two that say the
/// same of themselves, each has its port.
fn claimed_as(device: &DeviceInfo) -> String {
    let identity = identity(device);
    let named = DeviceIdentity::Usb(identity.clone());
    if identity.serial_number.is_some() {
        return named.to_string();
    }
    let ports: Vec<_> = device.port_chain().iter().map(u8::to_string).collect();
    format!("{named} ({}-{})", device.bus_id(), ports.join("."))
}

/// Ends when the device is on the bus no more.
async fn gone(id: DeviceId) {
    loop {
        tokio::time::sleep(PRESENCE).await;
        if let Ok(mut devices) = nusb::list_devices().await
            && !devices.any(|device| device.id() == id)
        {
            return;
        }
    }
}

type Inlets = HashMap<u8, Box<dyn Inlet>>;
type Outlets = HashMap<u8, Box<dyn Outlet>>;

/// Every endpoint of the interface that pages can use.
fn lanes(interface: &Interface) -> Result<(Inlets, Outlets), HeldError> {
    let (mut inlets, mut outlets) = (Inlets::new(), Outlets::new());
    let Some(described) = interface.descriptor() else {
        return Ok((inlets, outlets));
    };
    for endpoint in described.endpoints() {
        let address = endpoint.address();
        match (endpoint.transfer_type(), endpoint.direction()) {
            (TransferType::Bulk, Direction::In) => {
                inlets.insert(address, inlet::<Bulk>(interface, address)?);
            }
            (TransferType::Interrupt, Direction::In) => {
                inlets.insert(address, inlet::<Interrupt>(interface, address)?);
            }
            (TransferType::Bulk, Direction::Out) => {
                outlets.insert(address, outlet::<Bulk>(interface, address)?);
            }
            (TransferType::Interrupt, Direction::Out) => {
                outlets.insert(address, outlet::<Interrupt>(interface, address)?);
            }
            // Sound and video; and the one that every device has, for its drivers.
            (TransferType::Isochronous | TransferType::Control, _) => {}
        }
    }
    Ok((inlets, outlets))
}

fn inlet<T: BulkOrInterrupt + Send + 'static>(
    interface: &Interface,
    address: u8,
) -> Result<Box<dyn Inlet>, HeldError> {
    let endpoint = interface.endpoint::<T, In>(address).map_err(cannot_open)?;
    Ok(Box::new(UsbInlet {
        endpoint,
        arrived: VecDeque::new(),
    }))
}

fn outlet<T: BulkOrInterrupt + Send + 'static>(
    interface: &Interface,
    address: u8,
) -> Result<Box<dyn Outlet>, HeldError> {
    let endpoint = interface.endpoint::<T, Out>(address).map_err(cannot_open)?;
    Ok(Box::new(UsbOutlet(endpoint)))
}

struct UsbInlet<T: BulkOrInterrupt> {
    endpoint: Endpoint<T, In>,
    /// What arrived beyond what was wanted.
    arrived: VecDeque<u8>,
}

impl<T: BulkOrInterrupt + Send> Inlet for UsbInlet<T> {
    fn receive(&mut self, octets_max: usize) -> BoxFuture<'_, Result<Vec<u8>, Fault>> {
        async move {
            while self.arrived.is_empty() {
                // A transfer that somebody gave up waiting for is waited for again.
                if self.endpoint.pending() == 0 {
                    let packet = self.endpoint.max_packet_size().max(1);
                    let octets = octets_max.clamp(1, TRANSFER_OCTETS_MAX);
                    let whole = octets.next_multiple_of(packet);
                    self.endpoint.submit(Buffer::new(whole));
                }
                let ended = self.endpoint.next_complete().await;
                if let Err(error) = ended.status {
                    return Err(fault(&mut self.endpoint, error).await);
                }
                self.arrived.extend(&ended.buffer[..ended.actual_len]);
            }
            let count = octets_max.min(self.arrived.len());
            Ok(self.arrived.drain(..count).collect())
        }
        .boxed()
    }
}

struct UsbOutlet<T: BulkOrInterrupt>(Endpoint<T, Out>);

/// Takes back what was not sent, whoever gives up.
struct TakeBack<'a, T: BulkOrInterrupt>(&'a mut Endpoint<T, Out>);

impl<T: BulkOrInterrupt> Drop for TakeBack<'_, T> {
    fn drop(&mut self) {
        self.0.cancel_all();
    }
}

impl<T: BulkOrInterrupt + Send> Outlet for UsbOutlet<T> {
    fn perform(&mut self, work: OutWork) -> BoxFuture<'_, Result<Option<Vec<u8>>, Fault>> {
        async move {
            let OutWork::Send(octets) = work else {
                let help = "a USB device has no feature reports; use it as a HID device";
                return Err(Fault::Failed(io::Error::other(help)));
            };
            let endpoint = TakeBack(&mut self.0);
            // Those that were given up before.
            while endpoint.0.pending() > 0 {
                endpoint.0.next_complete().await;
            }
            for piece in octets.chunks(TRANSFER_OCTETS_MAX) {
                endpoint.0.submit(piece.to_vec().into());
                let ended = endpoint.0.next_complete().await;
                if let Err(error) = ended.status {
                    return Err(fault(endpoint.0, error).await);
                }
            }
            Ok(None)
        }
        .boxed()
    }
}

/// What a transfer's end means; an endpoint that stalled is made ready again.
async fn fault<T: BulkOrInterrupt, D: nusb::transfer::EndpointDirection>(
    endpoint: &mut Endpoint<T, D>,
    error: TransferError,
) -> Fault {
    match error {
        TransferError::Disconnected => Fault::Lost,
        TransferError::Stall => match endpoint.clear_halt().await {
            Ok(()) => Fault::Failed(io::Error::other("the device refused it (stall); try again")),
            Err(error) => Fault::Failed(error.into()),
        },
        TransferError::Cancelled
        | TransferError::Fault
        | TransferError::InvalidArgument
        | TransferError::Unknown(_) => Fault::Failed(io::Error::other(error)),
    }
}
