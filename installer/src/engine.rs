//! Makes changes and takes them back.
//!
//! [`apply`] writes each change to the journal, makes it, and at the first
//! failure takes back what this run did. [`undo`] takes back everything. Each
//! taking back looks at what is there now and may be done twice: a crash in
//! the middle of it is mended by doing it again.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::change::{Backward, Change, Question, Rule};
use crate::command::{Command, Finished};
use crate::journal::{Choices, Journal, Record, Undo};
use crate::json_merge::Document;
use crate::machine::{Machine, beside};
use crate::plan::Plan;
use crate::standing::{FileStanding, Stamp, Standing};
use crate::windows::{RegistryData, Windows};

/// Why a plan was not carried out. Everything is as before, unless `left` says
/// otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {what} failed: {source}{}", describe_left(.left))]
pub struct ApplyError {
    /// Which step.
    pub step: String,
    /// Which change.
    pub what: String,
    /// Why.
    #[source]
    pub source: io::Error,
    /// What could not be taken back.
    pub left: Vec<Left>,
}

fn describe_left(left: &[Left]) -> String {
    if left.is_empty() {
        return "; what was changed before it is as it was".to_owned();
    }
    let lines: Vec<_> = left.iter().map(ToString::to_string).collect();
    format!(
        "; not taken back: {}; run `platen uninstall` to try again",
        lines.join(", ")
    )
}

/// Something that could not be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Left {
    /// The change.
    pub what: String,
    /// Why it is still there.
    pub why: String,
}

/// What undoing did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// The changes that were taken back, as they were made.
    pub done: Vec<String>,
    /// What could not be, and is still in the journal.
    pub left: Vec<Left>,
}

/// Carries a plan out. A run that was cut short before is taken back first by
/// the caller, with [`undo_cut_short`], because the plan is made after that.
///
/// # Errors
/// [`ApplyError`], after everything that this run did was taken back.
pub fn apply(
    plan: &Plan,
    choices: &Choices,
    machine: &dyn Machine,
    journal: &mut Journal,
) -> Result<(), ApplyError> {
    if plan.is_empty() && journal.choices() == Some(choices) {
        return Ok(());
    }
    let mut place = ("journal", "writing it".to_owned());
    let mark = journal.mark();
    let result = journal.begin(machine, choices).and_then(|()| {
        for (step, change) in plan.changes() {
            place = (step, change.describe());
            perform(step, change, machine, journal)?;
        }
        place = ("journal", "writing it".to_owned());
        journal.complete(machine)
    });
    result.map_err(|source| {
        let undone = take_back(machine, journal, mark.records, mark.choices);
        ApplyError {
            step: place.0.to_owned(),
            what: place.1.clone(),
            source,
            left: undone.left,
        }
    })
}

/// Takes back a run that a crash cut short, if only the journal's folder was
/// made; nothing where none was.
pub fn undo_cut_short(machine: &dyn Machine, journal: &mut Journal) -> Undone {
    if !journal.is_cut_short() && !journal.is_empty() {
        return Undone::default();
    }
    let mark = journal.mark();
    take_back(machine, journal, mark.records, mark.choices)
}

/// Takes everything back and removes the journal.
pub fn undo(machine: &dyn Machine, journal: &mut Journal) -> Undone {
    take_back(machine, journal, 0, None)
}

/// What [`undo`] would do, last change first.
#[must_use]
pub fn what_undo_does(journal: &Journal) -> Vec<String> {
    let records = journal.records().iter().rev();
    records
        .map(|record| format!("{}: {}", record.step, describe_undo(&record.undo)))
        .collect()
}

fn describe_undo(undo: &Undo) -> String {
    match undo {
        Undo::Folder { path } => format!("remove the folder {}, if it is empty", path.display()),
        Undo::File {
            path,
            before: Standing::Absent,
            rule: Rule::Ours,
            ..
        } => format!("remove {}", path.display()),
        Undo::File { path, .. } => format!("{} as it was before", path.display()),
        Undo::Program { backward } => match backward {
            Backward::Nothing => "nothing".to_owned(),
            Backward::Run { command, .. } => command.to_string(),
            Backward::RemoveLinks {
                folder, command, ..
            } => format!("remove our links in {}, then {command}", folder.display()),
            Backward::RemoveEmptyStore { folder } => {
                format!("remove the store in {}, if it is empty", folder.display())
            }
        },
        Undo::RegistryKey { key } => format!("remove the key HKLM\\{key}, if it is empty"),
        Undo::RegistryValue {
            key,
            name,
            before: None,
            ..
        } => format!("remove HKLM\\{key}\\{name}"),
        Undo::RegistryValue { key, name, .. } => format!("HKLM\\{key}\\{name} as it was before"),
        Undo::RootCertificate { before: true, .. } => "nothing".to_owned(),
        Undo::RootCertificate { .. } => {
            "take this machine's certificate out of the authorities that Windows trusts".to_owned()
        }
    }
}

fn perform(
    step: &str,
    change: &Change,
    machine: &dyn Machine,
    journal: &mut Journal,
) -> io::Result<()> {
    let mut will = |undo| {
        let record = Record {
            step: step.to_owned(),
            what: change.describe(),
            undo,
        };
        journal.will(machine, record)
    };
    match change {
        Change::Folder { path, mode } => {
            // An earlier step may have made it.
            if machine.look(path)? == Standing::Folder {
                return Ok(());
            }
            will(Undo::Folder { path: path.clone() })?;
            machine.make_folder(path, *mode)
        }
        Change::File {
            path,
            octets,
            mode,
            rule,
        } => {
            let before = machine.look(path)?;
            let owner = match &before {
                Standing::File(file) => file.owner,
                Standing::Absent | Standing::Folder | Standing::Link { .. } => None,
            };
            will(Undo::File {
                path: path.clone(),
                before,
                after: Stamp::of(octets),
                rule: rule.clone(),
            })?;
            let file = FileStanding {
                octets: octets.clone(),
                mode: *mode,
                owner,
            };
            machine.place(path, &file)
        }
        Change::Program {
            forward, backward, ..
        } => {
            will(Undo::Program {
                backward: backward.clone(),
            })?;
            forward
                .as_ref()
                .map_or(Ok(()), |command| run(machine, command).map(|_| ()))
        }
        Change::RegistryKey { key } => {
            let windows = machine.windows()?;
            // An earlier step may have made it.
            if windows.names(key)?.is_some() {
                return Ok(());
            }
            will(Undo::RegistryKey { key: key.clone() })?;
            windows.make_key(key)
        }
        Change::RegistryValue { key, name, text } => {
            let windows = machine.windows()?;
            let before = windows.value(key, name)?;
            let after = text.as_deref().map(RegistryData::of_text);
            will(Undo::RegistryValue {
                key: key.clone(),
                name: name.clone(),
                before: before.clone(),
                after: after.clone(),
            })?;
            set_value(windows, key, name, before.as_ref(), after.as_ref())
        }
        Change::RootCertificate { store, der } => {
            let windows = machine.windows()?;
            let before = windows.has_root(*store, der)?;
            will(Undo::RootCertificate {
                store: *store,
                der: der.clone(),
                before,
            })?;
            if before {
                return Ok(());
            }
            windows.add_root(*store, der)
        }
    }
}

/// Makes of a value that is `now` what is `wanted`.
fn set_value(
    windows: &dyn Windows,
    key: &str,
    name: &str,
    now: Option<&RegistryData>,
    wanted: Option<&RegistryData>,
) -> io::Result<()> {
    match wanted {
        _ if now == wanted => Ok(()),
        Some(data) => windows.set_value(key, name, data),
        None => windows.remove_value(key, name),
    }
}

fn run(machine: &dyn Machine, command: &Command) -> io::Result<Finished> {
    let finished = machine.run(command)?;
    if finished.success {
        return Ok(finished);
    }
    let said = finished.errors.trim();
    let said = if said.is_empty() {
        finished.output.trim()
    } else {
        said
    };
    Err(io::Error::other(format!(
        "`{}` failed: {}",
        command.program,
        said.lines().next().unwrap_or("it said nothing")
    )))
}

/// Takes back all records from the `from`th on, last first. What cannot be
/// taken back stays in the journal.
fn take_back(
    machine: &dyn Machine,
    journal: &mut Journal,
    from: usize,
    choices: Option<Choices>,
) -> Undone {
    let mut undone = Undone::default();
    let mut kept: Vec<Record> = journal.records()[..from].to_vec();
    let mut still: Vec<Record> = Vec::new();
    for record in journal.records()[from..].iter().rev() {
        match undo_one(machine, &record.undo) {
            Ok(()) => {
                undone.done.push(record.what.clone());
                if !still.is_empty() && waits_for_others(&record.undo) {
                    still.push(record.clone());
                }
            }
            Err(error) => {
                undone.left.push(Left {
                    what: record.what.clone(),
                    why: error.to_string(),
                });
                still.push(record.clone());
            }
        }
    }
    let choices = if still.is_empty() {
        choices
    } else {
        choices.or_else(|| journal.choices().cloned())
    };
    kept.extend(still.into_iter().rev());
    if let Err(error) = journal.keep(machine, kept, choices) {
        undone.left.push(Left {
            what: "the installation's journal".to_owned(),
            why: error.to_string(),
        });
    }
    undone
}

/// What goes only when it is empty is tried again while something is left.
fn waits_for_others(undo: &Undo) -> bool {
    match undo {
        Undo::Folder { .. } | Undo::RegistryKey { .. } => true,
        Undo::File { .. } | Undo::RegistryValue { .. } | Undo::RootCertificate { .. } => false,
        Undo::Program { backward } => match backward {
            Backward::RemoveLinks { .. } | Backward::RemoveEmptyStore { .. } => true,
            Backward::Nothing | Backward::Run { .. } => false,
        },
    }
}

fn undo_one(machine: &dyn Machine, undo: &Undo) -> io::Result<()> {
    match undo {
        // The agent's state, once systemd gave it to the agent's user: it goes
        // with the state, and root follows nothing in there.
        Undo::Folder { path } | Undo::File { path, .. } if !machine.is_ours(path) => Ok(()),
        Undo::Folder { path } => {
            if machine.look(path)? == Standing::Folder && machine.list(path)?.is_empty() {
                machine.remove_folder(path)?;
            }
            Ok(())
        }
        Undo::File {
            path,
            before,
            after,
            rule,
        } => {
            let left = beside(path);
            if machine.look(&left)? != Standing::Absent {
                machine.remove(&left)?;
            }
            let now = machine.look(path)?;
            // Not made, taken back already, or removed by somebody.
            if now == *before || now == Standing::Absent {
                return Ok(());
            }
            match rule {
                Rule::Merged { added } if now.stamp() != *after => {
                    take_out(machine, path, &now, added)
                }
                Rule::Ours | Rule::Merged { .. } => restore(machine, path, before),
            }
        }
        Undo::Program { backward } => undo_program(machine, backward),
        Undo::RegistryKey { key } => machine.windows()?.remove_empty_key(key),
        Undo::RegistryValue {
            key,
            name,
            before,
            after,
        } => {
            let windows = machine.windows()?;
            let now = windows.value(key, name)?;
            // Removed by somebody.
            if now.is_none() && after.is_some() {
                return Ok(());
            }
            set_value(windows, key, name, now.as_ref(), before.as_ref())
        }
        Undo::RootCertificate { store, der, before } => {
            let windows = machine.windows()?;
            if *before || !windows.has_root(*store, der)? {
                return Ok(());
            }
            windows.remove_root(*store, der)
        }
    }
}

fn restore(machine: &dyn Machine, path: &Path, before: &Standing) -> io::Result<()> {
    match before {
        Standing::Absent => machine.remove(path),
        Standing::File(file) => machine.place(path, file),
        Standing::Link { target } => machine.place_link(path, target),
        Standing::Folder => Err(io::Error::other("a folder stood there before")),
    }
}

fn take_out(
    machine: &dyn Machine,
    path: &Path,
    now: &Standing,
    added: &[crate::json_merge::Added],
) -> io::Result<()> {
    let Standing::File(file) = now else {
        return Err(io::Error::other(
            "it is no file any more; remove it by hand",
        ));
    };
    let read = |octets: &[u8]| {
        Document::read(Some(octets)).map_err(|error| io::Error::other(error.to_string()))
    };
    let mut document = read(&file.octets)?;
    document.take_out(added);
    if document.is_empty() {
        return machine.remove(path);
    }
    if document == read(&file.octets)? {
        return Ok(());
    }
    let file = FileStanding {
        octets: document.to_octets(),
        ..file.clone()
    };
    machine.place(path, &file)
}

fn undo_program(machine: &dyn Machine, backward: &Backward) -> io::Result<()> {
    match backward {
        Backward::Nothing => Ok(()),
        Backward::Run { command, only_if } => {
            if let Some(question) = only_if
                && !answers_yes(machine, question)?
            {
                return Ok(());
            }
            run(machine, command).map(|_| ())
        }
        Backward::RemoveLinks {
            folder,
            target,
            hooks,
            command,
        } => {
            let gone = remove_links(machine, folder, target)?;
            run(machine, command)?;
            tell_hooks(machine, hooks, &gone)
        }
        Backward::RemoveEmptyStore { folder } => remove_empty_store(machine, folder),
    }
}

fn answers_yes(machine: &dyn Machine, question: &Question) -> io::Result<bool> {
    let finished = machine.run(&question.command)?;
    let said: String = finished.output.split_whitespace().collect();
    Ok(finished.success && said.contains(&question.says))
}

/// Links to `target`, and links to those (OpenSSL's, named by hash); these
/// first, because a link alone does not say that it was ours.
fn remove_links(machine: &dyn Machine, folder: &Path, target: &Path) -> io::Result<Vec<PathBuf>> {
    let mut links = Vec::new();
    for path in machine.list(folder)? {
        if let Standing::Link { target } = machine.look(&path)? {
            links.push((path, folder.join(target)));
        }
    }
    let direct = links.iter().filter(|(_, to)| to == target);
    let direct: Vec<_> = direct.map(|(path, _)| path).collect();
    let second = links.iter().filter(|(_, to)| direct.contains(&to));
    for path in second.map(|(path, _)| path).chain(direct.iter().copied()) {
        machine.remove(path)?;
    }
    Ok(direct.into_iter().cloned().collect())
}

/// In the words of update-ca-certificates(8). One that fails has had its say,
/// there as here.
fn tell_hooks(machine: &dyn Machine, hooks: &Path, gone: &[PathBuf]) -> io::Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let lines = gone.iter().map(|path| format!("-{}\n", path.display()));
    let lines: String = lines.collect();
    for hook in machine.list(hooks)? {
        if let Some(hook) = hook.to_str() {
            machine.run(&Command::new(hook).reading(lines.clone()))?;
        }
    }
    Ok(())
}

fn remove_empty_store(machine: &dyn Machine, folder: &Path) -> io::Result<()> {
    if machine.look(&folder.join("cert9.db"))? != Standing::Absent {
        let list = Command::new("certutil")
            .with(&["-L", "-d"])
            .with_path("sql:", folder);
        let listed = machine.run(&list)?;
        // Two lines of headings, and an empty one at each end.
        let names = listed.output.lines().filter(|line| !line.trim().is_empty());
        if listed.success && names.count() > 2 {
            return Ok(());
        }
    }
    for name in ["cert9.db", "key4.db", "pkcs11.txt"] {
        let path = folder.join(name);
        if machine.look(&path)? != Standing::Absent {
            machine.remove(&path)?;
        }
    }
    Ok(())
}
