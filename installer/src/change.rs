//! What can be done to a machine, as values that can be printed and undone.
//!
//! The list is closed: a step has no other way to change anything, and each
//! of these knows in [`crate::engine`] how it is made and how it is undone.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::json_merge::Added;
use crate::windows::RootStoreOf;

/// One thing that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Make a folder. Undone by removing it, if it is empty then.
    Folder {
        /// Where; its parent is there or made by an earlier change.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Write a file whole. Undone by what stood there before.
    File {
        /// Where.
        path: PathBuf,
        /// What is in it then.
        octets: Vec<u8>,
        /// Its permissions.
        mode: u32,
        /// Whose it is.
        rule: Rule,
    },
    /// Run a program that changes something.
    Program {
        /// What for, in a few words.
        what: String,
        /// What is run now; nothing, where only undoing needs a program.
        forward: Option<Command>,
        /// What undoes it.
        backward: Backward,
    },
    /// Make a key of Windows' registry. Undone by removing it, if it is empty
    /// then.
    RegistryKey {
        /// Which; the one above is there or made by an earlier change.
        key: String,
    },
    /// Set a value of Windows' registry. Undone by what was there before.
    RegistryValue {
        /// In which key.
        key: String,
        /// Its name.
        name: String,
        /// What it says then; nothing, where it is to be removed.
        text: Option<String>,
    },
    /// Have Windows trust a certificate. Undone by taking it out again, unless
    /// it was there before.
    RootCertificate {
        /// Whose store.
        store: RootStoreOf,
        /// The certificate.
        der: Vec<u8>,
    },
}

/// Whose a file is: what becomes of it at undo when somebody changed it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// It bears our name: what stood there before stands there again.
    Ours,
    /// It is somebody's, and we added to it: only that is taken out.
    Merged {
        /// What we added.
        added: Vec<Added>,
    },
}

/// How what a program did is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backward {
    /// Other changes undo it.
    Nothing,
    /// Run this.
    Run {
        /// What undoes it.
        command: Command,
        /// Asked first: where it is not so, there is nothing to undo.
        only_if: Option<Question>,
    },
    /// Remove the links in `folder` that lead to `target`, and the links to
    /// those, then run `command`: certificate stores of the system.
    RemoveLinks {
        /// Where the links are.
        folder: PathBuf,
        /// Where they lead.
        target: PathBuf,
        /// Programs that hear of each link that is gone, as Debian's tool tells
        /// them of those it removes itself: Java's store follows it.
        hooks: PathBuf,
        /// What brings the rest up to date.
        command: Command,
    },
    /// Remove the NSS data base in this folder, if nothing is in it.
    RemoveEmptyStore {
        /// Where it is.
        folder: PathBuf,
    },
}

/// Something that a program is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is run; where it fails, the answer is no.
    pub command: Command,
    /// What its output contains where the answer is yes, without blanks.
    pub says: String,
}

impl Change {
    /// In one line, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Folder { path, .. } => format!("make the folder {}", path.display()),
            Self::File { path, rule, .. } => match rule {
                Rule::Ours => format!("write {}", path.display()),
                Rule::Merged { added } => {
                    let what: Vec<_> = added.iter().map(ToString::to_string).collect();
                    format!("add to {}: {}", path.display(), what.join(", "))
                }
            },
            Self::Program {
                what,
                forward: Some(command),
                ..
            } => format!("{what}: {command}"),
            Self::Program {
                what,
                forward: None,
                ..
            } => what.clone(),
            Self::RegistryKey { key } => format!("make the registry's key HKLM\\{key}"),
            Self::RegistryValue {
                key,
                name,
                text: Some(text),
            } => format!("set HKLM\\{key}\\{name} to {text}"),
            Self::RegistryValue {
                key,
                name,
                text: None,
            } => format!("remove HKLM\\{key}\\{name}"),
            Self::RootCertificate { store, .. } => match store {
                RootStoreOf::Machine => {
                    "add this machine's certificate to the authorities that Windows trusts"
                        .to_owned()
                }
                RootStoreOf::User => "add this machine's certificate to the authorities that Windows trusts for this user: Windows asks whether it may".to_owned(),
            },
        }
    }
}
