//! What an installation consists of, one file for each place it reaches.
//!
//! [`all`] is the order in which they are done; undoing goes the other way.

mod authority;
mod chromium;
mod files;
mod firefox;
mod nss;
mod service;
mod system_store;
mod windows;

use std::path::Path;

pub use authority::Authority;
pub use chromium::{Browser, ChromiumPolicy, POLICY_FILE};
pub use files::{Files, Provisioning};
pub use firefox::{FIREFOX_POLICIES, FirefoxPolicies};
pub use nss::UserStores;
pub use service::Service;
pub use system_store::SystemStore;
pub use windows::{RegistryPolicy, RootStore};

use crate::change::{Change, Rule};
use crate::environment::{Environment, Platform, Scope};
use crate::machine::Machine;
use crate::plan::{Blocked, Step};
use crate::standing::{FileStanding, Standing};

/// Every step that this machine and this scope have, in order.
#[must_use]
pub fn all(environment: &Environment<'_>) -> Vec<Box<dyn Step>> {
    if environment.platform == Platform::Windows {
        return on_windows(&environment.scope);
    }
    let mut steps: Vec<Box<dyn Step>> =
        vec![Box::new(Files), Box::new(Provisioning), Box::new(Authority)];
    match &environment.scope {
        Scope::System => {
            let browsers = Browser::ALL.into_iter();
            steps.extend(
                browsers
                    .filter(|browser| browser.is_on(environment.machine))
                    .map(|browser| Box::new(ChromiumPolicy(browser)) as Box<dyn Step>),
            );
            steps.push(Box::new(FirefoxPolicies));
            if let Some(store) = SystemStore::of(environment.machine) {
                steps.push(Box::new(store));
            }
        }
        Scope::User { home } => steps.push(Box::new(UserStores { home: home.clone() })),
    }
    // Last, so that it starts with everything in place and ends first.
    steps.push(Box::new(Service));
    steps
}

/// The set-up brings programs and service.
fn on_windows(scope: &Scope) -> Vec<Box<dyn Step>> {
    let mut steps: Vec<Box<dyn Step>> = vec![
        Box::new(Provisioning),
        Box::new(Authority),
        Box::new(RootStore),
    ];
    if *scope == Scope::System {
        let browsers = Browser::ALL.into_iter();
        steps.extend(browsers.map(|browser| Box::new(RegistryPolicy(browser)) as _));
    }
    steps
}

/// The changes that make a folder, and those above it, where they are missing.
fn folders(machine: &dyn Machine, folder: &Path, mode: u32) -> Result<Vec<Change>, Blocked> {
    let mut changes = Vec::new();
    for path in folder.ancestors() {
        match look(machine, path)? {
            Standing::Folder => break,
            // A link to a folder, as systemd makes for its state directories.
            Standing::Link { .. } => break,
            Standing::File(_) => {
                return Err(Blocked::new(
                    format!("{} is a file, where a folder must be", path.display()),
                    "move it away",
                ));
            }
            Standing::Absent => {}
        }
        let mode = if path == folder { mode } else { 0o755 };
        changes.push(Change::Folder {
            path: path.to_owned(),
            mode,
        });
    }
    changes.reverse();
    Ok(changes)
}

/// The changes that make a file of ours what it should be.
fn own_file(
    machine: &dyn Machine,
    path: &Path,
    octets: Vec<u8>,
    mode: u32,
) -> Result<Vec<Change>, Blocked> {
    if let Standing::File(FileStanding {
        octets: there,
        mode: its,
        ..
    }) = look(machine, path)?
        && there == octets
        && its == mode
    {
        return Ok(Vec::new());
    }
    let mut changes = match path.parent() {
        Some(folder) => folders(machine, folder, 0o755)?,
        None => Vec::new(),
    };
    changes.push(Change::File {
        path: path.to_owned(),
        octets,
        mode,
        rule: Rule::Ours,
    });
    Ok(changes)
}

fn look(machine: &dyn Machine, path: &Path) -> Result<Standing, Blocked> {
    machine
        .look(path)
        .map_err(|error| Blocked::unreadable(path, &error))
}
