//! Frames, whatever the pieces in which they come.

use super::*;
use proptest::prelude::*;

fn frames(start: &[u8], body: Body, includes_header: bool) -> Framing {
    Framing::Frames(Frame {
        start: start.to_vec(),
        body,
        includes_header,
    })
}

fn until(end: &[u8]) -> Body {
    Body::Until(end.to_vec())
}

fn length(index: usize, octets: usize, endian: Endian, checksum: Option<(usize, usize)>) -> Body {
    Body::Length {
        field: Field { index, octets },
        endian,
        checksum: checksum.map(|(index, octets)| Field { index, octets }),
    }
}

fn cut(framing: &Framing, pieces: &[&[u8]]) -> Vec<String> {
    framing.check().unwrap();
    let mut framer = Framer::new(framing.clone());
    let told = pieces.iter().flat_map(|piece| framer.take(piece));
    told.map(|framed| match framed {
        Framed::Frame(octets) => octets.escape_ascii().to_string(),
        Framed::TooLong => "too long".to_owned(),
    })
    .collect()
}

#[test]
fn every_rule_cuts_as_it_says() {
    let check = |framing: Framing, octets: &[u8], expected: &[&str]| {
        let single: Vec<&[u8]> = octets.chunks(1).collect();
        assert_eq!(cut(&framing, &[octets]), expected, "{framing:?}");
        if !matches!(
            framing,
            Framing::Raw
                | Framing::Frames(Frame {
                    body: Body::Rest,
                    ..
                })
        ) {
            assert_eq!(
                cut(&framing, &single),
                expected,
                "{framing:?} octet by octet"
            );
        }
    };
    check(Framing::Raw, b"1.5 kg", &["1.5 kg"]);
    check(Framing::Lines, b"a\r\nb\n\n\rc\rd", &["a", "b", "c"]);
    check(
        frames(b"\x02", until(b"\r"), false),
        b"xx\x021.5\r\x03\x02\r\x022.5\r\x023",
        &["1.5", "2.5"],
    );
    check(
        frames(b"\x02", until(b"\r"), true),
        b"xx\x021.5\r\x02\r",
        &["\\x021.5\\r", "\\x02\\r"],
    );
    // A start of several octets, an end of several, and the same for both.
    check(
        frames(b"<<", until(b">>"), false),
        b"<a<<1>2>><<3>>>4",
        &["1>2", "3"],
    );
    check(frames(b"'", until(b"'"), false), b"'a' 'b'", &["a", "b"]);
    check(
        frames(b"", until(b"\x03"), false),
        b"a\x03b\x03\x03c",
        &["a", "b"],
    );
    check(
        frames(b"S", Body::Width(3), false),
        b"xxS123S4567S8",
        &["123", "456"],
    );
    check(frames(b"S", Body::Width(3), true), b"xxS123", &["S123"]);
    check(frames(b"", Body::Width(2), false), b"12345", &["12", "34"]);
    check(
        frames(b"\x02", length(0, 1, Endian::Big, None), false),
        b"\x02\x03abc\x02\x00\x02\x01dx",
        &["abc", "d"],
    );
    check(
        frames(b"\x02", length(1, 2, Endian::Big, None), true),
        b"\x02A\x00\x02bc",
        &["\\x02A\\x00\\x02bc"],
    );
    check(
        frames(b"\x02", length(1, 2, Endian::Little, Some((1, 2))), false),
        b"\x02A\x02\x00bc-12\x02",
        &["bc-12"],
    );
    check(frames(b":", Body::Rest, false), b"ab:cd", &["cd"]);
    check(frames(b":", Body::Rest, true), b"ab:cd", &[":cd"]);
    // What claims to be longer than anything is no frame, and what follows is one.
    check(
        frames(b"\x02", length(0, 4, Endian::Big, None), false),
        b"\x02\xff\xff\xff\xff\x02\x00\x00\x00\x01a",
        &["too long", "a"],
    );
}

#[test]
fn a_frame_that_never_ends_costs_so_much_and_is_told_once() {
    for framing in [
        Framing::Lines,
        frames(b"", until(b"\x03"), false),
        frames(b"\x02", until(b"\x03"), false),
    ] {
        let mut framer = Framer::new(framing.clone());
        let mut told = framer.take(b"\x02");
        for _ in 0..1_000 {
            told.extend(framer.take(&[b'x'; 1_000]));
            assert!(framer.held_octets() <= FRAME_OCTETS_MAX, "{framing:?}");
        }
        assert_eq!(told, [Framed::TooLong], "{framing:?}");
        // The end of the long one is not a frame; the next one is.
        let end = if framing == Framing::Lines {
            b"\n"
        } else {
            b"\x03"
        };
        assert_eq!(framer.take(end), [], "{framing:?}");
        let next = [b"\x02ok", &end[..]].concat();
        let told = framer.take(&next);
        assert!(
            matches!(&told[..], [Framed::Frame(frame)] if frame.ends_with(b"ok")),
            "{framing:?}: {told:?}"
        );
    }
}

#[test]
fn a_framing_that_finds_nothing_is_refused() {
    for framing in [
        frames(b"", until(b""), false),
        frames(b"\x02", Body::Width(0), false),
        frames(b"\x02", Body::Width(FRAME_OCTETS_MAX + 1), false),
        frames(b"\x02", length(0, 0, Endian::Big, None), false),
        frames(b"\x02", length(0, 5, Endian::Big, None), false),
        frames(b"\x02", length(2_000, 1, Endian::Big, None), false),
        frames(b"\x02", length(0, 1, Endian::Big, Some((0, 2_000))), false),
        frames(b"", Body::Rest, false),
        frames(&[0; 65], Body::Width(1), false),
    ] {
        assert!(framing.check().is_err(), "{framing:?}");
    }
}

fn framing() -> impl Strategy<Value = Framing> {
    let mark = || prop::collection::vec(0u8..4, 0..3);
    let body = prop_oneof![
        mark().prop_map(Body::Until),
        (0usize..6).prop_map(Body::Width),
        (
            0usize..3,
            0usize..5,
            any::<bool>(),
            prop::option::of((0usize..2, 0usize..3))
        )
            .prop_map(|(index, octets, big, checksum)| {
                let endian = if big { Endian::Big } else { Endian::Little };
                length(index, octets, endian, checksum)
            }),
        Just(Body::Rest),
    ];
    prop_oneof![
        Just(Framing::Raw),
        Just(Framing::Lines),
        (mark(), body, any::<bool>())
            .prop_map(|(start, body, header)| frames(&start, body, header)),
    ]
}

proptest! {
    /// Where the pieces break makes no difference, and nothing is told that
    /// did not arrive.
    #[test]
    fn the_result_does_not_depend_on_the_pieces(
        framing in framing(),
        octets in prop::collection::vec(0u8..16, 0..64),
        breaks in prop::collection::vec(1usize..8, 1..16),
    ) {
        prop_assume!(framing.check().is_ok());
        let whole = Framer::new(framing.clone()).take(&octets);
        let mut framer = Framer::new(framing.clone());
        let mut told = Vec::new();
        let (mut rest, mut sizes) = (&octets[..], breaks.iter().cycle());
        while !rest.is_empty() {
            let size = (*sizes.next().unwrap()).min(rest.len());
            told.extend(framer.take(&rest[..size]));
            rest = &rest[size..];
        }
        let octets_of = |told: &[Framed]| -> usize {
            told.iter().map(|framed| match framed {
                Framed::Frame(frame) => frame.len(),
                Framed::TooLong => 0,
            }).sum()
        };
        prop_assert!(octets_of(&told) <= octets.len());
        match &framing {
            // Pieces are what these tell.
            Framing::Raw | Framing::Frames(Frame { body: Body::Rest, .. }) => {}
            Framing::Lines | Framing::Frames(_) => prop_assert_eq!(told, whole),
        }
    }

    /// Whatever arrives is bounded, also by a framing that nobody checked.
    #[test]
    fn nothing_panics_and_what_is_held_has_a_bound(framing in framing(), octets: Vec<u8>) {
        let mut framer = Framer::new(framing);
        for piece in octets.chunks(3) {
            framer.take(piece);
            prop_assert!(framer.held_octets() <= octets.len());
        }
    }
}
