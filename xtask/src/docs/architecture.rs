//! ARCHITECTURE.md: each path it names exists, and each invariant names a test that exists.
//!
//! A path stands in backticks or begins a line of a code block (the folder map). An invariant is a
//! paragraph or list item that begins `**I-n`; its tests are the backticked words after `Test:` or
//! `Tests:`, each a Rust function or the title of a JavaScript test.

use super::named::{backticked, is_test, missing_paths};
use super::{Finding, Tree};

const FILE: &str = "ARCHITECTURE.md";

/// What the document names and the tree does not have.
pub(super) fn check(tree: &Tree, text: &str) -> Vec<Finding> {
    let mut findings = missing_paths(tree, FILE, text);
    findings.extend(broken_invariants(tree, text));
    findings
}

fn broken_invariants(tree: &Tree, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for (line, paragraph) in invariants(text) {
        let id = invariant_id(&paragraph);
        if seen.contains(&id) {
            findings.push(finding(line, format!("{id} is used twice")));
        }
        let tests = named_tests(&paragraph);
        if tests.is_empty() {
            findings.push(finding(line, format!("{id} names no test")));
        }
        for test in tests {
            if !is_test(tree, test) {
                findings.push(finding(line, format!("{id}: there is no test {test}")));
            }
        }
        seen.push(id);
    }
    if seen.is_empty() {
        findings.push(finding(1, "no invariant begins with **I-".to_owned()));
    }
    findings
}

/// Each invariant on one line, with the number of its first.
fn invariants(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let content = line.strip_prefix("- ").unwrap_or(line);
        if content.starts_with("**I-") {
            found.push((index + 1, content.to_owned()));
            open = true;
        } else if line.is_empty() || line.starts_with('#') || line.starts_with("- ") {
            open = false;
        } else if let (true, Some((_, paragraph))) = (open, found.last_mut()) {
            paragraph.push(' ');
            paragraph.push_str(line);
        }
    }
    found
}

fn invariant_id(paragraph: &str) -> String {
    paragraph
        .trim_start_matches('*')
        .split(|character: char| character != '-' && !character.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn named_tests(paragraph: &str) -> Vec<&str> {
    ["Test:", "Tests:"]
        .iter()
        .find_map(|word| paragraph.split_once(word))
        .map(|(_, after)| backticked(after).collect())
        .unwrap_or_default()
}

fn finding(line: usize, message: String) -> Finding {
    Finding {
        file: FILE.to_owned(),
        line,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &[(&str, &str)] = &[
        (
            "bridge/src/queue/mod.rs",
            "fn every_job_ends_exactly_once() {}",
        ),
        (
            "js-sdk/test/print.test.ts",
            "test(\"a job ends once\", () => {})",
        ),
    ];

    const INVARIANT: &str = "- **I-1 A job ends once.** Held by `queue/mod.rs`.\n  Test: `every_job_ends_exactly_once`, `a job ends once`.\n";

    fn check_document(text: &str) -> Vec<String> {
        check(&Tree::of(TREE), text)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.message))
            .collect()
    }

    #[test]
    fn an_invariant_that_names_what_exists_is_fine() {
        assert_eq!(check_document(INVARIANT), Vec::<String>::new());
    }

    #[test]
    fn a_test_that_does_not_exist_is_found() {
        let text = "- **I-1 A job ends once.** Test: `no_such_test`.";
        assert_eq!(
            check_document(text),
            ["1: I-1: there is no test no_such_test"]
        );
    }

    #[test]
    fn an_invariant_without_a_test_and_an_id_used_twice_are_found() {
        let text = format!("{INVARIANT}- **I-1 Another.** Held by hope.\n");
        assert_eq!(
            check_document(&text),
            ["3: I-1 is used twice", "3: I-1 names no test"]
        );
    }

    #[test]
    fn a_document_without_invariants_is_found() {
        assert_eq!(
            check_document("# Architecture"),
            ["1: no invariant begins with **I-"]
        );
    }

    #[test]
    fn a_path_that_does_not_exist_is_found_in_the_text_and_in_the_folder_map() {
        let text = format!(
            "See `bridge/src/que.rs`.\n```text\nbridge/   the agent\nbrigde/   oops\n```\n{INVARIANT}"
        );
        assert_eq!(
            check_document(&text),
            ["1: there is no bridge/src/que.rs", "4: there is no brigde/"]
        );
    }

    #[test]
    fn words_that_only_look_like_paths_are_left_alone() {
        let text = format!("`GET /healthz` is `text/plain` on `wss://localhost`.\n{INVARIANT}");
        assert_eq!(check_document(&text), Vec::<String>::new());
    }
}
