//! Writes the help of every verb as `docs/command-line.md`, and checks what is
//! committed against it.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use super::Cli;

fn describe(command: &mut Command, path: &str, out: &mut String) {
    let level = if path.contains(' ') { "##" } else { "#" };
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    write!(
        out,
        "\n{level} `{path}`\n\n```text\n{}\n```\n",
        lines.join("\n").trim_end()
    )
    .unwrap();
    for verb in command.get_subcommands_mut() {
        if verb.get_name() != "help" {
            let path = format!("{path} {}", verb.get_name());
            describe(verb, &path, out);
        }
    }
}

#[test]
fn the_committed_command_line_reference_is_fresh() {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut out = String::from(
        "# The command line\n\nGenerated from the program's own help; a test fails when this file is stale.\nTo renew: `PLATEN_UPDATE=1 cargo test -p platen-bridge`.\n",
    );
    describe(&mut command, "platen", &mut out);
    crate::fresh::check(
        "docs/command-line.md",
        &out.replacen("\n# `platen`", "\n## `platen`", 1),
    );
}

#[test]
fn the_committed_manual_and_completions_are_fresh() {
    platen_manual::check(&Cli::command(), "platen-bridge");
}

#[test]
fn the_definitions_hold_together_and_every_verb_has_an_example() {
    let command = Cli::command();
    command.clone().debug_assert();
    for verb in command.get_subcommands() {
        let help = verb.clone().render_long_help().to_string();
        assert!(help.contains("Example"), "{}", verb.get_name());
    }
}

#[test]
fn command_lines_are_understood_as_they_are_meant() {
    use clap::Parser as _;
    for (line, expected) in [
        ("platen --state s status --json", true),
        ("platen jobs", true),
        ("platen jobs --state-is interrupted,pending --limit 5", true),
        ("platen jobs show j1", true),
        ("platen jobs show ../j1", false),
        ("platen jobs --state-is lost", false),
        ("platen jobs --limit 0", false),
        ("platen print f --printer kitchen --wait", true),
        ("platen print f", false),
        (
            "platen preview - --text --profile tm-t88v --columns 42 --dots 512 --multibyte ksc5601 --dialect escpos",
            true,
        ),
        (
            "platen render t.xml d.json --out o --columns 32 --dots 384 --locale de-CH --currency CHF",
            true,
        ),
        ("platen render t.xml", false),
        ("platen preview f --text --facts", false),
        ("platen preview f", false),
        ("platen preview f --text --profile nobody", false),
        (
            "platen trust add ca.pem --origin https://pos.example --capability printers,print,status,jobs --json",
            true,
        ),
        ("platen trust add ca.pem --origin *.com", false),
        ("platen trust add ca.pem --capability fly", false),
        ("platen trust add ca.pem --signing never", false),
        ("platen trust remove 3", true),
        ("platen trust revoke revoked.json", true),
        ("platen events --follow --after c1f", true),
        ("platen events --after 31", false),
        ("platen config check /etc/platen/platen.toml", true),
        (
            "platen emulator run --printers 4 --port 0 --job-ends cut",
            true,
        ),
        ("platen emulator run --close sometimes", false),
        ("platen emulator run --printers 0", false),
        (
            "platen emulator control fault jam --when after-lines:3",
            true,
        ),
        ("platen emulator control --printer 2 paper-out", true),
        ("platen emulator control fault slow-drain", false),
        ("platen emulator control fault jam --when soon", false),
        ("platen", false),
    ] {
        let parsed = Cli::try_parse_from(line.split(' '));
        assert_eq!(parsed.is_ok(), expected, "{line}: {parsed:?}");
    }
}
