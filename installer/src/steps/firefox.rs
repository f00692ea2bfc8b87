//! Firefox's policies: one file for the machine, which others may have
//! written. Ours is added to it and taken out again.
//!
//! The file in `/etc` hides the one that came with the program: where only
//! that is there, its contents are taken over.

use std::path::Path;

use serde_json::{Value, json};

use crate::change::{Change, Rule};
use crate::environment::Environment;
use crate::json_merge::Document;
use crate::plan::{Blocked, Step};
use crate::standing::Standing;

use super::{folders, look};

/// The machine's policies of Firefox.
pub const FIREFOX_POLICIES: &str = "/etc/firefox/policies/policies.json";

/// Policies that came with a Firefox, and count while there are no others.
const DISTRIBUTED: [&str; 4] = [
    "/usr/lib/firefox-esr/distribution/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
    "/usr/lib64/firefox/distribution/policies.json",
    "/opt/firefox/distribution/policies.json",
];

/// Trust and permission in Firefox's policies.
#[derive(Debug)]
pub struct FirefoxPolicies;

impl Step for FirefoxPolicies {
    fn name(&self) -> String {
        "Firefox policies".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let machine = environment.machine;
        let path = Path::new(FIREFOX_POLICIES);
        let (there, mode) = match look(machine, path)? {
            Standing::File(file) => (Some(file.octets), file.mode),
            Standing::Absent => (distributed(environment)?, 0o644),
            Standing::Link { target } => {
                return Err(Blocked::new(
                    format!("{FIREFOX_POLICIES} is a link to {}", target.display()),
                    "make it a file, or trust the certificate there by hand",
                ));
            }
            Standing::Folder => {
                return Err(Blocked::new(
                    format!("{FIREFOX_POLICIES} is a folder"),
                    "move it away",
                ));
            }
        };
        let refuse = |error: crate::json_merge::MergeError| {
            Blocked::new(
                format!("{FIREFOX_POLICIES} is left alone"),
                error.to_string(),
            )
        };
        let mut document = Document::read(there.as_deref()).map_err(refuse)?;
        for (path, value) in wanted(environment) {
            document.add_item(path, value).map_err(refuse)?;
        }
        if document.added().is_empty() {
            return Ok(Vec::new());
        }
        let mut changes = match path.parent() {
            Some(folder) => folders(machine, folder, 0o755)?,
            None => Vec::new(),
        };
        changes.push(Change::File {
            path: path.to_owned(),
            octets: document.to_octets(),
            mode,
            rule: Rule::Merged {
                added: document.added().to_vec(),
            },
        });
        Ok(changes)
    }
}

fn wanted<'e>(
    environment: &'e Environment<'_>,
) -> impl Iterator<Item = (&'static [&'static str], Value)> + use<'e> {
    const INSTALL: &[&str] = &["policies", "Certificates", "Install"];
    const SKIP: &[&str] = &["policies", "LocalNetworkAccess", "SkipDomains"];
    let authority = json!(environment.authority_file());
    let sites = environment.sites.iter();
    std::iter::once((INSTALL, authority)).chain(sites.map(|site| (SKIP, json!(site.to_firefox()))))
}

fn distributed(environment: &Environment<'_>) -> Result<Option<Vec<u8>>, Blocked> {
    for path in DISTRIBUTED {
        if let Standing::File(file) = look(environment.machine, Path::new(path))? {
            return Ok(Some(file.octets));
        }
    }
    Ok(None)
}
