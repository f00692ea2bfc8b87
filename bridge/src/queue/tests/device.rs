//! Printers that stop, go away and come back, and what is told of it.

use super::*;

#[test]
fn a_printer_that_is_away_over_a_weekend_costs_no_attempt_and_few_rows_and_then_prints_in_order() {
    let mut world = World::new();
    world.submit(3, Repeat::Never);
    world.submit(3, Repeat::Never);
    world.settle_all();
    world.end_delivery(unready());
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Pending);
    assert_eq!(world.queue.pace(), Some(Pace::Waiting));
    let (state, reasons) = world.queue.state();
    assert_eq!(
        (state, reasons[0].as_str()),
        (PrinterState::Stopped, "offline")
    );
    let rows = world.rows;
    for _ in 0..60 * 60 * 2 {
        world.look(away());
        world.advance(30_000 - 1);
        world.settle_all();
    }
    assert_eq!(world.rows, rows, "nothing changed, nothing was written");
    assert_eq!(world.delivered.len(), 1);
    assert!(world.queue.status()[0].since < world.queue.status()[0].seen_at);
    world.look(DeviceStatus::ready(StatusSource::EscPos));
    world.run_out();
    let order: Vec<JobId> = [1, 1, 2].into_iter().map(JobId::from_random).collect();
    assert_eq!(world.delivered, order);
    assert!(
        world
            .states
            .values()
            .all(|state| *state == JobState::Completed)
    );
}

#[test]
fn nothing_starts_on_a_printer_that_an_idle_look_found_stopped() {
    let mut world = World::new();
    world.look(no_paper());
    world.settle_all();
    world.submit(3, Repeat::Never);
    world.settle_all();
    assert!(world.delivered.is_empty());
    assert_eq!(world.queue.pace(), Some(Pace::Waiting));
    world.look(DeviceStatus::ready(StatusSource::EscPos));
    world.settle_all();
    assert_eq!(world.delivered.len(), 1);
}

#[test]
fn a_stop_and_a_recovery_are_told_once_each_and_a_paused_printer_tells_of_its_paper() {
    let mut world = World::new();
    world.step(Input::Pause {
        pause: Pause::Operator,
        ticket: Ticket(0),
    });
    world.settle_all();
    let rows = world.rows;
    for _ in 0..100 {
        world.look(no_paper());
        world.settle_all();
    }
    assert_eq!(world.rows, rows + 1);
    let reasons: Vec<_> = world.queue.state().1;
    assert_eq!(
        reasons
            .iter()
            .map(PrinterStateReason::as_str)
            .collect::<Vec<_>>(),
        ["media-empty", "paused"]
    );
    for _ in 0..100 {
        world.look(DeviceStatus::ready(StatusSource::EscPos));
        world.settle_all();
    }
    assert_eq!(world.rows, rows + 2);
}

#[test]
fn a_warning_that_comes_and_goes_is_told_now_and_then() {
    let mut world = World::new();
    let low = DeviceStatus {
        reasons: vec!["media-low-warning".parse().unwrap()],
        ..DeviceStatus::ready(StatusSource::Ipp)
    };
    for _ in 0..300 {
        world.look(low.clone());
        world.advance(100);
        world.look(DeviceStatus::ready(StatusSource::Ipp));
        world.advance(100);
        world.settle_all();
    }
    assert!(
        (4..=8).contains(&world.rows),
        "{} rows in a minute",
        world.rows
    );
    world.look(low);
    world.advance(10_000);
    world.settle_all();
    assert_eq!(world.queue.told.again_at(), None);
}
