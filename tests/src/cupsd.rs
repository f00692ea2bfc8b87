//! A private print service: a real `cupsd` with its own folders, queues and
//! port, started without the system's service manager.
//!
//! Besides raw queues to a TCP port it has scripted printers: a CUPS backend
//! that runs a few lines of shell a test wrote, so that any state and any end
//! of a job can be had on command.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// Where the system keeps what a print service runs.
const SERVER_BIN: &str = "/usr/lib/cups";
/// Ready takes a tenth of a second; more only on a machine in trouble.
const START_WAIT_MAX: Duration = Duration::from_secs(20);

/// Jobs of tests take a fraction of a second.
const JOBS_WAIT_MAX: Duration = Duration::from_secs(30);

/// The backend behind `scripted:` queues. It runs the printer's `script` with
/// the job's octets on standard input, and keeps what the script leaves.
const SCRIPTED_BACKEND: &str = r#"#!/bin/sh
[ $# -eq 0 ] && { echo 'direct scripted "Scripted" "Scripted printer"'; exit 0; }
folder=${DEVICE_URI#scripted:}
[ $# -ge 6 ] && exec < "$6"
[ -f "$folder/script" ] && . "$folder/script"
cat > "$folder/printed"
exit ${RESULT:-0}
"#;

/// What is given a job's pages before the printer, and its options before them.
const PDF_FILTER: &str = r#"#!/bin/sh
printf 'copies=%s %s\n' "$4" "$5"
[ $# -ge 6 ] && exec < "$6"
cat
"#;

/// The driver of a printer that takes PDF.
const PDF_PRINTER: &str = r#"*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "PDF.PPD"
*Manufacturer: "Platen"
*Product: "(Pages)"
*ModelName: "Platen Pages"
*ShortNickName: "Platen Pages"
*NickName: "Platen Pages"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: True
*DefaultColorSpace: RGB
*FileSystem: False
*Throughput: "1"
*LandscapeOrientation: Plus90
*TTRasterizer: Type42
*cupsVersion: 2.4
*cupsSNMPSupplies: False
*cupsFilter2
*OpenUI *PageSize/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageSize
*DefaultPageSize: A4
*PageSize A4/A4: "<</PageSize[595 842]>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageRegion
*DefaultPageRegion: A4
*PageRegion A4/A4: "<</PageSize[595 842]>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4/A4: "0 0 595 842"
*DefaultPaperDimension: A4
*PaperDimension A4/A4: "595 842"
"#;

/// Who may do what in a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Anybody anything.
    Open,
    /// What CUPS is shipped with: jobs are their owners', queues the administrators'.
    Stock,
    /// Anybody anything, but nobody may subscribe to events.
    NoSubscriptions,
    /// Anybody anything, and a job that has ended is forgotten.
    NoHistory,
}

/// A running print service. Ends when dropped.
#[derive(Debug)]
pub struct Cupsd {
    folder: TempDir,
    process: Child,
}

/// A queue whose printer is a script.
#[derive(Debug)]
pub struct ScriptedPrinter {
    folder: PathBuf,
}

impl Cupsd {
    /// Starts one, without queues.
    ///
    /// # Errors
    /// When CUPS is not installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(Policy::Open)
    }

    /// Starts one with another policy.
    ///
    /// # Errors
    /// When CUPS is not installed or does not start.
    pub fn start_with(policy: Policy) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("cupsd-").tempdir()?;
        lay_out(folder.path(), policy)?;
        let process = run(folder.path())?;
        let mut cupsd = Self { folder, process };
        cupsd.wait_until_ready()?;
        Ok(cupsd)
    }

    /// The socket it listens on.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("run/cups.sock")
    }

    /// Adds a raw queue that sends to a TCP port of this machine.
    ///
    /// # Errors
    /// When CUPS refuses.
    pub fn add_raw_queue(&self, name: &str, port: u16) -> Result<()> {
        self.add_queue(name, &format!("socket://127.0.0.1:{port}"), "stop-printer")
    }

    /// Adds a queue to a TCP port of this machine whose printer takes PDF: a
    /// line with the options of the job arrives, then its pages as they are.
    ///
    /// # Errors
    /// When CUPS refuses.
    pub fn add_pdf_queue(&self, name: &str, port: u16) -> Result<()> {
        let driver = self.folder.path().join(format!("{name}.ppd"));
        let filter = self.folder.path().join(format!("{name}.filter"));
        fs::write(&filter, PDF_FILTER)?;
        allow(&filter, 0o755)?;
        let filter = format!(
            "*cupsFilter2: \"application/pdf application/pdf 0 {}\"",
            filter.display()
        );
        fs::write(&driver, PDF_PRINTER.replace("*cupsFilter2", &filter))?;
        let (device, driver) = (format!("socket://127.0.0.1:{port}"), driver.display());
        let arguments = ["-p", name, "-E", "-v", &device, "-P", &driver.to_string()];
        self.command("lpadmin", &arguments).map(drop)
    }

    /// Adds a raw queue to a printer that runs `script`, a few lines of shell:
    /// `$folder` is the printer's folder, `RESULT` the backend's exit status,
    /// standard error speaks to CUPS (`STATE: +media-empty-error`).
    ///
    /// # Errors
    /// When CUPS refuses.
    pub fn add_scripted_queue(
        &self,
        name: &str,
        error_policy: &str,
        script: &str,
    ) -> Result<ScriptedPrinter> {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder)?;
        // Backends run as another user.
        allow(&folder, 0o777)?;
        fs::write(folder.join("script"), script)?;
        allow(&folder.join("script"), 0o644)?;
        self.add_queue(
            name,
            &format!("scripted:{}", folder.display()),
            error_policy,
        )?;
        Ok(ScriptedPrinter { folder })
    }

    /// Puts a few lines of shell in the place of CUPS's own `socket` backend, to
    /// have in a moment what takes that one a minute and a half.
    ///
    /// # Errors
    /// When it cannot be put there.
    pub fn replace_socket_backend(&self, script: &str) -> Result<ScriptedPrinter> {
        let folder = self.folder.path().join("socket-printer");
        fs::create_dir(&folder)?;
        allow(&folder, 0o777)?;
        let backend = self.folder.path().join("bin/backend/socket");
        // Only a link to the system's.
        fs::remove_file(&backend)?;
        let place = folder.display();
        fs::write(
            &backend,
            format!("#!/bin/sh\n[ $# -eq 0 ] && exit 0\nfolder='{place}'\n{script}\n"),
        )?;
        allow(&backend, 0o755)?;
        Ok(ScriptedPrinter { folder })
    }

    /// Runs one of CUPS's own commands against this service and returns what
    /// it printed.
    ///
    /// # Errors
    /// When it fails.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let output = Command::new(program)
            .args(arguments)
            .env("CUPS_SERVER", self.socket())
            .output()
            .with_context(|| format!("{program} cannot be run; install the package cups"))?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{program} {arguments:?} failed: {error}"
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Ends the service at once, as a crash would. Its folders stay; jobs of
    /// the last half minute it has not written down.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn crash(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Stops the service as the system does: it writes down what it knows.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn stop(&mut self) -> Result<()> {
        self.signal("-TERM")?;
        self.process.wait()?;
        Ok(())
    }

    /// Lets the service answer nobody, without closing a connection.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn freeze(&self) -> Result<()> {
        self.signal("-STOP")
    }

    /// Ends [`Self::freeze`].
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn thaw(&self) -> Result<()> {
        self.signal("-CONT")
    }

    /// Starts the service again with the same queues and jobs.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> Result<()> {
        self.process = run(self.folder.path())?;
        self.wait_until_ready()
    }

    /// The service's error log, for a failing test to show.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log/error_log")).unwrap_or_default()
    }

    /// How often the service was asked for this operation, by IPP's name of it.
    #[must_use]
    pub fn asked(&self, operation: &str) -> usize {
        let log = self.folder.path().join("log/access_log");
        let log = fs::read_to_string(log).unwrap_or_default();
        log.lines()
            .filter(|line| line.split(' ').any(|word| word == operation))
            .count()
    }

    /// Waits until the queue has no unfinished jobs.
    ///
    /// # Errors
    /// When it has some for too long.
    pub fn wait_until_done(&self, queue: &str) -> Result<()> {
        let end = Instant::now() + JOBS_WAIT_MAX;
        while !self.command("lpstat", &["-o", queue])?.is_empty() {
            ensure!(Instant::now() < end, "jobs stay in {queue}: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn add_queue(&self, name: &str, device: &str, error_policy: &str) -> Result<()> {
        let policy = format!("printer-error-policy={error_policy}");
        let arguments = ["-p", name, "-E", "-v", device, "-m", "raw", "-o", &policy];
        self.command("lpadmin", &arguments).map(drop)
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args([signal, &process]).status()?;
        ensure!(sent.success(), "kill {signal} failed");
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let end = Instant::now() + START_WAIT_MAX;
        while UnixStream::connect(self.socket()).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("cupsd ended with {status}: {}", self.log());
            }
            ensure!(Instant::now() < end, "cupsd did not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Cupsd {
    fn drop(&mut self) {
        // Once it has ended, its process id may be another's.
        if let Ok(None) = self.process.try_wait() {
            drop(self.thaw());
            drop(self.crash());
        }
    }
}

impl ScriptedPrinter {
    /// Makes the file `name` in the printer's folder, for its script to see.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn tell(&self, name: &str) -> io::Result<()> {
        fs::write(self.folder.join(name), [])
    }

    /// The same with something in it, all at once.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn say(&self, name: &str, what: &str) -> io::Result<()> {
        let file = self.folder.join("being-written");
        fs::write(&file, what)?;
        // Scripts run as another user.
        allow(&file, 0o644)?;
        fs::rename(&file, self.folder.join(name))
    }

    /// Takes a file away again.
    ///
    /// # Errors
    /// When it is not there.
    pub fn untell(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    /// What the last job printed; `None` when nothing was.
    #[must_use]
    pub fn printed(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.join("printed")).ok()
    }
}

impl Policy {
    /// As lines of `cupsd.conf`.
    fn directives(self) -> Result<String> {
        match self {
            Self::Open => Ok(open_policy("")),
            Self::NoHistory => Ok(format!("PreserveJobHistory No\n{}", open_policy(""))),
            Self::NoSubscriptions => Ok(open_policy(
                "<Limit Create-Printer-Subscriptions>\n Order allow,deny\n Deny all\n </Limit>\n",
            )),
            Self::Stock => {
                let shipped = fs::read_to_string("/usr/share/cups/cupsd.conf.default")?;
                let end = "</Policy>";
                let policy = shipped
                    .find("<Policy default>")
                    .and_then(|start| shipped[start..].split_inclusive(end).next())
                    .context("the configuration CUPS is shipped with has no policy")?;
                Ok(format!("DefaultAuthType Basic\n{policy}"))
            }
        }
    }
}

/// A policy that allows everything but what `limits` take away.
fn open_policy(limits: &str) -> String {
    format!(
        "DefaultAuthType None\n\
         <Policy default>\n JobPrivateAccess all\n JobPrivateValues none\n\
         SubscriptionPrivateAccess all\n SubscriptionPrivateValues none\n\
         {limits}<Limit All>\n Order deny,allow\n </Limit>\n</Policy>"
    )
}

/// The folders and files of a service below `folder`.
fn lay_out(folder: &Path, policy: Policy) -> Result<()> {
    // Its backends run as another user and must get to their scripts.
    allow(folder, 0o755)?;
    for name in [
        "etc/ppd",
        "cache",
        "spool",
        "log",
        "run",
        "tmp",
        "bin/backend",
    ] {
        fs::create_dir_all(folder.join(name))?;
    }
    allow(&folder.join("tmp"), 0o1777)?;
    for name in ["raw.types", "raw.convs"] {
        let from = Path::new("/etc/cups").join(name);
        fs::copy(&from, folder.join("etc").join(name))
            .with_context(|| format!("{} is missing; install the package cups", from.display()))?;
    }
    for name in ["filter", "daemon", "monitor", "notifier", "cgi-bin"] {
        symlink(
            Path::new(SERVER_BIN).join(name),
            folder.join("bin").join(name),
        )?;
    }
    symlink(
        Path::new(SERVER_BIN).join("backend/socket"),
        folder.join("bin/backend/socket"),
    )?;
    let scripted = folder.join("bin/backend/scripted");
    fs::write(&scripted, SCRIPTED_BACKEND)?;
    allow(&scripted, 0o755)?;

    let root = folder.display();
    fs::write(
        folder.join("etc/cups-files.conf"),
        format!(
            "ServerRoot {root}/etc\nCacheDir {root}/cache\nRequestRoot {root}/spool\n\
             TempDir {root}/tmp\nStateDir {root}/run\nServerBin {root}/bin\n\
             AccessLog {root}/log/access_log\nErrorLog {root}/log/error_log\n\
             PageLog {root}/log/page_log\nFileDevice Yes\nSystemGroup root lpadmin\n\
             User lp\nGroup lp\nSyncOnClose No\nPrintcap\n"
        ),
    )?;
    // It insists on a port when it is started by hand; nobody here uses it.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    fs::write(
        folder.join("etc/cupsd.conf"),
        format!(
            "Listen 127.0.0.1:{port}\nListen {root}/run/cups.sock\n\
             Browsing Off\nWebInterface No\nMaxJobs 0\nJobRetryInterval 5\nLogLevel info\n\
             AccessLogLevel all\n\
             <Location />\n Order allow,deny\n Allow localhost\n</Location>\n\
             {}\n",
            policy.directives()?
        ),
    )?;
    Ok(())
}

fn run(folder: &Path) -> Result<Child> {
    // A socket file of a service that crashed would look like a running one.
    drop(fs::remove_file(folder.join("run/cups.sock")));
    Command::new("/usr/sbin/cupsd")
        .arg("-f")
        .arg("-c")
        .arg(folder.join("etc/cupsd.conf"))
        .arg("-s")
        .arg(folder.join("etc/cups-files.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cupsd cannot be run; install the package cups")
}

fn allow(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
