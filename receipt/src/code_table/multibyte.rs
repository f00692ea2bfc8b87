//! The two-byte characters of East Asia: Shift JIS, GB18030, Big5 and KS C 5601
//! as the Encoding Standard (WHATWG) has them, which browsers read and write.
//!
//! The tables are small on purpose, because a page loads them: `multibyte.table`
//! has for each system its characters in order as differences, and what
//! compresses well. A test makes the file from `encoding_rs`, and another holds
//! what is here against that crate.

use std::sync::OnceLock;

use crate::numbers::Numbers;
use crate::profile::Multibyte;

/// Made by the test `the_committed_tables_are_fresh`.
static FILE: &[u8] = include_bytes!("multibyte.table");

/// The first octet of a character, from here to FEh.
const LEAD_MIN: u8 = 0x81;
/// The second octet, from here to FEh.
const TRAIL_MIN: u8 = 0x40;
/// Second octets for each first one.
const TRAILS: usize = 0xFF - TRAIL_MIN as usize;
/// Places of two octets.
const PLACES: usize = (0xFF - LEAD_MIN as usize) * TRAILS;
/// Places of four octets (GB18030): 81h to FEh, digit, 81h to FEh, digit.
const FOUR_PLACES: u32 = 126 * 10 * 126 * 10;

/// The character of these octets; the replacement character when there is none.
pub(crate) fn character(system: Multibyte, octets: &[u8]) -> char {
    let found = match *octets {
        [lead, trail] => place(lead, trail).and_then(|place| tables(system).characters[place]),
        [a, b, c, d] if system == Multibyte::Gb18030 => four(a, b, c, d).and_then(of_four),
        _ => None,
    };
    found.unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The two octets of a character, if it has two.
pub(crate) fn two_octets(system: Multibyte, character: char) -> Option<[u8; 2]> {
    let written = tables(system).written();
    let at = written.binary_search_by_key(&character, |&(known, _)| known);
    Some(octets_of(written[at.ok()?].1))
}

/// The octets of a character beyond ASCII, as many as it takes.
pub(crate) fn octets(system: Multibyte, character: char) -> Option<Vec<u8>> {
    if let Some(octets) = two_octets(system, character) {
        return Some(octets.to_vec());
    }
    // What the Encoding Standard writes beside its tables.
    match (system, character) {
        (Multibyte::ShiftJis, '¥') => Some(vec![b'\\']),
        (Multibyte::ShiftJis, '‾') => Some(vec![b'~']),
        (Multibyte::ShiftJis, '−') => two_octets(system, '－').map(Vec::from),
        (Multibyte::ShiftJis, '\u{FF61}'..='\u{FF9F}') => {
            let octet = u32::from(character) - 0xFF61 + 0xA1;
            Some(vec![u8::try_from(octet).ok()?])
        }
        (Multibyte::Gb18030, _) => four_octets(character),
        (Multibyte::ShiftJis | Multibyte::Big5 | Multibyte::KsC5601, _) => None,
    }
}

fn place(lead: u8, trail: u8) -> Option<usize> {
    let row = usize::from(lead.checked_sub(LEAD_MIN)?);
    let column = usize::from(trail.checked_sub(TRAIL_MIN)?);
    let place = row * TRAILS + column;
    (column < TRAILS && place < PLACES).then_some(place)
}

fn octets_of(place: u16) -> [u8; 2] {
    let octet = |first: u8, step: usize| first + u8::try_from(step).unwrap_or(0);
    let place = usize::from(place);
    [
        octet(LEAD_MIN, place / TRAILS),
        octet(TRAIL_MIN, place % TRAILS),
    ]
}

/// One system's characters.
struct Tables {
    system: Multibyte,
    /// By their places.
    characters: Vec<Option<char>>,
    /// Characters and where they are written, sorted; made when one is.
    written: OnceLock<Vec<(char, u16)>>,
}

fn tables(system: Multibyte) -> &'static Tables {
    static TABLES: [OnceLock<Tables>; 4] = [const { OnceLock::new() }; 4];
    let section = section(system);
    TABLES[section].get_or_init(|| Tables {
        system,
        characters: read_characters(sections().nth(section).unwrap_or_default()),
        written: OnceLock::new(),
    })
}

/// Where a system stands in the file.
fn section(system: Multibyte) -> usize {
    match system {
        Multibyte::ShiftJis => 0,
        Multibyte::Gb18030 => 1,
        Multibyte::Big5 => 2,
        Multibyte::KsC5601 => 3,
    }
}
/// The runs of GB18030's four octets come last.
const FOUR_SECTION: usize = 4;

impl Tables {
    fn written(&self) -> &[(char, u16)] {
        self.written.get_or_init(|| {
            let mut written: Vec<(char, u16)> = (0..)
                .zip(&self.characters)
                .filter_map(|(place, character)| Some(((*character)?, place)))
                .filter(|&(character, place)| self.is_written(character, octets_of(place)))
                .collect();
            // Where a character has several places, the first one that is left.
            written.sort_unstable();
            written.dedup_by_key(|&mut (character, _)| character);
            written
        })
    }

    /// What the Encoding Standard reads and does not write.
    fn is_written(&self, character: char, [lead, trail]: [u8; 2]) -> bool {
        match self.system {
            // NEC's selection of IBM's extensions, and characters of users.
            Multibyte::ShiftJis => !matches!(lead, 0xED..=0xF9),
            Multibyte::Gb18030 => character != '\u{E5E5}',
            // Hong Kong's supplement, and the first places of six characters.
            Multibyte::Big5 => {
                lead >= 0xA1 && !matches!((lead, trail), (0xA2, 0xA4..=0xA7 | 0xCC | 0xCE))
            }
            Multibyte::KsC5601 => true,
        }
    }
}

/// The sections of the file, each with its length before it.
fn sections() -> impl Iterator<Item = &'static [u8]> {
    let mut rest = Numbers::new(FILE);
    std::iter::from_fn(move || {
        let length = rest.next()?;
        rest.octets(length)
    })
}

/// Runs of places: how many have nothing, how many have something, and for each
/// of these how far its character is from the one after the last.
fn read_characters(section: &'static [u8]) -> Vec<Option<char>> {
    let mut numbers = Numbers::new(section);
    let mut characters = Vec::with_capacity(PLACES);
    let mut next = 0u32;
    while let (Some(blank), Some(count)) = (numbers.next(), numbers.next()) {
        characters.resize(characters.len() + blank as usize, None);
        for _ in 0..count {
            next = numbers.after(next);
            characters.push(char::from_u32(next));
            next = next.wrapping_add(1);
        }
    }
    characters.resize(PLACES, None);
    characters
}

/// Characters of four octets that follow each other.
#[derive(Debug, Clone, Copy)]
struct Run {
    place: u32,
    character: u32,
    count: u32,
}

fn runs() -> &'static [Run] {
    static RUNS: OnceLock<Vec<Run>> = OnceLock::new();
    RUNS.get_or_init(|| {
        let mut numbers = Numbers::new(sections().nth(FOUR_SECTION).unwrap_or_default());
        let mut runs = Vec::new();
        let (mut place, mut character) = (0u32, 0u32);
        while let Some(blank) = numbers.next() {
            place += blank;
            character = numbers.after(character);
            let count = numbers.next().unwrap_or(0);
            runs.push(Run {
                place,
                character,
                count,
            });
            place += count;
            character = character.wrapping_add(count);
        }
        runs
    })
}

/// The place of four octets.
fn four(a: u8, b: u8, c: u8, d: u8) -> Option<u32> {
    let digit = |octet: u8| octet.is_ascii_digit().then(|| u32::from(octet - b'0'));
    let letter = |octet: u8| matches!(octet, 0x81..=0xFE).then(|| u32::from(octet - 0x81));
    Some(((letter(a)? * 10 + digit(b)?) * 126 + letter(c)?) * 10 + digit(d)?)
}

fn of_four(place: u32) -> Option<char> {
    let after = runs().partition_point(|run| run.place <= place);
    let run = runs()[..after].last()?;
    let offset = place - run.place;
    (offset < run.count).then(|| char::from_u32(run.character + offset))?
}

fn four_octets(character: char) -> Option<Vec<u8>> {
    let code = u32::from(character);
    let run = runs()
        .iter()
        .find(|run| (run.character..run.character + run.count).contains(&code))?;
    let place = run.place + (code - run.character);
    let octet = |first: u8, digit: u32| first + u8::try_from(digit).unwrap_or(0);
    debug_assert!(place < FOUR_PLACES);
    Some(vec![
        octet(0x81, place / 12_600),
        octet(b'0', place / 1260 % 10),
        octet(0x81, place / 10 % 126),
        octet(b'0', place % 10),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::writing::{push, push_difference};
    use encoding_rs::{BIG5, EUC_KR, EncoderResult, Encoding, GB18030, SHIFT_JIS};
    use std::path::Path;

    const SYSTEMS: [Multibyte; 4] = [
        Multibyte::ShiftJis,
        Multibyte::Gb18030,
        Multibyte::Big5,
        Multibyte::KsC5601,
    ];

    fn encoding(system: Multibyte) -> &'static Encoding {
        match system {
            Multibyte::ShiftJis => SHIFT_JIS,
            Multibyte::Gb18030 => GB18030,
            Multibyte::Big5 => BIG5,
            Multibyte::KsC5601 => EUC_KR,
        }
    }

    /// The first character these octets stand for in the Encoding Standard.
    fn standard(system: Multibyte, octets: &[u8]) -> char {
        let mut text = [0; 16];
        let mut decoder = encoding(system).new_decoder_without_bom_handling();
        let (_, _, written, _) = decoder.decode_to_utf8(octets, &mut text, true);
        let text = std::str::from_utf8(&text[..written]).expect("UTF-8");
        text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn standard_octets(system: Multibyte, character: char) -> Option<Vec<u8>> {
        let mut octets = [0; 8];
        let (result, _, written) = encoding(system)
            .new_encoder()
            .encode_from_utf8_without_replacement(
                character.encode_utf8(&mut [0; 4]),
                &mut octets,
                true,
            );
        (result == EncoderResult::InputEmpty).then(|| octets[..written].to_vec())
    }

    /// Whether an octet that begins characters in other systems is one by itself.
    fn stands_alone(system: Multibyte, lead: u8) -> bool {
        system == Multibyte::ShiftJis && matches!(lead, 0xA0..=0xDF | 0xFD..)
    }

    /// Places with a character, as runs of such that follow each other.
    fn runs_of(characters: impl Iterator<Item = Option<char>>) -> Vec<(u32, Vec<char>)> {
        let mut runs: Vec<(u32, Vec<char>)> = vec![(0, Vec::new())];
        for character in characters {
            let (blank, run) = runs.last_mut().expect("one");
            match character {
                Some(character) => run.push(character),
                None if run.is_empty() => *blank += 1,
                None => runs.push((1, Vec::new())),
            }
        }
        runs.retain(|(_, run)| !run.is_empty());
        runs
    }

    fn two_octet_section(system: Multibyte) -> Vec<u8> {
        let found = (0..u16::try_from(PLACES).expect("few"))
            .map(octets_of)
            .map(|octets| {
                Some(standard(system, &octets)).filter(|_| !stands_alone(system, octets[0]))
            })
            .map(|found| found.filter(|&found| found != char::REPLACEMENT_CHARACTER));
        let mut out = Vec::new();
        let mut next = 0;
        for (blank, run) in runs_of(found) {
            push(&mut out, blank);
            push(&mut out, u32::try_from(run.len()).expect("few"));
            for character in run {
                push_difference(&mut out, next, character.into());
                next = u32::from(character) + 1;
            }
        }
        out
    }

    fn octets_of_four(place: u32) -> [u8; 4] {
        [
            (place / 12_600, 0x81),
            (place / 1260 % 10, 0x30),
            (place / 10 % 126, 0x81),
            (place % 10, 0x30),
        ]
        .map(|(digit, first)| u8::try_from(first + digit).expect("an octet"))
    }

    fn four_octet_section() -> Vec<u8> {
        let mut out = Vec::new();
        let (mut end, mut next) = (0, 0);
        let mut open: Option<(u32, u32, u32)> = None;
        let mut close = |(place, character, count): (u32, u32, u32)| {
            push(&mut out, place - end);
            push_difference(&mut out, next, character);
            push(&mut out, count);
            (end, next) = (place + count, character + count);
        };
        for place in 0..FOUR_PLACES {
            let found = standard(Multibyte::Gb18030, &octets_of_four(place));
            let code = Some(u32::from(found)).filter(|_| found != char::REPLACEMENT_CHARACTER);
            open = match (open, code) {
                (Some((start, first, count)), Some(code)) if code == first + count => {
                    Some((start, first, count + 1))
                }
                (run, code) => {
                    run.map(&mut close);
                    code.map(|code| (place, code, 1))
                }
            };
        }
        open.map(&mut close);
        out
    }

    #[test]
    fn the_committed_tables_are_fresh() {
        let mut file = Vec::new();
        for section in SYSTEMS
            .map(two_octet_section)
            .into_iter()
            .chain([four_octet_section()])
        {
            push(&mut file, u32::try_from(section.len()).expect("short"));
            file.extend(section);
        }
        if std::env::var_os("PLATEN_UPDATE").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/code_table/multibyte.table");
            std::fs::write(path, &file).expect("the file can be written");
        } else {
            assert!(
                FILE == file,
                "renew with PLATEN_UPDATE=1 cargo test -p platen-receipt --lib"
            );
        }
    }

    #[test]
    fn two_octets_are_read_as_browsers_read_them() {
        for system in SYSTEMS {
            for lead in LEAD_MIN..=0xFE {
                for trail in 0..=0xFF {
                    let octets = [lead, trail];
                    let four = system == Multibyte::Gb18030 && trail.is_ascii_digit();
                    if !stands_alone(system, lead) && !four {
                        let (found, expected) =
                            (character(system, &octets), standard(system, &octets));
                        assert_eq!(found, expected, "{system:?} {octets:02x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn characters_are_written_as_browsers_write_them() {
        // All of the tables would take the other crate a minute.
        let some = ('\u{80}'..=char::MAX).filter(|&character| match u32::from(character) {
            code @ 0x80..=0x33FF => code % 3 == 0,
            code @ (0xE000..=0xE8FF | 0xF900..=0xFFFF) => code % 5 == 0,
            code => code % 997 == 0,
        });
        let told = "═╞╡╪十卅€¥‾−ｱﾟ\u{E5E5}\u{E000}髙﨑";
        for character in some.chain(told.chars()) {
            for system in SYSTEMS {
                // Where 18 characters stood for users before Unicode had them.
                let former = matches!(character, '\u{E78D}'..='\u{E864}');
                if former && system == Multibyte::Gb18030 {
                    continue;
                }
                let (found, expected) = (
                    octets(system, character),
                    standard_octets(system, character),
                );
                assert_eq!(found, expected, "{system:?} {character:?}");
            }
        }
    }

    #[test]
    fn four_octets_of_gb18030_are_read_and_written() {
        for place in (0..FOUR_PLACES).step_by(7) {
            let octets = octets_of_four(place);
            let found = character(Multibyte::Gb18030, &octets);
            assert_eq!(
                found,
                standard(Multibyte::Gb18030, &octets),
                "{octets:02x?}"
            );
            let written = super::octets(Multibyte::Gb18030, found);
            if written.as_ref().is_some_and(|written| written.len() == 2) {
                continue; // it has two octets as well
            }
            let replaced = found == char::REPLACEMENT_CHARACTER;
            assert!(
                replaced || written.as_deref() == Some(&octets),
                "{octets:02x?}"
            );
        }
        assert_eq!(
            character(Multibyte::Big5, b"\x81\x30\x89\x37"),
            char::REPLACEMENT_CHARACTER
        );
    }
}
