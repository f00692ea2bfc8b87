//! Looks for what is wrong on this machine and says what to do about it.
//!
//! Every finding is a value, a [`Check`]; the command line prints them. One
//! file for each part of the machine that is looked at. Nothing is changed.

mod agent;
mod certificate;
#[cfg(target_os = "linux")]
mod installation;
mod machine;
mod nss;
mod ports;
mod printer;
mod probe;
mod provisioning;
mod services;
pub mod trust_stores;

use serde::Serialize;

use crate::admin::Client;
use crate::config::{Base, Config, ConfigError, Loaded, Overrides};
use crate::paths::Environment;
use crate::provision;
use crate::visible;
use crate::when;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub result: CheckResult,
    /// What was found.
    pub what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckResult {
    /// As it should be.
    Ok,
    /// It works, but somebody should know.
    Warn,
    /// It does not work.
    Fail,
}

impl Check {
    fn ok(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            result: CheckResult::Ok,
            what: what.into(),
            next: None,
        }
    }

    fn warn(name: impl Into<String>, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            result: CheckResult::Warn,
            what: what.into(),
            next: Some(next.into()),
        }
    }

    fn fail(name: impl Into<String>, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            result: CheckResult::Fail,
            ..Self::warn(name, what, next)
        }
    }
}

/// Looks at everything.
pub async fn examine(overrides: &Overrides, environment: &Environment) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut provisioned = None;
    let config = match provision::load_config(overrides, environment) {
        Ok((loaded, found)) => {
            checks.push(config_is_fine(&loaded));
            let config = loaded.config.clone();
            provisioned = Some((loaded, found));
            config
        }
        Err(error) => {
            checks.extend(config_problems(&error));
            match without_file(overrides, environment) {
                Some(config) => config,
                None => return checks,
            }
        }
    };
    let connected = Client::connect(&config.state_directory).await;
    let (mut running, more) = agent::examine(connected, &config, environment).await;
    checks.extend(more);
    checks.extend(services::examine(environment).await);
    checks.extend(machine::state_directory(&config.state_directory));
    let status = running.as_ref().map(|running| &running.status);
    if let Some((loaded, found)) = &provisioned {
        let running = status.map(|status| status.provision.clone().unwrap_or_default());
        checks.extend(provisioning::examine(running.as_ref(), found, loaded));
    }
    checks.extend(ports::examine(&config, status).await);
    if let Some(status) = status {
        checks.push(certificate::examine(&status.certificate, when::now()));
        let ca_file = &status.certificate.ca_file;
        checks.extend(trust_stores::examine(ca_file, environment));
    }
    checks.extend(machine::print_service(&config).await);
    if let Some(running) = &mut running {
        checks.extend(printer::examine(&mut running.client).await);
        checks.extend(agent::jobs(running).await);
        checks.push(agent::grants(running));
    }
    checks
}

/// The checks as lines for people.
#[must_use]
pub fn describe(checks: &[Check]) -> String {
    let mut out = String::new();
    for check in checks {
        let mark = match check.result {
            CheckResult::Ok => "ok  ",
            CheckResult::Warn => "warn",
            CheckResult::Fail => "FAIL",
        };
        out.push_str(&format!(
            "{mark}  {}: {}\n",
            check.name,
            visible::line(&check.what)
        ));
        if let Some(next) = &check.next {
            out.push_str(&format!("      -> {}\n", visible::line(next)));
        }
    }
    out
}

fn config_is_fine(loaded: &Loaded) -> Check {
    let what = match &loaded.file {
        Some(file) => format!("{} can be used", file.display()),
        None => "no file was found; the built-in configuration is used".to_owned(),
    };
    Check::ok("configuration", what)
}

fn config_problems(error: &ConfigError) -> Vec<Check> {
    let file = match &error.file {
        Some(file) => file.display().to_string(),
        None => "built in".to_owned(),
    };
    let problems = error.problems.iter().map(|problem| {
        Check::fail(
            "configuration",
            format!("{file}: {problem}"),
            "correct the file, then restart the agent",
        )
    });
    problems.collect()
}

/// With a broken file, an agent may still run that was started before it
/// broke: look where it would be without the file.
fn without_file(overrides: &Overrides, environment: &Environment) -> Option<Config> {
    let base = Base {
        environment,
        state: overrides.state.as_deref(),
        folder: None,
    };
    Config::parse("", &base).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Platform;

    async fn examine_with(config: &str) -> Vec<Check> {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("platen.toml");
        std::fs::write(&file, config).unwrap();
        let overrides = Overrides {
            config: Some(file),
            state: Some(home.path().join("state")),
        };
        let environment = Environment::read(Platform::Linux, true, |name| {
            (name == "HOME").then(|| home.path().into())
        });
        examine(&overrides, &environment).await
    }

    #[tokio::test]
    async fn on_a_machine_without_an_agent_the_doctor_says_how_to_start_one() {
        let checks = examine_with("[listen]\nwss_ports = [0]\nws = false\n").await;
        let agent = checks.iter().find(|check| check.name == "agent").unwrap();
        assert_eq!(agent.result, CheckResult::Fail);
        let next = agent.next.as_ref().unwrap();
        assert!(next.contains("platen run"), "{agent:?}");
    }

    #[tokio::test]
    async fn every_problem_of_the_configuration_is_a_check_of_its_own() {
        let checks = examine_with("[listen]\nws = 1\nx = 2\n").await;
        let failed =
            |check: &&Check| check.name == "configuration" && check.result == CheckResult::Fail;
        assert_eq!(checks.iter().filter(failed).count(), 2, "{checks:?}");
    }
}
