//! Documents become a picture of their paper, and nothing is printed or kept.
//!
//! A preview takes the way of a submit up to the printer's queue: the same
//! printers, formats and firewall refuse it, so that a page looks at nothing
//! that it could not print. Drawing is the agent's only work that a page can
//! make long: it happens on one thread beside the others, one preview at a
//! time, within the bounds of [`crate::preview`], and is charged to the origin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_protocol::job::{FORMAT_RAW, FORMAT_TEXT};
use platen_protocol::preview::JobsPreview;
use platen_protocol::{ErrorCode, Origin, Response};
use platen_receipt::Profile;
use tokio::sync::Semaphore;

use super::submit::check_format;
use super::{DispatchError, Dispatcher, DocumentBody};
use crate::authorize::Subject;
use crate::job::NewDocument;
use crate::preview;
use crate::queue::printers::PrinterHandle;

/// Where previews are drawn.
#[derive(Debug)]
pub(super) struct Studio {
    /// One draws; the others wait in the order in which they came.
    place: Arc<Semaphore>,
    visitors: Arc<Visitors>,
}

/// Previews of each origin that are not answered yet.
#[derive(Debug, Default)]
struct Visitors(Mutex<HashMap<Origin, usize>>);

/// One of them; leaves when dropped.
#[derive(Debug)]
struct Visit {
    visitors: Arc<Visitors>,
    origin: Origin,
}

impl Studio {
    pub(super) fn new() -> Self {
        Self {
            place: Arc::new(Semaphore::new(1)),
            visitors: Arc::default(),
        }
    }

    /// Lets a preview of `origin` wait for its turn, if not too many do.
    fn visit(&self, origin: &Origin, per_origin_max: usize) -> Option<Visit> {
        let mut visitors = self.visitors.lock();
        let theirs = visitors.entry(origin.clone()).or_default();
        if *theirs >= per_origin_max {
            return None;
        }
        *theirs += 1;
        drop(visitors);
        Some(Visit {
            visitors: Arc::clone(&self.visitors),
            origin: origin.clone(),
        })
    }

    /// Draws on a thread that may block. A visit that nobody waits for any
    /// more keeps the place until it ends: two never draw at a time.
    async fn draw<T: Send + 'static>(
        &self,
        visit: Visit,
        draw: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DispatchError> {
        let internal = |_| DispatchError::new(ErrorCode::Internal);
        let place = Arc::clone(&self.place).acquire_owned().await;
        let place = place.map_err(|_| DispatchError::new(ErrorCode::ShuttingDown))?;
        tokio::task::spawn_blocking(move || {
            let drawn = draw();
            drop((visit, place));
            drawn
        })
        .await
        .map_err(internal)
    }
}

impl Visitors {
    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut visitors = self.visitors.lock();
        if let Some(theirs) = visitors.get_mut(&self.origin) {
            *theirs -= 1;
            if *theirs == 0 {
                visitors.remove(&self.origin);
            }
        }
    }
}

impl Dispatcher {
    /// Whether the documents of a preview are worth receiving.
    pub(super) fn check_preview(
        &self,
        subject: &Subject,
        params: &JobsPreview,
    ) -> Result<(), DispatchError> {
        let handle = self.addressed(subject, params.printer.as_ref())?;
        self.profile(&handle, params)?;
        for document in &params.documents {
            check_format(&handle, &document.format)?;
            if !matches!(document.format.as_str(), FORMAT_RAW | FORMAT_TEXT) {
                return Err(DispatchError::with_message(
                    ErrorCode::DocumentFormatNotSupported,
                    format!(
                        "a preview shows {FORMAT_RAW} and {FORMAT_TEXT}; how other formats look is the driver's business"
                    ),
                ));
            }
        }
        let octets_max = self.limits.preview_octets_max;
        let total = params.documents.iter().try_fold(0_u64, |total, document| {
            total
                .checked_add(document.octets)
                .filter(|total| *total <= octets_max)
        });
        if total.is_none() {
            return Err(DispatchError::with_message(
                ErrorCode::DocumentTooLarge,
                format!(
                    "the documents of a preview may have {octets_max} octets together; preview a part, or raise limits.preview_octets_max on the machine"
                ),
            ));
        }
        Ok(())
    }

    /// The model the documents are shown for.
    fn profile(
        &self,
        handle: &PrinterHandle,
        params: &JobsPreview,
    ) -> Result<Arc<Profile>, DispatchError> {
        let Some(name) = &params.profile else {
            return Ok(Arc::clone(&handle.info.profile));
        };
        Profile::named(name).map(Arc::new).ok_or_else(|| {
            DispatchError::with_message(
                ErrorCode::InvalidParams,
                "no printer model has the name in params.profile; leave it out, or use a name that `platen preview --help` lists",
            )
        })
    }

    pub(super) async fn preview(
        &self,
        subject: &Subject,
        params: JobsPreview,
        bodies: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        self.check_preview(subject, &params)?;
        let handle = self.addressed(subject, params.printer.as_ref())?;
        let profile = self.profile(&handle, &params)?;
        if params.documents.len() != bodies.len() {
            return Err(DispatchError::new(ErrorCode::DocumentEmpty));
        }
        let per_origin_max = self.limits.previews_per_origin_max;
        let visit = self
            .studio
            .visit(&subject.origin, per_origin_max)
            .ok_or_else(|| {
                DispatchError::with_message(
                    ErrorCode::LimitExceeded,
                    format!(
                        "{} already waits for {per_origin_max} previews; ask again when one has come",
                        subject.origin
                    ),
                )
            })?;
        let documents: Vec<NewDocument> = params
            .documents
            .into_iter()
            .zip(bodies)
            .map(|(info, body)| NewDocument {
                format: info.format,
                octets: info.octets,
                sha256: info.sha256,
                body,
            })
            .collect();
        self.firewall
            .admit_preview(subject, &documents, &profile)
            .await?;
        let form = params.form;
        let drawn = self
            .studio
            .draw(visit, move || {
                let job = preview::as_one_job(&documents, &profile);
                preview::preview(&job, Profile::clone(&profile), form)
            })
            .await?;
        drawn.map(Response::Preview).map_err(|error| {
            DispatchError::with_message(ErrorCode::DocumentTooLarge, error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::origin;

    #[tokio::test]
    async fn one_origin_waits_for_a_few_previews_and_leaves_room_for_others() {
        let studio = Studio::new();
        let pos = origin("https://pos.example");
        let first = studio.visit(&pos, 2).unwrap();
        let second = studio.visit(&pos, 2).unwrap();
        assert!(studio.visit(&pos, 2).is_none());
        assert!(studio.visit(&origin("https://shop.example"), 2).is_some());
        assert_eq!(studio.draw(first, || 7).await.unwrap(), 7);
        assert!(studio.visit(&pos, 2).is_some());
        drop(second);
        assert!(studio.visitors.lock().is_empty());
    }

    #[tokio::test]
    async fn a_drawing_that_fails_gives_its_place_back() {
        let studio = Studio::new();
        let pos = origin("https://pos.example");
        let visit = studio.visit(&pos, 1).unwrap();
        let failed = studio.draw(visit, || panic!("a drawing that fails")).await;
        let failed: Result<(), DispatchError> = failed;
        assert_eq!(failed.unwrap_err().code, ErrorCode::Internal);
        let visit = studio.visit(&pos, 1).unwrap();
        studio.draw(visit, || ()).await.unwrap();
    }
}
