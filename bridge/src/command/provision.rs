//! `platen provision`: the file that says what this machine is to have.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::output::{print, print_json, tell};
use super::table::table;
use super::{Context, Exit, Failure};
use crate::provision::{self, Provision as Read, Refused, Site};
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
}

pub(super) fn run(context: &Context<'_>, verb: &Provision) -> Result<Exit, Failure> {
    match verb {
        Provision::Check { file } => check(context, file),
    }
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
