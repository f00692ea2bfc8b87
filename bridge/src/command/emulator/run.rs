//! `platen emulator run`: printers until somebody stops them.

use std::net::SocketAddr;

use anyhow::Context as _;
use platen_emulator::{
    Control, Fleet, FleetOptions, Gone, Options, PrinterSettings, RandomFaults, Script,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Run, control};
use crate::command::Context;
use crate::command::failure::{Exit, Failure};
use crate::command::output::say;
use crate::command::run::stop_signal;

/// Runs until stopped.
pub(super) fn run(context: &Context<'_>, run: Run) -> Result<Exit, Failure> {
    let options = options(run)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    runtime.block_on(serve(options, context.json))?;
    Ok(Exit::Done)
}

async fn serve(options: FleetOptions, as_json: bool) -> anyhow::Result<()> {
    let signal = stop_signal().context("signals cannot be listened for")?;
    let wanted = options.options.address;
    let fleet = Fleet::start(options).await.with_context(|| {
        format!(
            "the printers cannot be started on {wanted} and after; choose another --port, \
             --control or --record"
        )
    })?;
    tell_start(&fleet, as_json);
    let mut tellers = JoinSet::new();
    for (place, control) in fleet.controls().into_iter().enumerate() {
        tellers.spawn(tell_jobs(place + 1, control, as_json));
    }
    let stop_asked = fleet.stop_asked();
    tokio::select! {
        () = signal => {}
        () = stop_asked.cancelled() => {}
    }
    fleet.stop().await;
    // Each ends with its printer.
    while tellers.join_next().await.is_some() {}
    Ok(())
}

fn tell_start(fleet: &Fleet, as_json: bool) {
    let addresses = fleet.addresses();
    let control = fleet.control_address();
    if as_json {
        say(json!({ "printers": addresses, "control": control }));
        return;
    }
    for (place, address) in addresses.iter().enumerate() {
        say(format!("printer {}: socket://{address}", place + 1));
    }
    say(format!(
        "control: platen emulator control --address {control} status"
    ));
}

/// Tells each job when it ends.
async fn tell_jobs(printer: usize, control: Control, as_json: bool) {
    let mut told = 0;
    while let Ok(jobs_ended) = tell_new(printer, &control, told, as_json).await {
        told = jobs_ended;
    }
}

async fn tell_new(
    printer: usize,
    control: &Control,
    told: u64,
    as_json: bool,
) -> Result<u64, Gone> {
    let status = control.wait_for(|status| status.jobs_ended > told).await?;
    let ended = control.ended_after(told).await?;
    for job in ended {
        let mut facts = job.facts();
        facts["printer"] = printer.into();
        if as_json {
            say(facts);
        } else {
            say(control::job_line(&facts));
        }
    }
    Ok(status.jobs_ended)
}

/// What the command line says goes before what the script says.
fn options(run: Run) -> Result<FleetOptions, Failure> {
    let script = match &run.script {
        Some(file) => Script::read(file).map_err(anyhow::Error::from)?,
        None => Script::default(),
    };
    let mut options = Options {
        address: SocketAddr::new(run.listen, run.port),
        record: run.record,
        random: script.random,
        ..Options::default()
    };
    script.printer.apply(&mut options);
    PrinterSettings {
        paper: run.paper,
        roll_mm: run.roll,
        near_end_mm: None,
        buffer_octets: run.buffer,
        octets_per_second: run.octets_per_second,
        lines_per_second: run.lines_per_second,
        connections_max: run.connections,
        close: run.close,
        job_ends: run.job_ends,
    }
    .apply(&mut options);
    if let Some(seed) = run.seed {
        options.random = Some(RandomFaults {
            seed,
            one_in: run.one_in,
            lasts_ms_max: run.lasts,
        });
    }
    Ok(FleetOptions {
        printers: run.printers,
        options,
        script,
        control: run.control,
    })
}
