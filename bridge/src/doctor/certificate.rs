//! The certificates of the `wss` ports against the clock.

use platen_protocol::TimestampMs;

use super::Check;
use crate::admin::protocol::Certificate;
use crate::when;

const NAME: &str = "certificate";
const DAY_MS: u64 = 86_400_000;
/// The last leaf is this close to its end: nothing follows it by itself.
const END_DAYS: u64 = 60;

pub(super) fn examine(certificate: &Certificate, now: TimestampMs) -> Check {
    let begin = certificate.leaves.iter().map(|leaf| leaf.not_before).min();
    let begin = begin.unwrap_or(0);
    let end = certificate.not_after;
    let holds = |now| {
        let mut leaves = certificate.leaves.iter();
        leaves.any(|leaf| (leaf.not_before..leaf.not_after).contains(&now))
    };
    if now < begin {
        return Check::fail(
            "clock",
            format!(
                "it says {}, and the certificate of this machine holds from {}: no browser takes it before",
                when::day(now),
                when::day(begin)
            ),
            "set the clock; nothing has to be made anew",
        );
    }
    if !holds(now) {
        return Check::fail(
            NAME,
            format!(
                "the clock says {}, and the last one ended on {}",
                when::day(now),
                when::day(end)
            ),
            "see that the clock is right; if it is, restart the agent, which makes a new one, and run `platen doctor` again",
        );
    }
    match certificate.next_switch {
        None if end <= now.saturating_add(END_DAYS * DAY_MS) => Check::warn(
            NAME,
            format!(
                "the last one ends on {} ({}), and none follows it",
                when::day(end),
                when::relative(end, now)
            ),
            "at a quiet hour, `platen cert renew`; then have browsers trust the new authority: `platen install`, or as `platen doctor` says",
        ),
        None => Check::ok(NAME, format!("good until {}", when::day(end))),
        Some(next) => Check::ok(
            NAME,
            format!(
                "the next one takes over by itself on {}; the authority is good until {}",
                when::day(next),
                when::day(end)
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::CheckResult;
    use super::*;
    use crate::admin::protocol::ServerLeaf;

    fn certificate(leaves: &[(u64, u64)], next_switch: Option<u64>) -> Certificate {
        let leaves = leaves.iter().map(|(begin, end)| ServerLeaf {
            not_before: begin * DAY_MS,
            not_after: end * DAY_MS,
            serving: false,
        });
        let leaves: Vec<_> = leaves.collect();
        Certificate {
            ca_file: "/ca.pem".into(),
            ca_fingerprint: String::new(),
            not_after: leaves.last().unwrap().not_after,
            leaves,
            next_switch: next_switch.map(|day| day * DAY_MS),
        }
    }

    #[test]
    fn an_end_without_a_next_leaf_and_a_wrong_clock_are_told_with_what_to_do() {
        let both = [(20_000, 20_820), (20_770, 21_590)];
        for (leaves, next, day, name, result, part) in [
            (
                &both[..],
                Some(20_799),
                20_100,
                "certificate",
                CheckResult::Ok,
                "by itself",
            ),
            (
                &both[1..],
                None,
                21_000,
                "certificate",
                CheckResult::Ok,
                "good until",
            ),
            (
                &both[1..],
                None,
                21_540,
                "certificate",
                CheckResult::Warn,
                "none follows",
            ),
            (
                &both[..],
                None,
                21_600,
                "certificate",
                CheckResult::Fail,
                "ended",
            ),
            (
                &both[..],
                None,
                10,
                "clock",
                CheckResult::Fail,
                "1970-01-11",
            ),
        ] {
            let check = examine(&certificate(leaves, next), day * DAY_MS);
            assert_eq!(
                (check.name.as_str(), check.result),
                (name, result),
                "{check:?}"
            );
            assert!(check.what.contains(part), "{check:?}");
        }
    }
}
