//! How a command ends: its exit code, and its error for people or programs.

use std::process::ExitCode;

use platen_protocol::ErrorCode;
use platen_sign::SignError;
use serde_json::json;

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or valid: 0.
    Done,
    /// Refused, or not valid: 3.
    Refused,
}

/// What a command comes to. An error is what the system, a file or a rule said
/// no to; it exits with 1, refusals to sign with 3. (2 is clap's.)
pub(crate) type Outcome = anyhow::Result<Exit>;

/// Prints the error, if there is one, and chooses the exit code.
pub(crate) fn finish(outcome: Outcome, as_json: bool) -> ExitCode {
    let error = match outcome {
        Ok(Exit::Done) => return ExitCode::SUCCESS,
        Ok(Exit::Refused) => return ExitCode::from(3),
        Err(error) => error,
    };
    let code = refusal_code(&error);
    // The library's messages carry their causes already.
    let message = error.to_string();
    if as_json {
        let name = code.map_or("failed", ErrorCode::as_str);
        print_json(&json!({ "error": { "code": name, "message": message } }));
    }
    eprintln!("platen-sign: {message}");
    ExitCode::from(if code.is_some() { 3 } else { 1 })
}

fn refusal_code(error: &anyhow::Error) -> Option<ErrorCode> {
    error.downcast_ref::<SignError>()?.code()
}

/// One JSON value on standard output, one line.
pub(crate) fn print_json(value: &serde_json::Value) {
    println!("{value}");
}

/// Talk: on standard error, so that results can be piped.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
