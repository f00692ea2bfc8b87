//! Writes `docs/metrics.md` from what the agent tells a reader, and checks
//! what is committed against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::tests::lived;

const HEAD: &str = "\
# Metrics

Generated from what the agent tells a reader; a test fails when this file is stale.
To renew: `PLATEN_UPDATE=1 cargo test -p platen-bridge`.

The administration socket has them at `/metrics`, as OpenMetrics text for Prometheus; over TCP they are off until `[metrics]` of the [configuration](configuration.md) says where, and need a token there. `platen support-bundle` contains them.

Labels are words of the protocol (states, evidence, error codes, known reasons) and ids of this machine's printers. Nothing a page sends becomes a label.

| metric | kind | labels | what it says |
| --- | --- | --- | --- |
";

/// Labels of a sample line, without those that belong to the kind.
fn labels(line: &str) -> BTreeSet<&str> {
    let inside = line
        .split_once('{')
        .and_then(|(_, rest)| rest.rsplit_once('}'));
    let pairs = inside.map_or("", |(inside, _)| inside).split(',');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(label, _)| label)
        .filter(|label| *label != "le")
        .collect()
}

#[test]
fn the_committed_metrics_reference_is_fresh() {
    let text = lived().encode();
    let mut rows: BTreeMap<&str, (&str, &str, BTreeSet<&str>)> = BTreeMap::new();
    let mut name = "";
    for line in text.lines() {
        if let Some((metric, help)) = line
            .strip_prefix("# HELP ")
            .and_then(|rest| rest.split_once(' '))
        {
            name = metric;
            rows.entry(name).or_default().1 = help.trim_end_matches('.');
        } else if let Some((metric, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|rest| rest.split_once(' '))
        {
            rows.entry(metric).or_default().0 = kind;
        } else if !line.starts_with('#') {
            rows.entry(name).or_default().2.extend(labels(line));
        }
    }
    // Refusals have no sample before the first.
    rows.entry("platen_refusals").or_default().2.insert("code");
    let mut out = HEAD.to_owned();
    for (name, (kind, help, labels)) in rows {
        let suffix = if kind == "counter" { "_total" } else { "" };
        let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
        writeln!(
            out,
            "| `{name}{suffix}` | {kind} | {} | {help} |",
            labels.join(", ")
        )
        .unwrap();
    }
    crate::fresh::check("docs/metrics.md", &out);
}
