//! Files as people write them, and what they are told about them.

use super::*;
use crate::grant::AnchorKind;
use crate::testing::Site as TestSite;

fn no_files(path: &Path) -> Result<Vec<u8>, String> {
    Err(format!("cannot be read: {}", path.display()))
}

fn pem_of(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", der))
}

/// A site's table up to its certificate.
fn site(name: &str, der: &[u8]) -> String {
    format!(
        "[[sites]]\nname = {name:?}\ncertificate = '''\n{}'''\n",
        pem_of(der)
    )
}

fn problems(text: &str) -> Vec<String> {
    let problems = provision(text, &no_files).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

/// Each text has exactly one thing wrong with it.
fn check(text: &str, line: usize, expected: &str) {
    let found = problems(text);
    let [only] = &found[..] else {
        panic!("{text}: {found:?}");
    };
    assert!(
        only.starts_with(&format!("line {line}: ")) && only.contains(expected),
        "{only}"
    );
}

#[test]
fn the_example_of_the_documentation_is_a_file_that_can_be_used() {
    let document = include_str!("../../../../docs/provisioning.md");
    let begin = document.find("```toml\n").unwrap() + "```toml\n".len();
    let example = &document[begin..];
    let example = &example[..example.find("\n```").unwrap()];
    let office = TestSite::new(&["office.example"]);
    let files = |path: &Path| match path.to_str() {
        Some("back-office.pem") => Ok(pem_of(&office.root).into_bytes()),
        _ => no_files(path),
    };
    let read = provision(example, &files).unwrap();
    assert_eq!(read.name.as_deref(), Some("Example Shop, tills"));
    let [till, back] = &read.sites[..] else {
        panic!("two sites");
    };
    assert_eq!(till.grant.anchor, AnchorKind::Root);
    assert!(
        till.grant.capabilities.contains(&Capability::Hid),
        "the device brings it"
    );
    let bar = "socket:192.0.2.8:9100".parse().unwrap();
    let kitchen = "kitchen".parse().unwrap();
    assert_eq!(
        till.grant.printers,
        PrinterScope::Only([kitchen, bar].into())
    );
    // The end of the last day of 2029.
    assert_eq!(till.grant.expires_at, Some(1_893_456_000_000));
    assert!(back.grant.qz.as_ref().unwrap().allow_sha1);
    let origins: Vec<_> = read
        .loopback_origins()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        origins,
        [
            "https://pos.example",
            "https://*.shop.example",
            "https://office.example"
        ]
    );
    assert_eq!(read.policy.keys(), ["limits.job_octets_max", "log.level"]);
    assert_eq!(read.channel.unwrap().as_str(), "stable");
}

#[test]
fn every_key_of_the_file_is_explained() {
    let document = include_str!("../../../../docs/provisioning.md");
    let text = "[[sites]]\n[sites.qz]\n[[printers]]\n[policy]\n";
    let reading = Reading::new(text, EXPLAINED_BY);
    root(reading.root(), text, &no_files);
    let asked = reading.asked();
    let own = asked.iter().filter(|key| !key.starts_with("policy."));
    for key in own {
        let last = key.strip_prefix("sites.qz.").unwrap_or(key);
        assert!(document.contains(&format!("`{last}`")), "{key}");
    }
}

#[test]
fn a_leaf_brings_its_origins_and_an_empty_file_wants_nothing() {
    let pos = TestSite::new(&["pos.example"]);
    let read = provision(&site("POS", &pos.leaf), &no_files).unwrap();
    let grant = &read.sites[0].grant;
    assert_eq!(grant.origins, ["https://pos.example".parse().unwrap()]);
    assert_eq!((grant.id, grant.created_at), (0, 0));
    assert!(grant.provisioned);
    let empty = provision("", &no_files).unwrap();
    assert!(empty.sites.is_empty() && empty.printers.is_empty() && empty.policy.is_empty());
}

#[test]
fn whatever_is_wrong_is_named_with_its_line_and_with_what_to_write() {
    let pos = TestSite::new(&["pos.example"]);
    let root = site("POS", &pos.root);
    let leaf = site("POS", &pos.leaf);
    let line = |text: &str| text.lines().count();
    check("nam = \"x\"", 1, "here can stand: name, number");
    check("name = 7", 1, "write a text in quotes");
    check("number = 0", 1, "counts from 1");
    check("name = \"x", 1, "not TOML");
    check(&root, 1, "could speak for any site");
    check(
        &format!("{root}origins = []\n"),
        line(&root) + 1,
        "name at least one",
    );
    check(
        &format!("{root}origins = [\"*.com\"]\n"),
        line(&root) + 1,
        "sites.origins",
    );
    let twice = format!("{leaf}{leaf}");
    check(&twice, line(&leaf) + 2, "another site has this name");
    let with = |more: &str| format!("{leaf}{more}\n");
    let last = line(&leaf) + 1;
    check(
        &with("capabilities = [\"prnt\"]"),
        last,
        "choose from printers",
    );
    check(&with("capabilities = []"), last, "may do nothing");
    check(
        &with("origins = [\"https://other.example\"]"),
        3,
        "does not speak for",
    );
    check(&with("devices = [\"usb:1\"]"), last, "names no device");
    check(
        &with("printers = [\"The one\"]"),
        last,
        "neither a printer of this file",
    );
    check(
        &with("signing = \"never\""),
        last,
        "\"request\", \"session\"",
    );
    check(&with("expires = \"soon\""), last, "2027-12-31");
    check(&with("expires = 2027-02-30"), last, "not TOML");
    check(&with("expires = \"2027-02-30\""), last, "2027-12-31");
    check(
        &with("certificate_file = \"x.pem\""),
        last,
        "cannot be read",
    );
    check("[[sites]]\nname = \"a\"", 1, "certificate: is missing");
    check(
        "[[sites]]\nname = \"a\"\ncertificate = \"x\"",
        3,
        "BEGIN CERTIFICATE",
    );
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let secret = format!("[[sites]]\nname = \"a\"\ncertificate = '''\n{key}'''\n");
    check(&secret, 3, "stays on the site's server");
    assert!(!problems(&secret)[0].contains("MI"), "no key is repeated");
    check(
        "[[printers]]\nuri = \"virtual:\"",
        1,
        "printers.name: is missing",
    );
    check(
        "[[printers]]\nname = \"a\"\nuri = \"lpt1\"",
        3,
        "printers.uri",
    );
    let printer = "[[printers]]\nname = \"a\"\nuri = \"socket://192.0.2.7\"\n";
    check(
        &format!("{printer}{printer}"),
        5,
        "another printer has this name",
    );
    check("[updates]\nchannel = \"No\"", 2, "such as \"stable\"");
}

#[test]
fn a_policy_is_read_as_the_configuration_that_it_becomes() {
    check(
        "[policy.limits]\njob_octets_max = \"x\"",
        2,
        "policy.limits.job_octets_max",
    );
    check("[policy.log]\nlevel = \"loud\"", 2, "write one of");
    check("[policy.lgo]\n", 1, "policy.lgo: no such key");
    check("[policy]\nstate_directory = \"/x\"", 1, "platen.toml");
    check("[policy]\nlog.file = \"relative\"", 2, "absolute path");
    check(
        "[[policy.printers]]\n",
        1,
        "write [[printers]] of this file",
    );
}
