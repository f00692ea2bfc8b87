//! What happens when a change cannot be stored, or the queue is full.

use super::*;

#[test]
fn a_lease_that_could_not_be_stored_takes_nothing_else_with_it() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.step(Input::Report(out_of_paper()));
    // While that is written: the printer goes on, fails, and is tried again.
    let ready = DeviceStatus::ready(StatusSource::EscPos);
    world.step(Input::Report(Report::Device(ready)));
    world.end_delivery(Outcome::NotStarted {
        code: ErrorCode::DeviceUnreachable,
        detail: String::new(),
    });
    world.advance(30_000);
    world.settle(true);
    world.settle(false);
    world.run_out();
    assert_eq!(
        world.states[&JobId::from_random(1)],
        JobState::Completed,
        "the history has no gap (asserted in the world) and the job ends"
    );
}

#[test]
fn a_full_queue_is_an_answer() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(0),
    });
    for _ in 0..LIMITS.jobs_max {
        world.submit(3, Repeat::Never);
    }
    world.settle_all();
    world.submit(3, Repeat::Never);
    let last = Ticket(world.next);
    assert!(matches!(
        world.replies.get(&last),
        Some(Reply::Refused {
            code: ErrorCode::QueueFull,
            ..
        })
    ));
}

#[test]
fn a_job_that_could_not_be_stored_is_refused_and_leaves_no_trace() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle(false);
    assert!(matches!(
        world.replies.get(&Ticket(1)),
        Some(Reply::Refused {
            code: ErrorCode::StorageFull,
            ..
        })
    ));
    assert_eq!(world.queue.open_jobs(None), 0);
    world.submit(3, Repeat::Never);
    world.run_out();
    assert_eq!(world.delivered, [JobId::from_random(2)]);
}

#[test]
fn a_completion_that_could_not_be_stored_is_stored_later_and_nothing_starts_before() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.end_delivery(completed());
    world.settle(false);
    assert_eq!(
        world.delivered.len(),
        1,
        "the second waits for the first one's history"
    );
    world.advance(1_000);
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Completed);
    assert_eq!(world.delivered.len(), 2);
}
