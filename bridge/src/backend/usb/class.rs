//! The requests of the printer class (USB Device Class Definition for Printing
//! Devices 1.1).

use std::time::Duration;

use nusb::Interface;
use nusb::transfer::{ControlIn, ControlType, Recipient};

use super::device_id::{self, DeviceId};

const GET_DEVICE_ID: u8 = 0;

/// Devices answer within milliseconds, or never.
const ANSWER_WAIT: Duration = Duration::from_millis(500);

/// Asks a printer what it is; `None`: it does not say.
pub(super) async fn device_id(interface: &Interface) -> Option<DeviceId> {
    let number = u16::from(interface.interface_number());
    let alternate = u16::from(interface.get_alt_setting());
    let setup = ControlIn {
        control_type: ControlType::Class,
        recipient: Recipient::Interface,
        request: GET_DEVICE_ID,
        // The configuration, counted from 0; then interface and setting.
        value: 0,
        index: number << 8 | alternate,
        length: device_id::OCTETS_MAX,
    };
    let answer = interface.control_in(setup, ANSWER_WAIT).await.ok()?;
    DeviceId::from_answer(&answer)
}
