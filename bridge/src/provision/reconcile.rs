//! What has to change so that a machine has what its file says: pure.
//!
//! What the file brought is marked in its own row, so nothing else is ever
//! taken back, and a second time nothing is left to do. A grant is known again
//! by its site's name, a printer by its id.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use platen_protocol::{PrinterId, TimestampMs};
use serde::{Deserialize, Serialize};

use super::Provision;
use super::kept::Kept;
use crate::discovery::roster::Addition;
use crate::grant::Grant;
use crate::store::{AddedPrinter, Provisioning};

/// What a machine has.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    /// Its grants.
    pub(super) grants: &'a [Arc<Grant>],
    /// The printers that were added to it.
    pub(super) printers: &'a [AddedPrinter],
    /// Which of them cannot go: jobs wait for them.
    pub(super) with_jobs: &'a BTreeSet<PrinterId>,
    /// Whether printers work already, so that one with jobs cannot change
    /// either.
    pub(super) live: bool,
    /// Ids and devices of printers that the configuration names.
    pub(super) configured: &'a [(PrinterId, String)],
    /// What the file said when it was last applied.
    pub(super) before: Option<&'a Kept>,
}

/// One thing that is done, or that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What.
    pub what: ChangeKind,
    /// To which site or printer.
    pub name: String,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A site is new in the file.
    SiteAdded,
    /// A site's terms are others.
    SiteChanged,
    /// A person had taken the grant back, and the file names the site still.
    SiteReturned,
    /// A site has left the file.
    SiteRemoved,
    /// A printer is new in the file.
    PrinterAdded,
    /// A printer's name, device or model is another.
    PrinterChanged,
    /// A person had removed the printer, and the file names it still.
    PrinterReturned,
    /// A printer has left the file.
    PrinterRemoved,
    /// A printer is to go or to change, and jobs wait for it.
    PrinterWaits,
    /// Somebody else's printer has this id or device already.
    PrinterTaken,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.what {
            ChangeKind::SiteAdded => write!(f, "{name} may print here"),
            ChangeKind::SiteChanged => write!(f, "{name} has other terms"),
            ChangeKind::SiteReturned => write!(
                f,
                "{name} may print here again: its grant was taken back by hand, and the file names it still"
            ),
            ChangeKind::SiteRemoved => write!(f, "{name} may print here no more"),
            ChangeKind::PrinterAdded => write!(f, "the printer {name} is there"),
            ChangeKind::PrinterChanged => write!(f, "the printer {name} is changed"),
            ChangeKind::PrinterReturned => write!(
                f,
                "the printer {name} is there again: it was removed by hand, and the file names it still"
            ),
            ChangeKind::PrinterRemoved => write!(f, "the printer {name} is gone"),
            ChangeKind::PrinterWaits => write!(
                f,
                "the printer {name} stays as it is while jobs wait for it; let them print, then apply again"
            ),
            ChangeKind::PrinterTaken => write!(
                f,
                "the printer {name} is not added: one that the configuration or a person named has its id or its device already"
            ),
        }
    }
}

/// What is to be written, and what that means.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) write: Provisioning,
    pub(super) changes: Vec<Change>,
}

impl Plan {
    fn note(&mut self, what: ChangeKind, name: &str) {
        self.changes.push(Change {
            what,
            name: name.to_owned(),
        });
    }
}

/// What has to change.
pub(super) fn plan(wanted: &Provision, standing: &Standing<'_>, now: TimestampMs) -> Plan {
    let mut plan = Plan::default();
    plan_sites(&mut plan, wanted, standing, now);
    plan_printers(&mut plan, wanted, standing, now);
    plan
}

fn plan_sites(plan: &mut Plan, wanted: &Provision, standing: &Standing<'_>, now: TimestampMs) {
    let mut provisioned: Vec<_> = (standing.grants.iter())
        .filter(|grant| grant.provisioned)
        .collect();
    for site in &wanted.sites {
        let grant = &site.grant;
        let position = provisioned.iter().position(|had| had.name == grant.name);
        let had = position.map(|position| provisioned.remove(position));
        match had {
            Some(had) if same_terms(had, grant) => {}
            // Sessions under way go on, within the new terms.
            Some(had) if had.fingerprint == grant.fingerprint => {
                plan.write.replace_grants.push(Grant {
                    id: had.id,
                    created_at: had.created_at,
                    ..grant.clone()
                });
                plan.note(ChangeKind::SiteChanged, &grant.name);
            }
            had => {
                plan.write.remove_grants.extend(had.map(|had| had.id));
                plan.write.add_grants.push(Grant {
                    created_at: now,
                    ..grant.clone()
                });
                let known =
                    (standing.before).is_some_and(|before| before.sites.contains(&grant.name));
                plan.note(
                    match (had, known) {
                        (Some(_), _) => ChangeKind::SiteChanged,
                        (None, true) => ChangeKind::SiteReturned,
                        (None, false) => ChangeKind::SiteAdded,
                    },
                    &grant.name,
                );
            }
        }
    }
    for left in provisioned {
        plan.write.remove_grants.push(left.id);
        plan.note(ChangeKind::SiteRemoved, &left.name);
    }
}

fn same_terms(had: &Grant, wanted: &Grant) -> bool {
    let same = Grant {
        id: had.id,
        created_at: had.created_at,
        ..wanted.clone()
    };
    *had == same
}

fn plan_printers(plan: &mut Plan, wanted: &Provision, standing: &Standing<'_>, now: TimestampMs) {
    for printer in &wanted.printers {
        plan_printer(plan, printer, standing, now);
    }
    let left = standing.printers.iter().filter(|had| {
        had.provisioned && !wanted.printers.iter().any(|printer| printer.id == had.id)
    });
    for had in left {
        if standing.with_jobs.contains(&had.id) {
            plan.note(ChangeKind::PrinterWaits, &had.name);
        } else {
            plan.write.forget_printers.push(had.id.clone());
            plan.note(ChangeKind::PrinterRemoved, &had.name);
        }
    }
}

fn plan_printer(plan: &mut Plan, printer: &Addition, standing: &Standing<'_>, now: TimestampMs) {
    let uri = printer.uri.to_string();
    let had = standing.printers.iter().find(|had| had.id == printer.id);
    let of_configuration =
        (standing.configured.iter()).any(|(id, device)| *id == printer.id || *device == uri);
    let of_a_person = (standing.printers.iter())
        .any(|had| !had.provisioned && (had.id == printer.id || had.uri == uri));
    if of_configuration || of_a_person {
        plan.note(ChangeKind::PrinterTaken, &printer.name);
        return;
    }
    let mut keep = AddedPrinter {
        id: printer.id.clone(),
        name: printer.name.clone(),
        aliases: Vec::new(),
        uri,
        identity: None,
        profile: printer.profile.clone(),
        provisioned: true,
        added_at: now,
    };
    let Some(had) = had else {
        let known = (standing.before).is_some_and(|before| before.printers.contains(&printer.id));
        plan.write.keep_printers.push(keep);
        let what = if known {
            ChangeKind::PrinterReturned
        } else {
            ChangeKind::PrinterAdded
        };
        plan.note(what, &printer.name);
        return;
    };
    let same_device = had.uri == keep.uri && had.profile == keep.profile;
    if same_device && had.name == keep.name {
        return;
    }
    if !same_device && standing.live && standing.with_jobs.contains(&had.id) {
        plan.note(ChangeKind::PrinterWaits, &had.name);
        return;
    }
    keep.added_at = had.added_at;
    keep.aliases.clone_from(&had.aliases);
    keep.aliases
        .retain(|alias| *alias != keep.name && *alias != had.name);
    if had.name != keep.name {
        keep.aliases.push(had.name.clone());
    }
    plan.write.keep_printers.push(keep);
    plan.note(ChangeKind::PrinterChanged, &printer.name);
}

#[cfg(test)]
mod tests;
