//! What a document names in backticks: paths and tests of the tree.

use super::{Finding, Tree, extension};

const SOURCES: &[&str] = &["rs", "ts", "mts", "js", "mjs"];

/// Every path of one document that the tree does not have.
pub(super) fn missing_paths(tree: &Tree, file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let words: Vec<&str> = if fenced {
            line.split_whitespace().take(1).collect()
        } else {
            backticked(line).collect()
        };
        for word in words {
            if is_path(tree, word) && !is_known(tree, word) {
                findings.push(Finding {
                    file: file.to_owned(),
                    line: index + 1,
                    message: format!("there is no {word}"),
                });
            }
        }
    }
    findings
}

/// A source file or document by its ending, a folder by its slash, or anything below a folder of the root.
fn is_path(tree: &Tree, word: &str) -> bool {
    let is_plain = word
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "/._-".contains(character));
    if !is_plain || word.starts_with('/') {
        return false;
    }
    match word.split_once('/') {
        Some((first, _)) => {
            word.ends_with('/') || tree.contains(first) || extension(word).is_some()
        }
        None => extension(word).is_some_and(|found| found == "md" || SOURCES.contains(&found)),
    }
}

/// A path from the root, or the end of one: `queue/mod.rs` is enough where the text speaks of the bridge.
fn is_known(tree: &Tree, word: &str) -> bool {
    let tail = format!("/{}", word.trim_end_matches('/'));
    tree.contains(word)
        || tree
            .files
            .iter()
            .any(|(path, _)| path.ends_with(&tail) || path.contains(&format!("{tail}/")))
}

/// A Rust function, or the title of a JavaScript test.
pub(super) fn is_test(tree: &Tree, name: &str) -> bool {
    let name = name.rsplit("::").next().unwrap_or(name);
    let marks = [
        format!("fn {name}("),
        format!("\"{name}\""),
        format!("'{name}'"),
    ];
    tree.sources(SOURCES)
        .any(|(_, text)| marks.iter().any(|mark| text.contains(mark)))
}

/// What stands between pairs of backticks.
pub(super) fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}
