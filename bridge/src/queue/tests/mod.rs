//! The queue against a model of a store and a printer (`world`): over random
//! sequences of events (`random`), and promise by promise in the other files.
//! Here is what they all use.

mod delivery;
mod device;
mod durability;
mod moves;
mod people;
mod random;
mod time;
mod world;

use world::World;

use super::*;
use crate::backend::{DeviceStatus, Outcome, Pace, Report};
use crate::dispatch::DocumentBody;
use crate::job::NewDocument;
use platen_protocol::{Digest, Evidence, Job, PrinterState, PrinterStateReason, StatusSource};

const LIMITS: QueueLimits = QueueLimits {
    jobs_max: 50,
    attempts_max: 3,
};

fn printer() -> PrinterId {
    "till".parse().unwrap()
}

fn job(number: u64, priority: u8, repeat: Repeat) -> Arc<NewJob> {
    Arc::new(NewJob {
        job_id: JobId::from_random(number.into()),
        submitter: Some("https://pos.example".into()),
        printer: printer(),
        name: "receipt".into(),
        priority,
        documents: vec![NewDocument {
            format: "application/octet-stream".to_owned(),
            octets: 3,
            sha256: Digest::of(b"abc"),
            body: DocumentBody {
                pieces: vec![bytes::Bytes::from_static(b"abc")],
            },
        }],
        idempotency_key: None,
        digest: Digest::of(b""),
        not_before: None,
        expires_at: None,
        repeat,
        reprint_of: None,
    })
}

fn backup() -> Backup {
    Backup {
        users: crate::owner::Users::everybody(),
        printer: "bar".parse().unwrap(),
        after_ms: 60_000,
        when_paused: false,
        for_every_site: false,
    }
}

fn unready() -> Outcome {
    Outcome::Unready {
        status: away(),
        code: ErrorCode::DeviceUnreachable,
        detail: "refused".to_owned(),
    }
}

fn away() -> DeviceStatus {
    DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Connection)
}

fn no_paper() -> DeviceStatus {
    DeviceStatus::stopped("media-empty", StatusSource::EscPos)
}

fn completed() -> Outcome {
    Outcome::Completed {
        evidence: Evidence::Transport,
        octets_sent: 3,
    }
}

fn out_of_paper() -> Report {
    Report::Device(no_paper())
}

fn pauser(who: u8) -> Pause {
    match who {
        0 => Pause::Operator,
        1 => Pause::Machine,
        2 => Pause::Site("https://a.example".into()),
        _ => Pause::Site("https://b.example".into()),
    }
}
