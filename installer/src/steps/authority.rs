//! The machine's own authority: made once in the agent's state directory, and
//! copied to where everybody may read it.

use crate::change::{Change, Rule};
use crate::environment::{Environment, Platform, Scope};
use crate::plan::{Blocked, Step};

use super::{folders, own_file};

/// Only the agent enters its state directory.
const STATE_MODE: u32 = 0o700;

/// Certificates in the state directory, and the public copy of the authority.
#[derive(Debug)]
pub struct Authority;

impl Step for Authority {
    fn name(&self) -> String {
        "certificate of this machine".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let machine = environment.machine;
        let mut changes = Vec::new();
        let folder = environment.certificate_folder();
        if !environment.authority.new_files.is_empty() {
            changes.extend(folders(machine, &environment.state, STATE_MODE)?);
            changes.push(Change::Folder {
                path: folder.clone(),
                mode: STATE_MODE,
            });
        }
        for file in &environment.authority.new_files {
            changes.push(Change::File {
                path: folder.join(&file.name),
                octets: file.octets.clone(),
                mode: file.mode,
                rule: Rule::Ours,
            });
        }
        // On Windows everybody may read it in the store of authorities.
        if environment.scope == Scope::System && environment.platform == Platform::Unix {
            let pem = environment.authority.to_pem().into_bytes();
            changes.extend(own_file(
                machine,
                &environment.authority_file(),
                pem,
                0o644,
            )?);
        }
        Ok(changes)
    }
}
