//! What people decide: cancel, hold, pause.

use super::*;

#[test]
fn canceling_a_job_under_way_asks_the_device_and_tells_the_truth() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.settle_all();
    let job_id = JobId::from_random(1);
    world.step(Input::Command {
        job_id: job_id.clone(),
        command: JobCommand::Cancel(By::Origin),
        ticket: Ticket(77),
    });
    assert!(
        !world.replies.contains_key(&Ticket(77)),
        "nothing is known yet"
    );
    // It was too late: the paper is out, and that is what the history says.
    world.end_delivery(completed());
    world.settle_all();
    assert_eq!(world.states[&job_id], JobState::Completed);
    assert_eq!(world.replies[&Ticket(77)], Reply::Done);
}

#[test]
fn what_an_operator_holds_a_page_does_not_release_also_after_a_restart() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(900),
    });
    world.submit_timed(3, Repeat::Never, Some(world.now + 60_000), None);
    world.settle_all();
    let job_id = JobId::from_random(1);
    let mut ticket = 1_000;
    let mut ask = |world: &mut World, command| {
        ticket += 1;
        world.step(Input::Command {
            job_id: job_id.clone(),
            command,
            ticket: Ticket(ticket),
        });
        world.settle_all();
        world.replies[&Ticket(ticket)] == Reply::Done
    };
    assert!(ask(&mut world, JobCommand::Hold(By::Operator)));
    for restart in [false, true] {
        if restart {
            world.restart();
            world.settle_all();
        }
        assert!(!ask(&mut world, JobCommand::Release(By::Origin)));
        assert!(!ask(&mut world, JobCommand::Hold(By::Origin)));
    }
    assert!(ask(&mut world, JobCommand::Release(By::Operator)));
    assert_eq!(world.reasons[&job_id], [JobStateReason::JobScheduled]);
    world.advance(60_000);
    world.settle_all();
    assert_ne!(world.states[&job_id], JobState::PendingHeld);
}

#[test]
fn a_printer_runs_when_nobody_has_it_paused_any_more_also_after_a_restart() {
    use StatusSource::{Machine, Operator, Site};
    let mut world = World::new();
    for (n, pause) in (0..3).map(pauser).enumerate() {
        let ticket = Ticket(900 + n as u64);
        world.step(Input::Pause { pause, ticket });
    }
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.restart();
    world.settle_all();
    let mut lift = |who: u8| {
        let ticket = Ticket(910 + u64::from(who));
        let who = pauser(who);
        world.step(Input::Resume { who, ticket });
        world.settle_all();
        let status = world.queue.status();
        let sources: Vec<_> = status.iter().map(|detail| detail.source).collect();
        (world.delivered.len(), sources)
    };
    assert_eq!(lift(3), (0, vec![Operator, Site, Machine]));
    assert_eq!(lift(0), (0, vec![Machine]));
    assert_eq!(lift(1), (1, vec![]));
}
