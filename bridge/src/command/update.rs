//! `platen update` and `platen supervise`: newer versions, where no package
//! manager owns the program. Nothing else starts an update.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use platen_update::Version;
use platen_update::envelope::{self, ENVELOPE_OCTETS_MAX};
use platen_update::installation::Installation;
use platen_update::journal::{Event, Journal, Phase};
use platen_update::judge::{Policy, Verdict, judge};
use platen_update::manifest::{Manifest, PROGRAM, platform};
use platen_update::stage::Staging;
use serde_json::{Value, json};
use tokio::process::Command;

use super::arguments::UpdateVerb;
use super::output::{print_json, say};
use super::{Context, Exit, Failure, notify};
use crate::config::{Config, Loaded};
use crate::update::supervisor::Supervisor;
use crate::update::{UpdateSettings, UpdateSource, package, source};
use crate::{logging, when};

/// The programs of a version.
const PROGRAMS: [&str; 3] = [PROGRAM, "platen-spooler", "platen-sign"];
/// How long a program may take to say its version.
const VERSION_WAIT: Duration = Duration::from_secs(20);
/// Between two looks at how a trial goes.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long the agent may take to end before a trial begins.
const DRAIN_WAIT: Duration = Duration::from_secs(120);

pub(super) async fn run(context: &Context<'_>, verb: UpdateVerb) -> Result<Exit, Failure> {
    let told = match verb {
        UpdateVerb::Check => check(context).await?,
        UpdateVerb::Apply { again } => apply(context, again).await?,
        UpdateVerb::Rollback => rollback(context).await?,
        UpdateVerb::Status => status(context)?,
        UpdateVerb::Prepare { folder } => prepare(&folder)?,
    };
    if context.json {
        print_json(&told.facts)?;
    } else {
        say(told.text);
    }
    Ok(if told.is_done {
        Exit::Done
    } else {
        Exit::Refused
    })
}

/// What there is to say.
struct Told {
    text: String,
    facts: Value,
    is_done: bool,
}

impl Told {
    fn new(text: impl Into<String>, facts: Value) -> Self {
        Self {
            text: text.into(),
            facts,
            is_done: true,
        }
    }
}

fn own_program() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program's own path is not known")?;
    own.canonicalize()
        .context("this program's own path is not known")
}

fn settings(context: &Context<'_>) -> Result<UpdateSettings, Failure> {
    Ok(Config::load(&context.overrides, context.environment)?
        .config
        .update)
}

/// The installation that this program belongs to, where updating it is ours.
fn installation() -> Result<Installation> {
    let own = own_program()?;
    if let Some(how) = package::updated_with(&own) {
        bail!(
            "a package manager owns {}: update with `{how}`; nothing was done",
            own.display()
        );
    }
    Installation::of_program(&own).ok_or_else(|| {
        anyhow!(
            "{} lies in no folder of versions; make one with `platen update prepare FOLDER` and have the service start FOLDER/confirmed/platen supervise",
            own.display()
        )
    })
}

fn prepare(folder: &Path) -> Result<Told> {
    let own = own_program()?;
    let beside = own.parent().context("this program lies in a folder")?;
    let version: Version = env!("CARGO_PKG_VERSION").parse()?;
    let made = Installation::prepare(folder, &version, beside, &PROGRAMS)?;
    let service = made.root().join("confirmed").join(PROGRAM);
    let text = format!(
        "{version} is installed; have the service start `{} supervise`",
        service.display()
    );
    Ok(Told::new(
        text,
        json!({ "installed": version, "program": service }),
    ))
}

/// Fetches the manifest, and checks everything about it that needs no machine.
async fn fetch(settings: &UpdateSettings) -> Result<(&UpdateSource, Manifest)> {
    let (Some(from), Some(key)) = (&settings.source, &settings.key) else {
        bail!(
            "updates are off; name where they are and whose they are in [update] (`platen config reference`)"
        );
    };
    let octets = source::manifest(from, ENVELOPE_OCTETS_MAX).await?;
    let text = envelope::open(&octets, key)?;
    Ok((from, Manifest::read(&text)?))
}

fn policy(settings: &UpdateSettings, again: bool) -> Policy {
    Policy {
        channel: settings.channel.clone(),
        pin: settings.pin.clone(),
        again,
    }
}

async fn check(context: &Context<'_>) -> Result<Told, Failure> {
    let settings = settings(context)?;
    let installation = installation()?;
    let (_, manifest) = fetch(&settings).await?;
    let journal = installation.journal().map_err(anyhow::Error::from)?;
    let verdict = judge(
        &manifest,
        &journal,
        &policy(&settings, false),
        &platform(),
        when::now(),
    );
    let verdict = verdict.map_err(anyhow::Error::from)?;
    let facts = json!({
        "running": journal.running,
        "found": manifest.version,
        "is_newer": verdict != Verdict::UpToDate,
    });
    Ok(match verdict {
        Verdict::UpToDate => Told::new(format!("{} is the newest", journal.running), facts),
        Verdict::Update(_) => {
            let text = format!(
                "{} is there; `platen update apply` installs it",
                manifest.version
            );
            Told::new(text, facts)
        }
    })
}

async fn apply(context: &Context<'_>, again: bool) -> Result<Told, Failure> {
    let settings = settings(context)?;
    let installation = installation()?;
    let (from, manifest) = fetch(&settings).await?;
    let swapped = bring(&installation, &settings, from, &manifest, again).await?;
    if !swapped {
        let facts = json!({ "running": manifest.version, "outcome": "up-to-date" });
        return Ok(Told::new(
            format!("{} is the newest", manifest.version),
            facts,
        ));
    }
    Ok(follow(&installation, &settings, &manifest.version).await?)
}

/// Brings a version in and makes it the current one; `false`: it is already.
async fn bring(
    installation: &Installation,
    settings: &UpdateSettings,
    from: &UpdateSource,
    manifest: &Manifest,
    again: bool,
) -> Result<bool> {
    let lock = installation.lock()?;
    let journal = installation.settle()?;
    let policy = policy(settings, again);
    let platform = platform();
    let verdict = judge(manifest, &journal, &policy, &platform, when::now())?;
    let Verdict::Update(artifacts) = verdict else {
        return Ok(false);
    };
    let staging = Staging::begin(installation, &lock, manifest, artifacts)?;
    for artifact in artifacts {
        let mut incoming = staging.receive(artifact)?;
        source::file(from, &artifact.file, |piece| Ok(incoming.take(piece)?)).await?;
        incoming.end()?;
    }
    staging.complete()?;
    check_version(&installation.program(&manifest.version), &manifest.version).await?;
    installation.advance(&lock, Event::Swapped)?;
    Ok(true)
}

/// That a program starts here at all, and is the version it was signed as.
async fn check_version(program: &Path, version: &Version) -> Result<()> {
    let asked = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let answer = tokio::time::timeout(VERSION_WAIT, asked)
        .await
        .map_err(|_| anyhow!("the new program does not say its version; nothing was changed"))?
        .context("the new program does not start here; nothing was changed")?;
    let said = String::from_utf8_lossy(&answer.stdout);
    ensure!(
        said.trim() == format!("platen {version}"),
        "the new program says it is `{}`, not {version}; nothing was changed",
        crate::visible::line(said.trim())
    );
    Ok(())
}

async fn rollback(context: &Context<'_>) -> Result<Told, Failure> {
    let settings = settings(context)?;
    let installation = installation()?;
    let back = async {
        let lock = installation.lock()?;
        installation.settle()?;
        let journal = installation.advance(&lock, Event::WentBack)?;
        let to = journal.current().clone();
        drop(lock);
        follow(&installation, &settings, &to).await
    };
    Ok(back.await?)
}

/// Has the agent's supervisor look, and waits until it knows whether the
/// version works.
async fn follow(
    installation: &Installation,
    settings: &UpdateSettings,
    to: &Version,
) -> Result<Told> {
    let Some(pid) = installation
        .supervisor()?
        .and_then(rustix::process::Pid::from_raw)
    else {
        let text = format!("{to} is the current version; it is tried when the agent starts");
        return Ok(Told::new(
            text,
            json!({ "current": to, "outcome": "at-next-start" }),
        ));
    };
    rustix::process::kill_process(pid, rustix::process::Signal::HUP)
        .context("the agent's supervisor cannot be told; run this as its user")?;
    let bound = DRAIN_WAIT + Duration::from_millis(settings.start_wait_ms + 2 * settings.trial_ms);
    let ended = tokio::time::timeout(bound, async {
        loop {
            let journal = installation.journal()?;
            if !matches!(journal.phase, Phase::Swapped { .. }) {
                return anyhow::Ok(journal);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    });
    let journal = ended.await.map_err(|_| {
        anyhow!("{to} is still being tried; `platen update status` shows how it went")
    })??;
    Ok(outcome(&journal, to))
}

fn outcome(journal: &Journal, to: &Version) -> Told {
    let running = &journal.running;
    match &journal.phase {
        Phase::TakenBack { version, reason } if version == to => Told {
            text: format!("{to} did not work ({reason}); {running} runs again"),
            facts: json!({ "running": running, "outcome": "taken-back", "reason": reason }),
            is_done: false,
        },
        _ => Told::new(
            format!("{running} runs"),
            json!({ "running": running, "outcome": "confirmed" }),
        ),
    }
}

fn status(context: &Context<'_>) -> Result<Told, Failure> {
    let settings = settings(context)?;
    let own = own_program()?;
    let is_on = settings.source.is_some() && settings.key.is_some();
    if let Some(how) = package::updated_with(&own) {
        let text = format!("a package manager owns this program: update with `{how}`");
        return Ok(Told::new(text, json!({ "updated_with": how })));
    }
    let Some(installation) = Installation::of_program(&own) else {
        let text = "this program lies in no folder of versions; it is replaced by hand, or `platen update prepare` makes one";
        return Ok(Told::new(text, json!({ "is_configured": is_on })));
    };
    let journal = installation.journal().map_err(anyhow::Error::from)?;
    let supervisor = installation.supervisor().map_err(anyhow::Error::from)?;
    let mut lines = vec![format!("running    {}", journal.running)];
    lines.extend(
        journal
            .previous
            .as_ref()
            .map(|one| format!("before     {one}")),
    );
    lines.push(match &journal.phase {
        Phase::Confirmed => "state      nothing is under way".to_owned(),
        Phase::Staged { to } => format!("state      {to} was fetched and not installed"),
        Phase::Swapped { to, .. } => format!("state      {to} is being tried"),
        Phase::TakenBack { version, reason } => {
            format!("state      {version} was taken back: {reason}")
        }
    });
    lines.push(match supervisor {
        Some(pid) => format!("supervisor process {pid}"),
        None => "supervisor none runs".to_owned(),
    });
    lines.push(if is_on {
        "updates    on".to_owned()
    } else {
        "updates    off ([update])".to_owned()
    });
    let facts = json!({
        "journal": journal,
        "supervisor": supervisor,
        "is_configured": is_on,
    });
    Ok(Told::new(lines.join("\n"), facts))
}

/// `platen supervise`.
pub(super) fn supervise(context: &Context<'_>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    let Loaded { config, .. } = Config::load(&context.overrides, context.environment)?;
    logging::start(&config.log).context("the log cannot be written; see [log]")?;
    let mut arguments = Vec::new();
    for (name, path) in [
        ("--config", &context.overrides.config),
        ("--state", &context.overrides.state),
    ] {
        if let Some(path) = path {
            arguments.extend([name.into(), path.clone().into_os_string()]);
        }
    }
    let supervisor = Supervisor {
        installation: installation()?,
        arguments,
        state: config.state_directory,
        settings: config.update,
    };
    let service_manager = context.environment.notify_socket.as_deref();
    let code = runtime.block_on(supervisor.run(|| notify::tell(service_manager, "READY=1")))?;
    Ok(match code {
        0 => Exit::Done,
        _ => Exit::Refused,
    })
}
