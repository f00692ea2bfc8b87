//! `cargo xtask demo`: a shop's web page, its signing server, the bridge and the built-in printer,
//! all on this machine and all in one folder below `target`.
//!
//! `shop.rs` sets them up as a site owner would, with `platen-sign` and `platen trust add`;
//! `child.rs` keeps the programs and ends them. Nothing is installed and no trust store is touched:
//! the page is on `http://localhost`, from where a browser lets it speak to the bridge over plain
//! loopback, and the protocol itself authenticates both sides.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command::{command, run};
use crate::end_to_end::{build_packages, build_programs, with_programs};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

mod child;
mod shop;

use shop::Shop;

/// How often the demo looks whether its programs still run.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Serves the page until Ctrl-C.
pub(crate) fn serve(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::NodePackages])?;
    build(workspace)?;
    let interrupted = interruptions()?;
    let mut shop = Shop::open(workspace, &workspace.target("demo"))?;
    println!();
    println!("  The till:     {}", shop.origin());
    println!("  What prints:  {}", shop.receipts().display());
    println!();
    println!("  Open the till in a browser and press Print. Ctrl-C ends the demo.");
    while interrupted.recv_timeout(LOOK_EVERY).is_err() {
        shop.check_running()?;
    }
    println!("\nEnding the demo; what it printed stays.");
    Ok(())
}

/// Prints one receipt from a headless browser and shows it.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::NodePackages, Need::Chromium])?;
    build(workspace)?;
    let folder = workspace.target("demo-check");
    // A receipt of an earlier run must not be taken for this one's.
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    let shop = Shop::open(workspace, &folder)?;
    let mut browser = command(workspace, "node");
    browser.args(["tests/browser/demo-check.mjs", shop.origin()]);
    run(with_programs(workspace, &mut browser))?;

    let raw = only_file(shop.receipts(), "bin")?;
    let text = only_file(shop.receipts(), "txt")?;
    let picture = only_file(shop.receipts(), "png")?;
    let octets = fs::metadata(&raw)?.len();
    println!("\n{}", fs::read_to_string(&text)?);
    println!("The receipt as a picture:   {}", picture.display());
    println!("The receipt as text:        {}", text.display());
    println!("The {octets} bytes that went out:  {}", raw.display());
    Ok(())
}

fn build(workspace: &Workspace) -> Result<()> {
    build_programs(workspace)?;
    build_packages(workspace)
}

/// Hears of Ctrl-C and of a polite request to end; the programs are then ended in order.
fn interruptions() -> Result<mpsc::Receiver<()>> {
    let (sender, receiver) = mpsc::channel();
    ctrlc::set_handler(move || {
        // The receiver is gone only when the demo ends anyway.
        sender.send(()).ok();
    })
    .context("listening for Ctrl-C")?;
    Ok(receiver)
}

/// The one file with this ending in a folder, and it has something in it.
fn only_file(folder: &Path, ending: &str) -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == ending)
        })
        .collect();
    let (Some(file), true) = (found.pop(), found.is_empty()) else {
        bail!(
            "{} should hold exactly one .{ending} file; see the output of the bridge above",
            folder.display()
        );
    };
    if fs::metadata(&file)?.len() == 0 {
        bail!("{} is empty", file.display());
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_receipt_with_content_is_accepted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(only_file(folder.path(), "txt").is_err());
        fs::write(folder.path().join("1.txt"), "").expect("writable");
        assert!(only_file(folder.path(), "txt").is_err());
        fs::write(folder.path().join("1.txt"), "Total 3.20").expect("writable");
        assert!(only_file(folder.path(), "txt").is_ok());
        fs::write(folder.path().join("2.txt"), "Total 3.20").expect("writable");
        assert!(only_file(folder.path(), "txt").is_err());
    }
}
