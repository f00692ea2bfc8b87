//! The store over a real file.

use super::*;
use crate::dispatch::DocumentBody;
use crate::grant::{AnchorKind, PrinterScope};
use crate::job::{JobEvent, NewDocument, NewJob, Transition, after};
use platen_protocol::job::Repeat;
use platen_protocol::{Cursor, Digest, Event, Evidence, JobId, JobState, Signing};

fn claim(directory: &Path) -> StateDirectory {
    StateDirectory::claim(directory).unwrap()
}

fn open(directory: &Path) -> Store {
    Store::open(
        &claim(directory),
        &Limits {
            finished_documents_max: 2,
            ..Limits::default()
        },
        &KeySource::default(),
        Clock::system(),
    )
    .unwrap()
}

fn printer() -> PrinterId {
    "till".parse().unwrap()
}

fn job(number: u128, key: Option<&str>) -> Arc<NewJob> {
    Arc::new(NewJob {
        job_id: JobId::from_random(number),
        submitter: Some("https://pos.example".into()),
        printer: printer(),
        name: "receipt".into(),
        priority: 3,
        documents: vec![NewDocument {
            format: "application/octet-stream".to_owned(),
            octets: 300_000,
            sha256: Digest::of(b""),
            body: DocumentBody {
                pieces: vec![bytes::Bytes::from(vec![7; 300_000])],
            },
        }],
        idempotency_key: key.map(Into::into),
        digest: Digest::of(b"asked"),
        not_before: None,
        expires_at: None,
        repeat: Repeat::Never,
        reprint_of: None,
    })
}

fn accept(job: &Arc<NewJob>, sequence: u64) -> Change {
    Change::Accept {
        job: Arc::clone(job),
        sequence,
        at: 10,
        held: None,
    }
}

fn transition(job: &NewJob, from: JobState, event: &JobEvent) -> Change {
    Change::Transition(Transition {
        moved_to: None,
        job_id: job.job_id.clone(),
        from,
        after: after(from, event).unwrap(),
        cause: event.cause(),
        attempt: 1,
        octets_sent: 0,
        detail: None,
        at: 20,
    })
}

fn commit(store: &Store, changes: Vec<Change>) -> CommitResult {
    let (sender, receiver) = mpsc::channel();
    store.commit(printer(), changes, move |result| {
        sender.send(result).unwrap();
    });
    receiver.recv().unwrap()
}

#[test]
fn a_job_is_found_again_with_its_documents_after_the_store_was_closed() {
    let directory = tempfile::tempdir().unwrap();
    let job = job(1, None);
    {
        let store = open(directory.path());
        assert_eq!(commit(&store, vec![accept(&job, 1)]), CommitResult::Done);
        store.close();
    }
    let store = open(directory.path());
    let record = store.reader().job(&job.job_id).unwrap().unwrap();
    assert_eq!(record.job.state, JobState::Pending);
    assert_eq!(store.reader().unfinished(&printer()).unwrap(), [record]);
    let documents = store.reader().documents(&job.job_id).unwrap();
    let mut octets = Vec::new();
    for piece in 0.. {
        let Some(found) = documents[0].payload.piece(piece).unwrap() else {
            break;
        };
        assert!(found.len() <= 256 * 1024, "read in pieces");
        octets.extend_from_slice(&found);
    }
    assert_eq!(octets, vec![7; 300_000]);
    store.close();
}

#[test]
fn the_same_key_gets_the_stored_answer_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let first = job(1, Some("sale-17"));
    let second = job(2, Some("sale-17"));
    let mut other = (*job(3, Some("sale-17"))).clone();
    other.digest = Digest::of(b"something else");
    commit(&store, vec![accept(&first, 1)]);
    let repeated = CommitResult::Duplicate {
        job_id: first.job_id.clone(),
        printer: printer(),
        same: true,
    };
    let lease = transition(&second, JobState::Pending, &JobEvent::Started);
    assert_eq!(commit(&store, vec![accept(&second, 2), lease]), repeated);
    assert!(matches!(
        commit(&store, vec![accept(&Arc::new(other), 3)]),
        CommitResult::Duplicate { same: false, .. }
    ));
    assert_eq!(store.reader().job(&second.job_id).unwrap(), None);
    store.close();
}

#[test]
fn a_bad_request_fails_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let missing = job(99, None);
    let (sender, receiver) = mpsc::channel();
    for number in 1..=20_u64 {
        let job = job(number.into(), None);
        let changes = if number == 10 {
            vec![transition(&missing, JobState::Pending, &JobEvent::Started)]
        } else {
            vec![accept(&job, number)]
        };
        let sender = sender.clone();
        store.commit(printer(), changes, move |result| {
            sender.send((number, result)).unwrap();
        });
    }
    for number in 1..=20 {
        let (answered, result) = receiver.recv().unwrap();
        assert_eq!(answered, number, "answers come in the order of the calls");
        assert_eq!(
            result == CommitResult::Done,
            number != 10,
            "{number}: {result:?}"
        );
    }
    store.close();
}

#[test]
fn every_change_is_in_the_log_in_order_and_told_after_it_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut live = store.events();
    let job = job(1, None);
    commit(
        &store,
        vec![
            accept(&job, 1),
            transition(&job, JobState::Pending, &JobEvent::Started),
        ],
    );
    let done = JobEvent::Completed {
        evidence: Evidence::Transport,
    };
    commit(&store, vec![transition(&job, JobState::Processing, &done)]);
    let logged = store.reader().events_after(Cursor(0), None, 10).unwrap();
    let states: Vec<JobState> = logged
        .iter()
        .filter_map(|logged| match &logged.event {
            Event::JobStateChanged { state, .. } => Some(*state),
            _ => None,
        })
        .collect();
    assert_eq!(
        states,
        [JobState::Pending, JobState::Processing, JobState::Completed]
    );
    for logged in logged {
        let told = live.try_recv().unwrap();
        assert_eq!((told.cursor, &told.event), (logged.cursor, &logged.event));
    }
    let history = store.reader().history(1).unwrap();
    assert_eq!(
        history.last().unwrap().evidence.as_deref(),
        Some("transport")
    );
    store.close();
}

#[test]
fn documents_of_old_finished_jobs_are_purged_and_their_history_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for number in 1..=4_u64 {
        let job = job(number.into(), None);
        commit(&store, vec![accept(&job, number)]);
        let canceled = JobEvent::Canceled {
            by: crate::job::By::Operator,
        };
        commit(&store, vec![transition(&job, JobState::Pending, &canceled)]);
    }
    // What is left to purge when the store closes is purged then.
    store.close();
    drop(store);
    let store = open(directory.path());
    let kept = |number| {
        let job_id = JobId::from_random(number);
        (
            store.reader().documents(&job_id).unwrap().len(),
            store.reader().copy_documents(&job_id).unwrap().len(),
            store.reader().job(&job_id).unwrap().is_some(),
        )
    };
    assert_eq!((kept(1), kept(4)), ((0, 0, true), (1, 1, true)));
    store.close();
}

#[test]
fn grants_are_published_and_survive() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let grant = Grant {
        users: crate::owner::Users::everybody(),
        id: 0,
        name: "shop".to_owned(),
        anchor: AnchorKind::Root,
        fingerprint: "ab".to_owned(),
        certificate: vec![1, 2, 3],
        origins: vec!["https://pos.example".parse().unwrap()],
        capabilities: platen_protocol::Capability::FOR_PRINTING.into(),
        printers: PrinterScope::All,
        devices: std::collections::BTreeSet::new(),
        signing: Signing::Request,
        native: false,
        qz: None,
        provisioned: false,
        created_at: 1,
        revocations_max_age_days: None,
        expires_at: None,
    };
    let store = open(directory.path());
    let seen = store.grants();
    let id = runtime.block_on(store.add_grant(grant.clone())).unwrap();
    let expected = Arc::new(Grant { id, ..grant });
    assert_eq!(*seen.borrow().clone(), [Arc::clone(&expected)]);
    store.close();
    drop(store);
    let store = open(directory.path());
    assert_eq!(*store.grants().borrow().clone(), [expected]);
    assert!(runtime.block_on(store.remove_grant(id)).unwrap());
    assert!(store.grants().borrow().is_empty());
    store.close();
}

#[test]
#[cfg(unix)]
fn only_the_owner_can_read_what_was_printed() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    commit(&store, vec![accept(&job(1, None), 1)]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(directory.path()), 0o700);
    for name in ["platen.db", "platen.db-wal"] {
        assert_eq!(mode(&directory.path().join(name)), 0o600, "{name}");
    }
    store.close();
}

#[test]
fn a_place_in_one_log_is_no_place_in_another() {
    let place = |number| {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        let begin = store.reader().last_cursor().unwrap();
        assert_eq!(store.reader().oldest_cursor().unwrap(), begin);
        commit(&store, vec![accept(&job(number, None), 1)]);
        let logged = store.reader().events_after(begin, None, 10).unwrap();
        assert_eq!(logged.len(), 1);
        let newest = store.reader().last_cursor().unwrap();
        assert_eq!(logged[0].cursor, Some(newest));
        (begin, newest)
    };
    let ((begin, _), (_, elsewhere)) = (place(1), place(2));
    assert!(elsewhere < begin || elsewhere > Cursor(begin.0 + 1));
}

#[test]
fn a_job_is_found_by_the_key_it_was_submitted_with() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for (number, key) in [(1, Some("a")), (2, None), (3, Some("b"))] {
        commit(
            &store,
            vec![accept(&job(number, key), u64::try_from(number).unwrap())],
        );
    }
    let found = |origin: &str, key: &str| -> Vec<JobId> {
        let filter = JobFilter {
            submitter: Some(origin.into()),
            idempotency_key: Some(key.into()),
            limit: 10,
            ..JobFilter::default()
        };
        let records = store.reader().jobs(&filter).unwrap();
        records
            .into_iter()
            .map(|record| record.job.job_id)
            .collect()
    };
    assert_eq!(found("https://pos.example", "b"), [JobId::from_random(3)]);
    assert_eq!(found("https://pos.example", "c"), []);
    assert_eq!(found("https://shop.example", "b"), []);
}

/// Makes a store with a grant and a job, damages its file, and opens it again.
fn opened_after(damage: impl FnOnce(&Path)) -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(store.revoke("root".to_owned(), 7, "signed".to_owned()))
        .unwrap();
    for number in 1..=8_u64 {
        commit(&store, vec![accept(&job(number.into(), None), number)]);
    }
    store.close();
    drop(store);
    damage(&directory.path().join("platen.db"));
    let store = open(directory.path());
    (directory, store)
}

#[test]
fn a_damaged_store_is_put_aside_and_a_fresh_one_takes_jobs() {
    let garbage = |path: &Path| std::fs::write(path, vec![0xa5; 50_000]).unwrap();
    let cut_off = |path: &Path| {
        let octets = std::fs::metadata(path).unwrap().len();
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(octets / 2 + 100).unwrap();
    };
    let flipped = |path: &Path| {
        let mut octets = std::fs::read(path).unwrap();
        // Every page but the first: whichever are in use, one is found.
        for page in octets.chunks_mut(4096).skip(1) {
            page[0] ^= 0xff;
            page[5] ^= 0xff;
        }
        std::fs::write(path, octets).unwrap();
    };
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 3] = [
        ("garbage", garbage),
        ("cut off", cut_off),
        ("flipped", flipped),
    ];
    for (name, damage) in damages {
        let (directory, store) = opened_after(damage);
        let aside = damaged_stores(directory.path());
        assert_eq!(aside.len(), 1, "{name}: {aside:?}");
        assert_eq!(store.reader().unfinished(&printer()).unwrap(), [], "{name}");
        assert_eq!(
            commit(&store, vec![accept(&job(1, None), 1)]),
            CommitResult::Done,
            "{name}"
        );
        store.close();
        drop(store);
        // The next start finds nothing wrong and puts nothing aside.
        open(directory.path()).close();
        assert_eq!(damaged_stores(directory.path()), aside, "{name}");
    }
}

#[test]
fn grants_and_revocations_of_a_damaged_store_are_taken_over_whole() {
    let (_directory, store) = opened_after(|path| {
        let mut octets = std::fs::read(path).unwrap();
        // Documents lie at the end; what is trusted, at the beginning.
        let end = octets.len() - 3 * 4096;
        octets[end..].fill(0xa5);
        std::fs::write(path, octets).unwrap();
    });
    assert_eq!(store.reader().revocation_lists().unwrap(), ["signed"]);
    store.close();
}

#[test]
fn of_damaged_stores_the_newest_three_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    for year in 2020..2024 {
        let name = format!("platen.db.damaged-{year}0101T000000.000Z");
        std::fs::write(directory.path().join(name), "old").unwrap();
    }
    std::fs::write(directory.path().join("platen.db"), vec![0xa5; 50_000]).unwrap();
    open(directory.path()).close();
    let kept = damaged_stores(directory.path());
    assert_eq!(kept.len(), 3);
    assert!(kept[0].to_string_lossy().contains("-20220101"), "{kept:?}");
}

/// Octets of the first document of a job.
fn printed(store: &Store, number: u128) -> Result<Vec<u8>, StoreError> {
    let documents = store.reader().copy_documents(&JobId::from_random(number))?;
    Ok(documents[0].body.pieces.concat())
}

#[test]
fn without_its_key_a_document_is_lost_and_the_agent_starts_and_with_it_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("documents.key");
    let store = open(directory.path());
    commit(&store, vec![accept(&job(1, Some("sale-17")), 1)]);
    store.close();
    drop(store);
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();

    let store = open(directory.path());
    assert_eq!(store.documents_without_key(), 1);
    let refused = printed(&store, 1).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PayloadLost);
    assert!(refused.to_string().contains("documents-former.key"));
    assert!(store.reader().documents(&JobId::from_random(1)).is_ok());
    // The job is there and waits for its turn; new ones are sealed anew.
    assert_eq!(store.reader().unfinished(&printer()).unwrap().len(), 1);
    commit(&store, vec![accept(&job(2, None), 2)]);
    assert_eq!(printed(&store, 2).unwrap(), vec![7; 300_000]);
    // Whether the same was asked under this key cannot be told any more.
    assert!(matches!(
        commit(&store, vec![accept(&job(3, Some("sale-17")), 3)]),
        CommitResult::Duplicate { same: false, .. }
    ));
    store.close();
    drop(store);

    let former = directory.path().join("documents-former.key");
    crate::secret_file::write(&former, &kept).unwrap();
    let store = open(directory.path());
    assert_eq!(store.documents_without_key(), 0);
    for number in [1, 2] {
        assert_eq!(printed(&store, number).unwrap(), vec![7; 300_000]);
    }
    assert!(matches!(
        commit(&store, vec![accept(&job(3, Some("sale-17")), 3)]),
        CommitResult::Duplicate { same: true, .. }
    ));
    store.close();
}

#[test]
fn nothing_printed_is_in_any_file_and_neither_is_its_digest() {
    let directory = tempfile::tempdir().unwrap();
    let found = || {
        let digest = Digest::of(&[7; 300_000]);
        let asked = Digest::of(b"asked");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("reserve") {
                continue; // megabytes of zeros
            }
            let octets = std::fs::read(&path).unwrap();
            for needle in [&[7; 64][..], digest.octets(), asked.octets()] {
                if octets.windows(needle.len()).any(|window| window == needle) {
                    found.push(path.clone());
                }
            }
        }
        found
    };
    let store = open(directory.path());
    for number in 1..=4_u64 {
        let job = job(number.into(), None);
        commit(&store, vec![accept(&job, number)]);
        assert_eq!(found(), [] as [PathBuf; 0], "waiting");
        let canceled = JobEvent::Canceled {
            by: crate::job::By::Operator,
        };
        commit(&store, vec![transition(&job, JobState::Pending, &canceled)]);
    }
    store.close();
    assert_eq!(found(), [] as [PathBuf; 0], "finished and purged");
}

/// A wall clock that a test sets, and the time that really passes.
#[derive(Clone, Default)]
struct Clocks {
    wall: Arc<std::sync::atomic::AtomicU64>,
    passed: Arc<std::sync::atomic::AtomicU64>,
}

impl Clocks {
    fn clock(&self) -> Clock {
        let (wall, passed) = (Arc::clone(&self.wall), Arc::clone(&self.passed));
        Clock::new(
            move || wall.load(std::sync::atomic::Ordering::Relaxed),
            move || passed.load(std::sync::atomic::Ordering::Relaxed),
        )
    }

    fn set(&self, wall: u64) {
        self.wall.store(wall, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn a_clock_set_far_forward_and_back_purges_neither_documents_nor_history() {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    const NOW: u64 = 20_000 * DAY_MS;
    let directory = tempfile::tempdir().unwrap();
    let clocks = Clocks::default();
    let print = |number: u64| {
        let store = Store::open(
            &claim(directory.path()),
            &Limits::default(),
            &KeySource::default(),
            clocks.clock(),
        )
        .unwrap();
        let job = job(number.into(), None);
        commit(&store, vec![accept(&job, number)]);
        let canceled = JobEvent::Canceled {
            by: crate::job::By::Operator,
        };
        commit(&store, vec![transition(&job, JobState::Pending, &canceled)]);
        // Whatever is due goes when it closes.
        store.close();
        let kept = (1..=number)
            .filter(|number| {
                let id = JobId::from_random((*number).into());
                let documents = store.reader().copy_documents(&id).unwrap();
                store.reader().job(&id).unwrap().is_some() && documents.len() == 1
            })
            .count();
        u64::try_from(kept).unwrap()
    };
    // Right, in 2099, in 1970, and right again a day later.
    for (number, wall) in [
        (1, NOW),
        (2, NOW + 27_000 * DAY_MS),
        (3, 0),
        (4, NOW + DAY_MS),
    ] {
        clocks.set(wall);
        assert_eq!(print(number), number, "all are kept at {wall}");
    }
    // A week later the documents of all but the newest have served their time.
    clocks.set(NOW + 8 * DAY_MS);
    assert_eq!(print(5), 1);
}
