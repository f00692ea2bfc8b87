//! Whether the same sources become the same octets, wherever they lie.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::build::{Profile, reproducible};
use super::sums::sha256;
use crate::command::{command, run};
use crate::workspace::Workspace;

/// What is shipped: program and its package.
const PROGRAMS: [(&str, &str); 3] = [
    ("platen", "platen-bridge"),
    ("platen-sign", "platen-sign"),
    ("platen-spooler", "platen-spooler"),
];

/// Builds what is committed in two folders of different names and compares the programs.
pub(crate) fn build_twice(workspace: &Workspace, only: &[String]) -> Result<()> {
    let programs: Vec<_> = PROGRAMS
        .iter()
        .filter(|(program, _)| only.is_empty() || only.iter().any(|name| name == program))
        .collect();
    if programs.is_empty() {
        bail!("no program has that name; there are platen, platen-sign and platen-spooler");
    }
    let scratch = workspace.target("package/check");
    let mut built: Vec<Vec<Vec<u8>>> = Vec::new();
    for folder in ["one", "another-folder"] {
        let source = fresh_copy(workspace, &scratch.join(folder))?;
        let out = scratch.join(folder).join("out");
        let packages: Vec<&str> = programs.iter().map(|(_, package)| *package).collect();
        run(&mut reproducible(
            workspace,
            &source,
            &out,
            &packages,
            Profile::Release,
        )?)?;
        let read = |program: &str| {
            let file = out.join("release").join(program);
            fs::read(&file).with_context(|| format!("reading {}", file.display()))
        };
        let octets: Result<Vec<_>> = programs.iter().map(|(program, _)| read(program)).collect();
        built.push(octets?);
        // Two gigabytes that nothing needs again.
        fs::remove_dir_all(scratch.join(folder)).ok();
    }
    for (number, (program, _)) in programs.iter().enumerate() {
        let (one, other) = (sha256(&built[0][number]), sha256(&built[1][number]));
        if one != other {
            bail!("{program} depends on the folder it is built in: {one} and {other}");
        }
        println!("{one}  {program}, in both folders");
    }
    Ok(())
}

/// What is committed, in a folder of its own.
fn fresh_copy(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    let source = folder.join("source");
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let mut clone = command(workspace, "git");
    clone.args(["clone", "--quiet", "--no-hardlinks"]);
    run(clone.arg(workspace.root()).arg(&source))?;
    Ok(source)
}
