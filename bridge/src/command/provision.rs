//! `platen provision`: the file that says what this machine is to have.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::connection::unexpected;
use super::output::{print, print_json, say, tell};
use super::table::table;
use super::{Context, Exit, Failure};
use crate::admin::{AdminRequest, AdminResponse};
use crate::provision::{self, Outcome, Provision as Read, ProvisionStatus, Refused, Site, Warrant};
use crate::visible;
use crate::when;

/// `platen provision`.
#[derive(Debug, Subcommand)]
pub enum Provision {
    /// List everything that is wrong with a provisioning file, and say what it
    /// would do here. Changes nothing.
    ///
    /// Ends with 1 when the file cannot be used. Needs no running agent, and
    /// does not ask where the file lies: a draft can be checked anywhere.
    #[command(after_long_help = "Example:\n  platen provision check provision.toml")]
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Show what is in effect, and why a file is refused.
    Show,
    /// Look at the file again and do what it says, without a restart.
    ///
    /// Values of the configuration that the file decides hold after the next
    /// start of the agent. Ends with 1 when the file is refused.
    Apply,
}

pub(super) async fn run(context: &Context<'_>, verb: &Provision) -> Result<Exit, Failure> {
    match verb {
        Provision::Check { file } => check(context, file),
        Provision::Show => show(context).await,
        Provision::Apply => apply(context).await,
    }
}

async fn show(context: &Context<'_>) -> Result<Exit, Failure> {
    let answer = context.ask(&AdminRequest::Provision).await?;
    let AdminResponse::Provision(status) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&status)?;
    } else {
        print(&describe(&status, when::now()));
    }
    Ok(Exit::Done)
}

async fn apply(context: &Context<'_>) -> Result<Exit, Failure> {
    let answer = context.ask(&AdminRequest::ApplyProvision).await?;
    let AdminResponse::Provisioned(outcome) = answer else {
        return Err(unexpected(&answer));
    };
    let Outcome { changes, status } = *outcome;
    if context.json {
        print_json(&json!({ "changes": changes, "status": status }))?;
    } else if let Some(refused) = &status.refused {
        tell(visible::lines(refused));
        tell("Nothing was changed.");
    } else {
        for change in &changes {
            say(visible::line(&change.to_string()));
        }
        if changes.is_empty() {
            say("nothing is to be done: the machine is as the file says");
        }
        if status.restart_needed {
            say("restart the agent: it started with other policies");
        }
    }
    Ok(match status.refused {
        Some(_) => Exit::Refused,
        None => Exit::Done,
    })
}

fn describe(status: &ProvisionStatus, now: u64) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        out.push_str(&format!("{label:<9} {}\n", visible::lines(text)));
    };
    if let Some(refused) = &status.refused {
        line("refused", refused);
    }
    let Some(file) = &status.file else {
        line("file", "none is in effect");
        return out;
    };
    if let Some(name) = &status.name {
        line("name", name);
    }
    let believed = match status.warrant {
        Some(Warrant::Signed) => "signed",
        Some(Warrant::Protected) | None => "protected",
    };
    line("file", &format!("{} ({believed})", file.display()));
    if let Some(number) = status.number {
        line("number", &number.to_string());
    }
    if let Some(at) = status.applied_at {
        line("since", &when::relative(at, now));
    }
    let printers: Vec<_> = (status.printers.iter())
        .map(platen_protocol::PrinterId::as_str)
        .collect();
    for (label, list) in [
        ("sites", status.sites.join(", ")),
        ("printers", printers.join(", ")),
        ("decides", status.policies.join(", ")),
    ] {
        if !list.is_empty() {
            line(label, &list);
        }
    }
    if let Some(channel) = &status.channel {
        line("updates", channel.as_str());
    }
    if status.restart_needed {
        line("restart", "the agent started with other policies");
    }
    out
}

fn check(context: &Context<'_>, file: &Path) -> Result<Exit, Failure> {
    match provision::check(file) {
        Ok(read) => {
            let warnings = warnings(&read, when::now());
            if context.json {
                print_json(&described(file, &read, &warnings))?;
            } else {
                print(&summary(file, &read, &warnings));
            }
            Ok(Exit::Done)
        }
        Err(refused) if context.json => {
            print_json(&refusal(&refused))?;
            Ok(Exit::Refused)
        }
        Err(refused) => {
            tell(visible::lines(&refused.to_string()));
            Ok(Exit::Refused)
        }
    }
}

/// What can be used, and is worth nothing all the same.
fn warnings(read: &Read, now: u64) -> Vec<String> {
    let ended = read.sites.iter().filter(|site| site.has_ended(now));
    ended
        .map(|site| {
            format!(
                "{}: its certificate or its `expires` has ended; nobody may print by it",
                site.grant.name
            )
        })
        .collect()
}

fn refusal(refused: &Refused) -> serde_json::Value {
    let problems = match &refused.why {
        provision::Why::Problems(problems) => json!(problems),
        provision::Why::Unreadable(why) | provision::Why::Untrusted(why) => {
            json!([{ "key": "", "message": why }])
        }
    };
    json!({ "file": refused.file, "problems": problems })
}

fn described(file: &Path, read: &Read, warnings: &[String]) -> serde_json::Value {
    json!({
        "file": file,
        "problems": [],
        "warnings": warnings,
        "name": read.name,
        "number": read.number,
        "sites": read.sites.iter().map(|site| &site.grant).collect::<Vec<_>>(),
        "loopback_origins": read.loopback_origins(),
        "printers": read.printers.iter().map(|printer| json!({
            "id": printer.id,
            "name": printer.name,
            "uri": printer.uri.to_string(),
            "profile": printer.profile,
        })).collect::<Vec<_>>(),
        "policies": read.policy.keys(),
        "channel": read.channel,
    })
}

fn summary(file: &Path, read: &Read, warnings: &[String]) -> String {
    let mut out = format!(
        "{} can be used.\n",
        visible::line(&file.display().to_string())
    );
    if !read.sites.is_empty() {
        let rows = read.sites.iter().map(row).collect();
        out.push('\n');
        out.push_str(&table(
            ["SITE", "ORIGINS", "MAY", "ASKS IN THE BROWSER"],
            rows,
        ));
    }
    if !read.printers.is_empty() {
        let rows = read.printers.iter().map(|printer| {
            [
                printer.id.to_string(),
                printer.name.clone(),
                printer.uri.to_string(),
            ]
        });
        out.push('\n');
        out.push_str(&table(["PRINTER", "NAME", "DEVICE"], rows.collect()));
    }
    if !read.policy.is_empty() {
        out.push_str(&format!(
            "\nDecided here: {}\n",
            read.policy.keys().join(", ")
        ));
    }
    for warning in warnings {
        out.push_str(&format!("\nNote: {}\n", visible::line(warning)));
    }
    out
}

fn row(site: &Site) -> [String; 4] {
    let grant = &site.grant;
    let origins: Vec<_> = grant.origins.iter().map(ToString::to_string).collect();
    let may: Vec<_> = grant.capabilities.iter().map(|may| may.as_str()).collect();
    [
        grant.name.clone(),
        origins.join(" "),
        may.join(","),
        if site.loopback { "no" } else { "yes" }.to_owned(),
    ]
}
