//! Calls about everything that is no printer: which there are, what each asks
//! for, and how its answer is written.

use std::io::ErrorKind;

use serde_json::Value;

use super::answer::REQUEST_BLOCKED;
use super::call::DeviceCall;
use super::file::{self, FileFlavor};
use super::held::{self, HeldForm};
use super::network::{self, NetworkForm};
use super::opened::{Opened, Opens};
use super::{serial, socket};
use crate::device_access::{DeviceAnswer, DeviceError, DeviceRequest, Prohibited};
use crate::grant::Destination;
use crate::serial::PortName;

/// A call, understood.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What is asked.
    pub(crate) request: DeviceRequest,
    /// How the answer is wanted.
    pub(crate) form: Form,
    /// What it opens or sets, as its page knows it.
    pub(crate) opens: Option<Opens>,
}

/// How an answer is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// A file in the way that the call wants it.
    File(FileFlavor),
    /// About a USB or HID device.
    Held(HeldForm),
    /// Names.
    Names,
    /// Only that it is sent over a serial line.
    SerialSent,
    /// Only that it is done.
    Nothing,
    /// A part of what is known of the network.
    Network(NetworkForm),
}

/// What a call asks for, of a page that has opened these.
///
/// # Errors
/// What is wrong with it, or that it is for a later version.
pub(crate) fn read(call: &DeviceCall, opened: &Opened) -> Result<Asked, String> {
    let asked = |request, form| Asked {
        request,
        form,
        opens: None,
    };
    let network = |form| asked(network::read(&call.params), Form::Network(form));
    let params = call.params.as_str();
    match call.name {
        "networking.device" => Ok(network(NetworkForm::Device)),
        "networking.devices" => Ok(network(NetworkForm::Devices)),
        "networking.hostname" => Ok(network(NetworkForm::HostName)),
        "websocket.getNetworkInfo" => Ok(network(NetworkForm::Legacy)),
        "socket.open" => socket::open(params).map(|(request, socket)| Asked {
            request,
            form: Form::Nothing,
            opens: Some(Opens::Socket(socket)),
        }),
        "socket.sendData" => {
            let charset = |to: &Destination| opened.socket_charset(to);
            socket::send(params, charset).map(|request| asked(request, Form::Nothing))
        }
        "socket.close" => socket::close(params).map(|request| asked(request, Form::Nothing)),
        "serial.findPorts" => Ok(asked(DeviceRequest::SerialPorts, Form::Names)),
        "serial.openPort" => serial::open(params).map(|(request, port)| Asked {
            request,
            form: Form::Nothing,
            opens: Some(Opens::Serial(port)),
        }),
        "serial.sendData" => {
            let charset = |port: &PortName| opened.serial_charset(port);
            serial::send(params, charset).map(|(request, change)| Asked {
                request,
                form: Form::SerialSent,
                opens: change.map(Opens::SerialChange),
            })
        }
        "serial.closePort" => serial::close(params).map(|request| asked(request, Form::Nothing)),
        "file.list" => file::list(params).map(|request| asked(request, Form::Names)),
        "file.read" => {
            file::read(params).map(|(request, flavor)| asked(request, Form::File(flavor)))
        }
        "file.write" => file::write(params).map(|request| asked(request, Form::Nothing)),
        "file.remove" => file::remove(params).map(|request| asked(request, Form::Nothing)),
        "file.startListening" => {
            file::start_listening(params).map(|request| asked(request, Form::Nothing))
        }
        name => held::read(name, params)
            .unwrap_or_else(|| Err(format!("{name} is not available in this version of Platen")))
            .map(|(request, form)| asked(request, Form::Held(form))),
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
    if let Form::Held(form) = &form {
        return held::write(form, answer);
    }
    let answer = answer.map_err(|error| match (&form, &error) {
        (Form::SerialSent, DeviceError::SerialNotOpen(port)) => {
            format!("Serial port [{port}] must be opened first.")
        }
        _ => words(&error),
    });
    match (form, answer?) {
        (Form::Network(form), DeviceAnswer::Network(network)) => {
            network::write(form, &network).map(Some)
        }
        (Form::File(flavor), DeviceAnswer::Octets(octets)) => {
            Ok(Some(file::contents(flavor, &octets).into()))
        }
        (Form::Names, DeviceAnswer::Names(names)) => Ok(Some(names.into())),
        (Form::Names, DeviceAnswer::SerialPorts(ports)) => {
            let names: Vec<_> = ports.iter().map(|port| port.name.to_string()).collect();
            Ok(Some(names.into()))
        }
        (
            Form::Nothing
            | Form::SerialSent
            | Form::Network(_)
            | Form::File(_)
            | Form::Names
            | Form::Held(_),
            DeviceAnswer::Done
            | DeviceAnswer::SerialPorts(_)
            | DeviceAnswer::Network(_)
            | DeviceAnswer::Octets(_)
            | DeviceAnswer::Names(_)
            | DeviceAnswer::UsbDevices(_)
            | DeviceAnswer::HidDevices(_)
            | DeviceAnswer::Held(_),
        ) => Ok(None),
    }
}

/// An error as that agent would say it, where it would.
pub(crate) fn words(error: &DeviceError) -> String {
    match error {
        DeviceError::Folder(source) => match source.kind() {
            ErrorKind::NotFound => "Path does not exist".to_owned(),
            ErrorKind::NotADirectory => "Path is not a directory".to_owned(),
            ErrorKind::PermissionDenied => "Path is not readable".to_owned(),
            _ => exception("IOException", &source.to_string()),
        },
        DeviceError::File { place, source } => {
            let place = place.to_string();
            match source.kind() {
                ErrorKind::NotFound => exception("NoSuchFileException", &place),
                ErrorKind::PermissionDenied => exception("AccessDeniedException", &place),
                ErrorKind::NotADirectory => exception("NotDirectoryException", &place),
                ErrorKind::DirectoryNotEmpty => exception("DirectoryNotEmptyException", &place),
                ErrorKind::QuotaExceeded => exception(
                    "IOException",
                    "no more octets may be kept; remove some files",
                ),
                ErrorKind::FileTooLarge => exception("IOException", "the file is too long"),
                _ => exception("IOException", &source.to_string()),
            }
        }
        DeviceError::Prohibited { place, what } => {
            let what = match what {
                Prohibited::Extension => "Prohibited file extension",
                Prohibited::Directory => "Prohibited directory name",
            };
            format!("Writing to file \"{place}\" is denied for security reasons. ({what})")
        }
        DeviceError::Listening => "Already listening to path events".to_owned(),
        DeviceError::NotListening => "Not already listening to path events".to_owned(),
        DeviceError::Network(source) => {
            format!("Unable to determine primary network device: {source}")
        }
        DeviceError::SocketOpen(to) => format!("Socket [{}] is already open", plain(to)),
        DeviceError::SocketNotOpen(to) => format!("Socket [{}] is not open.", plain(to)),
        DeviceError::SocketCannotOpen { to, source } => {
            format!("Unable to open socket [{}]: {source}", plain(to))
        }
        DeviceError::SocketCannotSend(source) => source.to_string(),
        DeviceError::SerialOpen(port) => format!("Serial port [{port}] is already open."),
        DeviceError::SerialNotOpen(port) => format!("Serial port [{port}] is not open."),
        DeviceError::SerialCannotOpen { port, source } => serial::cannot(port, "openPort", source),
        DeviceError::SerialCannotSend { port, source } => {
            serial::cannot(port, "writeBytes", source)
        }
        DeviceError::NotNamed(_) => REQUEST_BLOCKED.to_owned(),
        DeviceError::TooManyFolders(_)
        | DeviceError::TooManySockets(_)
        | DeviceError::TooManySerialPorts(_)
        | DeviceError::SerialBusy(_)
        | DeviceError::SocketBusy(_) => error.to_string(),
        DeviceError::Held(_) | DeviceError::BrokenOff => error.to_string(),
    }
}

fn exception(class: &str, text: &str) -> String {
    format!("FileIO exception occurred: {class}: {text}")
}

/// A destination as that agent writes it, an IPv6 address without brackets.
fn plain(to: &Destination) -> String {
    format!("{}:{}", to.host(), to.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io;

    /// Values that a page could mean, and some that none does.
    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "(\\PC|[./\\\\:\\[\\]0-9a-fx]){0,12}".prop_map(Value::from),
            prop::collection::vec(any::<i64>(), 0..3).prop_map(Value::from),
            "[a-z]{1,4}".prop_map(|data| serde_json::json!({"data": data, "type": "HEX"})),
        ]
    }

    proptest! {
        /// Whatever a page writes, the answer is a request or an error.
        #[test]
        fn no_parameters_are_a_surprise(
            name in prop::sample::select(vec![
                "serial.openPort", "serial.sendData", "serial.closePort",
                "networking.device", "socket.open", "socket.sendData", "socket.close",
                "file.list", "file.read", "file.write", "file.remove", "file.startListening",
            ]),
            members in prop::collection::btree_map(
                prop::sample::select(vec![
                    "hostname", "host", "port", "options", "data", "path", "sandbox", "flavor",
                    "append", "listener", "include", "exclude", "ignoreCase",
                    "port", "baudRate", "properties",
                ]),
                value(),
                0..6,
            ),
        ) {
            let params = serde_json::to_string(&members).unwrap();
            let call = DeviceCall { name, params };
            let _ = read(&call, &Opened::default());
        }
    }

    #[test]
    fn errors_are_said_as_that_agent_says_them() {
        let to = || "[2001:db8::7]:4001".parse().unwrap();
        let kind = |kind: ErrorKind| io::Error::from(kind);
        let place = || match file::list(r#"{"path":"a/run.exe"}"#).unwrap() {
            DeviceRequest::File { place, .. } => place,
            other => panic!("{other:?}"),
        };
        let file = |source| DeviceError::File {
            place: place(),
            source: kind(source),
        };
        for (error, expected) in [
            (
                DeviceError::SocketOpen(to()),
                "Socket [2001:db8::7:4001] is already open",
            ),
            (
                DeviceError::SocketNotOpen(to()),
                "Socket [2001:db8::7:4001] is not open.",
            ),
            (
                DeviceError::SocketCannotOpen {
                    to: to(),
                    source: kind(ErrorKind::TimedOut),
                },
                "Unable to open socket [2001:db8::7:4001]: timed out",
            ),
            (
                DeviceError::Folder(kind(ErrorKind::NotFound)),
                "Path does not exist",
            ),
            (
                DeviceError::Folder(kind(ErrorKind::NotADirectory)),
                "Path is not a directory",
            ),
            (
                DeviceError::Folder(kind(ErrorKind::PermissionDenied)),
                "Path is not readable",
            ),
            (
                file(ErrorKind::NotFound),
                "FileIO exception occurred: NoSuchFileException: a/run.exe",
            ),
            (
                file(ErrorKind::PermissionDenied),
                "FileIO exception occurred: AccessDeniedException: a/run.exe",
            ),
            (
                DeviceError::Prohibited {
                    place: place(),
                    what: Prohibited::Extension,
                },
                "Writing to file \"a/run.exe\" is denied for security reasons. (Prohibited file extension)",
            ),
            (DeviceError::Listening, "Already listening to path events"),
            (
                DeviceError::NotListening,
                "Not already listening to path events",
            ),
        ] {
            assert_eq!(words(&error), expected);
        }
    }
}
