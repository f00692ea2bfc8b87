//! How the C library's allocator hands memory out, where it can be told, and
//! what of the program itself stays in memory.
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

/// Gives back the code that ran to start the agent and will hardly run again:
/// reading the configuration, migrations, making keys, much of the command
/// line. What is needed after all comes back from the system's file cache,
/// sixteen pages at a time. Measured, it is half of an idle agent's memory.
#[cfg(target_os = "linux")]
pub fn forget_the_start() {
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else {
        return;
    };
    for (start, octets) in maps.lines().filter_map(code_of_a_file) {
        // SAFETY: madvise(2) with MADV_DONTNEED drops pages of a private mapping
        // and reads them from the file again when they are touched. These are
        // mapped for execution from a file and cannot be written to, so nothing
        // in them can differ from the file.
        #[allow(unsafe_code)]
        unsafe {
            libc::madvise(start as *mut libc::c_void, octets, libc::MADV_DONTNEED);
        }
    }
}

/// Nothing is known to help on this system.
#[cfg(not(target_os = "linux"))]
pub fn forget_the_start() {}

/// Address and size of a line of `/proc/PID/maps` (proc(5)) that is code of a
/// file.
#[cfg(target_os = "linux")]
fn code_of_a_file(line: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let is_code = fields.next()? == "r-xp";
    let is_of_a_file = fields.nth(3)?.starts_with('/');
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    (is_code && is_of_a_file).then(|| (start, end - start))
}

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

    #[cfg(target_os = "linux")]
    #[test]
    fn only_code_that_is_in_a_file_is_dropped() {
        let lines = [
            "1000-3000 r-xp 00000000 fe:00 7 /usr/bin/platen",
            "3000-4000 rwxp 00002000 fe:00 7 /usr/bin/platen",
            "4000-5000 r--p 00002000 fe:00 7 /usr/bin/platen",
            "5000-6000 rw-p 00000000 00:00 0 [heap]",
            "6000-7000 r-xp 00000000 00:00 0 [vdso]",
            "7000-8000 r-xp 00000000 00:00 0",
        ];
        let found: Vec<_> = lines.into_iter().filter_map(code_of_a_file).collect();
        assert_eq!(found, [(0x1000, 0x2000)]);
        forget_the_start();
    }

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
