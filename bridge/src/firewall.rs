//! What a page's job may do besides print, and how much it may print.
//!
//! Every raw document of a page is inspected as the printer will get it, all
//! documents of a job as one stream. A command that reaches more than paper
//! needs the capability `raw-commands`; what a job takes is charged to its
//! origin ([`crate::budget`]). Jobs made on the machine itself are not asked.
//! Which octets are commands is known in `platen_receipt::inspect`.

use std::sync::Arc;

use platen_protocol::job::FORMAT_TEXT;
use platen_protocol::{Accessory, Capability, ErrorCode};
use platen_receipt::inspect::{Facts, Inspection, Inspector};
use platen_receipt::{Profile, TextEncoder};

use crate::authorize::Subject;
use crate::budget::{Amounts, Budgets, Charge};
use crate::dispatch::DispatchError;
use crate::job::{NewDocument, NewJob};
use crate::limits::Limits;

/// Octets inspected before other tasks have their turn: well under a
/// millisecond of work.
const TURN_OCTETS: usize = 64 * 1024;

/// Formats that reach no printer as they are: the print service makes pages of
/// them, and its backend refuses them for a printer that has no driver.
const PAGE_FORMATS: &[&str] = &[
    "application/pdf",
    "application/postscript",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/pwg-raster",
    "image/tiff",
    "image/urf",
];

/// Whether this is one of them, whatever it says of how it is printed.
fn is_page(format: &str) -> bool {
    let essence = format.split(';').next().unwrap_or_default();
    PAGE_FORMATS.contains(&essence.trim())
}

/// Decides on the jobs of pages. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Firewall {
    limits: Arc<Limits>,
    budgets: Arc<Budgets>,
}

impl Firewall {
    /// With full budgets.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: Arc::new(limits.clone()),
            budgets: Arc::new(Budgets::new(limits)),
        }
    }

    /// Lets `job` of `subject` pass, and charges what it takes. The charge is
    /// given back unless it is kept. Cancel safe.
    ///
    /// # Errors
    /// `raw-command-refused`, `limit-exceeded`.
    pub(crate) async fn admit(
        &self,
        subject: &Subject,
        job: &NewJob,
        profile: &Profile,
    ) -> Result<Charge, DispatchError> {
        let facts = self.check(subject, &job.documents, profile).await?;
        let amounts = Amounts {
            jobs: 1,
            octets: job.octets(),
            labels: facts.labels,
            paper_mm: facts.paper_mm,
            cuts: facts.cuts,
            drawer_kicks: facts.drawer_kicks,
            previews: 0,
        };
        self.budgets.charge(&subject.origin, amounts)
    }

    /// Lets a typed call pass, whose octets are ours, and charges what it takes.
    ///
    /// # Errors
    /// `limit-exceeded`.
    pub(crate) fn admit_accessory(
        &self,
        subject: &Subject,
        job: &NewJob,
        accessory: Accessory,
    ) -> Result<Charge, DispatchError> {
        let amounts = Amounts {
            jobs: 1,
            octets: job.octets(),
            drawer_kicks: u64::from(accessory == Accessory::Drawer),
            ..Amounts::default()
        };
        self.budgets.charge(&subject.origin, amounts)
    }

    /// Lets a preview of `documents` pass if a job of them would, and charges
    /// it whatever comes of it: looking is the work. Cancel safe.
    ///
    /// # Errors
    /// `raw-command-refused`, `limit-exceeded`.
    pub(crate) async fn admit_preview(
        &self,
        subject: &Subject,
        documents: &[NewDocument],
        profile: &Profile,
    ) -> Result<(), DispatchError> {
        let amounts = Amounts {
            previews: 1,
            ..Amounts::default()
        };
        self.budgets.charge(&subject.origin, amounts)?.keep();
        self.check(subject, documents, profile).await?;
        Ok(())
    }

    /// Whether a job of `subject` may do what these documents do.
    async fn check(
        &self,
        subject: &Subject,
        documents: &[NewDocument],
        profile: &Profile,
    ) -> Result<Facts, DispatchError> {
        let inspection = inspect(documents, profile).await;
        let may_command = subject
            .grant
            .capabilities
            .contains(&Capability::RawCommands);
        if !may_command && let Some(message) = complaint(&inspection) {
            return Err(DispatchError::with_message(
                ErrorCode::RawCommandRefused,
                message,
            ));
        }
        self.check_job(&inspection.facts)?;
        Ok(inspection.facts)
    }

    /// Whether one job may do so much.
    fn check_job(&self, facts: &Facts) -> Result<(), DispatchError> {
        let limits = &self.limits;
        for (wants, max, what, limit) in [
            (
                facts.copies,
                limits.copies_per_label_max,
                "copies of one label",
                "copies_per_label_max",
            ),
            (
                facts.labels,
                limits.labels_per_job_max,
                "labels",
                "labels_per_job_max",
            ),
            (
                facts.paper_mm,
                limits.paper_per_job_mm_max,
                "mm of paper",
                "paper_per_job_mm_max",
            ),
            (
                facts.cuts,
                limits.cuts_per_job_max,
                "cuts",
                "cuts_per_job_max",
            ),
            (
                facts.drawer_kicks,
                limits.drawer_kicks_per_job_max,
                "drawer kicks",
                "drawer_kicks_per_job_max",
            ),
        ] {
            if wants > max {
                return Err(DispatchError::with_message(
                    ErrorCode::LimitExceeded,
                    format!(
                        "the job asks for {wants} {what}, and one job may have {max}; split it, or raise limits.{limit} on the machine"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Names the first command that is more than printing.
fn complaint(inspection: &Inspection) -> Option<String> {
    let (first, others) = inspection.findings.split_first()?;
    let others = others.len() as u64 + inspection.left_off;
    let more = match others {
        0 => String::new(),
        1 => " and one more such command".to_owned(),
        _ => format!(" and {others} more such commands"),
    };
    Some(format!(
        "the document holds {first}{more}; leave it out, or allow it on the machine with `platen trust add ... --capability raw-commands`"
    ))
}

/// Inspects the documents as one stream, as such a printer will get it.
async fn inspect(documents: &[NewDocument], profile: &Profile) -> Inspection {
    let mut inspector = Inspector::new();
    let mut since_turn = 0;
    for document in documents {
        let mut text = match document.format.as_str() {
            FORMAT_TEXT => Some(TextEncoder::new(profile)),
            format if is_page(format) => continue,
            // Whatever else it is called, a printer may get it as it is.
            _ => None,
        };
        for piece in &document.body.pieces {
            for piece in piece.chunks(TURN_OCTETS) {
                match &mut text {
                    None => inspector.feed(piece),
                    Some(encoder) => inspector.feed(&encoder.feed(piece)),
                }
                since_turn += piece.len();
                if since_turn >= TURN_OCTETS {
                    since_turn = 0;
                    tokio::task::yield_now().await;
                }
            }
        }
        if let Some(encoder) = text {
            inspector.feed(&encoder.finish());
        }
    }
    inspector.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::DocumentBody;
    use crate::testing::{NOW, printer, subject};
    use bytes::Bytes;
    use platen_protocol::job::FORMAT_RAW;
    use platen_protocol::{Digest, JobId};

    const DRAWER: &[u8] = b"\x1bp\x00\x19\xfa";

    fn document(format: &str, pieces: &[&[u8]]) -> NewDocument {
        let octets = pieces.concat();
        NewDocument {
            format: format.to_owned(),
            octets: octets.len() as u64,
            sha256: Digest::of(&octets),
            body: DocumentBody {
                pieces: pieces
                    .iter()
                    .map(|piece| Bytes::copy_from_slice(piece))
                    .collect(),
            },
        }
    }

    fn job(documents: Vec<NewDocument>) -> NewJob {
        NewJob {
            job_id: JobId::from_random(NOW.into()),
            submitter: None,
            printer: printer(),
            name: "receipt".into(),
            priority: 50,
            documents,
            idempotency_key: None,
            digest: Digest::of(b""),
            not_before: None,
            expires_at: None,
            repeat: platen_protocol::job::Repeat::default(),
            reprint_of: None,
        }
    }

    fn raw(octets: &[u8]) -> NewJob {
        job(vec![document(FORMAT_RAW, &[octets])])
    }

    async fn refusal(firewall: &Firewall, subject: &Subject, job: &NewJob) -> DispatchError {
        firewall
            .admit(subject, job, &Profile::default())
            .await
            .unwrap_err()
    }

    #[tokio::test]
    async fn a_drawer_command_is_refused_by_name_and_place() {
        let firewall = Firewall::new(&Limits::default());
        let pos = subject("https://pos.example");
        let error = refusal(&firewall, &pos, &raw(&[b"Hello\n", DRAWER].concat())).await;
        assert_eq!(error.code, ErrorCode::RawCommandRefused);
        assert!(
            error
                .message
                .contains("ESC p Generate pulse (drawer) at octet 6"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn documents_of_one_job_are_one_stream() {
        let firewall = Firewall::new(&Limits::default());
        let pos = subject("https://pos.example");
        let split = job(vec![
            document(FORMAT_RAW, &[b"Hello\n", b"\x1b"]),
            document(FORMAT_RAW, &[b"p\x00\x19\xfa"]),
        ]);
        let error = refusal(&firewall, &pos, &split).await;
        assert!(error.message.contains("at octet 6"), "{error}");
    }

    #[tokio::test]
    async fn the_capability_lets_commands_pass_and_not_loops_of_them() {
        let limits = Limits::default();
        let firewall = Firewall::new(&limits);
        let mut pos = subject("https://pos.example");
        let mut grant = (*pos.grant).clone();
        grant.capabilities.insert(Capability::RawCommands);
        pos.grant = Arc::new(grant);
        firewall
            .admit(&pos, &raw(DRAWER), &Profile::default())
            .await
            .unwrap()
            .keep();
        let kicks = usize::try_from(limits.drawer_kicks_per_job_max).unwrap();
        let loops = DRAWER.repeat(1 + kicks);
        let error = refusal(&firewall, &pos, &raw(&loops)).await;
        assert_eq!(error.code, ErrorCode::LimitExceeded);
        assert!(
            error.message.contains("limits.drawer_kicks_per_job_max"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn text_is_no_command_whatever_it_says() {
        let firewall = Firewall::new(&Limits::default());
        let pos = subject("https://pos.example");
        let text = job(vec![document(FORMAT_TEXT, &[DRAWER, b"~JR ^XA^JUF^XZ"])]);
        firewall
            .admit(&pos, &text, &Profile::default())
            .await
            .unwrap()
            .keep();
    }

    #[tokio::test]
    async fn another_name_for_the_format_hides_no_command() {
        let firewall = Firewall::new(&Limits::default());
        let pos = subject("https://pos.example");
        for (format, is_refused) in [
            ("application/vnd.cups-raw", true),
            ("application/VND.cups-raw", true),
            ("printer/raw", true),
            ("application/pdf", false),
        ] {
            let job = job(vec![document(format, &[DRAWER])]);
            let refused = firewall
                .admit(&pos, &job, &Profile::default())
                .await
                .is_err();
            assert_eq!(refused, is_refused, "{format}");
        }
    }

    #[tokio::test]
    async fn a_job_without_end_is_refused() {
        let firewall = Firewall::new(&Limits::default());
        let pos = subject("https://pos.example");
        for (octets, limit) in [
            (b"\x1bd\xff".repeat(2000), "paper_per_job_mm_max"),
            (b"\x1dV\x00".repeat(5000), "cuts_per_job_max"),
            (b"^XA^PQ1000000^XZ".to_vec(), "copies_per_label_max"),
            (b"^XA^PQ9999^XZ".repeat(2), "labels_per_job_max"),
        ] {
            let error = refusal(&firewall, &pos, &raw(&octets)).await;
            assert_eq!(error.code, ErrorCode::LimitExceeded);
            assert!(error.message.contains(limit), "{error}");
        }
    }
}
