//! `platen-sign serve`.

use platen_sign::serve::{self, Endpoint};
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpListener;

use super::signer;
use crate::cli::Serve;
use crate::report::{Exit, Outcome, print_json, say};

pub(crate) fn run(arguments: &Serve) -> Outcome {
    let endpoint = Endpoint::new(signer(&arguments.site)?, arguments.origins.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen)
            .await
            .map_err(|error| {
                anyhow::anyhow!(
                    "cannot listen on {}: {error}; end the program that listens there, or choose \
                     another port with --listen",
                    arguments.listen
                )
            })?;
        let address = format!("http://{}", listener.local_addr()?);
        if arguments.json {
            print_json(&json!({ "address": address }));
        } else {
            println!("{address}");
        }
        say("For development: any program on this machine can use it. GET /session, POST /sign; end with Ctrl-C.");
        tokio::select! {
            ended = serve::run(listener, Arc::new(endpoint)) => ended?,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
        Ok(Exit::Done)
    })
}
