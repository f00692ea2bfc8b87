//! Which provisioning file may speak for this machine: one that only root or
//! the agent's own user can have put there, or one that a key signed which the
//! machine's configuration names. Everything else is refused, with what to do.
//!
//! What was accepted last stays in effect while a file is refused.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::keys::{ProvisionKey, signature_file};
use super::protected;
use super::{FILE_OCTETS_MAX, Provision};
use crate::config::Problem;

/// Why a file is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warrant {
    /// Only root and the agent's own user can write it.
    Protected,
    /// A key that the configuration names signed it.
    Signed,
}

/// A file that speaks for this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// Where it lies.
    pub file: PathBuf,
    /// What it says.
    pub provision: Provision,
    /// Why it is believed.
    pub warrant: Warrant,
}

/// A file that does not, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it lies.
    pub file: PathBuf,
    /// Why.
    pub why: Why,
}

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Something is wrong with what it says.
    Problems(Vec<Problem>),
    /// It cannot be read.
    Unreadable(String),
    /// Anybody could have written it.
    Untrusted(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.why {
            Why::Problems(problems) => {
                write!(f, "{file} cannot be used:")?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n  {problem}"))
            }
            Why::Unreadable(reason) => write!(f, "{file} cannot be read: {reason}"),
            Why::Untrusted(reason) => write!(f, "{file} is not believed: {reason}"),
        }
    }
}

impl std::error::Error for Refused {}

/// What the machine's configuration says about signed files.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// Keys whose signatures count.
    pub keys: &'a [ProvisionKey],
    /// The configuration file that names them.
    pub config_file: Option<&'a Path>,
}

/// Reads the file at `path`, if it may speak for this machine.
///
/// # Errors
/// [`Refused`].
pub fn accept(path: &Path, trust: Trust<'_>) -> Result<Accepted, Refused> {
    let own = protected::own_user();
    let refuse = |why| Refused {
        file: path.to_owned(),
        why,
    };
    let unprotected = match protected::open(path, own) {
        Ok(file) => {
            let text = read_text(file).map_err(|why| refuse(Why::Unreadable(why)))?;
            let certificate = |named: &Path| protected_certificate(path, named, own);
            let provision = parse(path, &text, &certificate).map_err(refuse)?;
            return Ok(Accepted {
                file: path.to_owned(),
                provision,
                warrant: Warrant::Protected,
            });
        }
        Err(unprotected) => unprotected.to_string(),
    };
    let text = File::open(path)
        .map_err(|error| error.to_string())
        .and_then(read_text)
        .map_err(|why| refuse(Why::Unreadable(why)))?;
    if let Err(unsigned) = check_signature(path, &text, trust, own) {
        let reason = format!(
            "{unprotected}, or have `platen-sign provision sign` sign it with a key that provision.keys of platen.toml names ({unsigned})"
        );
        return Err(refuse(Why::Untrusted(reason)));
    }
    let inline_only = |_: &Path| {
        Err("is not covered by the file's signature; write the certificate itself, with the key `certificate`".to_owned())
    };
    let provision = parse(path, &text, &inline_only).map_err(refuse)?;
    if provision.number.is_none() {
        return Err(refuse(Why::Problems(vec![Problem {
            line: None,
            key: "number".to_owned(),
            value: None,
            message: "is missing; a signed file counts up with each change, so that nobody brings back an older one: write `number = 1`".to_owned(),
        }])));
    }
    Ok(Accepted {
        file: path.to_owned(),
        provision,
        warrant: Warrant::Signed,
    })
}

/// Reads the file wherever it lies.
pub(super) fn read_unprotected(path: &Path) -> Result<Provision, Refused> {
    let refuse = |why| Refused {
        file: path.to_owned(),
        why,
    };
    let text = File::open(path)
        .map_err(|error| error.to_string())
        .and_then(read_text)
        .map_err(|why| refuse(Why::Unreadable(why)))?;
    let certificate = |named: &Path| {
        let named = beside(path, named);
        let file = File::open(&named).map_err(|error| format!("cannot be read: {error}"))?;
        Ok(read_text(file)?.into_bytes())
    };
    parse(path, &text, &certificate).map_err(refuse)
}

fn parse(
    path: &Path,
    text: &str,
    certificate: &dyn Fn(&Path) -> Result<Vec<u8>, String>,
) -> Result<Provision, Why> {
    if path.extension().is_none_or(|extension| extension != "json") {
        return Provision::read(text, certificate).map_err(Why::Problems);
    }
    // The same keys, written as JSON; a line of the TOML made here is nobody's.
    let table: toml::Table =
        serde_json::from_str(text).map_err(|error| Why::Unreadable(format!("no JSON: {error}")))?;
    let text = toml::to_string(&table).map_err(|error| Why::Unreadable(error.to_string()))?;
    Provision::read(&text, certificate).map_err(|mut problems| {
        problems.iter_mut().for_each(|problem| problem.line = None);
        Why::Problems(problems)
    })
}

/// A certificate that a protected file names must be as protected.
fn protected_certificate(
    file: &Path,
    named: &Path,
    own: protected::Account,
) -> Result<Vec<u8>, String> {
    let named = beside(file, named);
    let opened = protected::open(&named, own).map_err(|error| error.to_string())?;
    Ok(read_text(opened)?.into_bytes())
}

/// Relative paths start at the file's own folder.
fn beside(file: &Path, named: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) => folder.join(named),
        None => named.to_owned(),
    }
}

fn read_text(file: File) -> Result<String, String> {
    let mut text = String::new();
    let read = file
        .take(FILE_OCTETS_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => "it is no UTF-8 text".to_owned(),
            _ => error.to_string(),
        })?;
    if read as u64 > FILE_OCTETS_MAX {
        return Err(format!("it is longer than {FILE_OCTETS_MAX} octets"));
    }
    Ok(text)
}

/// Whether a key of the configuration signed this text; else why not.
fn check_signature(
    path: &Path,
    text: &str,
    trust: Trust<'_>,
    own: protected::Account,
) -> Result<(), String> {
    const SIGNATURE_OCTETS_MAX: u64 = 1024;
    let (Some(config), [_, ..]) = (trust.config_file, trust.keys) else {
        return Err("it names none".to_owned());
    };
    // Who can change the keys can sign anything.
    protected::open(config, own).map_err(|error| error.to_string())?;
    let file = signature_file(path);
    let mut signature = String::new();
    let read = File::open(&file).and_then(|opened| {
        opened
            .take(SIGNATURE_OCTETS_MAX)
            .read_to_string(&mut signature)
    });
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    let signature = signature.trim();
    if trust
        .keys
        .iter()
        .any(|key| key.has_signed(text.as_bytes(), signature))
    {
        Ok(())
    } else {
        Err(format!(
            "{} is no signature of one of them over this file",
            file.display()
        ))
    }
}
