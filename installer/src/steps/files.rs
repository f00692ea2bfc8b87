//! Files that are put in place as they are: programs and units where no
//! package brings them, and the provisioning file.

use std::path::Path;

use crate::change::{Backward, Change};
use crate::environment::Environment;
use crate::plan::{Blocked, Step};
use crate::standing::Standing;

use super::service::reload;
use super::{look, own_file};

/// What came beside this program and belongs elsewhere.
#[derive(Debug)]
pub struct Files;

impl Step for Files {
    fn name(&self) -> String {
        "programs and units".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let machine = environment.machine;
        let mut changes = Vec::new();
        for place in &environment.places {
            let octets = place.octets.clone();
            changes.extend(own_file(machine, &place.path, octets, place.mode)?);
        }
        let of_systemd = |change: &Change| matches!(change, Change::File { path, .. } if path.extension().is_some_and(|ending| ending == "service"));
        let booted = look(machine, Path::new("/run/systemd/system"))? == Standing::Folder;
        if booted && changes.iter().any(of_systemd) {
            let reload = reload(&environment.scope);
            let what = "have systemd read its units".to_owned();
            // Undone last, when the units are gone.
            let after = Change::Program {
                what: what.clone(),
                forward: None,
                backward: Backward::Run {
                    command: reload.clone(),
                    only_if: None,
                },
            };
            changes.insert(0, after);
            changes.push(Change::Program {
                what,
                forward: Some(reload),
                backward: Backward::Nothing,
            });
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
        let Some(place) = &environment.provision else {
            return Ok(Vec::new());
        };
        // One that an administrator laid there stays his, with his permissions.
        if let Standing::File(there) = look(environment.machine, &place.path)?
            && there.octets == place.octets
        {
            return Ok(Vec::new());
        }
        let octets = place.octets.clone();
        own_file(environment.machine, &place.path, octets, place.mode)
    }
}
