//! The story of one job, as one person would tell it to another: what it is,
//! what happened, what it waits for, what one can do.

use platen_protocol::{Job, JobState, PrinterStateReason, StatusDetail, TimestampMs};

use super::jobs;
use super::table::octets;
use crate::admin::protocol::{HistoryStep, JobDetail};
use crate::store::KeptDocuments;
use crate::visible;
use crate::waits::{WaitsFor, resumes};
use crate::when;

/// The whole story.
pub(super) fn tell(detail: &JobDetail, now: TimestampMs) -> String {
    let job = &detail.job;
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(&visible::line(text));
        out.push('\n');
    };
    line(&format!("{} is {}", job.job_id, jobs::state(job)));
    for (label, text) in facts(detail, now) {
        line(&format!("  {label:<10}{text}"));
    }
    line("");
    line("What happened");
    let mut before = None;
    for step in &detail.history {
        let gap = match before {
            Some(before) => format!("+{}", when::span(step.at.saturating_sub(before))),
            None => String::new(),
        };
        before = Some(step.at);
        line(&format!(
            "  {}  {gap:>9}  {}",
            when::exact(step.at),
            happened(step)
        ));
    }
    if let Some(waits_for) = &detail.waits_for {
        line("");
        line(&format!(
            "Now it waits for {}",
            waits_for.describe(job.printer.as_str(), now)
        ));
    }
    let steps = next_steps(job, detail.documents, detail.waits_for.as_ref());
    if !steps.is_empty() {
        line("");
        line("What you can do");
        for (command, what) in steps {
            line(&format!("  {command:<52}  {what}"));
        }
    }
    out
}

/// What is known of the job itself.
fn facts(detail: &JobDetail, now: TimestampMs) -> Vec<(&'static str, String)> {
    let job = &detail.job;
    let accepted = when::relative(job.accepted_at, now);
    let mut facts = vec![
        ("name", job.name.as_str().to_owned()),
        (
            "from",
            detail
                .origin
                .clone()
                .unwrap_or_else(|| "this machine".to_owned()),
        ),
        ("printer", job.printer.to_string()),
        ("size", octets(job.octets)),
        (
            "accepted",
            format!("{} ({accepted})", when::exact(job.accepted_at)),
        ),
        (
            "priority",
            format!("{} (0 goes first, 9 last)", job.priority),
        ),
    ];
    if let Some(user) = &detail.user {
        facts.insert(2, ("user", user.name.clone()));
    }
    if !job.state.is_terminal()
        && let Some(end) = job.expires_at
    {
        facts.push((
            "expires",
            format!("{}, unless it has started", when::relative(end, now)),
        ));
    }
    if let Some(number) = detail.spooler_job {
        facts.push(("spooler", format!("its job {number}")));
    }
    if let Some(original) = &job.reprint_of {
        facts.push(("again", format!("prints {original} once more")));
    }
    match detail.documents {
        KeptDocuments::Kept => {}
        KeptDocuments::Purged => facts.push((
            "document",
            "purged; only the history of the job is kept".to_owned(),
        )),
        KeptDocuments::KeyMissing => facts.push((
            "document",
            "cannot be read: the key that sealed it is not on this machine".to_owned(),
        )),
    }
    if let Some(text) = &detail.detail {
        facts.push(("detail", text.clone()));
    }
    facts
}

/// One step of the history as a sentence.
fn happened(step: &HistoryStep) -> String {
    let sent = octets(step.octets_sent);
    let attempt = step.attempt;
    let what = match &*step.cause {
        "accepted" => "accepted, safely stored".to_owned(),
        "started" => format!("attempt {attempt} began"),
        "printer-stopped" => format!("the printer could not go on; {sent} had left"),
        "printer-resumed" => "the printer went on".to_owned(),
        "completed" => format!("done, {sent} sent"),
        "not-started" => format!("attempt {attempt} did not start; nothing left"),
        "repeated-safely" => {
            "nobody knew whether it was printed; a second copy is harmless".to_owned()
        }
        "given-up" => format!("given up after attempt {attempt}; nothing left"),
        "contact-lost" => {
            format!("contact was lost after {sent}; nobody knows what was printed")
        }
        "agent-restarted" => {
            "the agent ended in the middle; nobody knows what was printed".to_owned()
        }
        "rejected" => format!("refused after {sent}"),
        "expired" => "its time was over before it started".to_owned(),
        "canceled-by-origin" => "called off by the site".to_owned(),
        "canceled-by-operator" => "called off on this machine".to_owned(),
        "held" => "held".to_owned(),
        "released" => "released".to_owned(),
        "repeat-decided-by-origin" => "to be printed again, the site decided".to_owned(),
        "repeat-decided-by-operator" => "to be printed again, somebody here decided".to_owned(),
        "printed-decided-by-operator" => "it is on paper, somebody here decided".to_owned(),
        // A cause that has no sentence yet is still a word.
        cause => cause.replace('-', " "),
    };
    let mut text = format!("{what} [{}]", step.state);
    if let Some(evidence) = &step.evidence {
        text.push_str(&format!(", evidence {evidence}"));
    }
    if let Some(code) = &step.code {
        text.push_str(&format!(", {code}"));
    }
    if let Some(detail) = &step.detail {
        text.push_str(&format!(": {detail}"));
    }
    text
}

/// Commands that mean something now, each with what it does.
fn next_steps(
    job: &Job,
    documents: KeptDocuments,
    waits_for: Option<&WaitsFor>,
) -> Vec<(String, &'static str)> {
    let id = &job.job_id;
    let verb = |verb: &str, what| (format!("platen jobs {verb} {id}"), what);
    let mut steps = match job.state {
        JobState::Interrupted => vec![
            verb("resolve", "it is on the paper: done"),
            verb("retry", "it is not, or not whole: print it again"),
        ],
        JobState::PendingHeld => vec![verb("release", "let it start")],
        JobState::Pending => vec![verb("hold", "keep it from starting")],
        JobState::Completed | JobState::Aborted | JobState::Canceled => match documents {
            KeptDocuments::Kept => vec![verb("reprint", "print it again, as a new job")],
            KeptDocuments::Purged | KeptDocuments::KeyMissing => Vec::new(),
        },
        JobState::Processing | JobState::ProcessingStopped => Vec::new(),
    };
    if let Some(WaitsFor::Printer { reasons }) = waits_for {
        let paused = |detail: &StatusDetail| detail.reason.as_str() == PrinterStateReason::PAUSED;
        let resumes = resumes(job.printer.as_str(), reasons);
        steps.extend(
            resumes
                .into_iter()
                .map(|command| (command, "let the printer work")),
        );
        if !reasons.iter().all(paused) {
            steps.push((
                "platen doctor".to_owned(),
                "see what is wrong with the printer",
            ));
        }
    }
    if !job.state.is_terminal() {
        steps.push(verb("cancel", "call it off"));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_protocol::{ErrorCode, JobStateReason};

    fn step(at: u64, state: &str, cause: &str, octets_sent: u64) -> HistoryStep {
        HistoryStep {
            at,
            from: None,
            state: state.to_owned(),
            cause: cause.to_owned(),
            reasons: String::new(),
            attempt: 1,
            octets_sent,
            evidence: None,
            code: None,
            detail: None,
        }
    }

    #[test]
    fn the_story_of_an_interrupted_job_says_what_to_do() {
        const AT: u64 = 1_700_000_000_000;
        let detail = JobDetail {
            user: None,
            job: Job {
                job_id: "j1".parse().unwrap(),
                printer: "kitchen".parse().unwrap(),
                name: "Table 7\u{1b}[2J".into(),
                state: JobState::Interrupted,
                reasons: vec![JobStateReason::ContactLost],
                evidence: None,
                code: Some(ErrorCode::DeviceLost),
                attempt: 1,
                priority: 3,
                octets: 2048,
                accepted_at: AT,
                changed_at: AT + 4_900,
                not_before: None,
                expires_at: None,
                reprint_of: None,
            },
            origin: Some("https://pos.example".to_owned()),
            detail: None,
            spooler_job: None,
            documents: KeptDocuments::Kept,
            waits_for: Some(WaitsFor::Decision),
            history: vec![
                step(AT, "pending", "accepted", 0),
                step(AT + 3, "processing", "started", 0),
                HistoryStep {
                    code: Some("device-lost".to_owned()),
                    detail: Some("connection reset".to_owned()),
                    ..step(AT + 4_900, "interrupted", "contact-lost", 1024)
                },
            ],
        };
        let expected = "\
j1 is interrupted: device-lost
  name      Table 7\\u001b[2J
  from      https://pos.example
  printer   kitchen
  size      2.0 KiB
  accepted  2023-11-14T22:13:20.000Z (60 s ago)
  priority  3 (0 goes first, 9 last)

What happened
  2023-11-14T22:13:20.000Z             accepted, safely stored [pending]
  2023-11-14T22:13:20.003Z      +3 ms  attempt 1 began [processing]
  2023-11-14T22:13:24.900Z     +4.8 s  contact was lost after 1.0 KiB; nobody knows what was printed [interrupted], device-lost: connection reset

Now it waits for a decision: nobody knows whether it was printed, so look at the paper

What you can do
  platen jobs resolve j1                                it is on the paper: done
  platen jobs retry j1                                  it is not, or not whole: print it again
  platen jobs cancel j1                                 call it off
";
        assert_eq!(tell(&detail, AT + 60_000), expected);

        let purged = JobDetail {
            user: None,
            job: Job {
                state: JobState::Completed,
                ..detail.job
            },
            documents: KeptDocuments::Purged,
            waits_for: None,
            ..detail
        };
        let story = tell(&purged, AT + 60_000);
        assert!(story.contains("\n  document  purged;"), "{story}");
        assert!(!story.contains("reprint"), "{story}");
    }
}
