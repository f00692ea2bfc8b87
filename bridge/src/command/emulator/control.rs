//! `platen emulator control`: says one thing to running printers.

use platen_emulator::{Operation, Request, ask};
use serde_json::Value;

use super::{Control, ControlVerb};
use crate::command::Context;
use crate::command::failure::{Exit, Failure};
use crate::command::output::say;

/// Asks, and shows the answer.
pub(super) async fn run(context: &Context<'_>, control: Control) -> Result<Exit, Failure> {
    let mut request = request(&control.verb);
    request.printer = control.printer;
    let answer = ask(control.address, &request)
        .await
        .map_err(anyhow::Error::from)?;
    if context.json {
        say(answer);
    } else {
        for line in lines(&control.verb, &answer) {
            say(line);
        }
    }
    Ok(Exit::Done)
}

fn request(verb: &ControlVerb) -> Request {
    let operation = match verb {
        ControlVerb::PaperOut => Operation::PaperOut,
        ControlVerb::PaperLow => Operation::PaperLow,
        ControlVerb::PaperNew => Operation::PaperNew,
        ControlVerb::CoverOpen => Operation::CoverOpen,
        ControlVerb::CoverClose => Operation::CoverClose,
        ControlVerb::DrawerOpen => Operation::DrawerOpen,
        ControlVerb::DrawerClose => Operation::DrawerClose,
        ControlVerb::Recover => Operation::Recover,
        ControlVerb::PowerOff => Operation::PowerOff,
        ControlVerb::PowerOn => Operation::PowerOn,
        ControlVerb::Heal => Operation::Heal,
        ControlVerb::Fault { fault, when, lasts } => {
            return Request {
                fault: Some(*fault),
                when: Some(*when),
                lasts_ms: *lasts,
                ..Request::new("fault")
            };
        }
        ControlVerb::Status => return Request::new("status"),
        ControlVerb::Jobs { from, octets } => {
            return Request {
                from: *from,
                octets: *octets,
                ..Request::new("jobs")
            };
        }
        ControlVerb::Wait { jobs } => {
            return Request {
                jobs: Some(*jobs),
                ..Request::new("wait")
            };
        }
        ControlVerb::Forget => return Request::new("forget"),
        ControlVerb::Stop => return Request::new("stop"),
    };
    Request::new(operation.name())
}

/// What a person reads. What was done needs no words.
fn lines(verb: &ControlVerb, answer: &Value) -> Vec<String> {
    let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    match verb {
        ControlVerb::Status => rows.iter().map(status_line).collect(),
        ControlVerb::Jobs { .. } => rows.iter().flat_map(job_lines).collect(),
        ControlVerb::Wait { .. } => vec![format!("{} jobs have ended", answer["jobs_ended"])],
        ControlVerb::PaperOut
        | ControlVerb::PaperLow
        | ControlVerb::PaperNew
        | ControlVerb::CoverOpen
        | ControlVerb::CoverClose
        | ControlVerb::DrawerOpen
        | ControlVerb::DrawerClose
        | ControlVerb::Recover
        | ControlVerb::PowerOff
        | ControlVerb::PowerOn
        | ControlVerb::Heal
        | ControlVerb::Fault { .. }
        | ControlVerb::Forget
        | ControlVerb::Stop => Vec::new(),
    }
}

fn status_line(status: &Value) -> String {
    let is = |field: &str| status[field] == true;
    let word = |field: &str| status[field].as_str().unwrap_or("none").to_owned();
    let power = match (is("has_power"), is("is_online")) {
        (false, _) => "off",
        (true, true) => "on-line",
        (true, false) => "off-line",
    };
    let mut parts = vec![
        format!("printer {}: {power}", status["printer"]),
        format!("paper {}", word("paper")),
    ];
    if is("cover_open") {
        parts.push("cover open".to_owned());
    }
    if is("drawer_open") {
        parts.push("drawer open".to_owned());
    }
    if let Some(error) = status["error"].as_str() {
        parts.push(format!("error {error}"));
    }
    for fault in status["lasting"].as_array().into_iter().flatten() {
        parts.push(format!("fault {}", fault.as_str().unwrap_or_default()));
    }
    for armed in status["armed"].as_array().into_iter().flatten() {
        let word = |field: &str| armed[field].as_str().unwrap_or_default();
        parts.push(format!("armed {} {}", word("fault"), word("when")));
    }
    parts.push(format!("{} octets buffered", status["octets_buffered"]));
    parts.push(format!("{} jobs ended", status["jobs_ended"]));
    parts.join(", ")
}

/// A line of facts, and the paper below it.
fn job_lines(job: &Value) -> Vec<String> {
    let mut lines = vec![job_line(job)];
    let text = job["text"].as_str().unwrap_or_default();
    lines.extend(text.lines().map(|line| format!("  | {line}")));
    lines
}

/// A job in one line.
pub(super) fn job_line(job: &Value) -> String {
    let state = match (job["end"].as_str(), job["is_complete"] == true) {
        (None, _) => "under way".to_owned(),
        (Some(_), true) => "complete".to_owned(),
        (Some(end), false) => format!("incomplete ({end})"),
    };
    format!(
        "printer {} job {}: {state}, {} of {} octets printed, cuts {}, drawer kicks {}",
        job["printer"],
        job["number"],
        job["octets_printed"],
        job["octets_received"],
        job["cuts"],
        job["kicks"]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_is_one_line_of_what_is_unusual() {
        let status = json!({
            "printer": 2, "has_power": true, "is_online": false, "paper": "out",
            "cover_open": true, "drawer_open": false, "error": "cutter",
            "lasting": ["stall"], "armed": [{"fault": "jam", "when": "between-jobs"}],
            "octets_buffered": 12, "jobs_ended": 3,
        });
        assert_eq!(
            status_line(&status),
            "printer 2: off-line, paper out, cover open, error cutter, fault stall, \
             armed jam between-jobs, 12 octets buffered, 3 jobs ended"
        );
    }

    #[test]
    fn a_job_is_a_line_and_its_paper() {
        let job = json!({
            "printer": 1, "number": 7, "end": "cut-off", "is_complete": false,
            "octets_printed": 4, "octets_received": 9, "cuts": 0, "kicks": 1,
            "text": "one\n\ntwo\n",
        });
        assert_eq!(
            job_lines(&job),
            [
                "printer 1 job 7: incomplete (cut-off), 4 of 9 octets printed, cuts 0, drawer kicks 1",
                "  | one",
                "  | ",
                "  | two",
            ]
        );
    }
}
