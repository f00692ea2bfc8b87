//! `platen doctor`: prints what [`crate::doctor`] finds.

use super::output::{print, print_json};
use super::{Context, Exit, Failure};
use crate::doctor::{self, Check, CheckResult};
use crate::visible;

pub(super) async fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let checks = doctor::examine(&context.overrides, context.environment).await;
    if context.json {
        print_json(&checks)?;
    } else {
        print(&describe(&checks));
    }
    let failed = checks.iter().any(|check| check.result == CheckResult::Fail);
    Ok(if failed { Exit::Refused } else { Exit::Done })
}

fn describe(checks: &[Check]) -> String {
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
