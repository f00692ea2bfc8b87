//! Taking a printer from the kernel's driver: which interface, and why not.

use nusb::descriptors::{InterfaceDescriptor, TransferType};
use nusb::transfer::Direction;
use nusb::{Device, ErrorKind};

use super::find::Protocol;

/// Why a device that is there cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClaimError {
    #[error(
        "this user may not open it: on most systems USB printers belong to the group `lp`; \
         add the agent's user to it (`sudo usermod --append --groups lp USER`) and log in again"
    )]
    NotAllowed,
    #[error("another program uses it; end that program, or print through `cups:QUEUE`")]
    Busy,
    #[error(
        "it speaks IPP over USB only; print through the system's print service (`cups:QUEUE`), \
         which finds it by itself"
    )]
    IppOverUsb,
    #[error(
        "it has no interface for printers; if one of its vendor takes raw octets, name it with \
         `usb_interface`"
    )]
    NoInterface,
    #[error("its interface {0} takes no octets; name another with `usb_interface`")]
    NoEndpoint(u8),
    #[error("{0}")]
    System(nusb::Error),
}

impl From<nusb::Error> for ClaimError {
    fn from(error: nusb::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => Self::NotAllowed,
            ErrorKind::Busy => Self::Busy,
            _ => Self::System(error),
        }
    }
}

/// Where a device takes raw octets, and where it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) interface: u8,
    pub(super) alternate: u8,
    pub(super) out: u8,
    pub(super) input: Option<u8>,
}

/// The way to a printer: the interface that was chosen, else the best of the
/// printer class.
pub(super) fn way_to(device: &Device, chosen: Option<u8>) -> Result<Way, ClaimError> {
    let configuration = device
        .active_configuration()
        .map_err(|_| ClaimError::NoInterface)?;
    let mut settings = configuration.interface_alt_settings();
    if let Some(number) = chosen {
        return settings
            .filter(|setting| setting.interface_number() == number)
            .find_map(|setting| way_through(&setting))
            .ok_or(ClaimError::NoEndpoint(number));
    }
    let protocol = |setting: &InterfaceDescriptor<'_>| {
        Protocol::of(setting.class(), setting.subclass(), setting.protocol())
    };
    let best = settings
        .by_ref()
        .filter(|setting| protocol(setting).is_some())
        .max_by_key(protocol)
        .ok_or(ClaimError::NoInterface)?;
    if protocol(&best) == Some(Protocol::IppOverUsb) {
        return Err(ClaimError::IppOverUsb);
    }
    way_through(&best).ok_or(ClaimError::NoEndpoint(best.interface_number()))
}

/// `None` where it takes no octets.
fn way_through(setting: &InterfaceDescriptor<'_>) -> Option<Way> {
    let bulk = |direction| {
        let mut endpoints = setting.endpoints();
        let found = endpoints.find(|endpoint| {
            endpoint.transfer_type() == TransferType::Bulk && endpoint.direction() == direction
        });
        found.map(|endpoint| endpoint.address())
    };
    Some(Way {
        interface: setting.interface_number(),
        alternate: setting.alternate_setting(),
        out: bulk(Direction::Out)?,
        input: bulk(Direction::In),
    })
}
