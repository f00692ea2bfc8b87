//! Brings the machine to what its file says: when the agent starts, and when a
//! person asks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use platen_protocol::{PrinterId, TimestampMs};
use serde::{Deserialize, Serialize};

use super::accept::Warrant;
use super::found::{Found, FoundFile, Place};
use super::kept::Kept;
use super::reconcile::{Change, Plan, Standing, plan};
use super::{Channel, Policy, Provision};
use crate::clock::Clock;
use crate::discovery::roster::{PrinterChanges, Roster};
use crate::store::{AddedPrinter, Store, StoreError};

/// How this machine is provisioned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionStatus {
    /// Whose machine this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The file that is in effect; `None`: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Why it is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warrant: Option<Warrant>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Since when it is in effect as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<TimestampMs>,
    /// Its sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// Its printers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub printers: Vec<PrinterId>,
    /// Keys of the configuration that it decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Which updates are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Why the file that is there is not believed, if it is not; what was
    /// accepted before stays in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether its policies hold only after a restart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restart_needed: bool,
}

/// What came of applying the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What was done; nothing: the machine was as the file says.
    pub changes: Vec<Change>,
    /// How it is now.
    pub status: ProvisionStatus,
}

/// Applies the file, and knows what came of it.
#[derive(Debug)]
pub struct Provisioner {
    place: Place,
    store: Store,
    clock: Clock,
    /// Ids and devices of printers that the configuration names.
    configured: Vec<(PrinterId, String)>,
    /// The policy that the agent started with.
    in_effect: Policy,
    status: Mutex<ProvisionStatus>,
}

impl Provisioner {
    /// Brings the store to what was found, before anything works with it.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn start(
        found: Found,
        store: Store,
        clock: Clock,
        configured: Vec<(PrinterId, String)>,
    ) -> Result<Self, StoreError> {
        let provisioner = Self {
            place: found.place.clone(),
            store,
            clock,
            configured,
            in_effect: found.policy(),
            status: Mutex::default(),
        };
        let printers = provisioner
            .store
            .read(|reader| reader.added_printers())
            .await?;
        let plan = provisioner.plan(&found, &printers, false).await?;
        if let Some(plan) = plan {
            provisioner.write(plan).await?;
        }
        provisioner.keep(&found);
        Ok(provisioner)
    }

    /// Looks at the file again and does what is to be done.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn apply(&self, roster: &Roster) -> Result<Outcome, StoreError> {
        let place = self.place.clone();
        // Files are read on a thread that may block.
        let looked = tokio::task::spawn_blocking(move || place.look()).await;
        let found = looked.map_err(|_| StoreError::Closed)?;
        let mut changes = Vec::new();
        roster
            .provision(async |printers| {
                let Some(plan) = self.plan(&found, &printers, true).await? else {
                    return Ok(PrinterChanges::default());
                };
                let printers = PrinterChanges {
                    keep: plan.write.keep_printers.clone(),
                    forget: plan.write.forget_printers.clone(),
                };
                changes = self.write(plan).await?;
                Ok(printers)
            })
            .await?;
        self.keep(&found);
        Ok(Outcome {
            changes,
            status: self.status(),
        })
    }

    /// How the machine is provisioned.
    #[must_use]
    pub fn status(&self) -> ProvisionStatus {
        self.status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What is to be done; `None` where the file is refused.
    async fn plan(
        &self,
        found: &Found,
        printers: &[AddedPrinter],
        live: bool,
    ) -> Result<Option<Plan>, StoreError> {
        let nothing = Provision::default();
        let wanted = match &found.file {
            FoundFile::Absent => &nothing,
            FoundFile::Accepted(accepted) => &accepted.provision,
            FoundFile::Refused(_) => return Ok(None),
        };
        let provisioned = printers.iter().filter(|printer| printer.provisioned);
        let ids: Vec<_> = provisioned.map(|printer| printer.id.clone()).collect();
        let with_jobs = self.store.read(move |reader| {
            let mut with_jobs = BTreeSet::new();
            for id in ids {
                if !reader.unfinished(&id)?.is_empty() {
                    with_jobs.insert(id);
                }
            }
            Ok(with_jobs)
        });
        let with_jobs = with_jobs.await?;
        let grants = self.store.grants().borrow().clone();
        let standing = Standing {
            grants: &grants,
            printers,
            with_jobs: &with_jobs,
            live,
            configured: &self.configured,
            before: found.kept.as_ref(),
        };
        Ok(Some(plan(wanted, &standing, self.clock.now())))
    }

    async fn write(&self, plan: Plan) -> Result<Vec<Change>, StoreError> {
        if !plan.write.is_empty() {
            self.store.provision(plan.write).await?;
        }
        for change in &plan.changes {
            tracing::info!(what = ?change.what, name = change.name, "provisioned: {change}");
        }
        Ok(plan.changes)
    }

    /// Remembers what is in effect now.
    fn keep(&self, found: &Found) {
        let state = &self.place.state;
        let kept = match &found.file {
            FoundFile::Absent => {
                if found.kept.is_some()
                    && let Err(error) = Kept::forget(state)
                {
                    tracing::warn!(%error, "what was provisioned before is still remembered");
                }
                None
            }
            FoundFile::Refused(refused) => {
                tracing::error!("the provisioning file is refused: {refused}");
                found.kept.clone()
            }
            FoundFile::Accepted(accepted) => {
                let kept = Kept::of(accepted, self.clock.now());
                match kept.clone().write(state, found.kept.clone()) {
                    Ok(kept) => Some(kept),
                    Err(error) => {
                        tracing::error!(%error, "what is provisioned cannot be remembered; should the file be refused later, its policies will not hold");
                        Some(kept)
                    }
                }
            }
        };
        let policy = found.policy();
        let mut status = kept.map_or_else(ProvisionStatus::default, |kept| ProvisionStatus {
            name: kept.name,
            file: Some(kept.file),
            warrant: Some(kept.warrant),
            number: kept.number,
            applied_at: Some(kept.applied_at),
            sites: kept.sites,
            printers: kept.printers,
            channel: kept.channel,
            ..ProvisionStatus::default()
        });
        status.policies = policy.keys();
        status.restart_needed = policy != self.in_effect;
        status.refused = found.refused().map(ToString::to_string);
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}
