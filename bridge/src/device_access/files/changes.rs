//! What became of a folder between two looks, and which part of it a page
//! wants to hear. Pure but for reading the end of a file.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

/// Octets of a file that go with an event.
const EXCERPT_OCTETS_MAX: u64 = 256 * 1024;

/// A file as a look found it: when two are equal, it was not written between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Its number: another file may have got the name.
    pub(super) number: u64,
    /// Its length.
    pub(super) octets: u64,
    /// When it was written, in nanoseconds.
    pub(super) written: i128,
}

/// What a look found, by name.
pub(super) type Look = BTreeMap<String, Stamp>;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was not there before.
    Created,
    /// It was written.
    Modified,
    /// It is there no more.
    Deleted,
}

/// What became of the files between two looks: first what is gone.
pub(super) fn changes(before: &Look, after: &Look) -> Vec<(String, Change)> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let gone = gone.map(|name| (name.clone(), Change::Deleted));
    let there = after.iter().filter_map(|(name, stamp)| {
        let change = match before.get(name) {
            None => Change::Created,
            Some(then) if then != stamp => Change::Modified,
            Some(_) => return None,
        };
        Some((name.clone(), change))
    });
    gone.chain(there).collect()
}

/// Which names a page wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NameFilter {
    /// Patterns with `*` and `?`; none: every name.
    pub(crate) include: Vec<String>,
    /// Patterns of names to leave out all the same.
    pub(crate) exclude: Vec<String>,
    /// Whether `A` is `a`.
    pub(crate) ignore_case: bool,
}

impl NameFilter {
    /// Whether a page wants to hear of this name.
    pub(super) fn admits(&self, name: &str) -> bool {
        let fold = |text: &str| -> Vec<char> {
            if self.ignore_case {
                text.to_lowercase().chars().collect()
            } else {
                text.chars().collect()
            }
        };
        let name = fold(name);
        let any = |patterns: &[String]| patterns.iter().any(|pattern| fits(&fold(pattern), &name));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

/// Whether a name fits a pattern, in a time that grows with both and not
/// with the number of stars.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut name_at) = (0, 0);
    // Where the last star stands, and what it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while name_at < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, name_at));
                at += 1;
            }
            Some(c) if *c == '?' || *c == name[name_at] => {
                at += 1;
                name_at += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, name_at) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// Which part of a file goes with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// Octets or lines.
    pub(crate) unit: Unit,
    /// How many; `None` for all.
    pub(crate) count: Option<u64>,
    /// Whether the last ones are meant.
    pub(crate) from_end: bool,
}

/// What an excerpt is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Octets.
    Octets,
    /// Lines, each with its end.
    Lines,
}

impl Excerpt {
    /// The part of this file: at most [`EXCERPT_OCTETS_MAX`] of it.
    pub(super) fn of(&self, mut file: impl Read + Seek) -> io::Result<Vec<u8>> {
        let length = file.seek(SeekFrom::End(0))?;
        let wanted = match self.unit {
            Unit::Octets => self.count.unwrap_or(u64::MAX),
            Unit::Lines => u64::MAX,
        };
        let wanted = wanted.min(EXCERPT_OCTETS_MAX).min(length);
        let start = if self.from_end { length - wanted } else { 0 };
        file.seek(SeekFrom::Start(start))?;
        let mut octets = Vec::new();
        file.take(wanted).read_to_end(&mut octets)?;
        Ok(match (self.unit, self.count) {
            (Unit::Lines, Some(count)) => lines(&octets, count, self.from_end).to_vec(),
            (Unit::Lines, None) | (Unit::Octets, _) => octets,
        })
    }
}

/// The first or the last lines.
fn lines(octets: &[u8], count: u64, from_end: bool) -> &[u8] {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if from_end {
        // What stands after the last end of a line is a line as well.
        let body = octets.strip_suffix(b"\n").unwrap_or(octets);
        let mut ends = body
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, octet)| **octet == b'\n');
        match count.checked_sub(1).map(|skipped| ends.nth(skipped)) {
            None => &[],
            Some(None) => octets,
            Some(Some((at, _))) => &octets[at + 1..],
        }
    } else {
        let mut ends = octets
            .iter()
            .enumerate()
            .filter(|(_, octet)| **octet == b'\n');
        match count.checked_sub(1).map(|skipped| ends.nth(skipped)) {
            None => &[],
            Some(None) => octets,
            Some(Some((at, _))) => &octets[..=at],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn look(files: &[(&str, u64)]) -> Look {
        let stamp = |octets| Stamp {
            number: 1,
            octets,
            written: 0,
        };
        let files = files
            .iter()
            .map(|(name, octets)| ((*name).to_owned(), stamp(*octets)));
        files.collect()
    }

    #[test]
    fn two_looks_tell_what_was_between_them() {
        let before = look(&[("gone", 1), ("same", 1), ("longer", 1)]);
        let after = look(&[("longer", 2), ("new", 1), ("same", 1)]);
        let expected = [
            ("gone", Change::Deleted),
            ("longer", Change::Modified),
            ("new", Change::Created),
        ];
        let expected = expected.map(|(name, change)| (name.to_owned(), change));
        assert_eq!(changes(&before, &after), expected);
        assert_eq!(changes(&after, &after), []);
    }

    #[test]
    fn names_are_let_in_and_left_out_by_patterns() {
        let filter = |include: &[&str], exclude: &[&str], ignore_case| NameFilter {
            include: include.iter().map(ToString::to_string).collect(),
            exclude: exclude.iter().map(ToString::to_string).collect(),
            ignore_case,
        };
        for (include, exclude, ignore_case, name, expected) in [
            (&[][..], &[][..], true, "a.csv", true),
            (&["*.csv"], &[], true, "A.CSV", true),
            (&["*.csv"], &[], false, "A.CSV", false),
            (&["*.csv"], &[], true, "a.csv.tmp", false),
            (&["?.csv"], &[], true, "ab.csv", false),
            (&["*a*b*"], &[], true, "xxaxxbxx", true),
            (&["*a*b*"], &[], true, "xxbxxaxx", false),
            (&["*"], &["*.tmp"], true, "a.tmp", false),
            (&["*.txt", "*.csv"], &["b*"], true, "a.csv", true),
            (&["*.txt", "*.csv"], &["b*"], true, "b.csv", false),
            (&["Ö*"], &[], true, "öl", true),
        ] {
            let filter = filter(include, exclude, ignore_case);
            assert_eq!(filter.admits(name), expected, "{filter:?} {name}");
        }
        let stars = "*a".repeat(100);
        assert!(!filter(&[&stars], &[], true).admits(&"a".repeat(99)));
    }

    #[test]
    fn an_excerpt_is_the_beginning_or_the_end() {
        let text = "one\ntwo\nthree\n";
        let open = "one\ntwo";
        for (unit, count, from_end, file, expected) in [
            (Unit::Octets, None, false, text, text),
            (Unit::Octets, Some(5), false, text, "one\nt"),
            (Unit::Octets, Some(5), true, text, "hree\n"),
            (Unit::Octets, Some(99), true, text, text),
            (Unit::Lines, None, true, text, text),
            (Unit::Lines, Some(1), true, text, "three\n"),
            (Unit::Lines, Some(2), true, text, "two\nthree\n"),
            (Unit::Lines, Some(3), true, text, text),
            (Unit::Lines, Some(9), true, text, text),
            (Unit::Lines, Some(0), true, text, ""),
            (Unit::Lines, Some(0), false, text, ""),
            (Unit::Lines, Some(2), false, text, "one\ntwo\n"),
            (Unit::Lines, Some(1), true, open, "two"),
            (Unit::Lines, Some(9), false, open, open),
            (Unit::Lines, Some(9), true, "", ""),
        ] {
            let excerpt = Excerpt {
                unit,
                count,
                from_end,
            };
            let part = excerpt.of(Cursor::new(file)).unwrap();
            assert_eq!(String::from_utf8(part).unwrap(), expected, "{excerpt:?}");
        }
        let large = vec![b'x'; 1024 * 1024];
        let all = Excerpt {
            unit: Unit::Octets,
            count: None,
            from_end: true,
        };
        let part = all.of(Cursor::new(large)).unwrap();
        assert_eq!(part.len() as u64, EXCERPT_OCTETS_MAX);
    }
}
