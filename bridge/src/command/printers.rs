//! `platen printers`: what there is, and what a person adds, renames, tests and
//! removes.

use clap::{Args, Subcommand};
use platen_protocol::PrinterStateReason;
use platen_protocol::job::FORMAT_TEXT;

use super::connection::unexpected;
use super::output::{self, print_json, say, tell};
use super::table::table;
use super::{Context, Exit, Failure, agent, print};
use crate::admin::found::{FoundLine, FoundPrinter, Look, NewName, NewPrinter, Removal};
use crate::admin::protocol::{PrintOrder, PrinterDetail};
use crate::admin::{AdminRequest, AdminResponse};
use crate::when;

/// `platen printers`.
#[derive(Debug, Args)]
pub struct Printers {
    /// What to do; without it: list them.
    #[command(subcommand)]
    pub verb: Option<PrintersVerb>,
}

/// What to do with printers.
#[derive(Debug, Subcommand)]
pub enum PrintersVerb {
    /// List the printers with their states.
    List,
    /// Look for printers: on the network, on USB and serial ports, and behind
    /// the print service.
    ///
    /// What is found is a suggestion, in the devices' own words: it is no
    /// printer until you add it.
    #[command(
        after_long_help = "Examples:\n  platen printers discover\n  platen printers discover --watch\n  platen printers discover --json"
    )]
    Discover {
        /// Go on, and tell what comes, changes and goes.
        #[arg(long)]
        watch: bool,
        /// How long to look, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=60), conflicts_with = "watch")]
        wait: u8,
    },
    /// Add a printer. Pages see it once they have a grant for it.
    ///
    /// It is kept in the agent's store; the configuration file stays as it is.
    #[command(
        after_long_help = "Examples:\n  platen printers add socket://192.0.2.7 --name Kitchen\n  platen printers add socket://192.0.2.7 --ask\n  platen printers add 2 --profile TM-T88V"
    )]
    Add {
        /// Its device URI, such as socket://192.0.2.7:9100, or the number (or the
        /// name) that `platen printers discover` shows.
        #[arg(value_name = "DEVICE")]
        device: String,
        /// Its name for people; default: the name it announces, else its URI.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Its model, where it is not the one it says; a wrong one lists the
        /// known ones.
        #[arg(long, value_name = "PROFILE")]
        profile: Option<String>,
        /// Ask the printer for its model. Only for receipt printers (ESC/POS)
        /// on TCP, others may print three characters, and printers on USB.
        #[arg(long, conflicts_with = "profile")]
        ask: bool,
    },
    /// Give a printer that was added another name. The name it had finds it
    /// still; its id, its jobs and the grants for it stay.
    #[command(after_long_help = "Example:\n  platen printers rename Kitchen Bar")]
    Rename {
        /// Id or name of the printer.
        #[arg(value_name = "PRINTER")]
        printer: String,
        /// Its name from now on.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove a printer that was added. Its finished jobs keep their history.
    #[command(after_long_help = "Example:\n  platen printers remove Kitchen --force")]
    Remove {
        /// Id or name of the printer.
        #[arg(value_name = "PRINTER")]
        printer: String,
        /// Call off the jobs that wait for it.
        #[arg(long)]
        force: bool,
    },
    /// Print a short test page, and say how it ended.
    #[command(after_long_help = "Example:\n  platen printers test Kitchen")]
    Test {
        /// Id or name of the printer.
        #[arg(value_name = "PRINTER")]
        printer: String,
    },
}

pub(super) async fn run(context: &Context<'_>, printers: Printers) -> Result<Exit, Failure> {
    match printers.verb.unwrap_or(PrintersVerb::List) {
        PrintersVerb::List => agent::printers(context).await,
        PrintersVerb::Discover { watch: true, .. } => watch(context).await,
        PrintersVerb::Discover { watch: false, wait } => discover(context, wait).await,
        PrintersVerb::Add {
            device,
            name,
            profile,
            ask,
        } => {
            let request = AdminRequest::AddPrinter(NewPrinter {
                device,
                name,
                profile,
                ask,
            });
            let detail = changed(context, &request).await?;
            if !context.json {
                say(added(&detail));
                tell(format!(
                    "`platen printers test {0}` prints a test page; `platen trust add ... --printer {0}` lets a site use it",
                    detail.printer.printer
                ));
            }
            Ok(Exit::Done)
        }
        PrintersVerb::Rename { printer, name } => {
            let request = AdminRequest::RenamePrinter(NewName {
                printer: printer.clone(),
                name,
            });
            let detail = changed(context, &request).await?;
            if !context.json {
                let printer = &detail.printer;
                say(format!(
                    "{} is called {} now",
                    printer.printer, printer.name
                ));
            }
            Ok(Exit::Done)
        }
        PrintersVerb::Remove { printer, force } => {
            let answer = context
                .ask(&AdminRequest::RemovePrinter(Removal { printer, force }))
                .await?;
            let AdminResponse::Removed(removed) = answer else {
                return Err(unexpected(&answer));
            };
            if context.json {
                print_json(&removed)?;
            } else {
                let canceled = match removed.canceled {
                    0 => String::new(),
                    1 => "; one job was called off".to_owned(),
                    count => format!("; {count} jobs were called off"),
                };
                say(format!("{} is removed{canceled}", removed.printer));
            }
            Ok(Exit::Done)
        }
        PrintersVerb::Test { printer } => test(context, printer).await,
    }
}

async fn discover(context: &Context<'_>, seconds: u8) -> Result<Exit, Failure> {
    let look = Look {
        wait_ms: u64::from(seconds) * 1_000,
    };
    let answer = context.ask(&AdminRequest::Discover(look)).await?;
    let AdminResponse::Found(found) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&found)?;
        return Ok(Exit::Done);
    }
    if found.printers.is_empty() {
        say(
            "nothing was found; a printer can be added by its address: `platen printers add socket://192.0.2.7:9100`",
        );
    } else {
        output::print(&list(&found.printers));
        for printer in &found.printers {
            if let Some(remark) = &printer.remark {
                tell(format!("{}: {remark}", printer.number));
            }
        }
        tell("`platen printers add NUMBER` adds one");
    }
    if found.passed_over > 0 {
        tell(format!(
            "{} announcements were passed over: too many, or of addresses no printer can have",
            found.passed_over
        ));
    }
    Ok(Exit::Done)
}

fn list(printers: &[FoundPrinter]) -> String {
    let rows = printers.iter().map(|printer| {
        let state = printer.state.map_or(String::new(), |state| {
            let reasons = printer.reasons.iter().map(PrinterStateReason::as_str);
            [state.as_str()]
                .into_iter()
                .chain(reasons)
                .collect::<Vec<_>>()
                .join(" ")
        });
        let added = printer.printer.as_ref().map(ToString::to_string);
        [
            printer.number.to_string(),
            printer.name.clone(),
            printer.model.clone().unwrap_or_default(),
            printer.profile.clone().unwrap_or_default(),
            printer.device.clone().unwrap_or_default(),
            printer.sources.join(" "),
            state,
            added.unwrap_or_default(),
        ]
    });
    table(
        [
            "NUMBER", "NAME", "MODEL", "PROFILE", "DEVICE", "SEEN BY", "STATE", "PRINTER",
        ],
        rows.collect(),
    )
}

async fn watch(context: &Context<'_>) -> Result<Exit, Failure> {
    loop {
        let mut lines = context.connect().await?.discovery().await?;
        loop {
            let line = lines.next().await?;
            let (word, printer) = match &line {
                None => return Ok(Exit::Done),
                // We were too slow: what is there is told anew.
                Some(FoundLine::Resync) => break,
                Some(FoundLine::Found(printer)) => ("found", printer),
                Some(FoundLine::Changed(printer)) => ("changed", printer),
                Some(FoundLine::Lost(printer)) => ("lost", printer),
            };
            if context.json {
                say(serde_json::to_string(&line).map_err(anyhow::Error::from)?);
            } else {
                let device = printer.device.as_deref().unwrap_or("no raw printing");
                let FoundPrinter {
                    number,
                    name,
                    identity,
                    ..
                } = &**printer;
                say(format!("{word} {number} {name} ({device}, {identity})"));
            }
        }
    }
}

async fn changed(context: &Context<'_>, request: &AdminRequest) -> Result<PrinterDetail, Failure> {
    let answer = context.ask(request).await?;
    let AdminResponse::Printer(detail) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&detail)?;
    }
    Ok(*detail)
}

fn added(detail: &PrinterDetail) -> String {
    let printer = &detail.printer;
    let profile = detail
        .added
        .as_ref()
        .and_then(|added| added.profile.as_deref());
    let model = profile.map_or(String::new(), |profile| format!(", a {profile}"));
    format!(
        "{} is added as {} ({}{model})",
        printer.name, printer.printer, detail.uri
    )
}

async fn test(context: &Context<'_>, printer: String) -> Result<Exit, Failure> {
    let mut client = context.connect().await?;
    let answer = client.call(&AdminRequest::Printers).await?;
    let AdminResponse::Printers(printers) = answer else {
        return Err(unexpected(&answer));
    };
    let known = |detail: &&PrinterDetail| {
        detail.printer.printer.as_str() == printer || detail.printer.name == printer
    };
    // Where none is found the agent says so, with those there are.
    let name = printers
        .iter()
        .find(known)
        .map_or(printer.as_str(), |detail| &detail.printer.name);
    let page = test_page(name, &when::exact(when::now()));
    let request = AdminRequest::Print(PrintOrder {
        printer: printer.clone(),
        name: "Test page".into(),
        format: FORMAT_TEXT.to_owned(),
    });
    let answer = client.call_with(&request, page.as_bytes()).await?;
    let AdminResponse::Submitted(submitted) = answer else {
        return Err(unexpected(&answer));
    };
    if !context.json {
        tell(format!("{} prints {}", submitted.printer, submitted.job_id));
    }
    print::wait(context, &mut client, submitted.job_id).await
}

/// Short, and readable on the narrowest paper.
fn test_page(name: &str, at: &str) -> String {
    let name: String = name.chars().take(32).collect();
    format!(
        "Platen test page\n{name}\n{at}\n\n\
         0123456789 ABCDEFGHIJ abcdefghij\n\
         äöü éèê ñ ß € £\n\
         --------------------------------\n\
         If you can read this, it prints.\n\n\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_page_fits_the_narrowest_paper() {
        let page = test_page(&"Kitchen ".repeat(20), "2026-01-01T00:00:00Z");
        assert!(
            page.lines().all(|line| line.chars().count() <= 32),
            "{page}"
        );
    }
}
