//! Deliveries to a spooler that is a few lines of shell.

use std::sync::Arc;
use std::time::Duration;

use platen_protocol::{ErrorCode, Evidence};
use platen_spooler_wire::{Answer, Failure, PrinterCondition, SystemPrinter};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::WindowsPrinterName;
use super::printer::{WinspoolPrinter, WinspoolService};
use super::status::job;
use crate::backend::pieces::fixtures::{document, work};
use crate::backend::spooler::scripted::{say, scripted};
use crate::backend::system_printers::PrintService as _;
use crate::backend::{Backend as _, Outcome};

const READY: PrinterCondition = PrinterCondition {
    status: 0,
    attributes: 0x40,
};

fn ready() -> Answer {
    Answer::Condition { condition: READY }
}

fn gone(heard: u32, heard_all: bool) -> Answer {
    Answer::Job {
        job: None,
        heard,
        heard_all,
        condition: Some(READY),
    }
}

fn failed(failure: Failure) -> Answer {
    Answer::Failed {
        failure,
        detail: "no".to_owned(),
    }
}

fn says(answers: &[Answer]) -> String {
    let said: Vec<_> = answers.iter().map(say).collect();
    said.join("; ")
}

/// Delivers seven octets with a helper that runs these lines.
async fn delivered(script: &str, cancel: &CancellationToken) -> Outcome {
    let helper = scripted(script, 5_000);
    let service = Arc::new(WinspoolService::new(helper.spooler, Duration::ZERO));
    let name = WindowsPrinterName::new("Till 1").unwrap();
    let printer = WinspoolPrinter::new(name, service);
    let work = work(vec![document("receipt")]);
    printer
        .deliver(work, mpsc::channel(8).0, cancel.clone())
        .await
}

#[tokio::test]
async fn what_the_spooler_says_last_is_the_outcome() {
    let taken = [
        ready(),
        Answer::HandingOver {},
        Answer::Printed { job_id: 7 },
    ];
    for (look, expected) in [
        (gone(job::PRINTED | job::DELETED, true), "spooler"),
        (gone(0, false), "transport"),
        (gone(job::PRINTING, true), "interrupted"),
        (gone(job::SPOOLING | job::DELETED, true), "aborted"),
        (gone(job::PRINTING | job::DELETED, true), "interrupted"),
        (failed(Failure::NoPrinter), "interrupted"),
        (failed(Failure::NoService), "interrupted"),
    ] {
        let script = format!("{}; {}; cat > /dev/null", says(&taken), say(&look));
        let outcome = delivered(&script, &CancellationToken::new()).await;
        let became = match outcome {
            Outcome::Completed {
                evidence: Evidence::Spooler,
                octets_sent: 7,
            } => "spooler",
            Outcome::Completed {
                evidence: Evidence::Transport,
                octets_sent: 7,
            } => "transport",
            Outcome::Interrupted { .. } => "interrupted",
            Outcome::Aborted { .. } => "aborted",
            _ => "something else",
        };
        assert_eq!(became, expected, "{look:?}");
    }
}

#[tokio::test]
async fn a_job_is_canceled_when_the_spooler_agreed_and_nobody_heard_it_printed() {
    let cancel = CancellationToken::new();
    for (look, expected) in [
        (gone(job::DELETED, true), Some(0)),
        (gone(job::PRINTING | job::DELETED, true), Some(7)),
        (gone(job::PRINTED, true), None),
    ] {
        let answers = [
            ready(),
            Answer::HandingOver {},
            Answer::Printed { job_id: 7 },
            Answer::Canceled {},
            look,
        ];
        // The cancel comes when the document is on its way.
        let script = format!(
            "{}; sleep 0.3; {}; cat > /dev/null",
            says(&answers[..1]),
            says(&answers[1..])
        );
        let cancel = cancel.child_token();
        let canceled = cancel.clone();
        let (outcome, ()) = tokio::join!(delivered(&script, &cancel), async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            canceled.cancel();
        });
        match expected {
            Some(octets_sent) => assert_eq!(outcome, Outcome::Canceled { octets_sent }),
            None => assert!(matches!(outcome, Outcome::Completed { .. }), "{outcome:?}"),
        }
    }
}

#[tokio::test]
async fn what_the_spooler_did_not_take_is_waited_for_or_tried_again() {
    for (answers, expected) in [
        (vec![failed(Failure::NoPrinter)], "device-unreachable"),
        (vec![failed(Failure::NoService)], "spooler-unavailable"),
        (vec![failed(Failure::NothingTaken)], "again"),
        (
            vec![
                ready(),
                Answer::HandingOver {},
                failed(Failure::NothingTaken),
            ],
            "again",
        ),
        (
            vec![ready(), Answer::HandingOver {}, failed(Failure::NoPrinter)],
            "device-unreachable",
        ),
    ] {
        let script = format!("{}; cat > /dev/null", says(&answers));
        let outcome = delivered(&script, &CancellationToken::new()).await;
        let became = match outcome {
            Outcome::Unready {
                code: ErrorCode::DeviceUnreachable,
                ..
            } => "device-unreachable",
            Outcome::Unready {
                code: ErrorCode::SpoolerUnavailable,
                ..
            } => "spooler-unavailable",
            Outcome::NotStarted { .. } => "again",
            _ => "something else",
        };
        assert_eq!(became, expected, "{answers:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_doubt_whether_the_job_is_still_there_or_not() {
    for second in [
        vec![Answer::Found { job_id: None }],
        vec![Answer::Found { job_id: Some(7) }, gone(0, false)],
        vec![failed(Failure::NothingTaken)],
    ] {
        let script = format!(
            "if [ -e \"$1/../again\" ]; then {}; cat > /dev/null; else touch \"$1/../again\"; {}; sleep 0.2; exit 1; fi",
            says(&second),
            says(&[ready(), Answer::HandingOver {}]),
        );
        let outcome = delivered(&script, &CancellationToken::new()).await;
        assert!(
            matches!(outcome, Outcome::Interrupted { octets_sent: 7, .. }),
            "{second:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn the_list_names_what_can_be_printed_to_and_how_it_is() {
    let listed = |name: &str| SystemPrinter {
        name: name.to_owned(),
        info: String::new(),
        location: "Bar".to_owned(),
        make_and_model: "EPSON TM-T20".to_owned(),
        device_uri: "USB001".to_owned(),
        reasons: vec![],
        condition: None,
        default: true,
    };
    let printers = vec![listed("Till 1")];
    let other = vec![listed("Till,Job 1")];
    for (printers, expected) in [(printers, Some("winspool:Till%201")), (other, None)] {
        let script = format!("{}; cat > /dev/null", say(&Answer::Printers { printers }));
        let helper = scripted(&script, 5_000);
        let service = WinspoolService::new(helper.spooler, Duration::ZERO);
        let found = service.printers().await.unwrap();
        let found = found.first().map(|printer| printer.uri.to_string());
        assert_eq!(found.as_deref(), expected);
    }
}
