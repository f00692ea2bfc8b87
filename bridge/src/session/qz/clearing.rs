//! `printers.clearQueue`: a page calls off its own jobs on one printer.

use platen_protocol::method::{JobParams, JobsList};
use platen_protocol::{ErrorCode, Job, JobId, PrinterId, Request, Response};

use super::listening::{look, unfinished_states};
use super::{Answer, Result, admit};
use crate::authorize::{OpenSession, QzSigned};
use crate::dialect::qz::call::{ClearQueue, JobNumber};
use crate::dialect::qz::{printers, status};
use crate::session::{Context, Dispatch};

/// Jobs listed at once.
const PAGE_OF_JOBS: u32 = 500;

/// Calls off what the page asks for, one after the other.
pub(super) async fn clear_queue<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    signed: QzSigned,
    asked: Result<ClearQueue>,
) -> Answer {
    let result = try_clear(context, session, &signed, asked).await;
    Answer {
        uid: signed.uid,
        result: result.map(|()| None),
    }
}

async fn try_clear<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    signed: &QzSigned,
    asked: Result<ClearQueue>,
) -> Result<()> {
    let found = match asked {
        Ok(asked) => found(context, session, &asked).await,
        Err(error) => Err(error),
    };
    // Who may not do this hears that, and nothing about printers or jobs. One
    // signature is for all jobs.
    let none = || vec![cancel(JobId::from_random(0))];
    let cancels = match &found {
        Ok(jobs) if !jobs.is_empty() => jobs.iter().cloned().map(cancel).collect(),
        Ok(_) | Err(_) => none(),
    };
    let admitted = admit(context, session, signed, cancels)?;
    for call in admitted.into_iter().take(found?.len()) {
        match context.dispatch.call(call, Vec::new()).await {
            Ok(_) => {}
            // It ended meanwhile.
            Err(error) if error.code == ErrorCode::JobNotPossible => {}
            Err(error) => return Err(error.message),
        }
    }
    Ok(())
}

fn cancel(job_id: JobId) -> Request {
    Request::JobsCancel(JobParams { job_id })
}

/// The jobs that are meant.
async fn found<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    asked: &ClearQueue,
) -> Result<Vec<JobId>> {
    let name = &asked.printer_name;
    let names = context.dispatch.names(session.subject());
    let printer = printers::find(name, &names)
        .map(|printer| printer.id.clone())
        .ok_or_else(|| format!("Printer \"{name}\" not found"))?;
    let jobs = unfinished(context, session, printer).await?;
    let Some(number) = &asked.job_id else {
        return Ok(jobs);
    };
    let is_meant = |job: &&JobId| match number {
        JobNumber::Number(number) => status::number(job) == *number,
        JobNumber::Text(text) => job.as_str() == text || status::number(job).to_string() == *text,
    };
    match jobs.iter().find(is_meant) {
        Some(job) => Ok(vec![job.clone()]),
        None => Err(format!(
            "Job# {number} is not part of the '{name}' print queue"
        )),
    }
}

/// The site's own jobs on a printer that have not ended, newest first: so none
/// of them starts because the one before it is gone.
async fn unfinished<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    printer: PrinterId,
) -> Result<Vec<JobId>> {
    let mut listed: Vec<Job> = Vec::new();
    loop {
        let params = JobsList {
            printer: Some(printer.clone()),
            states: Some(unfinished_states()),
            limit: Some(PAGE_OF_JOBS),
            after: listed.last().map(|job| job.job_id.clone()),
            ..JobsList::default()
        };
        let Response::Jobs(more) = look(context, session, Request::JobsList(params)).await? else {
            return Ok(Vec::new());
        };
        let is_all = more.jobs.len() < PAGE_OF_JOBS as usize;
        listed.extend(more.jobs);
        if is_all {
            break;
        }
    }
    Ok(listed.into_iter().map(|job| job.job_id).collect())
}
