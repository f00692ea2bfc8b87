//! Compares generated documents with what is committed.

use std::path::Path;

/// Fails when the file (relative to the workspace) is not `expected`. With
/// `PLATEN_UPDATE=1` it writes the file instead.
pub(crate) fn check(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("PLATEN_UPDATE").is_some() {
        std::fs::write(&path, expected).expect("the folder exists");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == expected,
        "{} is stale; renew it with PLATEN_UPDATE=1 cargo test -p platen-bridge",
        path.display()
    );
}
