//! When to look at a folder again.
//!
//! Linux says so (`inotify`); elsewhere, and where it cannot, once a second.
//! What changed is found by looking, so that both are one.

use std::time::Duration;

use super::folder::Folder;

/// How often to look where nobody says when.
const INTERVAL: Duration = Duration::from_secs(1);
/// What is written in pieces is one change.
#[cfg(target_os = "linux")]
const SETTLE: Duration = Duration::from_millis(50);

/// Says when to look.
#[derive(Debug)]
pub(super) enum Trigger {
    /// When the system says so.
    #[cfg(target_os = "linux")]
    Told(told::Told),
    /// From time to time.
    Clock,
}

impl Trigger {
    /// From now on, for this folder. Call it within a tokio runtime.
    pub(super) fn new(folder: &Folder) -> Self {
        #[cfg(target_os = "linux")]
        if let Some(told) = told::Told::new(folder) {
            return Self::Told(told);
        }
        let _ = folder;
        Self::Clock
    }

    /// Returns when something may have changed since the last time. Cancel
    /// safe where what is missed is seen at the next look.
    pub(super) async fn wait(&self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Told(told) => {
                told.wait().await;
                tokio::time::sleep(SETTLE).await;
                told.forget();
            }
            Self::Clock => tokio::time::sleep(INTERVAL).await,
        }
    }
}

#[cfg(target_os = "linux")]
mod told {
    use std::fs::File;
    use std::os::fd::{AsFd as _, AsRawFd as _};

    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
    use tokio::net::unix::pipe::Receiver;

    use super::Folder;

    /// Room for some events; what they say is not read.
    const EVENTS_OCTETS: usize = 16 * 1024;

    /// No pipe, but waited for and read as one.
    #[derive(Debug)]
    pub(in super::super) struct Told(Receiver);

    impl Told {
        pub(super) fn new(folder: &Folder) -> Option<Self> {
            let watcher = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
            // By its descriptor, so that it is this folder and no other.
            let place = format!("/proc/self/fd/{}", folder.as_fd().as_raw_fd());
            let changes = WatchFlags::CREATE
                | WatchFlags::MODIFY
                | WatchFlags::CLOSE_WRITE
                | WatchFlags::DELETE
                | WatchFlags::MOVE
                | WatchFlags::ONLYDIR;
            add_watch(&watcher, place, changes).ok()?;
            let watcher = Receiver::from_file_unchecked(File::from(watcher));
            watcher.ok().map(Self)
        }

        pub(super) async fn wait(&self) {
            // An error is readable: the look that follows tells what it was.
            let _ = self.0.readable().await;
        }

        /// Takes what was told.
        pub(super) fn forget(&self) {
            let mut events = [0; EVENTS_OCTETS];
            while self.0.try_read(&mut events).is_ok_and(|octets| octets > 0) {}
        }
    }
}
