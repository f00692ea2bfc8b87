//! The certificate stores of one user's browsers: NSS data bases, of Chromium
//! and its relatives in the home directory, of Firefox in each profile.
//!
//! They are other programs' data bases, so they are changed by `certutil` and
//! never by copying: a copy kept for undoing would keep the user's keys too.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::change::{Backward, Change, Question};
use crate::command::Command;
use crate::environment::{AuthorityCertificate, Environment};
use crate::machine::Machine;
use crate::plan::{Blocked, Step};
use crate::standing::Standing;

use super::{folders, look};

/// What our authority is called in every store.
const NAME: &str = "Platen, this machine only";
/// An authority for servers, and for nothing else.
const TRUST: &str = "C,,";
/// Profiles looked at; a person has a few.
const PROFILES_MAX: usize = 32;

/// Where Chromium looks: at the second where the first is missing.
const CHROMIUM: [&str; 2] = [".pki/nssdb", ".local/share/pki/nssdb"];
/// The same for Chromium as a snap.
const SNAP: &str = "snap/chromium/current/.pki/nssdb";
/// Folders with Firefox profiles below a home directory.
const FIREFOX: [&str; 4] = [
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
];

/// The stores of the user with this home directory.
#[derive(Debug)]
pub struct UserStores {
    /// The home directory.
    pub home: PathBuf,
}

impl Step for UserStores {
    fn name(&self) -> String {
        "certificate stores of this user's browsers".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let machine = environment.machine;
        if !machine.has_program("certutil") {
            return Err(Blocked::new(
                "browsers' stores are changed with certutil, which is not installed",
                "run `sudo apt install libnss3-tools` (Fedora: `sudo dnf install nss-tools`), then this again",
            ));
        }
        let mut changes = Vec::new();
        for store in self.stores(machine)? {
            changes.extend(trust(machine, &store, &environment.authority)?);
        }
        Ok(changes)
    }
}

impl UserStores {
    fn stores(&self, machine: &dyn Machine) -> Result<Vec<PathBuf>, Blocked> {
        let chromium = CHROMIUM.map(|folder| self.home.join(folder));
        let mut stores = Vec::new();
        for folder in chromium.iter().chain([&self.home.join(SNAP)]) {
            if is_store(machine, folder)? {
                stores.push(folder.clone());
            }
        }
        if stores.is_empty() {
            let [first, second] = chromium;
            let second_counts = look(machine, &first)? == Standing::Absent
                && look(machine, &second)? == Standing::Folder;
            stores.push(if second_counts { second } else { first });
        }
        for folder in FIREFOX {
            let folder = self.home.join(folder);
            let profiles = machine
                .list(&folder)
                .map_err(|error| Blocked::unreadable(&folder, &error))?;
            for profile in profiles.into_iter().take(PROFILES_MAX) {
                if look(machine, &profile)? == Standing::Folder && is_store(machine, &profile)? {
                    stores.push(profile);
                }
            }
        }
        Ok(stores)
    }
}

fn is_store(machine: &dyn Machine, folder: &Path) -> Result<bool, Blocked> {
    let standing = look(machine, &folder.join("cert9.db"))?;
    Ok(matches!(standing, Standing::File(_)))
}

fn trust(
    machine: &dyn Machine,
    store: &Path,
    authority: &AuthorityCertificate,
) -> Result<Vec<Change>, Blocked> {
    let mut changes = Vec::new();
    if is_store(machine, store)? {
        match named(machine, store)? {
            Some((der, trust)) if der == authority.der && trust == TRUST => return Ok(changes),
            Some((der, trust)) => changes.push(forget(store, der, &trust)),
            None => {}
        }
    } else {
        changes.extend(folders(machine, store, 0o700)?);
        changes.push(Change::Program {
            what: "make the store".to_owned(),
            forward: Some(certutil("-N", store).with(&["--empty-password"])),
            backward: Backward::RemoveEmptyStore {
                folder: store.to_owned(),
            },
        });
    }
    changes.push(Change::Program {
        what: "trust the certificate".to_owned(),
        forward: Some(add(store, authority.to_pem(), TRUST)),
        backward: Backward::Run {
            command: certutil("-D", store).with(&["-n", NAME]),
            only_if: Some(Question {
                command: certutil("-L", store).with(&["-n", NAME, "-a"]),
                says: STANDARD.encode(&authority.der),
            }),
        },
    });
    Ok(changes)
}

/// Another one of this name, from before this machine got a new one.
fn forget(store: &Path, der: Vec<u8>, trust: &str) -> Change {
    let former = AuthorityCertificate {
        der,
        new_files: Vec::new(),
    };
    Change::Program {
        what: "forget a former certificate".to_owned(),
        forward: Some(certutil("-D", store).with(&["-n", NAME])),
        backward: Backward::Run {
            command: add(store, former.to_pem(), trust),
            only_if: None,
        },
    }
}

/// The certificate of our name in a store, and what for it is trusted.
fn named(machine: &dyn Machine, store: &Path) -> Result<Option<(Vec<u8>, String)>, Blocked> {
    let run = |command: &Command| {
        machine.run(command).map_err(|error| {
            Blocked::new(
                format!("certutil cannot be run: {error}"),
                "install it anew (libnss3-tools)",
            )
        })
    };
    let shown = run(&certutil("-L", store).with(&["-n", NAME, "-a"]))?;
    let Some(der) = shown.success.then(|| der_of(&shown.output)).flatten() else {
        return Ok(None);
    };
    let all = run(&certutil("-L", store))?;
    let line = all.output.lines().find(|line| line.starts_with(NAME));
    let trust = line.and_then(|line| line.split_whitespace().last());
    Ok(Some((der, trust.unwrap_or_default().to_owned())))
}

fn certutil(what: &str, store: &Path) -> Command {
    Command::new("certutil")
        .with(&[what, "-d"])
        .with_path("sql:", store)
}

fn add(store: &Path, pem: String, trust: &str) -> Command {
    certutil("-A", store)
        .with(&["-n", NAME, "-t", trust, "-a"])
        .reading(pem)
}

fn der_of(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim);
    let body: String = lines
        .skip_while(|line| *line != "-----BEGIN CERTIFICATE-----")
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    STANDARD.decode(body).ok().filter(|der| !der.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_certutil_shows_is_the_certificate_that_was_written() {
        let authority = AuthorityCertificate {
            der: (0..=255).collect(),
            new_files: Vec::new(),
        };
        assert_eq!(der_of(&authority.to_pem()), Some(authority.der));
        assert_eq!(der_of("certutil: Could not find cert"), None);
    }
}
