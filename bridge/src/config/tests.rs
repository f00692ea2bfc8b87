//! What the configuration accepts, and the exact words with which it refuses.

use std::path::Path;

use super::*;
use crate::paths::Platform;

fn environment() -> Environment {
    Environment::read(Platform::Linux, false, |name| {
        (name == "HOME").then(|| "/home/mo".into())
    })
}

fn parse(text: &str) -> Result<Config, Vec<Problem>> {
    Config::parse(
        text,
        &Base {
            environment: &environment(),
            state: None,
            folder: Some(Path::new("/etc/platen")),
        },
    )
}

/// The problems of `text`, one per line.
fn problems(text: &str) -> String {
    let problems = parse(text).expect_err("should be refused");
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

#[test]
fn no_file_means_one_built_in_printer_and_the_systems_own() {
    let config = parse("").unwrap();
    assert_eq!(
        config.state_directory,
        Path::new("/home/mo/.local/state/platen")
    );
    assert_eq!(
        config.virtual_printer.folder,
        Path::new("/home/mo/.local/state/platen/printed")
    );
    assert_eq!(config.printers.len(), 1);
    assert_eq!(config.printers[0].id.as_str(), "receipt");
    assert_eq!(config.printers[0].uri.to_string(), "virtual:");
    assert_eq!(config.default_printer, Some("receipt".parse().unwrap()));
    assert!(config.cups.discover && config.listen.ws);
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.metrics.tcp, None);
}

#[test]
fn each_bad_value_is_named_with_its_line_and_what_to_write() {
    let check = |text: &str, expected: &str| assert_eq!(problems(text), expected, "{text}");
    check(
        "[listen]\nws = \"yes\"",
        "line 2: listen.ws = \"yes\": write true or false, without quotes",
    );
    check(
        "[listen]\nwss_ports = [8181, 70000]",
        "line 2: listen.wss_ports = [8181, 70000]: write a list of port numbers from 1 to 65535 such as [8181, 8282]; 0 lets the system choose",
    );
    check(
        "[listen]\nwss_ports = []",
        "line 2: listen.wss_ports = []: write 1 to 16 different ports",
    );
    check(
        "[listen]\nws_ports = [8181]",
        "line 2: listen.ws_ports = [8181]: 8181 is one of wss_ports as well; give each port one use",
    );
    check(
        "[listen]\nws_port = [8181]",
        "line 2: listen.ws_port: no such key; here can stand: wss_ports, ws_ports, ws, users",
    );
    check(
        "listen = 8181",
        "line 1: listen = 8181: is a table; write `[listen]` and its keys below",
    );
    check(
        "printers = \"cups:a\"",
        "line 1: printers = \"cups:a\": is a list of tables; write `[[printers]]` and its keys below",
    );
    check(
        "\n[[printers]]\nid = \"a\"",
        "line 2: printers.name: is missing; give the printer a name for people\n\
         line 2: printers.uri: is missing; write \"virtual:\", \"socket://HOST:9100\" or \"cups:QUEUE\"",
    );
    check(
        "[[printers]]\nname = \"\\u001b[2J\"\nuri = \"virtual:\"",
        "line 2: printers.name = \"\\u{1b}[2J\": write 1 to 120 characters in one line",
    );
    check(
        "[[printers]]\nname = \"A\"\nuri = \"virtual:\"\n[[printers]]\nname = \"a\"\nuri = \"virtual:\"",
        "line 5: printers.name = \"a\": another printer has the id a; give each its own",
    );
    check(
        "[[printers]]\nname = \"厨房\"\nuri = \"virtual:\"",
        "line 1: printers.id: cannot be derived from this name; write one of a-z, 0-9 and -",
    );
    check(
        "[[printers]]\nname = \"A\"\nuri = \"socket://a\"\nsnmp = \"on\"\nsnmp_community = \"Geh\u{e4}use\"",
        "line 4: printers.snmp = \"on\": write one of \"auto\", \"off\"\n\
         line 5: printers.snmp_community: write 1 to 64 printable ASCII characters",
    );
    check(
        "default_printer = \"x\"\n[cups]\ndiscover = false",
        "line 1: default_printer = \"x\": no printer has this id; choose from receipt",
    );
    check(
        "[cups]\nserver = \"local host\"",
        "line 2: cups.server = \"local host\": `local host` names no CUPS server; write the path of its socket (`/run/cups/cups.sock`) or `HOST:PORT`",
    );
    check(
        "[limits]\njob_octets_max = 0",
        "line 2: limits.job_octets_max = 0: must be at least 1",
    );
    check(
        "[limits]\njob_octets_max = \"5MB\"",
        "line 2: limits.job_octets_max = \"5MB\": write a whole number, without quotes and not negative",
    );
    check(
        "[limits]\nattempts_max = 4294967296",
        "line 2: limits.attempts_max = 4294967296: is too large a number for this limit",
    );
    check(
        "[limits]\nframe_octets_max = 5000",
        "line 2: limits.frame_octets_max = 5000: must not be smaller than limits.frame_unauthorized_octets_max",
    );
    check(
        "[log]\nlevel = \"loud\"",
        "line 2: log.level = \"loud\": write one of \"error\", \"warn\", \"info\", \"debug\", \"trace\"",
    );
    check(
        "[metrics]\ntcp = \"0.0.0.0:9464\"\ntoken_file = \"t\"",
        "line 2: metrics.tcp = \"0.0.0.0:9464\": other machines could reach it; write a loopback address and port, such as \"127.0.0.1:9464\"",
    );
    check(
        "[metrics]\ntcp = \"[::1]:9464\"",
        "line 2: metrics.tcp = \"[::1]:9464\": needs a token; write a long random text into a file that only the agent can read and name it in metrics.token_file",
    );
}

#[test]
fn a_text_that_is_no_toml_is_refused_with_its_line() {
    let text = problems("a = 1\nb = \n");
    assert!(text.starts_with("line 2: not TOML: "), "{text}");
}

#[test]
fn a_wrong_device_is_refused_in_the_words_of_the_backend() {
    let text = problems("[[printers]]\nname = \"A\"\nuri = \"ipp://a\"");
    assert!(
        text.starts_with("line 3: printers.uri = \"ipp://a\": "),
        "{text}"
    );
    assert!(text.contains("socket://HOST:PORT"), "{text}");
}

#[test]
fn all_problems_are_reported_together_in_the_order_of_the_file() {
    let text = problems("[log]\nlevel = 1\n[listen]\nws = 1\nx = 1\n[limits]\nattempts_max = 0\n");
    let lines: Vec<_> = text.lines().map(|line| &line[..7]).collect();
    assert_eq!(lines, ["line 2:", "line 4:", "line 5:", "line 7:"]);
}

#[test]
fn relative_paths_start_at_the_files_folder() {
    let config = parse("state_directory = \"state\"\n[virtual]\nfolder = \"/out\"").unwrap();
    assert_eq!(config.state_directory, Path::new("/etc/platen/state"));
    assert_eq!(config.virtual_printer.folder, Path::new("/out"));
}

#[test]
fn a_printer_says_its_model_and_what_is_different_about_it() {
    let printer = "[[printers]]\nname = \"Kitchen\"\nuri = \"virtual:\"\n";
    let config = parse(&format!("{printer}profile = \"pos-5890\"\ncolumns = 30\n")).unwrap();
    let profile = config.printers[0].model.to_profile();
    assert_eq!((&*profile.name, profile.columns), ("POS-5890", 30));
    let refused = problems(&format!("{printer}profile = \"none\"\nwidth_dots = 0\n"));
    assert!(
        refused.contains("write one of default, epson, TM-T20II"),
        "{refused}"
    );
    assert!(
        refused.contains("write a number from 1 to 10000"),
        "{refused}"
    );
}

#[test]
fn a_printer_without_an_id_gets_it_from_its_name() {
    let config = parse("[[printers]]\nname = \"Kitchen, 2nd floor\"\nuri = \"virtual:\"").unwrap();
    assert_eq!(config.printers[0].id.as_str(), "kitchen-2nd-floor");
}

#[test]
fn the_state_directory_of_the_command_line_wins() {
    let environment = environment();
    let base = Base {
        environment: &environment,
        state: Some(Path::new("/tmp/s")),
        folder: Some(Path::new("/etc/platen")),
    };
    let config = Config::parse("state_directory = \"/other\"", &base).unwrap();
    assert_eq!(config.state_directory, Path::new("/tmp/s"));
    assert_eq!(config.virtual_printer.folder, Path::new("/tmp/s/printed"));
}

#[test]
fn the_reference_names_exactly_the_keys_that_are_read() {
    let environment = environment();
    let base = Base {
        environment: &environment,
        state: None,
        folder: None,
    };
    assert_eq!(reference::keys(), read::keys(&base));
}

#[test]
fn every_limit_is_explained() {
    let limits = toml::Table::try_from(Limits::default()).unwrap();
    for name in limits.keys() {
        let row = format!("| `{name}` | whole number | ");
        let document = reference::markdown();
        let line = document.lines().find(|line| line.starts_with(&row));
        assert!(line.is_some_and(|line| !line.ends_with("|  |")), "{name}");
    }
}

#[test]
fn the_example_of_the_reference_is_valid_and_what_is_shown_reads_back() {
    let config = parse(reference::example()).unwrap();
    assert_eq!(parse(&config.to_toml()), Ok(config));
}

#[test]
fn the_committed_reference_is_fresh() {
    crate::fresh::check("docs/configuration.md", &reference::markdown());
}

#[test]
fn a_backup_printer_exists_takes_the_same_and_leads_to_no_circle() {
    let check = |a: &str, b: &str, expected: Option<&str>| {
        let text = format!("[[printers]]\nname = \"A\"\n{a}\n[[printers]]\nname = \"B\"\n{b}\n");
        let problems = parse(&text).err().unwrap_or_default();
        let said = problems.first().map(|problem| problem.message.clone());
        match expected {
            None => assert_eq!(said, None, "{text}"),
            Some(part) => assert!(said.is_some_and(|said| said.contains(part)), "{text}"),
        }
    };
    let raw = "uri = \"socket://a\"";
    let cups = "uri = \"cups:a\"";
    check(&format!("{raw}\nbackup = \"b\""), raw, None);
    check(&format!("{raw}\nbackup = \"b\""), cups, None);
    check(&format!("{raw}\nbackup = \"c\""), raw, Some("no printer"));
    check(&format!("{raw}\nbackup = \"a\""), raw, Some("leads back"));
    check(
        &format!("{raw}\nbackup = \"b\""),
        &format!("{raw}\nbackup = \"a\""),
        Some("leads back"),
    );
    check(
        &format!("{cups}\nbackup = \"b\""),
        raw,
        Some("raw data only"),
    );
}

#[test]
fn the_key_of_the_documents_comes_from_where_the_file_says() {
    use crate::store::KeySource;
    let source = |text: &str| parse(text).unwrap().document_key;
    assert_eq!(source(""), KeySource::StateDirectory);
    let beside = KeySource::File("/etc/platen/documents.key".into());
    assert_eq!(source("document_key = \"file:documents.key\""), beside);
    let credential = KeySource::Credential {
        name: "platen.key".to_owned(),
        folder: None,
    };
    assert_eq!(
        source("document_key = \"credential:platen.key\""),
        credential
    );
    assert_eq!(
        problems("document_key = \"/etc/key\""),
        "line 1: document_key: write \"state\", \"file:PATH\" or \"credential:NAME\""
    );
}
