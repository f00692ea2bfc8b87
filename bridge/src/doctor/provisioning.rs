//! The file that says what this machine is to have: whether it is believed,
//! and what it decides.

use super::Check;
use crate::config::Loaded;
use crate::provision::{Found, ProvisionStatus};

const NAME: &str = "provisioning";

/// What a running agent says of its file, else what the file itself says.
pub(super) fn examine(
    status: Option<&ProvisionStatus>,
    found: &Found,
    loaded: &Loaded,
) -> Vec<Check> {
    let refused = match status {
        Some(status) => status.refused.clone(),
        None => found.refused().map(ToString::to_string),
    };
    let mut checks = Vec::new();
    if let Some(refused) = refused {
        checks.push(Check::fail(
            NAME,
            format!("the file is refused, and what was accepted before stays: {refused}"),
            "mend what it names, then `platen provision apply`",
        ));
    } else if let Some(accepted) = found.accepted() {
        let (sites, printers) = (&accepted.provision.sites, &accepted.provision.printers);
        checks.push(Check::ok(
            NAME,
            format!(
                "{} is in effect: sites {}, printers {}",
                accepted.file.display(),
                sites.len(),
                printers.len()
            ),
        ));
    }
    if status.is_some_and(|status| status.restart_needed) {
        checks.push(Check::warn(
            NAME,
            "the agent started with other policies than the file has now",
            "restart the agent",
        ));
    }
    if !loaded.decided.is_empty() {
        checks.push(Check::warn(
            NAME,
            format!(
                "it decides {}, for which the configuration file says otherwise",
                loaded.decided.join(", ")
            ),
            "take these keys out of the configuration file: they have no effect",
        ));
    }
    checks
}
