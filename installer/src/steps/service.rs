//! The agent as a service of systemd: of the machine, or of one user.

use std::path::Path;

use crate::change::{Backward, Change, Question};
use crate::command::Command;
use crate::environment::{Environment, Scope};
use crate::plan::{Blocked, Step};
use crate::standing::Standing;

use super::look;

/// The unit's name, for both.
const UNIT: &str = "platen.service";

/// Enables and starts the agent.
#[derive(Debug)]
pub struct Service;

impl Step for Service {
    fn name(&self) -> String {
        "service".to_owned()
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let machine = environment.machine;
        if !environment.service {
            return Ok(Vec::new());
        }
        // systemd.sd_booted(3): how one knows that it runs the machine.
        if look(machine, Path::new("/run/systemd/system"))? != Standing::Folder {
            return Err(Blocked::new(
                "systemd does not run this machine",
                "start the agent your own way: `platen run`",
            ));
        }
        let scope = &environment.scope;
        let answers = |question: &Command| {
            let asked = machine.run(question);
            asked.is_ok_and(|finished| finished.success)
        };
        if matches!(scope, Scope::User { .. }) && !answers(&systemctl(scope, &["show-environment"]))
        {
            return Err(Blocked::new(
                "systemd has no session of this user",
                "log in as this user, then run this again; or start the agent with `platen run`",
            ));
        }
        let is = |what| answers(&systemctl(scope, &[what, "--quiet", UNIT]));
        if is("is-enabled") && is("is-active") {
            return Ok(Vec::new());
        }
        Ok(vec![Change::Program {
            what: "enable and start the agent".to_owned(),
            forward: Some(systemctl(scope, &["enable", "--now", UNIT])),
            backward: Backward::Run {
                command: systemctl(scope, &["disable", "--now", UNIT]),
                only_if: Some(Question {
                    command: systemctl(scope, &["cat", UNIT]),
                    says: String::new(),
                }),
            },
        }])
    }
}

/// Has systemd read its units anew.
pub(super) fn reload(scope: &Scope) -> Command {
    systemctl(scope, &["daemon-reload"])
}

fn systemctl(scope: &Scope, arguments: &[&str]) -> Command {
    let command = Command::new("systemctl");
    match scope {
        Scope::System => command,
        Scope::User { .. } => command.with(&["--user"]),
    }
    .with(arguments)
}
