//! Windows: the store of authorities that browsers there ask, and policies in
//! the registry.
//!
//! Chrome, Edge and Brave trust what an administrator added to the store, and
//! Firefox does unless `security.enterprise_roots.enabled` is off. A policy
//! that is a list is a key whose values are named by numbers: ours have
//! numbers of our own, so that those of others stay and count.
//!
//! Firefox has no policy from us here: it takes a key for a list only where
//! its first value is named `1`, and that number is anybody's.

use crate::change::Change;
use crate::environment::Environment;
use crate::machine::Machine;
use crate::plan::{Blocked, Step};
use crate::windows::{RegistryData, RootStoreOf, Windows};

use super::chromium::{Browser, SITES};

/// Above it are keys of Windows.
const POLICIES: &str = r"SOFTWARE\Policies";
/// The number of our first value in a list, and how many are ours.
const FIRST: usize = 78_210;
const OURS: usize = 1_000;

/// The machine's certificate among the authorities that Windows trusts.
#[derive(Debug)]
pub struct RootStore;

impl Step for RootStore {
    fn name(&self) -> String {
        "authorities of Windows".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let store = RootStoreOf::of(&environment.scope);
        let der = &environment.authority.der;
        let there = windows(environment.machine)?
            .has_root(store, der)
            .map_err(|error| unreadable("the store of authorities", &error))?;
        if there {
            return Ok(Vec::new());
        }
        Ok(vec![Change::RootCertificate {
            store,
            der: der.clone(),
        }])
    }
}

/// The sites that one browser lets reach this machine without asking.
#[derive(Debug)]
pub struct RegistryPolicy(pub Browser);

impl Step for RegistryPolicy {
    fn name(&self) -> String {
        format!("{} policies", self.0.as_str())
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let windows = windows(environment.machine)?;
        if environment.sites.len() > OURS {
            return Err(Blocked::new(
                format!("more than {OURS} sites are named"),
                "name fewer, or domains that hold several",
            ));
        }
        let mut changes = Vec::new();
        for list in SITES {
            let key = format!(r"{POLICIES}\{}\{list}", key_of(self.0));
            let sites = environment.sites.iter().enumerate();
            let wanted: Vec<_> = sites
                .map(|(at, site)| ((FIRST + at).to_string(), site.to_chromium()))
                .collect();
            let found = names(windows, &key)?;
            if !wanted.is_empty() {
                for change in keys(windows, &key)? {
                    if !changes.contains(&change) {
                        changes.push(change);
                    }
                }
            }
            for name in found.unwrap_or_default() {
                if is_ours(&name) && !wanted.iter().any(|(wanted, _)| *wanted == name) {
                    changes.push(Change::RegistryValue {
                        key: key.clone(),
                        name,
                        text: None,
                    });
                }
            }
            for (name, text) in wanted {
                let there = windows
                    .value(&key, &name)
                    .map_err(|error| unreadable(&key, &error))?;
                if there != Some(RegistryData::of_text(&text)) {
                    changes.push(Change::RegistryValue {
                        key: key.clone(),
                        name,
                        text: Some(text),
                    });
                }
            }
        }
        Ok(changes)
    }
}

/// A browser's key below those of all policies.
fn key_of(browser: Browser) -> &'static str {
    match browser {
        Browser::Chromium => "Chromium",
        Browser::Chrome => r"Google\Chrome",
        Browser::Edge => r"Microsoft\Edge",
        Browser::Brave => r"BraveSoftware\Brave",
    }
}

fn is_ours(name: &str) -> bool {
    let number = name.parse().ok();
    number.is_some_and(|number: usize| (FIRST..FIRST + OURS).contains(&number))
}

/// The changes that make a key, and those above it, where they are missing.
fn keys(windows: &dyn Windows, key: &str) -> Result<Vec<Change>, Blocked> {
    let mut changes = Vec::new();
    let mut next = Some(key);
    while let Some(key) = next {
        if names(windows, key)?.is_some() {
            break;
        }
        changes.push(Change::RegistryKey {
            key: key.to_owned(),
        });
        next = key.rsplit_once('\\').map(|(above, _)| above);
    }
    changes.reverse();
    Ok(changes)
}

fn names(windows: &dyn Windows, key: &str) -> Result<Option<Vec<String>>, Blocked> {
    windows.names(key).map_err(|error| unreadable(key, &error))
}

fn windows(machine: &dyn Machine) -> Result<&dyn Windows, Blocked> {
    machine
        .windows()
        .map_err(|error| unreadable("Windows", &error))
}

fn unreadable(what: &str, error: &std::io::Error) -> Blocked {
    Blocked::new(
        format!("{what} cannot be looked at: {error}"),
        "check who may read it",
    )
}
