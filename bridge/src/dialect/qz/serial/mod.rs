//! `serial.*`: lines to devices, as that agent sets them, cuts what arrives
//! and tells of it. `docs/serial.md` says what each option does.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::stream;
use super::charset::{Charset, PieceDecoder};
use super::data;
use crate::device_access::{DeviceRequest, SerialUse, SerialWork};
use crate::serial::{
    BaudRate, Body, DataBits, Endian, FRAME_OCTETS_MAX, Field, FlowControl, Frame, Framing,
    LineSettings, Parity, PortName, SerialError, StopBits,
};

/// What begins and ends a frame of a page that says nothing of frames.
const LEGACY_START: &str = "0x0002";
const LEGACY_END: &str = "0x000D";

/// Options that set the line.
const SETTINGS: [&str; 5] = ["baudRate", "dataBits", "stopBits", "parity", "flowControl"];

type Result<T> = std::result::Result<T, String>;

#[derive(Deserialize)]
struct Params {
    port: String,
    #[serde(default)]
    options: Option<Map<String, Value>>,
    /// What `options` of `sendData` were called.
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    data: Value,
}

/// A serial port as its page knows it.
pub(crate) struct PagePort {
    name: PortName,
    charset: Charset,
    response: Response,
}

/// How what arrives becomes text.
enum Response {
    /// Whole frames, each by itself.
    Frames(Charset),
    /// Pieces, in which a character may be cut in two.
    Pieces(PieceDecoder),
}

impl Response {
    fn new(framing: &Framing, charset: Charset) -> Self {
        match framing {
            Framing::Raw
            | Framing::Frames(Frame {
                body: Body::Rest, ..
            }) => Self::Pieces(PieceDecoder::new(charset)),
            Framing::Lines | Framing::Frames(_) => Self::Frames(charset),
        }
    }
}

/// What a call to send changes of an open port.
#[derive(Debug)]
pub(crate) struct PortChange {
    charset: Option<Charset>,
    response: Option<(Framing, Charset)>,
}

impl fmt::Debug for PagePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PagePort({})", self.name)
    }
}

impl PagePort {
    /// The set that text is sent in.
    pub(super) fn charset(&self) -> Charset {
        self.charset
    }

    pub(super) fn change(&mut self, change: &PortChange) {
        self.charset = change.charset.unwrap_or(self.charset);
        if let Some((framing, charset)) = &change.response {
            self.response = Response::new(framing, *charset);
        }
    }

    /// What arrived, as text for the page: nothing while a character is not
    /// whole.
    pub(super) fn received(&mut self, octets: &[u8]) -> Option<String> {
        let output = match &mut self.response {
            Response::Frames(charset) => charset.decode(octets),
            Response::Pieces(decoder) => decoder.decode(octets),
        };
        let event = json!({
            "type": "RECEIVE",
            "portName": self.name.as_str(),
            "output": output,
        });
        (!output.is_empty()).then(|| stream("SERIAL", &event))
    }

    /// That something is wrong with it, as text for the page.
    pub(super) fn failed(&self, problem: &str) -> String {
        let event = json!({
            "type": "ERROR",
            "portName": self.name.as_str(),
            "exception": problem,
        });
        stream("SERIAL", &event)
    }

    /// That a frame did not end, as text for the page.
    pub(super) fn lost_a_frame(&self) -> String {
        self.failed(&format!(
            "A response did not end within {FRAME_OCTETS_MAX} octets and is lost; check the options `rx`"
        ))
    }
}

/// What is opened how, and how its page knows it.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn open(params: &str) -> Result<(DeviceRequest, PagePort)> {
    let (port, params) = read(params)?;
    let (settings, framing, charset, response) = match &params.options {
        None => (
            LineSettings::default(),
            Framing::Raw,
            Charset::Utf8,
            Charset::Utf8,
        ),
        Some(options) => {
            let charset = charset(options)?.unwrap_or(Charset::Utf8);
            let (framing, response) = match framing(options, charset)? {
                Some(framed) => framed,
                // Its responses are UTF-8 there, whatever is sent.
                None => (legacy(options)?, Charset::Utf8),
            };
            (settings(options)?, framing, charset, response)
        }
    };
    let page = PagePort {
        name: port.clone(),
        charset,
        response: Response::new(&framing, response),
    };
    let using = SerialUse::Frames(framing);
    let work = SerialWork::Open { settings, using };
    Ok((DeviceRequest::Serial { port, work }, page))
}

/// What is sent where, and what is set with it; `known` tells what a line's
/// text is sent in.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn send(
    params: &str,
    known: impl FnOnce(&PortName) -> Option<Charset>,
) -> Result<(DeviceRequest, Option<PortChange>)> {
    let (port, params) = read(params)?;
    let before = known(&port).unwrap_or(Charset::Utf8);
    let options = params.options.or(params.properties).unwrap_or_default();
    let named = charset(&options)?;
    let charset = named.unwrap_or(before);
    let response = framing(&options, charset)?;
    let sets_line = SETTINGS.iter().any(|name| options.contains_key(*name));
    let octets = data::octets(&params.data, charset)?;
    let work = SerialWork::Send {
        octets,
        settings: sets_line.then(|| settings(&options)).transpose()?,
        framing: response.as_ref().map(|(framing, _)| framing.clone()),
    };
    let change = (named.is_some() || response.is_some()).then_some(PortChange {
        charset: named,
        response,
    });
    Ok((DeviceRequest::Serial { port, work }, change))
}

/// Which port is to be closed.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn close(params: &str) -> Result<DeviceRequest> {
    let (port, _) = read(params)?;
    let work = SerialWork::Close;
    Ok(DeviceRequest::Serial { port, work })
}

/// What does not work, as that agent says it.
pub(super) fn cannot(port: &PortName, method: &str, error: &SerialError) -> String {
    let kind = match error {
        SerialError::InUse => "Port busy",
        SerialError::NotThere => "Port not found",
        SerialError::NotAllowed => "Permission denied",
        SerialError::NotALine => "Incorrect serial port",
        SerialError::Setting(_)
        | SerialError::Gone
        | SerialError::Held
        | SerialError::System(_) => {
            return match method {
                "openPort" => format!("Unable to open serial port [{port}]: {error}"),
                _ => format!("Serial port [{port}]: {error}"),
            };
        }
    };
    format!("Port name - {port}; Method name - {method}(); Exception type - {kind}.")
}

fn read(params: &str) -> Result<(PortName, Params)> {
    let params: Params = serde_json::from_str(params)
        .map_err(|_| "A serial port needs a name, and options that are an object".to_owned())?;
    let port = params
        .port
        .parse()
        .map_err(|error| format!("Unable to open serial port: {error}"))?;
    Ok((port, params))
}

/// A value as text: numbers and strings are the same there. `None`: not said.
fn text(options: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_ascii_lowercase()))
        }
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> String {
    format!("The value of the option `{name}` is not supported")
}

fn settings(options: &Map<String, Value>) -> Result<LineSettings> {
    let mut settings = LineSettings::default();
    if let Some(baud) = text(options, "baudRate")? {
        settings.baud = match baud.as_str() {
            "0" => None,
            baud => Some(baud.parse::<BaudRate>().map_err(|_| unknown("baudRate"))?),
        };
    }
    match text(options, "dataBits")?.as_deref() {
        None | Some("0") => {}
        Some(bits) => settings.data_bits = bits.parse().map_err(|_| unknown("dataBits"))?,
    }
    settings.stop_bits = match text(options, "stopBits")?.as_deref() {
        None | Some("0" | "1") => StopBits::One,
        Some("1.5" | "1_5") => StopBits::OneAndHalf,
        Some("2") => StopBits::Two,
        Some(_) => return Err(unknown("stopBits")),
    };
    settings.parity = match text(options, "parity")?.as_deref() {
        None | Some("none" | "n" | "auto") => Parity::None,
        Some("even" | "e") => Parity::Even,
        Some("odd" | "o") => Parity::Odd,
        Some("mark" | "m") => Parity::Mark,
        Some("space" | "s") => Parity::Space,
        Some(_) => return Err(unknown("parity")),
    };
    settings.flow = match text(options, "flowControl")?.as_deref() {
        None | Some("none" | "n" | "auto") => FlowControl::None,
        Some("xonxoff" | "x") => FlowControl::XonXoff,
        Some("xonxoff_out") => FlowControl::XonXoffOut,
        Some("xonxoff_in") => FlowControl::XonXoffIn,
        // Systems know both directions, or none.
        Some("rtscts" | "p" | "rtscts_in" | "rtscts_out") => FlowControl::RtsCts,
        Some(_) => return Err(unknown("flowControl")),
    };
    if settings.stop_bits == StopBits::OneAndHalf && settings.data_bits != DataBits::Five {
        return Err(unknown("stopBits"));
    }
    Ok(settings)
}

fn charset(options: &Map<String, Value>) -> Result<Option<Charset>> {
    match options.get("encoding") {
        Some(Value::String(name)) if !name.is_empty() => Charset::named(name).map(Some),
        _ => Ok(None),
    }
}

/// Octets of text, or of several texts one after the other.
fn mark(value: Option<&Value>, charset: Charset) -> Vec<u8> {
    match value {
        Some(Value::String(text)) => data::characters(text, charset),
        Some(Value::Array(texts)) => texts
            .iter()
            .filter_map(Value::as_str)
            .flat_map(|text| data::characters(text, charset))
            .collect(),
        _ => Vec::new(),
    }
}

fn number(value: Option<&Value>, name: &str) -> Result<Option<usize>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .or_else(|| value.as_str()?.trim().parse().ok())
            .and_then(|number| usize::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| unknown(name)),
    }
}

/// A place in a frame: a number that is one of its two members, or both.
fn field(value: Option<&Value>, name: &str, default: Field, alone: Alone) -> Result<Option<Field>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(Field {
            index: number(members.get("index"), name)?.unwrap_or(default.index),
            octets: number(members.get("length"), name)?.unwrap_or(default.octets),
        })),
        value => Ok(number(value, name)?.map(|number| match alone {
            Alone::Index => Field {
                index: number,
                ..default
            },
            Alone::Length => Field {
                octets: number,
                ..default
            },
        })),
    }
}

/// Which member a number by itself is.
#[derive(Clone, Copy)]
enum Alone {
    Index,
    Length,
}

/// What `rx` says, and the set that frames are in. `None`: nothing.
fn framing(options: &Map<String, Value>, charset: Charset) -> Result<Option<(Framing, Charset)>> {
    let rx = match options.get("rx") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(rx)) => rx,
        Some(_) => return Err(unknown("rx")),
    };
    let charset = self::charset(rx)?.unwrap_or(charset);
    let is_set = |name| rx.get(name).and_then(Value::as_bool).unwrap_or_default();
    let start = mark(rx.get("start"), charset);
    let end = mark(rx.get("end"), charset);
    let width = number(rx.get("width"), "rx.width")?.filter(|width| *width > 0);
    let first = Field {
        index: 0,
        octets: 1,
    };
    let length = field(rx.get("lengthBytes"), "rx.lengthBytes", first, Alone::Index)?;
    let framing = if is_set("untilNewline") {
        Framing::Lines
    } else if start.is_empty() {
        // Without a start, an end and a length mean nothing there.
        width.map_or(Framing::Raw, fixed)
    } else {
        let body = match (end.is_empty(), width, length) {
            (false, _, _) => Body::Until(end),
            (true, Some(width), _) => Body::Width(width),
            (true, None, Some(field)) => Body::Length {
                field,
                endian: endian(rx.get("lengthBytes"))?,
                checksum: self::field(rx.get("crcBytes"), "rx.crcBytes", first, Alone::Length)?,
            },
            (true, None, None) => Body::Rest,
        };
        Framing::Frames(Frame {
            start,
            body,
            includes_header: is_set("includeHeader"),
        })
    };
    checked(framing).map(|framing| Some((framing, charset)))
}

fn endian(length: Option<&Value>) -> Result<Endian> {
    let endian = length.and_then(|length| length.get("endian"));
    match endian.and_then(Value::as_str) {
        None => Ok(Endian::Big),
        Some(text) if text.eq_ignore_ascii_case("big") => Ok(Endian::Big),
        Some(text) if text.eq_ignore_ascii_case("little") => Ok(Endian::Little),
        Some(_) => Err(unknown("rx.lengthBytes.endian")),
    }
}

/// What a page gets that says nothing of `rx`.
fn legacy(options: &Map<String, Value>) -> Result<Framing> {
    let characters = |name, default| {
        let text = options.get(name).and_then(Value::as_str);
        data::characters(text.unwrap_or(default), Charset::Utf8)
    };
    let start = characters("start", LEGACY_START);
    let end = characters("end", LEGACY_END);
    let width = number(options.get("width"), "width")?.filter(|width| *width > 0);
    let body = match (start.is_empty(), end.is_empty(), width) {
        (true, _, None) => return Ok(Framing::Raw),
        (true, _, Some(width)) => return checked(fixed(width)),
        (false, false, _) => Body::Until(end),
        (false, true, Some(width)) => Body::Width(width),
        (false, true, None) => Body::Rest,
    };
    checked(Framing::Frames(Frame {
        start,
        body,
        includes_header: false,
    }))
}

fn fixed(width: usize) -> Framing {
    Framing::Frames(Frame {
        start: Vec::new(),
        body: Body::Width(width),
        includes_header: false,
    })
}

fn checked(framing: Framing) -> Result<Framing> {
    match framing.check() {
        Ok(()) => Ok(framing),
        Err(error) => Err(format!("The options `rx` find no response: {error}")),
    }
}
