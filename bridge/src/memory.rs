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

/// Nothing is known to help on this system.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_for_the_next_job() {}
