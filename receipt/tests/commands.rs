//! Every command we know is read to its very end: a wrong length would turn the
//! text behind it into garbage.

use platen_receipt::command::Command;
use platen_receipt::{encode, parse};

/// Commands by their notation, each once, with arguments of every form.
const COMMANDS: &[(&str, &[u8])] = &[
    // In every job
    ("LF", b"\n"),
    ("CR", b"\r"),
    ("ESC @", b"\x1b@"),
    ("ESC t", b"\x1bt\x13"),
    ("ESC a", b"\x1ba1"),
    ("ESC E", b"\x1bE\x01"),
    ("GS !", b"\x1d!\x11"),
    ("ESC !", b"\x1b!\x30"),
    ("ESC M", b"\x1bMa"),
    ("ESC -", b"\x1b-\x02"),
    ("GS B", b"\x1dB\x01"),
    ("ESC d", b"\x1bd\x04"),
    ("GS V 0", b"\x1dV\x00"),
    ("GS V '1'", b"\x1dV1"),
    ("GS V A", b"\x1dVA\x00"),
    ("GS V B", b"\x1dVB\x1b"),
    ("GS V a", b"\x1dVa\x05"),
    ("GS V h", b"\x1dVh\x05"),
    ("ESC p", b"\x1bp\x00\x32\xfa"),
    ("GS v 0", b"\x1dv0\x00\x02\x00\x02\x00\x0a\x1b\x1d\x00"),
    ("GS k m d NUL", b"\x1dk\x044711\x00"),
    ("GS k m n d", b"\x1dkI\x04{B\x00\x1b"),
    ("GS h", b"\x1dh\x50"),
    ("GS w", b"\x1dw\x03"),
    ("GS H", b"\x1dH2"),
    ("GS f", b"\x1df\x01"),
    ("GS ( k QR 65", b"\x1d(k\x04\x001A2\x00"),
    ("GS ( k QR 67", b"\x1d(k\x03\x001C\x06"),
    ("GS ( k QR 69", b"\x1d(k\x03\x001E1"),
    ("GS ( k QR 80", b"\x1d(k\x06\x001P0\n\x1b\x1d"),
    ("GS ( k QR 81", b"\x1d(k\x03\x001Q0"),
    ("ESC * 0", b"\x1b*\x00\x02\x00\x0a\x1b"),
    ("ESC * 33", b"\x1b*\x21\x01\x00\x0a\x1b\x1d"),
    ("ESC 3", b"\x1b3\x18"),
    ("ESC 2", b"\x1b2"),
    ("FS .", b"\x1c."),
    // Common
    ("FS &", b"\x1c&"),
    ("FS C", b"\x1cC1"),
    (
        "GS ( L 112",
        b"\x1d(L\x0b\x000p0\x01\x011\x08\x00\x01\x00\x1b",
    ),
    (
        "GS 8 L 112",
        b"\x1d8L\x0b\x00\x00\x000p0\x01\x011\x08\x00\x01\x00\x1b",
    ),
    ("GS ( L 50", b"\x1d(L\x02\x0002"),
    (
        "GS ( L 113",
        b"\x1d(L\x0b\x000q0\x01\x011\x01\x00\x08\x00\x1b",
    ),
    ("GS L", b"\x1dL\x10\x00"),
    ("GS W", b"\x1dW\x40\x02"),
    ("ESC $", b"\x1b$\x0a\x1b"),
    ("ESC \\", b"\x1b\\\xff\xff"),
    ("ESC SP", b"\x1b \x02"),
    ("ESC {", b"\x1b{\x01"),
    ("HT", b"\t"),
    ("ESC D", b"\x1bD\x08\x10\x18\x00"),
    ("ESC D NUL", b"\x1bD\x00"),
    ("ESC J", b"\x1bJ\x18"),
    ("ESC G", b"\x1bG\x01"),
    ("ESC R", b"\x1bR\x02"),
    ("GS ( k PDF417 65", b"\x1d(k\x03\x000A\x00"),
    ("GS ( k PDF417 66", b"\x1d(k\x03\x000B\x00"),
    ("GS ( k PDF417 67", b"\x1d(k\x03\x000C\x03"),
    ("GS ( k PDF417 68", b"\x1d(k\x03\x000D\x03"),
    ("GS ( k PDF417 69", b"\x1d(k\x04\x000E0\x31"),
    ("GS ( k PDF417 70", b"\x1d(k\x03\x000F\x00"),
    ("GS ( k PDF417 80", b"\x1d(k\x05\x000P0ab"),
    ("GS ( k PDF417 81", b"\x1d(k\x03\x000Q0"),
    ("FS -", b"\x1c-\x01"),
    ("FS S", b"\x1cS\x00\x0a"),
    ("FS !", b"\x1c!\x0c"),
    ("FS ( A", b"\x1c(A\x02\x0000"),
    ("GS a", b"\x1da\xff"),
    ("GS r", b"\x1dr1"),
    ("DLE EOT 1", b"\x10\x04\x01"),
    ("DLE EOT 18", b"\x10\x04\x12\x01"),
    ("DLE DC4 1", b"\x10\x14\x01\x00\x02"),
    ("ESC B", b"\x1bB\x02\x03"),
    ("ESC r", b"\x1br\x01"),
    ("ESC i", b"\x1bi"),
    ("ESC m", b"\x1bm"),
    ("ESC 4", b"\x1b4"),
    ("ESC 5", b"\x1b5"),
    ("GS b", b"\x1db\x01"),
    ("GS |", b"\x1d|\x04"),
    ("ESC V", b"\x1bV\x01"),
    ("ESC =", b"\x1b=\x01"),
    ("ESC c 5", b"\x1bc5\x01"),
    ("ESC c 3", b"\x1bc3\x01"),
    ("ESC c 4", b"\x1bc4\x01"),
    ("FS p", b"\x1cp\x01\x00"),
    ("GS ( L 69", b"\x1d(L\x06\x000EAB\x01\x01"),
    ("GS ( L 85", b"\x1d(L\x06\x000UAB\x01\x01"),
    // Occasional
    ("ESC L", b"\x1bL"),
    ("ESC S", b"\x1bS"),
    ("ESC W", b"\x1bW\x00\x00\x00\x00\x40\x02\xa0\x00"),
    ("ESC T", b"\x1bT\x01"),
    ("GS $", b"\x1d$\x50\x00"),
    ("GS \\", b"\x1d\\\xff\xff"),
    ("FF", b"\x0c"),
    ("ESC FF", b"\x1b\x0c"),
    ("CAN", b"\x18"),
    ("GS P", b"\x1dP\xb4\xb4"),
    ("GS *", b"\x1d*\x01\x01\x0a\x1b\x1d\x00\x0a\x1b\x1d\x00"),
    ("GS /", b"\x1d/\x00"),
    ("GS ( k MaxiCode", b"\x1d(k\x03\x002A2"),
    ("GS ( k DataBar", b"\x1d(k\x05\x003P0ab"),
    ("GS ( k Composite", b"\x1d(k\x03\x004Q0"),
    ("GS ( k Aztec", b"\x1d(k\x04\x005B0\x00"),
    ("GS ( k DataMatrix", b"\x1d(k\x05\x006P0\x1b\x1d"),
    ("FS ( C", b"\x1c(C\x02\x000\x02"),
    ("ESC &", b"\x1b&\x02AB\x01\x0a\x1b\x02\x0a\x1b\x1d\x00"),
    ("ESC %", b"\x1b%\x01"),
    ("ESC ?", b"\x1b?A"),
    ("FS ?", b"\x1c?\x77\x21"),
    (
        "FS q",
        b"\x1cq\x01\x01\x00\x01\x00\x0a\x1b\x1d\x00\x0a\x1b\x1d\x00",
    ),
    ("GS :", b"\x1d:"),
    ("GS ^", b"\x1d^\x02\x00\x00"),
    ("ESC K", b"\x1bK\x18"),
    ("ESC e", b"\x1be\x02"),
    ("ESC U", b"\x1bU\x01"),
    ("ESC <", b"\x1b<"),
    ("GS I", b"\x1dI\x43"),
    ("GS E", b"\x1dE\x03"),
    ("GS T", b"\x1dT\x01"),
    ("GS Q 0", b"\x1dQ0\x00\x02\x00\x01\x00\x0a\x1b"),
    // Seldom
    ("GS ( A", b"\x1d(A\x02\x00\x00\x02"),
    ("GS ( H", b"\x1d(H\x06\x0000test"),
    ("ESC ( A", b"\x1b(A\x04\x000\x31\x02\x0a"),
    ("FS ( e", b"\x1c(e\x02\x003\x01"),
    ("DLE ENQ", b"\x10\x05\x02"),
    ("DLE DC4 2", b"\x10\x14\x02\x01\x08"),
    ("DLE DC4 7", b"\x10\x14\x07\x01"),
    ("DLE DC4 8", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"),
    ("GS c", b"\x1dc"),
    ("GS C 0", b"\x1dC0\x03\x00"),
    ("GS C 1", b"\x1dC1\x01\x00\x09\x00\x01\x01"),
    ("GS C 2", b"\x1dC2\x07\x00"),
    ("GS C ;", b"\x1dC;1;99;1;1;50;"),
    ("GS g 0", b"\x1dg0\x00\x14\x00"),
    ("GS g 2", b"\x1dg2\x00\x14\x00"),
    ("GS j", b"\x1dj\x01"),
    ("GS z 0", b"\x1dz0\x0a\x0a"),
    ("FS g 1", b"\x1cg1\x00\x00\x00\x00\x00\x02\x00\x0a\x1b"),
    ("FS g 2", b"\x1cg2\x00\x00\x00\x00\x00\x02\x00"),
    // Of compatible printers
    ("ESC F", b"\x1bF"),
    ("ESC W n", b"\x1bW1"),
    ("ESC # # QPIX", b"\x1b##QPIX\x06"),
    ("ESC O", b"\x1bO0"),
    ("ESC Q", b"\x1bQ0"),
    ("ESC l", b"\x1bl0"),
    ("ESC j", b"\x1bj1"),
    ("ESC 80h", b"\x1b\x80\x32"),
    ("ESC & 0", b"\x1b&0\x32\x41"),
    ("ESC * m", b"\x1b*m\x01\x00\x0a\x1b\x1d"),
    ("ESC w", b"\x1bw"),
    ("ESC 7", b"\x1b7\x0b\x78\x28"),
    ("ESC 81h", b"\x1b\x81\x05\x00\x06MabC"),
    ("ESC b", b"\x1bb\x01\x02\x32\x01400638133393\x00"),
    ("GS Z", b"\x1dZ\x02"),
    ("ESC Z", b"\x1bZ\x03L\x06\x02\x00\x1b\x1d"),
    ("GS k 81", b"\x1dkQ\x03\x08\x08\x01\x02\x00\x1b\x1d"),
    ("GS k 11", b"\x1dk\x0bMA,abc\x00"),
    ("GS o", b"\x1do\x00\x06\x00\x02"),
    ("GS p 1", b"\x1dp\x01\x02L\x00A\x02\x00ab"),
    ("GS F9h", b"\x1d\xf950"),
    ("DC2 ;", b"\x12;\x04"),
    ("DC2 q", b"\x12q\x00"),
    ("FS a 0", b"\x1ca0\x01"),
    ("FS a 1", b"\x1ca1"),
];

#[test]
fn every_command_ends_where_the_text_behind_it_begins() {
    for (name, bytes) in COMMANDS {
        let job = [bytes, b"text".as_slice()].concat();
        let parsed = parse(&job);
        let [command, text] = parsed.commands.as_slice() else {
            panic!("{name} is read as {:?}", parsed.commands);
        };
        assert_eq!(text.command, Command::Text(b"text".to_vec()), "{name}");
        assert!(
            !matches!(command.command, Command::Unknown(_)),
            "{name} is not known"
        );
        assert_eq!(parsed.findings.kept, [], "{name}");
        assert_eq!(encode(&parsed.commands), job, "{name}");
    }
}

#[test]
fn every_command_that_is_cut_short_is_told_and_carried() {
    for (name, bytes) in COMMANDS {
        for end in 1..bytes.len() {
            let parsed = parse(&bytes[..end]);
            assert_eq!(
                encode(&parsed.commands),
                bytes[..end],
                "{name} cut at {end}"
            );
            assert_eq!(parsed.findings.kept.len(), 1, "{name} cut at {end}");
        }
    }
}

#[test]
fn every_command_follows_every_other_without_loss_of_step() {
    for (first, first_bytes) in COMMANDS {
        for (second, second_bytes) in COMMANDS {
            let parsed = parse(&[*first_bytes, *second_bytes].concat());
            assert_eq!(parsed.commands.len(), 2, "{first} then {second}");
        }
    }
}

#[test]
fn bold_without_an_argument_keeps_the_first_letter() {
    let commands: Vec<Command> = parse(b"\x1bETotal\x1bF 5\x1bE1x\x1bE\x00y")
        .commands
        .into_iter()
        .map(|located| located.command)
        .collect();
    assert_eq!(commands[0], Command::SelectEmphasizedMode);
    assert_eq!(commands[1], Command::Text(b"Total".to_vec()));
    assert_eq!(commands[2], Command::CancelEmphasizedMode);
    assert_eq!(commands[5], Command::Text(b"x".to_vec()));
    assert_eq!(commands[7], Command::Text(b"y".to_vec()));
}

#[test]
fn a_cut_without_an_argument_is_told_from_double_height_with_one() {
    let commands: Vec<Command> = parse(b"\x1bw1A\x1bw\n\x1bw")
        .commands
        .into_iter()
        .map(|located| located.command)
        .collect();
    assert_eq!(
        commands,
        [
            Command::Other(b"\x1bw1".to_vec()),
            Command::Text(b"A".to_vec()),
            Command::CutVendorPaper,
            Command::PrintAndLineFeed,
            Command::CutVendorPaper,
        ]
    );
}
