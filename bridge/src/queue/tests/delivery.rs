//! How a job is leased, tried again, and left in doubt.

use super::*;

#[test]
fn an_idle_printer_leases_a_job_in_the_transaction_that_accepts_it() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    assert_eq!(world.commits.len(), 1);
    assert_eq!(world.commits[0].1.len(), 2, "acceptance and lease");
    world.settle(true);
    assert!(world.delivering.is_some());
}

#[test]
fn a_job_that_nobody_knows_about_is_never_sent_again_by_itself() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.restart();
    world.run_out();
    assert_eq!(world.delivered.len(), 1);
    assert_eq!(
        world.states.values().copied().collect::<Vec<_>>(),
        [JobState::Interrupted]
    );
}

#[test]
fn a_job_that_may_repeat_is_sent_again_after_a_restart() {
    let mut world = World::new();
    world.submit(3, Repeat::Safe);
    world.settle_all();
    world.restart();
    world.run_out();
    assert_eq!(world.delivered.len(), 2);
    assert_eq!(
        world.states.values().copied().collect::<Vec<_>>(),
        [JobState::Completed]
    );
}

#[test]
fn a_delivery_that_fails_is_tried_three_times_and_later_jobs_keep_their_place() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.submit(3, Repeat::Never);
    for attempt in 1..=3 {
        world.settle_all();
        assert_eq!(world.delivered.len(), attempt);
        assert_eq!(world.delivered[attempt - 1], JobId::from_random(1));
        world.end_delivery(Outcome::NotStarted {
            code: ErrorCode::SpoolerFailed,
            detail: "a driver crashed".to_owned(),
        });
        world.settle_all();
        world.advance(30_000);
    }
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Aborted);
    assert_eq!(world.delivered[3], JobId::from_random(2));
}
