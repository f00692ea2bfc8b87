//! Times for people.

use std::time::{SystemTime, UNIX_EPOCH};

use platen_protocol::TimestampMs;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time now.
pub(super) fn now() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs::try_from(since.as_millis()).unwrap_or(TimestampMs::MAX)
}

/// A time in full, UTC: `2026-11-21T23:42:07.123Z`.
pub(super) fn exact(at: TimestampMs) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{at} ms"))
}

/// A day, UTC: `2026-11-21`.
pub(super) fn day(at: TimestampMs) -> String {
    exact(at).chars().take(10).collect()
}

/// How long ago, or until: `12 s ago`, `in 3 days`.
pub(super) fn relative(at: TimestampMs, now: TimestampMs) -> String {
    let distance = at.abs_diff(now) / 1000;
    let (count, unit) = match distance {
        0..120 => (distance, "s"),
        120..7200 => (distance / 60, "min"),
        7200..172_800 => (distance / 3600, "h"),
        _ => (distance / 86_400, "days"),
    };
    if at <= now {
        format!("{count} {unit} ago")
    } else {
        format!("in {count} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_full_or_as_a_distance() {
        const NOW: TimestampMs = 1_700_000_000_123;
        assert_eq!(exact(NOW), "2023-11-14T22:13:20.123Z");
        assert_eq!(day(NOW), "2023-11-14");
        for (at, expected) in [
            (NOW, "0 s ago"),
            (NOW - 12_000, "12 s ago"),
            (NOW - 600_000, "10 min ago"),
            (NOW - 8 * 3_600_000, "8 h ago"),
            (NOW + 3 * 86_400_000, "in 3 days"),
        ] {
            assert_eq!(relative(at, NOW), expected);
        }
    }
}
