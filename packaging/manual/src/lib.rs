//! Manual pages and shell completions, written from the definition of a command line.
//!
//! They are committed beside this crate, so that a package is made of files and the programs carry
//! none of this. The tests of each program call [`check`], which fails where a file is stale and
//! renews it with `PLATEN_UPDATE=1`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// The shells that get a completion, and what its file is called for a program.
const SHELLS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash"),
    (Shell::Zsh, "zsh"),
    (Shell::Fish, "fish"),
];

/// Fails when the committed files of this program are not what its definition says.
///
/// # Panics
/// Where one is stale and `PLATEN_UPDATE` is not set, or cannot be written.
pub fn check(definition: &Command, package: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in files(definition) {
        let file = folder.join(&path);
        if std::env::var_os("PLATEN_UPDATE").is_some() {
            fs::write(&file, &text).expect("the folder is committed");
            continue;
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == text,
            "packaging/manual/{path} is stale; renew it with PLATEN_UPDATE=1 cargo test -p {package}"
        );
    }
}

/// Every file of a program: its path below this crate, and its text.
fn files(definition: &Command) -> Vec<(String, String)> {
    let name = definition.get_name().to_owned();
    let mut files = vec![(format!("man/{name}.1"), manual(definition))];
    for (shell, ending) in SHELLS {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut definition.clone(), &name, &mut text);
        files.push((format!("completions/{name}.{ending}"), in_utf8(text)));
    }
    files
}

/// What each page begins with: an apostrophe that no printer of pages bends.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// One page for the program and all its verbs: sixty pages are sixty searches.
fn manual(definition: &Command) -> String {
    let mut definition = definition.clone().disable_help_subcommand(true);
    definition.build();
    // No date: the page is the same whenever it is written.
    let man = Man::new(definition.clone());
    let mut page = APOSTROPHE.to_owned();
    page += &rendered(|out| {
        man.render_title(out)?;
        man.render_name_section(out)?;
        man.render_synopsis_section(out)?;
        man.render_description_section(out)?;
        man.render_options_section(out)
    });
    add_verbs(&definition, &mut page);
    page.push_str(&rendered(|out| {
        man.render_extra_section(out)?;
        man.render_version_section(out)
    }));
    page
}

/// A section for each verb; what would be sections of a page of its own are parts of it.
fn add_verbs(command: &Command, page: &mut String) {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let name = verb.get_bin_name().unwrap_or(verb.get_name());
        let man = Man::new(verb.clone());
        let section = rendered(|out| {
            man.render_synopsis_section(out)?;
            man.render_description_section(out)?;
            man.render_options_section(out)
        });
        writeln!(page, ".SH {}", name.to_uppercase()).expect("a string takes all");
        page.push_str(&section.replace(".SH ", ".SS "));
        add_verbs(verb, page);
    }
}

/// What a part of a page is in roff, without the lines that each part would begin with.
fn rendered(part: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut octets = Vec::new();
    part(&mut octets).expect("writing to memory cannot fail");
    let text = in_utf8(octets);
    let lines = text.lines().map(str::trim_end);
    lines
        .filter(|line| !line.starts_with(".ie ") && !line.starts_with(".el "))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn in_utf8(octets: Vec<u8>) -> String {
    String::from_utf8(octets).expect("clap writes UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition() -> Command {
        let list = Command::new("list").about("Show all of them");
        let jobs = Command::new("jobs")
            .about("What was printed")
            .subcommand(list);
        Command::new("sample").version("1").subcommand(jobs)
    }

    #[test]
    fn a_page_has_a_section_for_each_verb_and_is_the_same_each_time() {
        let page = manual(&definition());
        assert!(
            page.contains(".SH SAMPLE JOBS LIST\n.SS SYNOPSIS"),
            "{page}"
        );
        assert!(page.contains("Show all of them"), "{page}");
        assert_eq!(page, manual(&definition()));
    }

    #[test]
    fn each_shell_has_a_completion_that_knows_the_verbs() {
        let files = files(&definition());
        assert_eq!(files.len(), 1 + SHELLS.len());
        assert!(files.iter().all(|(_, text)| text.contains("jobs")));
    }
}
