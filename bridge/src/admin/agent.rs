//! The agent's own [`Desk`]: an administration call becomes a call of the
//! [`Operator`], its answer becomes words of the administration protocol.
//!
//! The only file that knows both. Holds no state of its own but the facts of
//! this run.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::{Cursor, ErrorCode, JobId, Printer, PrinterId, TimestampMs, WireError};
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::found::{NewPrinter, Removed};
use super::new_grant;
use super::protocol::{
    AdminRequest, AdminResponse, Certificate, HistoryStep, JobCount, JobDetail, JobQuery,
    JobSummary, Listener, MachineUser, NewGrant, PrintOrder, PrinterDetail, Probe, Revocation,
    Status, Submitted,
};
use crate::backend::Answer;
use crate::claims::Claims;
use crate::clock::Clock;
use crate::discovery::finder::Looking;
use crate::dispatch::{DispatchError, EventStream};
use crate::grant::{Grant, PrinterScope};
use crate::job::Submitter;
use crate::logging::RecentLines;
use crate::metrics::{Metrics, resident_octets};
use crate::operator::{JobStory, Operator};
use crate::owner::Served;
use crate::provision::{ProvisionStatus, Provisioner};
use crate::store::{HistoryRow, JobFilter, damaged_stores};

/// Keeps the certificate of the `wss` ports.
pub trait CertificateKeeper: Send + Sync + std::fmt::Debug {
    /// The one in use.
    fn current(&self) -> Certificate;

    /// Makes a new one and uses it for new connections.
    ///
    /// # Errors
    /// What went wrong, for people; the old one stays in use.
    fn renew(&self, now: TimestampMs) -> Result<Certificate, String>;
}

/// What does not change while the agent runs.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Since when it runs.
    pub started_at: TimestampMs,
    /// Where its state lies.
    pub state_directory: PathBuf,
    /// The configuration it was started with.
    pub config_file: Option<PathBuf>,
    /// The ids of the printers named in the configuration.
    pub configured_printers: Vec<PrinterId>,
    /// Where browsers reach it.
    pub listeners: Vec<Listener>,
    /// Ports it wanted, but somebody else has.
    pub ports_taken: Vec<u16>,
    /// Who has which device.
    pub claims: Claims,
    /// Whose connections are served.
    pub served: Served,
    /// What the machine is to have, and who brings it there.
    pub provisioner: Arc<Provisioner>,
}

/// Answers administration for a running agent.
#[derive(Debug)]
pub struct AgentDesk {
    operator: Operator,
    metrics: Metrics,
    clock: Clock,
    certificates: Arc<dyn CertificateKeeper>,
    facts: Facts,
    recent: RecentLines,
    draining: CancellationToken,
}

impl AgentDesk {
    /// A desk for this agent. `recent` has its log; `draining` is canceled when it begins to stop.
    #[must_use]
    pub fn new(
        operator: Operator,
        metrics: Metrics,
        clock: Clock,
        certificates: Arc<dyn CertificateKeeper>,
        facts: Facts,
        recent: RecentLines,
        draining: CancellationToken,
    ) -> Self {
        Self {
            operator,
            metrics,
            clock,
            certificates,
            facts,
            recent,
            draining,
        }
    }

    async fn call(
        &self,
        request: AdminRequest,
        document: Bytes,
    ) -> Result<AdminResponse, DispatchError> {
        let operator = &self.operator;
        Ok(match request {
            AdminRequest::Status => AdminResponse::Status(Box::new(self.status().await?)),
            AdminRequest::Log => AdminResponse::Log(self.recent.lines()),
            AdminRequest::Printers => AdminResponse::Printers(self.printers().await?),
            AdminRequest::Discover(look) => {
                AdminResponse::Found(operator.finder().look_for(look.wait_ms).await)
            }
            AdminRequest::AddPrinter(asked) => self.add_printer(asked).await?,
            AdminRequest::RenamePrinter(asked) => {
                let id = operator.printer(&asked.printer)?.info.id.clone();
                operator.roster().rename(&id, &asked.name).await?;
                self.printer(&id).await?
            }
            AdminRequest::RemovePrinter(asked) => {
                let id = operator.printer(&asked.printer)?.info.id.clone();
                let canceled = operator.roster().remove(&id, asked.force).await?;
                AdminResponse::Removed(Removed {
                    printer: id,
                    canceled: canceled as u64,
                })
            }
            AdminRequest::Jobs(query) => AdminResponse::Jobs(self.jobs(query).await?),
            AdminRequest::Job(choice) => self.job(&choice.job_id).await?,
            AdminRequest::FirstInLine(choice) => {
                let story = operator.first_in_line(&choice.printer).await?;
                AdminResponse::FirstInLine(story.map(|story| Box::new(detail(story))))
            }
            AdminRequest::Cancel(choice) => {
                operator.cancel(&choice.job_id).await?;
                self.job(&choice.job_id).await?
            }
            AdminRequest::Hold(choice) => {
                operator.hold(&choice.job_id).await?;
                self.job(&choice.job_id).await?
            }
            AdminRequest::Release(choice) => {
                operator.release(&choice.job_id).await?;
                self.job(&choice.job_id).await?
            }
            AdminRequest::Retry(choice) => {
                operator.retry(&choice.job_id).await?;
                self.job(&choice.job_id).await?
            }
            AdminRequest::Resolve(choice) => {
                operator.resolve(&choice.job_id).await?;
                self.job(&choice.job_id).await?
            }
            AdminRequest::Reprint(choice) => {
                let submitted = operator.reprint(&choice.job_id).await?;
                AdminResponse::Submitted(Submitted {
                    job_id: submitted.job_id,
                    printer: submitted.printer,
                })
            }
            AdminRequest::Probe(choice) => AdminResponse::Probe(self.probe(&choice.printer).await?),
            AdminRequest::Pause(choice) => self.set_paused(&choice.printer, true).await?,
            AdminRequest::Resume(choice) => self.set_paused(&choice.printer, false).await?,
            AdminRequest::PauseAll => self.set_all_paused(true).await?,
            AdminRequest::ResumeAll => self.set_all_paused(false).await?,
            AdminRequest::Print(order) => self.print(order, document).await?,
            AdminRequest::Grants => {
                let grants = operator.grants();
                let grants = grants
                    .borrow()
                    .iter()
                    .map(|grant| (**grant).clone())
                    .collect();
                AdminResponse::Grants(grants)
            }
            AdminRequest::PendingSites => AdminResponse::PendingSites(operator.pending()),
            AdminRequest::AddGrant(asked) => {
                AdminResponse::Grant(Box::new(self.add_grant(asked).await?))
            }
            AdminRequest::RemoveGrant(choice) => {
                AdminResponse::Grant(Box::new(self.remove_grant(choice.id).await?))
            }
            AdminRequest::Revoke(order) => {
                let revoked = operator.revoke(&order.signed_list).await?;
                AdminResponse::Revocation(Revocation {
                    revoked: revoked.map(|count| count as u64),
                })
            }
            AdminRequest::Provision => {
                AdminResponse::Provision(Box::new(self.facts.provisioner.status()))
            }
            AdminRequest::ApplyProvision => {
                let applied = self.facts.provisioner.apply(operator.roster()).await?;
                AdminResponse::Provisioned(Box::new(applied))
            }
            AdminRequest::Certificate => AdminResponse::Certificate(self.certificates.current()),
            AdminRequest::RenewCertificate => self.renew_certificate().await?,
        })
    }

    async fn status(&self) -> Result<Status, DispatchError> {
        let counts = self.operator.job_counts().await?;
        let grants = self.operator.grants().borrow().len();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: self.facts.started_at,
            state_directory: self.facts.state_directory.clone(),
            config_file: self.facts.config_file.clone(),
            listeners: self.facts.listeners.clone(),
            ports_taken: self.facts.ports_taken.clone(),
            certificate: self.certificates.current(),
            provision: Some(self.facts.provisioner.status())
                .filter(|status| *status != ProvisionStatus::default()),
            printers: self.operator.printers().await?.len() as u64,
            paused_at: self.operator.all_paused(),
            jobs: counts
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(state, count)| JobCount { state, count })
                .collect(),
            connections: self.metrics.connections(),
            sessions: self.metrics.sessions(),
            serves_only: match &self.facts.served {
                Served::EveryUser => None,
                Served::Only(user) => Some(user.into()),
            },
            users: self.metrics.session_users(),
            grants: grants as u64,
            damaged_stores: damaged_stores(&self.facts.state_directory),
            devices: self.facts.claims.list(),
            documents_without_key: self.operator.documents_without_key(),
            resident_octets: resident_octets(),
            draining: self.draining.is_cancelled(),
        })
    }

    async fn printers(&self) -> Result<Vec<PrinterDetail>, DispatchError> {
        let added = self.operator.roster().list().await;
        let mut details = Vec::new();
        for (info, description, default) in self.operator.printers().await? {
            let evidence = self.operator.printer(info.id.as_str())?.backend.evidence();
            details.push(PrinterDetail {
                configured: self.facts.configured_printers.contains(&info.id),
                added: added.iter().find(|added| added.id == info.id).cloned(),
                printer: Printer {
                    printer: info.id,
                    name: info.name,
                    default,
                    state: description.state,
                    reasons: description.reasons,
                    status: description.status,
                    state_at: description.state_at,
                    queued_jobs: description.queued_jobs as u64,
                    evidence,
                },
                uri: info.uri,
            });
        }
        Ok(details)
    }

    async fn jobs(&self, query: JobQuery) -> Result<Vec<JobSummary>, DispatchError> {
        let filter = JobFilter {
            submitter: None,
            printers: query.printer.map(|printer| vec![printer]),
            states: query.states,
            before: None,
            idempotency_key: None,
            limit: query.limit,
        };
        let records = self.operator.jobs(filter).await?;
        let summaries = records.into_iter().map(|record| JobSummary {
            origin: origin_of(record.submitter.as_ref()),
            user: user_of(record.submitter.as_ref()),
            job: record.job,
        });
        Ok(summaries.collect())
    }

    async fn job(&self, job_id: &JobId) -> Result<AdminResponse, DispatchError> {
        let story = self.operator.job(job_id).await?;
        Ok(AdminResponse::Job(Box::new(detail(story))))
    }

    /// Asks the device, where that disturbs no delivery.
    async fn probe(&self, printer: &str) -> Result<Probe, DispatchError> {
        let handle = self.operator.printer(printer)?;
        let description = handle.describe(None).await?;
        if description.state == platen_protocol::PrinterState::Processing {
            return Ok(Probe {
                reachable: None,
                reasons: description.reasons,
                source: None,
                heard_at: description.heard_at,
                direct: None,
            });
        }
        let status = handle.backend.status().await;
        let direct = handle.backend.direct().await;
        Ok(Probe {
            reachable: status.reachable,
            reasons: status.reasons,
            source: Some(status.source),
            heard_at: description.heard_at,
            direct: direct.map(|uri| uri.to_string()),
        })
    }

    async fn set_all_paused(&self, paused: bool) -> Result<AdminResponse, DispatchError> {
        self.operator.set_all_paused(paused).await?;
        Ok(AdminResponse::Printers(self.printers().await?))
    }

    async fn set_paused(
        &self,
        printer: &str,
        paused: bool,
    ) -> Result<AdminResponse, DispatchError> {
        let id = self.operator.printer(printer)?.info.id.clone();
        self.operator.set_paused(id.as_str(), paused).await?;
        self.printer(&id).await
    }

    async fn add_printer(&self, asked: NewPrinter) -> Result<AdminResponse, DispatchError> {
        let addition = self.operator.finder().asked_addition(asked).await?;
        let id = self.operator.roster().add(addition).await?;
        self.printer(&id).await
    }

    /// One printer as it is now.
    async fn printer(&self, id: &PrinterId) -> Result<AdminResponse, DispatchError> {
        let printers = self.printers().await?;
        let detail = printers
            .into_iter()
            .find(|detail| detail.printer.printer == *id)
            .ok_or_else(|| {
                let message = format!("the printer {id} is gone; `platen printers` lists them");
                DispatchError::with_message(ErrorCode::PrinterNotFound, message)
            })?;
        Ok(AdminResponse::Printer(Box::new(detail)))
    }

    async fn print(
        &self,
        order: PrintOrder,
        document: Bytes,
    ) -> Result<AdminResponse, DispatchError> {
        let submitted = self
            .operator
            .print(&order.printer, Some(order.name), order.format, document)
            .await?;
        Ok(AdminResponse::Submitted(Submitted {
            job_id: submitted.job_id,
            printer: submitted.printer,
        }))
    }

    async fn add_grant(&self, asked: NewGrant) -> Result<Grant, DispatchError> {
        let mut ids = std::collections::BTreeSet::new();
        for printer in &asked.printers {
            ids.insert(self.operator.printer(printer)?.info.id.clone());
        }
        let printers = if ids.is_empty() {
            PrinterScope::All
        } else {
            PrinterScope::Only(ids)
        };
        let mut grant = new_grant::check(asked, printers, self.clock.now())
            .map_err(|message| DispatchError::with_message(ErrorCode::InvalidParams, message))?;
        grant.id = self.operator.add_grant(grant.clone()).await?;
        Ok(grant)
    }

    async fn remove_grant(&self, id: i64) -> Result<Grant, DispatchError> {
        let missing = || {
            let message = format!("there is no grant {id}; `platen trust list` lists them");
            DispatchError::with_message(ErrorCode::InvalidParams, message)
        };
        let grant = {
            let grants = self.operator.grants();
            let grants = grants.borrow();
            let found = grants.iter().find(|grant| grant.id == id);
            (**found.ok_or_else(missing)?).clone()
        };
        if self.operator.remove_grant(id).await? {
            Ok(grant)
        } else {
            Err(missing())
        }
    }

    async fn renew_certificate(&self) -> Result<AdminResponse, DispatchError> {
        let certificates = Arc::clone(&self.certificates);
        let now = self.clock.now();
        let renewed = tokio::task::spawn_blocking(move || certificates.renew(now))
            .await
            .unwrap_or_else(|error| Err(error.to_string()))
            .map_err(|message| DispatchError::with_message(ErrorCode::Internal, message))?;
        tracing::info!(
            ca_fingerprint = renewed.ca_fingerprint,
            "certificate renewed"
        );
        Ok(AdminResponse::Certificate(renewed))
    }
}

impl Desk for AgentDesk {
    fn answer(
        &self,
        request: AdminRequest,
        document: Bytes,
    ) -> Answer<'_, Result<AdminResponse, WireError>> {
        Box::pin(async move {
            let answer = self.call(request, document).await;
            answer.map_err(|error| error.to_wire())
        })
    }

    fn events(&self, after: Option<Cursor>) -> Answer<'_, Result<EventStream, WireError>> {
        Box::pin(async move {
            let stream = self.operator.subscribe(after).await;
            stream.map_err(|error| error.to_wire())
        })
    }

    fn discovery(&self) -> Answer<'_, Result<Looking, WireError>> {
        Box::pin(async move { Ok(self.operator.finder().look().await) })
    }

    fn ready(&self) -> Result<(), String> {
        if self.draining.is_cancelled() {
            return Err("the agent is stopping".to_owned());
        }
        if self.facts.listeners.is_empty() {
            return Err("no browser port could be had; run `platen doctor`".to_owned());
        }
        Ok(())
    }

    fn metrics(&self) -> String {
        self.metrics.encode()
    }
}

fn origin_of(submitter: Option<&Submitter>) -> Option<String> {
    submitter.map(|submitter| submitter.origin.to_string())
}

fn user_of(submitter: Option<&Submitter>) -> Option<MachineUser> {
    submitter?.user.as_ref().map(MachineUser::from)
}

fn detail(story: JobStory) -> JobDetail {
    let record = story.record;
    JobDetail {
        job: record.job,
        origin: origin_of(record.submitter.as_ref()),
        user: user_of(record.submitter.as_ref()),
        detail: record.detail,
        spooler_job: record.spooler_job,
        documents: story.documents,
        waits_for: story.waits_for,
        history: story.history.into_iter().map(step).collect(),
    }
}

fn step(row: HistoryRow) -> HistoryStep {
    HistoryStep {
        at: row.at,
        from: row.from,
        state: row.state,
        cause: row.cause,
        reasons: row.reasons,
        attempt: row.attempt,
        octets_sent: row.octets_sent,
        evidence: row.evidence,
        code: row.code,
        detail: row.detail,
    }
}

#[cfg(test)]
mod tests;
