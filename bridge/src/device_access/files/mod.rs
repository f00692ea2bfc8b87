//! Files that a page may use: in a folder of its site's own, in one that all
//! such sites have in common, and in those that its grant names.
//!
//! [`path`] says what a path may be, [`folder`] walks there, [`changes`] and
//! [`watching`] tell what happens there. What the agent keeps for pages lies
//! below one folder of its state directory and has a quota; it is theirs, and
//! stays when a grant is taken back.

mod changes;
mod folder;
mod path;
mod trigger;
mod watching;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use platen_protocol::{Digest, Origin};

pub(crate) use self::changes::{Change, Excerpt, NameFilter, Unit};
use self::folder::{Folder, Writing};
pub(crate) use self::path::{PagePath, Prohibited, RelativePath};
pub(crate) use self::watching::Listen;
pub(super) use self::watching::Watchers;
use super::{DeviceAnswer, DeviceError};
use crate::authorize::Subject;

/// Longest file that is read in one answer.
const READ_OCTETS_MAX: u64 = 8 * 1024 * 1024;
/// Characters of a site's host in the name of its folder, for people.
const HOST_CHARACTERS_MAX: usize = 64;

/// Where a file or a folder is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FilePlace {
    /// In the folder of the site's own.
    Site(RelativePath),
    /// In the folder that all sites with files have in common.
    Common(RelativePath),
    /// Below a folder that the grant names, from the root.
    Folder(PathBuf),
}

impl fmt::Display for FilePlace {
    /// As the page wrote it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(path) | Self::Common(path) => f.write_str(&path.names().join("/")),
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What is to be done there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileWork {
    /// Names of files and folders in it.
    List,
    /// What it holds.
    Read,
    /// To hold these octets.
    Write {
        /// Which.
        octets: Vec<u8>,
        /// After what it holds.
        append: bool,
    },
    /// To be no more.
    Remove,
    /// To hear what happens in it.
    Listen(Listen),
}

/// The files of all pages of this agent.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    octets_max: u64,
    /// Held from counting to writing.
    writing: Mutex<()>,
}

impl Files {
    /// Files below `folder`, which is made when something is written. One site
    /// may keep `octets_max`.
    pub(crate) fn new(folder: PathBuf, octets_max: u64) -> Self {
        Self {
            folder,
            octets_max,
            writing: Mutex::default(),
        }
    }

    /// Does what is asked; to listen is the watchers' to do.
    pub(super) fn perform(
        &self,
        subject: &Subject,
        place: &FilePlace,
        work: FileWork,
    ) -> Result<DeviceAnswer, DeviceError> {
        match work {
            FileWork::List => self.list(subject, place),
            FileWork::Read => self.read(subject, place),
            FileWork::Write { octets, append } => self.write(subject, place, &octets, append),
            FileWork::Remove => self.remove(subject, place),
            FileWork::Listen(_) => Ok(DeviceAnswer::Done),
        }
    }

    /// The names in a folder.
    fn list(&self, subject: &Subject, place: &FilePlace) -> Result<DeviceAnswer, DeviceError> {
        let entries = self
            .open(subject, place)
            .and_then(|folder| folder.entries());
        let entries = entries.map_err(DeviceError::Folder)?;
        let names = entries.into_iter().map(|(name, _)| name);
        Ok(DeviceAnswer::Names(names.collect()))
    }

    /// A folder, open.
    fn open(&self, subject: &Subject, place: &FilePlace) -> io::Result<Folder> {
        let (base, path) = self.base(subject, place)?;
        base.below(path.names())
    }

    /// What a file holds.
    fn read(&self, subject: &Subject, place: &FilePlace) -> Result<DeviceAnswer, DeviceError> {
        let (base, path) = self.base(subject, place).map_err(at(place))?;
        let octets = base.read(&path, READ_OCTETS_MAX).map_err(at(place))?;
        Ok(DeviceAnswer::Octets(octets))
    }

    /// Writes a file.
    fn write(
        &self,
        subject: &Subject,
        place: &FilePlace,
        octets: &[u8],
        append: bool,
    ) -> Result<DeviceAnswer, DeviceError> {
        let (base, path) = self.base(subject, place).map_err(at(place))?;
        if let Some(what) = path.prohibited() {
            let place = place.clone();
            return Err(DeviceError::Prohibited { place, what });
        }
        let writing = if append {
            Writing::Append
        } else {
            Writing::Whole
        };
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let there = base.length(&path).unwrap_or(0);
        // What else is in a folder of the machine's is not ours to count.
        let others = match place {
            FilePlace::Site(_) | FilePlace::Common(_) => {
                base.octets().map_err(at(place))?.saturating_sub(there)
            }
            FilePlace::Folder(_) => 0,
        };
        let kept = if append { there } else { 0 };
        if others + kept + octets.len() as u64 > self.octets_max {
            return Err(at(place)(io::ErrorKind::QuotaExceeded.into()));
        }
        base.write(&path, octets, writing).map_err(at(place))?;
        Ok(DeviceAnswer::Done)
    }

    /// Removes a file or an empty folder.
    fn remove(&self, subject: &Subject, place: &FilePlace) -> Result<DeviceAnswer, DeviceError> {
        let (base, path) = self.base(subject, place).map_err(at(place))?;
        base.remove(&path).map_err(at(place))?;
        Ok(DeviceAnswer::Done)
    }

    /// The folder that nothing leads out of, and the path in it.
    fn base(&self, subject: &Subject, place: &FilePlace) -> io::Result<(Folder, RelativePath)> {
        match place {
            FilePlace::Site(path) => {
                let site = self.folder.join("sites").join(folder_of(&subject.origin));
                Ok((Folder::open_own(&site)?, path.clone()))
            }
            FilePlace::Common(path) => {
                let common = self.folder.join("common");
                Ok((Folder::open_own(&common)?, path.clone()))
            }
            FilePlace::Folder(path) => {
                let (folder, path) =
                    granted(subject, path).ok_or(io::ErrorKind::PermissionDenied)?;
                self.check_foreign(folder, &path)?;
                Ok((Folder::open(folder)?, path))
            }
        }
    }

    /// That a place is not among what the agent keeps for itself: no grant is
    /// meant to name its keys and its store, not even one that names the root.
    fn check_foreign(&self, folder: &Path, path: &RelativePath) -> io::Result<()> {
        let Some(own) = self.folder.parent() else {
            return Ok(());
        };
        // Some systems take capital letters for small ones.
        let fold = |path: &Path| PathBuf::from(path.to_string_lossy().to_lowercase());
        let place = folder.canonicalize()?;
        let place = path
            .names()
            .iter()
            .fold(place, |place, name| place.join(name));
        match own.canonicalize() {
            Ok(own) if fold(&place).starts_with(fold(&own)) => {
                Err(io::ErrorKind::PermissionDenied.into())
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// The folder of the grant that an absolute path is below, and the rest of it.
fn granted<'a>(subject: &'a Subject, path: &Path) -> Option<(&'a Path, RelativePath)> {
    let folders = &subject.grant.qz.as_ref()?.folders;
    folders
        .iter()
        .find_map(|folder| Some((folder.as_path(), RelativePath::below(folder, path)?)))
}

/// The name of a site's folder: its host for people, and a digest of the whole
/// origin, so that no two sites have one.
fn folder_of(origin: &Origin) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '.' || *c == '-';
    let host = origin.host().chars().filter(is_plain);
    let host: String = host.take(HOST_CHARACTERS_MAX).collect();
    let digest = Digest::of(origin.as_str().as_bytes()).to_hex();
    format!("{host}-{}", &digest[..24])
}

fn at(place: &FilePlace) -> impl Fn(io::Error) -> DeviceError + '_ {
    |source| DeviceError::File {
        place: place.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::QzTerms;
    use crate::testing::{Site, origin};
    use std::sync::Arc;

    fn path(text: &str) -> RelativePath {
        match PagePath::read(text).unwrap() {
            PagePath::Relative(path) => path,
            PagePath::Absolute(path) => panic!("{path:?}"),
        }
    }

    fn subject(site: &str, folders: &[&Path]) -> Subject {
        let terms = QzTerms {
            folders: folders.iter().map(|folder| folder.to_path_buf()).collect(),
            ..QzTerms::default()
        };
        let mut grant = Site::new(&[]).grant(1, &[site]);
        grant.qz = Some(terms);
        Subject {
            user: None,
            reserved: Arc::default(),
            origin: origin(site),
            grant: Arc::new(grant),
        }
    }

    const POS: &str = "https://pos.example";

    #[test]
    fn a_site_has_files_of_its_own_and_some_in_common_with_others() {
        let root = tempfile::tempdir().unwrap();
        let files = Files::new(root.path().join("state/files"), 1000);
        let (pos, shop) = (subject(POS, &[]), subject("https://shop.example", &[]));
        let own = FilePlace::Site(path("a/b.txt"));
        files.write(&pos, &own, b"own", false).unwrap();
        assert_eq!(
            files.read(&pos, &own).unwrap(),
            DeviceAnswer::Octets(b"own".to_vec())
        );
        assert!(files.read(&shop, &own).is_err());
        let common = FilePlace::Common(path("c.txt"));
        files.write(&pos, &common, b"all", false).unwrap();
        assert_eq!(
            files.read(&shop, &common).unwrap(),
            DeviceAnswer::Octets(b"all".to_vec())
        );
        let names = files.list(&shop, &FilePlace::Site(path(""))).unwrap();
        assert_eq!(names, DeviceAnswer::Names(Vec::new()));
        assert!(files.list(&shop, &FilePlace::Site(path("a"))).is_err());
    }

    #[test]
    fn what_a_site_keeps_has_a_bound() {
        let root = tempfile::tempdir().unwrap();
        let files = Files::new(root.path().join("state/files"), 10);
        let pos = subject(POS, &[]);
        let (one, two) = (FilePlace::Site(path("1")), FilePlace::Site(path("f/2")));
        files.write(&pos, &one, &[0; 6], false).unwrap();
        files.write(&pos, &two, &[0; 4], false).unwrap();
        for (place, octets, append) in [(&one, 1, true), (&one, 7, false), (&two, 5, false)] {
            let refused = files.write(&pos, place, &vec![0; octets], append);
            assert!(
                matches!(&refused, Err(DeviceError::File { source, .. })
                    if source.kind() == io::ErrorKind::QuotaExceeded),
                "{refused:?}"
            );
        }
        // What is written in place of something takes its room.
        files.write(&pos, &one, &[1; 6], false).unwrap();
        files.remove(&pos, &two).unwrap();
        files.write(&pos, &one, &[1; 4], true).unwrap();
    }

    #[test]
    fn an_absolute_path_is_below_a_folder_of_the_grant_or_nowhere() {
        let root = tempfile::tempdir().unwrap();
        let exchange = root.path().join("exchange");
        std::fs::create_dir(&exchange).unwrap();
        let files = Files::new(root.path().join("state/files"), 1000);
        let pos = subject(POS, &[&exchange]);
        let out = FilePlace::Folder(exchange.join("out.csv"));
        files.write(&pos, &out, b"1;2\n", false).unwrap();
        assert_eq!(std::fs::read(exchange.join("out.csv")).unwrap(), b"1;2\n");
        for outside in [root.path().join("x.csv"), exchange.join("../x.csv")] {
            let place = FilePlace::Folder(outside);
            assert!(files.write(&pos, &place, b"x", false).is_err());
            assert!(files.read(&pos, &place).is_err());
            assert!(files.remove(&pos, &place).is_err());
            assert!(files.list(&pos, &place).is_err());
        }
        assert!(!root.path().join("x.csv").exists());
        assert!(files.read(&subject(POS, &[]), &out).is_err());
        // A grant for everything is none for what the agent keeps for itself.
        let all = subject(POS, &[root.path()]);
        std::fs::create_dir_all(root.path().join("state/files")).unwrap();
        for own in ["state/key", "state/files/sites/a", "STATE/key", "state"] {
            let place = FilePlace::Folder(root.path().join(own));
            assert!(files.write(&all, &place, b"x", false).is_err(), "{own}");
            assert!(files.list(&all, &place).is_err(), "{own}");
        }
        assert!(files.read(&all, &out).is_ok());
        let script = FilePlace::Folder(exchange.join("run.sh"));
        let refused = files.write(&pos, &script, b"x", false);
        assert!(matches!(refused, Err(DeviceError::Prohibited { .. })));
    }

    #[test]
    fn no_two_sites_have_one_folder() {
        let sites = [
            POS,
            "http://pos.example",
            "https://pos.example:8443",
            "https://other.example",
            "http://[::1]:8080",
        ];
        let mut folders: Vec<_> = sites.iter().map(|site| folder_of(&origin(site))).collect();
        assert!(folders[0].starts_with("pos.example-"));
        assert!(folders.iter().all(|name| !name.contains(['/', ':', '['])));
        folders.sort();
        folders.dedup();
        assert_eq!(folders.len(), sites.len());
    }
}
