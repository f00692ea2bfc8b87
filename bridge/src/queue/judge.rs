//! What the end of a delivery means for the job, and for when to try again. Nothing here turns "don't know" into success.

use platen_protocol::job::Repeat;
use platen_protocol::{ErrorCode, TimestampMs};

use super::CallOff;
use crate::backend::Outcome;
use crate::job::JobEvent;

/// First wait before another attempt; doubles with each.
const RETRY_WAIT_MS: u64 = 1_000;
/// The longest wait before another attempt.
const RETRY_WAIT_MS_MAX: u64 = 30_000;

/// What the end of a delivery means for the job. Nothing here turns "don't
/// know" into success.
pub(super) fn judge(
    outcome: Outcome,
    call_off: Option<CallOff>,
    octets_sent: u64,
    repeat: Repeat,
    tries_left: bool,
) -> (JobEvent, Option<String>, u64) {
    let canceled = match call_off {
        Some(CallOff::Canceled(by)) => Some(JobEvent::Canceled { by }),
        Some(CallOff::Expired) | None => None,
    };
    // Only what printed nothing can end as expired.
    let expired = (call_off == Some(CallOff::Expired)).then_some(JobEvent::Expired);
    match outcome {
        Outcome::Completed {
            evidence,
            octets_sent,
        } => (JobEvent::Completed { evidence }, None, octets_sent),
        Outcome::Unready { code, detail, .. } => {
            let event = canceled
                .or(expired)
                .unwrap_or(JobEvent::PrinterNotReady { code });
            (event, Some(detail), 0)
        }
        Outcome::NotStarted { code, detail } => {
            let event = canceled.or(expired).unwrap_or(if tries_left {
                JobEvent::NotStarted { code }
            } else {
                JobEvent::GivenUp { code }
            });
            (event, Some(detail), 0)
        }
        Outcome::Interrupted {
            octets_sent,
            code,
            detail,
        } => {
            let event = canceled.unwrap_or(if repeat == Repeat::Safe && tries_left {
                JobEvent::RepeatedSafely { code }
            } else {
                JobEvent::ContactLost { code }
            });
            (event, Some(detail), octets_sent)
        }
        Outcome::Aborted { code, detail } => {
            (JobEvent::Rejected { code }, Some(detail), octets_sent)
        }
        Outcome::Canceled { octets_sent } => {
            let code = match call_off {
                Some(CallOff::Expired) => ErrorCode::JobExpired,
                Some(CallOff::Canceled(_)) | None => ErrorCode::ShuttingDown,
            };
            let event = canceled.unwrap_or(if octets_sent == 0 {
                expired.unwrap_or(JobEvent::NotStarted { code })
            } else {
                JobEvent::ContactLost { code }
            });
            (event, None, octets_sent)
        }
    }
}

/// The wait before attempt `tries + 1`: doubling, capped, and between half of
/// that and all of it, the same for the same job and attempt. Never near zero:
/// a printer that is being switched on needs its seconds.
pub(super) fn retry_wait_ms(sequence: u64, tries: u32) -> u64 {
    let cap = RETRY_WAIT_MS
        .saturating_mul(1 << tries.saturating_sub(1).min(16))
        .min(RETRY_WAIT_MS_MAX);
    let mixed = sequence
        .wrapping_add(u64::from(tries) << 32)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(31)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    cap / 2 + mixed % (cap / 2)
}

/// Whether a wait before another attempt goes on. One longer than the longest
/// was begun before the clock was set back.
pub(super) fn waits_until(at: TimestampMs, now: TimestampMs) -> bool {
    at > now && at - now <= RETRY_WAIT_MS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_at_least_half_of_its_cap_and_never_more_than_it() {
        for (tries, cap) in [
            (1, 1_000),
            (2, 2_000),
            (3, 4_000),
            (6, 30_000),
            (40, 30_000),
        ] {
            for sequence in 0..1_000 {
                let wait = retry_wait_ms(sequence, tries);
                assert!((cap / 2..cap).contains(&wait), "{wait} of {cap}");
            }
        }
    }
}
