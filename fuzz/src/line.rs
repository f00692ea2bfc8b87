//! What arrives on serial lines: frames, and the words of scales.

use crate::scale::{HidScale, ScaleProfile, ScaleSetup, ScaleState, ScaleStream, Unit};
use crate::serial::{Body, Endian, FRAME_OCTETS_MAX, Field, Frame, Framed, Framer, Framing};

/// Cuts octets into frames, by a rule that the first of them choose: however
/// they are cut, nothing is told that did not arrive, and what is held has a
/// bound.
pub(crate) fn cut_into_frames(input: &[u8]) {
    let Some((&[rule, start, end, size], octets)) = input.split_first_chunk() else {
        return;
    };
    let framing = framing(rule, start, end, size);
    let mut framer = Framer::new(framing.clone());
    let mut told = 0;
    // Not checked on purpose: no framing may hang.
    for piece in octets.chunks(usize::from(size).max(1)) {
        for framed in framer.take(piece) {
            if let Framed::Frame(frame) = framed {
                assert!(frame.len() <= FRAME_OCTETS_MAX, "no frame is longer");
                told += frame.len();
            }
        }
        assert!(framer.held_octets() <= FRAME_OCTETS_MAX, "the bound holds");
    }
    assert!(told <= octets.len(), "nothing is made up");
    if framing.check().is_ok()
        && !matches!(
            framing,
            Framing::Raw
                | Framing::Frames(Frame {
                    body: Body::Rest,
                    ..
                })
        )
    {
        let mut single = Framer::new(framing.clone());
        let by_one: Vec<_> = octets
            .iter()
            .flat_map(|octet| single.take(&[*octet]))
            .collect();
        assert_eq!(
            by_one,
            Framer::new(framing).take(octets),
            "pieces make no difference"
        );
    }
}

fn framing(rule: u8, start: u8, end: u8, size: u8) -> Framing {
    let mark = |octet: u8, count: u8| vec![octet; usize::from(count % 3)];
    let field = |octets: u8| Field {
        index: usize::from(octets >> 4),
        octets: usize::from(octets & 7),
    };
    let body = match rule % 6 {
        0 => return Framing::Raw,
        1 => return Framing::Lines,
        2 => Body::Until(mark(end, rule >> 6)),
        3 => Body::Width(size.into()),
        4 => Body::Length {
            field: field(end),
            endian: if rule & 0x40 == 0 {
                Endian::Big
            } else {
                Endian::Little
            },
            checksum: (rule & 0x80 != 0).then(|| field(size)),
        },
        _ => Body::Rest,
    };
    Framing::Frames(Frame {
        start: mark(start, rule >> 4),
        body,
        includes_header: rule & 0x20 != 0,
    })
}

/// Hears a scale of every profile: a weight is a number, and no state is told
/// twice in a row.
pub(crate) fn hear_scales(input: &[u8]) {
    for profile in ScaleProfile::ALL {
        let unit = Unit::Kilogram;
        let mut scale = ScaleStream::new(ScaleSetup { profile, unit });
        let mut told = Vec::new();
        for piece in input.chunks(7) {
            told.extend(scale.hear(piece));
        }
        check(&told);
    }
    let mut scale = HidScale::default();
    let told: Vec<_> = input
        .chunks(6)
        .filter_map(|report| scale.hear(report))
        .collect();
    check(&told);
}

fn check(told: &[ScaleState]) {
    for state in told {
        if let ScaleState::Weight(weight) = state {
            let text = weight.value.as_str();
            assert!(text.parse::<f64>().is_ok(), "{text} is a number");
            assert!(text.len() <= 32, "and a short one");
        }
    }
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "only news");
}
