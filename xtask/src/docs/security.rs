//! SECURITY.md: each path it names exists, and each test that is to show a promise.
//!
//! Tests are sentences: a backticked word of four or more parts, joined by underscores, is one.

use super::named::{backticked, is_test, missing_paths};
use super::{Finding, Tree};

const FILE: &str = "SECURITY.md";

/// Fewer parts may be a setting or a type.
const PARTS_MIN: usize = 4;

/// What the document names and the tree does not have.
pub(super) fn check(tree: &Tree, text: &str) -> Vec<Finding> {
    let mut findings = missing_paths(tree, FILE, text);
    for (index, line) in text.lines().enumerate() {
        let missing = backticked(line).filter(|word| is_sentence(word) && !is_test(tree, word));
        findings.extend(missing.map(|word| Finding {
            file: FILE.to_owned(),
            line: index + 1,
            message: format!("there is no test {word}"),
        }));
    }
    findings
}

fn is_sentence(word: &str) -> bool {
    let is_plain = word.chars().all(|character| {
        character == '_' || character.is_ascii_lowercase() || character.is_ascii_digit()
    });
    is_plain && word.split('_').count() >= PARTS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &[(&str, &str)] = &[("tests/tests/security.rs", "fn t02_only_loopback_is() {}")];

    fn messages(text: &str) -> Vec<String> {
        check(&Tree::of(TREE), text)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.message))
            .collect()
    }

    #[test]
    fn a_promise_whose_test_is_gone_is_found() {
        let text = "T02 `t02_only_loopback_is` in `tests/tests/security.rs`\nT03 `t03_hostile_origins_get_nothing`";
        assert_eq!(
            messages(text),
            ["2: there is no test t03_hostile_origins_get_nothing"]
        );
    }

    #[test]
    fn settings_and_commands_are_no_tests() {
        assert_eq!(
            messages("`job_octets_max` and `platen trust add`"),
            Vec::<String>::new()
        );
    }
}
