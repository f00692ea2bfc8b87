//! The requests of the printer class (USB Device Class Definition for Printing
//! Devices 1.1), and what their answers mean.

use std::time::Duration;

use nusb::Interface;
use nusb::transfer::{ControlIn, ControlType, Recipient, TransferError};
use platen_protocol::{PrinterState, PrinterStateReason, StatusSource};

use super::device_id::{self, DeviceId};
use crate::backend::DeviceStatus;

const GET_DEVICE_ID: u8 = 0;
const GET_PORT_STATUS: u8 = 1;

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

/// Asks a printer for its port's status.
pub(super) async fn port_status(interface: &Interface) -> Result<PortStatus, TransferError> {
    let setup = ControlIn {
        control_type: ControlType::Class,
        recipient: Recipient::Interface,
        request: GET_PORT_STATUS,
        value: 0,
        index: u16::from(interface.interface_number()),
        length: 1,
    };
    let answer = interface.control_in(setup, ANSWER_WAIT).await?;
    answer
        .first()
        .map(|octet| PortStatus(*octet))
        .ok_or(TransferError::Fault)
}

/// The octet of `GET_PORT_STATUS`, made for parallel ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PortStatus(u8);

impl PortStatus {
    const NOT_ERROR: u8 = 0x08;
    const SELECTED: u8 = 0x10;
    const PAPER_EMPTY: u8 = 0x20;

    /// In IPP's words. A printer that sets no bit at all does not know its
    /// status (it should claim to be ready, and some do not): it stops nothing.
    pub(super) fn status(self) -> DeviceStatus {
        let has = |bit| self.0 & bit != 0;
        let known = Self::NOT_ERROR | Self::SELECTED | Self::PAPER_EMPTY;
        let mut reasons = Vec::new();
        if has(known) {
            if has(Self::PAPER_EMPTY) {
                reasons.push(PrinterStateReason::MEDIA_EMPTY);
            } else if !has(Self::NOT_ERROR) {
                reasons.push("other");
            }
            if !has(Self::SELECTED) {
                reasons.push(PrinterStateReason::OFFLINE);
            }
        }
        DeviceStatus {
            state: Some(if reasons.is_empty() {
                PrinterState::Idle
            } else {
                PrinterState::Stopped
            }),
            reasons: reasons
                .iter()
                .filter_map(|word| word.parse().ok())
                .collect(),
            reachable: Some(true),
            source: StatusSource::Connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_the_port_become_ipp_keywords() {
        let check = |octet, expected: &[&str]| {
            let status = PortStatus(octet).status();
            let reasons: Vec<_> = status.reasons.iter().map(ToString::to_string).collect();
            assert_eq!(reasons, expected, "{octet:02x}");
            assert_eq!(status.stops(), !expected.is_empty());
        };
        check(0x18, &[]);
        check(0x30, &["media-empty"]);
        check(0x38, &["media-empty"]);
        check(0x20, &["media-empty", "offline"]);
        check(0x10, &["other"]);
        check(0x08, &["offline"]);
        check(0x00, &[]);
        check(0xdf, &[]);
    }
}
