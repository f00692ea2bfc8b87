//! `serial.*` as the client writes it, and as that agent would answer.

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
    let params = r#"{"port":"COM3","options":{"encoding":"Cp437","rx":{"encoding":"UTF-16LE"}}}"#;
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
