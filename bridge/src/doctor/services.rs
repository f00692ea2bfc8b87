//! The agent's services, where systemd starts it: which one is down.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::Check;
use crate::paths::Environment;

/// The unit's name, for the machine and for a user.
const UNIT: &str = "platen.service";
/// systemd answers at once, or not at all.
const ANSWER_WAIT: Duration = Duration::from_secs(3);

/// Whose service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    System,
    User,
}

/// Every service of ours that is to run and does not; nothing where systemd
/// knows none.
pub(super) async fn examine(environment: &Environment) -> Vec<Check> {
    let Some(systemctl) = environment.find_program("systemctl") else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    for scope in [Scope::System, Scope::User] {
        if let Some(shown) = ask(&systemctl, scope).await {
            checks.extend(judge(scope, &shown));
        }
    }
    checks
}

/// What systemd shows of the unit; `None` where none answers.
async fn ask(systemctl: &Path, scope: Scope) -> Option<String> {
    let mut command = Command::new(systemctl);
    if scope == Scope::User {
        command.arg("--user");
    }
    command
        .args(["show", UNIT, "--property"])
        .arg("LoadState,ActiveState,UnitFileState,Result")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(ANSWER_WAIT, command.output()).await;
    let output = output.ok()?.ok()?;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(shown)
}

fn judge(scope: Scope, shown: &str) -> Option<Check> {
    let value = |key: &str| {
        let mut lines = shown.lines().filter_map(|line| line.split_once('='));
        lines
            .find(|(name, _)| *name == key)
            .map_or("", |(_, value)| value)
    };
    let (name, systemctl, journal) = match scope {
        Scope::System => ("system service", "sudo systemctl", "sudo journalctl"),
        Scope::User => ("user service", "systemctl --user", "journalctl --user"),
    };
    let (active, enabled) = (value("ActiveState"), value("UnitFileState"));
    let wanted = ["enabled", "enabled-runtime", "static"].contains(&enabled);
    match (value("LoadState"), active) {
        ("loaded", "active" | "reloading") => Some(Check::ok(name, format!("{UNIT} runs"))),
        ("loaded", "activating") => Some(Check::warn(
            name,
            format!("{UNIT} is starting, or is started again and again"),
            format!("`{journal} -u {UNIT}` says why"),
        )),
        ("loaded", "failed") => Some(Check::fail(
            name,
            format!("{UNIT} is down: it failed ({})", value("Result")),
            format!("`{journal} -u {UNIT}` says why; then `{systemctl} restart {UNIT}`"),
        )),
        ("loaded", _) if wanted => Some(Check::fail(
            name,
            format!("{UNIT} is down: it was stopped, or has not been started yet"),
            format!("`{systemctl} start {UNIT}`"),
        )),
        ("masked", _) => Some(Check::fail(
            name,
            format!("{UNIT} is masked, so that nothing starts it"),
            format!("`{systemctl} unmask {UNIT}`, then `{systemctl} enable --now {UNIT}`"),
        )),
        // Not ours to start: shipped, and not enabled.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::CheckResult;
    use super::*;

    #[test]
    fn a_service_that_is_down_is_named_with_the_command_that_starts_it() {
        for (load, active, enabled, expected) in [
            ("loaded", "active", "enabled", Some((CheckResult::Ok, ""))),
            (
                "loaded",
                "failed",
                "enabled",
                Some((CheckResult::Fail, "restart platen.service")),
            ),
            (
                "loaded",
                "failed",
                "disabled",
                Some((CheckResult::Fail, "journalctl")),
            ),
            (
                "loaded",
                "inactive",
                "enabled",
                Some((CheckResult::Fail, "systemctl start")),
            ),
            (
                "loaded",
                "activating",
                "enabled",
                Some((CheckResult::Warn, "journalctl")),
            ),
            ("loaded", "inactive", "disabled", None),
            (
                "masked",
                "inactive",
                "masked",
                Some((CheckResult::Fail, "unmask")),
            ),
            ("not-found", "inactive", "", None),
        ] {
            let shown = format!(
                "Result=exit-code\nLoadState={load}\nActiveState={active}\nUnitFileState={enabled}\n"
            );
            let found = judge(Scope::System, &shown);
            let next = found.as_ref().and_then(|check| check.next.clone());
            assert_eq!(
                found.as_ref().map(|check| check.result),
                expected.map(|(result, _)| result),
                "{shown}"
            );
            let part = expected.map_or("", |(_, part)| part);
            assert!(next.unwrap_or_default().contains(part), "{shown}");
        }
        assert_eq!(judge(Scope::User, "").map(|check| check.name), None);
        let user = judge(Scope::User, "LoadState=loaded\nActiveState=failed\n").unwrap();
        assert!(user.next.unwrap().contains("systemctl --user restart"));
    }

    #[tokio::test]
    async fn a_machine_without_systemd_has_no_services_to_look_at() {
        let environment = Environment::read(crate::paths::Platform::Linux, false, |_| None);
        assert_eq!(examine(&environment).await, []);
    }
}
