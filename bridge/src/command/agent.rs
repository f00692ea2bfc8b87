//! `platen status`, `printers`, `pause` and `resume`.

use super::arguments::WhichPrinter;
use super::connection::unexpected;
use super::output::{print, print_json, say};
use super::table::{octets, table};
use super::{Context, Exit, Failure};
use crate::admin::protocol::{PrinterChoice, PrinterDetail, Status};
use crate::admin::{AdminRequest, AdminResponse};
use crate::owner::listener::who;
use crate::provision::ProvisionStatus;
use crate::visible;
use crate::when;

pub(super) async fn status(context: &Context<'_>) -> Result<Exit, Failure> {
    let answer = context.ask(&AdminRequest::Status).await?;
    let AdminResponse::Status(status) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&status)?;
    } else {
        print(&describe(&status, when::now()));
    }
    Ok(Exit::Done)
}

fn describe(status: &Status, now: u64) -> String {
    let mut lines = Vec::new();
    let mut line =
        |label: &str, text: String| lines.push(format!("{label:<13}{}\n", visible::line(&text)));
    let draining = if status.draining { ", stopping" } else { "" };
    line(
        "agent",
        format!(
            "{}, process {}, started {}{draining}",
            status.version,
            status.pid,
            when::relative(status.started_at, now)
        ),
    );
    line("state", status.state_directory.display().to_string());
    line(
        "config",
        status.config_file.as_ref().map_or_else(
            || "built in; no file was found".to_owned(),
            |file| file.display().to_string(),
        ),
    );
    for listener in &status.listeners {
        let url = format!("{}://localhost:{}", listener.scheme.as_str(), listener.port);
        line("listening", url);
    }
    if status.listeners.is_empty() {
        line("listening", "nowhere: run `platen doctor`".to_owned());
    }
    for taken in &status.ports_taken {
        let holder = who(*taken);
        let text = format!("{taken} belongs to {holder}: `platen doctor` says what to do");
        line("port taken", text);
    }
    line(
        "certificate",
        format!(
            "until {}, CA in {}",
            when::day(status.certificate.not_after),
            status.certificate.ca_file.display()
        ),
    );
    if let Some(provision) = &status.provision {
        line("managed by", managed_by(provision));
    }
    let paused = status.paused_at.map_or(String::new(), |since| {
        let since = when::relative(since, now);
        format!(", all paused since {since} (`platen resume --all`)")
    });
    line("printers", format!("{}{paused}", status.printers));
    let jobs: Vec<_> = status
        .jobs
        .iter()
        .map(|jobs| format!("{} {}", jobs.count, jobs.state.as_str()))
        .collect();
    line(
        "jobs",
        if jobs.is_empty() {
            "none".to_owned()
        } else {
            jobs.join(", ")
        },
    );
    line("grants", status.grants.to_string());
    line(
        "sessions",
        format!("{} of {} connections", status.sessions, status.connections),
    );
    if let Some(user) = &status.serves_only {
        line("serves", format!("{} only", user.name));
    }
    for of_user in &status.users {
        let user = of_user.user.as_ref();
        let name = user.map_or("nobody in particular", |user| &user.name);
        line("user", format!("{name}: {} sessions", of_user.sessions));
    }
    for held in &status.devices {
        let since = when::relative(held.since, now);
        let device = visible::line(&held.device);
        line(
            "device",
            format!("{device}: {}, since {since}", held.holder),
        );
    }
    for damaged in &status.damaged_stores {
        line("damaged store", damaged.display().to_string());
    }
    if status.documents_without_key > 0 {
        let count = status.documents_without_key;
        line(
            "key missing",
            format!("{count} stored documents cannot be printed; `platen doctor` says more"),
        );
    }
    if let Some(resident) = status.resident_octets {
        line("memory", octets(resident));
    }
    lines.concat()
}

fn managed_by(provision: &ProvisionStatus) -> String {
    let name = provision.name.as_deref().unwrap_or("a provisioning file");
    let file = provision
        .file
        .as_ref()
        .map_or(String::new(), |file| format!(", {}", file.display()));
    let refused = if provision.refused.is_some() {
        "; the file there now is refused (`platen provision show`)"
    } else {
        ""
    };
    format!("{name}{file}{refused}")
}

pub(super) async fn printers(context: &Context<'_>) -> Result<Exit, Failure> {
    list_after(context, AdminRequest::Printers).await
}

async fn list_after(context: &Context<'_>, request: AdminRequest) -> Result<Exit, Failure> {
    let answer = context.ask(&request).await?;
    let AdminResponse::Printers(printers) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&printers)?;
    } else if printers.is_empty() {
        say(
            "no printers; add one with `platen printers add`, or name it in the configuration (`platen config reference`)",
        );
    } else {
        print(&list(printers));
    }
    Ok(Exit::Done)
}

fn list(printers: Vec<PrinterDetail>) -> String {
    let rows = printers.into_iter().map(|detail| {
        let default = if detail.printer.default {
            " (default)"
        } else {
            ""
        };
        [
            detail.printer.printer.to_string(),
            format!("{}{default}", detail.printer.name),
            state(&detail),
            detail.printer.queued_jobs.to_string(),
            detail.uri,
        ]
    });
    table(
        ["PRINTER", "NAME", "STATE", "JOBS", "DEVICE"],
        rows.collect(),
    )
}

pub(super) fn state(detail: &PrinterDetail) -> String {
    let state = detail.printer.state.as_str();
    let reasons: Vec<_> = detail
        .printer
        .reasons
        .iter()
        .map(platen_protocol::PrinterStateReason::as_str)
        .collect();
    if reasons.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {}", reasons.join(", "))
    }
}

pub(super) async fn pause(context: &Context<'_>, which: WhichPrinter) -> Result<Exit, Failure> {
    match which.printer {
        Some(printer) => changed(context, AdminRequest::Pause(PrinterChoice { printer })).await,
        None => list_after(context, AdminRequest::PauseAll).await,
    }
}

pub(super) async fn resume(context: &Context<'_>, which: WhichPrinter) -> Result<Exit, Failure> {
    match which.printer {
        Some(printer) => changed(context, AdminRequest::Resume(PrinterChoice { printer })).await,
        None => list_after(context, AdminRequest::ResumeAll).await,
    }
}

async fn changed(context: &Context<'_>, request: AdminRequest) -> Result<Exit, Failure> {
    let answer = context.ask(&request).await?;
    let AdminResponse::Printer(detail) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        print_json(&detail)?;
    } else {
        say(format!("{} is {}", detail.printer.printer, state(&detail)));
    }
    Ok(Exit::Done)
}
