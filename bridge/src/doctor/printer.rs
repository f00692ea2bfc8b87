//! Why a printer does not print: its state, who says so and since when, which
//! job is first in line and what that waits for, whether the device answers
//! now, and what to do.

use platen_protocol::{Evidence, JobState, PrinterStateReason, StatusSource, TimestampMs};

use super::Check;
use crate::admin::protocol::{JobDetail, PrinterChoice, PrinterDetail, Probe};
use crate::admin::{AdminRequest, AdminResponse, Client};
use crate::waits::{WaitsFor, resumes, told};
use crate::when;

/// A job that has been under way for this long without a word is worth
/// looking at.
const SLOW_MS: u64 = 60_000;

/// Asks every printer how it is.
pub(super) async fn examine(client: &mut Client) -> Vec<Check> {
    let Ok(AdminResponse::Printers(printers)) = client.call(&AdminRequest::Printers).await else {
        return vec![Check::fail(
            "printers",
            "the agent does not list them",
            "run `platen doctor` again; if it stays, restart the agent",
        )];
    };
    if printers.is_empty() {
        return vec![Check::warn(
            "printers",
            "there is none",
            "name one in the configuration, or set one up in the system's print service",
        )];
    }
    let mut checks = Vec::new();
    for detail in printers {
        checks.push(look_at(client, &detail).await);
    }
    checks
}

async fn look_at(client: &mut Client, detail: &PrinterDetail) -> Check {
    let choice = PrinterChoice {
        printer: detail.printer.printer.to_string(),
    };
    let probe = client.call(&AdminRequest::Probe(choice.clone())).await;
    let first = client.call(&AdminRequest::FirstInLine(choice)).await;
    let (Ok(AdminResponse::Probe(probe)), Ok(AdminResponse::FirstInLine(first))) = (probe, first)
    else {
        return Check::fail(
            format!("printer {}", detail.printer.printer),
            format!("{} could not be asked", detail.uri),
            "run `platen doctor` again; if it stays, restart the agent",
        );
    };
    judge(detail, &probe, first.as_deref(), when::now())
}

/// What is wrong with a printer, if anything.
fn judge(
    detail: &PrinterDetail,
    probe: &Probe,
    first: Option<&JobDetail>,
    now: TimestampMs,
) -> Check {
    let id = &detail.printer.printer;
    let name = format!("printer {id}");
    let reasons = reasons(detail, probe);
    let is = |word: &str| reasons.contains(&word);
    let mut what = vec![
        state(detail, probe, &reasons, now),
        answers(detail, probe, now),
        knows(detail, probe),
    ];
    what.extend(first.map(|first| line(detail, first, now)));
    let what = what.join("; ");

    if probe.reachable == Some(false) {
        return Check::fail(name, what, unreachable(detail));
    }
    if is(PrinterStateReason::SPOOLER_UNAVAILABLE) {
        return Check::fail(
            name,
            what,
            "start the print service (`systemctl start cups`)",
        );
    }
    if is(PrinterStateReason::PAUSED) {
        let mut resumes = resumes(id.as_str(), &detail.printer.status);
        if resumes.is_empty() {
            // Only the device says so, and only just now.
            resumes.push(format!("platen resume {id}"));
        }
        let next: Vec<String> = resumes.iter().map(|verb| format!("`{verb}`")).collect();
        return Check::warn(name, what, next.join(", then "));
    }
    let remedies: Vec<&str> = reasons.iter().filter_map(|reason| remedy(reason)).collect();
    if !remedies.is_empty() {
        let next = format!("{}; its jobs go on by themselves", remedies.join(", "));
        return Check::warn(name, what, next);
    }
    if reasons.iter().any(|reason| stops(reason)) {
        return Check::warn(
            name,
            what,
            "see to the printer; its jobs go on by themselves",
        );
    }
    match first {
        Some(first) if is_slow(first, now) => Check::warn(
            name,
            what,
            format!(
                "look at the printer's display and paper; `platen jobs show {0}` tells more, `platen jobs cancel {0}` lets the next one go",
                first.job.job_id
            ),
        ),
        Some(_) | None => match &probe.direct {
            Some(direct) => Check::warn(name, what, print_directly(direct)),
            None => Check::ok(name, what),
        },
    }
}

/// What the device and its queue say, each word once.
fn reasons<'a>(detail: &'a PrinterDetail, probe: &'a Probe) -> Vec<&'a str> {
    let told = probe.reasons.iter().chain(&detail.printer.reasons);
    let mut reasons: Vec<&str> = told.map(PrinterStateReason::as_str).collect();
    reasons.sort_unstable();
    reasons.dedup();
    // IPP's word for "nothing to say".
    reasons.retain(|reason| *reason != "none");
    reasons
}

fn stops(reason: &str) -> bool {
    reason
        .parse()
        .is_ok_and(|reason: PrinterStateReason| reason.stops())
}

fn state(detail: &PrinterDetail, probe: &Probe, reasons: &[&str], now: TimestampMs) -> String {
    let printer = &detail.printer;
    let mut text = printer.state.as_str().to_owned();
    if printer.state_at > 0 && !reasons.is_empty() {
        let since = when::relative(printer.state_at, now);
        text.push_str(&format!(" since {since}"));
    }
    if !printer.status.is_empty() {
        text.push_str(&format!(": {}", told(&printer.status, now)));
    }
    let known = |reason: &&PrinterStateReason| {
        reason.as_str() != "none" && !printer.reasons.contains(reason)
    };
    let fresh: Vec<&str> = probe
        .reasons
        .iter()
        .filter(known)
        .map(PrinterStateReason::as_str)
        .collect();
    if !fresh.is_empty() {
        text.push_str(&format!(", and now the device says {}", fresh.join(", ")));
    }
    text
}

fn answers(detail: &PrinterDetail, probe: &Probe, now: TimestampMs) -> String {
    let uri = &detail.uri;
    let heard = match probe.heard_at {
        Some(at) => format!(", last heard of {}", when::relative(at, now)),
        None => ", not heard of since the agent started".to_owned(),
    };
    match probe.reachable {
        Some(true) => format!("{uri} answers"),
        Some(false) => format!("{uri} does not answer{heard}"),
        None => format!("{uri} is busy, or has no way to answer{heard}"),
    }
}

/// Where its status comes from, and what a completed job means here.
fn knows(detail: &PrinterDetail, probe: &Probe) -> String {
    let status = match probe.source {
        Some(StatusSource::EscPos) => "it says itself how it is (ESC/POS)",
        Some(StatusSource::Snmp) => "its network interface says how it is (SNMP)",
        Some(StatusSource::Ipp | StatusSource::Spooler) => "the print service says how it is",
        Some(StatusSource::Connection) => "only its connection tells how it is",
        Some(
            StatusSource::Agent
            | StatusSource::Operator
            | StatusSource::Machine
            | StatusSource::Site,
        )
        | None => "",
    };
    let completed = match detail.printer.evidence {
        Evidence::Device => "a job is completed when the device says so",
        Evidence::Transport => {
            "a job is completed when the device has taken every octet, for it has not said more yet"
        }
        Evidence::Spooler => "a job is completed when the print service says so",
    };
    match status {
        "" => completed.to_owned(),
        status => format!("{status}; {completed}"),
    }
}

/// What to do about a queue that says less than its device would.
fn print_directly(direct: &str) -> String {
    format!(
        "the print service calls a job done once the network has taken it, also when the printer loses it then; \
         with `uri = \"{direct}\"` in the configuration the agent prints there itself and asks the printer"
    )
}

/// The first job, and how many there are.
fn line(detail: &PrinterDetail, first: &JobDetail, now: TimestampMs) -> String {
    let job = &first.job;
    let from = first.origin.as_deref().unwrap_or("this machine");
    let accepted = when::relative(job.accepted_at, now);
    let mut text = format!(
        "first in line is job {} from {from}, accepted {accepted}",
        job.job_id
    );
    if let Some(waits_for) = &first.waits_for {
        let wait = match waits_for {
            // Said already, with the printer's state.
            WaitsFor::Printer { .. } => "the printer".to_owned(),
            other => other.describe(job.printer.as_str(), now),
        };
        text.push_str(&format!(", which waits for {wait}"));
    }
    match detail.printer.queued_jobs.saturating_sub(1) {
        0 => {}
        1 => text.push_str("; one more job is kept for it"),
        more => text.push_str(&format!("; {more} more jobs are kept for it")),
    }
    text
}

fn is_slow(first: &JobDetail, now: TimestampMs) -> bool {
    first.job.state == JobState::Processing && now.saturating_sub(first.job.changed_at) > SLOW_MS
}

fn unreachable(detail: &PrinterDetail) -> String {
    if detail.uri.starts_with("cups:") {
        return "check the queue with `lpstat -p`, and that the print service runs".to_owned();
    }
    if detail.uri.starts_with("winspool:") {
        return "check the printer in the settings of Windows, and that the service `Spooler` runs"
            .to_owned();
    }
    if detail.uri.starts_with("usb:") {
        return "check power and cable of the printer; if it is plugged in, its device may belong \
                to a group that the agent's user is not in (`lp` on most systems: \
                `sudo usermod --append --groups lp USER`, then log in again)"
            .to_owned();
    }
    let mut next = "check power, cable and address of the printer".to_owned();
    if let Some(address) = detail.uri.strip_prefix("socket://") {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        next.push_str(&format!(
            "; `ping {host}` tells whether the network is to blame"
        ));
    }
    next
}

/// What a person does about a reason.
fn remedy(reason: &str) -> Option<&'static str> {
    let bare = ["-error", "-warning", "-report"]
        .iter()
        .find_map(|severity| reason.strip_suffix(severity))
        .unwrap_or(reason);
    Some(match bare {
        "media-empty" | "media-needed" => "put paper in",
        "media-low" => "have paper ready",
        "media-jam" => "take the jammed paper out",
        "cover-open" | "door-open" | "interlock-open" => "close the cover",
        "cutter" => "free the cutter, then switch the printer off and on",
        "marker-supply-empty" | "toner-empty" => "replace ink or toner",
        "marker-supply-low" | "toner-low" => "have ink or toner ready",
        "output-area-full" => "take the printed paper away",
        "offline" => "switch the printer on, or press its online button",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::CheckResult;
    use platen_protocol::{Job, Printer, PrinterState, StatusDetail};

    const NOW: TimestampMs = 10_000_000;

    fn printer(state: PrinterState, status: &[(&str, StatusSource)]) -> PrinterDetail {
        let status: Vec<StatusDetail> = status
            .iter()
            .map(|(reason, source)| StatusDetail {
                reason: reason.parse().unwrap(),
                source: *source,
                since: NOW - 720_000,
                seen_at: NOW,
            })
            .collect();
        PrinterDetail {
            printer: Printer {
                printer: "kitchen".parse().unwrap(),
                name: "Kitchen".to_owned(),
                default: true,
                state,
                reasons: status.iter().map(|detail| detail.reason.clone()).collect(),
                status,
                state_at: NOW - 720_000,
                queued_jobs: 4,
                evidence: Evidence::Transport,
            },
            uri: "socket://10.0.0.5:9100".to_owned(),
            configured: true,
            added: None,
        }
    }

    fn first(state: JobState, waits_for: WaitsFor) -> JobDetail {
        JobDetail {
            user: None,
            job: Job {
                job_id: "j1".parse().unwrap(),
                printer: "kitchen".parse().unwrap(),
                name: "receipt".into(),
                state,
                reasons: Vec::new(),
                evidence: None,
                code: None,
                attempt: 1,
                priority: 3,
                octets: 1,
                accepted_at: NOW - 1_200_000,
                changed_at: NOW - 1_200_000,
                not_before: None,
                expires_at: None,
                reprint_of: None,
            },
            origin: Some("https://pos.example".to_owned()),
            detail: None,
            spooler_job: None,
            documents: crate::store::KeptDocuments::Kept,
            waits_for: Some(waits_for),
            history: Vec::new(),
        }
    }

    fn probe(reachable: Option<bool>, reasons: &[&str]) -> Probe {
        Probe {
            reachable,
            source: reachable.map(|_| StatusSource::EscPos),
            heard_at: Some(NOW - 720_000),
            direct: None,
            reasons: reasons.iter().map(|word| word.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn a_stuck_printer_is_explained_whole() {
        let waits = WaitsFor::Printer {
            reasons: Vec::new(),
        };
        let check = judge(
            &printer(
                PrinterState::Stopped,
                &[("media-empty", StatusSource::EscPos)],
            ),
            &probe(Some(true), &["media-empty", "cover-open"]),
            Some(&first(JobState::ProcessingStopped, waits)),
            NOW,
        );
        assert_eq!(
            check.what,
            "stopped since 12 min ago: media-empty (the device says so, since 12 min ago), and now the device says cover-open; socket://10.0.0.5:9100 answers; it says itself how it is (ESC/POS); a job is completed when the device has taken every octet, for it has not said more yet; first in line is job j1 from https://pos.example, accepted 20 min ago, which waits for the printer; 3 more jobs are kept for it"
        );
        assert_eq!(
            check.next.as_deref(),
            Some("close the cover, put paper in; its jobs go on by themselves")
        );
        assert_eq!(check.result, CheckResult::Warn);
    }

    #[test]
    fn what_to_do_depends_on_what_is_wrong() {
        use PrinterState::{Idle, Processing, Stopped};
        use StatusSource::{Connection, Ipp, Site};
        let slow = first(JobState::Processing, WaitsFor::Delivery);
        for (printer, probe, first, result, next) in [
            (
                printer(Idle, &[]),
                probe(Some(true), &["none"]),
                None,
                CheckResult::Ok,
                "",
            ),
            (
                printer(Stopped, &[("offline", Connection)]),
                probe(Some(false), &["offline"]),
                None,
                CheckResult::Fail,
                "ping 10.0.0.5",
            ),
            (
                printer(Stopped, &[("paused", Site)]),
                probe(Some(true), &[]),
                None,
                CheckResult::Warn,
                "platen resume kitchen",
            ),
            (
                printer(Stopped, &[("spooler-unavailable", Ipp)]),
                probe(None, &[]),
                None,
                CheckResult::Fail,
                "systemctl start cups",
            ),
            (
                printer(Stopped, &[("x-strange-error", Ipp)]),
                probe(Some(true), &[]),
                None,
                CheckResult::Warn,
                "see to the printer",
            ),
            (
                printer(Processing, &[]),
                probe(None, &[]),
                Some(&slow),
                CheckResult::Warn,
                "platen jobs cancel j1",
            ),
        ] {
            let check = judge(&printer, &probe, first, NOW);
            assert_eq!(check.result, result, "{check:?}");
            let found = check.next.clone().unwrap_or_default();
            assert!(found.contains(next), "{check:?}");
        }
    }

    #[test]
    fn of_a_usb_printer_that_cannot_be_opened_the_group_is_named() {
        let mut away = printer(
            PrinterState::Stopped,
            &[("offline", StatusSource::Connection)],
        );
        away.uri = "usb://04b8:0e28/X5TG".to_owned();
        let check = judge(&away, &probe(Some(false), &["offline"]), None, NOW);
        assert!(check.next.unwrap_or_default().contains("groups lp"));
    }

    #[test]
    fn a_printer_says_what_it_can_know_and_when_it_was_last_heard_of() {
        let mut printer = printer(PrinterState::Idle, &[]);
        let check = judge(&printer, &probe(Some(false), &["offline"]), None, NOW);
        assert!(check.what.contains("last heard of 12 min ago"), "{check:?}");
        printer.uri = "cups:kitchen".to_owned();
        printer.printer.evidence = Evidence::Spooler;
        let queue = Probe {
            source: Some(StatusSource::Ipp),
            direct: Some("socket://10.0.0.5:9100".to_owned()),
            ..probe(Some(true), &[])
        };
        let check = judge(&printer, &queue, None, NOW);
        assert_eq!(check.result, CheckResult::Warn);
        let expected = "a job is completed when the print service says so";
        assert!(check.what.ends_with(expected), "{check:?}");
        let next = check.next.unwrap_or_default();
        assert!(
            next.contains("`uri = \"socket://10.0.0.5:9100\"`"),
            "{next}"
        );
    }
}
