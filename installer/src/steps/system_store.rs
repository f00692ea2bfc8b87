//! The system's own store of authorities, for programs that are no browsers.
//!
//! A file of ours in the folder for local authorities, and the system's
//! program that makes the bundle of all of them. Taken back, the links that
//! this program made are removed by us: it leaves them.

use std::path::Path;

use crate::change::{Backward, Change};
use crate::command::Command;
use crate::environment::Environment;
use crate::machine::Machine;
use crate::plan::{Blocked, Step};
use crate::standing::Standing;

use super::{look, own_file};

/// Whose way of keeping authorities a system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemStore {
    /// Debian and its relatives: `update-ca-certificates`.
    Debian,
    /// Fedora and its relatives: `update-ca-trust`.
    Fedora,
}

struct Layout {
    file: &'static str,
    bundle: &'static str,
    links: &'static str,
    hooks: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

impl SystemStore {
    /// The one of this machine, if we know it.
    pub(super) fn of(machine: &dyn Machine) -> Option<Self> {
        [Self::Debian, Self::Fedora].into_iter().find(|store| {
            let layout = store.layout();
            let bundle = machine.look(Path::new(layout.bundle));
            machine.has_program(layout.program) && matches!(bundle, Ok(Standing::File(_)))
        })
    }

    fn layout(self) -> Layout {
        match self {
            Self::Debian => Layout {
                file: "/usr/local/share/ca-certificates/platen.crt",
                bundle: "/etc/ssl/certs/ca-certificates.crt",
                links: "/etc/ssl/certs",
                hooks: "/etc/ca-certificates/update.d",
                program: "update-ca-certificates",
                arguments: &[],
            },
            Self::Fedora => Layout {
                file: "/etc/pki/ca-trust/source/anchors/platen.pem",
                bundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                links: "/etc/pki/tls/certs",
                hooks: "/etc/ca-certificates/update.d",
                program: "update-ca-trust",
                arguments: &["extract"],
            },
        }
    }
}

impl Step for SystemStore {
    fn name(&self) -> String {
        "authorities of the system".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let machine = environment.machine;
        let layout = self.layout();
        let pem = environment.authority.to_pem();
        let update = Command::new(layout.program).with(layout.arguments);
        let file = Path::new(layout.file);
        let place = own_file(machine, file, pem.clone().into_bytes(), 0o644)?;
        let in_bundle = match look(machine, Path::new(layout.bundle))? {
            Standing::File(bundle) => contains(&bundle.octets, pem.as_bytes()),
            Standing::Absent | Standing::Folder | Standing::Link { .. } => false,
        };
        if place.is_empty() && in_bundle {
            return Ok(Vec::new());
        }
        let mut changes = Vec::new();
        if !place.is_empty() {
            // First, so that it is undone last, when our file is gone.
            changes.push(Change::Program {
                what: "see that nothing of it is left when it is taken back".to_owned(),
                forward: None,
                backward: Backward::RemoveLinks {
                    folder: layout.links.into(),
                    target: layout.file.into(),
                    hooks: layout.hooks.into(),
                    command: update.clone(),
                },
            });
        }
        changes.extend(place);
        changes.push(Change::Program {
            what: "bring the bundle up to date".to_owned(),
            forward: Some(update),
            backward: Backward::Nothing,
        });
        Ok(changes)
    }
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
