//! Which of a printer's character sets prints a character, and with which
//! changes between them a text is shortest.
//!
//! A change costs three octets (`ESC t n`), so the first table that has a
//! character is not always the best: [`CharacterSets::assign`] looks at the
//! whole text (Viterbi's algorithm). ASCII is the same in all sets.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use unicode_width::UnicodeWidthChar;

use super::CodeTable;
use super::multibyte::two_octets;
use crate::profile::{Multibyte, Profile};

/// Tables that most printers have, in the order in which they are preferred;
/// the others come after them, in the order of their numbers.
const COMMON_TABLES: &[CodeTable] = &[
    CodeTable::Cp437,
    CodeTable::Cp858,
    CodeTable::Windows1252,
    CodeTable::Cp852,
    CodeTable::Cp866,
    CodeTable::Cp737,
    CodeTable::Cp857,
];

/// Octets of `ESC t n`.
const SELECT_TABLE_OCTETS: u32 = 3;
/// Octets of `FS &` and of `FS .`; `FS C n` of Japanese models has three, which
/// changes no choice.
const SWITCH_MODE_OCTETS: u32 = 2;
/// How many characters are looked at together: bounds memory, and nobody
/// writes a text whose best beginning depends on what comes so much later.
const WINDOW: usize = 2048;

/// A set a printer can be switched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CharacterSet {
    /// `ESC t` with this number.
    Table(u8),
    /// Two-byte characters (`FS &`).
    Multibyte,
}

/// A character in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The set.
    pub(crate) set: CharacterSet,
    octets: [u8; 2],
    length: u8,
}

impl Placed {
    /// What prints it.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }
}

/// The sets of a printer, best first.
#[derive(Debug, Clone)]
pub(crate) struct CharacterSets {
    tables: Vec<(u8, CodeTable)>,
    /// Where each character beyond ASCII stands in the tables, sorted; looked
    /// up when the first one comes.
    places: OnceLock<Arc<[Place]>>,
    multibyte: Option<Multibyte>,
}

/// A character, and an octet that prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    character: char,
    /// Which of the tables, by preference.
    preference: u8,
    number: u8,
    octet: u8,
}

/// The tables of a printer, and where each character stands in them.
type Index = (Vec<(u8, CodeTable)>, Arc<[Place]>);

impl CharacterSets {
    /// Those of a printer.
    pub(crate) fn new(profile: &Profile) -> Self {
        let mut tables = profile.code_tables.to_vec();
        tables.sort_by_key(|(number, table)| {
            let common = COMMON_TABLES.iter().position(|common| common == table);
            (common.unwrap_or(COMMON_TABLES.len()), *number)
        });
        Self {
            tables,
            places: OnceLock::new(),
            multibyte: profile.multibyte,
        }
    }

    fn places(&self) -> &[Place] {
        self.places.get_or_init(|| indexed(&self.tables))
    }

    /// The system of its two-byte characters, if it has any.
    pub(crate) fn multibyte(&self) -> Option<Multibyte> {
        self.multibyte
    }

    /// Whether some set prints the character.
    pub(crate) fn has(&self, character: char) -> bool {
        matches!(character, ' '..='~') || self.placed(character).next().is_some()
    }

    /// All places of a character beyond ASCII, those in preferred sets first.
    pub(crate) fn placed(&self, character: char) -> impl Iterator<Item = Placed> {
        // A printer's table has single cells, its two octets are two cells: 年 in
        // the katakana page is a narrow one, and Greek in Shift JIS is wide.
        let wide = character.width() == Some(2);
        let places = self.places();
        let first = places.partition_point(|place| place.character < character);
        let in_tables = places[first..]
            .iter()
            .take_while(move |place| place.character == character && !wide)
            .map(|place| Placed {
                set: CharacterSet::Table(place.number),
                octets: [place.octet, 0],
                length: 1,
            });
        let two_octets = self
            .multibyte
            .filter(|_| wide)
            .and_then(|system| two_octets(system, character))
            .map(|octets| Placed {
                set: CharacterSet::Multibyte,
                octets,
                length: 2,
            });
        two_octets.into_iter().chain(in_tables)
    }

    /// For each character the place with which the whole is shortest; `None`
    /// for ASCII, and for what no set has.
    pub(crate) fn assign(&self, text: impl IntoIterator<Item = char>) -> Vec<Option<Placed>> {
        let characters: Vec<char> = text.into_iter().collect();
        let mut assigned = vec![None; characters.len()];
        let beyond: Vec<usize> = (0..characters.len())
            .filter(|&at| !characters[at].is_ascii() && self.has(characters[at]))
            .collect();
        let mut selected = None;
        for window in beyond.chunks(WINDOW) {
            let choices: Vec<Vec<Placed>> = window
                .iter()
                .map(|&at| self.placed(characters[at]).collect())
                .collect();
            for (&at, placed) in window.iter().zip(shortest(&choices, selected)) {
                assigned[at] = Some(placed);
                selected = Some(placed.set);
            }
        }
        assigned
    }
}

/// Where each character stands in these tables, sorted. One receipt after the
/// other is for the same printer, so the latest answer is kept.
fn indexed(tables: &[(u8, CodeTable)]) -> Arc<[Place]> {
    static LATEST: Mutex<Option<Index>> = Mutex::new(None);
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, places)) = &*latest
        && of == tables
    {
        return Arc::clone(places);
    }
    let mut places: Vec<Place> = (0..=u8::MAX)
        .zip(tables)
        .flat_map(|(preference, &(number, table))| {
            (0x80..=0xFF).map(move |octet| Place {
                character: table.character(octet),
                preference,
                number,
                octet,
            })
        })
        .filter(|place| {
            !place.character.is_control() && place.character != char::REPLACEMENT_CHARACTER
        })
        .collect();
    places.sort_unstable();
    let places: Arc<[Place]> = places.into();
    *latest = Some((tables.to_vec(), Arc::clone(&places)));
    places
}

/// Picks one of the places of each character so that octets and changes of
/// the set together are fewest; earlier places win where it does not matter.
fn shortest(choices: &[Vec<Placed>], selected: Option<CharacterSet>) -> Vec<Placed> {
    /// The best way to a place: its octets, and where it came from.
    #[derive(Clone, Copy)]
    struct Way {
        octets: u32,
        from: usize,
    }
    let mut ways: Vec<Vec<Way>> = Vec::with_capacity(choices.len());
    for (at, places) in choices.iter().enumerate() {
        let to = |placed: &Placed| {
            let own = u32::from(placed.length);
            if at == 0 {
                let change = change_octets(selected, placed.set);
                return Way {
                    octets: own + change,
                    from: 0,
                };
            }
            choices[at - 1]
                .iter()
                .zip(&ways[at - 1])
                .enumerate()
                .map(|(from, (before, way))| Way {
                    octets: way.octets + own + change_octets(Some(before.set), placed.set),
                    from,
                })
                .min_by_key(|way| way.octets)
                .expect("every character has a place")
        };
        ways.push(places.iter().map(to).collect());
    }
    let Some(last) = ways.last() else {
        return Vec::new();
    };
    let mut place = (0..last.len())
        .min_by_key(|&place| last[place].octets)
        .expect("every character has a place");
    let mut picked = Vec::with_capacity(choices.len());
    for (places, ways) in choices.iter().zip(&ways).rev() {
        picked.push(places[place]);
        place = ways[place].from;
    }
    picked.reverse();
    picked
}

/// What it costs to go from one set to another.
fn change_octets(from: Option<CharacterSet>, to: CharacterSet) -> u32 {
    match (from, to) {
        (Some(from), to) if from == to => 0,
        (_, CharacterSet::Multibyte) => SWITCH_MODE_OCTETS,
        (Some(CharacterSet::Multibyte), CharacterSet::Table(_)) => {
            SWITCH_MODE_OCTETS + SELECT_TABLE_OCTETS
        }
        (_, CharacterSet::Table(_)) => SELECT_TABLE_OCTETS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn switches(assigned: &[Option<Placed>]) -> Vec<CharacterSet> {
        let mut sets: Vec<CharacterSet> =
            assigned.iter().flatten().map(|placed| placed.set).collect();
        sets.dedup();
        sets
    }

    fn octets(assigned: &[Option<Placed>]) -> u32 {
        let mut selected = None;
        let mut octets = 0;
        for placed in assigned.iter().flatten() {
            octets += change_octets(selected, placed.set) + u32::from(placed.length);
            selected = Some(placed.set);
        }
        octets
    }

    #[test]
    fn one_table_serves_a_whole_language() {
        let sets = CharacterSets::new(&Profile::default());
        for (text, table) in [
            ("Crème brûlée à côté", 0),
            ("naïve 3,80 € façade", 19),
            ("Zażółć gęślą jaźń", 18),
            ("Съешь же ещё этих мягких", 17),
            ("Ξεσκεπάζω την ψυχοφθόρα", 14),
            ("Pijamalı hasta yağız", 13),
        ] {
            let assigned = sets.assign(text.chars());
            assert_eq!(switches(&assigned), [CharacterSet::Table(table)], "{text}");
        }
    }

    #[test]
    fn a_table_that_comes_later_is_chosen_at_once_when_that_is_shorter() {
        // é is in table 0, which is preferred; € is not.
        let sets = CharacterSets::new(&Profile::default());
        let assigned = sets.assign("é€é€é".chars());
        assert_eq!(switches(&assigned), [CharacterSet::Table(19)]);
    }

    #[test]
    fn models_of_east_asia_print_two_octets_and_tables_beside_them() {
        let profile = Profile::default().with_multibyte(Multibyte::ShiftJis);
        let sets = CharacterSets::new(&profile);
        let assigned = sets.assign("日本 é 語".chars());
        assert_eq!(
            switches(&assigned),
            [
                CharacterSet::Multibyte,
                CharacterSet::Table(0),
                CharacterSet::Multibyte
            ]
        );
        assert_eq!(assigned[0].expect("a place").octets(), [0x93, 0xFA]);
        assert!(!sets.has('ก') || sets.placed('ก').all(|p| p.set != CharacterSet::Multibyte));
    }

    /// All ways to print a text, tried one by one.
    fn fewest_octets(choices: &[Vec<Placed>], selected: Option<CharacterSet>) -> u32 {
        let Some((places, rest)) = choices.split_first() else {
            return 0;
        };
        places
            .iter()
            .map(|placed| {
                u32::from(placed.length)
                    + change_octets(selected, placed.set)
                    + fewest_octets(rest, Some(placed.set))
            })
            .min()
            .expect("every character has a place")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// No other choice is shorter.
        #[test]
        fn the_choice_is_the_shortest(
            text in proptest::collection::vec(
                proptest::sample::select("aéłżЖжω€ßĂ漢".chars().collect::<Vec<_>>()), 0..8
            ),
            multibyte in any::<bool>(),
        ) {
            let mut profile = Profile::new(48, 576);
            profile.code_tables = Cow::Owned(vec![
                (0, CodeTable::Cp437), (16, CodeTable::Windows1252), (18, CodeTable::Cp852),
                (17, CodeTable::Cp866), (46, CodeTable::Windows1251), (45, CodeTable::Windows1250),
            ]);
            if multibyte {
                profile.multibyte = Some(Multibyte::Gb18030);
            }
            let sets = CharacterSets::new(&profile);
            let choices: Vec<Vec<Placed>> = text
                .iter()
                .filter(|character| !character.is_ascii() && sets.has(**character))
                .map(|&character| sets.placed(character).collect())
                .collect();
            let assigned = sets.assign(text);
            prop_assert_eq!(octets(&assigned), fewest_octets(&choices, None));
        }
    }
}
