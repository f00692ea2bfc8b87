//! Drawers, buzzers and displays: a typed call becomes a short job of the
//! printer that they hang on, soon or not at all.

use bytes::Bytes;
use platen_protocol::accessory::{BuzzerSound, DisplayShow, DrawerOpen, WITHIN_MS_DEFAULT};
use platen_protocol::job::{DocumentInfo, FORMAT_RAW};
use platen_protocol::method::JobsSubmit;
use platen_protocol::{Accessory, CustomerText, Digest, ErrorCode, PrinterId, Response, canonical};
use serde::Serialize;

use super::{DispatchError, Dispatcher, DocumentBody};
use crate::accessory::Accessories;
use crate::authorize::Subject;

/// Before everything that waits: somebody stands at the drawer.
const PRIORITY: u8 = 0;

/// What all such calls have.
struct Asked<'a, P> {
    accessory: Accessory,
    name: &'static str,
    printer: Option<&'a PrinterId>,
    within_ms: Option<u32>,
    idempotency_key: Option<CustomerText>,
    /// Without its key.
    params: &'a P,
}

impl Dispatcher {
    pub(super) async fn open_drawer(
        &self,
        subject: &Subject,
        mut params: DrawerOpen,
    ) -> Result<Response, DispatchError> {
        let asked = Asked {
            accessory: Accessory::Drawer,
            name: "Open drawer",
            idempotency_key: params.idempotency_key.take(),
            printer: params.printer.as_ref(),
            within_ms: params.within_ms,
            params: &params,
        };
        self.use_accessory(subject, asked, |has| has.open_drawer(&params))
            .await
    }

    pub(super) async fn sound_buzzer(
        &self,
        subject: &Subject,
        mut params: BuzzerSound,
    ) -> Result<Response, DispatchError> {
        let asked = Asked {
            accessory: Accessory::Buzzer,
            name: "Sound buzzer",
            idempotency_key: params.idempotency_key.take(),
            printer: params.printer.as_ref(),
            within_ms: params.within_ms,
            params: &params,
        };
        self.use_accessory(subject, asked, |has| has.sound_buzzer(&params))
            .await
    }

    pub(super) async fn show_on_display(
        &self,
        subject: &Subject,
        mut params: DisplayShow,
    ) -> Result<Response, DispatchError> {
        let asked = Asked {
            accessory: Accessory::Display,
            name: "Show on display",
            idempotency_key: params.idempotency_key.take(),
            printer: params.printer.as_ref(),
            within_ms: params.within_ms,
            params: &params,
        };
        self.use_accessory(subject, asked, |has| has.show(&params))
            .await
    }

    async fn use_accessory<P: Serialize>(
        &self,
        subject: &Subject,
        asked: Asked<'_, P>,
        octets: impl FnOnce(&Accessories) -> Option<Vec<u8>>,
    ) -> Result<Response, DispatchError> {
        let handle = self.addressed(subject, asked.printer)?;
        let what = asked.accessory.as_str();
        let octets = octets(&handle.info.accessories).ok_or_else(|| {
            let message = format!(
                "{} has no {what}; where it has one, say so with `{what} = ...` in its [[printers]]",
                handle.info.id
            );
            DispatchError::with_message(ErrorCode::AccessoryMissing, message)
        })?;
        let octets = Bytes::from(octets);
        let within_ms = u64::from(asked.within_ms.unwrap_or(WITHIN_MS_DEFAULT));
        let params = JobsSubmit {
            printer: Some(handle.info.id.clone()),
            documents: vec![DocumentInfo {
                format: FORMAT_RAW.to_owned(),
                octets: octets.len() as u64,
                sha256: Digest::of(&octets),
            }],
            name: Some(asked.name.to_owned().into()),
            idempotency_key: asked.idempotency_key,
            priority: Some(PRIORITY),
            expires_at: Some(self.clock.now() + within_ms),
            not_before: None,
            repeat: None,
        };
        let body = DocumentBody {
            pieces: vec![octets],
        };
        let submitter = Some(subject.submitter());
        let mut job = self.new_job(submitter, handle.info.id.clone(), params, vec![body])?;
        // The same call under the same key is the same, although time went on.
        let text = canonical::to_string(asked.params).map_err(|error| {
            DispatchError::with_message(ErrorCode::InvalidParams, error.to_string())
        })?;
        job.digest = Digest::of(format!("{what} {text}").as_bytes());
        let charge = self
            .firewall
            .admit_accessory(subject, &job, asked.accessory)?;
        let submitted = self.enqueue(&handle, job).await?;
        if !submitted.repeated {
            charge.keep();
        }
        Ok(Response::Submitted(submitted))
    }
}
