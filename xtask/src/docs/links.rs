//! Relative links in Markdown: the file exists, and so does the heading after `#`.
//!
//! Links to other servers are not followed: a test must not depend on them.

use super::{Finding, Tree, resolve};

/// Every relative link of one document that leads nowhere.
pub(super) fn check(tree: &Tree, file: &str, text: &str) -> Vec<Finding> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (line, link) in links(text) {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (path, heading) = link.split_once('#').unwrap_or((link, ""));
        let target = if path.is_empty() {
            Some(file.to_owned())
        } else {
            resolve(folder, path)
        };
        let message = match target {
            None => Some("leads out of the repository".to_owned()),
            Some(target) if !tree.contains(&target) => Some(format!("there is no {target}")),
            Some(target) => tree
                .text(&target)
                .filter(|text| !heading.is_empty() && !has_heading(text, heading))
                .map(|_| format!("{target} has no heading #{heading}")),
        };
        if let Some(message) = message {
            findings.push(Finding {
                file: file.to_owned(),
                line,
                message: format!("the link ({link}): {message}"),
            });
        }
    }
    findings
}

/// The targets of `[text](target)` with their line numbers, outside of code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else {
                break;
            };
            // `(target "title")` has a title that is no part of the target.
            let target = target.split_whitespace().next().unwrap_or_default();
            found.push((number, target));
            rest = after;
        }
    }
    found
}

/// Numbered lines that are not inside a fenced code block.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((index + 1, line))
    })
}

fn has_heading(text: &str, anchor: &str) -> bool {
    prose(text)
        .filter_map(|(_, line)| line.strip_prefix('#'))
        .any(|heading| slug(heading.trim_start_matches('#')) == anchor)
}

/// A heading's anchor, as code hosts make it: lowercase, spaces to hyphens, punctuation dropped.
fn slug(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter_map(|character| match character {
            ' ' | '-' => Some('-'),
            '_' => Some('_'),
            other if other.is_alphanumeric() => Some(other.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::of(files);
        let (file, text) = files[0];
        check(&tree, file, text)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.message))
            .collect()
    }

    #[test]
    fn a_link_to_a_file_that_is_there_is_fine() {
        let other = ("docs/b.md", "# The life of a job\n");
        let text = "[b](b.md) [c](b.md#the-life-of-a-job) [d](https://example.com/x)";
        assert_eq!(
            messages(&[("docs/a.md", text), other]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_link_to_a_missing_file_or_heading_is_found_with_its_line() {
        let text = "# A\n[b](b.md)\n[a](#c)\n[up](../x.md)";
        assert_eq!(
            messages(&[("a.md", text)]),
            [
                "2: the link (b.md): there is no b.md",
                "3: the link (#c): a.md has no heading #c",
                "4: the link (../x.md): leads out of the repository",
            ]
        );
    }

    #[test]
    fn code_is_not_read_for_links() {
        assert_eq!(
            messages(&[("a.md", "```\n[b](b.md)\n```")]),
            Vec::<String>::new()
        );
    }
}
