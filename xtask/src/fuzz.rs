//! `cargo xtask fuzz`: the targets of `fuzz/`, driven by libFuzzer.
//!
//! It works with the compiler everyone has: what libFuzzer needs to see which
//! way an input took are passes that stable Rust has too. There is no address
//! sanitizer, for which there is little to find (`unsafe` is denied); memory is
//! counted by the targets themselves. What is found lies in the target folder;
//! one puts it, named for what it shows, into `fuzz/regressions`, where the
//! tests replay it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{cargo, command, output_of, run, run_tests};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// What fuzzing needs beyond Rust.
pub(crate) const NEEDS: &[Need] = &[Need::CxxCompiler];

/// What tells libFuzzer which branches ran and what was compared with what.
/// `fuzzing` makes the readers of pictures pass over checksums.
const RUSTFLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=3 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing";

/// Longer inputs find little more and take longer.
const INPUT_OCTETS_MAX: u32 = 512;

/// How long each target runs as a part of the tests.
const BRIEF_SECONDS: u32 = 5;

/// Several times what all targets take, built from nothing.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// When a target stops.
#[derive(Clone, Copy)]
enum Until {
    Runs(u64),
    Seconds(u32),
}

/// Runs one target, or all in turn, for so many inputs each.
pub(crate) fn run_targets(workspace: &Workspace, target: Option<&str>, runs: u64) -> Result<()> {
    setup::ensure(workspace, NEEDS)?;
    let names = names(workspace)?;
    if let Some(target) = target {
        ensure!(
            names.iter().any(|name| name == target),
            "there is no target {target:?}; there are {}",
            names.join(", ")
        );
    }
    let folder = build(workspace)?;
    for name in names {
        if target.is_none_or(|target| target == name) {
            fuzz(workspace, &folder, &name, Until::Runs(runs))?;
        }
    }
    Ok(())
}

/// The `fuzz` suite: every target for a few seconds.
pub(crate) fn run_briefly(workspace: &Workspace) -> Result<()> {
    let folder = build(workspace)?;
    for name in names(workspace)? {
        fuzz(workspace, &folder, &name, Until::Seconds(BRIEF_SECONDS))?;
    }
    Ok(())
}

/// The targets, by the programs there are.
fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.path("fuzz/targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).context("cannot read fuzz/targets")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(
                path.file_stem()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    Ok(names)
}

/// Builds all targets and answers the folder they lie in.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let version = output_of(command(workspace, "rustc").arg("-vV"));
    let host = version
        .as_deref()
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("host: ")))
        .context("`rustc -vV` names no host")?;
    if host.contains("windows") {
        bail!("libFuzzer is built on Linux and macOS only; `cargo test` replays what it found");
    }
    // With a named target, build scripts and macros go without these flags.
    run_tests(
        cargo(workspace)
            .args(["build", "--quiet", "--package", "platen-fuzz"])
            .args(["--features", "libfuzzer", "--profile", "fuzz", "--bins"])
            .args(["--target", host])
            .env("RUSTFLAGS", RUSTFLAGS),
        LIMIT,
    )?;
    Ok(workspace.target(host).join("fuzz"))
}

fn fuzz(workspace: &Workspace, programs: &Path, name: &str, until: Until) -> Result<()> {
    let corpus = workspace.target("fuzz-corpus").join(name);
    let findings = workspace.target("fuzz-findings").join(name);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&findings)?;
    let mut fuzz = command(workspace, programs.join(name));
    fuzz.arg(&corpus);
    // What is committed is only read.
    for folder in seeds(name) {
        let folder = workspace.path(folder);
        if folder.is_dir() {
            fuzz.arg(folder);
        }
    }
    let regressions = workspace.path("fuzz/regressions").join(name);
    if regressions.is_dir() {
        fuzz.arg(regressions);
    }
    match until {
        Until::Runs(runs) => fuzz.arg(format!("-runs={runs}")),
        Until::Seconds(seconds) => fuzz.arg(format!("-max_total_time={seconds}")),
    };
    fuzz.arg(format!("-max_len={INPUT_OCTETS_MAX}"))
        .args(["-timeout=10", "-rss_limit_mb=512", "-reload=0"])
        .args(["-verbosity=0", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", findings.display()));
    let outcome = match until {
        Until::Runs(_) => run(&mut fuzz),
        Until::Seconds(_) => run_tests(&mut fuzz, LIMIT),
    };
    outcome.with_context(|| {
        format!(
            "{name} found something: the input lies in {}; put it into fuzz/regressions/{name} \
             under a name that says what it shows, and mend it",
            findings.display()
        )
    })
}

/// Folders of files that a target begins with.
fn seeds(name: &str) -> &'static [&'static str] {
    match name {
        "markup" | "template_data" => &["examples/receipts"],
        name if name.starts_with("image_") => &["receipt/tests/read"],
        _ => &["receipt/tests/cases"],
    }
}
