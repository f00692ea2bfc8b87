//! The newest lines of the log, in memory: a support bundle has them also
//! where the log goes to a service manager that keeps it for itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// A morning of a busy till at `info`.
const OCTETS_MAX: usize = 256 * 1024;

/// The newest lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RecentLines(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    octets: usize,
}

impl RecentLines {
    /// Keeps one more line, and lets go of the oldest when there are too many.
    pub(super) fn push(&self, line: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.octets += line.len();
        kept.lines.push_back(line.to_owned());
        while kept.octets > OCTETS_MAX {
            let Some(oldest) = kept.lines.pop_front() else {
                return;
            };
            kept.octets -= oldest.len();
        }
    }

    /// What is kept, oldest first.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_make_room_for_new_ones() {
        let recent = RecentLines::default();
        let line = "x".repeat(OCTETS_MAX / 4);
        for number in 0..10 {
            recent.push(&format!("{number}{line}"));
        }
        let first: Vec<char> = recent
            .lines()
            .iter()
            .filter_map(|line| line.chars().next())
            .collect();
        assert_eq!(first, ['7', '8', '9']);
    }
}
