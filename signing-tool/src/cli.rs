//! The command line, as one definition: parsing, help, and the committed
//! `HELP.md` all come from here.

use clap::{Args, Parser, Subcommand, ValueEnum};
use platen_protocol::{Fingerprint, Method, Origin, OriginPattern};
use platen_update::Version;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Keys, certificates and signatures for sites that print with Platen
#[derive(Debug, Parser)]
#[command(
    name = "platen-sign",
    version,
    after_help = "Results go to standard output, talk to standard error.\n\
Exit codes: 0 done or valid; 1 a file or the system said no; 2 the command line is wrong; 3 refused or not valid."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Your certificate authority: the root your machines trust
    #[command(subcommand)]
    Ca(AuthorityCommand),
    /// Certificates of your sites
    #[command(subcommand)]
    Site(SiteCommand),
    /// Sign a statement, and nothing else
    Sign(Sign),
    /// Tell whether an agent would accept a signature, or a chain
    Verify(Examine),
    /// Show every check an agent makes, and what to do where one fails
    Explain(Examine),
    /// Take back certificates: make the signed list longer
    Revoke(Revoke),
    /// Provisioning files, for machines where they cannot lie protected
    #[command(subcommand)]
    Provision(ProvisionCommand),
    /// Versions of Platen for machines of your own
    #[command(subcommand)]
    Update(UpdateCommand),
    /// A signing endpoint for development, on this machine only
    Serve(Serve),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityCommand {
    /// Make a root: DIR/ca.pem for your machines, DIR/ca.key for you alone
    New(AuthorityNew),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SiteCommand {
    /// Make a site's certificate and key: DIR/site.pem and DIR/site.key for its server
    New(SiteNew),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProvisionCommand {
    /// Make a key: DIR/provision.key for you alone; its public half goes into each machine's platen.toml
    New(ProvisionNew),
    /// Sign a provisioning file: FILE.sig goes beside it
    Sign(ProvisionSign),
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionNew {
    /// Folder for provision.key
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionSign {
    /// The provisioning file; check it with `platen provision check` first
    #[arg(value_name = "PROVISION")]
    pub(crate) file: PathBuf,
    /// The key: Ed25519 or ECDSA P-256 (PEM, PKCS #8)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UpdateCommand {
    /// Make the key that signs versions; keep it offline
    NewKey(UpdateNewKey),
    /// Sign a version: DIR/manifest.json, with its files beside it
    Manifest(UpdateManifest),
}

#[derive(Debug, Args)]
pub(crate) struct UpdateNewKey {
    /// File for the secret half
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateManifest {
    /// The key, made by `platen-sign update new-key`
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The version that the files are
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Version,
    /// Number of the manifest, higher than every one before in this channel
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sequence: u64,
    /// Line of versions
    #[arg(long, default_value = "stable")]
    pub(crate) channel: String,
    /// How many days machines believe it
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// How many hours machines wait before they take it
    #[arg(long, value_name = "HOURS")]
    pub(crate) delay_hours: Option<u32>,
    /// A file of the version: `linux-x86_64/platen=target/release/platen`; may be repeated
    #[arg(long = "file", value_name = "PLATFORM/NAME=FILE", required = true, value_parser = parse_file)]
    pub(crate) files: Vec<UpdateFile>,
    /// Folder to publish
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace a manifest that exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A file of a version.
#[derive(Debug, Clone)]
pub(crate) struct UpdateFile {
    pub(crate) platform: String,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

fn parse_file(text: &str) -> Result<UpdateFile, String> {
    let parts = text
        .split_once('=')
        .and_then(|(what, path)| Some((what.split_once('/')?, path)));
    let ((platform, name), path) = parts
        .ok_or("write PLATFORM/NAME=FILE, such as linux-x86_64/platen=target/release/platen")?;
    Ok(UpdateFile {
        platform: platform.to_owned(),
        name: name.to_owned(),
        path: path.into(),
    })
}

#[derive(Debug, Args)]
pub(crate) struct AuthorityNew {
    /// Folder for ca.pem and ca.key
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Name of the root, shown to people
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// How many days the root is valid
    #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: u32,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SiteNew {
    /// Folder of the root, made by `platen-sign ca new`
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// Folder for site.pem and site.key
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Origin of the site's pages: `pos.example`, `*.shop.example`, `http://localhost:3000`; may be repeated
    #[arg(long = "origin", value_name = "ORIGIN", required = true, value_parser = parse_pattern)]
    pub(crate) origins: Vec<OriginPattern>,
    /// How many days the certificate is valid, never longer than its root
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: u32,
    /// Kind of the key [default: p256]
    #[arg(long)]
    pub(crate) algorithm: Option<Algorithm>,
    /// Use this key (PEM, PKCS #8) instead of making one
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Algorithm {
    /// ECDSA P-256 with SHA-256
    P256,
    /// Ed25519
    Ed25519,
    /// RSA-PSS with SHA-256; needs --key
    Rsa,
}

impl From<Algorithm> for platen_sign::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::P256 => Self::P256,
            Algorithm::Ed25519 => Self::Ed25519,
            Algorithm::Rsa => Self::Rsa,
        }
    }
}

/// Key and chain of a site.
#[derive(Debug, Args)]
pub(crate) struct SiteFiles {
    /// The site's key (site.key)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The site's chain (site.pem)
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: PathBuf,
    /// Sign for this method; may be repeated [default: session.open and the jobs.* that change something]
    #[arg(long = "purpose", value_name = "METHOD", value_parser = parse_method)]
    pub(crate) purposes: Vec<Method>,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) site: SiteFiles,
    /// File with the statement's text [default: standard input]
    #[arg(long, value_name = "FILE")]
    pub(crate) statement: Option<PathBuf>,
    /// Print the certificates too, as session.open takes them
    #[arg(long)]
    pub(crate) with_certificates: bool,
    /// Print the certificates too, and errors as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Examine {
    /// A root the machine trusts (ca.pem); may be repeated
    #[arg(long = "root", value_name = "FILE", required_unless_present = "pins")]
    pub(crate) roots: Vec<PathBuf>,
    /// Fingerprint of a site certificate the machine trusts by itself; may be repeated
    #[arg(long = "pin", value_name = "SHA256")]
    pub(crate) pins: Vec<Fingerprint>,
    /// The site's chain (site.pem) [default: the certificates beside the signature]
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// File with what `platen-sign sign` printed, or a whole signed request [default: standard input, unless that is a terminal or empty]
    #[arg(long, value_name = "FILE")]
    pub(crate) signed: Option<PathBuf>,
    /// Origin of the page
    #[arg(long)]
    pub(crate) origin: Option<Origin>,
    /// Revocation list, made by `platen-sign revoke`
    #[arg(long, value_name = "FILE")]
    pub(crate) revocations: Option<PathBuf>,
    /// Judge at this time: RFC 3339, or milliseconds since 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) at: Option<Time>,
    /// Print the checks as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Folder of the root, made by `platen-sign ca new`
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The list's file; made if there is none
    #[arg(long, value_name = "FILE")]
    pub(crate) list: PathBuf,
    /// A certificate to revoke (site.pem: its first); may be repeated
    #[arg(long = "cert", value_name = "FILE")]
    pub(crate) certificates: Vec<PathBuf>,
    /// Fingerprint of a certificate to revoke; may be repeated
    #[arg(long = "fingerprint", value_name = "SHA256")]
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) site: SiteFiles,
    /// Origin of pages that may ask for signatures; may be repeated
    #[arg(long = "origin", value_name = "ORIGIN", required = true)]
    pub(crate) origins: Vec<Origin>,
    /// Where to listen: a loopback address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8190", value_parser = parse_loopback)]
    pub(crate) listen: SocketAddr,
    /// Print the address as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) platen_protocol::TimestampMs);

impl Command {
    /// Whether the result, and an error, is to be JSON.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Ca(AuthorityCommand::New(arguments)) => arguments.json,
            Self::Site(SiteCommand::New(arguments)) => arguments.json,
            Self::Sign(arguments) => arguments.json,
            Self::Verify(arguments) | Self::Explain(arguments) => arguments.json,
            Self::Revoke(arguments) => arguments.json,
            Self::Provision(ProvisionCommand::New(arguments)) => arguments.json,
            Self::Provision(ProvisionCommand::Sign(arguments)) => arguments.json,
            Self::Update(UpdateCommand::NewKey(arguments)) => arguments.json,
            Self::Update(UpdateCommand::Manifest(arguments)) => arguments.json,
            Self::Serve(arguments) => arguments.json,
        }
    }
}

/// An origin or pattern; what is nearly one is named in the error.
fn parse_pattern(text: &str) -> Result<OriginPattern, String> {
    text.parse()
        .map_err(|error: platen_protocol::origin::OriginError| {
            let lower = text.to_lowercase();
            let trimmed = lower.trim().trim_end_matches(['/', '.']);
            let near = match trimmed.strip_prefix("https://") {
                Some(rest) => format!("https://{}", rest.trim_end_matches(":443")),
                None => trimmed.to_owned(),
            };
            match near.parse::<OriginPattern>() {
                Ok(_) if near != text => format!("{error}; did you mean {near}?"),
                Ok(_) | Err(_) => error.to_string(),
            }
        })
}

fn parse_method(text: &str) -> Result<Method, String> {
    let known = Method::ALL.iter().filter(|method| method.changes());
    let known: Vec<&str> = known.map(|method| method.as_str()).collect();
    Method::from_name(text)
        .filter(|method| method.changes() || *method == Method::SessionOpen)
        .ok_or_else(|| format!("choose from session.open, {}", known.join(", ")))
}

fn parse_time(text: &str) -> Result<Time, String> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    if let Ok(milliseconds) = text.parse() {
        return Ok(Time(milliseconds));
    }
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "write 2026-06-01T12:00:00Z, or milliseconds since 1970".to_owned())?;
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000)
        .map(Time)
        .map_err(|_| "a time before 1970 judges nothing".to_owned())
}

fn parse_loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "write 127.0.0.1:8190 or [::1]:8190".to_owned())?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("this endpoint is for development: it listens on 127.0.0.1 or [::1] only".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;
    use std::fmt::Write as _;

    fn describe(command: &clap::Command, name: &str, out: &mut String) {
        let mut command = command.clone().bin_name(name).term_width(100);
        let help = command.render_long_help();
        let help: Vec<String> = help
            .to_string()
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        write!(
            out,
            "\n## `{name}`\n\n```text\n{}\n```\n",
            help.join("\n").trim_end()
        )
        .unwrap();
        for child in command.get_subcommands() {
            if child.get_name() != "help" {
                describe(child, &format!("{name} {}", child.get_name()), out);
            }
        }
    }

    #[test]
    fn the_committed_help_is_fresh() {
        let mut text = String::from(
            "# platen-sign\n\nGenerated from `signing-tool/src/cli.rs`; `PLATEN_UPDATE=1 cargo test -p platen-sign` renews it.\n",
        );
        describe(&Cli::command(), "platen-sign", &mut text);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("HELP.md");
        if std::env::var_os("PLATEN_UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "HELP.md is stale; PLATEN_UPDATE=1 renews it"
        );
    }

    #[test]
    fn the_committed_manual_and_completions_are_fresh() {
        platen_manual::check(&Cli::command(), "platen-sign");
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_argument_takes_a_secret() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                if argument.get_id() == "key" {
                    let names = argument.get_value_names().unwrap();
                    assert_eq!(names, ["FILE"], "keys come in files");
                }
                let id = argument.get_id().as_str();
                assert!(!id.contains("password") && !id.contains("secret"), "{id}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn an_origin_that_is_nearly_right_gets_a_proposal() {
        for (text, near) in [
            ("https://POS.example/", "https://pos.example"),
            ("https://pos.example:443", "https://pos.example"),
            ("Pos.Example", "pos.example"),
        ] {
            let error = parse_pattern(text).unwrap_err();
            assert!(error.ends_with(&format!("did you mean {near}?")), "{error}");
        }
        assert!(!parse_pattern("*.com").unwrap_err().contains("did you mean"));
    }

    #[test]
    fn times_are_read_in_both_spellings() {
        assert_eq!(parse_time("1780315200000"), Ok(Time(1_780_315_200_000)));
        assert_eq!(
            parse_time("2026-06-01T12:00:00Z"),
            Ok(Time(1_780_315_200_000))
        );
        assert!(parse_time("yesterday").is_err());
    }

    #[test]
    fn the_endpoint_listens_on_loopback_only() {
        assert!(parse_loopback("127.0.0.1:0").is_ok());
        assert!(parse_loopback("[::1]:8190").is_ok());
        for text in ["0.0.0.0:8190", "192.0.2.7:1", "localhost:1", "8190"] {
            assert!(parse_loopback(text).is_err(), "{text}");
        }
    }
}
