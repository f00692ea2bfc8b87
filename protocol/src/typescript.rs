//! Writes the TypeScript types from the Rust types, and checks what is
//! committed against them.

use std::fmt::Write as _;
use std::path::Path;
use ts_rs::{Config, TS};

/// Compares a committed file (relative to this crate) with what it should be.
/// With `PLATEN_UPDATE=1` it writes the file instead.
pub(crate) fn check_committed(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PLATEN_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == expected,
        "{} is stale; renew it with PLATEN_UPDATE=1 cargo test -p platen-protocol",
        path.display()
    );
}

fn declare<T: TS + 'static>(config: &Config, out: &mut String) {
    if let Some(docs) = T::docs() {
        out.push_str(&docs);
    }
    let declaration = T::decl(config);
    // Wire values are read, never written to.
    writeln!(out, "export {declaration}\n").unwrap();
}

#[test]
fn the_committed_typescript_types_are_fresh() {
    use crate::*;
    let config = Config::new().with_large_int("number");
    let mut out = String::from(
        "// Generated from the Rust types in protocol/src; do not edit.\n// Renew with: PLATEN_UPDATE=1 cargo test -p platen-protocol\n\n",
    );
    macro_rules! declare_all {
        ($($name:ty),* $(,)?) => { $(declare::<$name>(&config, &mut out);)* };
    }
    declare_all!(
        Digest,
        JobId,
        PrinterId,
        AgentId,
        Origin,
        Cursor,
        PrinterStateReason,
        ErrorCode,
        error::Retry,
        WireError,
        error::WireErrorData,
        Capability,
        Signing,
        Topic,
        Event,
        JobState,
        JobStateReason,
        Evidence,
        job::Repeat,
        job::DocumentInfo,
        Job,
        PrinterState,
        StatusSource,
        StatusDetail,
        Printer,
        Method,
        Statement,
        Signed,
        proof::ProofText,
        message::Notification,
        accessory::DrawerOpen,
        accessory::BuzzerSound,
        accessory::DisplayShow,
        device::DeviceClass,
        device::DeviceName,
        device::DevicesList,
        device::Devices,
        device::Device,
        device::DevicesOpen,
        device::SerialSettings,
        device::SerialFraming,
        device::UsbSettings,
        device::ScaleSettings,
        device::DevicesSend,
        device::DevicesReceive,
        device::DeviceData,
        device::DevicesClose,
        device::DeviceEvent,
        method::NoParams,
        method::AgentProve,
        method::SessionOpen,
        method::PrinterParams,
        method::JobParams,
        method::JobsSubmit,
        preview::JobsPreview,
        preview::PreviewForm,
        method::JobsList,
        method::EventsSubscribe,
        method::AgentProof,
        method::SessionOpened,
        method::SessionLimits,
        method::Printers,
        method::Submitted,
        preview::Preview,
        method::Jobs,
        method::Subscribed,
    );
    let list = |out: &mut String, doc: &str, name: &str, items: Vec<&str>| {
        writeln!(out, "/** {doc} */\nexport const {name} = [").unwrap();
        for item in items {
            writeln!(out, "  \"{item}\",").unwrap();
        }
        out.push_str("] as const;\n\n");
    };
    list(
        &mut out,
        "Every error code of the protocol.",
        "ERROR_CODES",
        ErrorCode::ALL.iter().map(|code| code.as_str()).collect(),
    );
    list(
        &mut out,
        "Every method of the protocol.",
        "METHODS",
        Method::ALL.iter().map(|method| method.as_str()).collect(),
    );
    list(
        &mut out,
        "Methods of a session that change nothing; the others are signed under the signing rule `request`.",
        "READING_METHODS",
        Method::ALL
            .iter()
            .filter(|method| !method.changes() && !method.opens_session())
            .map(|method| method.as_str())
            .collect(),
    );
    check_committed("../js-sdk/src/generated/protocol.ts", &out);
}
