//! Jobs: what must hold for any bytes that a page, a driver or an attacker
//! hands over to be printed.

use platen_receipt::command::{Command, Switch};
use platen_receipt::draw::{Drawing, draw, png, svg};
use platen_receipt::inspect::{Class, Inspection, Inspector};
use platen_receipt::layout::Document;
use platen_receipt::{
    Dialect, Edit, Facts, Findings, Fonts, Limits, Located, Parsed, Parser, Profile, document_html,
    document_text, encode, parse, parse_each,
};

use crate::choice::{self, Choice};

/// No octet is lost, however the job is cut, and everything told is in it.
pub(crate) fn parse_and_encode(input: &[u8]) {
    let (job, choice) = choice::split(input);
    let mut commands = Vec::new();
    let findings = parse_each(job, choice.limits, |located| commands.push(located));
    let whole = Parsed { commands, findings };
    assert_eq!(encode(&whole.commands), job, "encoding undoes parsing");
    check_findings(&whole.findings, job, choice.limits.findings_max);

    let octets_a_piece = usize::from(choice.number % 32) + 1;
    let pieces = parse_in_pieces(job, octets_a_piece, &choice);
    assert_eq!(pieces, whole, "pieces of {octets_a_piece} octets");

    let mut end = 0;
    for Located { offset, command } in &whole.commands {
        assert_eq!(*offset, end, "commands stand one after the other");
        end += encode(std::slice::from_ref(command)).len() as u64;
    }
}

fn parse_in_pieces(job: &[u8], octets_a_piece: usize, choice: &Choice) -> Parsed {
    let mut parser = Parser::new(choice.limits);
    let mut commands = Vec::new();
    for piece in job.chunks(octets_a_piece) {
        parser.feed(piece);
        commands.extend(std::iter::from_fn(|| parser.next_command()));
    }
    parser.end();
    commands.extend(std::iter::from_fn(|| parser.next_command()));
    let findings = parser.findings().clone();
    Parsed { commands, findings }
}

fn check_findings(findings: &Findings, job: &[u8], findings_max: usize) {
    assert!(findings.kept.len() <= findings_max);
    for finding in &findings.kept {
        assert!(finding.offset <= job.len() as u64, "{finding}");
    }
    assert!(findings.kept.is_sorted_by_key(|finding| finding.offset));
}

/// Every form of a receipt can be made, and keeps to its limits.
pub(crate) fn lay_out_and_render(input: &[u8]) {
    let (job, choice) = choice::split(input);
    let Choice {
        profile,
        dialect,
        limits,
        number,
    } = choice;
    let document = dialect.document(job, &profile, limits);
    assert!(document.elements.len() <= limits.elements_max);
    check_findings(&document.findings, job, limits.findings_max);

    // The forms take turns, so that millions of inputs can be tried.
    match number % 8 {
        0 => {
            let text = checked_text(&document, &profile, &limits);
            let svg = svg(&drawn(&document, &profile, &limits).paper, &text);
            roxmltree::Document::parse(&svg).expect("an SVG is XML");
        }
        1 => {
            let drawing = drawn(&document, &profile, &limits);
            let sheets = drawing.sheets().count();
            assert!(sheets <= drawing.cuts_dots.len() + 1);
            assert!(png(&drawing.paper).starts_with(b"\x89PNG"));
        }
        2 => assert!(!document_html(&document, &profile, &limits).is_empty()),
        3 => {
            let json = Facts::of(&document, &profile, &limits).to_json();
            serde_json::from_str::<serde_json::Value>(&json).expect("facts are JSON");
        }
        4 | 5 => drop(checked_text(&document, &profile, &limits)),
        _ => drop(drawn(&document, &profile, &limits)),
    }
}

fn drawn(document: &Document, profile: &Profile, limits: &Limits) -> Drawing {
    let drawing = draw(document, profile, Fonts::bundled(), limits);
    assert_eq!(drawing.paper.width_dots(), u32::from(profile.width_dots));
    assert!(drawing.paper.rows().len() <= limits.drawing_octets_max);
    assert!(drawing.cuts_dots.is_sorted());
    drawing
}

fn checked_text(document: &Document, profile: &Profile, limits: &Limits) -> String {
    let text = document_text(document, profile, limits);
    assert!(text.is_empty() || text.ends_with('\n'));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    assert!(text.len() <= limits.text_octets_max + 100);
    text
}

/// Other languages lose no octet and can be laid out.
pub(crate) fn read_as_other_languages(input: &[u8]) {
    let (job, choice) = choice::split(input);
    let dialect = match choice.number % 2 {
        0 => Dialect::Star,
        _ => Dialect::Zpl,
    };
    assert_eq!(dialect.reencode(job), job);
    let profile = dialect.profile(choice.profile);
    let document = dialect.document(job, &profile, choice.limits);
    assert!(document.elements.len() <= choice.limits.elements_max);
    check_findings(&document.findings, job, choice.limits.findings_max);
    let facts = Facts::of(&document, &profile, &choice.limits);
    assert!(facts.cuts.len() <= document.elements.len());
    if choice.number % 8 < 2 {
        drawn(&document, &profile, &choice.limits);
    }
}

/// The firewall says the same however a job is cut, and a drawer that the
/// parser sees does not pass it.
pub(crate) fn inspect(input: &[u8]) {
    let (job, choice) = choice::split(input);
    let whole = inspection(job, job.len().max(1));
    let octets_a_piece = usize::from(choice.number % 16) + 1;
    let pieces = inspection(job, octets_a_piece);
    assert_eq!(whole, pieces, "pieces of {octets_a_piece} octets");
    assert_eq!(whole.facts.octets, job.len() as u64);
    assert!(
        whole
            .findings
            .iter()
            .all(|finding| finding.offset < job.len() as u64)
    );
    let opens_a_drawer = parse(job)
        .commands
        .iter()
        .any(|located| is_pulse(&located.command));
    let is_told = |class| whole.findings.iter().any(|finding| finding.class == class);
    assert!(
        !opens_a_drawer || is_told(Class::Drawer) || whole.left_off > 0,
        "a drawer opens unseen"
    );
}

fn inspection(job: &[u8], octets_a_piece: usize) -> Inspection {
    let mut inspector = Inspector::new();
    for piece in job.chunks(octets_a_piece) {
        inspector.feed(piece);
    }
    inspector.finish()
}

/// One that names a drawer: printers pass over others.
fn is_pulse(command: &Command) -> bool {
    match command {
        Command::GeneratePulse { pin, .. } | Command::GenerateRealTimePulse { pin, .. } => {
            pin.meaning().is_some()
        }
        _ => false,
    }
}

/// A changed job is read again as the commands it was made of.
pub(crate) fn edit(input: &[u8]) {
    let (job, choice) = choice::split(input);
    let mut edit = Edit::of(job);
    assert_eq!(edit.encode(), job);
    match choice.number % 4 {
        0 => drop(edit.remove_drawer_pulses()),
        1 => drop(edit.remove_cuts()),
        2 => drop(edit.remove_drawer_pulses() + edit.remove_cuts()),
        _ => {}
    }
    let replacement = match choice.number >> 2 & 3 {
        0 => "",
        1 => "b",
        2 => "Käse 12,40 €",
        _ => "茶",
    };
    // Refused where it cannot be printed; then nothing is changed.
    let before = edit.clone();
    if edit
        .replace_text("a", replacement, &choice.profile)
        .is_err()
    {
        assert_eq!(edit, before);
    }
    if choice.number & 16 == 0 {
        edit.add_line_on_top("COPY", &choice.profile)
            .expect("every printer has the letters of English");
    }
    let written = edit.encode();
    let again = parse(&written);
    assert_eq!(encode(&again.commands), written);
    let meant = edit.commands.iter().map(|edited| &edited.command);
    let read = again.commands.iter().map(|located| &located.command);
    assert!(
        meant.filter_map(effect).eq(read.filter_map(effect)),
        "a changed job does something else"
    );
}

/// What a command does; `None` for text and for what does nothing, of which
/// half a command may be left out.
fn effect(command: &Command) -> Option<Command> {
    match command {
        Command::Text(_) | Command::Unknown(_) | Command::Other(_) => None,
        // Left out where what follows would make a page area of it.
        Command::TurnDoubleWidthMode(_) => None,
        Command::SelectEmphasizedMode => Some(Command::TurnEmphasizedMode(Switch::On.into())),
        Command::SelectItalic => Some(Command::TurnItalicMode(Switch::On.into())),
        command => Some(command.clone()),
    }
}
