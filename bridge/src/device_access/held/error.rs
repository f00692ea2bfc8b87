//! Why nothing comes of a call about a device that is held, or was to be.

use std::io;

use super::{DeviceClass, DeviceSelector};
use crate::claims::Holder;
use crate::device_access::DeviceError;

/// Why nothing comes of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeldError {
    /// The system does not tell its devices.
    #[error("the devices of this machine cannot be listed: {0}")]
    CannotList(#[source] io::Error),
    /// None is plugged in, or none that the site's grant names.
    #[error("no device {1} that this site's grant names is plugged in")]
    NotFound(DeviceClass, DeviceSelector),
    /// No page may have it.
    #[error(
        "no page may use keyboards, mice, security keys, hubs and drives; switch a scanner to its point-of-sale mode"
    )]
    Protected,
    /// This connection has it.
    #[error("the page has the device already")]
    AlreadyHeld,
    /// Somebody else has it.
    #[error("{0} has the device; try again when it has let it go")]
    HeldElsewhere(Holder),
    /// This connection does not have it.
    #[error("the page does not have the device; claim it first")]
    NotHeld,
    /// More than one page may have.
    #[error("a page may have {0} devices at one time; release one")]
    TooMany(usize),
    /// It cannot be opened.
    #[error("the device cannot be opened: {0}")]
    CannotOpen(#[source] io::Error),
    /// The device has no such interface.
    #[error("the device has no interface {0:02x}")]
    NoInterface(u8),
    /// The device has no such way in or out.
    #[error("the device has no endpoint {0:02x} for this; list its endpoints")]
    NoLane(u8),
    /// Only HID devices have feature reports.
    #[error("the device has no feature reports")]
    NoFeatures,
    /// It tells what arrives already.
    #[error("what arrives from the device is told already")]
    Streaming,
    /// It does not.
    #[error("what arrives from the device is not told")]
    NotStreaming,
    /// It does not take what was sent before.
    #[error("too much waits for the device; send when it has taken that")]
    Busy,
    /// It took or said nothing in time.
    #[error("the device did nothing in {0} s; try again")]
    TimedOut(u64),
    /// It did not do it.
    #[error("the device failed: {0}")]
    Failed(#[source] io::Error),
    /// It was unplugged.
    #[error("the device was unplugged")]
    Lost,
    /// The page hears of devices that come and go already.
    #[error("the page hears of devices that come and go already")]
    Watching,
    /// It does not.
    #[error("the page does not hear of devices that come and go")]
    NotWatching,
}

impl From<HeldError> for DeviceError {
    fn from(error: HeldError) -> Self {
        Self::Held(error)
    }
}
