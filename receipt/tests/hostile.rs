//! What comes from outside may be anything. Whatever it is, reading, laying out
//! and rendering it neither panics nor grows beyond the limits.

use platen_receipt::layout::{Document, Element, Layout};
use platen_receipt::{
    Limits, Multibyte, Profile, document_text, encode, parse, parse_each, render_text,
};
use proptest::prelude::*;

fn lay_out(job: &[u8], profile: &Profile, limits: Limits) -> Document {
    let mut layout = Layout::new(profile, limits);
    parse_each(job, limits, |located| layout.apply(located));
    layout.finish()
}

/// Bytes that look like a job: whole commands with absurd arguments, text and
/// two-byte characters, now and then cut short.
fn job() -> impl Strategy<Value = Vec<u8>> {
    let letters = b" !$%&()*-./2348:;<=?@ABCDEGHIJKLMPQRSTUVW\\^abcdefghikmpqrtvwz{|".to_vec();
    let command = (
        prop::sample::select(vec![0x10u8, 0x1B, 0x1B, 0x1C, 0x1D, 0x1D]),
        prop_oneof![prop::sample::select(letters), 0u8..0x20],
        prop::collection::vec(prop_oneof![0u8..4, 48u8..52, any::<u8>()], 0..9),
    )
        .prop_map(|(prefix, letter, arguments)| {
            let mut bytes = vec![prefix, letter];
            bytes.extend(arguments);
            bytes
        });
    let piece = prop_oneof![
        6 => command,
        2 => "[ -~]{0,20}\n?".prop_map(String::into_bytes),
        1 => prop::collection::vec(0x80u8.., 0..9),
        1 => prop::sample::select(vec![b"\n".to_vec(), b"\t".to_vec(), b"\x0c".to_vec()]),
        1 => Just(b"\x1bL\x1bW\x10\x00\x10\x00\xff\xff\xff\xff\x1bT\x01".to_vec()),
        1 => Just(b"\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0".to_vec()),
        1 => Just(b"\x1d:a\n\x1d:\x1d^\xff\x00\x00".to_vec()),
        1 => Just(b"\x1b*\x21\x02\x00abcdef\n".to_vec()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn profile() -> impl Strategy<Value = Profile> {
    let multibyte = prop::option::of(prop::sample::select(vec![
        Multibyte::ShiftJis,
        Multibyte::Gb18030,
        Multibyte::Big5,
        Multibyte::KsC5601,
    ]));
    let size = prop_oneof![Just((48, 576)), Just((32, 384)), any::<(u16, u16)>()];
    (size, multibyte).prop_map(|((columns, width_dots), multibyte)| {
        let profile = Profile::new(columns, width_dots);
        match multibyte {
            Some(multibyte) => profile.with_multibyte(multibyte),
            None => profile,
        }
    })
}

fn small_limits() -> Limits {
    let mut limits = Limits::default();
    limits.command_octets_max = 16;
    limits.piece_octets_max = 5;
    limits.findings_max = 3;
    limits.elements_max = 7;
    limits.items_per_row_max = 4;
    limits.items_max = 9;
    limits.blank_rows_max = 2;
    limits.macro_octets_max = 20;
    limits.text_octets_max = 200;
    limits
}

fn items(document: &Document) -> usize {
    let of_element = |element: &Element| match element {
        Element::Row(row) => row.items.len(),
        Element::Cut { .. } | Element::Pulse { .. } => 0,
    };
    document.elements.iter().map(of_element).sum()
}

proptest! {
    #[test]
    fn any_bytes_can_be_rendered(bytes: Vec<u8>, profile in profile()) {
        let text = render_text(&bytes, &profile);
        prop_assert!(text.is_empty() || text.ends_with('\n'));
    }

    #[test]
    fn anything_that_looks_like_a_job_can_be_rendered(job in job(), profile in profile()) {
        let text = render_text(&job, &profile);
        prop_assert!(text.is_empty() || text.ends_with('\n'));
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "control codes");
    }

    #[test]
    fn anything_that_looks_like_a_job_comes_back(job in job()) {
        prop_assert_eq!(encode(&parse(&job).commands), job);
    }

    #[test]
    fn limits_hold_whatever_the_job_says(job in job(), profile in profile()) {
        let limits = small_limits();
        let mut octets = 0;
        let findings = parse_each(&job, limits, |located| octets += encode(&[located]).len());
        prop_assert_eq!(octets, job.len(), "nothing is lost to a limit");
        prop_assert!(findings.kept.len() <= limits.findings_max);

        let document = lay_out(&job, &profile, limits);
        prop_assert!(document.elements.len() <= limits.elements_max);
        prop_assert!(items(&document) <= limits.items_max);
        prop_assert!(document.findings.kept.len() <= limits.findings_max);
        let text = document_text(&document, &profile, &limits);
        prop_assert!(text.len() <= limits.text_octets_max + "[the rest is left out]\n".len());
    }
}

/// Small commands that print much, over and over.
#[test]
fn jobs_that_say_much_with_few_bytes_stay_within_the_limits() {
    let profile = Profile::default();
    let limits = Limits::default();
    let stored = [b"\x1d(k\xff\x0f1P0".as_slice(), &[b'q'; 4092]].concat();
    let recorded = [b"\x1d:".as_slice(), &[b'm'; 2000], b"\x1d:"].concat();
    let page = b"\x1bL\x1bT\x01\x1bW\x00\x00\x00\x00\xff\xff\xff\xff".as_slice();
    let long_page = [page, &[b'x'; 100_000]].concat();
    for (start, again) in [
        (b"".as_slice(), b"\n".as_slice()),
        (b"", b"\x1b3\xff\x1bd\xff"),
        (b"", b"\x1bd\xff\x1dV\x00"),
        (b"", b"A\x1b$\x00\x00"),
        (b"", b"\x1d!\x77A"),
        (b"", b"\x1bp\x00\x01\x01"),
        (b"", b"A\x1bE\x01B\x1bE\x00"),
        (b"", b"\x1dk\x00"),
        (b"", b"\x00"),
        (&stored, b"\x1d(k\x03\x001Q0"),
        (page, b"A\x1b\x0c"),
        (&long_page, b"\x1b\x0c"),
        (b"\x1d*\x10\xff", b"\x1d/\x00"),
        (b"\x1d:A\n\x1bEB\n\x1d:", b"\x1d^\xff\x00\x00"),
        (&recorded, b"\x1d^\xff\x00\x00"),
    ] {
        let mut job = start.to_vec();
        while job.len() < start.len() + 300_000 {
            job.extend_from_slice(again);
        }
        let document = lay_out(&job, &profile, limits);
        assert!(document.elements.len() <= limits.elements_max);
        assert!(items(&document) <= limits.items_max);
        let text = document_text(&document, &profile, &limits);
        assert!(text.len() <= limits.text_octets_max + 100, "{again:?}");
    }
}
