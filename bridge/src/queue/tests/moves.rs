//! Jobs that move to the backup printer.

use super::*;

#[test]
fn jobs_of_a_printer_that_stays_away_move_to_its_backup_and_stand_in_their_order_there() {
    let mut world = World::new();
    for priority in [5, 3, 3] {
        world.submit(priority, Repeat::Never);
    }
    world.settle_all();
    world.end_delivery(unready());
    world.settle_all();
    for _ in 0..59 {
        world.look(away());
        world.advance(1_000);
    }
    assert!(world.offered.is_empty(), "it is waited for first");
    world.look(away());
    world.advance(1_000);
    assert_eq!(world.offered.len(), 3);
    for job_id in std::mem::take(&mut world.offered) {
        world.step(Input::Taken { job_id });
    }
    assert!(
        world.handed_over.is_empty(),
        "their rows are not durable yet"
    );
    world.settle_all();
    assert_eq!(world.queue.open_jobs(None), 0);
    // On the other printer, which has work already.
    let mut other = World::new();
    other.next = 10;
    other.submit(4, Repeat::Never);
    other.submit(4, Repeat::Never);
    other.settle_all();
    other.states.extend(world.states.clone());
    for (job_id, moving) in std::mem::take(&mut world.handed_over) {
        other.step(Input::Adopt { job_id, moving });
    }
    other.run_out();
    let order: Vec<JobId> = [11, 2, 3, 12, 1]
        .into_iter()
        .map(JobId::from_random)
        .collect();
    assert_eq!(other.delivered, order);
}

#[test]
fn a_pause_moves_no_job_unless_the_configuration_says_so() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(900),
    });
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.look(away());
    world.advance(600_000);
    assert!(world.offered.is_empty());
}

#[test]
fn after_a_crash_in_the_middle_of_a_move_the_job_is_on_exactly_one_printer() {
    for durable in [false, true] {
        let mut world = World::new();
        world.submit(3, Repeat::Never);
        world.settle_all();
        world.end_delivery(unready());
        world.settle_all();
        for _ in 0..70 {
            world.look(away());
            world.advance(1_000);
        }
        world.settle_all();
        let job_id = world.offered.pop().expect("it was offered");
        world.step(Input::Taken {
            job_id: job_id.clone(),
        });
        if durable {
            world.settle_all();
        }
        world.restart();
        let here = usize::from(world.queue.entries.contains_key(&job_id));
        let there = usize::from(world.moved.contains(&job_id));
        assert_eq!((here, there), if durable { (0, 1) } else { (1, 0) });
    }
}
