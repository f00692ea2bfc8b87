//! With helpers that are a few lines of shell.

use super::scripted::{say, scripted};
use super::*;
use crate::backend::pieces::fixtures::document;

fn print_call() -> Call {
    Call::Print {
        printer: "till".to_owned(),
        title: "receipt".to_owned(),
        options: vec![],
    }
}

/// Hands seven octets over.
async fn hand_over(spooler: &Spooler) -> HandOver {
    let documents = [document("receipt")];
    let cancel = CancellationToken::new();
    spooler
        .hand_over(&print_call(), Pieces::of(&documents), &cancel)
        .await
}

/// The length of all frames of [`hand_over`] together.
fn call_octets() -> usize {
    print_call().to_json().unwrap().len() + 7 + 3 * HEAD_OCTETS
}

#[tokio::test]
async fn a_helper_that_hangs_costs_one_answer_and_is_gone() {
    let helper = scripted("echo $$ > \"$1/../pid\"; exec sleep 600", 100);
    let listed = helper.spooler.printers().await;
    assert!(
        matches!(listed, Err(SpoolerError::Hung { .. })),
        "{listed:?}"
    );
    let process = std::fs::read_to_string(helper.folder.path().join("pid")).unwrap();
    assert!(!std::path::Path::new("/proc").join(process.trim()).exists());
}

#[tokio::test]
async fn a_helper_that_crashes_or_talks_nonsense_costs_one_answer() {
    let printed = say(&Answer::Printed { job_id: 1 });
    for script in [
        "exit 1",
        "kill -SEGV $$",
        "printf 'hello world, this is no frame'; exec sleep 600",
        "printf '\\377\\377\\377\\377\\004'; exec sleep 600",
        "printf '\\000\\000\\000\\002\\004{]'; exec sleep 600",
        &printed,
    ] {
        let helper = scripted(script, 5_000);
        let listed = helper.spooler.printers().await;
        assert!(
            matches!(
                listed,
                Err(SpoolerError::Died { .. } | SpoolerError::OutOfTurn)
            ),
            "{script}: {listed:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_helper_is_named() {
    let helper = scripted("", 5_000);
    std::fs::remove_file(helper.folder.path().join("platen-spooler")).unwrap();
    let refused = helper.spooler.printers().await.unwrap_err();
    assert!(refused.to_string().contains("platen-spooler"), "{refused}");
    assert!(matches!(
        hand_over(&helper.spooler).await,
        HandOver::NotTaken(SpoolerError::NotStarted { .. })
    ));
}

#[tokio::test]
async fn only_what_was_said_before_the_end_decides_who_has_the_document() {
    let read = format!("head -c {} > /dev/null", call_octets());
    let handing_over = say(&Answer::HandingOver {});
    let printed = say(&Answer::Printed { job_id: 7 });
    let failed = say(&Answer::Failed {
        failure: Failure::PrintService,
        detail: "no".to_owned(),
    });
    for (script, expected) in [
        (format!("{read}; {handing_over}; {printed}; cat"), "taken"),
        (format!("{read}; {failed}; cat"), "not taken"),
        (format!("{read}; exit 1"), "not taken"),
        ("exit 1".to_owned(), "not taken"),
        (format!("{read}; exec sleep 600"), "not taken"),
        (format!("{read}; {handing_over}; {failed}; cat"), "unknown"),
        (format!("{read}; {handing_over}; exit 1"), "unknown"),
        (format!("{read}; {handing_over}; exec sleep 600"), "unknown"),
    ] {
        let helper = scripted(&script, 1_000);
        let became = match hand_over(&helper.spooler).await {
            HandOver::Taken(job) => {
                assert_eq!(job, 7);
                "taken"
            }
            HandOver::NotTaken(_) => "not taken",
            HandOver::Unknown(_) => "unknown",
            HandOver::PayloadLost(_) | HandOver::Canceled => "something else",
        };
        assert_eq!(became, expected, "{script}");
    }
}

#[tokio::test]
async fn a_driver_that_hangs_for_one_printer_holds_up_no_other() {
    let to = |printer: &str| Call::Print {
        printer: printer.to_owned(),
        title: "receipt".to_owned(),
        options: vec![],
    };
    let helper = scripted(
        &format!(
            "case \"$(head -c {} | tr -d '\\000')\" in *jammed*) exec sleep 600;; esac; {}; {}; cat",
            to("jammed").to_json().unwrap().len() + 7 + 3 * HEAD_OCTETS,
            say(&Answer::HandingOver {}),
            say(&Answer::Printed { job_id: 7 }),
        ),
        600_000,
    );
    let documents = [document("receipt")];
    let cancel = CancellationToken::new();
    let (jammed, normal) = (to("jammed"), to("normal"));
    let hand_over = |call| {
        helper
            .spooler
            .hand_over(call, Pieces::of(&documents), &cancel)
    };
    tokio::select! {
        biased;
        end = hand_over(&jammed) => panic!("{end:?}"),
        end = hand_over(&normal) => assert!(matches!(end, HandOver::Taken(7)), "{end:?}"),
    }
}

#[tokio::test]
async fn a_canceled_hand_over_leaves_nothing_with_the_print_service() {
    let helper = scripted("exec sleep 600", 5_000);
    let documents = [document("receipt")];
    let cancel = CancellationToken::new();
    cancel.cancel();
    let handed_over = helper
        .spooler
        .hand_over(&print_call(), Pieces::of(&documents), &cancel)
        .await;
    assert!(matches!(handed_over, HandOver::Canceled), "{handed_over:?}");
}

#[tokio::test]
async fn documents_a_crash_left_are_removed_and_other_files_are_not() {
    let helper = scripted("echo x > \"$1/$$-0\"; exit 1", 5_000);
    let folder = helper.folder.path().join("documents");
    let left = || {
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(left(), ["notes.txt"]);
    assert!(helper.spooler.printers().await.is_err());
    assert_eq!(left(), ["notes.txt"]);
}
