//! A folder of numbered jobs: names in order of time, whole files, a bound.
//!
//! It knows names and durability, not what is in the files. A file is written
//! beside its place under a name nobody reads, made durable, and then renamed;
//! nothing here follows a symbolic link or replaces what is there.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use platen_protocol::JobId;

/// Ends the name of a file that is not finished.
const UNFINISHED: &str = ".part";

/// The folder and what is in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    keep_jobs_max: usize,
    published: Mutex<Published>,
}

/// Names of finished files by the number of their job.
#[derive(Debug, Default)]
struct Published {
    last_number: u64,
    jobs: BTreeMap<u64, Vec<String>>,
}

impl Folder {
    pub(super) fn open(path: PathBuf, keep_jobs_max: usize) -> io::Result<Self> {
        make_folder(&path)?;
        let mut published = Published::default();
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if let Some(unfinished) = name.strip_prefix('.') {
                // A crash left it; nobody was promised anything about it.
                if unfinished.ends_with(UNFINISHED) && number_of(unfinished).is_some() {
                    fs::remove_file(entry.path())?;
                }
            } else if let Some(number) = number_of(&name) {
                published.last_number = published.last_number.max(number);
                published.jobs.entry(number).or_default().push(name);
            }
        }
        Ok(Self {
            path,
            keep_jobs_max,
            published: Mutex::new(published),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_there(&self) -> bool {
        self.path.is_dir()
    }

    /// Starts the files of the next job.
    pub(super) fn draft(&self, job_id: &JobId) -> io::Result<Draft<'_>> {
        make_folder(&self.path)?;
        let mut published = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        published.last_number += 1;
        let number = published.last_number;
        // ':' may be in an id, but names no file on Windows.
        let job = job_id.as_str().replace(':', "_");
        Ok(Draft {
            folder: self,
            number,
            stem: format!("{number:08}-{job}"),
            names: Vec::new(),
        })
    }

    fn remember(&self, number: u64, names: Vec<String>) {
        let mut published = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        published.jobs.insert(number, names);
        while published.jobs.len() > self.keep_jobs_max.max(1) {
            let Some((_, oldest)) = published.jobs.pop_first() else {
                break;
            };
            for name in oldest {
                if let Err(error) = fs::remove_file(self.path.join(&name)) {
                    tracing::debug!(%name, %error, "an old receipt could not be removed");
                }
            }
        }
    }
}

/// The files of one job before anybody sees them. Dropped unpublished, they
/// are gone.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    folder: &'a Folder,
    number: u64,
    stem: String,
    names: Vec<String>,
}

impl Draft<'_> {
    /// A new file that will be called after the job, with `ending`.
    pub(super) fn create(&mut self, ending: &str) -> io::Result<File> {
        let name = format!("{}{ending}", self.stem);
        let path = self.unfinished(&name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        self.names.push(name);
        Ok(file)
    }

    /// Gives the files their names, last made first: where a `.bin` is, the
    /// others are too.
    pub(super) fn publish(mut self) -> io::Result<()> {
        let names = std::mem::take(&mut self.names);
        for (index, name) in names.iter().enumerate().rev() {
            let place = self.folder.path.join(name);
            let renamed = match place.symlink_metadata() {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => fs::rename(self.unfinished(name), place),
            };
            if let Err(error) = renamed {
                // Those not renamed are removed when `self` is dropped.
                self.names = names[..=index].to_vec();
                return Err(error);
            }
        }
        // The names are durable when the folder is (POSIX); elsewhere folders cannot be opened.
        #[cfg(unix)]
        File::open(&self.folder.path)?.sync_all()?;
        self.folder.remember(self.number, names);
        Ok(())
    }

    fn unfinished(&self, name: &str) -> PathBuf {
        self.folder.path.join(format!(".{name}{UNFINISHED}"))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            drop(fs::remove_file(self.unfinished(name)));
        }
    }
}

/// The job number that starts a name of ours.
fn number_of(name: &str) -> Option<u64> {
    let (digits, _) = name.split_once('-')?;
    (digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_have_a_number() {
        for (name, number) in [
            ("00000012-abc.bin", Some(12)),
            ("123456789-abc-2.txt", Some(123_456_789)),
            ("12-abc.bin", None),
            ("0000001x-abc.bin", None),
            ("notes.bin", None),
            ("99999999999999999999999-a.bin", None),
        ] {
            assert_eq!(number_of(name), number, "{name}");
        }
    }
}
