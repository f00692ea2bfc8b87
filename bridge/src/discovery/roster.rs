//! Printers that a person added: added, renamed, moved and removed while the
//! agent runs, and kept in the store.
//!
//! The configuration file is the administrator's, and nothing here writes it.
//! A printer keeps its id, and with it its queue, its grants and its history,
//! whatever it is called and wherever it is.

mod provisioned;

use std::collections::BTreeMap;
use std::sync::Arc;

use platen_discovery::identity::Identity;
use platen_protocol::{ErrorCode, JobState, PrinterId};
use platen_receipt::Profile;
use tokio::sync::Mutex;

use crate::backend::{Backend, Backends, DeviceQuestions, DeviceUri, Movable};
use crate::clock::Clock;
use crate::dispatch::DispatchError;
use crate::job::By;
use crate::model::PrinterModel;
use crate::queue::JobCommand;
use crate::queue::printers::{PrinterInfo, Printers};
use crate::store::{AddedPrinter, Store, StoreError};
use crate::visible;

pub use self::provisioned::PrinterChanges;

/// Printers that can be added. A shop has a dozen.
const PRINTERS_MAX: usize = 256;
/// A label for people fits a line, as in the configuration.
const NAME_CHARACTERS_MAX: usize = 120;
/// Names that a printer is still found by.
const ALIASES_MAX: usize = 16;

/// A printer to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Its id.
    pub id: PrinterId,
    /// Its label.
    pub name: String,
    /// Its device.
    pub uri: DeviceUri,
    /// Which device it is, where that is known by more than its URI.
    pub identity: Option<String>,
    /// The name of its model.
    pub profile: Option<String>,
}

impl Addition {
    /// Of a printer that nothing is known of but where it is.
    #[must_use]
    pub fn by_hand(uri: DeviceUri, name: Option<String>, profile: Option<String>) -> Self {
        let place = uri.to_string();
        let id = Identity::Place(place.clone()).printer_id();
        Self {
            id: id.parse().expect("made of what an id is made of"),
            name: name.unwrap_or(place),
            uri,
            identity: None,
            profile,
        }
    }
}

/// The printers that a person added.
#[derive(Debug)]
pub struct Roster {
    printers: Arc<Printers>,
    backends: Arc<Backends>,
    store: Store,
    clock: Clock,
    /// Held while one is added, changed or removed.
    kept: Mutex<BTreeMap<PrinterId, Kept>>,
}

#[derive(Debug)]
struct Kept {
    added: AddedPrinter,
    device: Arc<Movable>,
}

/// Whether a driver or filter stands behind the device.
#[must_use]
pub fn takes_any_format(uri: &DeviceUri) -> bool {
    match uri {
        DeviceUri::Cups { .. } => true,
        DeviceUri::Virtual { .. }
        | DeviceUri::Socket { .. }
        | DeviceUri::Usb { .. }
        | DeviceUri::Serial { .. }
        | DeviceUri::Winspool { .. } => false,
    }
}

fn refused(message: impl Into<String>) -> DispatchError {
    DispatchError::with_message(ErrorCode::InvalidParams, message)
}

impl Roster {
    /// Brings back what was added before. Blocking: it reads the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(
        printers: Arc<Printers>,
        backends: Arc<Backends>,
        store: Store,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let roster = Self {
            printers,
            backends,
            store,
            clock,
            kept: Mutex::default(),
        };
        let mut kept = BTreeMap::new();
        for added in roster.store.reader().added_printers()? {
            let id = added.id.clone();
            match roster.open(&added) {
                Ok(device) => {
                    roster.start(&added, &device)?;
                    kept.insert(id, Kept { added, device });
                }
                // One bad printer is no reason to leave the others without an agent.
                Err(error) => {
                    tracing::error!(printer = %id, %error, "a printer that was added is left out");
                }
            }
        }
        Ok(Self {
            kept: Mutex::new(kept),
            ..roster
        })
    }

    fn open(&self, added: &AddedPrinter) -> Result<Arc<Movable>, DispatchError> {
        let device = self.open_at(&added.uri)?;
        Ok(Arc::new(Movable::new(device)))
    }

    fn open_at(&self, uri: &str) -> Result<Arc<dyn Backend>, DispatchError> {
        let uri: DeviceUri = uri.parse().map_err(|error| refused(format!("{error}")))?;
        let opened = self.backends.open(&uri, &DeviceQuestions::default());
        opened.map_err(|error| refused(error.to_string()))
    }

    fn start(&self, added: &AddedPrinter, device: &Arc<Movable>) -> Result<(), StoreError> {
        let takes_any_format = added.uri.parse().is_ok_and(|uri| takes_any_format(&uri));
        let info = PrinterInfo {
            id: added.id.clone(),
            name: added.name.clone(),
            aliases: added.aliases.clone(),
            uri: added.uri.clone(),
            takes_any_format,
            profile: model(added).to_profile(),
            accessories: model(added).accessories(),
        };
        let device = Arc::clone(device) as Arc<dyn Backend>;
        self.printers.add(info, device, None)
    }

    /// The printers that were added, in the order of their ids.
    pub async fn list(&self) -> Vec<AddedPrinter> {
        let kept = self.kept.lock().await;
        kept.values().map(|kept| kept.added.clone()).collect()
    }

    /// Adds a printer and returns its id. It takes jobs from now on, and no page
    /// sees it that has no grant for it.
    ///
    /// # Errors
    /// When it is there already, its name is taken, or it cannot be kept.
    pub async fn add(&self, addition: Addition) -> Result<PrinterId, DispatchError> {
        let mut kept = self.kept.lock().await;
        if kept.len() >= PRINTERS_MAX {
            return Err(refused(format!(
                "{PRINTERS_MAX} printers were added already; remove one with `platen printers remove`"
            )));
        }
        if let Some(profile) = &addition.profile
            && Profile::named(profile).is_none()
        {
            let known: Vec<_> = Profile::names().collect();
            return Err(refused(format!(
                "no printer model is named {profile}; choose from {}",
                known.join(", ")
            )));
        }
        let uri = addition.uri.to_string();
        for handle in self.printers.all() {
            let info = &handle.info;
            if info.id == addition.id || info.uri == uri {
                return Err(refused(format!(
                    "this printer is there already, as {} ({}); rename it with `platen printers rename {} NAME`",
                    info.name, info.id, info.id
                )));
            }
        }
        let name = self.free_name(&addition.name, None)?;
        let added = AddedPrinter {
            id: addition.id.clone(),
            name,
            aliases: Vec::new(),
            uri,
            identity: addition.identity,
            profile: addition.profile,
            provisioned: false,
            added_at: self.clock.now(),
        };
        let device = self.open(&added)?;
        self.store.keep_printer(added.clone()).await?;
        // Reads the store, which is quick for a printer that has no jobs.
        self.start(&added, &device)?;
        tracing::info!(printer = %added.id, uri = added.uri, identity = added.identity, "a printer was added");
        let id = added.id.clone();
        kept.insert(id.clone(), Kept { added, device });
        Ok(id)
    }

    /// Gives a printer another name. The one it had finds it still.
    ///
    /// # Errors
    /// When it was not added by a person, or the name is taken.
    pub async fn rename(&self, id: &PrinterId, name: &str) -> Result<(), DispatchError> {
        let mut kept = self.kept.lock().await;
        let known = kept.get_mut(id).ok_or_else(|| not_ours(id))?;
        let name = self.free_name(name, Some(id))?;
        if known.added.name == name {
            return Ok(());
        }
        let mut added = known.added.clone();
        let before = std::mem::replace(&mut added.name, name);
        added
            .aliases
            .retain(|alias| *alias != added.name && *alias != before);
        if added.aliases.len() == ALIASES_MAX {
            added.aliases.remove(0);
        }
        added.aliases.push(before);
        self.store.keep_printer(added.clone()).await?;
        self.printers.describe_anew(id, |info| {
            info.name.clone_from(&added.name);
            info.aliases.clone_from(&added.aliases);
        });
        tracing::info!(printer = %id, name = added.name, "a printer was renamed");
        known.added = added;
        Ok(())
    }

    /// The same device answers at another URI now.
    ///
    /// # Errors
    /// When the printer was not added by a person, another one is there, or a
    /// job is under way; nothing has changed then.
    pub async fn move_to(&self, id: &PrinterId, uri: &DeviceUri) -> Result<(), DispatchError> {
        let mut kept = self.kept.lock().await;
        let known = kept.get_mut(id).ok_or_else(|| not_ours(id))?;
        let uri = uri.to_string();
        if known.added.uri == uri {
            return Ok(());
        }
        if let Some(other) = self
            .printers
            .all()
            .iter()
            .find(|handle| handle.info.uri == uri)
        {
            return Err(refused(format!("{uri} is {} already", other.info.id)));
        }
        let device = self.open_at(&uri)?;
        let moved = known.device.move_to(device);
        moved.map_err(|error| {
            DispatchError::with_message(ErrorCode::JobNotPossible, error.to_string())
        })?;
        let before = std::mem::replace(&mut known.added.uri, uri);
        let added = known.added.clone();
        self.printers
            .describe_anew(id, |info| info.uri.clone_from(&added.uri));
        tracing::info!(printer = %id, from = before, to = added.uri, identity = added.identity, "a printer has another address");
        self.store.keep_printer(added).await?;
        Ok(())
    }

    /// Removes a printer and returns how many jobs were called off for it. Its
    /// finished jobs keep their history.
    ///
    /// # Errors
    /// When it was not added by a person, prints, or has jobs that wait and
    /// `force` does not say to call them off.
    pub async fn remove(&self, id: &PrinterId, force: bool) -> Result<usize, DispatchError> {
        let mut kept = self.kept.lock().await;
        let known = kept.get(id).ok_or_else(|| not_ours(id))?;
        let handle = self.printers.find(id).ok_or_else(|| not_ours(id))?;
        let mut canceled = 0;
        for job in self.unfinished(id).await? {
            if job.1 == JobState::Processing {
                return Err(DispatchError::with_message(
                    ErrorCode::JobNotPossible,
                    format!(
                        "{id} prints {}; wait until it has ended, or call it off with `platen jobs cancel {}`",
                        job.0, job.0
                    ),
                ));
            }
            if !force {
                let waiting = self.unfinished(id).await?.len();
                return Err(DispatchError::with_message(
                    ErrorCode::JobNotPossible,
                    format!(
                        "jobs wait for {id} ({waiting}); let them print, or call them off with the printer: `platen printers remove {id} --force`"
                    ),
                ));
            }
            handle
                .command(job.0, JobCommand::Cancel(By::Operator))
                .await?;
            canceled += 1;
        }
        self.printers.remove(id).await;
        // From here on nothing is accepted: what came in between is looked at
        // once more, and wins.
        let late = self.unfinished(id).await?;
        if !late.is_empty() {
            self.start(&known.added, &known.device)?;
            return Err(DispatchError::with_message(
                ErrorCode::JobNotPossible,
                format!("a job for {id} came in at this moment; try again"),
            ));
        }
        self.store.forget_printer(id.clone()).await?;
        kept.remove(id);
        tracing::info!(printer = %id, canceled, "a printer was removed");
        Ok(canceled)
    }

    async fn unfinished(
        &self,
        id: &PrinterId,
    ) -> Result<Vec<(platen_protocol::JobId, JobState)>, DispatchError> {
        let id = id.clone();
        let records = self
            .store
            .read(move |reader| reader.unfinished(&id))
            .await?;
        let jobs = records
            .into_iter()
            .map(|record| (record.job.job_id, record.job.state));
        Ok(jobs.collect())
    }

    /// The name as it is shown, if no other printer has it.
    fn free_name(&self, name: &str, of: Option<&PrinterId>) -> Result<String, DispatchError> {
        let name = visible::line(name.trim()).into_owned();
        if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
            return Err(refused(format!(
                "write a name of 1 to {NAME_CHARACTERS_MAX} characters for the printer"
            )));
        }
        let all = self.printers.all();
        let taken = all.iter().find(|handle| {
            Some(&handle.info.id) != of
                && (handle.info.name == name || handle.info.id.as_str() == name)
        });
        match taken {
            None => Ok(name),
            Some(other) => Err(refused(format!(
                "{} is called {name} already; choose another name with --name",
                other.info.id
            ))),
        }
    }
}

fn model(added: &AddedPrinter) -> PrinterModel {
    PrinterModel {
        profile: added.profile.clone(),
        ..PrinterModel::default()
    }
}

fn not_ours(id: &PrinterId) -> DispatchError {
    refused(format!(
        "{id} was not added with `platen printers add`: it is named in the configuration file, or belongs to the print service; change it there"
    ))
}

#[cfg(test)]
mod tests;
