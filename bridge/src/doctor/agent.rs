//! What the agent says of itself, its jobs and its grants.

use platen_protocol::JobState;

use super::Check;
use crate::admin::protocol::{JobQuery, Status};
use crate::admin::{AdminRequest, AdminResponse, Client, ClientError};
use crate::config::Config;
use crate::paths::Environment;

/// Interrupted jobs named one by one; the others are counted.
const JOBS_NAMED_MAX: u32 = 5;

/// An agent that answers.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) client: Client,
    pub(super) status: Status,
}

pub(super) async fn examine(
    connected: Result<Client, ClientError>,
    config: &Config,
    environment: &Environment,
) -> (Option<Running>, Vec<Check>) {
    let mut client = match connected {
        Ok(client) => client,
        Err(error) => return (None, vec![not_connected(&error, config, environment)]),
    };
    let Ok(AdminResponse::Status(status)) = client.call(&AdminRequest::Status).await else {
        let check = Check::fail(
            "agent",
            "it listens, but does not answer as this program expects",
            "restart the agent, so that both are of the same version",
        );
        return (None, vec![check]);
    };
    let status = *status;
    let what = format!("version {} runs as process {}", status.version, status.pid);
    let mut checks = vec![Check::ok("agent", what)];
    if status.version != env!("CARGO_PKG_VERSION") {
        checks.push(Check::warn(
            "agent",
            format!(
                "this is platen {}, but {} runs",
                env!("CARGO_PKG_VERSION"),
                status.version
            ),
            "restart the agent",
        ));
    }
    for damaged in &status.damaged_stores {
        checks.push(Check::warn(
            "store",
            format!("a damaged one was put aside as {}", damaged.display()),
            "its jobs were not printed and its idempotency keys are unknown: look at what was printed since, check the disk, then remove the file",
        ));
    }
    if status.documents_without_key > 0 {
        checks.push(Check::fail(
            "key",
            format!(
                "{} stored documents were sealed with a key that is not on this machine; jobs among them end with payload-lost",
                status.documents_without_key
            ),
            "if there is a copy of the key, put it into the state directory as documents-former.key (chmod 600) and restart the agent; else submit the jobs again",
        ));
    }
    if status.draining {
        checks.push(Check::warn(
            "agent",
            "it is stopping and takes no more jobs",
            "wait for it to end, then start it again",
        ));
    }
    (Some(Running { client, status }), checks)
}

fn not_connected(error: &ClientError, config: &Config, environment: &Environment) -> Check {
    let system = environment.system_state_directory();
    if matches!(error, ClientError::NotAllowed(_)) {
        return Check::warn("agent", error.to_string(), "run `sudo platen doctor`");
    }
    if config.state_directory != system && !environment.system && system.exists() {
        let what = format!(
            "{error}, but this machine has an agent of its own in {}",
            system.display()
        );
        return Check::warn("agent", what, "run `sudo platen doctor`");
    }
    Check::fail(
        "agent",
        error.to_string(),
        "start it with `platen run`, or name its folder with --state",
    )
}

/// Jobs that wait for a person.
pub(super) async fn jobs(running: &mut Running) -> Vec<Check> {
    let count = |state: JobState| {
        let mut jobs = running.status.jobs.iter();
        jobs.find(|jobs| jobs.state == state)
            .map_or(0, |jobs| jobs.count)
    };
    let (interrupted, stopped) = (
        count(JobState::Interrupted),
        count(JobState::ProcessingStopped),
    );
    let mut checks = Vec::new();
    if interrupted > 0 {
        let request = AdminRequest::Jobs(JobQuery {
            printer: None,
            states: vec![JobState::Interrupted],
            limit: JOBS_NAMED_MAX,
        });
        let named = match running.client.call(&request).await {
            Ok(AdminResponse::Jobs(jobs)) => jobs,
            Ok(_) | Err(_) => Vec::new(),
        };
        let ids: Vec<_> = named.iter().map(|job| job.job.job_id.as_str()).collect();
        checks.push(Check::warn(
            "jobs",
            format!(
                "{interrupted} interrupted, and nobody knows whether they were printed: {}",
                ids.join(", ")
            ),
            "look at the paper, then decide with `platen jobs resolve`, `retry` or `cancel`",
        ));
    }
    if stopped > 0 {
        checks.push(Check::warn(
            "jobs",
            format!("{stopped} wait in the middle for a printer"),
            "see to the printer; they go on by themselves",
        ));
    }
    if checks.is_empty() {
        checks.push(Check::ok("jobs", "none needs a decision"));
    }
    checks
}

/// Whether anybody may print here.
pub(super) fn grants(running: &Running) -> Check {
    match running.status.grants {
        0 => Check::warn(
            "grants",
            "no site may print here",
            "allow one with `platen trust add CERTIFICATE --origin ORIGIN`",
        ),
        count => Check::ok("grants", format!("{count}; `platen trust list` shows them")),
    }
}
