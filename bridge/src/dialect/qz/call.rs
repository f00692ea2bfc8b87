//! What a call asks for, as far as its text tells.

use std::fmt;

use serde::Deserialize;

use super::envelope::{self, Call, Frame};
use super::print::{self, Print};
use crate::authorize::QzSigned;

/// A message, taken apart. It borrows nothing, so that a large one can be
/// read on another thread.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Nothing to answer.
    Nothing,
    /// Another agent asks whether we are its like; we are not.
    ProgramName,
    /// Not JSON, or nothing.
    Unreadable(&'static str),
    /// JSON that no client sends.
    Incompatible,
    /// The page shows its certificate, or that it has none.
    Certificate {
        /// Where to answer.
        uid: String,
        /// PEM.
        pem: Option<String>,
    },
    /// A call.
    Call {
        /// Its signature.
        signed: QzSigned,
        /// What it asks for.
        ask: Ask,
    },
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Which version we are.
    Version,
    /// The same, and what we are called.
    VersionDetails,
    /// Printers by name, or all of them.
    Find(Option<String>),
    /// The default printer.
    Default,
    /// All printers, with what is known of them.
    Details,
    /// To hear of printers by name (`None`: of all) and of jobs.
    StartListening(Result<Vec<Option<String>>, String>),
    /// How those printers are.
    Status,
    /// Events wanted no more.
    StopListening,
    /// To call off jobs of a printer.
    ClearQueue(Result<ClearQueue, String>),
    /// To print.
    Print(Box<Result<Print, String>>),
    /// Something with a device other than a printer, or with this machine.
    Device(DeviceCall),
    /// Something nobody does.
    Unknown(String),
    /// Something that must have no effect and no answer.
    Ignored,
}

/// The params of `printers.clearQueue`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClearQueue {
    /// Which printer.
    pub(crate) printer_name: String,
    /// Only this job.
    #[serde(default)]
    pub(crate) job_id: Option<JobNumber>,
}

/// A job as a page names it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum JobNumber {
    /// As events say it: [`super::status::number`].
    Number(u64),
    /// The same as text, or Platen's own id.
    Text(String),
}

impl fmt::Display for JobNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// A call about a device other than a printer.
#[derive(Debug)]
pub(crate) struct DeviceCall {
    /// One of [`DEVICE_CALLS`].
    pub(crate) name: &'static str,
    /// JSON, as it arrived; `null` where there is nothing.
    pub(crate) params: String,
}

#[derive(Deserialize)]
struct VersionParams {
    #[serde(default)]
    details: bool,
}

/// `jobData` and what belongs to it are for Windows, there as well.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListenParams {
    printer_names: Vec<Option<String>>,
}

#[derive(Deserialize)]
struct FindParams {
    #[serde(default)]
    query: Option<String>,
}

/// Takes a text message apart.
pub(crate) fn hear(text: &str, connection: u64) -> Heard {
    match envelope::read(text) {
        Frame::Ping => Heard::Nothing,
        Frame::ProgramName => Heard::ProgramName,
        Frame::Empty => Heard::Unreadable("Message is empty"),
        Frame::Malformed => Heard::Unreadable("Message is not valid JSON"),
        Frame::Incompatible => Heard::Incompatible,
        Frame::Certificate { uid, certificate } => Heard::Certificate {
            uid,
            pem: certificate,
        },
        Frame::Call(call) => Heard::Call {
            ask: ask(&call),
            signed: QzSigned {
                connection,
                digest: call.signed_digest(),
                compact_digest: call.compact_digest(),
                uid: call.uid,
                timestamp: call.timestamp,
                signature: call.signature,
                algorithm: call.algorithm,
            },
        },
    }
}

fn ask(call: &Call<'_>) -> Ask {
    let params = call.params.map_or("null", |params| params.get());
    match call.name.as_str() {
        "getVersion" => match serde_json::from_str(params) {
            Ok(VersionParams { details: true }) => Ask::VersionDetails,
            Ok(_) | Err(_) => Ask::Version,
        },
        "printers.find" => {
            let params: Option<FindParams> = serde_json::from_str(params).unwrap_or_default();
            Ask::Find(params.and_then(|params| params.query))
        }
        "printers.getDefault" => Ask::Default,
        "printers.detail" => Ask::Details,
        "printers.startListening" => {
            Ask::StartListening(read(params).map(|params: ListenParams| params.printer_names))
        }
        "printers.getStatus" => Ask::Status,
        "printers.stopListening" => Ask::StopListening,
        "printers.clearQueue" => Ask::ClearQueue(read(params)),
        "print" => Ask::Print(Box::new(print::read(params))),
        "websocket.stop" => Ask::Ignored,
        name => match DEVICE_CALLS.iter().find(|call| **call == name) {
            Some(name) => Ask::Device(DeviceCall {
                name,
                params: params.to_owned(),
            }),
            None => Ask::Unknown(name.chars().take(64).collect()),
        },
    }
}

/// Params as types. The error names members, and never a value.
fn read<'a, T: Deserialize<'a>>(params: &'a str) -> Result<T, String> {
    serde_json::from_str(params).map_err(|_| "Parameters of this call cannot be read".to_owned())
}

/// Calls about devices other than printers.
const DEVICE_CALLS: &[&str] = &[
    "websocket.getNetworkInfo",
    "networking.device",
    "networking.devices",
    "networking.hostname",
    "serial.findPorts",
    "serial.openPort",
    "serial.sendData",
    "serial.closePort",
    "socket.open",
    "socket.sendData",
    "socket.close",
    "usb.listDevices",
    "usb.listInterfaces",
    "usb.listEndpoints",
    "usb.claimDevice",
    "usb.isClaimed",
    "usb.sendData",
    "usb.readData",
    "usb.openStream",
    "usb.closeStream",
    "usb.releaseDevice",
    "hid.listDevices",
    "hid.startListening",
    "hid.stopListening",
    "hid.claimDevice",
    "hid.isClaimed",
    "hid.sendData",
    "hid.readData",
    "hid.openStream",
    "hid.closeStream",
    "hid.releaseDevice",
    "hid.sendFeatureReport",
    "hid.getFeatureReport",
    "file.list",
    "file.read",
    "file.write",
    "file.remove",
    "file.startListening",
    "file.stopListening",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> String {
        match hear(text, 1) {
            Heard::Call { ask, .. } => format!("{ask:?}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn calls_are_told_apart() {
        for (text, expected) in [
            (r#"{"call":"getVersion","uid":"a"}"#, "Version"),
            (
                r#"{"call":"getVersion","params":{"details":true},"uid":"a"}"#,
                "VersionDetails",
            ),
            (
                r#"{"call":"printers.startListening","params":{"printerNames":["A",null],"jobData":true},"uid":"a"}"#,
                "StartListening(Ok([Some(\"A\"), None]))",
            ),
            (
                r#"{"call":"printers.startListening","uid":"a"}"#,
                "StartListening(Err(\"Parameters of this call cannot be read\"))",
            ),
            (r#"{"call":"printers.getStatus","uid":"a"}"#, "Status"),
            (
                r#"{"call":"printers.clearQueue","params":{"printerName":"A"},"uid":"a"}"#,
                "ClearQueue(Ok(ClearQueue { printer_name: \"A\", job_id: None }))",
            ),
            (
                r#"{"call":"printers.clearQueue","params":{"printerName":"A","jobId":7},"uid":"a"}"#,
                "ClearQueue(Ok(ClearQueue { printer_name: \"A\", job_id: Some(Number(7)) }))",
            ),
            (
                r#"{"call":"printers.find","params":{"query":"Bar"},"uid":"a"}"#,
                "Find(Some(\"Bar\"))",
            ),
            (
                r#"{"call":"printers.find","params":{},"uid":"a"}"#,
                "Find(None)",
            ),
            (
                r#"{"call":"printers.getDefault","params":null,"uid":"a"}"#,
                "Default",
            ),
            (
                r#"{"call":"serial.findPorts","uid":"a"}"#,
                "Device(DeviceCall { name: \"serial.findPorts\", params: \"null\" })",
            ),
            (
                r#"{"call":"format.disk","uid":"a"}"#,
                "Unknown(\"format.disk\")",
            ),
            (r#"{"call":"websocket.stop","uid":"a"}"#, "Ignored"),
            ("", "Unreadable(\"Message is empty\")"),
            ("ping", "Nothing"),
            ("getProgramName", "ProgramName"),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }
}
