//! A version's files on their way in: into a folder that only its owner sees,
//! never more of them than was signed, checked there and again where they end
//! up.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use crate::Version;
use crate::installation::{
    Installation, InstallationError, Lock, STAGING, io_error, remove_folder, sync,
};
use crate::journal::{Event, Journal};
use crate::manifest::{Artifact, Manifest, hex};

/// Why files did not come in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// The installation.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// More than was signed.
    #[error("{name} is longer than its manifest says; nothing was installed")]
    TooLong {
        /// Which file.
        name: String,
    },
    /// Less than was signed.
    #[error("{name} ended after {octets} octets of {expected}; nothing was installed, try again")]
    TooShort {
        /// Which file.
        name: String,
        /// How many came.
        octets: u64,
        /// How many were signed.
        expected: u64,
    },
    /// Others than were signed.
    #[error("{name} is not the file its manifest means; nothing was installed")]
    Digest {
        /// Which file.
        name: String,
    },
}

/// A version that is coming in.
#[derive(Debug)]
pub struct Staging<'a> {
    installation: &'a Installation,
    lock: &'a Lock,
    folder: PathBuf,
    version: Version,
    sequence: u64,
    artifacts: Vec<Artifact>,
}

/// One file that is coming in.
#[derive(Debug)]
pub struct Incoming<'a> {
    artifact: &'a Artifact,
    file: File,
    path: PathBuf,
    octets: u64,
}

impl<'a> Staging<'a> {
    /// Begins anew, whatever was left of an earlier one.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn begin(
        installation: &'a Installation,
        lock: &'a Lock,
        manifest: &Manifest,
        artifacts: &[Artifact],
    ) -> Result<Self, StageError> {
        installation.clear(lock)?;
        let folder = installation.root().join(STAGING);
        let mut builder = fs::DirBuilder::new();
        builder
            .mode(0o700)
            .create(&folder)
            .map_err(io_error(&folder))?;
        Ok(Self {
            installation,
            lock,
            folder,
            version: manifest.version.clone(),
            sequence: manifest.sequence,
            artifacts: artifacts.to_vec(),
        })
    }

    /// Takes one of its files.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn receive<'b>(&self, artifact: &'b Artifact) -> Result<Incoming<'b>, StageError> {
        let path = self.folder.join(&artifact.name);
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(io_error(&path))?;
        Ok(Incoming {
            artifact,
            file,
            path,
            octets: 0,
        })
    }

    /// Every file is there: checks them, moves them to their place by one
    /// rename, and checks them there.
    ///
    /// # Errors
    /// [`StageError`]; nothing has changed then.
    pub fn complete(self) -> Result<Journal, StageError> {
        self.check(&self.folder)?;
        let journal = self.installation.journal()?;
        if self.version <= journal.running {
            let newer = format!("{} runs, which is no older", journal.running);
            return Err(InstallationError::NotPossible(newer).into());
        }
        for artifact in &self.artifacts {
            let path = self.folder.join(&artifact.name);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                .map_err(io_error(&path))?;
        }
        sync(&self.folder)?;
        let place = self.installation.version_folder(&self.version);
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o755))
            .map_err(io_error(&self.folder))?;
        // What an earlier try left there: newer than what runs, so nobody's.
        remove_folder(&place)?;
        fs::rename(&self.folder, &place).map_err(io_error(&place))?;
        sync(self.installation.root())?;
        if let Err(error) = self.check(&place) {
            remove_folder(&place)?;
            return Err(error);
        }
        let event = Event::Staged {
            to: self.version.clone(),
            sequence: self.sequence,
        };
        Ok(self.installation.advance(self.lock, event)?)
    }

    fn check(&self, folder: &Path) -> Result<(), StageError> {
        self.artifacts
            .iter()
            .try_for_each(|artifact| check(folder, artifact))
    }
}

impl Incoming<'_> {
    /// Takes the next octets.
    ///
    /// # Errors
    /// [`StageError::TooLong`] before one too many is written.
    pub fn take(&mut self, octets: &[u8]) -> Result<(), StageError> {
        self.octets = self.octets.saturating_add(octets.len() as u64);
        if self.octets > self.artifact.octets {
            return Err(StageError::TooLong {
                name: self.artifact.name.clone(),
            });
        }
        self.file.write_all(octets).map_err(io_error(&self.path))?;
        Ok(())
    }

    /// No more come.
    ///
    /// # Errors
    /// [`StageError::TooShort`].
    pub fn end(self) -> Result<(), StageError> {
        if self.octets < self.artifact.octets {
            return Err(StageError::TooShort {
                name: self.artifact.name.clone(),
                octets: self.octets,
                expected: self.artifact.octets,
            });
        }
        self.file.sync_all().map_err(io_error(&self.path))?;
        Ok(())
    }
}

/// That a folder's file is the one that was signed.
fn check(folder: &Path, artifact: &Artifact) -> Result<(), StageError> {
    let path = folder.join(&artifact.name);
    let (octets, sha256) = digest(&path)?;
    if octets == artifact.octets && sha256 == artifact.sha256 {
        Ok(())
    } else {
        Err(StageError::Digest {
            name: artifact.name.clone(),
        })
    }
}

/// Length and SHA-256 of a file, hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn digest(path: &Path) -> Result<(u64, String), InstallationError> {
    let mut file = File::open(path).map_err(io_error(path))?;
    let mut context = Context::new(&SHA256);
    let mut octets = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(io_error(path))?;
        if read == 0 {
            return Ok((octets, hex(context.finish().as_ref())));
        }
        octets += read as u64;
        context.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Phase;
    use crate::manifest::tests::manifest;
    use crate::manifest::{PROGRAM, platform};
    use tempfile::TempDir;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn installed() -> (TempDir, Installation) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(PROGRAM), b"old").unwrap();
        let root = folder.path().join("root");
        let installation =
            Installation::prepare(&root, &version("1.0.0"), folder.path(), &[PROGRAM]).unwrap();
        (folder, installation)
    }

    /// A manifest of 1.1.0 whose program is `content`.
    fn newer(content: &[u8]) -> (Manifest, Vec<Artifact>) {
        let mut manifest = manifest("1.1.0", 3);
        let files = manifest.platforms.get_mut(&platform()).unwrap();
        files[0].octets = content.len() as u64;
        files[0].sha256 = hex(ring::digest::digest(&SHA256, content).as_ref());
        let files = files.clone();
        (manifest, files)
    }

    fn bring(installation: &Installation, pieces: &[&[u8]]) -> Result<Journal, StageError> {
        let (manifest, files) = newer(b"new program");
        let lock = installation.lock()?;
        let staging = Staging::begin(installation, &lock, &manifest, &files)?;
        let mut incoming = staging.receive(&files[0])?;
        for piece in pieces {
            incoming.take(piece)?;
        }
        incoming.end()?;
        staging.complete()
    }

    fn runs(installation: &Installation, link: &str) -> Vec<u8> {
        fs::read(installation.root().join(link).join(PROGRAM)).unwrap()
    }

    #[test]
    fn whole_files_come_in_and_change_nothing_until_they_are_swapped() {
        let (_folder, installation) = installed();
        let journal = bring(&installation, &[b"new ", b"program"]).unwrap();
        assert_eq!(
            journal.phase,
            Phase::Staged {
                to: version("1.1.0")
            }
        );
        assert_eq!(runs(&installation, "current"), b"old");
        let lock = installation.lock().unwrap();
        installation.advance(&lock, Event::Swapped).unwrap();
        assert_eq!(runs(&installation, "current"), b"new program");
        assert_eq!(runs(&installation, "confirmed"), b"old");
        installation.advance(&lock, Event::Healthy).unwrap();
        assert_eq!(runs(&installation, "confirmed"), b"new program");
        installation.advance(&lock, Event::WentBack).unwrap();
        assert_eq!(runs(&installation, "current"), b"old");
    }

    #[test]
    fn too_much_too_little_and_something_else_change_nothing() {
        let (_folder, installation) = installed();
        let check = |pieces: &[&[u8]], expected: &str| {
            let error = bring(&installation, pieces).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert_eq!(
                installation.journal().unwrap(),
                Journal::new(version("1.0.0"))
            );
            assert!(!installation.program(&version("1.1.0")).exists());
        };
        check(&[b"new program", b"!"], "longer");
        check(&[b"new prog"], "ended after 8");
        check(&[b"old program"], "not the file");
        bring(&installation, &[b"new program"]).unwrap();
    }

    #[test]
    fn what_is_fetched_is_nobody_elses_to_see_and_a_folder_open_to_others_is_refused() {
        let (_folder, installation) = installed();
        let (manifest, files) = newer(b"x");
        let lock = installation.lock().unwrap();
        let staging = Staging::begin(&installation, &lock, &manifest, &files).unwrap();
        drop(staging.receive(&files[0]).unwrap());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = installation.root().join(STAGING);
        assert_eq!((mode(&folder), mode(&folder.join(PROGRAM))), (0o700, 0o600));
        assert!(matches!(installation.lock(), Err(InstallationError::Busy)));
        drop(lock);
        fs::set_permissions(installation.root(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            installation.lock(),
            Err(InstallationError::Open(_))
        ));
    }

    /// Ends after the journal's entry, before the links follow, at each step.
    #[test]
    fn whatever_ends_between_two_steps_the_next_start_does_the_rest() {
        let failed = Event::Failed {
            reason: "no".to_owned(),
        };
        let steps = [Event::Swapped, Event::Healthy, Event::WentBack, failed];
        for broken in 0..=steps.len() {
            let (_folder, installation) = installed();
            // An end while files come in leaves the old one, and the next try works.
            drop(bring(&installation, &[b"new"]).unwrap_err());
            bring(&installation, &[b"new program"]).unwrap();
            for (place, step) in steps.iter().enumerate() {
                let lock = installation.lock().unwrap();
                if place == broken {
                    installation.note(&lock, step.clone()).unwrap();
                } else {
                    installation.advance(&lock, step.clone()).unwrap();
                }
                // Both links lead to programs that are there, all the while.
                for link in ["current", "confirmed"] {
                    assert!(!runs(&installation, link).is_empty());
                }
                let journal = installation.settle().unwrap();
                installation.clear(&lock).unwrap();
                for (link, expected) in [
                    ("current", journal.current()),
                    ("confirmed", &journal.running),
                ] {
                    let place = fs::canonicalize(installation.root().join(link)).unwrap();
                    assert_eq!(
                        place,
                        fs::canonicalize(installation.version_folder(expected)).unwrap()
                    );
                }
            }
        }
    }
}
