//! Schedule and expiry.

use super::*;

#[test]
fn a_scheduled_job_starts_at_its_time_and_an_expired_one_never() {
    let mut world = World::new();
    let now = world.now;
    world.submit_timed(3, Repeat::Never, Some(now + 5_000), None);
    world.submit_timed(3, Repeat::Never, Some(now + 50_000), Some(now + 10_000));
    world.settle_all();
    assert_eq!(world.queue.wake_at(), Some(world.now + 5_000));
    assert!(world.delivered.is_empty());
    world.advance(5_000);
    world.settle_all();
    assert_eq!(world.delivered, [JobId::from_random(1)]);
    world.advance(5_000);
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(2)], JobState::Aborted);
}

#[test]
fn a_job_that_expires_because_the_clock_was_set_names_the_clock_and_no_other_does() {
    const HOUR_MS: u64 = 3_600_000;
    let mut world = World::new();
    // (set by hours, then hours pass, whether the clock is named)
    for (set_by, passes, named) in [(2, 0, true), (0, 2, false), (2, 0, true), (-2, 2, false)] {
        world.step(Input::Pause {
            pause: Pause::Operator,
            ticket: Ticket(1_000 + u64::try_from(world.expired.len()).unwrap()),
        });
        world.submit_timed(3, Repeat::Never, None, Some(world.now + HOUR_MS));
        world.settle_all();
        let by_ms = set_by * HOUR_MS.cast_signed();
        world.now = world.now.saturating_add_signed(by_ms);
        if by_ms != 0 {
            world.step(Input::ClockSet { by_ms });
        }
        world.advance(passes * HOUR_MS);
        world.advance(if set_by < 0 { 2 * HOUR_MS } else { 0 });
        world.settle_all();
        let detail = world.expired.last().expect("it expired");
        assert_eq!(detail.is_some(), named, "{set_by} {passes}: {detail:?}");
    }
    assert_eq!(world.expired.len(), 4);
    assert!(
        world.expired[0]
            .as_ref()
            .unwrap()
            .contains("clock was set forward")
    );
}

#[test]
fn a_job_that_waits_for_a_stopped_printer_expires_there() {
    let mut world = World::new();
    let end = world.now + 20_000;
    world.submit_timed(3, Repeat::Never, None, Some(end));
    world.settle_all();
    world.end_delivery(unready());
    world.settle_all();
    for _ in 0..20 {
        world.look(away());
        world.advance(1_000);
    }
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Aborted);
    assert_eq!(world.delivered.len(), 1);
}

#[test]
fn a_delivery_on_a_stopped_printer_expires_before_its_first_octet_and_never_after_it() {
    for begun in [false, true] {
        let mut world = World::new();
        let end = world.now + 20_000;
        world.submit_timed(3, Repeat::Never, None, Some(end));
        world.settle_all();
        if begun {
            world.step(Input::Report(Report::Progress { octets_sent: 1 }));
        }
        world.step(Input::Report(out_of_paper()));
        world.settle_all();
        world.advance(20_000);
        let octets_sent = u64::from(begun);
        assert_eq!(world.called_off, !begun);
        if world.called_off {
            world.end_delivery(Outcome::Canceled { octets_sent });
        } else {
            world.end_delivery(completed());
        }
        world.settle_all();
        let expected = if begun {
            JobState::Completed
        } else {
            JobState::Aborted
        };
        assert_eq!(world.states[&JobId::from_random(1)], expected);
    }
}

#[test]
fn a_first_octet_that_left_just_before_the_call_off_leaves_doubt_and_no_expiry() {
    let mut world = World::new();
    let end = world.now + 20_000;
    world.submit_timed(3, Repeat::Never, None, Some(end));
    world.settle_all();
    world.step(Input::Report(out_of_paper()));
    world.advance(20_000);
    world.end_delivery(Outcome::Canceled { octets_sent: 1 });
    world.settle_all();
    assert_eq!(world.states[&JobId::from_random(1)], JobState::Interrupted);
}
