//! What a connection hears of printers and of its site's jobs.
//!
//! A [`Listening`] belongs to its connection, so one page's end touches no
//! other's. It takes the same events as our own dialect does, and tells only
//! what has changed since it last told of that printer or job.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use platen_protocol::method::{EventsSubscribe, JobParams, JobsList, NoParams};
use platen_protocol::{
    Capability, Event, Job, JobId, JobState, JobStateReason, Printer, PrinterId, Request, Response,
    Topic,
};

use super::Result;
use crate::authorize::OpenSession;
use crate::dialect::qz::answer::stream;
use crate::dialect::qz::printers;
use crate::dialect::qz::status::{self, Status};
use crate::dispatch::{LoggedEvent, PrinterName, UNNAMED_JOB};
use crate::session::subscription::{News, Subscription};
use crate::session::{Context, Dispatch};

/// What a page hears that listens to nothing.
pub(super) const NOT_LISTENING: &str = "No printer listeners started for this client.";
/// What a page hears when listening could not begin.
const FAILED: &str = "Listening failed.";
/// Unfinished jobs looked up after something was missed.
const JOBS_LISTED_MAX: u32 = 500;

/// Which printers a page asked about, by the names it knows them by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All, also those that come later.
    All,
    /// These, whether or not they are there now.
    Named(BTreeSet<String>),
}

impl Wanted {
    /// As the call names them: a `null` means all.
    pub(super) fn of(names: Vec<Option<String>>) -> Self {
        names
            .into_iter()
            .collect::<Option<_>>()
            .map_or(Self::All, Self::Named)
    }

    fn and(self, more: Self) -> Self {
        match (self, more) {
            (Self::Named(mut names), Self::Named(more)) => {
                names.extend(more);
                Self::Named(names)
            }
            (Self::All, _) | (_, Self::All) => Self::All,
        }
    }

    fn contains(&self, printer: &PrinterId, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(name) || names.contains(printer.as_str()),
        }
    }
}

/// The request that listening is, for a session: without the capability
/// `jobs` it is about printers alone.
pub(super) fn request(session: &OpenSession) -> EventsSubscribe {
    let hears_jobs = session
        .subject()
        .grant
        .capabilities
        .contains(&Capability::Jobs);
    let mut topics = vec![Topic::Printers];
    topics.extend(hears_jobs.then_some(Topic::Jobs));
    EventsSubscribe {
        topics,
        after: None,
    }
}

/// What a connection hears.
#[derive(Debug)]
pub(super) struct Listening {
    wanted: Wanted,
    subscription: Subscription,
    told: Told,
    /// Taken from the subscription, and not told yet.
    untold: Option<Untold>,
}

/// What was told last.
#[derive(Debug, Default)]
struct Told {
    printers: HashMap<PrinterId, Vec<Status>>,
    /// Unfinished jobs, with their names: as many as the queues take.
    jobs: HashMap<JobId, (String, Vec<Status>)>,
}

#[derive(Debug, Clone)]
enum Untold {
    Event(Arc<LoggedEvent>),
    /// Events were missed: tell how everything is.
    Everything,
}

impl Listening {
    /// Begins with what happens from now on.
    pub(super) async fn start<D: Dispatch>(
        context: &Context<D>,
        session: &OpenSession,
        wanted: Wanted,
    ) -> Result<Self> {
        let EventsSubscribe { topics, after } = request(session);
        let subject = session.subject();
        let stream = context.dispatch.subscribe(subject, &topics, after).await;
        let stream = stream.map_err(|error| {
            tracing::warn!(error = error.message, "a page cannot listen");
            FAILED.to_owned()
        })?;
        Ok(Self {
            wanted,
            subscription: Subscription::new(topics, after, stream),
            told: Told::default(),
            untold: None,
        })
    }

    /// Hears of these printers as well.
    pub(super) fn add(&mut self, more: Wanted) {
        let wanted = std::mem::replace(&mut self.wanted, Wanted::All);
        self.wanted = wanted.and(more);
    }

    /// Whom it listens to.
    pub(super) fn into_wanted(self) -> Wanted {
        self.wanted
    }

    /// Whether the session's grant still allows it.
    pub(super) fn is_allowed(&self, session: &OpenSession) -> bool {
        self.subscription.is_allowed_by(&session.subject().grant)
    }

    /// The next events to tell, as text; `None` when the agent stops. Cancel
    /// safe: what was heard is kept until it is told.
    pub(super) async fn next<D: Dispatch>(
        &mut self,
        context: &Context<D>,
        session: &OpenSession,
    ) -> Option<Vec<String>> {
        loop {
            let untold = match &self.untold {
                Some(untold) => untold.clone(),
                None => match self.subscription.next(session.subject()).await {
                    News::Event(event) => Untold::Event(event),
                    News::Missed(_) => Untold::Everything,
                    News::Ended => return None,
                },
            };
            self.untold = Some(untold.clone());
            let texts = match untold {
                Untold::Event(event) => self.event(context, session, &event.event).await,
                Untold::Everything => self.everything(context, session).await,
            };
            self.untold = None;
            if !texts.is_empty() {
                return Some(texts);
            }
        }
    }

    /// How the printers are now, whether or not that was told: `getStatus`.
    pub(super) fn current(&mut self, all: &[Printer]) -> Vec<String> {
        let names: Vec<PrinterName> = all.iter().map(name_of).collect();
        let mut texts = Vec::new();
        for printer in all {
            let Some(name) = self.heard_of(&printer.printer, &names) else {
                continue;
            };
            let statuses = status::of_printer(printer.state, &printer.reasons);
            let events = statuses
                .iter()
                .map(|status| status::printer_event(name, status));
            texts.extend(events.map(|event| stream("PRINTER", &event)));
            self.told.printers.insert(printer.printer.clone(), statuses);
        }
        texts
    }

    async fn event<D: Dispatch>(
        &mut self,
        context: &Context<D>,
        session: &OpenSession,
        event: &Event,
    ) -> Vec<String> {
        let names = context.dispatch.names(session.subject());
        match event {
            Event::PrinterStateChanged {
                printer,
                state,
                reasons,
                ..
            } => {
                let statuses = status::of_printer(*state, reasons);
                self.printer(&names, printer, statuses)
            }
            Event::JobStateChanged {
                job_id,
                printer,
                state,
                reasons,
                ..
            } => {
                if self.heard_of(printer, &names).is_none() {
                    return Vec::new();
                }
                let name = match self.told.jobs.get(job_id) {
                    Some((name, _)) => name.clone(),
                    None => job_name(context, session, job_id).await,
                };
                self.job(&names, job_id, printer, name, (*state, reasons))
            }
            Event::JobProgress { .. } => Vec::new(),
        }
    }

    /// How everything is that was told of, and what came meanwhile.
    async fn everything<D: Dispatch>(
        &mut self,
        context: &Context<D>,
        session: &OpenSession,
    ) -> Vec<String> {
        let printers = printers_now(context, session).await.unwrap_or_default();
        let names: Vec<PrinterName> = printers.iter().map(name_of).collect();
        let mut texts = Vec::new();
        for printer in &printers {
            let statuses = status::of_printer(printer.state, &printer.reasons);
            texts.extend(self.printer(&names, &printer.printer, statuses));
        }
        for job in jobs_now(context, session, self.told.jobs.keys()).await {
            let name = name_for_page(&job);
            let state = (job.state, job.reasons.as_slice());
            texts.extend(self.job(&names, &job.job_id, &job.printer, name, state));
        }
        texts
    }

    fn printer(
        &mut self,
        names: &[PrinterName],
        printer: &PrinterId,
        statuses: Vec<Status>,
    ) -> Vec<String> {
        let Some(name) = self.heard_of(printer, names) else {
            return Vec::new();
        };
        let told = self.told.printers.entry(printer.clone()).or_default();
        let news = changes(told, statuses).map(|status| status::printer_event(name, &status));
        news.map(|event| stream("PRINTER", &event)).collect()
    }

    fn job(
        &mut self,
        names: &[PrinterName],
        job: &JobId,
        printer: &PrinterId,
        name: String,
        (state, reasons): (JobState, &[JobStateReason]),
    ) -> Vec<String> {
        let Some(printer) = self.heard_of(printer, names) else {
            return Vec::new();
        };
        let (name, mut told) = self
            .told
            .jobs
            .remove(job)
            .unwrap_or_else(|| (name, Vec::new()));
        let news: Vec<String> = changes(&mut told, status::of_job(state, reasons))
            .map(|status| status::job_event(printer, job, &name, &status))
            .map(|event| stream("PRINTER", &event))
            .collect();
        if !state.is_terminal() {
            self.told.jobs.insert(job.clone(), (name, told));
        }
        news
    }

    /// The printer's name, if the page listens to it.
    fn heard_of<'a>(&self, printer: &PrinterId, names: &'a [PrinterName]) -> Option<&'a str> {
        let found = names.iter().find(|name| name.id == *printer)?;
        let name = printers::name(found, names);
        self.wanted.contains(printer, name).then_some(name)
    }
}

/// What of `now` was not there before; from here on, `now` was.
fn changes(told: &mut Vec<Status>, now: Vec<Status>) -> impl Iterator<Item = Status> + use<> {
    let before = std::mem::replace(told, now.clone());
    now.into_iter()
        .filter(move |status| !before.contains(status))
}

fn name_of(printer: &Printer) -> PrinterName {
    PrinterName {
        id: printer.printer.clone(),
        name: printer.name.clone(),
        aliases: Vec::new(),
        default: printer.default,
    }
}

/// The name that the page gave its job, else Platen's id of it.
fn name_for_page(job: &Job) -> String {
    match job.name.as_str() {
        UNNAMED_JOB => job.job_id.to_string(),
        name => name.to_owned(),
    }
}

async fn job_name<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    job_id: &JobId,
) -> String {
    job_now(context, session, job_id)
        .await
        .map_or_else(|| job_id.to_string(), |job| name_for_page(&job))
}

async fn job_now<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    job_id: &JobId,
) -> Option<Job> {
    let params = JobParams {
        job_id: job_id.clone(),
    };
    match look(context, session, Request::JobsGet(params)).await {
        Ok(Response::Job(job)) => Some(job),
        Ok(_) | Err(_) => None,
    }
}

/// Those of `known` that are still there, and the unfinished ones.
async fn jobs_now<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    known: impl Iterator<Item = &JobId>,
) -> Vec<Job> {
    let unfinished = JobsList {
        states: Some(unfinished_states()),
        limit: Some(JOBS_LISTED_MAX),
        ..JobsList::default()
    };
    let mut jobs = match look(context, session, Request::JobsList(unfinished)).await {
        Ok(Response::Jobs(listed)) => listed.jobs,
        Ok(_) | Err(_) => Vec::new(),
    };
    let is_listed = |jobs: &[Job], id: &JobId| jobs.iter().any(|job| job.job_id == *id);
    for id in known {
        if !is_listed(&jobs, id) {
            jobs.extend(job_now(context, session, id).await);
        }
    }
    jobs
}

/// The states of jobs to which something can still happen.
pub(super) fn unfinished_states() -> Vec<JobState> {
    let all = JobState::ALL.into_iter();
    all.filter(|state| !state.is_terminal()).collect()
}

/// The printers that the session may know, as they are.
pub(super) async fn printers_now<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
) -> Result<Vec<Printer>> {
    match look(context, session, Request::PrintersList(NoParams {})).await? {
        Response::Printers(list) => Ok(list.printers),
        _ => Err(FAILED.to_owned()),
    }
}

/// Asks what needs no signature, because it was signed for when it began.
pub(super) async fn look<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    request: Request,
) -> Result<Response> {
    let admitted = context.authorizer.admit_qz_look(session, request);
    let admitted = admitted.map_err(|reason| {
        let origin = &session.subject().origin;
        tracing::info!(%origin, %reason, "a look was refused");
        super::REQUEST_BLOCKED.to_owned()
    })?;
    let answered = context.dispatch.call(admitted, Vec::new()).await;
    answered.map_err(|error| error.message)
}

#[cfg(test)]
mod tests;
