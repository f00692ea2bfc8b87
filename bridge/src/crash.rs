//! What is left behind when something goes wrong that must not: a line in the
//! log, and nothing of what was printed.
//!
//! A core dump would hold documents and keys, and systems send them to
//! places nobody thinks of. A panic's message may quote the text it stumbled
//! over.

use std::any::Any;
use std::panic;

/// Keeps this process, and the programs it starts, from leaving core dumps, as
/// far as the system lets a process say so (on Windows an administrator decides).
/// On Linux it also cannot be traced by other programs of its user any more.
pub fn leave_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!(%error, "core dumps could not be switched off");
        }
    }
    #[cfg(windows)]
    platen_windows::machine::fail_silently();
    // The limit does not hold where a program takes the dumps (core(5)).
    #[cfg(target_os = "linux")]
    if let Err(error) =
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
}

/// From now on a panic says in the log where it happened, and its message only
/// where that is a text of the program and not made of what came in.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            place,
            thread = std::thread::current().name(),
            message = literal(panic.payload()),
            "a part of the agent panicked; please report it with a `platen support-bundle`"
        );
    }));
}

/// A message that was made while the program was compiled. Others are left
/// out: `str` slicing, for one, quotes the text it could not cut.
fn literal(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("not shown: it may quote what was being worked on")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_quotes_nothing_that_came_in() {
        let name = String::from("Möller");
        let panicked = panic::catch_unwind(|| name[..2].to_owned()).unwrap_err();
        assert!(!literal(&*panicked).contains("ller"));
        let fixed = panic::catch_unwind(|| panic!("a fact did not hold")).unwrap_err();
        assert_eq!(literal(&*fixed), "a fact did not hold");
    }
}
