//! The `lint` suite: everything that is checked without running the product.
//!
//! All steps run even when one fails, so that one call shows all there is to mend.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, command, npm, run, succeeds};
use crate::setup::cargo_deny;
use crate::workspace::Workspace;

/// RustSec's list of known vulnerabilities; cargo-deny reads it with git.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// How long its server may take to answer before we call it out of reach.
const ADVISORIES_LIMIT: Duration = Duration::from_secs(20);

type Step = (&'static str, fn(&Workspace) -> Result<()>);

const STEPS: &[Step] = &[
    ("rustfmt", rustfmt),
    ("clippy", clippy),
    ("rustdoc", rustdoc),
    ("cargo-deny", licenses_bans_sources),
    ("advisories", advisories),
    ("prettier", prettier),
    ("eslint", eslint),
    ("tsc", tsc),
    ("lock files", lock_files),
    ("receipt module", crate::wasm::check),
];

/// Runs all steps, then names the ones that failed.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        if let Err(error) = step(workspace) {
            println!("lint: {name}: {error:#}");
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        bail!("these checks failed: {}", failed.join(", "));
    }
    Ok(())
}

fn rustfmt(workspace: &Workspace) -> Result<()> {
    run(cargo(workspace).args(["fmt", "--all", "--check"]))
        .context("`cargo xtask fmt` mends the format")
}

fn clippy(workspace: &Workspace) -> Result<()> {
    run(cargo(workspace)
        // The slow suites are no tests of `cargo test`, and so no targets of "all targets".
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--test",
            "*",
            "--quiet",
        ])
        .args(["--", "-D", "warnings"]))
}

fn rustdoc(workspace: &Workspace) -> Result<()> {
    run(cargo(workspace)
        .args(["doc", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

fn licenses_bans_sources(workspace: &Workspace) -> Result<()> {
    run(command(workspace, cargo_deny::program(workspace)).args([
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]))
}

/// Known vulnerabilities, where their data base can be reached; said when it cannot.
fn advisories(workspace: &Workspace) -> Result<()> {
    let mut probe = command(workspace, "git");
    probe
        .args(["ls-remote", "--exit-code", ADVISORIES, "HEAD"])
        .env("GIT_TERMINAL_PROMPT", "0");
    if !succeeds(&mut probe, ADVISORIES_LIMIT) {
        println!("lint: advisories not checked: {ADVISORIES} cannot be reached from here");
        return Ok(());
    }
    run(command(workspace, cargo_deny::program(workspace)).args(["check", "advisories"]))
}

fn prettier(workspace: &Workspace) -> Result<()> {
    run(npm(workspace).args([
        "run",
        "--silent",
        "format:check",
        "--",
        "--log-level",
        "warn",
    ]))
    .context("`cargo xtask fmt` mends the format")
}

fn eslint(workspace: &Workspace) -> Result<()> {
    run(npm(workspace).args(["run", "--silent", "lint", "--", "--max-warnings", "0"]))
}

fn tsc(workspace: &Workspace) -> Result<()> {
    run(npm(workspace).args(["run", "--silent", "typecheck"]))
}

/// Packages are named with their digests, never with the mirror someone installed them from.
fn lock_files(workspace: &Workspace) -> Result<()> {
    let lock = fs::read_to_string(workspace.path("package-lock.json"))?;
    if names_a_server(&lock) {
        bail!(
            "package-lock.json names a server; run `npm install` in the root, whose .npmrc leaves it out"
        );
    }
    Ok(())
}

fn names_a_server(lock: &str) -> bool {
    lock.lines()
        .any(|line| line.trim_start().starts_with("\"resolved\": \"http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_that_names_a_server_is_refused_and_a_workspace_link_is_not() {
        assert!(names_a_server(
            "      \"resolved\": \"https://mirror.example/a.tgz\","
        ));
        assert!(!names_a_server(
            "      \"resolved\": \"js-sdk\",\n      \"link\": true"
        ));
    }
}
