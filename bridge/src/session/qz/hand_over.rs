//! A print on its way into the queue, and until its end where the page waits.

use bytes::Bytes;
use platen_protocol::job::DocumentInfo;
use platen_protocol::method::JobsSubmit;
use platen_protocol::{
    CustomerText, Digest, ErrorCode, Event, JobId, JobState, PrinterId, Response, Topic,
};

use super::fetch::fetch_all;
use super::{Answer, Result, Turn, refused};
use crate::authorize::{OpenSession, QzSigned, Subject};
use crate::dialect::qz::print::{Job, Pages, Print, Target};
use crate::dialect::qz::printers;
use crate::dispatch::{DocumentBody, PrinterName};
use crate::grant::Destination;
use crate::session::subscription::{News, Subscription};
use crate::session::{Context, Dispatch};

/// Puts a print into its printer's queue.
pub(super) async fn hand_over<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    signed: QzSigned,
    print: Result<Print>,
) -> Turn {
    match try_hand_over(context, session, &signed, print).await {
        Ok((jobs, Some(news))) => Turn::Awaited(signed.uid, jobs, news),
        Ok((_, None)) => Turn::Answered(Answer {
            uid: signed.uid,
            result: Ok(None),
        }),
        Err(error) => Turn::Answered(Answer {
            uid: signed.uid,
            result: Err(error),
        }),
    }
}

/// The jobs that were accepted, and their events where the page waits for
/// their end.
async fn try_hand_over<D: Dispatch>(
    context: &Context<D>,
    session: &OpenSession,
    signed: &QzSigned,
    print: Result<Print>,
) -> Result<(Vec<JobId>, Option<Subscription>)> {
    // Who may not print hears that, and nothing about printers or documents;
    // for whom it counts, URLs are asked and pictures are read.
    let admitted = context.authorizer.admit_qz_print(session, signed);
    let admitted = admitted.map_err(|reason| refused(context, session, signed, &reason))?;
    let print = print?;
    let subject = session.subject();
    let printer = printer(&context.dispatch, subject, &print.target)?;
    let urls: Vec<String> = print.urls().map(str::to_owned).collect();
    let fetched = fetched(context, subject, &urls).await?;
    let name = print.name.clone().map(CustomerText::from);
    let pages = pages(&context.dispatch, subject, &printer);
    let (jobs, copies) = if print.is_work() {
        let work = tokio::task::spawn_blocking(move || print.jobs(fetched, &pages));
        work.await
            .unwrap_or_else(|_| Err("The print request cannot be read".to_owned()))?
    } else {
        print.jobs(fetched, &pages)?
    };
    let documents = documents(jobs, copies);
    let bodies = documents.iter().map(|(_, body)| body);
    let pieces = bodies.flat_map(|body| &body.pieces);
    let octets = pieces.map(|piece| piece.len() as u64).sum();
    let share = context.receiving.take(&subject.origin, octets);
    if octets > context.limits.job_octets_max || share.is_none() {
        return Err(ErrorCode::LimitExceeded.message().to_owned());
    }
    let awaits_end = subject.grant.qz.as_ref();
    let awaits_end = awaits_end.is_some_and(|terms| terms.until_completed);
    let news = if awaits_end {
        let topics = vec![Topic::Jobs];
        let stream = context.dispatch.subscribe(subject, &topics, None).await;
        let stream = stream.map_err(|error| error.message)?;
        Some(Subscription::new(topics, None, stream))
    } else {
        None
    };
    let submits = documents
        .iter()
        .map(|(format, body)| submit(printer.clone(), name.clone(), format, &body.pieces));
    let calls = admitted.submits(submits.collect());
    let mut accepted = Vec::new();
    for (call, (_, body)) in calls.into_iter().zip(documents) {
        let answered = context.dispatch.call(call, vec![body]).await;
        if let Response::Submitted(submitted) = answered.map_err(|error| error.message)? {
            tracing::info!(
                session_id = signed.connection,
                job_id = %submitted.job_id,
                printer = %submitted.printer,
                "job submitted"
            );
            accepted.push(submitted.job_id);
        }
    }
    Ok((accepted, news))
}

/// What stands behind the URLs of a print.
async fn fetched<D>(
    context: &Context<D>,
    subject: &Subject,
    urls: &[String],
) -> Result<Vec<Vec<u8>>> {
    if urls.is_empty() {
        return Ok(Vec::new());
    }
    if !subject.grant.qz.as_ref().is_some_and(|terms| terms.urls) {
        tracing::info!(
            origin = %subject.origin,
            "a page prints from a URL, which its grant does not name; allow it for URLs of its own \
             site with `platen trust add ... --qz=urls`"
        );
        return Err("Printing from URLs is not permitted".to_owned());
    }
    fetch_all(urls, &subject.origin, context.limits.qz_message_octets_max).await
}

/// The printer that a page means. A host is one that the machine's owner has
/// configured: one device has one queue, whoever prints to it.
fn printer<D: Dispatch>(dispatch: &D, subject: &Subject, target: &Target) -> Result<PrinterId> {
    let names = dispatch.names(subject);
    match target {
        Target::Name(name) => printers::named(name, &names),
        Target::Host { host, port } => {
            let device = Destination::new(host, *port).map(|device| format!("socket://{device}"));
            let is_there = |printer: &PrinterName| {
                let known = dispatch.known(subject, &printer.id);
                known.is_some_and(|known| Some(known.uri) == device)
            };
            names
                .iter()
                .find(|printer| is_there(printer))
                .map(|printer| printer.id.clone())
                .ok_or_else(|| {
                    let device = device.unwrap_or_default();
                    tracing::info!(
                        origin = %subject.origin,
                        device,
                        "a page prints to a host that is no printer of its grant; to allow it, \
                         add [[printers]] with name = \"...\" and uri = \"{device}\" to the \
                         configuration"
                    );
                    format!("Printing to host '{host}' is not permitted")
                })
        }
        Target::File(file) => {
            tracing::info!(
                origin = %subject.origin,
                "a page prints to a file, which no grant allows; let it print to a printer with \
                 uri = \"virtual:\", which keeps what it was sent"
            );
            Err(format!("Printing to file '{file}' is not permitted"))
        }
    }
}

/// What makes something printable of pages at this printer.
fn pages<D: Dispatch>(dispatch: &D, subject: &Subject, printer: &PrinterId) -> Pages {
    match dispatch.known(subject, printer) {
        Some(known) if !known.takes_any_format => Pages::Raw(known.profile),
        Some(_) | None => Pages::Driver,
    }
}

/// The documents of a print, each with its format. One stream is one job,
/// however often it is printed; what was cut into several is repeated as a
/// whole.
fn documents(jobs: Vec<Job>, copies: u32) -> Vec<(String, DocumentBody)> {
    let copies = copies as usize;
    let jobs: Vec<(String, Bytes)> = jobs
        .into_iter()
        .map(|job| (job.format, Bytes::from(job.octets)))
        .collect();
    if let [(format, octets)] = &jobs[..] {
        let pieces = vec![octets.clone(); copies];
        return vec![(format.clone(), DocumentBody { pieces })];
    }
    let all = jobs.iter().cycle().take(jobs.len() * copies);
    all.map(|(format, octets)| {
        let pieces = vec![octets.clone()];
        (format.clone(), DocumentBody { pieces })
    })
    .collect()
}

fn submit(
    printer: PrinterId,
    name: Option<CustomerText>,
    format: &str,
    pieces: &[Bytes],
) -> JobsSubmit {
    JobsSubmit {
        printer: Some(printer),
        documents: vec![DocumentInfo {
            format: format.to_owned(),
            octets: pieces.iter().map(|piece| piece.len() as u64).sum(),
            sha256: Digest::of_pieces(pieces.iter().map(Bytes::as_ref)),
        }],
        name,
        idempotency_key: None,
        priority: None,
        expires_at: None,
        not_before: None,
        repeat: None,
    }
}

/// Waits until every one of these jobs has ended.
pub(super) async fn ended(
    subject: Subject,
    mut jobs: Vec<JobId>,
    mut news: Subscription,
) -> Result<()> {
    while !jobs.is_empty() {
        let event = match news.next(&subject).await {
            News::Event(event) => event,
            News::Missed(_) => {
                return Err("What became of the job was missed; look at `platen jobs`".to_owned());
            }
            News::Ended => return Err("The agent stops; the job is kept".to_owned()),
        };
        let Event::JobStateChanged {
            job_id,
            state,
            code,
            ..
        } = &event.event
        else {
            continue;
        };
        let Some(place) = jobs.iter().position(|job| job == job_id) else {
            continue;
        };
        let why = || code.map_or("", ErrorCode::message);
        match state {
            JobState::Completed => {
                jobs.remove(place);
            }
            JobState::Canceled => return Err("Printing cancelled".to_owned()),
            JobState::Aborted => return Err(format!("Printing failed: {}", why())),
            JobState::Interrupted => {
                return Err(
                    "Nobody knows whether the job is on paper; a person at the machine must look"
                        .to_owned(),
                );
            }
            JobState::PendingHeld
            | JobState::Pending
            | JobState::Processing
            | JobState::ProcessingStopped => {}
        }
    }
    Ok(())
}
