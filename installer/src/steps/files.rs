//! Files that are put in place as they are: programs and units where no
//! package brings them, and the provisioning file.

use std::path::Path;

use crate::change::Change;
use crate::environment::Environment;
use crate::plan::{Blocked, Step};

use super::own_file;

/// Where the agent looks for its provisioning file.
const PROVISION_FILE: &str = "/etc/platen/provision.toml";

/// What came beside this program and belongs elsewhere.
#[derive(Debug)]
pub struct Files;

impl Step for Files {
    fn name(&self) -> String {
        "programs and units".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let mut changes = Vec::new();
        for place in &environment.places {
            let octets = place.octets.clone();
            changes.extend(own_file(
                environment.machine,
                &place.path,
                octets,
                place.mode,
            )?);
        }
        Ok(changes)
    }
}

/// The provisioning file, which the agent reads when it starts.
#[derive(Debug)]
pub struct Provisioning;

impl Step for Provisioning {
    fn name(&self) -> String {
        "provisioning".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        match &environment.provision {
            None => Ok(Vec::new()),
            Some(octets) => own_file(
                environment.machine,
                Path::new(PROVISION_FILE),
                octets.clone(),
                0o644,
            ),
        }
    }
}
