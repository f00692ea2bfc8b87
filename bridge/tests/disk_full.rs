//! A full disk, for real: a small file system that only this test uses.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, mpsc};

use platen_bridge::clock::Clock;
use platen_bridge::dispatch::DocumentBody;
use platen_bridge::job::{JobEvent, NewDocument, NewJob, Transition, after};
use platen_bridge::limits::Limits;
use platen_bridge::queue::{Change, CommitResult};
use platen_bridge::state_directory::StateDirectory;
use platen_bridge::store::{KeySource, Store};
use platen_protocol::job::Repeat;
use platen_protocol::{Digest, ErrorCode, Evidence, JobId, JobState, PrinterId};

/// A file system of this size, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the small disk");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .expect("mount(8) is installed");
        assert!(
            mounted.status.success(),
            "this test mounts a small file system and needs root for it: run it as root, or in a container that may mount; mount said: {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// The state directory on that disk.
fn claim(disk: &SmallDisk) -> StateDirectory {
    StateDirectory::claim(&disk.path().join("state")).expect("a state directory")
}

fn printer() -> PrinterId {
    "till".parse().expect("a printer's id")
}

fn job(number: u64) -> Arc<NewJob> {
    const OCTETS: usize = 200_000;
    Arc::new(NewJob {
        job_id: JobId::from_random(number.into()),
        submitter: None,
        printer: printer(),
        name: "receipt".into(),
        priority: 5,
        documents: vec![NewDocument {
            format: "application/octet-stream".to_owned(),
            octets: OCTETS as u64,
            sha256: Digest::of(b""),
            body: DocumentBody {
                pieces: vec![bytes::Bytes::from(vec![7; OCTETS])],
            },
        }],
        idempotency_key: None,
        digest: Digest::of(b"asked"),
        not_before: None,
        expires_at: None,
        repeat: Repeat::Never,
        reprint_of: None,
    })
}

fn commit(store: &Store, changes: Vec<Change>) -> CommitResult {
    let (sender, receiver) = mpsc::channel();
    store.commit(printer(), changes, move |result| {
        sender.send(result).expect("the test waits");
    });
    receiver.recv().expect("an answer")
}

fn accept(store: &Store, number: u64) -> CommitResult {
    let accept = Change::Accept {
        job: job(number),
        sequence: number,
        at: 10,
        held: None,
    };
    commit(store, vec![accept])
}

fn change(store: &Store, number: u64, from: JobState, event: &JobEvent) -> CommitResult {
    let transition = Transition {
        moved_to: None,
        job_id: JobId::from_random(number.into()),
        from,
        after: after(from, event).expect("a legal change"),
        cause: event.cause(),
        attempt: 1,
        octets_sent: 0,
        detail: None,
        at: 20,
    };
    commit(store, vec![Change::Transition(transition)])
}

const FULL: CommitResult = CommitResult::Failed {
    code: ErrorCode::StorageFull,
};

#[test]
fn on_a_full_disk_new_jobs_are_refused_and_accepted_ones_are_finished() {
    let disk = SmallDisk::mount(64);
    let limits = Limits {
        finished_documents_max: 0,
        ..Limits::default()
    };
    let store = Store::open(
        &claim(&disk),
        &limits,
        &KeySource::default(),
        Clock::system(),
    )
    .expect("a store");
    let mut accepted = 0;
    while accept(&store, accepted + 1) == CommitResult::Done {
        accepted += 1;
        assert!(accepted < 1_000, "a small disk is full at some time");
    }
    assert!(accepted > 10, "{accepted} jobs before the disk was full");
    assert_eq!(accept(&store, accepted + 1), FULL);

    // Somebody else takes the rest of it.
    let other = disk.path().join("somebody-elses");
    std::fs::write(&other, vec![1; 64 * 1024 * 1024]).expect_err("there is no such room");

    for number in 1..=accepted {
        let started = JobEvent::Started;
        assert_eq!(
            change(&store, number, JobState::Pending, &started),
            CommitResult::Done,
            "job {number} of {accepted} starts"
        );
        let done = JobEvent::Completed {
            evidence: Evidence::Transport,
        };
        assert_eq!(
            change(&store, number, JobState::Processing, &done),
            CommitResult::Done,
            "job {number} of {accepted} ends"
        );
    }
    // What they leave behind is room within the file, and elsewhere later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while accept(&store, accepted + 1) != CommitResult::Done {
        assert!(std::time::Instant::now() < deadline, "room is not found");
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    store.close();
    std::fs::remove_file(&other).expect("room again");
    drop(store);
    let store = Store::open(
        &claim(&disk),
        &limits,
        &KeySource::default(),
        Clock::system(),
    )
    .expect("the store again");
    assert_eq!(accept(&store, accepted + 2), CommitResult::Done);
    store.close();
}
