//! Programs that run from a folder: found, asked to end, ended.
//!
//! For whoever replaces or removes that folder: Windows does not delete a
//! program that runs.

use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::WAIT_OBJECT_0;
use windows_sys::Win32::System::Console::{
    AttachConsole, CTRL_C_EVENT, FreeConsole, GenerateConsoleCtrlEvent, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::ProcessStatus::EnumProcesses;
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_NAME_WIN32, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
    PROCESS_TERMINATE, QueryFullProcessImageNameW, TerminateProcess, WaitForSingleObject,
};

/// How many processes a machine is taken to have at most.
const PROCESSES_MAX: usize = 64 * 1024;

/// The longest path of Windows, in UTF-16.
const PATH_MAX: usize = 32 * 1024;

/// How long a process may take to vanish after it was ended by force.
const FORCED_WAIT: Duration = Duration::from_secs(10);

/// A process that we may end.
#[derive(Debug)]
struct Process {
    id: u32,
    handle: OwnedHandle,
}

impl Process {
    /// `None` where it has ended, or is none of ours to end.
    fn open(id: u32) -> Option<Self> {
        let rights = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE | PROCESS_TERMINATE;
        // SAFETY: takes no pointers.
        let handle = unsafe { OpenProcess(rights, 0, id) };
        if handle.is_null() {
            return None;
        }
        // SAFETY: the handle was just opened, and nobody else closes it.
        let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
        Some(Self { id, handle })
    }

    /// The file of its program.
    fn program(&self) -> Option<PathBuf> {
        let mut path = vec![0u16; PATH_MAX];
        let mut length = u32::try_from(path.len()).ok()?;
        // SAFETY: the buffer has as many places as `length` says, and the handle is open.
        let found = unsafe {
            QueryFullProcessImageNameW(
                self.handle.as_raw_handle(),
                PROCESS_NAME_WIN32,
                path.as_mut_ptr(),
                &raw mut length,
            )
        };
        path.truncate(usize::try_from(length).ok()?);
        (found != 0).then(|| std::ffi::OsString::from_wide(&path).into())
    }

    /// Whether it ends within that time.
    fn ends_within(&self, wait: Duration) -> bool {
        let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX - 1);
        // SAFETY: the handle is open.
        unsafe { WaitForSingleObject(self.handle.as_raw_handle(), wait_ms) == WAIT_OBJECT_0 }
    }

    /// Presses Ctrl-C in its console. Whether there is one to press it in.
    fn interrupt(&self) -> bool {
        // SAFETY: none takes a pointer but the handler, and no handler means "ignore it": we are
        // on that console too for a moment.
        unsafe {
            FreeConsole();
            if AttachConsole(self.id) == 0 {
                return false;
            }
            SetConsoleCtrlHandler(None, 1);
            let sent = GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) != 0;
            FreeConsole();
            sent
        }
    }

    /// Ends it without a word.
    fn terminate(&self) -> io::Result<()> {
        // SAFETY: the handle is open, with the right to do that.
        if unsafe { TerminateProcess(self.handle.as_raw_handle(), 1) } == 0
            && !self.ends_within(Duration::ZERO)
        {
            return Err(io::Error::last_os_error());
        }
        if self.ends_within(FORCED_WAIT) {
            Ok(())
        } else {
            Err(io::ErrorKind::TimedOut.into())
        }
    }
}

/// Ends every program of this folder whose name begins with `prefix`, except this process: each
/// is asked (Ctrl-C) and has `grace` to do what it must, then it is ended by force.
///
/// The caller's own console is lost, where it has one. Answers how many there were.
///
/// # Errors
/// When one could not be ended. Those of other users are not seen by whoever is no administrator.
pub fn end_programs_of(folder: &Path, prefix: &str, grace: Duration) -> io::Result<usize> {
    let folder = folder.canonicalize()?;
    let mut found = Vec::new();
    for id in ids()? {
        if id == std::process::id() {
            continue;
        }
        if let Some(process) = Process::open(id)
            && process
                .program()
                .is_some_and(|program| is_of(&program, &folder, prefix))
        {
            found.push(process);
        }
    }
    let until = Instant::now() + grace;
    let asked: Vec<bool> = found.iter().map(Process::interrupt).collect();
    for (process, asked) in found.iter().zip(asked) {
        let wait = until.saturating_duration_since(Instant::now());
        if !(asked && process.ends_within(wait)) {
            process.terminate()?;
        }
    }
    Ok(found.len())
}

fn is_of(program: &Path, folder: &Path, prefix: &str) -> bool {
    let name = program.file_name().and_then(|name| name.to_str());
    let begins = name
        .and_then(|name| name.get(..prefix.len()))
        .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
    begins
        && program
            .parent()
            .and_then(|parent| parent.canonicalize().ok())
            .is_some_and(|parent| parent == folder)
}

fn ids() -> io::Result<Vec<u32>> {
    let mut ids = vec![0u32; PROCESSES_MAX];
    let octets = u32::try_from(size_of_val(&ids[..])).map_err(io::Error::other)?;
    let mut written = 0;
    // SAFETY: the buffer has as many octets as it is told.
    if unsafe { EnumProcesses(ids.as_mut_ptr(), octets, &raw mut written) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let written = usize::try_from(written).map_err(io::Error::other)?;
    ids.truncate(written / size_of::<u32>());
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_belongs_to_the_folder_it_lies_in_whatever_the_case_of_its_name() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().canonicalize().unwrap();
        let check = |name: &str, expected| {
            assert_eq!(is_of(&folder.join(name), &folder, "platen"), expected);
        };
        check("platen.exe", true);
        check("PLATEN-spooler.exe", true);
        check("uninstall.exe", false);
        check(r"more\platen.exe", false);
    }

    #[test]
    fn a_program_of_the_folder_is_ended_and_waited_for() {
        let temporary = tempfile::tempdir().unwrap();
        let program = temporary.path().join("platen-waits.exe");
        // The command interpreter under another name: it waits for its input.
        let interpreter = std::env::var_os("ComSpec").unwrap();
        std::fs::copy(interpreter, &program).unwrap();
        let mut child = std::process::Command::new(&program)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let ended = end_programs_of(temporary.path(), "platen", Duration::ZERO).unwrap();
        assert_eq!(ended, 1);
        assert!(child.try_wait().unwrap().is_some(), "it still runs");
        std::fs::remove_file(&program).unwrap();
    }
}
