//! How the C library's allocator hands memory out, where it can be told.
//!
//! SQLite and TLS take and return the same few hundred kilobytes for each job.
//! Left alone, glibc gives them back to the system every time and takes the
//! page faults again; measured, that is a quarter of a job's time.

/// Keeps freed memory for the next job, within bounds: at most two arenas, and
/// 2 MB that is not given back at once. Call it before the first thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_for_the_next_job() {
    const SETTINGS: [(libc::c_int, libc::c_int); 4] = [
        (libc::M_ARENA_MAX, 2),
        (libc::M_TRIM_THRESHOLD, 2 * 1024 * 1024),
        (libc::M_TOP_PAD, 256 * 1024),
        (libc::M_MMAP_THRESHOLD, 512 * 1024),
    ];
    for (parameter, value) in SETTINGS {
        // SAFETY: mallopt(3) takes two numbers, changes only how the allocator
        // behaves from now on, and is called while there is one thread.
        #[allow(unsafe_code)]
        let accepted = unsafe { libc::mallopt(parameter, value) };
        if accepted == 0 {
            tracing::debug!(parameter, value, "the allocator keeps its own setting");
        }
    }
}

/// Gives back what a crowd of jobs left behind: freed memory lies between what
/// is still used, and glibc does not look there by itself.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back() {
    // SAFETY: malloc_trim(3) takes a number, locks each arena itself and moves
    // nothing that is in use.
    #[allow(unsafe_code)]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The allocator is left alone on this system.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}

/// Fewer than this are no crowd.
const CROWD_MIN: usize = 1024;

/// Watches how many of something there are, and gives memory back each time
/// their number has halved: often enough for the system to have it soon, and
/// seldom enough to cost nothing.
#[derive(Debug, Default)]
pub struct Crowd {
    most: usize,
}

impl Crowd {
    /// There are `count` of them now.
    pub fn counts(&mut self, count: usize) {
        if self.note(count) {
            give_back();
        }
    }

    fn note(&mut self, count: usize) -> bool {
        if count > self.most {
            self.most = count;
        }
        let left = self.most >= CROWD_MIN && count <= self.most / 2;
        if left {
            self.most = count;
        }
        left
    }
}

/// Nothing is known to help on this system.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_for_the_next_job() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_each_time_a_crowd_has_halved() {
        let mut crowd = Crowd::default();
        let mut given_back = Vec::new();
        for count in (0..=5000).chain((0..5000).rev()) {
            if crowd.note(count) {
                given_back.push(count);
            }
        }
        assert_eq!(given_back, [2500, 1250, 625]);
    }
}
