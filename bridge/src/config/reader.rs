//! Reads a TOML table key by key and collects everything that is wrong with
//! it, so that a person corrects a file once and not once per mistake.
//!
//! Knows no key of Platen; [`super::read`] does, and `crate::provision` for
//! its own file.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line of the file, counted from 1; `None` where no line is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The key in full, such as `limits.frame_octets_max`; empty when the file
    /// is no TOML at all.
    pub key: String,
    /// The value as written, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match (&*self.key, &self.value) {
            ("", _) => {}
            (key, Some(value)) => write!(f, "{key} = {value}: ")?,
            (key, None) => write!(f, "{key}: ")?,
        }
        f.write_str(&self.message)
    }
}

/// The text being read and what was found wrong with it so far.
#[derive(Debug)]
pub(crate) struct Reading<'t> {
    text: &'t str,
    /// Where to read how such a file is written.
    explained_by: &'static str,
    problems: RefCell<Vec<Problem>>,
    /// Every key somebody asked for: the list behind the generated reference.
    asked: RefCell<BTreeSet<String>>,
}

impl<'t> Reading<'t> {
    pub(crate) fn new(text: &'t str, explained_by: &'static str) -> Self {
        Self {
            text,
            explained_by,
            problems: RefCell::new(Vec::new()),
            asked: RefCell::new(BTreeSet::new()),
        }
    }

    /// The whole file as one table; empty when it is no TOML, which is a
    /// problem of its own.
    pub(crate) fn root(&self) -> Table<'_, 't> {
        let values = match DeTable::parse(self.text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                self.problem(
                    error.span().map(|span| self.line(span.start)),
                    "",
                    None,
                    format!(
                        "not TOML: {}; compare with {}",
                        error.message(),
                        self.explained_by
                    ),
                );
                DeTable::new()
            }
        };
        Table {
            reading: self,
            path: String::new(),
            line: None,
            values,
            known: Vec::new(),
            refused: Vec::new(),
        }
    }

    pub(crate) fn problem(
        &self,
        line: Option<usize>,
        key: &str,
        value: Option<String>,
        message: String,
    ) {
        self.problems.borrow_mut().push(Problem {
            line,
            key: key.to_owned(),
            // Problems are shown, logged and sent to people who help.
            value: value.filter(|_| !may_hold_a_secret(key)),
            message,
        });
    }

    #[cfg(test)]
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }

    /// Everything found, in the order of the file.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        problems
    }

    fn line(&self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        1 + self.text.as_bytes()[..end]
            .iter()
            .filter(|&&b| b == b'\n')
            .count()
    }
}

/// One table of the file. Keys are taken out of it; what remains at
/// [`Table::finish`] is unknown.
#[derive(Debug)]
pub(crate) struct Table<'r, 't> {
    reading: &'r Reading<'t>,
    path: String,
    /// Where the table begins; `None` for the whole file and for tables that
    /// are not there.
    line: Option<usize>,
    values: DeTable<'t>,
    known: Vec<String>,
    refused: Vec<String>,
}

/// A value with its place, for checks that need other keys as well.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    line: Option<usize>,
    key: String,
    value: Option<String>,
}

impl<'r, 't> Table<'r, 't> {
    /// The value of `key` as `parse` understands it; `None` when it is left
    /// out or wrong. `parse` answers what is wrong and what to write instead.
    pub(crate) fn take<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        self.take_placed(key, parse).map(|(value, _)| value)
    }

    /// [`Table::take`] of what its owner keeps to themselves: a refusal does not
    /// repeat it.
    pub(crate) fn take_secret<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        self.take_secret_placed(key, parse).map(|(value, _)| value)
    }

    /// [`Table::take_secret`], with the place for a later [`Table::refuse`].
    pub(crate) fn take_secret_placed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<(T, Place)> {
        self.take_shown(key, parse, |_| None)
    }

    /// [`Table::take`], with the place for a later [`Table::refuse`].
    pub(crate) fn take_placed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<(T, Place)> {
        self.take_shown(key, parse, |value| Some(excerpt(value)))
    }

    fn take_shown<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
        show: impl FnOnce(&DeValue<'_>) -> Option<String>,
    ) -> Option<(T, Place)> {
        let path = self.ask(key);
        let value = self.values.remove(key)?;
        let place = Place {
            line: Some(self.reading.line(value.span().start)),
            key: path,
            value: show(value.get_ref()),
        };
        match parse(value.get_ref()) {
            Ok(parsed) => Some((parsed, place)),
            Err(message) => {
                self.refuse(&place, message);
                self.refused.push(key.to_owned());
                None
            }
        }
    }

    /// The table `key`; an empty one when it is left out or no table.
    pub(crate) fn table(&mut self, key: &str) -> Table<'r, 't> {
        let path = join(&self.path, key);
        self.known.push(key.to_owned());
        let value = self.values.remove(key);
        let line = value
            .as_ref()
            .map(|value| self.reading.line(value.span().start));
        let values = match value.map(Spanned::into_inner) {
            None => DeTable::new(),
            Some(DeValue::Table(table)) => table,
            Some(other) => {
                let message = format!("is a table; write `[{path}]` and its keys below");
                self.reading
                    .problem(line, &path, Some(excerpt(&other)), message);
                DeTable::new()
            }
        };
        Table {
            reading: self.reading,
            path,
            line,
            values,
            known: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The tables `[[key]]`; `None` when there is no such key.
    pub(crate) fn tables(&mut self, key: &str) -> Option<Vec<Table<'r, 't>>> {
        let path = join(&self.path, key);
        self.known.push(key.to_owned());
        let value = self.values.remove(key)?;
        let line = self.reading.line(value.span().start);
        let refuse = |line, value: &DeValue<'_>| {
            let message = format!("is a list of tables; write `[[{path}]]` and its keys below");
            self.reading
                .problem(Some(line), &path, Some(excerpt(value)), message);
        };
        let items = match value.into_inner() {
            DeValue::Array(items) => items,
            other => {
                refuse(line, &other);
                return Some(Vec::new());
            }
        };
        let tables = items.into_iter().filter_map(|item| {
            let line = self.reading.line(item.span().start);
            match item.into_inner() {
                DeValue::Table(values) => Some(Table {
                    reading: self.reading,
                    path: path.clone(),
                    line: Some(line),
                    values,
                    known: Vec::new(),
                    refused: Vec::new(),
                }),
                other => {
                    refuse(line, &other);
                    None
                }
            }
        });
        Some(tables.collect())
    }

    /// Whether `key` is there and not yet taken.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Leaves `key` out, whatever it says.
    pub(crate) fn forget(&mut self, key: &str) {
        self.values.remove(key);
    }

    /// Reports a problem with a value taken before.
    pub(crate) fn refuse(&self, place: &Place, message: String) {
        self.reading
            .problem(place.line, &place.key, place.value.clone(), message);
    }

    /// Reports a problem with a key that is not there.
    pub(crate) fn refuse_missing(&mut self, key: &str, message: &str) {
        let path = self.ask(key);
        self.reading
            .problem(self.line, &path, None, message.to_owned());
    }

    /// Whether the value of `key` was there, but wrong.
    pub(crate) fn was_refused(&self, key: &str) -> bool {
        self.refused.iter().any(|refused| refused == key)
    }

    /// Refuses the keys nobody took: a misspelled key must not silently leave
    /// its default in place.
    pub(crate) fn finish(self) {
        for key in self.values.keys() {
            let message = format!("no such key; here can stand: {}", self.known.join(", "));
            self.reading.problem(
                Some(self.reading.line(key.span().start)),
                &join(&self.path, key.get_ref()),
                // Nobody knows what it is: it may be a secret.
                None,
                message,
            );
        }
    }

    /// Notes that `key` exists, and returns its full name.
    pub(crate) fn ask(&mut self, key: &str) -> String {
        let path = join(&self.path, key);
        if !self.known.iter().any(|known| known == key) {
            self.known.push(key.to_owned());
        }
        self.reading.asked.borrow_mut().insert(path.clone());
        path
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Whether somebody may have written a secret here, rightly or not.
fn may_hold_a_secret(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
    ["token", "secret", "password", "key"]
        .iter()
        .any(|word| last.contains(word))
}

/// A value as a person wrote it, short enough for one line.
fn excerpt(value: &DeValue<'_>) -> String {
    const CHARACTERS_MAX: usize = 80;
    let text = match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| excerpt(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(_) => "{ ... }".to_owned(),
    };
    if text.chars().count() <= CHARACTERS_MAX {
        return text;
    }
    let short: String = text.chars().take(CHARACTERS_MAX).collect();
    format!("{short}...")
}

/// A text.
pub(crate) fn text(value: &DeValue<'_>) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "write a text in quotes".to_owned())
}

/// `true` or `false`.
pub(crate) fn truth(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| "write true or false, without quotes".to_owned())
}

/// A whole number, not negative.
pub(crate) fn whole_number(value: &DeValue<'_>) -> Result<u64, String> {
    value
        .as_integer()
        .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
        .ok_or_else(|| "write a whole number, without quotes and not negative".to_owned())
}

/// A list, each item by `item`.
pub(crate) fn list<T>(
    value: &DeValue<'_>,
    mut item: impl FnMut(&DeValue<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    value
        .as_array()
        .ok_or_else(|| "write a list in brackets".to_owned())?
        .iter()
        .map(|value| item(value.get_ref()))
        .collect()
}

/// One of a few words.
pub(crate) fn word<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, String> {
    let found = value
        .as_str()
        .and_then(|text| words.iter().find(|(word, _)| *word == text));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<_> = words
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        format!("write one of {}", words.join(", "))
    })
}
