//! What a job says, command by command, and the printers that are known.

use std::fmt::{self, Write};

use platen_receipt::command::Command;
use platen_receipt::{FindingKind, Profile};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// The commands of a job, as JSON; their octets are those of the job.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    commands: Vec<CommandAt>,
    findings: Vec<FindingAt>,
    findings_left_off: u64,
}

#[derive(Debug, Serialize)]
struct CommandAt {
    offset: u64,
    octets: usize,
    name: String,
}

#[derive(Debug, Serialize)]
struct FindingAt {
    offset: u64,
    kind: &'static str,
    message: String,
}

/// Reads a job, and tells its commands and findings as JSON.
#[wasm_bindgen]
pub fn parse(job: &[u8]) -> String {
    let parsed = platen_receipt::parse(job);
    let commands = parsed.commands.iter().map(|located| CommandAt {
        offset: located.offset,
        octets: octets(&located.command),
        name: name(&located.command),
    });
    let findings = parsed.findings.kept.iter().map(|finding| FindingAt {
        offset: finding.offset,
        kind: kind(finding.kind),
        message: finding.kind.to_string(),
    });
    let job = Job {
        commands: commands.collect(),
        findings: findings.collect(),
        findings_left_off: parsed.findings.left_off,
    };
    serde_json::to_string(&job).expect("numbers and names are JSON")
}

/// The names of the printer models that are known, as JSON.
#[wasm_bindgen]
pub fn profiles() -> String {
    let names: Vec<&str> = Profile::names().collect();
    serde_json::to_string(&names).expect("names are JSON")
}

fn octets(command: &Command) -> usize {
    let mut out = Vec::new();
    command.encode_to(&mut out);
    out.len()
}

/// The name of the variant: the maker's title of the command, in one word.
fn name(command: &Command) -> String {
    /// Takes what is written up to the first character that is no letter.
    struct Word(String);

    impl Write for Word {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric());
            self.0.push_str(&text[..end.unwrap_or(text.len())]);
            match end {
                Some(_) => Err(fmt::Error),
                None => Ok(()),
            }
        }
    }

    let mut word = Word(String::new());
    // It is an error where the word ends before the text.
    write!(word, "{command:?}").ok();
    word.0
}

fn kind(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::UnknownBytes { .. } => "unknown-bytes",
        FindingKind::StrayControlCodes { .. } => "stray-control-codes",
        FindingKind::Truncated => "truncated",
        FindingKind::CommandTooLong { .. } => "command-too-long",
        FindingKind::DocumentTooLong => "document-too-long",
        FindingKind::MacroTooLong => "macro-too-long",
        FindingKind::RowTooFull => "row-too-full",
        FindingKind::CodeNotEncodable => "code-not-encodable",
        FindingKind::CodeTooWide => "code-too-wide",
        FindingKind::TooManyCodes => "too-many-codes",
        // The enum may grow in a version of its own.
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn each_command_has_its_name_and_its_octets() {
        let job: Value = serde_json::from_str(&parse(b"\x1b@Tea\n\x1ba\x01\x1d(")).expect("JSON");
        assert_eq!(
            job,
            json!({
                "commands": [
                    { "offset": 0, "octets": 2, "name": "InitializePrinter" },
                    { "offset": 2, "octets": 3, "name": "Text" },
                    { "offset": 5, "octets": 1, "name": "PrintAndLineFeed" },
                    { "offset": 6, "octets": 3, "name": "SelectJustification" },
                    { "offset": 9, "octets": 2, "name": "Unknown" },
                ],
                "findings": [{
                    "offset": 9,
                    "kind": "truncated",
                    "message": "the job ends inside a command",
                }],
                "findingsLeftOff": 0,
            })
        );
    }

    #[test]
    fn the_models_have_names() {
        let names: Vec<String> = serde_json::from_str(&profiles()).expect("JSON");
        assert!(names.contains(&"TM-T88V".to_owned()), "{names:?}");
    }
}
