//! Calls about everything that is no printer: which there are, what each asks
//! for, and how its answer is written.

use serde_json::Value;

use super::call::DeviceCall;
use super::network::{self, NetworkForm};
use crate::device_access::{DeviceAnswer, DeviceError, DeviceRequest};

/// A call, understood.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What is asked.
    pub(crate) request: DeviceRequest,
    /// How the answer is wanted.
    pub(crate) form: Form,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A part of what is known of the network.
    Network(NetworkForm),
}

/// What a call asks for.
///
/// # Errors
/// What is wrong with it, or that it is for a later version.
pub(crate) fn read(call: &DeviceCall) -> Result<Asked, String> {
    let network = |form| Asked {
        request: network::read(&call.params),
        form: Form::Network(form),
    };
    match call.name {
        "networking.device" => Ok(network(NetworkForm::Device)),
        "networking.devices" => Ok(network(NetworkForm::Devices)),
        "networking.hostname" => Ok(network(NetworkForm::HostName)),
        "websocket.getNetworkInfo" => Ok(network(NetworkForm::Legacy)),
        name => Err(format!("{name} is not available in this version of Platen")),
    }
}

/// The result of a call: what a page gets, or an error in its words.
///
/// # Errors
/// What went wrong.
pub(crate) fn write(
    form: Form,
    answer: Result<DeviceAnswer, DeviceError>,
) -> Result<Option<Value>, String> {
    match (form, answer.map_err(|error| words(&error))?) {
        (Form::Network(form), DeviceAnswer::Network(network)) => {
            network::write(form, &network).map(Some)
        }
    }
}

/// An error as that agent would say it, where it would.
fn words(error: &DeviceError) -> String {
    match error {
        DeviceError::Unavailable => "Sorry, this feature is unavailable at this time".to_owned(),
        DeviceError::Network(source) => {
            format!("Unable to determine primary network device: {source}")
        }
        DeviceError::BrokenOff => error.to_string(),
    }
}
