//! What was changed and what stood there before, written down first.
//!
//! One line of JSON for each change, durable before the change is made: a
//! crash leaves at most a change in the journal that was not made, and undoing
//! that does nothing. A line that a crash cut short was never acted upon.
//! Lines of a run end with `completed`; a run without is taken back by
//! whoever comes next.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::change::{Backward, Rule};
use crate::machine::Machine;
use crate::standing::{FileStanding, Stamp, Standing};
use crate::windows::{RegistryData, RootStoreOf};

/// A journal of another version is none of ours to undo.
const VERSION: u32 = 1;
/// What was installed, and how, is its owner's business.
const FOLDER_MODE: u32 = 0o700;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("the installation's journal {path} cannot be used: {source}")]
    File {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "line {line} of the installation's journal {path} cannot be read ({why}); use the version of Platen that wrote it"
    )]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// Which line.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// What was chosen at installation and holds until it is undone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Origins that may reach this machine, as they were named.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Whether a package brings programs and service.
    #[serde(default)]
    pub package: bool,
}

/// A change as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) step: String,
    pub(crate) what: String,
    pub(crate) undo: Undo,
}

/// What undoes a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Undo {
    Folder {
        path: PathBuf,
    },
    File {
        path: PathBuf,
        before: Standing,
        after: Stamp,
        rule: Rule,
    },
    Program {
        backward: Backward,
    },
    RegistryKey {
        key: String,
    },
    RegistryValue {
        key: String,
        name: String,
        before: Option<RegistryData>,
        after: Option<RegistryData>,
    },
    RootCertificate {
        store: RootStoreOf,
        der: Vec<u8>,
        before: bool,
    },
}

impl Undo {
    /// Whether undoing this, done later, makes the other one needless.
    fn covers(&self, later: &Self) -> bool {
        match (self, later) {
            (
                Self::File {
                    path: one,
                    rule: Rule::Ours,
                    ..
                },
                Self::File {
                    path: other,
                    rule: Rule::Ours,
                    ..
                },
            ) => one == other,
            (
                Self::RegistryValue {
                    key: one,
                    name: first,
                    ..
                },
                Self::RegistryValue {
                    key: other,
                    name: second,
                    ..
                },
            ) => one == other && first == second,
            (
                Self::RootCertificate {
                    store: one,
                    der: first,
                    ..
                },
                Self::RootCertificate {
                    store: other,
                    der: second,
                    ..
                },
            ) => one == other && first == second,
            (Self::Folder { .. } | Self::RegistryKey { .. }, _) => self == later,
            (Self::Program { backward }, _) => {
                !matches!(backward, Backward::Run { .. }) && self == later
            }
            (Self::File { .. } | Self::RegistryValue { .. } | Self::RootCertificate { .. }, _) => {
                false
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Begin {
        version: u32,
        choices: Choices,
        /// Folders that were made for the journal itself.
        folders: Vec<PathBuf>,
    },
    Will(Record),
    Completed,
}

/// The journal of one installation.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    choices: Option<Choices>,
    folders: Vec<PathBuf>,
    records: Vec<Record>,
    /// How it was when the last run came to its end.
    completed: Mark,
    /// Whether a run was begun, or a line, and not ended.
    open: bool,
}

impl Journal {
    /// Reads it; without a file, nothing is installed.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(machine: &dyn Machine, path: &Path) -> Result<Self, JournalError> {
        let mut journal = Self {
            path: path.to_owned(),
            choices: None,
            folders: Vec::new(),
            records: Vec::new(),
            completed: Mark::default(),
            open: false,
        };
        let file = |source| JournalError::File {
            path: path.to_owned(),
            source,
        };
        let octets = match machine.look(path).map_err(file)? {
            Standing::Absent => return Ok(journal),
            Standing::File(found) => found.octets,
            Standing::Folder | Standing::Link { .. } => {
                return Err(file(io::Error::other("it is no file")));
            }
        };
        let whole = octets.iter().rposition(|&octet| octet == b'\n');
        let (lines, torn) = octets.split_at(whole.map_or(0, |end| end + 1));
        for (index, text) in lines.split(|&octet| octet == b'\n').enumerate() {
            if !text.is_empty() {
                journal.take_in(index + 1, text)?;
            }
        }
        journal.open |= !torn.is_empty();
        Ok(journal)
    }

    fn take_in(&mut self, line: usize, text: &[u8]) -> Result<(), JournalError> {
        let damaged = |why: String| JournalError::Damaged {
            path: self.path.clone(),
            line,
            why,
        };
        match serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))? {
            Line::Begin { version, .. } if version != VERSION => {
                return Err(damaged(format!("version {version}")));
            }
            Line::Begin {
                choices, folders, ..
            } => {
                self.choices = Some(choices);
                self.folders.extend(folders);
                self.open = true;
            }
            Line::Will(record) => self.records.push(record),
            Line::Completed => self.end_run(),
        }
        Ok(())
    }

    /// Whether something is installed, whole or in part.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.choices.is_none() && !self.open
    }

    /// Whether the last run was cut short.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.open
    }

    fn end_run(&mut self) {
        self.open = false;
        self.completed = Mark {
            records: self.records.len(),
            choices: self.choices.clone(),
        };
    }

    /// What was chosen, when something is installed.
    #[must_use]
    pub fn choices(&self) -> Option<&Choices> {
        self.choices.as_ref()
    }

    fn remove_folders(&mut self, machine: &dyn Machine) -> io::Result<()> {
        let unknown = self.path.ancestors().skip(1).take(FOLDERS_MAX);
        let folders: Vec<PathBuf> = if self.folders.is_empty() {
            unknown.map(Path::to_owned).collect()
        } else {
            self.folders.drain(..).rev().collect()
        };
        for folder in folders {
            match machine.look(&folder)? {
                Standing::Folder if machine.list(&folder)?.is_empty() => {
                    machine.remove_folder(&folder)?;
                }
                // Gone already: an earlier end came this far.
                Standing::Absent => {}
                Standing::Folder | Standing::File(_) | Standing::Link { .. } => break,
            }
        }
        Ok(())
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Begins a run: makes the journal's folders where they are missing.
    pub(crate) fn begin(&mut self, machine: &dyn Machine, choices: &Choices) -> io::Result<()> {
        let mut made = Vec::new();
        let begun = self.make_folders(machine, &mut made).and_then(|()| {
            self.write(
                machine,
                &Line::Begin {
                    version: VERSION,
                    choices: choices.clone(),
                    folders: made.clone(),
                },
            )
        });
        self.folders.extend(made);
        self.open = true;
        begun?;
        self.choices = Some(choices.clone());
        Ok(())
    }

    fn make_folders(&self, machine: &dyn Machine, made: &mut Vec<PathBuf>) -> io::Result<()> {
        let mut missing = Vec::new();
        for folder in self.path.ancestors().skip(1) {
            if machine.look(folder)? != Standing::Absent {
                break;
            }
            missing.push(folder);
        }
        while let Some(folder) = missing.pop() {
            made.push(folder.to_owned());
            machine.make_folder(folder, FOLDER_MODE)?;
        }
        Ok(())
    }

    /// Writes down what will be done, durably.
    pub(crate) fn will(&mut self, machine: &dyn Machine, record: Record) -> io::Result<()> {
        let line = Line::Will(record);
        self.write(machine, &line)?;
        if let Line::Will(record) = line {
            self.records.push(record);
        }
        Ok(())
    }

    /// The run came to its end. What it did again need not be undone twice:
    /// of a file of ours, what stood there before the first time counts.
    pub(crate) fn complete(&mut self, machine: &dyn Machine) -> io::Result<()> {
        let mut kept: Vec<Record> = Vec::new();
        for record in &self.records {
            if !kept.iter().any(|earlier| earlier.undo.covers(&record.undo)) {
                kept.push(record.clone());
            }
        }
        self.keep(machine, kept, self.choices.clone())
    }

    fn write(&self, machine: &dyn Machine, line: &Line) -> io::Result<()> {
        machine.append(&self.path, &to_octets(line)?)
    }

    /// How it was when the last run came to its end.
    pub(crate) fn mark(&self) -> Mark {
        self.completed.clone()
    }

    /// Forgets all but these records; without any, the journal is removed with
    /// the folders that were made for it.
    pub(crate) fn keep(
        &mut self,
        machine: &dyn Machine,
        records: Vec<Record>,
        choices: Option<Choices>,
    ) -> io::Result<()> {
        if let Some(choices) = &choices {
            let mut octets = to_octets(&Line::Begin {
                version: VERSION,
                choices: choices.clone(),
                folders: self.folders.clone(),
            })?;
            for record in &records {
                octets.extend(to_octets(&Line::Will(record.clone()))?);
            }
            octets.extend(to_octets(&Line::Completed)?);
            let file = FileStanding {
                octets,
                mode: 0o600,
                owner: None,
            };
            machine.place(&self.path, &file)?;
        } else {
            for left in [crate::machine::beside(&self.path), self.path.clone()] {
                if machine.look(&left)? != Standing::Absent {
                    machine.remove(&left)?;
                }
            }
            self.remove_folders(machine)?;
        }
        self.records = records;
        self.choices = choices;
        self.end_run();
        Ok(())
    }
}

/// Whose folders of a user are made only for us, where a crash came before the
/// first line of the journal could say so: it, its parent and that one's.
const FOLDERS_MAX: usize = 3;

/// A place in the journal to go back to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mark {
    pub(crate) records: usize,
    pub(crate) choices: Option<Choices>,
}

fn to_octets(line: &Line) -> io::Result<Vec<u8>> {
    let mut octets = serde_json::to_vec(line)?;
    octets.push(b'\n');
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::RealMachine;

    #[test]
    fn a_journal_reads_back_and_a_line_cut_short_never_was() {
        let root = tempfile::tempdir().unwrap();
        let machine = RealMachine::below(root.path());
        let path = Path::new("/var/lib/x/journal");
        let mut journal = Journal::read(&machine, path).unwrap();
        assert!(journal.is_empty());
        let choices = Choices {
            origins: vec!["https://pos.example".to_owned()],
            package: true,
        };
        journal.begin(&machine, &choices).unwrap();
        let record = Record {
            step: "step".to_owned(),
            what: "make the folder /a".to_owned(),
            undo: Undo::Folder { path: "/a".into() },
        };
        journal.will(&machine, record.clone()).unwrap();
        machine.append(path, b"{\"will\":{\"st").unwrap();
        let again = Journal::read(&machine, path).unwrap();
        assert_eq!(again.records(), [record]);
        assert_eq!(again.choices(), Some(&choices));
        assert!(again.is_cut_short());
    }

    #[test]
    fn a_journal_of_another_version_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let machine = RealMachine::below(root.path());
        let line = b"{\"begin\":{\"version\":2,\"choices\":{},\"folders\":[]}}\n";
        machine.append(Path::new("/journal"), line).unwrap();
        let error = Journal::read(&machine, Path::new("/journal")).unwrap_err();
        assert!(error.to_string().contains("version 2"), "{error}");
    }
}
