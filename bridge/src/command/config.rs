//! `platen config`: the only verb about files and not about an agent.

use super::output::{print, print_json, say};
use super::{Context, Exit, Failure};
use crate::admin::tcp::Token;
use crate::command::arguments::ConfigVerb;
use crate::config::{Config, ConfigError, Loaded, Overrides, Problem, reference};
use crate::provision;
use crate::visible;

pub(super) fn run(verb: &ConfigVerb, context: &Context<'_>) -> Result<Exit, Failure> {
    match verb {
        ConfigVerb::Check { file } => check(file.as_deref(), context),
        ConfigVerb::Show => show(context),
        ConfigVerb::Reference => {
            print(&reference::markdown());
            Ok(Exit::Done)
        }
    }
}

fn check(file: Option<&std::path::Path>, context: &Context<'_>) -> Result<Exit, Failure> {
    let overrides = Overrides {
        config: file
            .map(std::path::Path::to_owned)
            .or_else(|| context.overrides.config.clone()),
        state: context.overrides.state.clone(),
    };
    let loaded = Config::load(&overrides, context.environment)?;
    check_token(&loaded)?;
    if context.json {
        print_json(&serde_json::json!({ "file": loaded.file, "problems": [] }))?;
    } else {
        say(format!("{} can be used", source(&loaded)));
    }
    Ok(Exit::Done)
}

/// The one thing a configuration says about the contents of another file.
fn check_token(loaded: &Loaded) -> Result<(), ConfigError> {
    let metrics = &loaded.config.metrics;
    let (Some(_), Some(file)) = (metrics.tcp, &metrics.token_file) else {
        return Ok(());
    };
    match Token::read(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(ConfigError {
            file: loaded.file.clone(),
            problems: vec![Problem {
                line: None,
                key: "metrics.token_file".to_owned(),
                value: None,
                message: error.to_string(),
            }],
        }),
    }
}

fn show(context: &Context<'_>) -> Result<Exit, Failure> {
    let (loaded, _) = provision::load_config(&context.overrides, context.environment)?;
    if context.json {
        print_json(&loaded.config)?;
    } else {
        print(&format!(
            "# {}\n\n{}",
            visible::line(&source(&loaded)),
            loaded.config.to_toml()
        ));
    }
    Ok(Exit::Done)
}

fn source(loaded: &Loaded) -> String {
    match &loaded.file {
        Some(file) if loaded.decided.is_empty() => file.display().to_string(),
        Some(file) => format!(
            "{}; the provisioning file decides {}",
            file.display(),
            loaded.decided.join(", ")
        ),
        None => "no configuration file: the built-in configuration".to_owned(),
    }
}
