//! `serial.*`: lines to devices, as that agent sets them, cuts what arrives
//! and tells of it. `docs/serial.md` says what each option does.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(options: &Value) -> (LineSettings, Framing) {
        let params = json!({"port": "COM3", "options": options}).to_string();
        match open(&params).unwrap().0 {
            DeviceRequest::Serial {
                work:
                    SerialWork::Open {
                        settings,
                        using: SerialUse::Frames(framing),
                    },
                ..
            } => (settings, framing),
            other => panic!("{other:?}"),
        }
    }

    fn frames(start: &[u8], body: Body, includes_header: bool) -> Framing {
        Framing::Frames(Frame {
            start: start.to_vec(),
            body,
            includes_header,
        })
    }

    #[test]
    fn the_line_is_set_as_the_options_say() {
        let set = |options: Value| opened(&options).0;
        let default = LineSettings::default();
        for options in [
            json!(null),
            json!({}),
            json!({"baudRate": "", "parity": "AUTO", "flowControl": "auto", "dataBits": 0, "stopBits": 0}),
            json!({"baudRate": 9600, "dataBits": "8", "stopBits": 1, "parity": "NONE", "flowControl": "NONE"}),
        ] {
            assert_eq!(set(options), default);
        }
        assert_eq!(set(json!({"baudRate": 0})).baud, None);
        assert_eq!(
            set(json!({
                "baudRate": "115200", "dataBits": 7, "stopBits": "2",
                "parity": "E", "flowControl": "RTSCTS_OUT",
            })),
            LineSettings {
                baud: BaudRate::new(115_200),
                data_bits: DataBits::Seven,
                parity: Parity::Even,
                stop_bits: StopBits::Two,
                flow: FlowControl::RtsCts,
            }
        );
        for (name, flow) in [
            ("XONXOFF", FlowControl::XonXoff),
            ("XONXOFF_IN", FlowControl::XonXoffIn),
            ("XONXOFF_OUT", FlowControl::XonXoffOut),
        ] {
            assert_eq!(set(json!({"flowControl": name})).flow, flow);
        }
        for options in [
            json!({"baudRate": 7}),
            json!({"baudRate": "fast"}),
            json!({"baudRate": [9600]}),
            json!({"dataBits": 9}),
            json!({"stopBits": 3}),
            json!({"stopBits": 1.5}),
            json!({"parity": "ODDLY"}),
            json!({"flowControl": "DTRDSR"}),
            json!({"rx": 7}),
            json!({"rx": {"width": -1}}),
            json!({"rx": {"start": "S", "lengthBytes": {"length": 9}}}),
            json!({"rx": {"start": "S", "lengthBytes": {"endian": "MIDDLE"}}}),
        ] {
            let params = json!({"port": "COM3", "options": options}).to_string();
            assert!(open(&params).is_err(), "{params}");
        }
    }

    #[test]
    fn frames_are_cut_as_the_options_say() {
        let until = |end: &[u8]| Body::Until(end.to_vec());
        let length = |index, octets, endian, checksum| Body::Length {
            field: Field { index, octets },
            endian,
            checksum,
        };
        for (options, expected) in [
            (json!(null), Framing::Raw),
            (json!({}), frames(b"\x02", until(b"\r"), false)),
            (
                json!({"start": "0x01", "end": "\\n"}),
                frames(b"\x01", until(b"\n"), false),
            ),
            (
                json!({"start": "S", "end": "", "width": 4}),
                frames(b"S", Body::Width(4), false),
            ),
            (
                json!({"start": "", "width": 4}),
                frames(b"", Body::Width(4), false),
            ),
            (json!({"start": "", "end": ""}), Framing::Raw),
            (json!({"rx": {}}), Framing::Raw),
            (json!({"rx": {"end": "\\r"}}), Framing::Raw),
            (
                json!({"rx": {"untilNewline": true, "start": "S"}}),
                Framing::Lines,
            ),
            (
                json!({"rx": {"start": ["0x10", "0x02"], "end": "0x03", "includeHeader": true}}),
                frames(b"\x10\x02", until(b"\x03"), true),
            ),
            (
                json!({"rx": {"start": "S", "width": 9}}),
                frames(b"S", Body::Width(9), false),
            ),
            (
                json!({"rx": {"width": 9}}),
                frames(b"", Body::Width(9), false),
            ),
            (
                json!({"rx": {"start": "S", "lengthBytes": 2}}),
                frames(b"S", length(2, 1, Endian::Big, None), false),
            ),
            (
                json!({"rx": {
                    "start": "S",
                    "lengthBytes": {"index": 1, "length": 2, "endian": "little"},
                    "crcBytes": {"index": 1, "length": 2},
                }}),
                frames(
                    b"S",
                    length(
                        1,
                        2,
                        Endian::Little,
                        Some(Field {
                            index: 1,
                            octets: 2,
                        }),
                    ),
                    false,
                ),
            ),
            (
                json!({"rx": {"start": "S", "lengthBytes": {}, "crcBytes": 2}}),
                frames(
                    b"S",
                    length(
                        0,
                        1,
                        Endian::Big,
                        Some(Field {
                            index: 0,
                            octets: 2,
                        }),
                    ),
                    false,
                ),
            ),
            (
                json!({"rx": {"start": "S"}}),
                frames(b"S", Body::Rest, false),
            ),
        ] {
            assert_eq!(opened(&options).1, expected, "{options}");
        }
    }

    #[test]
    fn text_comes_and_goes_in_its_set() {
        let params =
            r#"{"port":"COM3","options":{"encoding":"Cp437","rx":{"encoding":"UTF-16LE"}}}"#;
        let (_, mut port) = open(params).unwrap();
        assert_eq!(port.received(b"7"), None);
        assert_eq!(
            port.received(b"\0").unwrap(),
            r#"{"event":"{\"output\":\"7\",\"portName\":\"COM3\",\"type\":\"RECEIVE\"}","type":"SERIAL"}"#
        );
        let known = port.charset();
        let (sent, change) = send(r#"{"port":"COM3","data":"é"}"#, |_| Some(known)).unwrap();
        assert!(change.is_none());
        let DeviceRequest::Serial {
            work:
                SerialWork::Send {
                    octets,
                    settings: None,
                    framing: None,
                },
            ..
        } = sent
        else {
            panic!("{sent:?}");
        };
        assert_eq!(octets, b"\x82");
        let params = r#"{"port":"COM3","data":{"data":"é","type":"PLAIN"},
            "options":{"encoding":"ISO-8859-1","baudRate":4800,"rx":{"untilNewline":true}}}"#;
        let (sent, change) = send(params, |_| Some(known)).unwrap();
        let DeviceRequest::Serial {
            work:
                SerialWork::Send {
                    octets,
                    settings: Some(settings),
                    framing: Some(Framing::Lines),
                },
            ..
        } = sent
        else {
            panic!("{sent:?}");
        };
        assert_eq!(octets, b"\xe9");
        assert_eq!(settings.baud, BaudRate::new(4_800));
        port.change(&change.unwrap());
        assert_eq!(port.charset(), Charset::Latin1);
        assert!(port.received(b"\xe9").unwrap().contains('é'));
    }

    #[test]
    fn errors_are_said_as_that_agent_says_them() {
        let port: PortName = "COM3".parse().unwrap();
        for (error, expected) in [
            (
                SerialError::InUse,
                "Port name - COM3; Method name - openPort(); Exception type - Port busy.",
            ),
            (
                SerialError::NotThere,
                "Port name - COM3; Method name - openPort(); Exception type - Port not found.",
            ),
            (
                SerialError::Setting("this parity"),
                "Unable to open serial port [COM3]: the port does not know this parity; choose another value",
            ),
        ] {
            assert_eq!(cannot(&port, "openPort", &error), expected);
        }
        for params in [
            "null",
            "{}",
            r#"{"port":7}"#,
            r#"{"port":"../x"}"#,
            r#"{"port":"COM3","options":7}"#,
        ] {
            assert!(open(params).is_err(), "{params}");
            assert!(send(params, |_| None).is_err(), "{params}");
        }
        assert!(
            send(
                r#"{"port":"COM3","data":{"data":"zz","type":"HEX"}}"#,
                |_| None
            )
            .is_err()
        );
    }
}
