//! A print on its way into the queue, and until its end where the page waits.

use bytes::Bytes;
use platen_protocol::job::{DocumentInfo, FORMAT_RAW};
use platen_protocol::method::JobsSubmit;
use platen_protocol::{
    CustomerText, Digest, ErrorCode, Event, JobId, JobState, PrinterId, Request, Response, Topic,
};

use super::{Answer, Result, Turn, admit};
use crate::authorize::{OpenSession, QzSigned, Subject};
use crate::dialect::qz::print::{Print, Target};
use crate::dialect::qz::printers;
use crate::dispatch::{DocumentBody, PrinterName};
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
    let names = context.dispatch.names(session.subject());
    let asked = print.and_then(|print| submits(print, &names));
    let requests = match &asked {
        Ok(submits) => submits.iter().map(|(submit, _)| submit.clone()).collect(),
        Err(_) => vec![submit(None, None, &[])],
    };
    // Who may not print hears that, and nothing about printers or documents.
    // One signature is for all jobs of the call.
    let requests = requests.into_iter().map(Request::JobsSubmit).collect();
    let admitted = admit(context, session, signed, requests)?;
    let bodies: Vec<DocumentBody> = asked?.into_iter().map(|(_, body)| body).collect();
    let pieces = bodies.iter().flat_map(|body| &body.pieces);
    let octets = pieces.map(|piece| piece.len() as u64).sum();
    let subject = session.subject();
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
    let mut accepted = Vec::new();
    for (call, body) in admitted.into_iter().zip(bodies) {
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

/// A submit for each job of a print, with its document.
fn submits(print: Print, names: &[PrinterName]) -> Result<Vec<(JobsSubmit, DocumentBody)>> {
    let printer = match &print.target {
        Target::Name(name) => printers::named(name, names)?,
        Target::Host(host) => return Err(format!("Printing to host '{host}' is not permitted")),
        Target::File(file) => return Err(format!("Printing to file '{file}' is not permitted")),
    };
    let name = print.name.map(CustomerText::from);
    let submits = print.jobs.into_iter().map(|octets| {
        let pieces = vec![Bytes::from(octets); print.copies as usize];
        let submit = submit(Some(printer.clone()), name.clone(), &pieces);
        (submit, DocumentBody { pieces })
    });
    Ok(submits.collect())
}

fn submit(printer: Option<PrinterId>, name: Option<CustomerText>, pieces: &[Bytes]) -> JobsSubmit {
    JobsSubmit {
        printer,
        documents: vec![DocumentInfo {
            format: FORMAT_RAW.to_owned(),
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
