//! The `docs` suite: what the documents promise and a machine can see is true.
//!
//! Links in every Markdown file lead somewhere (`links.rs`); every path and test that
//! ARCHITECTURE.md and SECURITY.md name exists (`architecture.rs`, `security.rs`). Generated files
//! are compared by the package that generates them, in its unit tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{command, output_of};
use crate::workspace::Workspace;

mod architecture;
mod links;
mod named;
mod security;

/// Something a document says that is not so.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    line: usize,
    message: String,
}

/// Checks all documents; the error counts what was found, and each finding is a line of output.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let files = tracked_files(workspace)?;
    let tree = Tree::read(workspace.root(), files);
    let mut findings = Vec::new();
    for (file, text) in tree.documents() {
        findings.extend(links::check(&tree, file, text));
    }
    if let Some(text) = tree.text("ARCHITECTURE.md") {
        findings.extend(architecture::check(&tree, text));
    }
    if let Some(text) = tree.text("SECURITY.md") {
        findings.extend(security::check(&tree, text));
    }
    for Finding {
        file,
        line,
        message,
    } in &findings
    {
        println!("{file}:{line}: {message}");
    }
    if !findings.is_empty() {
        bail!("{} statements in the documents are not so", findings.len());
    }
    println!(
        "{} documents checked, all they name exists",
        tree.documents().count()
    );
    Ok(())
}

/// What git knows or would add: build results and installed packages are no part of the tree.
pub(crate) fn tracked_files(workspace: &Workspace) -> Result<Vec<String>> {
    let mut git = command(workspace, "git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listing = output_of(&mut git).context("`git ls-files` failed; is this a git checkout?")?;
    Ok(listing.lines().map(str::to_owned).collect())
}

/// The repository's files: every path, and the text of those a document can speak about.
struct Tree {
    files: Vec<(String, String)>,
}

impl Tree {
    fn read(root: &Path, paths: Vec<String>) -> Self {
        let files = paths
            .into_iter()
            .filter_map(|path| {
                let file = root.join(&path);
                let text = if has_text(&path) {
                    fs::read_to_string(&file).ok()?
                } else {
                    file.exists().then(String::new)?
                };
                Some((path, text))
            })
            .collect();
        Self { files }
    }

    fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources(&["md"])
    }

    fn sources(&self, extensions: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(|(path, _)| extension(path).is_some_and(|found| extensions.contains(&found)))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|(known, _)| known == path)
            .map(|(_, text)| text.as_str())
    }

    /// Whether there is such a file, or a folder with a file in it.
    fn contains(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty()
            || self.files.iter().any(|(known, _)| {
                known
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }
}

fn has_text(path: &str) -> bool {
    extension(path).is_some_and(|found| ["md", "rs", "ts", "mts", "js", "mjs"].contains(&found))
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

/// `a/b` seen from a document in `folder`; `None` when it leads out of the repository.
fn resolve(folder: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = match link.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').filter(|part| !part.is_empty()).collect(),
    };
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    let path: PathBuf = parts.iter().collect();
    path.to_str().map(str::to_owned)
}

#[cfg(test)]
impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            files: files.iter().map(owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_contained_when_a_file_in_it_is() {
        let tree = Tree::of(&[("bridge/src/main.rs", "")]);
        assert!(tree.contains("bridge/"));
        assert!(tree.contains("bridge/src/main.rs"));
        assert!(!tree.contains("bri"));
        assert!(!tree.contains("bridge/src/other.rs"));
    }

    #[test]
    fn links_are_resolved_from_the_folder_of_their_document() {
        assert_eq!(resolve("a/b", "../c.md").as_deref(), Some("a/c.md"));
        assert_eq!(resolve("", "./c.md").as_deref(), Some("c.md"));
        assert_eq!(resolve("a", "../../c.md"), None);
    }
}
