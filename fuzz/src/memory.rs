//! How much memory one input takes: an allocator that counts and has a bound.
//!
//! libFuzzer sees only the process, once a second, and its allocations only
//! under a sanitizer. This one counts each thread's octets, so that tests find
//! the same without libFuzzer. Past the bound there is no memory: the process
//! ends where it was asked for, and the trace says by whom.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The most octets that one input may hold at once.
pub const HELD_OCTETS_MAX: usize = 64 * 1024 * 1024;

thread_local! {
    /// What is held beyond what was when counting began; less than nothing
    /// when older things were given back.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
    static BOUND: Cell<isize> = const { Cell::new(isize::MAX) };
}

/// Does something and answers how many octets it held at most.
pub(crate) fn held_by(act: impl FnOnce()) -> usize {
    HELD.set(0);
    MOST_HELD.set(0);
    BOUND.set(HELD_OCTETS_MAX.cast_signed());
    act();
    BOUND.set(isize::MAX);
    MOST_HELD.get().unsigned_abs()
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Whether so much more may be held; then it is counted.
fn take(octets: usize) -> bool {
    // No layout is larger than `isize::MAX`.
    let held = HELD.get().saturating_add(octets.cast_signed());
    if held > BOUND.get() {
        return false;
    }
    HELD.set(held);
    if held > MOST_HELD.get() {
        MOST_HELD.set(held);
    }
    true
}

fn give_back(octets: usize) {
    HELD.set(HELD.get() - octets.cast_signed());
}

/// Takes for a request that may still fail.
fn taken(octets: usize, request: impl FnOnce() -> *mut u8) -> *mut u8 {
    if !take(octets) {
        return std::ptr::null_mut();
    }
    let memory = request();
    if memory.is_null() {
        give_back(octets);
    }
    memory
}

// SAFETY: every request goes to the system's allocator unchanged, or gets the
// null pointer, which is how an allocator refuses. Counting takes no memory:
// the counters are constants of the thread without a destructor.
#[allow(unsafe_code)] // an allocator is unsafe to write, and only one can count
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: our caller's promises are passed on.
        taken(layout.size(), || unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        taken(layout.size(), || unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, octets: usize) -> *mut u8 {
        // Old and new may both be there for a moment, and are both counted.
        // SAFETY: as above.
        let moved = taken(octets, || unsafe { System.realloc(memory, layout, octets) });
        if !moved.is_null() {
            give_back(layout.size());
        }
        moved
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_is_held_at_once_is_told() {
        let held = held_by(|| {
            drop(vec![1u8; 3000]);
            let kept = vec![1u8; 1000];
            drop(vec![0u8; 1000]);
            drop(kept);
        });
        assert_eq!(held, 3000);
    }

    #[test]
    fn beyond_the_bound_there_is_no_memory() {
        held_by(|| {
            let mut large: Vec<u8> = Vec::new();
            assert!(large.try_reserve_exact(HELD_OCTETS_MAX + 1).is_err());
            assert!(large.try_reserve_exact(HELD_OCTETS_MAX / 2).is_ok());
        });
    }
}
