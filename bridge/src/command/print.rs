//! `platen print`: one file, on the machine's own account.

use std::path::Path;

use platen_protocol::job::{FORMAT_RAW, FORMAT_TEXT};
use platen_protocol::{Event, Job, JobId, JobState};

use super::arguments::Print;
use super::connection::unexpected;
use super::output::{print_json, say, tell};
use super::{Context, Exit, Failure, input, jobs};
use crate::admin::protocol::{JobChoice, PrintOrder, StreamLine};
use crate::admin::{AdminRequest, AdminResponse, Client};

pub(super) async fn run(context: &Context<'_>, order: Print) -> Result<Exit, Failure> {
    let document = input::read(&order.file)?;
    let name = order.name.unwrap_or_else(|| match order.file.file_name() {
        Some(name) if name != "-" => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    });
    let request = AdminRequest::Print(PrintOrder {
        printer: order.printer,
        name: name.into(),
        format: order
            .format
            .unwrap_or_else(|| format_of(&order.file).to_owned()),
    });
    let mut client = context.connect().await?;
    let answer = client.call_with(&request, &document).await?;
    let AdminResponse::Submitted(submitted) = answer else {
        return Err(unexpected(&answer));
    };
    if order.wait {
        return wait(context, &mut client, submitted.job_id).await;
    }
    if context.json {
        print_json(&submitted)?;
    } else {
        say(format!(
            "{} waits for {}",
            submitted.job_id, submitted.printer
        ));
    }
    Ok(Exit::Done)
}

/// Waits until a job is finished or needs a decision, and says how it ended.
pub(super) async fn wait(
    context: &Context<'_>,
    client: &mut Client,
    job_id: JobId,
) -> Result<Exit, Failure> {
    let job = settled(context, client, job_id).await?;
    if context.json {
        print_json(&job)?;
    } else {
        say(format!("{} is {}", job.job_id, jobs::state(&job)));
        if let Some(advice) = jobs::advice(&job) {
            tell(&advice);
        }
    }
    Ok(match job.state {
        JobState::Completed => Exit::Done,
        _ => Exit::Refused,
    })
}

/// What a file is by its name.
fn format_of(file: &Path) -> &'static str {
    match file.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("txt") => FORMAT_TEXT,
        Some(_) | None => FORMAT_RAW,
    }
}

/// Waits until a job is finished or needs a decision.
async fn settled(
    context: &Context<'_>,
    client: &mut Client,
    job_id: JobId,
) -> Result<Job, Failure> {
    // Listening begins before the first look: what happens in between is heard.
    let mut events = context.connect().await?.events(None, true).await?;
    let mut look = true;
    loop {
        if look {
            let choice = JobChoice {
                job_id: job_id.clone(),
            };
            let answer = client.call(&AdminRequest::Job(choice)).await?;
            let AdminResponse::Job(detail) = answer else {
                return Err(unexpected(&answer));
            };
            if detail.job.state.is_terminal() || detail.job.state == JobState::Interrupted {
                return Ok(detail.job);
            }
        }
        look = match events.next().await? {
            Some(StreamLine::Event(line)) => {
                matches!(line.event, Event::JobStateChanged { job_id: of, .. } if of == job_id)
            }
            Some(StreamLine::Live { .. }) => false,
            Some(StreamLine::Resync) => {
                events = context.connect().await?.events(None, true).await?;
                true
            }
            None => {
                return Err(anyhow::anyhow!(
                    "the agent is stopping; {job_id} is kept, see `platen jobs show {job_id}`"
                )
                .into());
            }
        };
    }
}
