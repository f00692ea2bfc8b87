//! Printers that come and go with the provisioning file, while the agent runs.

use super::{Kept, Roster};
use crate::queue::printers::Printers;
use crate::store::{AddedPrinter, StoreError};
use platen_protocol::PrinterId;
use std::sync::Arc;

/// What the store has written of the roster's printers.
#[derive(Debug, Default)]
pub struct PrinterChanges {
    /// New, or changed.
    pub keep: Vec<AddedPrinter>,
    /// Gone.
    pub forget: Vec<PrinterId>,
}

impl Roster {
    /// Has `write` decide over the printers as they are and write what changes;
    /// nobody else adds or removes one meanwhile. Then the printers follow.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub async fn provision(
        &self,
        write: impl AsyncFnOnce(Vec<AddedPrinter>) -> Result<PrinterChanges, StoreError>,
    ) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().await;
        let standing = kept.values().map(|kept| kept.added.clone()).collect();
        let changes = write(standing).await?;
        for id in changes.forget {
            self.printers.remove(&id).await;
            let Some(gone) = kept.remove(&id) else {
                continue;
            };
            // What came in at this very moment is still printed.
            if self.has_jobs(&id).await? {
                self.store.keep_printer(gone.added.clone()).await?;
                self.start(&gone.added, &gone.device)?;
                kept.insert(id, gone);
            }
        }
        for added in changes.keep {
            let id = added.id.clone();
            if let Some(had) = kept.get_mut(&id)
                && had.added.uri == added.uri
                && had.added.profile == added.profile
            {
                rename(&self.printers, &added);
                had.added = added;
                continue;
            }
            match self.open(&added) {
                Ok(device) => {
                    self.printers.remove(&id).await;
                    self.start(&added, &device)?;
                    kept.insert(id, Kept { added, device });
                }
                // As at a start: one bad printer leaves the others alone.
                Err(error) => {
                    tracing::error!(printer = %id, %error, "a provisioned printer is left out");
                }
            }
        }
        Ok(())
    }

    async fn has_jobs(&self, id: &PrinterId) -> Result<bool, StoreError> {
        let id = id.clone();
        let unfinished = self.store.read(move |reader| reader.unfinished(&id));
        Ok(!unfinished.await?.is_empty())
    }
}

fn rename(printers: &Arc<Printers>, added: &AddedPrinter) {
    printers.describe_anew(&added.id, |info| {
        info.name.clone_from(&added.name);
        info.aliases.clone_from(&added.aliases);
    });
}
