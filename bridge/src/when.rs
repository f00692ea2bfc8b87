//! Times for people.

use std::time::{SystemTime, UNIX_EPOCH};

use platen_protocol::TimestampMs;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time now.
pub(crate) fn now() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs::try_from(since.as_millis()).unwrap_or(TimestampMs::MAX)
}

/// A time in full, UTC: `2026-11-21T23:42:07.123Z`.
pub(crate) fn exact(at: TimestampMs) -> String {
    let seconds = i64::try_from(at / 1_000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .map(|time| format!("{}.{:03}Z", time.trim_end_matches('Z'), at % 1_000))
        .unwrap_or_else(|| format!("{at} ms"))
}

/// A day, UTC: `2026-11-21`.
pub(crate) fn day(at: TimestampMs) -> String {
    exact(at).chars().take(10).collect()
}

/// How long ago, or until: `12 s ago`, `in 3 days`.
pub(crate) fn relative(at: TimestampMs, now: TimestampMs) -> String {
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

/// A stretch of time: `3 ms`, `4.8 s`, `12 min`.
pub(crate) fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000.. => format!("{} h", ms / 3_600_000),
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
        for (ms, expected) in [
            (999, "999 ms"),
            (4_897, "4.8 s"),
            (119_999, "119.9 s"),
            (600_000, "10 min"),
            (7_200_000, "2 h"),
        ] {
            assert_eq!(span(ms), expected);
        }
    }
}
