//! Which faults are armed, which last, and which are due.

use std::time::Duration;

use crate::fault::{Acts, Arming, Fault, When};

/// Where things stand when one asks what is due.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moment {
    /// A connection was made.
    Connected,
    /// A job has come this far.
    Position {
        /// Octets of it, received or printed.
        octets: u64,
        /// Lines of it on paper.
        lines: u64,
    },
    /// The last octet of a job.
    LastOctet,
    /// No job is under way.
    Idle,
}

impl Moment {
    fn has_come(self, when: When) -> bool {
        match (when, self) {
            (When::Now, _)
            | (When::NextConnection, Self::Connected)
            | (When::AfterLastOctet, Self::LastOctet)
            | (When::BetweenJobs, Self::Idle) => true,
            (When::AfterOctets(wanted), Self::Position { octets, .. }) => octets >= wanted,
            (When::AfterLines(wanted), Self::Position { lines, .. }) => lines >= wanted.into(),
            (
                When::NextConnection
                | When::AfterLastOctet
                | When::BetweenJobs
                | When::AfterOctets(_)
                | When::AfterLines(_),
                _,
            ) => false,
        }
    }
}

/// A fault that goes on.
#[derive(Debug, Clone, Copy)]
struct Lasting {
    fault: Fault,
    until: Option<Duration>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: Vec<Arming>,
    lasting: Vec<Lasting>,
}

impl Faults {
    pub(super) fn arm(&mut self, arming: Arming) {
        self.armed.push(arming);
    }

    pub(super) fn armed(&self) -> &[Arming] {
        &self.armed
    }

    pub(super) fn has_armed(&self) -> bool {
        !self.armed.is_empty()
    }

    /// Whether a connection is to be made with the window shut.
    pub(super) fn will_shut_the_window(&self) -> bool {
        self.armed.iter().any(|arming| {
            arming.fault == Fault::ZeroWindow
                && matches!(arming.when, When::NextConnection | When::AfterOctets(0))
        })
    }

    /// Takes out what is due.
    pub(super) fn take_due(&mut self, acts: Acts, moment: Moment) -> Vec<Arming> {
        let is_due =
            |arming: &mut Arming| arming.fault.acts() == acts && moment.has_come(arming.when);
        self.armed.extract_if(.., is_due).collect()
    }

    /// How many octets may still be received before a fault of connections
    /// happens.
    pub(super) fn octets_until(&self, received: u64) -> Option<u64> {
        let moments = self.armed.iter().filter_map(|arming| match arming.when {
            When::AfterOctets(octets) if arming.fault.acts() == Acts::OnConnection => {
                Some(octets.saturating_sub(received))
            }
            _ => None,
        });
        moments.min()
    }

    pub(super) fn begin(&mut self, fault: Fault, until: Option<Duration>) {
        self.lasting
            .retain(|lasting| lasting.fault.name() != fault.name());
        self.lasting.push(Lasting { fault, until });
    }

    /// What goes on.
    pub(super) fn lasting(&self) -> impl Iterator<Item = Fault> + '_ {
        self.lasting.iter().map(|lasting| lasting.fault)
    }

    pub(super) fn lasts(&self, fault: Fault) -> bool {
        self.lasting().any(|lasting| lasting == fault)
    }

    /// Takes out what is over.
    pub(super) fn take_over(&mut self, now: Duration) -> Vec<Fault> {
        let over = self.lasting.extract_if(.., |lasting| {
            lasting.until.is_some_and(|until| until <= now)
        });
        over.map(|lasting| lasting.fault).collect()
    }

    /// Takes out everything; says what was going on.
    pub(super) fn take_all(&mut self) -> Vec<Fault> {
        self.armed.clear();
        self.lasting
            .drain(..)
            .map(|lasting| lasting.fault)
            .collect()
    }

    /// When the next one is over.
    pub(super) fn next_end(&self) -> Option<Duration> {
        self.lasting
            .iter()
            .filter_map(|lasting| lasting.until)
            .min()
    }
}
