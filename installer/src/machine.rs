//! The machine that is changed: its files and its programs.
//!
//! The only way to it, so that tests can put one in a temporary folder and
//! let any of these fail. Paths are the machine's own and absolute;
//! [`RealMachine`] may keep them below a root.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use crate::command::{Argument, Command, Finished};
use crate::standing::{FileStanding, Standing};
use crate::windows::Windows;

/// Where programs of the system are. Not the caller's search path: root runs
/// what stands there.
const PROGRAM_FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// What can be done to files, and which programs run.
pub trait Machine {
    /// What stands at a path. Follows no link at its end.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn look(&self, path: &Path) -> io::Result<Standing>;
    /// Whether what is in the folder of this path is ours to change: a folder
    /// that was handed to another user is his, and what he laid there may lead
    /// anywhere.
    fn is_ours(&self, path: &Path) -> bool;
    /// What is in a folder, sorted; nothing where it is missing.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// Makes one folder.
    ///
    /// # Errors
    /// When the system refuses.
    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()>;
    /// Removes an empty folder.
    ///
    /// # Errors
    /// When the system refuses.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Puts a file in place, whole or not at all, durably.
    ///
    /// # Errors
    /// When the system refuses.
    fn place(&self, path: &Path, file: &FileStanding) -> io::Result<()>;
    /// Puts a symbolic link in place of what stands there.
    ///
    /// # Errors
    /// When the system refuses.
    fn place_link(&self, path: &Path, target: &Path) -> io::Result<()>;
    /// Removes a file or a link.
    ///
    /// # Errors
    /// When the system refuses.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Adds to the end of a file only its owner may read, durably.
    ///
    /// # Errors
    /// When the system refuses.
    fn append(&self, path: &Path, octets: &[u8]) -> io::Result<()>;
    /// Whether there is such a program.
    fn has_program(&self, name: &str) -> bool;
    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    fn run(&self, command: &Command) -> io::Result<Finished>;
    /// What only Windows has.
    ///
    /// # Errors
    /// On another system.
    fn windows(&self) -> io::Result<&dyn Windows> {
        Err(io::Error::other("this system is not Windows"))
    }
}

/// Where [`Machine::place`] writes before it renames; left there by a crash.
#[must_use]
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".platen-new");
    PathBuf::from(name)
}

/// This machine, or what lies below a folder as if it were one.
#[derive(Debug, Clone)]
pub struct RealMachine {
    root: PathBuf,
}

impl RealMachine {
    /// Everything below `root`; `/` is this machine.
    #[must_use]
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where a path of the machine really is.
    #[must_use]
    pub fn real(&self, path: &Path) -> PathBuf {
        if self.root == Path::new("/") {
            return path.to_owned();
        }
        let inside = path.components().filter(|part| {
            !matches!(
                part,
                Component::RootDir | Component::Prefix(_) | Component::ParentDir
            )
        });
        self.root.join(inside.collect::<PathBuf>())
    }
}

fn program(name: &str) -> Option<PathBuf> {
    PROGRAM_FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|program| program.is_file())
}

impl Machine for RealMachine {
    fn look(&self, path: &Path) -> io::Result<Standing> {
        let real = self.real(path);
        let metadata = match fs::symlink_metadata(&real) {
            Ok(metadata) => metadata,
            Err(error) if is_missing(&error) => return Ok(Standing::Absent),
            Err(error) => return Err(error),
        };
        if metadata.is_dir() {
            return Ok(Standing::Folder);
        }
        if metadata.is_symlink() {
            let target = fs::read_link(&real)?;
            return Ok(Standing::Link { target });
        }
        if !metadata.is_file() {
            return Err(io::Error::other("neither a file nor a folder is there"));
        }
        Ok(Standing::File(FileStanding {
            octets: fs::read(&real)?,
            mode: permissions::mode(&metadata),
            owner: permissions::owner(&metadata),
        }))
    }

    fn is_ours(&self, path: &Path) -> bool {
        let folder = path.parent().map(|folder| self.real(folder));
        folder.is_none_or(|folder| permissions::is_own_folder(&folder))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(self.real(folder)) {
            Ok(entries) => entries,
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut paths = entries
            .map(|entry| Ok(folder.join(entry?.file_name())))
            .collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        permissions::make_folder(&self.real(path), mode)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(self.real(path))
    }

    fn place(&self, path: &Path, file: &FileStanding) -> io::Result<()> {
        let real = self.real(path);
        let new = beside(&real);
        // Left over by a crash, or put there by somebody: never written into.
        remove_if_there(&new)?;
        let mut out = permissions::create(&new, file.mode)?;
        out.write_all(&file.octets)?;
        permissions::set_all(&out, file)?;
        out.sync_all()?;
        fs::rename(&new, &real)?;
        sync_folder(&real)
    }

    #[cfg(unix)]
    fn place_link(&self, path: &Path, target: &Path) -> io::Result<()> {
        let real = self.real(path);
        let new = beside(&real);
        remove_if_there(&new)?;
        std::os::unix::fs::symlink(target, &new)?;
        fs::rename(&new, &real)?;
        sync_folder(&real)
    }

    #[cfg(not(unix))]
    fn place_link(&self, _path: &Path, _target: &Path) -> io::Result<()> {
        Err(io::Error::other("links are not made on this system"))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(self.real(path))
    }

    fn append(&self, path: &Path, octets: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        permissions::create_private(&mut options);
        let mut file = options.open(self.real(path))?;
        file.write_all(octets)?;
        file.sync_all()
    }

    fn has_program(&self, name: &str) -> bool {
        program(name).is_some()
    }

    fn run(&self, command: &Command) -> io::Result<Finished> {
        let path = program(&command.program).ok_or_else(|| {
            let message = format!("the program {} is not installed", command.program);
            io::Error::new(io::ErrorKind::NotFound, message)
        })?;
        let arguments = command.arguments.iter().map(|argument| match argument {
            Argument::Text(text) => text.clone().into(),
            Argument::Path { prefix, path } => {
                let mut text = std::ffi::OsString::from(prefix);
                text.push(self.real(path));
                text
            }
        });
        let mut child = std::process::Command::new(path)
            .args(arguments)
            .env("LC_ALL", "C")
            .env("PATH", PROGRAM_FOLDERS.join(":"))
            .stdin(if command.input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let (Some(text), Some(mut input)) = (&command.input, child.stdin.take()) {
            // One that reads nothing has its reasons, and says them.
            let _ = input.write_all(text.as_bytes());
        }
        let output = child.wait_with_output()?;
        Ok(Finished {
            success: output.status.success(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    #[cfg(windows)]
    fn windows(&self) -> io::Result<&dyn Windows> {
        Ok(self)
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_missing(&error) => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A rename is durable when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

#[cfg(unix)]
mod permissions {
    use super::{File, FileStanding, OpenOptions, Path, fs, io};
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};

    pub(super) fn mode(metadata: &fs::Metadata) -> u32 {
        metadata.mode() & 0o7777
    }

    #[allow(clippy::unnecessary_wraps)] // other systems have no owner
    pub(super) fn owner(metadata: &fs::Metadata) -> Option<(u32, u32)> {
        Some((metadata.uid(), metadata.gid()))
    }

    /// Root's, and everything below a folder it made, or the user's own.
    pub(super) fn is_own_folder(folder: &Path) -> bool {
        let own = rustix::process::geteuid().as_raw();
        match fs::metadata(folder) {
            Ok(metadata) => metadata.uid() == own,
            Err(_) => true,
        }
    }

    pub(super) fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
        fs::create_dir(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }

    /// A file nobody else could open before it has its owner.
    pub(super) fn create(path: &Path, mode: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode & 0o700);
        options.open(path)
    }

    pub(super) fn create_private(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    pub(super) fn set_all(file: &File, wanted: &FileStanding) -> io::Result<()> {
        if let Some(owner) = wanted.owner {
            let metadata = file.metadata()?;
            if owner != (metadata.uid(), metadata.gid()) {
                std::os::unix::fs::fchown(file, Some(owner.0), Some(owner.1))?;
            }
        }
        file.set_permissions(fs::Permissions::from_mode(wanted.mode))
    }
}

#[cfg(windows)]
mod permissions {
    //! Access is inherited from the folder; one that others enter has private
    //! ones made closed.
    use super::{File, FileStanding, OpenOptions, Path, fs, io};
    use platen_windows::access;

    pub(super) fn mode(_metadata: &fs::Metadata) -> u32 {
        0o644
    }

    pub(super) fn owner(_metadata: &fs::Metadata) -> Option<(u32, u32)> {
        None
    }

    /// Whether nobody but this account, the system and administrators may put
    /// something else in the place of what is there.
    pub(super) fn is_own_folder(folder: &Path) -> bool {
        /// `FILE_DELETE_CHILD`, `WRITE_DAC`, `WRITE_OWNER`, `GENERIC_ALL`.
        const REPLACING: u32 = 0x40 | 0x4_0000 | 0x8_0000 | 0x1000_0000;
        let Ok(own) = access::own_account() else {
            return false;
        };
        match access::exposure_of(folder, &own) {
            Ok(exposure) => {
                let mut others = exposure.others.iter();
                others.all(|other| other.rights & REPLACING == 0)
            }
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// A private folder takes over who may enter the one it is in; where that
    /// one is open to others, it is closed to them.
    pub(super) fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
        let own = access::own_account()?;
        if mode & 0o077 == 0
            && let Some(parent) = path.parent()
            && let exposure = access::exposure_of(parent, &own)?
            && exposure.others.iter().any(access::Allowed::is_a_crowd)
        {
            return access::create_private_folder(path, &own);
        }
        fs::create_dir(path)
    }

    pub(super) fn create(path: &Path, _mode: u32) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    pub(super) fn create_private(_options: &mut OpenOptions) {}

    pub(super) fn set_all(_file: &File, _wanted: &FileStanding) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_placed_whole_with_its_permissions_and_over_a_link_not_through_it() {
        let root = tempfile::tempdir().unwrap();
        let machine = RealMachine::below(root.path());
        let path = Path::new("/file");
        fs::write(root.path().join("victim"), "theirs").unwrap();
        std::os::unix::fs::symlink("victim", root.path().join("file")).unwrap();
        std::os::unix::fs::symlink("victim", root.path().join("file.platen-new")).unwrap();
        let file = FileStanding {
            octets: b"ours".to_vec(),
            mode: 0o640,
            owner: None,
        };
        machine.place(path, &file).unwrap();
        let Standing::File(found) = machine.look(path).unwrap() else {
            panic!("a file");
        };
        assert_eq!((found.octets, found.mode), (file.octets, 0o640));
        assert_eq!(fs::read(root.path().join("victim")).unwrap(), b"theirs");
        assert_eq!(machine.list(Path::new("/")).unwrap().len(), 2);
    }

    #[test]
    fn a_path_never_leaves_the_root() {
        let machine = RealMachine::below("/tmp/root");
        let real = machine.real(Path::new("/a/../../b"));
        assert_eq!(real, Path::new("/tmp/root/a/b"));
    }
}
