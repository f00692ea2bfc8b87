//! `platen support-bundle`: one file for somebody who helps.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::output::{print, print_json};
use super::table::{octets, table};
use super::{Context, Exit, Failure};
use crate::{support, visible, when};

pub(super) async fn run(
    context: &Context<'_>,
    file: Option<PathBuf>,
    with_origins: bool,
) -> Result<Exit, Failure> {
    let now = when::now();
    let file = file.unwrap_or_else(|| default_name(&when::exact(now)).into());
    let parts = support::gather(&context.overrides, context.environment, with_origins, now).await;
    let shown = file.display();
    support::write(&file, &parts, now)
        .with_context(|| format!("{shown} cannot be written; name another file"))?;
    if context.json {
        print_json(&json!({ "file": file, "parts": parts, "left_out": support::LEFT_OUT }))?;
        return Ok(Exit::Done);
    }
    let rows = parts.iter().map(|part| {
        [
            part.name.to_owned(),
            octets(part.content.len() as u64),
            part.about.to_owned(),
        ]
    });
    let contents = table(["FILE", "SIZE", "WHAT IT TELLS"], rows.collect());
    let sites = if with_origins {
        "Sites are named in it."
    } else {
        "Sites are called site-1, site-2, ... in it."
    };
    print(&format!(
        "{contents}\nNot in it: {}.\n{sites} Look through it before you send it (`tar -xzf`).\n{} is written, readable by you only.\n",
        support::LEFT_OUT,
        visible::line(&shown.to_string())
    ));
    Ok(Exit::Done)
}

/// `platen-support-20261121-234207.tar.gz`, from a time in full.
fn default_name(exact: &str) -> String {
    let digits: String = exact
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    let (day, time) = digits.split_at(8.min(digits.len()));
    format!("platen-support-{day}-{time}.tar.gz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_named_for_its_time() {
        assert_eq!(
            default_name("2026-11-21T23:42:07.123Z"),
            "platen-support-20261121-234207.tar.gz"
        );
    }
}
