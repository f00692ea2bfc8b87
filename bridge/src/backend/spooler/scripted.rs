//! A helper for tests: a few lines of shell in place of `platen-spooler`.

use super::*;

/// A helper that is these lines of shell.
pub(crate) struct Scripted {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) spooler: Spooler,
}

pub(crate) fn scripted(script: &str, call_wait_ms: u64) -> Scripted {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("platen-spooler");
    let source = folder.path().join("source");
    std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).unwrap();
    // By another process: what this one still has open for writing, it cannot run.
    let installed = std::process::Command::new("install")
        .args(["-m", "755"])
        .args([&source, &program])
        .status();
    assert!(installed.unwrap().success());
    let documents = folder.path().join("documents");
    std::fs::create_dir(&documents).unwrap();
    std::fs::write(documents.join("123-0"), "left by a crash").unwrap();
    std::fs::write(documents.join("notes.txt"), "mine").unwrap();
    let spooler = Spooler::new(SpoolerProgram {
        program,
        folder: documents,
        environment: vec![],
        call_wait: Duration::from_millis(call_wait_ms),
    });
    Scripted { folder, spooler }
}

/// A line of shell that says an answer.
pub(crate) fn say(answer: &Answer) -> String {
    let payload = String::from_utf8(answer.to_json().unwrap()).unwrap();
    let length = payload.len();
    format!("printf '\\000\\000\\000\\{length:03o}\\004{payload}'")
}
