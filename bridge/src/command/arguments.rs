//! What one can say on the command line. The texts here are the help and the
//! reference.

use std::path::PathBuf;

use super::emulator::Emulator;
use super::printers::Printers;
use super::provision::Provision;
use super::qz_option::QzOption;
use clap::{Args, Parser, Subcommand, ValueEnum};
use platen_protocol::{Capability, Cursor, JobId, JobState, OriginPattern, Signing};
use platen_receipt::Profile;

use crate::grant::DeviceRule;
use crate::model::MultibyteChoice;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the agent refused, a check of `doctor` failed, or a job that was waited for was not printed
  2  the command line is not understood
  3  no agent runs with this state directory
  4  the configuration cannot be used

Environment:
  PLATEN_CONFIG  the configuration file, as --config
  PLATEN_STATE   the state directory, as --state
  PLATEN_PROVISION  the provisioning file";

/// Print from web pages to the printers of this machine.
#[derive(Debug, Parser)]
#[command(name = "platen", version, after_long_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// Configuration file; default: the first of the conventional places that
    /// exists (see `platen config reference`).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// State directory, which holds the store, the keys and the agent's
    /// socket.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Print results, and errors, as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run the agent until it is told to stop (SIGTERM, Ctrl-C).
    #[command(
        after_long_help = "Examples:\n  platen run\n  platen run --config till.toml --state /var/lib/till"
    )]
    Run,
    /// Show how the agent is: ports, certificate, jobs, sessions.
    #[command(after_long_help = "Example:\n  platen status --json")]
    Status,
    /// List the printers with their states; find, add, rename, test and remove
    /// them.
    #[command(
        after_long_help = "Examples:\n  platen printers\n  platen printers add socket://192.0.2.7 --name Kitchen --profile TM-T88V\n  platen printers rename Kitchen Bar\n  platen printers test Bar\n  platen printers remove Bar"
    )]
    Printers(Printers),
    /// List jobs, and decide what becomes of them.
    #[command(
        args_conflicts_with_subcommands = true,
        after_long_help = "Examples:\n  platen jobs\n  platen jobs --state-is interrupted\n  platen jobs show 6tz1cvd9q8r5w3n0m4k7h2b1xa\n  platen jobs retry 6tz1cvd9q8r5w3n0m4k7h2b1xa"
    )]
    Jobs(Jobs),
    /// Print a file on a printer.
    #[command(
        after_long_help = "Examples:\n  platen print receipt.bin --printer kitchen\n  platen print notes.txt --printer kitchen\n  printf 'hello\\n\\n\\n' | platen print - --printer receipt --wait"
    )]
    Print(Print),
    /// Stop a printer from starting jobs, or all of them; running ones end.
    #[command(after_long_help = "Examples:\n  platen pause kitchen\n  platen pause --all")]
    Pause(WhichPrinter),
    /// Let a paused printer start jobs again.
    ///
    /// This ends what somebody here or a site paused, and a stop that the
    /// device told of, until it tells of it again. The pause of all printers
    /// ends only with `--all`, which leaves printers paused that were paused
    /// by themselves.
    #[command(after_long_help = "Examples:\n  platen resume kitchen\n  platen resume --all")]
    Resume(WhichPrinter),
    /// Say which sites may print here.
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen trust add ca.pem --origin https://pos.example\n  platen trust list\n  platen trust revoke revoked.json\n  platen trust remove 3"
    )]
    Trust(Trust),
    /// The certificate of this machine's own wss ports.
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen cert show\n  platen cert renew"
    )]
    Cert(Cert),
    /// Install Platen: its certificate where browsers look, policies, service.
    ///
    /// What is changed is written down first, and undone exactly by `platen
    /// uninstall`. Doing it twice changes nothing; a failure takes back what was
    /// done.
    #[cfg(any(target_os = "linux", windows))]
    #[command(
        after_long_help = "Examples:\n  platen install --plan\n  sudo platen install --allow-origin https://pos.example\n  platen install --user\n  sudo platen install --check"
    )]
    Install(super::install::Install),
    /// Take back everything that `platen install` changed.
    #[cfg(any(target_os = "linux", windows))]
    #[command(
        after_long_help = "Examples:\n  platen uninstall --plan\n  sudo platen uninstall\n  platen uninstall --user --purge"
    )]
    Uninstall(super::install::Uninstall),
    /// Newer versions of this program, where no package manager owns it.
    #[cfg(unix)]
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen update check\n  platen update apply\n  platen update rollback\n  platen update prepare /opt/platen"
    )]
    Update(UpdateVerb),
    /// Run the agent of a folder of versions, and try new ones of it: what a
    /// service starts after `platen update prepare`.
    #[cfg(unix)]
    #[command(after_long_help = "Example:\n  /opt/platen/confirmed/platen supervise")]
    Supervise,
    /// The agent as a service of Windows: one for the whole machine.
    #[cfg(windows)]
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen service install\n  platen service start\n  platen service status\n  platen service uninstall"
    )]
    Service(super::service::ServiceVerb),
    /// Show what happens to jobs and printers, in order.
    #[command(
        after_long_help = "Examples:\n  platen events                     what the log holds\n  platen events --follow            what happens from now on\n  platen events --follow --after c1f --json"
    )]
    Events(Events),
    /// Look for what is wrong and say what to do.
    #[command(after_long_help = "Example:\n  platen doctor")]
    Doctor,
    /// Write one file with what somebody who helps must know: versions,
    /// configuration, findings, metrics, log and history.
    ///
    /// It holds no documents, no names of jobs, no keys and no tokens. Works
    /// while no agent runs, too.
    #[command(
        after_long_help = "Examples:\n  platen support-bundle\n  platen support-bundle /tmp/till-7.tar.gz --with-origins"
    )]
    SupportBundle {
        /// The file to write, which must not exist yet; default:
        /// platen-support-DATE-TIME.tar.gz in this folder.
        file: Option<PathBuf>,
        /// Name the sites; they are called site-1, site-2, ... otherwise.
        #[arg(long)]
        with_origins: bool,
    },
    /// Show what a print job says, without printing it.
    ///
    /// Needs no running agent. The job itself says neither how wide the paper
    /// is nor which characters the printer has: the options do.
    #[command(
        after_long_help = "Examples:\n  platen preview receipt.bin --text\n  platen preview receipt.bin --facts --columns 32 --dots 384\n  platen preview receipt.bin --png receipt.png\n  platen preview receipt.bin --html receipt.html --profile TM-T20II\n  platen preview - --text --multibyte shift_jis < receipt.bin"
    )]
    Preview(Preview),
    /// Put data into a receipt template and write the job for a printer.
    ///
    /// Needs no running agent. docs/markup.md says how templates are written.
    #[command(
        after_long_help = "Examples:\n  platen render receipt.xml data.json --out receipt.bin\n  platen render receipt.xml data.json --profile TM-T20II | platen preview - --text\n  platen render receipt.xml data.json --picture logo=logo.png --out receipt.bin\n  platen render receipt.xml - --locale de-CH --currency CHF --out receipt.bin < data.json"
    )]
    Render(Render),
    /// Receipt printers to test against: they print, jam, stall, lie and
    /// disappear on command.
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen emulator run\n  platen emulator control paper-out\n  platen emulator control jobs"
    )]
    Emulator(Emulator),
    /// The file that says what this machine is to have: check it, apply it,
    /// show what came of it.
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen provision check provision.toml\n  platen provision apply\n  platen provision show --json"
    )]
    Provision(Provision),
    /// Check, show and explain the configuration.
    #[command(
        subcommand,
        after_long_help = "Examples:\n  platen config check /etc/platen/platen.toml\n  platen config show\n  platen config reference"
    )]
    Config(ConfigVerb),
}

/// `platen jobs`.
#[derive(Debug, Args)]
pub struct Jobs {
    /// What to do; without it: list.
    #[command(subcommand)]
    pub verb: Option<JobsVerb>,
    /// Which jobs to list.
    #[command(flatten)]
    pub list: JobsList,
}

/// `platen update`.
#[cfg(unix)]
#[derive(Debug, Subcommand)]
pub enum UpdateVerb {
    /// Tell whether a newer version is there.
    Check,
    /// Install it; the version that runs comes back by itself when the new one
    /// does not work.
    Apply {
        /// Try a version again that was taken back on this machine.
        #[arg(long)]
        again: bool,
    },
    /// Go back to the version before.
    Rollback,
    /// Show which version runs, which ran before, and what is under way.
    Status,
    /// Make a folder of versions of this program, to be updated from then on.
    Prepare {
        /// The folder, such as /opt/platen.
        folder: PathBuf,
    },
}

/// Which jobs.
#[derive(Debug, Clone, Default, Args)]
pub struct JobsList {
    /// Only jobs of this printer (its id).
    #[arg(long, value_name = "PRINTER")]
    pub printer: Option<String>,
    /// Only jobs in these states, separated by commas.
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = job_state)]
    pub state_is: Vec<JobState>,
    /// At most this many, newest first.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub limit: u32,
    /// Print the list as CSV, with times in full; --json goes before.
    #[arg(long)]
    pub csv: bool,
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsVerb {
    /// List jobs, newest first.
    List(JobsList),
    /// Show a job with its history.
    Show(JobArgument),
    /// Call a job off.
    Cancel(JobArgument),
    /// Keep a pending job from starting.
    Hold(JobArgument),
    /// Let a held job start.
    Release(JobArgument),
    /// Deliver an interrupted job again: look at the paper first.
    Retry(JobArgument),
    /// Say that an interrupted job was printed: look at the paper first.
    Resolve(JobArgument),
    /// Print a finished job again, as a new job.
    Reprint(JobArgument),
}

/// One job.
#[derive(Debug, Args)]
pub struct JobArgument {
    /// Id of the job, as `platen jobs` shows it.
    #[arg(value_name = "JOB")]
    pub job: JobId,
}

/// `platen print`.
#[derive(Debug, Args)]
pub struct Print {
    /// The file; `-` is standard input.
    pub file: PathBuf,
    /// Id or name of the printer.
    #[arg(long, value_name = "PRINTER")]
    pub printer: String,
    /// Name of the job; default: the file's name.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What the file is; default: text/plain for a name that ends in .txt,
    /// else application/octet-stream, octets for the printer as they are.
    #[arg(long, value_name = "MEDIA-TYPE")]
    pub format: Option<String>,
    /// Wait until the job is finished, or needs a decision.
    #[arg(long)]
    pub wait: bool,
}

/// `platen preview`.
#[derive(Debug, Args)]
pub struct Preview {
    /// The job; `-` is standard input.
    pub file: PathBuf,
    /// What to make of it.
    #[command(flatten)]
    pub output: PreviewOutput,
    /// What it is for.
    #[command(flatten)]
    pub model: PrinterModel,
    /// The printer language; default: what the job looks like.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub dialect: Option<DialectChoice>,
}

/// `platen render`.
#[derive(Debug, Args)]
pub struct Render {
    /// The template; `-` is standard input.
    pub template: PathBuf,
    /// Its data, as JSON; `-` is standard input.
    pub data: PathBuf,
    /// The file to write the job to; default: standard output.
    #[arg(long, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// A picture file (PNG, JPEG, GIF, BMP) and what the template calls it; may be repeated.
    #[arg(long = "picture", value_name = "NAME=FILE", value_parser = named_file)]
    pub pictures: Vec<(String, PathBuf)>,
    /// The locale, such as de-CH, of a template that names none.
    #[arg(long, value_name = "LOCALE")]
    pub locale: Option<String>,
    /// The currency, such as CHF, of a template that names none.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// What it is for.
    #[command(flatten)]
    pub model: PrinterModel,
}

/// A printer, as far as a job does not say it.
#[derive(Debug, Args)]
pub struct PrinterModel {
    /// The printer model; a wrong one lists the known ones.
    #[arg(long, value_name = "PROFILE", default_value = "default", value_parser = profile)]
    pub profile: Profile,
    /// Characters a row in font A; default: what the profile says.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub columns: Option<u16>,
    /// Printable width in dots; default: what the profile says.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub dots: Option<u16>,
    /// The two-byte characters of the printer; default: what the profile says.
    #[arg(long, value_enum, value_name = "SYSTEM")]
    pub multibyte: Option<MultibyteChoice>,
}

/// What to make of a job: exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PreviewOutput {
    /// Print its text to standard output, one row of paper a line.
    #[arg(long)]
    pub text: bool,
    /// Print what it says as JSON to standard output: rows, codes, pictures,
    /// cuts, drawer pulses.
    #[arg(long)]
    pub facts: bool,
    /// Write what it looks like as a PNG, one pixel a dot of the printer.
    #[arg(long, value_name = "OUT")]
    pub png: Option<PathBuf>,
    /// Write what it looks like as an SVG, the same dots.
    #[arg(long, value_name = "OUT")]
    pub svg: Option<PathBuf>,
    /// Write a page for a browser, which screen readers can read.
    #[arg(long, value_name = "OUT")]
    pub html: Option<PathBuf>,
    /// Parse it and write it again.
    #[arg(long, value_name = "OUT")]
    pub reencode: Option<PathBuf>,
}

/// The language of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DialectChoice {
    /// ESC/POS.
    #[value(name = "escpos")]
    EscPos,
    /// Star line mode and StarPRNT.
    Star,
    /// ZPL.
    Zpl,
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    text.split_once('=')
        .map(|(name, file)| (name.to_owned(), PathBuf::from(file)))
        .ok_or("write the template's name for it, =, and the file: logo=logo.png".to_owned())
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| {
        format!(
            "choose from {}",
            Profile::names().collect::<Vec<_>>().join(", ")
        )
    })
}

/// `platen trust`.
#[derive(Debug, Subcommand)]
pub enum Trust {
    /// Allow a site to print here.
    ///
    /// The first certificate in the file decides: a root allows every leaf
    /// below it, for the origins named with --origin; a leaf allows itself,
    /// for the origins it names. With --qz, each root in the file becomes a
    /// grant.
    #[command(
        after_long_help = "Examples:\n  platen trust add ca.pem --origin https://pos.example\n  platen trust add ca.pem --origin '*.shop.example' --capability printers,print --printer kitchen\n  platen trust add site.pem --signing session --expires 30\n  platen trust add site.pem --device serial:/dev/ttyUSB0 --device hid:0922:8003"
    )]
    Add(TrustAdd),
    /// List the sites that were refused, each with the command that allows it.
    ///
    /// Pages written for QZ Tray show their certificate when they connect. What
    /// was refused since the agent started is kept here, up to 64 sites.
    Pending,
    /// Allow a site that was refused, with the certificate it showed and for
    /// the origin of its page.
    ///
    /// Look whether you expect that site: a page can show any certificate.
    /// What it asks for must be signed with that certificate's key.
    #[command(
        after_long_help = "Examples:\n  platen trust allow 3\n  platen trust allow 3 --qz=allow-sha1 --printer kitchen"
    )]
    Allow {
        /// Number of the site, as `platen trust pending` shows it.
        #[arg(value_name = "SITE")]
        id: u64,
        #[command(flatten)]
        what: GrantOptions,
    },
    /// Allow the sites that QZ Tray on this machine had allowed for good.
    ///
    /// Its list holds no origins: name those that all its sites may speak for.
    /// Each becomes a grant of its own, pinned to its certificate.
    #[command(
        after_long_help = "Examples:\n  platen trust import allowed.dat --origin https://pos.example --qz=allow-sha1\n  platen trust import blocked.dat --origin https://pos.example --blocked"
    )]
    Import {
        /// Its `allowed.dat`, or with --blocked its `blocked.dat`.
        #[arg(value_name = "LIST")]
        list: PathBuf,
        /// Refuse these sites, also where a root that is trusted vouches for
        /// them.
        #[arg(long)]
        blocked: bool,
        #[command(flatten)]
        what: GrantOptions,
    },
    /// List what sites are allowed.
    List,
    /// Take the word of certificates back, by a list that `platen-sign revoke`
    /// made and their root signed.
    ///
    /// Sessions of these certificates end. A list that is older than the one
    /// kept here changes nothing.
    Revoke {
        /// The list.
        #[arg(value_name = "LIST")]
        list: PathBuf,
    },
    /// Take a grant back. Its sessions end.
    Remove {
        /// Number of the grant, as `platen trust list` shows it.
        #[arg(value_name = "GRANT")]
        id: i64,
    },
}

/// `platen pause` and `platen resume`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct WhichPrinter {
    /// Id or name of the printer.
    pub printer: Option<String>,
    /// All printers of this machine, also those to come; kept over a restart.
    #[arg(long)]
    pub all: bool,
}

/// `platen trust add`.
#[derive(Debug, Args)]
pub struct TrustAdd {
    /// Certificate in PEM: the site's root, or its leaf.
    #[arg(value_name = "CERTIFICATE")]
    pub certificate: PathBuf,
    #[command(flatten)]
    pub what: GrantOptions,
}

/// What a site is allowed.
#[derive(Debug, Clone, Args)]
pub struct GrantOptions {
    /// An origin it may speak for: `https://pos.example`, or
    /// `*.shop.example` for every site one label below. May be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Vec<OriginPattern>,
    /// What it may do, separated by commas; default: what printing needs.
    #[arg(long, value_name = "CAPABILITIES", value_delimiter = ',', default_values_t = Capability::FOR_PRINTING)]
    pub capability: Vec<Capability>,
    /// A printer it may use, by id or name; default: every printer. May be
    /// repeated.
    #[arg(long, value_name = "PRINTER")]
    pub printer: Vec<String>,
    /// A user of this machine in whose browser it may, by name or number;
    /// default: everybody. May be repeated.
    #[arg(long, value_name = "USER")]
    pub user: Vec<String>,
    /// A device it may use, which the capability for such devices comes with:
    /// `serial:/dev/ttyUSB0`, `serial:usb:0403:6001`, `usb:04b8:0202`,
    /// `hid:0922:8003` (`:SERIAL` behind it means one of several) or
    /// `socket:192.0.2.7:4001`. May be repeated.
    #[arg(long, value_name = "DEVICE")]
    pub device: Vec<DeviceRule>,
    /// What the site must sign.
    #[arg(long, value_enum, default_value_t = SigningRule::Request)]
    pub signing: SigningRule,
    /// Allow programs that are no browsers, and send no Origin, as well.
    #[arg(long)]
    pub native: bool,
    /// Allow pages written for QZ Tray to use it, unchanged; with options,
    /// separated by commas.
    ///
    /// `allow-sha1`: signatures over SHA-1 count, which is what its client
    /// makes unless the page says otherwise. `allow-repeats`: a signed message
    /// may be sent again within a quarter of an hour. `until-completed`:
    /// `print` is answered when the job has ended, and not when it is kept.
    /// `networking`: the machine's name, user and addresses may be asked.
    /// `urls`: what is printed may stand behind URLs of the page's own site.
    /// `files`: files in a folder of the site's own (the capability `files`).
    /// `folder=PATH`: files in this folder as well.
    #[arg(long, value_name = "OPTIONS", value_delimiter = ',', num_args = 0..=1, require_equals = true)]
    pub qz: Option<Vec<QzOption>>,
    /// Days until the grant ends; default: never.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub expires: Option<u32>,
    /// Days that the newest list of revocations of a root may be old (`platen
    /// trust revoke`); when it is older, nobody below that root is let in, but
    /// for certificates that are trusted by themselves. Default: any age.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub revocations_max_age: Option<u32>,
    /// A note for people; default: the certificate's subject.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
}

/// What a site must sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SigningRule {
    /// The opening of a session and each call that changes something.
    Request,
    /// Only the opening of a session.
    Session,
}

impl From<SigningRule> for Signing {
    fn from(rule: SigningRule) -> Self {
        match rule {
            SigningRule::Request => Self::Request,
            SigningRule::Session => Self::Session,
        }
    }
}

/// `platen cert`.
#[derive(Debug, Subcommand)]
pub enum Cert {
    /// Show the certificate and where it is trusted.
    Show,
    /// Make a new certificate. Browsers must be told to trust it anew.
    Renew,
}

/// `platen events`.
#[derive(Debug, Args)]
pub struct Events {
    /// Go on with what happens.
    #[arg(long)]
    pub follow: bool,
    /// Begin after this place in the log; default: its beginning, or now with
    /// --follow.
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<Cursor>,
}

/// `platen config`.
#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// List everything that is wrong with a configuration.
    Check {
        /// The file; default: the one the agent would use.
        file: Option<PathBuf>,
    },
    /// Print the values in effect.
    Show,
    /// Print the reference of every key.
    Reference,
}

fn job_state(keyword: &str) -> Result<JobState, String> {
    JobState::from_keyword(keyword).ok_or_else(|| {
        let states: Vec<_> = JobState::ALL.iter().map(|state| state.as_str()).collect();
        format!("choose from {}", states.join(", "))
    })
}
