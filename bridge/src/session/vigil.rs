//! What has to be noticed although nobody says it: a grant that ends, a client
//! that does not read, one that is gone without a word.
//!
//! Every open session keeps one, whatever dialect it speaks.

use std::future::pending;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::Context;
use super::goodbye::Goodbye;
use super::wire::Wire;
use crate::authorize::{Caller, OpenSession};
use crate::grant::Grants;
use crate::limits::Limits;

/// Pings and pongs of a client between two looks; browsers send a handful in
/// an hour.
const CONTROL_FRAMES_MAX: u32 = 256;

/// Why a session looks around.
#[derive(Debug)]
pub(super) enum Due {
    /// Somebody changed a grant.
    Grants,
    /// Time has passed.
    Time,
}

/// Watches over one session.
#[derive(Debug)]
pub(super) struct Vigil {
    grants: Grants,
    ticks: Interval,
    last_heard: Instant,
    control_frames: u32,
}

impl Vigil {
    /// Begins now, as if something had just been heard.
    pub(super) fn new<D>(context: &Context<D>) -> Self {
        Self {
            grants: context.authorizer.grants(),
            ticks: ticks(&context.limits),
            last_heard: Instant::now(),
            control_frames: 0,
        }
    }

    /// The client said something.
    pub(super) fn heard(&mut self) {
        self.last_heard = Instant::now();
    }

    /// It was a ping or a pong.
    ///
    /// # Errors
    /// More of them than anyone needs.
    pub(super) fn heard_control_frame(&mut self) -> Result<(), Goodbye> {
        self.control_frames += 1;
        if self.control_frames > CONTROL_FRAMES_MAX {
            return Err(Goodbye::Flood);
        }
        Ok(())
    }

    /// Waits until it is time for [`Self::look_around`]; a changed grant goes
    /// first. Cancel safe.
    pub(super) async fn due(&mut self) -> Due {
        tokio::select! {
            biased;
            () = changed(&mut self.grants) => Due::Grants,
            _ = self.ticks.tick() => Due::Time,
        }
    }

    /// Looks at what is due, and gives the session its grant as it is now.
    ///
    /// # Errors
    /// Why the session ends.
    pub(super) fn look_around<S, D>(
        &mut self,
        due: &Due,
        wire: &mut Wire<S>,
        context: &Context<D>,
        caller: &Caller,
        session: &mut OpenSession,
    ) -> Result<(), Goodbye>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match due {
            Due::Grants => {}
            Due::Time => {
                self.control_frames = 0;
                self.look_at_client(wire, &context.limits)?;
                // Grants and certificates also end by the clock, and by
                // revocation.
                if context.authorizer.ends_in_ms(session) == 0 {
                    return Err(Goodbye::GrantEnded);
                }
            }
        }
        *session = context
            .authorizer
            .renewed(caller, session)
            .ok_or(Goodbye::GrantEnded)?;
        Ok(())
    }

    fn look_at_client<S>(&self, wire: &mut Wire<S>, limits: &Limits) -> Result<(), Goodbye>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let now = Instant::now();
        let ms = Duration::from_millis;
        let is_stuck = |since: Instant| now - since >= ms(limits.outbox_full_ms_max);
        if wire.outbox.full_since().is_some_and(is_stuck) {
            return Err(Goodbye::SlowConsumer);
        }
        let silence = now - self.last_heard;
        if silence >= ms(limits.silence_ms_max) {
            return Err(Goodbye::Silent);
        }
        if silence >= ms(limits.ping_interval_ms) {
            wire.outbox.push_ping();
        }
        Ok(())
    }
}

async fn changed(grants: &mut Grants) {
    if grants.changed().await.is_err() {
        // Nobody can change a grant any more.
        pending::<()>().await;
    }
}

/// Often enough for the shortest of the waits that are watched over.
fn ticks(limits: &Limits) -> Interval {
    let shortest = limits
        .outbox_full_ms_max
        .min(limits.ping_interval_ms)
        .min(limits.silence_ms_max);
    let period = Duration::from_millis((shortest / 4).clamp(10, 5_000));
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
