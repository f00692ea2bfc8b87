//! What devices say of themselves.

/// The reader alone: the agent around it has nothing to do with it, and would
/// have to be built for libFuzzer.
#[path = "../../bridge/src/hid/descriptor.rs"]
mod descriptor;

use descriptor::{OCTETS_MAX, ReportDescriptor};

/// Reads a report descriptor: what stands beyond its bound counts for nothing,
/// and what is read of its beginning is read of the whole.
pub(crate) fn read_report_descriptor(input: &[u8]) {
    let read = ReportDescriptor::parse(input);
    let within = &input[..input.len().min(OCTETS_MAX)];
    assert_eq!(read, ReportDescriptor::parse(within), "the bound holds");
    let protected = read.collections.iter().filter(|usage| usage.is_protected());
    assert!(protected.count() <= read.collections.len(), "each is one");
    for cut in [within.len() / 2, within.len().saturating_sub(1)] {
        let first = ReportDescriptor::parse(&within[..cut]);
        assert!(
            read.collections.starts_with(&first.collections),
            "what follows changes nothing that stands before it"
        );
        assert!(read.is_numbered || !first.is_numbered, "nor this");
    }
}
