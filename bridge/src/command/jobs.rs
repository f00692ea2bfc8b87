//! `platen jobs`.

use platen_protocol::{JobState, PrinterId, TimestampMs};

use super::arguments::{Jobs, JobsList, JobsVerb};
use super::connection::unexpected;
use super::csv::csv;
use super::output::{print, print_json, say};
use super::table::{octets, table};
use super::{Context, Exit, Failure, story};
use crate::admin::protocol::{JobChoice, JobQuery, JobSummary};
use crate::admin::{AdminRequest, AdminResponse};
use crate::when;

pub(super) async fn run(context: &Context<'_>, jobs: Jobs) -> Result<Exit, Failure> {
    let choice = |job| JobChoice { job_id: job };
    let request = match jobs.verb.unwrap_or(JobsVerb::List(jobs.list)) {
        JobsVerb::List(query) => return list(context, query).await,
        JobsVerb::Show(argument) => AdminRequest::Job(choice(argument.job)),
        JobsVerb::Cancel(argument) => AdminRequest::Cancel(choice(argument.job)),
        JobsVerb::Hold(argument) => AdminRequest::Hold(choice(argument.job)),
        JobsVerb::Release(argument) => AdminRequest::Release(choice(argument.job)),
        JobsVerb::Retry(argument) => AdminRequest::Retry(choice(argument.job)),
        JobsVerb::Resolve(argument) => AdminRequest::Resolve(choice(argument.job)),
        JobsVerb::Reprint(argument) => AdminRequest::Reprint(choice(argument.job)),
    };
    let showing = matches!(request, AdminRequest::Job(_));
    match context.ask(&request).await? {
        AdminResponse::Job(detail) if context.json => print_json(&detail)?,
        AdminResponse::Job(detail) if showing => print(&story::tell(&detail, when::now())),
        AdminResponse::Job(detail) => {
            say(format!("{} is {}", detail.job.job_id, state(&detail.job)));
        }
        AdminResponse::Submitted(submitted) if context.json => print_json(&submitted)?,
        AdminResponse::Submitted(submitted) => {
            say(format!(
                "{} will be printed on {}",
                submitted.job_id, submitted.printer
            ));
        }
        other => return Err(unexpected(&other)),
    }
    Ok(Exit::Done)
}

async fn list(context: &Context<'_>, query: JobsList) -> Result<Exit, Failure> {
    let printer = query
        .printer
        .map(|id| id.parse::<PrinterId>())
        .transpose()
        .map_err(anyhow::Error::from)?;
    let request = AdminRequest::Jobs(JobQuery {
        printer,
        states: query.state_is,
        limit: query.limit,
    });
    let answer = context.ask(&request).await?;
    let AdminResponse::Jobs(jobs) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&jobs)?;
    } else if query.csv {
        print(&rows(jobs, csv, when::exact));
    } else if jobs.is_empty() {
        say("no such jobs");
    } else {
        let now = when::now();
        print(&rows(jobs, table, |at| when::relative(at, now)));
    }
    Ok(Exit::Done)
}

const COLUMNS: usize = 8;

fn rows(
    jobs: Vec<JobSummary>,
    shown_as: impl Fn([&str; COLUMNS], Vec<[String; COLUMNS]>) -> String,
    time: impl Fn(TimestampMs) -> String,
) -> String {
    let rows = jobs.into_iter().map(|summary| {
        let job = summary.job;
        [
            job.job_id.to_string(),
            state(&job),
            job.printer.to_string(),
            octets(job.octets),
            time(job.accepted_at),
            summary.origin.unwrap_or_else(|| "this machine".to_owned()),
            summary
                .user
                .map_or_else(|| "-".to_owned(), |user| user.name),
            job.name.as_str().to_owned(),
        ]
    });
    shown_as(
        [
            "JOB", "STATE", "PRINTER", "SIZE", "ACCEPTED", "FROM", "USER", "NAME",
        ],
        rows.collect(),
    )
}

/// The state with what one must know about it: who says so, or why.
pub(super) fn state(job: &platen_protocol::Job) -> String {
    let mut text = job.state.as_str().to_owned();
    if let Some(evidence) = job.evidence {
        text.push_str(&format!(" ({} says so)", evidence.as_str()));
    }
    if let Some(code) = job.code {
        text.push_str(&format!(": {}", code.as_str()));
    }
    text
}

/// What somebody should do about a job in this state.
pub(super) fn advice(job: &platen_protocol::Job) -> Option<String> {
    let id = &job.job_id;
    match job.state {
        JobState::Interrupted => Some(format!(
            "nobody knows whether it was printed: look at the paper, then `platen jobs resolve {id}` (it is there), `platen jobs retry {id}` (print it again) or `platen jobs cancel {id}`"
        )),
        JobState::PendingHeld => Some(format!("`platen jobs release {id}` lets it start")),
        JobState::Aborted => Some(format!(
            "`platen jobs reprint {id}` tries again, as a new job"
        )),
        JobState::Pending
        | JobState::Processing
        | JobState::ProcessingStopped
        | JobState::Completed
        | JobState::Canceled => None,
    }
}
