//! HID devices that come and go.
//!
//! What changed is found by listing again: when Linux says that something in
//! `/dev` is new or gone (`inotify`), and once a second anyway, which is all
//! there is elsewhere.

use std::io;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

use super::{HidDevice, list};

/// How often to look where nobody says when.
const INTERVAL: Duration = Duration::from_secs(1);

/// A device that has come or gone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was plugged in.
    Attached(HidDevice),
    /// It was unplugged.
    Detached(HidDevice),
}

/// Tells which devices come and go.
#[derive(Debug)]
pub(crate) struct Watch {
    known: Vec<HidDevice>,
    ticks: Interval,
    #[cfg(target_os = "linux")]
    nodes: Option<nodes::Nodes>,
}

impl Watch {
    /// From now on. Call it within a tokio runtime.
    ///
    /// # Errors
    /// Devices cannot be listed here.
    pub(crate) async fn new() -> io::Result<Self> {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            ticks,
            // Before the list, so that nothing comes between them.
            #[cfg(target_os = "linux")]
            nodes: nodes::Nodes::new(),
            known: look().await?,
        })
    }

    /// Those that have come and gone since the last time; one at least. Cancel
    /// safe.
    pub(crate) async fn changes(&mut self) -> Vec<Change> {
        loop {
            self.wait().await;
            // A list that cannot be had now can be had later.
            let Ok(now) = look().await else { continue };
            let changes = difference(&self.known, &now);
            self.known = now;
            if !changes.is_empty() {
                return changes;
            }
        }
    }

    async fn wait(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(nodes) = &self.nodes {
            tokio::select! {
                () = nodes.wait() => {}
                _ = self.ticks.tick() => {}
            }
            return;
        }
        self.ticks.tick().await;
    }
}

/// Lists where it holds up nobody.
async fn look() -> io::Result<Vec<HidDevice>> {
    let listed = tokio::task::spawn_blocking(list).await;
    listed.unwrap_or_else(|error| Err(error.into()))
}

fn difference(before: &[HidDevice], now: &[HidDevice]) -> Vec<Change> {
    let gone = before.iter().filter(|device| !now.contains(device));
    let come = now.iter().filter(|device| !before.contains(device));
    gone.cloned()
        .map(Change::Detached)
        .chain(come.cloned().map(Change::Attached))
        .collect()
}

#[cfg(target_os = "linux")]
mod nodes {
    use std::fs::File;

    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
    use tokio::net::unix::pipe::Receiver;

    /// Room for some events; what they say is not read.
    const EVENTS_OCTETS: usize = 16 * 1024;

    /// No pipe, but waited for and read as one.
    #[derive(Debug)]
    pub(super) struct Nodes(Receiver);

    impl Nodes {
        pub(super) fn new() -> Option<Self> {
            let watcher = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
            add_watch(&watcher, "/dev", WatchFlags::CREATE | WatchFlags::DELETE).ok()?;
            Receiver::from_file_unchecked(File::from(watcher))
                .ok()
                .map(Self)
        }

        /// Returns when a node is new or gone, and forgets that.
        pub(super) async fn wait(&self) {
            // An error is readable: the look that follows tells what it was.
            let _ = self.0.readable().await;
            let mut events = [0; EVENTS_OCTETS];
            while self.0.try_read(&mut events).is_ok_and(|octets| octets > 0) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_is_told_once() {
        let device = |node: &str| HidDevice {
            node: node.to_owned(),
            identity: "0922:8003".parse().unwrap(),
            manufacturer: None,
            product: None,
            collections: Vec::new(),
            is_numbered: false,
        };
        let (scale, scanner) = (device("hidraw0"), device("hidraw1"));
        let (before, now) = ([scale.clone()], [scanner.clone()]);
        let expected = [Change::Detached(scale), Change::Attached(scanner)];
        assert_eq!(difference(&before, &now), expected);
        assert_eq!(difference(&now, &now), []);
    }
}
