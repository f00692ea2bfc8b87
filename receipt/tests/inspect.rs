//! Which commands the inspector finds, which octets it leaves in peace, and
//! that neither depends on how a job arrives.

use platen_receipt::inspect::{Class, Inspection, Inspector, Language};
use proptest::prelude::*;

fn inspect(job: &[u8]) -> Inspection {
    let mut inspector = Inspector::new();
    inspector.feed(job);
    inspector.finish()
}

/// Offsets and names of what is found.
fn found(job: &[u8]) -> Vec<(u64, &'static str)> {
    inspect(job)
        .findings
        .into_iter()
        .map(|finding| (finding.offset, finding.command))
        .collect()
}

fn picture(width_octets: u16, height: u16, dots: &[u8]) -> Vec<u8> {
    let mut job = b"\x1dv0\x00".to_vec();
    job.extend(width_octets.to_le_bytes());
    job.extend(height.to_le_bytes());
    job.extend_from_slice(dots);
    job
}

/// A picture of 256 octets that holds `hidden`.
fn picture_around(hidden: &[u8]) -> Vec<u8> {
    let mut dots = vec![0x55; 256];
    dots[100..100 + hidden.len()].copy_from_slice(hidden);
    picture(16, 16, &dots)
}

#[test]
fn each_command_that_is_more_than_printing_is_named_with_its_offset() {
    use Class::{Drawer, Firmware, Memory, Network, Settings};
    for (command, class, name) in [
        (&b"\x1bp\x00\x19\xfa"[..], Drawer, "ESC p "),
        (b"\x1bp\x31\x19\xfa", Drawer, "ESC p "),
        (b"\x1bp\x07\x19\xfa", Drawer, "ESC p "),
        (b"\x1bv\x78", Drawer, "ESC v "),
        (b"\x1b\x80\x32", Drawer, "ESC 80h "),
        (b"\x1b&0\x32\x41", Drawer, "ESC & "),
        (b"\x10\x14\x01\x00\x02", Drawer, "DLE DC4 1 "),
        (b"\x10\x14\x02\x01\x08", Settings, "DLE DC4 2 "),
        (b"\x10\x14\x03\x00\x01\x00\x01\x01", Drawer, "DLE DC4 3 "),
        (
            b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
            Settings,
            "DLE DC4 8 ",
        ),
        (b"\x1d(A\x02\x00\x00\x02", Settings, "GS ( A "),
        (b"\x1d(C\x05\x00\x00\x00\x00ab", Memory, "GS ( C "),
        (b"\x1d(D\x03\x00\x14\x01\x01", Settings, "GS ( D "),
        (b"\x1d(E\x03\x00\x01IN", Settings, "GS ( E "),
        (b"\x1d(M\x02\x00\x01\x01", Settings, "GS ( M "),
        (b"\x1d(L\x05\x000ACLR", Memory, "GS ( L 65 "),
        (b"\x1d(L\x04\x000Bk1", Memory, "GS ( L 66 "),
        (
            b"\x1d(L\x0c\x000C0k1\x01\x08\x00\x01\x001\x00",
            Memory,
            "GS ( L 67",
        ),
        (
            b"\x1d8L\x0c\x00\x00\x000C0k1\x01\x08\x00\x01\x001\x00",
            Memory,
            "GS ( L 67",
        ),
        (b"\x1dg0\x00\x14\x00", Settings, "GS g 0 "),
        (
            b"\x1cq\x01\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
            Memory,
            "FS q ",
        ),
        (b"\x1cg1\x00\x00\x00\x00\x00\x01\x00x", Memory, "FS g 1 "),
        (b"\x1c(E\x02\x00\x3c\x02", Settings, "FS ( E "),
        (b"\x1b\x1d#W0000\n\x00", Settings, "ESC GS # "),
        (b"\x1b?\n\x00", Settings, "ESC ? LF NUL "),
        (
            b"\x1f\x1b\x1f\x91\x00IP\xc0\x00\x02\x0b",
            Network,
            "US ESC US 91h ",
        ),
        (b"\x1b##UPPG", Firmware, "ESC # # U P "),
        (b"\x1b##QPIX", Settings, "ESC # # Set"),
    ] {
        let mut job = b"Flat white 3.80\n".to_vec();
        job.extend_from_slice(command);
        job.extend_from_slice(b"\nThank you\n");
        let inspection = inspect(&job);
        let [finding] = inspection.findings[..] else {
            panic!("{name}: {:?}", inspection.findings);
        };
        assert_eq!(finding.offset, 16, "{name}");
        assert_eq!(finding.class, class, "{name}");
        assert!(finding.command.starts_with(name), "{finding}");
    }
}

#[test]
fn each_label_command_that_is_more_than_printing_is_named_with_its_offset() {
    use Class::{Firmware, Memory, Network, Settings};
    for (command, class, name) in [
        ("~JR", Settings, "~JR "),
        ("~JA", Settings, "~JA "),
        ("^JUS", Settings, "^JU "),
        ("^ND2,A,192.0.2.7", Network, "^ND "),
        ("^NS", Network, "^NS "),
        ("~NC1", Network, "^NC "),
        ("~DYE:A,B,T,1,1,00", Memory, "~DY "),
        ("~DGR:A.GRF,8,1,00", Memory, "~DG "),
        ("^DFE:A.ZPL", Memory, "^DF "),
        ("^IDE:*.*", Memory, "^ID "),
        ("^KNname", Settings, "^KN "),
        ("^KP1234", Settings, "^KP "),
        ("~WC", Settings, "~WC "),
        ("^HH", Settings, "^HH "),
        ("~JI", Firmware, "^JI "),
        ("^jus", Settings, "^JU "),
        ("~\r\nJ\nR", Settings, "~JR "),
        ("! U1 setvar \"ip.addr\" \"x\"\r\n", Settings, "! U1 setvar"),
        ("! U\r\ndo \"device.reset\" \"\"\r\n", Settings, "! U1 do"),
        ("{}{\"device.reset\":\"\"}", Settings, "{}{ "),
    ] {
        let job = format!("^XA^FO9,9^FDFlat white^FS^XZ\n{command}\n");
        let inspection = inspect(job.as_bytes());
        let [finding] = inspection.findings[..] else {
            panic!("{name}: {:?}", inspection.findings);
        };
        assert_eq!(inspection.language, Language::Zpl);
        assert_eq!(finding.class, class, "{name}");
        assert!(finding.command.starts_with(name), "{finding}");
        assert!((29..=34).contains(&finding.offset), "{finding}");
    }
}

#[test]
fn a_changed_prefix_lets_no_command_slip_through() {
    for (job, at, name) in [
        ("~CC+ +XA+JUF+XZ", 8, "^JU "),
        ("^XA^CC!^XZ !JUF", 11, "^JU "),
        ("~CT# #JR", 5, "~JR "),
        ("~CCa aXAaJUFaXZ", 8, "^JU "),
        ("~CC~ ~JR", 5, "~JR "),
    ] {
        assert!(
            found(job.as_bytes())
                .iter()
                .any(|(offset, command)| *offset == at && command.starts_with(name)),
            "{job}: {:?}",
            found(job.as_bytes())
        );
    }
    // The usual prefixes, said again, as many drivers do.
    assert_eq!(found(b"CT~~CD,~CC^~CT~^XA^FDx^FS^XZ"), []);
}

#[test]
fn octets_of_a_picture_are_no_commands() {
    for hidden in [
        &b"\x1bp\x00\x19\xfa"[..],
        b"~JR",
        b"^XA^JUF",
        b"\x07\x1a",
        b"\x1d(E",
    ] {
        assert_eq!(found(&picture_around(hidden)), [], "{hidden:?}");
    }
    let mut label = b"^XA^FO9,9^GFB,8,8,1,".to_vec();
    label.extend_from_slice(b"~JR^JUS\x07");
    label.extend_from_slice(b"^FS^XZ");
    assert_eq!(found(&label), []);
}

#[test]
fn what_follows_a_picture_is_a_command_again() {
    let mut job = picture_around(b"\x1bp\x00\x19\xfa");
    let after = job.len() as u64;
    job.extend_from_slice(b"\x1bp\x00\x19\xfa~JR");
    assert_eq!(
        found(&job),
        [
            (after, "ESC p Generate pulse"),
            (after + 5, "~JR Power on reset")
        ]
    );
}

#[test]
fn real_time_commands_count_among_the_dots_of_a_picture_as_well() {
    let job = picture_around(b"\x10\x14\x01\x00\x02");
    assert_eq!(
        found(&job),
        [(108, "DLE DC4 1 Generate pulse in real time")]
    );
}

#[test]
fn a_picture_that_never_ends_hides_nothing() {
    let drawer = "ESC p Generate pulse";
    // Cut off, too large to be believed, and of a kind printers refuse.
    let mut cut_off = picture(16, 1000, &[0x55; 50]);
    cut_off.extend_from_slice(b"\x1bp\x00\x19\xfa rest");
    assert_eq!(found(&cut_off), [(58, drawer)]);

    let mut huge = b"\x1d8L\xff\xff\xff\xff0p".to_vec();
    huge.extend_from_slice(b"01111\x08\x00\x01\x00 \x1bp\x00\x19\xfa~JR");
    assert_eq!(found(&huge), [(19, drawer), (24, "~JR Power on reset")]);

    let mut refused = picture_around(b"\x1bp\x00\x19\xfa");
    refused[3] = 9;
    assert_eq!(found(&refused), [(108, drawer)]);

    let mut label = b"^XA^GFB,900,900,1,".to_vec();
    label.extend_from_slice(b"~JR^XZ");
    assert_eq!(found(&label), [(18, "~JR Power on reset")]);
}

#[test]
fn after_a_command_nobody_knows_nothing_is_taken_for_data() {
    for unknown in [
        &b"\x1bz"[..],
        b"\x1b\x1b@",
        b"\x12#",
        b"\x1b=\x02",
        b"\x1dk\x02400\x1b00\x00",
        b"\x1dk\x43\x03\x1b00",
    ] {
        let mut job = unknown.to_vec();
        job.extend(picture_around(b"\x1bp\x00\x19\xfa"));
        assert_eq!(found(&job).len(), 1, "{unknown:?}");
    }
}

#[test]
fn octets_of_an_argument_are_no_commands() {
    // A line spacing of 27 dots and a text that begins with p.
    assert_eq!(found(b"\x1b3\x1bp0 Kaffee"), []);
    assert_eq!(found(b"\x1bJ\x07\x1b!\x1a\x1bD\x07\x10\x1a\x00"), []);
    assert_eq!(found(b"\x1d(k\x09\x001P0\x1bp\x00~JR"), []);
}

#[test]
fn a_pulse_in_data_that_no_printer_takes_is_found_however_it_is_written() {
    // No barcode has control codes: printers read on after its first digit.
    for pulse in [
        b"\x10\x14\x01\x00\x02".as_slice(),
        b"\x10\x14\x01\x30\xff",
        b"\x1bp\x00\x19\xfa",
    ] {
        let job = [b"\x1dk\x024".as_slice(), pulse, b"56\x00"].concat();
        let inspection = inspect(&job);
        assert_eq!(inspection.findings[0].class, Class::Drawer, "{pulse:?}");
        assert_eq!(inspection.findings[0].offset, 4, "{pulse:?}");
    }
}

#[test]
fn a_pulse_among_the_arguments_of_a_star_command_opens_the_drawer_of_other_printers() {
    for before in [
        b"\x1b\x1dS".as_slice(),
        b"\x1b\x1dS\x1b",
        b"\x1bb",
        b"\x1b\x1dyD",
    ] {
        let job = [before, b"\x1bp0\x19\xfa\x01\x00\x00\n"].concat();
        let inspection = inspect(&job);
        assert_eq!(inspection.findings[0].class, Class::Drawer, "{before:?}");
        assert_eq!(
            inspection.findings[0].offset,
            before.len() as u64,
            "{before:?}"
        );
    }
}

#[test]
fn a_pulse_behind_a_command_that_may_have_no_argument_is_found() {
    for job in [
        b"\x1bE\x1bp\x00\x19\xfaA\n".as_slice(),
        b"\x1bE\x10\x14\x01\x00\x00",
    ] {
        assert_eq!(inspect(job).findings[0].class, Class::Drawer, "{job:?}");
    }
}

#[test]
fn the_size_of_a_picture_and_the_text_behind_it_are_no_label_command() {
    // 126 columns, which is a tilde, and dots between it and the letters.
    let strip = |dots: &[u8]| [b"\x1b*\x00\x7e\x00", dots, b"JA, PS\n"].concat();
    assert_eq!(found(&strip(&[0x20; 126])), []);
    // Nothing but control codes, which a printer of labels passes over.
    let name = "~JA Cancel all";
    assert_eq!(found(&strip(&[0x01; 126])), [(3, name)]);
}

#[test]
fn arguments_of_star_commands_open_no_drawer() {
    for job in [
        &b"\x1b@\x1bi\x07\x07A\x1b\x1dt\x07B\n"[..],
        b"\x1b\x1dyS0\x02\x1b\x1dyD1\x00\x07\x00a\x07\x1a\x19bcd\x1b\x1dyP\n",
        b"\x1b\x1da\x01\x1bb\x07\x02\x19\x1aABC\x1e\n",
    ] {
        assert_eq!(found(job), [], "{job:?}");
    }
    // What another printer would open its drawer by is found all the same.
    let job = b"\x1b\x1dyD1\x00\x05\x00\x1bp\x00\x19\xfa";
    assert_eq!(found(job), [(8, "ESC p Generate pulse")]);
    assert_eq!(found(b"\x1b\x1dt\x1bp\x00"), [(3, "ESC p Generate pulse")]);
}

#[test]
fn the_language_shows() {
    for (job, language) in [
        (&b"Hello\n"[..], Language::Unknown),
        (b"\x1b@Hello\n", Language::Unknown),
        (b"\x1b@\x1d!\x11Hello\n\x1dVB\x00", Language::EscPos),
        (b"\x1b@\x1b\x1da\x01Hello\n\x1bd\x02", Language::Star),
        (b"\x1b*rA\x00b\x02\x00\x07\x07\x1b*rB\x00", Language::Star),
        (b"^XA^FDHello^FS^XZ", Language::Zpl),
    ] {
        assert_eq!(inspect(job).language, language, "{job:?}");
    }
    // One octet opens a drawer of Star's, and means nothing to others.
    assert_eq!(found(b"\x07\x1b\x1da\x01Hello\n").len(), 1);
    assert_eq!(found(b"\x07\x19\x1a\x1d!\x11Hello\n"), []);
    // Dots of Star's raster pictures are no drawer commands.
    assert_eq!(
        found(b"\x1b*rA\x00b\x02\x00\x07\x1ab\x01\x00\x19\x1b*rB\x00"),
        []
    );
}

#[test]
fn cuts_pulses_labels_and_paper_are_counted() {
    let receipt = inspect(b"\x1b@Hello\n\x1bd\x05\x1bp\x00\x19\xfa\x1dVB\x00\x1bi");
    assert_eq!(receipt.facts.cuts, 2);
    assert_eq!(receipt.facts.drawer_kicks, 1);
    assert!((20..60).contains(&receipt.facts.paper_mm), "{receipt:?}");

    let label = inspect(b"^XA^FDx^FS^PQ1000000,0,1,Y^XZ^XA^XZ");
    assert_eq!(label.facts.labels, 1_000_001);
    assert_eq!(label.facts.copies, 1_000_000);

    // A macro of a cut and a pulse, run 255 times, and again.
    let looped = inspect(b"\x1d:\x1bp\x00\x19\xfa\x1dV\x00\x1d:\x1d^\xff\x00\x00\x1d^\xff\x00\x00");
    assert_eq!(looped.facts.cuts, 511);
    assert_eq!(looped.facts.drawer_kicks, 511);

    let endless = inspect(&b"\x1bd\xff".repeat(10_000));
    assert!(endless.facts.paper_mm > 9_000_000, "{endless:?}");
}

#[test]
fn findings_are_bounded_and_counted() {
    let inspection = inspect(&b"\x1bp\x00\x19\xfa".repeat(1000));
    assert_eq!(inspection.findings.len() as u64 + inspection.left_off, 1000);
    assert!(inspection.findings.len() <= 64);
    assert_eq!(inspection.facts.drawer_kicks, 1000);
}

#[test]
fn honest_jobs_of_other_programs_hold_nothing_but_their_drawer_pulses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of cases is there") {
        let path = entry.expect("its entries can be read").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        cases += 1;
        let text = std::fs::read(&path).expect("the facts can be read");
        let facts: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let expected = |field: &str| facts["expect"][field].as_array().map_or(0, Vec::len);
        let inspection = inspect(&std::fs::read(path.with_extension("bin")).expect("the job"));
        let name = path.display();
        assert_eq!(inspection.findings.len(), expected("drawer"), "{name}");
        for finding in &inspection.findings {
            assert_eq!(finding.class, Class::Drawer, "{name}: {finding}");
        }
        if facts["expect"].get("cuts").is_some() {
            assert_eq!(inspection.facts.cuts, expected("cuts") as u64, "{name}");
        }
        assert!((1..2_000).contains(&inspection.facts.paper_mm), "{name}");
    }
    assert!(cases >= 19, "cases are missing");
}

/// Octets that look like jobs of every language, with lengths that fit and
/// lengths that do not.
fn job_octets() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        any::<u8>().prop_map(|octet| vec![octet]),
        Just(b"\x1bp\x00\x19\xfa".to_vec()),
        Just(b"\x1b".to_vec()),
        Just(b"\x1d".to_vec()),
        Just(b"\x1dv0\x00\x02\x00\x03\x00".to_vec()),
        Just(b"\x1d(L".to_vec()),
        Just(b"\x1d8L\x20\x00\x00\x000p".to_vec()),
        Just(b"\x1dk\x49\x08{B".to_vec()),
        Just(b"\x1cq\x02\x01\x00\x01\x00".to_vec()),
        Just(b"\x1b&\x03AC".to_vec()),
        Just(b"\x10\x14\x01\x00\x01".to_vec()),
        Just(b"^XA".to_vec()),
        Just(b"^PQ12,0^XZ".to_vec()),
        Just(b"^GFB,9,9,1,".to_vec()),
        Just(b"~JR".to_vec()),
        Just(b"~CC+".to_vec()),
        Just(b"! U1 setvar ".to_vec()),
        Just(b"{}{".to_vec()),
        Just(b"\x1d:".to_vec()),
        Just(b"\x1d^\xff\x00\x00".to_vec()),
        Just(b"\x1b*rA\x00b\x04\x00".to_vec()),
        Just(b"Text 12\n".to_vec()),
    ];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    /// However a job is cut, the same is found.
    #[test]
    fn the_result_does_not_depend_on_the_pieces(
        job in job_octets(),
        cuts in proptest::collection::vec(1usize..20, 1..20),
    ) {
        let whole = inspect(&job);
        let mut inspector = Inspector::new();
        let mut rest = job.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            inspector.feed(piece);
            rest = after;
        }
        prop_assert_eq!(inspector.finish(), whole);
    }

    /// A drawer pulse after any honest commands is found where it stands.
    #[test]
    fn a_pulse_at_the_end_of_a_complete_job_is_found(
        text in "[ -~]{0,40}",
        dots in proptest::collection::vec(any::<u8>(), 64),
    ) {
        let mut job = text.clone().into_bytes();
        job.push(b'\n');
        job.extend(picture(8, 8, &dots));
        let at = job.len() as u64;
        job.extend_from_slice(b"\x1bp\x00\x19\xfa");
        prop_assert!(found(&job).contains(&(at, "ESC p Generate pulse")));
    }

    /// Whatever arrives, and in whatever octets: nothing panics, and findings
    /// stand within the job.
    #[test]
    fn nothing_panics(job in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let inspection = inspect(&job);
        prop_assert_eq!(inspection.facts.octets, job.len() as u64);
        for finding in inspection.findings {
            prop_assert!(finding.offset < job.len() as u64);
        }
    }
}
