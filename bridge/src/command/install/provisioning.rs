//! The provisioning file of an installation: checked, and put where the agent
//! looks for it. Its sites count for browsers' policies also later, when
//! another installation names no file.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use platen_installer::{Place, Scope};

use crate::command::Context;
use crate::paths::Platform;
use crate::provision::{self, Provision};

/// Longest file that is read.
const OCTETS_MAX: u64 = 4 * 1024 * 1024;

/// What a provisioning file means for an installation.
#[derive(Default)]
pub(super) struct Provisioning {
    /// The file, where one was named.
    pub(super) place: Option<Place>,
    /// Origins that may reach this machine without the browser asking.
    pub(super) origins: Vec<String>,
}

/// Reads the file that was named, or the one that is in place.
pub(super) fn find(
    named: Option<&Path>,
    scope: &Scope,
    context: &Context<'_>,
) -> anyhow::Result<Provisioning> {
    let place = place(scope, context)?;
    let Some(file) = named else {
        // Only the machine's own file speaks for browsers of everybody.
        if *scope != Scope::System || !place.exists() {
            return Ok(Provisioning::default());
        }
        let read = provision::check(&place).map_err(|refused| anyhow!("{refused}"))?;
        return Ok(Provisioning {
            place: None,
            origins: origins(&read),
        });
    };
    let octets = read(file)?;
    let text =
        std::str::from_utf8(&octets).with_context(|| format!("{} is no text", file.display()))?;
    let moves = file != place;
    let certificate = |path: &Path| {
        if moves && path.is_relative() {
            return Err(
                "it would not be found from where the file is put; name its whole path, or put the PEM into the file".to_owned(),
            );
        }
        std::fs::read(beside(file, path)).map_err(|error| format!("cannot be read: {error}"))
    };
    let found = Provision::read(text, &certificate).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow!("{}: {}", file.display(), lines.join("; "))
    })?;
    Ok(Provisioning {
        origins: origins(&found),
        place: Some(Place {
            path: place,
            octets,
            mode: 0o644,
        }),
    })
}

fn beside(file: &Path, named: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(named)
}

fn origins(read: &Provision) -> Vec<String> {
    let origins = read.loopback_origins().into_iter();
    origins.map(|origin| origin.to_string()).collect()
}

fn place(scope: &Scope, context: &Context<'_>) -> anyhow::Result<PathBuf> {
    match scope {
        Scope::System => Ok(provision::system_file(
            Platform::current(),
            context.environment.program_data.as_deref(),
        )),
        Scope::User { .. } => provision::candidates(context.environment)
            .pop()
            .context("no folder for a user's provisioning file is known; set HOME"),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = file.display();
    let mut octets = Vec::new();
    File::open(file)
        .and_then(|open| open.take(OCTETS_MAX + 1).read_to_end(&mut octets))
        .with_context(|| format!("{shown} cannot be read"))?;
    if octets.len() as u64 > OCTETS_MAX {
        bail!("{shown} is too long for a provisioning file");
    }
    Ok(octets)
}
