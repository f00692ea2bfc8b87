//! An installation on disk: its versions, the two links, and the journal.
//!
//! ```text
//! ROOT/versions/1.4.0/platen ...   one folder for each version, never changed
//! ROOT/current    -> versions/...  what runs
//! ROOT/confirmed  -> versions/...  what was found to work; services start this one
//! ROOT/journal.json                where an update stands
//! ROOT/staging/                    what is being fetched
//! ```
//!
//! The journal decides, the links follow: each change is written to the
//! journal first, by one rename, and [`Installation::settle`] makes the links
//! say the same. So whatever ends between two steps, the next start does the
//! rest, and `confirmed` never leads to a program that has not worked.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::Version;
use crate::journal::{Event, Journal, Phase};
use crate::manifest::PROGRAM;

const VERSIONS: &str = "versions";
const CURRENT: &str = "current";
const CONFIRMED: &str = "confirmed";
const JOURNAL: &str = "journal.json";
pub(crate) const STAGING: &str = "staging";
/// Held by whoever changes something.
const LOCK: &str = "lock";
/// Held by whoever runs the agent; names its process.
const SUPERVISOR: &str = "supervisor";

/// Octets of a journal, at most.
const JOURNAL_OCTETS_MAX: u64 = 64 * 1024;

/// Why an installation cannot be used or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallationError {
    /// A file.
    #[error("{}: {source}; check its owner and permissions", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The journal.
    #[error(
        "{} says nothing this program understands ({reason}); install this version by hand", .path.display()
    )]
    Journal {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Others could put a program there.
    #[error("other users may write in {}; close it with `chmod go-w` before anything is installed from there", .0.display())]
    Open(PathBuf),
    /// Somebody else is at it.
    #[error("another update of this installation is under way; wait until it has ended")]
    Busy,
    /// What is asked has no meaning now.
    #[error("that is not possible now: {0}")]
    NotPossible(String),
}

/// A folder of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    root: PathBuf,
}

/// Nobody else changes the installation meanwhile.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Nobody else runs its agent.
#[derive(Debug)]
pub struct SupervisorLock {
    _file: File,
}

impl Installation {
    /// The one that `program` belongs to, a path without links; `None` when it
    /// lies in no folder of versions.
    #[must_use]
    pub fn of_program(program: &Path) -> Option<Self> {
        let versions = program.parent()?.parent()?;
        let is_one = versions.file_name()? == VERSIONS;
        let root = versions.parent()?;
        (is_one && root.join(JOURNAL).is_file()).then(|| Self {
            root: root.to_owned(),
        })
    }

    /// Makes one in `root`, of the programs of `folder`, which are `version`.
    ///
    /// # Errors
    /// [`InstallationError`], also where there is one already.
    pub fn prepare(
        root: &Path,
        version: &Version,
        folder: &Path,
        programs: &[&str],
    ) -> Result<Self, InstallationError> {
        let new = Self {
            root: root.to_owned(),
        };
        if new.journal_file().exists() {
            return Err(InstallationError::NotPossible(format!(
                "{} is an installation already",
                root.display()
            )));
        }
        let into = new.version_folder(version);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o755);
        builder.create(&into).map_err(io_error(&into))?;
        new.check_closed()?;
        for program in programs {
            let (from, to) = (folder.join(program), into.join(program));
            if from.is_file() {
                fs::copy(&from, &to).map_err(io_error(&to))?;
                fs::set_permissions(&to, fs::Permissions::from_mode(0o755))
                    .map_err(io_error(&to))?;
            }
        }
        new.write(&Journal::new(version.clone()))?;
        new.settle()?;
        Ok(new)
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a version's files are.
    #[must_use]
    pub fn version_folder(&self, version: &Version) -> PathBuf {
        self.root.join(VERSIONS).join(version.to_string())
    }

    /// A version's program.
    #[must_use]
    pub fn program(&self, version: &Version) -> PathBuf {
        self.version_folder(version).join(PROGRAM)
    }

    fn journal_file(&self) -> PathBuf {
        self.root.join(JOURNAL)
    }

    /// Where it stands.
    ///
    /// # Errors
    /// [`InstallationError`].
    pub fn journal(&self) -> Result<Journal, InstallationError> {
        let path = self.journal_file();
        let length = fs::metadata(&path).map_err(io_error(&path))?.len();
        let damaged = |reason: String| InstallationError::Journal {
            path: path.clone(),
            reason,
        };
        if length > JOURNAL_OCTETS_MAX {
            return Err(damaged("it is too long".to_owned()));
        }
        let text = fs::read(&path).map_err(io_error(&path))?;
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))
    }

    /// Keeps others from changing it.
    ///
    /// # Errors
    /// [`InstallationError::Busy`].
    pub fn lock(&self) -> Result<Lock, InstallationError> {
        self.check_closed()?;
        let file = self.hold(LOCK)?.ok_or(InstallationError::Busy)?;
        Ok(Lock { _file: file })
    }

    /// This process runs its agent from now on.
    ///
    /// # Errors
    /// [`InstallationError::NotPossible`] when another one does.
    pub fn supervise(&self) -> Result<SupervisorLock, InstallationError> {
        self.check_closed()?;
        let Some(mut file) = self.hold(SUPERVISOR)? else {
            return Err(InstallationError::NotPossible(
                "another process runs this installation's agent; `platen status` shows it"
                    .to_owned(),
            ));
        };
        let path = self.root.join(SUPERVISOR);
        file.set_len(0).map_err(io_error(&path))?;
        write!(file, "{}", std::process::id()).map_err(io_error(&path))?;
        Ok(SupervisorLock { _file: file })
    }

    /// The process that runs its agent, if one does.
    ///
    /// # Errors
    /// [`InstallationError`].
    pub fn supervisor(&self) -> Result<Option<i32>, InstallationError> {
        if self.hold(SUPERVISOR)?.is_some() {
            return Ok(None);
        }
        let path = self.root.join(SUPERVISOR);
        let text = fs::read_to_string(&path).map_err(io_error(&path))?;
        Ok(text.parse().ok())
    }

    /// A file locked for us; `None` when somebody has it.
    fn hold(&self, name: &str) -> Result<Option<File>, InstallationError> {
        let path = self.root.join(name);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io_error(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(InstallationError::Io { path, source }),
        }
    }

    /// That nobody but its owner can put a program where services start one.
    fn check_closed(&self) -> Result<(), InstallationError> {
        for folder in [self.root.clone(), self.root.join(VERSIONS)] {
            let mode = fs::metadata(&folder)
                .map_err(io_error(&folder))?
                .permissions()
                .mode();
            if mode & 0o022 != 0 {
                return Err(InstallationError::Open(folder));
            }
        }
        Ok(())
    }

    /// Something happened: the journal says so, and the links follow.
    ///
    /// # Errors
    /// [`InstallationError::NotPossible`] when it has no meaning now.
    pub fn advance(&self, lock: &Lock, event: Event) -> Result<Journal, InstallationError> {
        let journal = self.note(lock, event)?;
        self.settle()?;
        Ok(journal)
    }

    /// The first half of [`Self::advance`]: after it the rest is done by
    /// whoever starts next.
    pub(crate) fn note(&self, _lock: &Lock, event: Event) -> Result<Journal, InstallationError> {
        let journal = self.journal()?.after(event).map_err(|journal| {
            InstallationError::NotPossible(match journal.phase {
                Phase::Swapped { to, .. } => format!("{to} is being tried"),
                Phase::Confirmed | Phase::Staged { .. } | Phase::TakenBack { .. } => {
                    format!(
                        "{} runs, and nothing newer or older is there",
                        journal.running
                    )
                }
            })
        })?;
        self.write(&journal)?;
        Ok(journal)
    }

    /// Makes the links say what the journal says, and clears what nobody needs
    /// any more. Does nothing where that is done.
    ///
    /// # Errors
    /// [`InstallationError`].
    pub fn settle(&self) -> Result<Journal, InstallationError> {
        let journal = self.journal()?;
        self.point(CURRENT, journal.current())?;
        self.point(CONFIRMED, &journal.running)?;
        Ok(journal)
    }

    /// Removes versions that are neither run, tried nor gone back to.
    ///
    /// # Errors
    /// [`InstallationError`].
    pub fn clear(&self, _lock: &Lock) -> Result<(), InstallationError> {
        let journal = self.journal()?;
        let staged = match &journal.phase {
            Phase::Staged { to } | Phase::Swapped { to, .. } => Some(to),
            Phase::Confirmed | Phase::TakenBack { .. } => None,
        };
        let kept: BTreeSet<String> = [Some(&journal.running), journal.previous.as_ref(), staged]
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let versions = self.root.join(VERSIONS);
        for entry in fs::read_dir(&versions)
            .map_err(io_error(&versions))?
            .flatten()
        {
            let is_kept = entry
                .file_name()
                .to_str()
                .is_some_and(|name| kept.contains(name));
            if !is_kept {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(io_error(&path))?;
            }
        }
        remove_folder(&self.root.join(STAGING))
    }

    /// Lets a link lead to a version, by one rename.
    fn point(&self, link: &str, version: &Version) -> Result<(), InstallationError> {
        let link = self.root.join(link);
        let target = Path::new(VERSIONS).join(version.to_string());
        if fs::read_link(&link).is_ok_and(|now| now == target) {
            return Ok(());
        }
        let new = link.with_extension("new");
        match fs::remove_file(&new) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(InstallationError::Io { path: new, source });
            }
            _ => {}
        }
        symlink(&target, &new).map_err(io_error(&new))?;
        fs::rename(&new, &link).map_err(io_error(&link))?;
        sync(&self.root)
    }

    fn write(&self, journal: &Journal) -> Result<(), InstallationError> {
        let path = self.journal_file();
        let new = path.with_extension("new");
        let text = serde_json::to_vec(journal).expect("a journal has a JSON form");
        let mut file = File::create(&new).map_err(io_error(&new))?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .map_err(io_error(&new))?;
        fs::rename(&new, &path).map_err(io_error(&path))?;
        sync(&self.root)
    }
}

/// Removes a folder that may not be there.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), InstallationError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(folder)(error)),
        _ => Ok(()),
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync(folder: &Path) -> Result<(), InstallationError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io_error(folder))
}

pub(crate) fn io_error(path: &Path) -> impl Fn(io::Error) -> InstallationError + use<> {
    let path = path.to_owned();
    move |source| InstallationError::Io {
        path: path.clone(),
        source,
    }
}
