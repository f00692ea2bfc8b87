//! Folders that a page listens to: one task for each, joined by
//! [`Watchers::end`].

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::changes::{Change, Excerpt, Look, NameFilter, Stamp, changes};
use super::folder::Folder;
use super::trigger::Trigger;
use super::{FilePlace, Files};
use crate::authorize::Subject;
use crate::device_access::{DeviceError, DeviceEvent};

/// Folders that one page listens to.
const FOLDERS_MAX: usize = 16;

/// What a page wants to hear of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen {
    /// What the page calls the folder; events name it so.
    pub(crate) called: String,
    /// Which names.
    pub(crate) names: NameFilter,
    /// Which part of a new or written file.
    pub(crate) excerpt: Option<Excerpt>,
}

/// What a page listens to.
#[derive(Debug)]
pub(in crate::device_access) struct Watchers {
    open: BTreeMap<FilePlace, CancellationToken>,
    events: mpsc::Sender<DeviceEvent>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A place among the watchers that is not watched yet; free again when
/// dropped.
#[derive(Debug)]
pub(in crate::device_access) struct Reserved {
    stop: Option<CancellationToken>,
    events: mpsc::Sender<DeviceEvent>,
    tasks: TaskTracker,
}

impl Watchers {
    pub(in crate::device_access) fn new(events: mpsc::Sender<DeviceEvent>) -> Self {
        Self {
            open: BTreeMap::new(),
            events,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Keeps a place for a folder that is to be watched.
    pub(in crate::device_access) fn reserve(
        &mut self,
        place: FilePlace,
    ) -> Result<Reserved, DeviceError> {
        self.open.retain(|_, stop| !stop.is_cancelled());
        if self.open.contains_key(&place) {
            return Err(DeviceError::Listening);
        }
        if self.open.len() >= FOLDERS_MAX {
            return Err(DeviceError::TooManyFolders(FOLDERS_MAX));
        }
        let stop = self.stop.child_token();
        self.open.insert(place, stop.clone());
        Ok(Reserved {
            stop: Some(stop),
            events: self.events.clone(),
            tasks: self.tasks.clone(),
        })
    }

    /// Listens no more, to this folder or to any.
    pub(in crate::device_access) fn stop(
        &mut self,
        place: Option<&FilePlace>,
    ) -> Result<(), DeviceError> {
        self.open.retain(|_, stop| !stop.is_cancelled());
        match place {
            None => std::mem::take(&mut self.open)
                .values()
                .for_each(CancellationToken::cancel),
            Some(place) => self
                .open
                .remove(place)
                .ok_or(DeviceError::NotListening)?
                .cancel(),
        }
        Ok(())
    }

    /// Ends all, and waits until they have.
    pub(in crate::device_access) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Reserved {
    /// Begins to watch.
    pub(in crate::device_access) async fn watch(
        mut self,
        files: Arc<Files>,
        subject: Subject,
        place: FilePlace,
        listen: Listen,
    ) -> io::Result<()> {
        let open = on_a_thread(move || files.open(&subject, &place));
        let folder = Arc::new(open.await?);
        let listen = Arc::new(listen);
        // First, so that nothing is missed between.
        let trigger = Trigger::new(&folder);
        let before = look(Arc::clone(&folder), Arc::clone(&listen)).await?;
        let Some(stop) = self.stop.take() else {
            return Ok(());
        };
        let events = self.events.clone();
        self.tasks.spawn(async move {
            let watching = watch(folder, listen, trigger, before, &events);
            stop.run_until_cancelled(watching).await;
            stop.cancel();
        });
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(stop) = &self.stop {
            stop.cancel();
        }
    }
}

/// Tells what changes, until the folder cannot be looked at any more.
async fn watch(
    folder: Arc<Folder>,
    listen: Arc<Listen>,
    trigger: Trigger,
    mut before: Look,
    events: &mpsc::Sender<DeviceEvent>,
) {
    loop {
        trigger.wait().await;
        let after = match look(Arc::clone(&folder), Arc::clone(&listen)).await {
            Ok(after) => after,
            Err(error) => {
                let problem = error.to_string();
                let _ = events.send(DeviceEvent::FolderLost { problem }).await;
                return;
            }
        };
        for (name, change) in changes(&before, &after) {
            let content = excerpt(&folder, &listen, &name, change).await;
            let event = DeviceEvent::FileChanged {
                folder: listen.called.clone(),
                name,
                change,
                content,
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
        before = after;
    }
}

/// What is in a folder now, of what its page wants to hear.
async fn look(folder: Arc<Folder>, listen: Arc<Listen>) -> io::Result<Look> {
    on_a_thread(move || {
        let entries = folder.entries()?.into_iter();
        let wanted = entries.filter(|(name, _)| listen.names.admits(name));
        Ok(wanted
            .map(|(name, seen)| {
                let stamp = Stamp {
                    number: seen.number,
                    // A folder is written when something in it comes or goes.
                    octets: if seen.is_folder { 0 } else { seen.octets },
                    written: seen.written,
                };
                (name, stamp)
            })
            .collect())
    })
    .await
}

/// The part of a file that its page wants; `None` where there is no such file
/// any more.
async fn excerpt(
    folder: &Arc<Folder>,
    listen: &Listen,
    name: &str,
    change: Change,
) -> Option<Vec<u8>> {
    let excerpt = listen.excerpt.filter(|_| change != Change::Deleted)?;
    let (folder, name) = (Arc::clone(folder), name.to_owned());
    let read = on_a_thread(move || excerpt.of(folder.open_named(&name)?));
    read.await.ok()
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
}

#[cfg(test)]
mod tests {
    use super::super::path::PagePath;
    use super::super::{FileWork, Unit};
    use super::*;
    use crate::testing::{Site, origin};

    /// A site with files, and what it hears.
    struct Scene {
        files: Arc<Files>,
        subject: Subject,
        watchers: Watchers,
        told: mpsc::Receiver<DeviceEvent>,
        _root: tempfile::TempDir,
    }

    impl Scene {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let (events, told) = mpsc::channel(1);
            let site = "https://pos.example";
            Self {
                files: Arc::new(Files::new(root.path().join("files"), 1000)),
                subject: Subject {
                    user: None,
                    reserved: Arc::default(),
                    origin: origin(site),
                    grant: Arc::new(Site::new(&[]).grant(1, &[site])),
                },
                watchers: Watchers::new(events),
                told,
                _root: root,
            }
        }

        fn perform(&self, path: &str, work: FileWork) {
            self.files
                .perform(&self.subject, &place(path), work)
                .unwrap();
        }

        fn write(&self, path: &str, octets: &[u8], append: bool) {
            let octets = octets.to_vec();
            self.perform(path, FileWork::Write { octets, append });
        }

        async fn listen(&mut self, path: &str, include: &[&str]) -> Result<(), DeviceError> {
            let reserved = self.watchers.reserve(place(path))?;
            let listen = Listen {
                called: path.to_owned(),
                names: NameFilter {
                    include: include.iter().map(ToString::to_string).collect(),
                    ..NameFilter::default()
                },
                excerpt: Some(Excerpt {
                    unit: Unit::Lines,
                    count: Some(1),
                    from_end: true,
                }),
            };
            let (files, subject) = (Arc::clone(&self.files), self.subject.clone());
            let watching = reserved.watch(files, subject, place(path), listen).await;
            watching.map_err(DeviceError::Folder)
        }

        async fn next(&mut self) -> (String, Change, Option<Vec<u8>>) {
            match self.told.recv().await.unwrap() {
                DeviceEvent::FileChanged {
                    name,
                    change,
                    content,
                    ..
                } => (name, change, content),
                other => panic!("{other:?}"),
            }
        }
    }

    fn place(path: &str) -> FilePlace {
        match PagePath::read(path).unwrap() {
            PagePath::Relative(path) => FilePlace::Site(path),
            PagePath::Absolute(path) => FilePlace::Folder(path),
        }
    }

    #[tokio::test]
    async fn what_happens_in_a_folder_is_told_with_the_part_that_is_wanted() {
        let mut scene = Scene::new();
        scene.write("in/there.csv", b"old\n", false);
        scene.listen("in", &["*.csv"]).await.unwrap();
        scene.write("in/not.tmp", b"x", false);
        scene.write("in/new.csv", b"one\ntwo\n", false);
        let line = |text: &str| Some(text.as_bytes().to_vec());
        let expected = ("new.csv".to_owned(), Change::Created, line("two\n"));
        assert_eq!(scene.next().await, expected);
        scene.write("in/there.csv", b"three\n", true);
        let expected = ("there.csv".to_owned(), Change::Modified, line("three\n"));
        assert_eq!(scene.next().await, expected);
        scene.perform("in/there.csv", FileWork::Remove);
        let expected = ("there.csv".to_owned(), Change::Deleted, None);
        assert_eq!(scene.next().await, expected);
        scene.watchers.end().await;
    }

    #[tokio::test]
    async fn a_folder_is_listened_to_once_and_no_more_when_the_page_says_so() {
        let mut scene = Scene::new();
        scene.write("in/a", b"", false);
        let absent = scene.listen("absent", &[]).await;
        assert!(matches!(absent, Err(DeviceError::Folder(_))));
        // What could not be listened to is no hindrance when it is there.
        scene.write("absent/a", b"", false);
        scene.listen("absent", &[]).await.unwrap();
        scene.listen("in", &[]).await.unwrap();
        let again = scene.listen("in", &[]).await;
        assert!(matches!(again, Err(DeviceError::Listening)));
        scene.watchers.stop(Some(&place("in"))).unwrap();
        let twice = scene.watchers.stop(Some(&place("in")));
        assert!(matches!(twice, Err(DeviceError::NotListening)));
        scene.listen("in", &[]).await.unwrap();
        scene.watchers.stop(None).unwrap();
        scene.watchers.stop(None).unwrap();
        for folder in 0..FOLDERS_MAX {
            let folder = folder.to_string();
            scene.write(&format!("{folder}/a"), b"", false);
            scene.listen(&folder, &[]).await.unwrap();
        }
        let one_more = scene.listen("in", &[]).await;
        assert!(matches!(
            one_more,
            Err(DeviceError::TooManyFolders(FOLDERS_MAX))
        ));
        scene.watchers.end().await;
    }
}
