//! `platen install` and `platen uninstall`: what the crate `platen-installer`
//! plans, carries out and takes back, for this machine.
//!
//! Here is what only this program knows: where the agent keeps its state, its
//! certificate ([`authority`]), and what was chosen.

mod arguments;
mod authority;
mod lock;
#[cfg(unix)]
mod places;
mod provisioning;
#[cfg(windows)]
mod windows;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use platen_installer::{
    self as installer, Choices, Environment, Journal, Plan, Platform, RealMachine, Scope, Site,
    steps,
};
use platen_protocol::OriginPattern;
use serde_json::json;

use arguments::InstallScope;
pub use arguments::{Install, Uninstall};

use super::output::{print, print_json, say, tell};
use super::{Context, Exit, Failure};

/// For whom, and where the state of that agent is.
struct Target {
    scope: Scope,
    state: PathBuf,
}

pub(super) fn install(context: &Context<'_>, wanted: &Install) -> Result<Exit, Failure> {
    let target = target(context, wanted.scope)?;
    let only_look = wanted.plan || wanted.check;
    let _lock = if only_look {
        None
    } else {
        may_change(context, &target)?;
        match lock::take(&lock_folder(context, &target.scope)) {
            // The installation that is under way starts the agent.
            Err(_) if wanted.at_start => return Ok(Exit::Done),
            lock => Some(lock?),
        }
    };
    let machine = RealMachine::below("/");
    let mut environment = Environment {
        machine: &machine,
        platform: Platform::current(),
        scope: target.scope,
        state: target.state,
        authority: installer::AuthorityCertificate::default(),
        sites: Vec::new(),
        provision: None,
        places: Vec::new(),
        service: false,
    };
    #[cfg(windows)]
    windows::ensure_ours(&environment.journal_file())?;
    let mut journal =
        Journal::read(&machine, &environment.journal_file()).map_err(anyhow::Error::from)?;
    if journal.is_empty() && (wanted.repair || wanted.check) {
        if wanted.at_start {
            return Ok(Exit::Done);
        }
        say("nothing is installed; `platen install` does it");
        return Ok(if wanted.check {
            Exit::Refused
        } else {
            Exit::Done
        });
    }
    if !only_look {
        let undone = installer::undo_cut_short(&machine, &mut journal);
        for what in &undone.done {
            tell(format!("taken back, from a run that was cut short: {what}"));
        }
    }
    let choices = choices(wanted, journal.choices());
    let provisioning =
        provisioning::find(wanted.provision.as_deref(), &environment.scope, context)?;
    let origins = choices.origins.iter().chain(&provisioning.origins);
    environment.sites = sites(origins)?;
    environment.provision = provisioning.place;
    #[cfg(unix)]
    if !choices.package && !wanted.at_start {
        environment.places = places::of(&environment.scope)?;
        environment.service = true;
    }
    environment.authority = authority::of(&environment, !only_look)?;
    let plan = Plan::of(&steps::all(&environment), &environment);
    if !only_look {
        installer::apply(&plan, &choices, &machine, &mut journal).map_err(anyhow::Error::from)?;
    }
    if !(wanted.at_start && plan.is_empty()) {
        show(context, &plan, only_look)?;
    }
    // To standard error as well: a package's script shows nothing else.
    for (step, blocked) in plan.blocked().filter(|_| choices.package) {
        tell(format!("platen: {step} was left out: {blocked}"));
    }
    let blocked = plan.blocked().next().is_some();
    let differs = wanted.check && !plan.is_empty();
    // A package is installed also where one browser's file cannot be changed.
    let refused = differs || (blocked && !choices.package);
    Ok(if refused { Exit::Refused } else { Exit::Done })
}

fn show(context: &Context<'_>, plan: &Plan, only_look: bool) -> Result<(), Failure> {
    if context.json {
        return print_json(&json!({ "applied": !only_look, "steps": plan.to_json() }));
    }
    print(&plan.describe());
    if only_look {
        return Ok(());
    }
    if plan.is_empty() {
        say("nothing had to be changed");
    } else {
        say("installed; `platen uninstall` takes all of it back. Restart browsers that are open.");
    }
    Ok(())
}

pub(super) fn uninstall(context: &Context<'_>, wanted: &Uninstall) -> Result<Exit, Failure> {
    let target = target(context, wanted.scope)?;
    let machine = RealMachine::below("/");
    let _lock = if wanted.plan {
        None
    } else {
        may_change(context, &target)?;
        Some(lock::take(&lock_folder(context, &target.scope))?)
    };
    let state = target.state.clone();
    let file = installer::journal_file(Platform::current(), &target.scope, &state);
    #[cfg(windows)]
    windows::ensure_ours(&file)?;
    let mut journal = Journal::read(&machine, &file).map_err(anyhow::Error::from)?;
    if wanted.plan {
        let lines = installer::what_undo_does(&journal);
        if context.json {
            print_json(&json!({ "undo": lines }))?;
        } else if journal.is_empty() {
            say("nothing is installed");
        } else {
            print(
                &lines
                    .iter()
                    .map(|line| format!("{line}\n"))
                    .collect::<String>(),
            );
        }
        return Ok(Exit::Done);
    }
    let empty = journal.is_empty();
    let undone = installer::undo(&machine, &mut journal);
    if wanted.purge && undone.left.is_empty() {
        remove_state(&state)?;
    }
    if context.json {
        print_json(&undone)?;
    } else {
        for what in &undone.done {
            say(format!("undone: {what}"));
        }
        for left in &undone.left {
            tell(format!("not undone: {left}"));
        }
        if empty {
            say("nothing was installed");
        }
        if !wanted.purge && state.is_dir() {
            say(format!(
                "jobs, grants and keys are kept in {}; `platen uninstall --purge` removes them as well",
                state.display()
            ));
        }
    }
    Ok(if undone.left.is_empty() {
        Exit::Done
    } else {
        Exit::Refused
    })
}

/// Everything that the agent kept. What systemd moved to its private folder
/// is there behind a link.
fn remove_state(state: &std::path::Path) -> anyhow::Result<()> {
    let real = match std::fs::canonicalize(state) {
        Ok(real) => real,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("the state directory cannot be found"),
    };
    std::fs::remove_dir_all(&real)
        .with_context(|| format!("{} cannot be removed; end the agent first", real.display()))?;
    if std::fs::symlink_metadata(state).is_ok_and(|link| link.is_symlink()) {
        std::fs::remove_file(state)
            .with_context(|| format!("{} cannot be removed", state.display()))?;
    }
    Ok(())
}

fn target(context: &Context<'_>, scope: InstallScope) -> Result<Target, Failure> {
    let environment = context.environment;
    let system = scope.system || (!scope.user && is_administrator(context));
    let named = context.overrides.state.clone();
    if system {
        return Ok(Target {
            scope: Scope::System,
            state: named.unwrap_or_else(|| environment.system_state_directory()),
        });
    }
    let home = environment.home.clone().ok_or_else(|| {
        anyhow!(
            "no home directory is known; set {}",
            if cfg!(windows) { "USERPROFILE" } else { "HOME" }
        )
    })?;
    let mut user = environment.clone();
    user.system = false;
    let state = named
        .or_else(|| user.default_state_directory())
        .ok_or_else(|| anyhow!("no state directory is known; name it with --state"))?;
    Ok(Target {
        scope: Scope::User { home },
        state,
    })
}

fn may_change(context: &Context<'_>, target: &Target) -> Result<(), Failure> {
    if target.scope == Scope::System && !is_administrator(context) {
        let next = if cfg!(windows) {
            "only an administrator installs for the whole machine; use a terminal that was opened as administrator, or --user for yourself alone"
        } else {
            "only root installs for the whole machine; use `sudo`, or --user for yourself alone"
        };
        return Err(anyhow!(next).into());
    }
    Ok(())
}

/// Where installations of this scope are locked out.
fn lock_folder(context: &Context<'_>, scope: &Scope) -> PathBuf {
    match scope {
        Scope::User { home } => home.clone(),
        Scope::System if cfg!(windows) => {
            let named = context.environment.program_data.clone();
            named.unwrap_or_else(|| PathBuf::from(r"C:\ProgramData"))
        }
        Scope::System => PathBuf::from("/var/lib"),
    }
}

/// Whether this process may change the whole machine.
#[cfg(unix)]
fn is_administrator(context: &Context<'_>) -> bool {
    context.environment.system
}

/// Whether this process may change the whole machine. A service may be none.
#[cfg(windows)]
fn is_administrator(_context: &Context<'_>) -> bool {
    platen_windows::access::is_administrators_process(std::process::id()).unwrap_or(false)
}

/// What is chosen now, with what was chosen before.
fn choices(wanted: &Install, before: Option<&Choices>) -> Choices {
    let mut choices = before.cloned().unwrap_or_default();
    for origin in &wanted.allow_origin {
        let origin = origin.to_string();
        if !choices.origins.contains(&origin) {
            choices.origins.push(origin);
        }
    }
    // On Windows the set-up brings what a package does elsewhere.
    choices.package |= wanted.package || cfg!(windows);
    choices
}

fn sites<'o>(origins: impl Iterator<Item = &'o String>) -> Result<Vec<Site>, Failure> {
    let sites = origins.map(|origin| {
        let pattern: OriginPattern = origin
            .parse()
            .map_err(|error| anyhow!("{origin} is no origin: {error}"))?;
        site(&pattern).with_context(|| {
            format!("{origin} is not https: browsers let only such pages reach this machine")
        })
    });
    let sites: BTreeSet<_> = sites.collect::<anyhow::Result<_>>()?;
    Ok(sites.into_iter().collect())
}

/// As browsers' policies know it; `None` for what is not https.
fn site(pattern: &OriginPattern) -> Option<Site> {
    match pattern {
        OriginPattern::Exact(origin) if origin.scheme() == "https" => Some(Site {
            host: origin.host().to_owned(),
            port: origin.port(),
            subdomains: false,
        }),
        OriginPattern::Exact(_) => None,
        OriginPattern::Below(parent) => Some(Site {
            host: parent.clone(),
            port: None,
            subdomains: true,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(origins: &[&str]) -> Install {
        Install {
            scope: InstallScope::default(),
            plan: false,
            check: false,
            repair: false,
            at_start: false,
            package: false,
            provision: None,
            allow_origin: origins.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn origins_that_were_named_before_stay_and_are_not_named_twice() {
        let first = choices(&install(&["https://a.example", "*.shop.example"]), None);
        let again = choices(&install(&["a.example", "https://b.example"]), Some(&first));
        assert_eq!(
            again.origins,
            [
                "https://a.example",
                "https://*.shop.example",
                "https://b.example"
            ]
        );
    }

    #[test]
    fn an_origin_becomes_what_browsers_policies_know() {
        let check = |origin: &str, chromium: &str, firefox: &str| {
            let found = sites([origin.to_owned()].iter()).unwrap();
            let [site] = found.as_slice() else {
                panic!("one site");
            };
            assert_eq!(site.to_chromium(), chromium);
            assert_eq!(site.to_firefox(), firefox);
        };
        check("https://pos.example", "https://pos.example", "pos.example");
        check(
            "https://pos.example:8443",
            "https://pos.example:8443",
            "pos.example",
        );
        check(
            "*.shop.example",
            "https://[*.]shop.example",
            "*.shop.example",
        );
        let refused = sites(["http://pos.example".to_owned()].iter()).unwrap_err();
        assert!(refused.to_string().contains("not https"), "{refused}");
    }
}
