//! From the command line to the running agent.

use std::path::PathBuf;

use super::{Context, Exit, Failure};
use crate::admin::{AdminRequest, AdminResponse, Client, ClientError};
use crate::config::Config;

/// Runs a verb that asks the agent. One thread is plenty for it.
pub(super) fn asking(verb: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    runtime.block_on(verb)
}

impl Context<'_> {
    /// Where the agent keeps its state. A configuration is read only when
    /// nothing else says so.
    pub(super) fn state_directory(&self) -> Result<PathBuf, Failure> {
        if let Some(state) = &self.overrides.state {
            return Ok(state.clone());
        }
        let loaded = Config::load(&self.overrides, self.environment)?;
        Ok(loaded.config.state_directory)
    }

    /// Connects to the agent.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let state = self.state_directory()?;
        Client::connect(&state)
            .await
            .map_err(|error| self.explain(error))
    }

    /// Asks the agent one thing.
    pub(super) async fn ask(&self, request: &AdminRequest) -> Result<AdminResponse, Failure> {
        Ok(self.connect().await?.call(request).await?)
    }

    /// Adds to "no agent runs" what to do about it.
    pub(super) fn explain(&self, error: ClientError) -> Failure {
        let ClientError::NotRunning(state) = &error else {
            return Failure::Client(error);
        };
        let system = self.environment.system_state_directory();
        let advice = if *state != system && !self.environment.system && system.exists() {
            format!(
                "this machine has an agent of its own with its state in {}: ask it as root (`sudo platen ...`), or start yours with `platen run`",
                system.display()
            )
        } else {
            "start it with `platen run`, or name its folder with --state".to_owned()
        };
        Failure::NotRunning(error, advice)
    }
}

/// The agent answered with something else than what was asked for.
pub(super) fn unexpected(answer: &AdminResponse) -> Failure {
    let kind = serde_json::to_value(answer)
        .ok()
        .and_then(|value| value["type"].as_str().map(str::to_owned))
        .unwrap_or_default();
    Failure::Client(ClientError::NotUnderstood(format!(
        "it is a {kind}, which was not asked for"
    )))
}
