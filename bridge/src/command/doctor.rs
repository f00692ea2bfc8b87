//! `platen doctor`: prints what [`crate::doctor`] finds.

use super::output::{print, print_json};
use super::{Context, Exit, Failure};
use crate::doctor::{self, CheckResult};

pub(super) async fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let checks = doctor::examine(&context.overrides, context.environment).await;
    if context.json {
        print_json(&checks)?;
    } else {
        print(&doctor::describe(&checks));
    }
    let failed = checks.iter().any(|check| check.result == CheckResult::Fail);
    Ok(if failed { Exit::Refused } else { Exit::Done })
}
