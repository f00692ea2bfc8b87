//! How a delivery speaks while it runs: never waiting for the listener.
//!
//! A full channel drops what is said. So that a flood of progress never costs
//! the listener the news that the printer stopped, progress leaves room.

use tokio::sync::mpsc;

use super::Report;

/// The sending end of a delivery's reports.
#[derive(Debug, Clone)]
pub(crate) struct Reporter(mpsc::Sender<Report>);

impl Reporter {
    pub(crate) fn new(reports: mpsc::Sender<Report>) -> Self {
        Self(reports)
    }

    /// This many octets have left.
    pub(crate) fn progress(&self, octets_sent: u64) {
        let reserve = self.0.max_capacity() / 4;
        if self.0.capacity() > reserve {
            self.say(Report::Progress { octets_sent });
        }
    }

    /// Anything rarer than progress.
    pub(crate) fn say(&self, report: Report) {
        drop(self.0.try_send(report));
    }
}

#[cfg(test)]
mod tests {
    use platen_protocol::StatusSource;

    use super::*;
    use crate::backend::DeviceStatus;

    #[tokio::test]
    async fn a_flood_of_progress_leaves_room_for_the_news_of_a_stop() {
        let (sender, mut receiver) = mpsc::channel(8);
        let reporter = Reporter::new(sender);
        for octets in 0..100 {
            reporter.progress(octets);
        }
        let stop = Report::Device(DeviceStatus::stopped("media-empty", StatusSource::EscPos));
        reporter.say(stop.clone());
        drop(reporter);
        let mut last = None;
        while let Some(report) = receiver.recv().await {
            last = Some(report);
        }
        assert_eq!(last, Some(stop));
    }
}
