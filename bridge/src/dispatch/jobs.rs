//! Jobs that are there: looked up, listed, held, released, called off.

use platen_protocol::method::{JobParams, Jobs, JobsList};
use platen_protocol::{ErrorCode, JobId, Response};

use super::{DispatchError, Dispatcher, refusal};
use crate::authorize::Subject;
use crate::grant::PrinterScope;
use crate::job::JobRecord;
use crate::queue::{JobCommand, Reply};
use crate::store::JobFilter;

/// Jobs listed when the page does not say how many.
const LIST_DEFAULT: u32 = 100;

impl Dispatcher {
    pub(super) async fn list_jobs(
        &self,
        subject: &Subject,
        params: JobsList,
    ) -> Result<Response, DispatchError> {
        let limit = params.limit.unwrap_or(LIST_DEFAULT);
        let before = match &params.after {
            Some(job_id) => Some(self.own_job(subject, job_id).await?.sequence),
            None => None,
        };
        let filter = JobFilter {
            submitter: Some(subject.submitter()),
            printers: match (&params.printer, &subject.grant.printers) {
                (Some(printer), _) => Some(
                    subject
                        .may_use(printer)
                        .then(|| printer.clone())
                        .into_iter()
                        .collect(),
                ),
                (None, PrinterScope::All) => None,
                (None, PrinterScope::Only(printers)) => Some(printers.iter().cloned().collect()),
            },
            states: params.states.unwrap_or_default(),
            before,
            idempotency_key: params.idempotency_key,
            limit,
        };
        let records = self.store.read(move |reader| reader.jobs(&filter)).await?;
        let jobs = records.into_iter().map(|record| record.job).collect();
        Ok(Response::Jobs(Jobs { jobs }))
    }

    pub(super) async fn own_job(
        &self,
        subject: &Subject,
        job_id: &JobId,
    ) -> Result<JobRecord, DispatchError> {
        self.job(job_id)
            .await?
            .filter(|record| {
                let whose = record.submitter.as_ref();
                whose.is_some_and(|whose| whose.is_open_to(&subject.submitter()))
            })
            .ok_or_else(|| DispatchError::new(ErrorCode::JobNotFound))
    }

    pub(crate) async fn job(&self, job_id: &JobId) -> Result<Option<JobRecord>, DispatchError> {
        let job_id = job_id.clone();
        Ok(self.store.read(move |reader| reader.job(&job_id)).await?)
    }

    pub(super) async fn command(
        &self,
        subject: &Subject,
        params: JobParams,
        command: JobCommand,
    ) -> Result<Response, DispatchError> {
        let record = self.own_job(subject, &params.job_id).await?;
        self.command_job(record, command).await.map(Response::Job)
    }

    /// Does something with a job and returns it as it is afterwards.
    pub(crate) async fn command_job(
        &self,
        record: JobRecord,
        command: JobCommand,
    ) -> Result<platen_protocol::Job, DispatchError> {
        let job_id = record.job.job_id;
        let handle = self.printers.find(&record.job.printer).ok_or_else(|| {
            DispatchError::with_message(
                ErrorCode::PrinterNotFound,
                format!(
                    "the job's printer {} is no longer configured",
                    record.job.printer
                ),
            )
        })?;
        let mut reply = handle.command(job_id.clone(), command).await?;
        if matches!(reply, Reply::Refused { .. })
            && let Some(record) = self.job(&job_id).await?
            && record.job.printer != handle.info.id
            && let Some(handle) = self.printers.find(&record.job.printer)
        {
            // It moved to its printer's backup meanwhile.
            reply = handle.command(job_id.clone(), command).await?;
        }
        match reply {
            Reply::Refused { code, message } => Err(refusal(code, message)),
            Reply::Done | Reply::Accepted { .. } | Reply::Repeated { .. } => self
                .job(&job_id)
                .await?
                .map(|record| record.job)
                .ok_or_else(|| DispatchError::new(ErrorCode::JobNotFound)),
        }
    }
}
