//! `chunk.json`: binary frames.

use platen_protocol::chunk::{ChunkHeader, HEADER_OCTETS};
use serde::Serialize;

#[derive(Serialize)]
struct Vectors {
    about: &'static str,
    frames: Vec<Frame>,
    not_frames: Vec<NotFrame>,
}

#[derive(Serialize)]
struct Frame {
    request: u32,
    document: u16,
    data: String,
    frame: String,
}

#[derive(Serialize)]
struct NotFrame {
    name: &'static str,
    frame: &'static str,
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |start| u8::from_str_radix(&text[start..start + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[test]
fn binary_frames_are_as_committed() {
    let frame = |(request, document, data): (u32, u16, &[u8])| {
        let header = ChunkHeader { request, document };
        let frame = [&header.to_octets()[..], data].concat();
        assert_eq!(ChunkHeader::read(&frame), Ok(header));
        assert_eq!(&frame[HEADER_OCTETS..], data);
        Frame {
            request,
            document,
            data: hex(data),
            frame: hex(&frame),
        }
    };
    let frames = [
        (1, 0, b"hello".as_slice()),
        (0, 0, &[0]),
        (7, 1, &[0x1b, 0x40]),
        (0x0102_0304, 0x0506, &[0xff; 3]),
        (u32::MAX, u16::MAX, &[0x0a]),
    ];
    for wrong in NOT_FRAMES {
        assert!(
            ChunkHeader::read(&unhex(wrong.frame)).is_err(),
            "{}",
            wrong.name
        );
    }
    crate::check_committed(
        "chunk.json",
        &Vectors {
            about: "Binary frames in hexadecimal: request (u32), document (u16), two zero octets, all big-endian, then at least one octet of data.",
            frames: frames.into_iter().map(frame).collect(),
            not_frames: NOT_FRAMES.into(),
        },
    );
}

const NOT_FRAMES: [NotFrame; 5] = [
    NotFrame {
        name: "nothing",
        frame: "",
    },
    NotFrame {
        name: "half a header",
        frame: "00000001",
    },
    NotFrame {
        name: "a header without data",
        frame: "0000000100000000",
    },
    NotFrame {
        name: "the first reserved octet is not zero",
        frame: "00000001000001000a",
    },
    NotFrame {
        name: "the last reserved octet is not zero",
        frame: "00000001000000010a",
    },
];
