//! `platen events`: the event log, as it is and as it grows.

use platen_protocol::{Cursor, ErrorCode, Event, Evidence, PrinterStateReason};

use super::arguments::Events;
use super::output::say;
use super::{Context, Exit, Failure};
use crate::admin::protocol::{EventLine, StreamLine};
use crate::when;

pub(super) async fn run(context: &Context<'_>, wanted: Events) -> Result<Exit, Failure> {
    let beginning = if wanted.follow { None } else { Some(Cursor(0)) };
    let mut after = wanted.after.or(beginning);
    loop {
        let client = context.connect().await?;
        let mut events = client.events(after, wanted.follow).await?;
        loop {
            match events.next().await? {
                Some(StreamLine::Event(line)) => {
                    after = line.cursor.or(after);
                    tell(context, &line)?;
                }
                Some(StreamLine::Live { cursor }) => after = Some(cursor),
                // We were too slow: ask again from where we were.
                Some(StreamLine::Resync) => break,
                None => return Ok(Exit::Done),
            }
        }
    }
}

fn tell(context: &Context<'_>, line: &EventLine) -> Result<(), Failure> {
    let text = if context.json {
        serde_json::to_string(line).map_err(anyhow::Error::from)?
    } else {
        describe(line)
    };
    say(text);
    Ok(())
}

fn describe(line: &EventLine) -> String {
    let cursor = line.cursor.map_or_else(String::new, |c| c.to_string());
    match &line.event {
        Event::JobStateChanged {
            job_id,
            printer,
            state,
            reasons,
            attempt,
            evidence,
            code,
            at,
        } => {
            let mut notes: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
            notes.extend(evidence.map(Evidence::as_str));
            notes.extend(code.map(ErrorCode::as_str));
            format!(
                "{} {cursor} job {job_id} on {printer}: {} (attempt {attempt}) {}",
                when::exact(*at),
                state.as_str(),
                notes.join(", ")
            )
        }
        Event::JobProgress {
            job_id,
            octets_sent,
            octets_total,
        } => format!("job {job_id}: {octets_sent} of {octets_total} octets sent"),
        Event::PrinterStateChanged {
            printer,
            state,
            reasons,
            at,
        } => {
            let reasons: Vec<_> = reasons.iter().map(PrinterStateReason::as_str).collect();
            let state = state.as_str();
            format!(
                "{} {cursor} printer {printer}: {state} {}",
                when::exact(*at),
                reasons.join(", ")
            )
        }
    }
    .trim_end()
    .to_owned()
}
