//! `platen-sign sign`.

use anyhow::Context as _;
use serde_json::json;

use super::{signer, standard_input, without_line_end};
use crate::cli::Sign;
use crate::report::{Exit, Outcome, print_json};

pub(crate) fn run(arguments: &Sign) -> Outcome {
    let signer = signer(&arguments.site)?;
    let text = match &arguments.statement {
        Some(path) => platen_sign::read_text(path)?.to_string(),
        None => standard_input()?
            .context("pipe the statement's text in, or name its file with --statement")?,
    };
    let signed = signer.sign_text(without_line_end(&text))?;
    let mut result = json!({
        "statement": signed.statement,
        "signature": signed.signature,
    });
    if arguments.json || arguments.with_certificates {
        result["certificates"] = json!(signer.certificates());
    }
    print_json(&result);
    Ok(Exit::Done)
}
