//! `usb://VVVV:PPPP/SERIAL`: raw octets to a printer on USB, beside the
//! kernel's own driver.

mod address;
mod class;
mod device_id;
mod find;

pub use address::{PortPath, UsbAddress, Which};
pub use device_id::DeviceId;
pub use find::{FoundInterface, FoundUsbPrinter, Protocol, list};
