//! A machine in a temporary folder, with programs that do what the real ones
//! do to its files, and a fault at a chosen moment.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use platen_installer::{
    Argument, Command, FileStanding, Finished, Machine, RealMachine, Standing, Windows,
};

/// What goes wrong, and at which of the changes to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It fails and does nothing.
    Fails(u32),
    /// It is done, and fails all the same.
    FailsAfter(u32),
    /// The power goes in the middle of it; nothing works from then on.
    Crash(u32),
}

enum Outcome {
    Works,
    Fails,
    FailsAfter,
    Breaks,
    Gone,
}

/// A machine below a folder.
pub(crate) struct TestMachine {
    inner: RealMachine,
    pub(crate) root: PathBuf,
    fault: Fault,
    changes: Cell<u32>,
}

impl TestMachine {
    pub(crate) fn new(root: &Path, fault: Fault) -> Self {
        Self {
            inner: RealMachine::below(root),
            root: root.to_owned(),
            fault,
            changes: Cell::new(0),
        }
    }

    fn next(&self) -> Outcome {
        let now = self.changes.get();
        self.changes.set(now + 1);
        match self.fault {
            Fault::Fails(at) if at == now => Outcome::Fails,
            Fault::FailsAfter(at) if at == now => Outcome::FailsAfter,
            Fault::Crash(at) if at == now => Outcome::Breaks,
            Fault::Crash(at) if at < now => Outcome::Gone,
            Fault::None | Fault::Fails(_) | Fault::FailsAfter(_) | Fault::Crash(_) => {
                Outcome::Works
            }
        }
    }

    /// Does one change, or half of it, or not at all.
    pub(crate) fn change<T>(
        &self,
        whole: impl FnOnce() -> io::Result<T>,
        half: impl FnOnce(),
    ) -> io::Result<T> {
        match self.next() {
            Outcome::Works => whole(),
            Outcome::Fails | Outcome::Gone => Err(broken()),
            Outcome::FailsAfter => whole().and(Err(broken())),
            Outcome::Breaks => {
                half();
                Err(broken())
            }
        }
    }

    fn real(&self, path: &str) -> PathBuf {
        self.inner.real(Path::new(path))
    }
}

fn broken() -> io::Error {
    io::Error::other("the test lets this fail")
}

impl Machine for TestMachine {
    fn windows(&self) -> io::Result<&dyn Windows> {
        Ok(self)
    }

    fn look(&self, path: &Path) -> io::Result<Standing> {
        self.inner.look(path)
    }

    fn is_ours(&self, path: &Path) -> bool {
        self.inner.is_ours(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.inner.list(folder)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.change(|| self.inner.make_folder(path, mode), || ())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change(|| self.inner.remove_folder(path), || ())
    }

    fn place(&self, path: &Path, file: &FileStanding) -> io::Result<()> {
        self.change(
            || self.inner.place(path, file),
            || {
                let mut beside = self.inner.real(path).into_os_string();
                beside.push(".platen-new");
                let half = &file.octets[..file.octets.len() / 2];
                let _ = fs::write(beside, half);
            },
        )
    }

    fn place_link(&self, path: &Path, target: &Path) -> io::Result<()> {
        self.change(|| self.inner.place_link(path, target), || ())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change(|| self.inner.remove(path), || ())
    }

    fn append(&self, path: &Path, octets: &[u8]) -> io::Result<()> {
        self.change(
            || self.inner.append(path, octets),
            || {
                let _ = self.inner.append(path, &octets[..octets.len() / 2]);
            },
        )
    }

    fn has_program(&self, name: &str) -> bool {
        name != "update-ca-trust"
    }

    fn run(&self, command: &Command) -> io::Result<Finished> {
        let words: Vec<&str> = command.arguments.iter().filter_map(text).collect();
        let asks = words.iter().any(|word| {
            matches!(*word, "-L" | "cat" | "show-environment") || word.starts_with("is-")
        });
        if asks {
            return Ok(self.simulate(command, &words));
        }
        match self.next() {
            Outcome::Works => Ok(self.simulate(command, &words)),
            Outcome::Fails => Ok(finished(false, "")),
            Outcome::FailsAfter => {
                self.simulate(command, &words);
                Ok(finished(false, ""))
            }
            Outcome::Breaks => {
                self.simulate(command, &words);
                Err(broken())
            }
            Outcome::Gone => Err(broken()),
        }
    }
}

fn text(argument: &Argument) -> Option<&str> {
    match argument {
        Argument::Text(text) => Some(text),
        Argument::Path { .. } => None,
    }
}

fn finished(success: bool, output: &str) -> Finished {
    Finished {
        success,
        output: output.to_owned(),
        errors: String::new(),
    }
}

impl TestMachine {
    fn simulate(&self, command: &Command, words: &[&str]) -> Finished {
        match command.program.as_str() {
            "update-ca-certificates" => self.update_ca_certificates(),
            "certutil" => {
                let folder = command
                    .arguments
                    .iter()
                    .find_map(|argument| match argument {
                        Argument::Path { path, .. } => Some(self.inner.real(path)),
                        Argument::Text(_) => None,
                    });
                certutil(&folder.unwrap(), words, command.input.as_deref())
            }
            "systemctl" => self.systemctl(words),
            other => panic!("nobody runs {other}"),
        }
    }

    /// As Debian's: links and bundle; what has gone leaves its links.
    fn update_ca_certificates(&self) -> Finished {
        let certs = self.real("/etc/ssl/certs");
        let mut bundle = "their authority\n".to_owned();
        let local = self.real("/usr/local/share/ca-certificates");
        let files = fs::read_dir(local).into_iter().flatten().flatten();
        let mut files: Vec<_> = files.map(|file| file.path()).collect();
        files.sort();
        for file in files
            .iter()
            .filter(|file| file.extension().is_some_and(|e| e == "crt"))
        {
            bundle.push_str(&fs::read_to_string(file).unwrap());
            let name = file.file_stem().unwrap().to_str().unwrap();
            let target = format!("/usr/local/share/ca-certificates/{name}.crt");
            for (link, target) in [
                (format!("{name}.pem"), target),
                (format!("{name}-hash.0"), format!("{name}.pem")),
            ] {
                let _ = fs::remove_file(certs.join(&link));
                std::os::unix::fs::symlink(target, certs.join(link)).unwrap();
            }
        }
        fs::write(certs.join("ca-certificates.crt"), bundle).unwrap();
        finished(true, "")
    }

    fn systemctl(&self, words: &[&str]) -> Finished {
        let enabled = self.real("/etc/systemd/enabled-platen");
        match words {
            [.., "enable", "--now", _] => fs::write(enabled, "").unwrap(),
            [.., "disable", "--now", _] => {
                let _ = fs::remove_file(enabled);
            }
            [.., "is-enabled" | "is-active", "--quiet", _] => {
                return finished(enabled.exists(), "");
            }
            [.., "cat", _] | [.., "daemon-reload" | "show-environment"] => {}
            other => panic!("nobody says {other:?}"),
        }
        finished(true, "")
    }

    /// Everything below the root.
    pub(crate) fn picture(&self) -> BTreeMap<PathBuf, String> {
        let mut picture = BTreeMap::new();
        draw(&self.root, &mut picture);
        picture
    }
}

/// A data base of lines `name|trust|base64`.
fn certutil(folder: &Path, words: &[&str], input: Option<&str>) -> Finished {
    let file = folder.join("cert9.db");
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    if words[0] == "-N" {
        for name in ["cert9.db", "key4.db", "pkcs11.txt"] {
            fs::write(folder.join(name), "").unwrap();
        }
        return finished(true, "");
    }
    let Ok(text) = fs::read_to_string(&file) else {
        return finished(false, "");
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let named = |line: &&str| after("-n").is_some_and(|name| line.starts_with(&format!("{name}|")));
    match words[0] {
        "-L" if after("-n").is_some() => {
            let Some(line) = lines.iter().find(|line| named(line)) else {
                return finished(false, "");
            };
            let body = line.rsplit('|').next().unwrap();
            let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
            finished(true, &pem)
        }
        "-L" => {
            let rows = lines.iter().map(|line| {
                let mut parts = line.split('|');
                format!("{}   {}\n", parts.next().unwrap(), parts.next().unwrap())
            });
            let rows: String = rows.collect();
            finished(true, &format!("\nNickname  Trust\n   SSL\n\n{rows}"))
        }
        "-A" => {
            let body: String = input
                .unwrap()
                .lines()
                .filter(|line| !line.starts_with('-'))
                .collect();
            let line = format!("{}|{}|{body}", after("-n").unwrap(), after("-t").unwrap());
            if !lines.contains(&line.as_str()) {
                fs::write(file, format!("{text}{line}\n")).unwrap();
            }
            finished(true, "")
        }
        "-D" => {
            let Some(at) = lines.iter().position(named) else {
                return finished(false, "");
            };
            lines.remove(at);
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            fs::write(file, text).unwrap();
            finished(true, "")
        }
        other => panic!("nobody says {other}"),
    }
}

fn draw(folder: &Path, picture: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o7777;
        let what = if metadata.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if metadata.is_dir() {
            draw(&path, picture);
            format!("folder {mode:o}")
        } else {
            let octets = fs::read(&path).unwrap();
            format!("{mode:o} {}", String::from_utf8_lossy(&octets))
        };
        picture.insert(path, what);
    }
}
