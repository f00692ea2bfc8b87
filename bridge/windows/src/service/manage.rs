//! Services of this machine: made, changed, started, stopped, removed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{
    ERROR_SERVICE_ALREADY_RUNNING, ERROR_SERVICE_DOES_NOT_EXIST, ERROR_SERVICE_EXISTS,
    ERROR_SERVICE_NEVER_STARTED, ERROR_SERVICE_NOT_ACTIVE, ERROR_SERVICE_SPECIFIC_ERROR,
    ERROR_TIMEOUT,
};
use windows_sys::Win32::Storage::FileSystem::DELETE;
use windows_sys::Win32::System::Services::{
    ChangeServiceConfig2W, ChangeServiceConfigW, CloseServiceHandle, ControlService,
    CreateServiceW, DeleteService, OpenSCManagerW, OpenServiceW, QueryServiceStatusEx, SC_ACTION,
    SC_ACTION_RESTART, SC_HANDLE, SC_MANAGER_CONNECT, SC_MANAGER_CREATE_SERVICE,
    SC_STATUS_PROCESS_INFO, SERVICE_ALL_ACCESS, SERVICE_AUTO_START,
    SERVICE_CONFIG_DELAYED_AUTO_START_INFO, SERVICE_CONFIG_DESCRIPTION,
    SERVICE_CONFIG_FAILURE_ACTIONS, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG,
    SERVICE_CONFIG_PRESHUTDOWN_INFO, SERVICE_CONFIG_SERVICE_SID_INFO, SERVICE_CONTROL_STOP,
    SERVICE_DELAYED_AUTO_START_INFO, SERVICE_DESCRIPTIONW, SERVICE_ERROR_NORMAL,
    SERVICE_FAILURE_ACTIONS_FLAG, SERVICE_FAILURE_ACTIONSW, SERVICE_PRESHUTDOWN_INFO,
    SERVICE_QUERY_STATUS, SERVICE_RUNNING, SERVICE_SID_INFO, SERVICE_SID_TYPE_UNRESTRICTED,
    SERVICE_START, SERVICE_STATUS, SERVICE_STATUS_PROCESS, SERVICE_STOP, SERVICE_STOPPED,
    SERVICE_WIN32_OWN_PROCESS, StartServiceW,
};

use super::WAIT_MAX;
use super::run::milliseconds;
use crate::access::{check, wide};

/// Between two looks at a service that starts or stops.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// After a failure the service is started again: soon, then more slowly.
const RESTART_AFTER_MS: [u32; 3] = [1_000, 10_000, 60_000];
/// Without a failure for so long, the next one is the first again.
const FORGET_FAILURES_AFTER_S: u32 = 24 * 60 * 60;

/// What a service is.
#[derive(Debug, Clone)]
pub struct Definition<'a> {
    /// Its name, which is also its account's.
    pub name: &'a str,
    /// What people call it.
    pub title: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// Its program.
    pub program: &'a Path,
    /// What the program is told.
    pub arguments: &'a [OsString],
}

/// How a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none of this name.
    Absent,
    /// It does not run; the exit code of its last run, 0 where there was none.
    Stopped(u32),
    /// It starts or stops.
    Changing,
    /// It runs, as this process.
    Running(u32),
}

/// A handle of the manager's.
struct Service(SC_HANDLE);

impl Drop for Service {
    fn drop(&mut self) {
        // SAFETY: it was opened here and is closed once.
        unsafe { CloseServiceHandle(self.0) };
    }
}

fn manager(access: u32) -> io::Result<Service> {
    // SAFETY: no names: this machine's own.
    opened(unsafe { OpenSCManagerW(ptr::null(), ptr::null(), access) })
}

fn opened(handle: SC_HANDLE) -> io::Result<Service> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    Ok(Service(handle))
}

fn open(name: &str, access: u32) -> io::Result<Service> {
    let manager = manager(SC_MANAGER_CONNECT)?;
    let name = wide(name);
    // SAFETY: an open manager, and a name that ends with a zero.
    opened(unsafe { OpenServiceW(manager.0, name.as_ptr(), access) })
}

fn is(error: &io::Error, code: u32) -> bool {
    error.raw_os_error().map(i32::cast_unsigned) == Some(code)
}

/// Makes the service, or makes the one that is there what it should be. It
/// starts with the machine, not before what else starts there, and again after
/// a failure.
///
/// # Errors
/// What the system says; this is for administrators.
pub fn install(definition: &Definition<'_>) -> io::Result<()> {
    let manager = manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE)?;
    let (name, title) = (wide(definition.name), wide(definition.title));
    let command = command_line(definition.program, definition.arguments);
    let account = wide(&format!(r"NT SERVICE\{}", definition.name));
    // SAFETY: an open manager, and texts that end with a zero or are null.
    let made = opened(unsafe {
        CreateServiceW(
            manager.0,
            name.as_ptr(),
            title.as_ptr(),
            SERVICE_ALL_ACCESS,
            SERVICE_WIN32_OWN_PROCESS,
            SERVICE_AUTO_START,
            SERVICE_ERROR_NORMAL,
            command.as_ptr(),
            ptr::null(),
            ptr::null_mut(),
            ptr::null(),
            account.as_ptr(),
            ptr::null(),
        )
    });
    let service = match made {
        Err(error) if is(&error, ERROR_SERVICE_EXISTS) => {
            let service = open(definition.name, SERVICE_ALL_ACCESS)?;
            // SAFETY: the same, with an open service.
            check(unsafe {
                ChangeServiceConfigW(
                    service.0,
                    SERVICE_WIN32_OWN_PROCESS,
                    SERVICE_AUTO_START,
                    SERVICE_ERROR_NORMAL,
                    command.as_ptr(),
                    ptr::null(),
                    ptr::null_mut(),
                    ptr::null(),
                    account.as_ptr(),
                    ptr::null(),
                    title.as_ptr(),
                )
            })?;
            service
        }
        made => made?,
    };
    configure(&service, definition)
}

/// What is said of a service once it is there.
fn configure(service: &Service, definition: &Definition<'_>) -> io::Result<()> {
    let mut description = wide(definition.description);
    let description = SERVICE_DESCRIPTIONW {
        lpDescription: description.as_mut_ptr(),
    };
    set(service, SERVICE_CONFIG_DESCRIPTION, &description)?;
    let mut actions = RESTART_AFTER_MS.map(|delay| SC_ACTION {
        Type: SC_ACTION_RESTART,
        Delay: delay,
    });
    let failure = SERVICE_FAILURE_ACTIONSW {
        dwResetPeriod: FORGET_FAILURES_AFTER_S,
        cActions: u32::try_from(actions.len()).expect("three"),
        lpsaActions: actions.as_mut_ptr(),
        ..SERVICE_FAILURE_ACTIONSW::default()
    };
    set(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failure)?;
    // What follows is set where the system knows it: not every one does.
    let later = [
        (
            "delayed start",
            set(
                service,
                SERVICE_CONFIG_DELAYED_AUTO_START_INFO,
                &SERVICE_DELAYED_AUTO_START_INFO {
                    fDelayedAutostart: 1,
                },
            ),
        ),
        (
            "restart after an exit code",
            set(
                service,
                SERVICE_CONFIG_FAILURE_ACTIONS_FLAG,
                &SERVICE_FAILURE_ACTIONS_FLAG {
                    fFailureActionsOnNonCrashFailures: 1,
                },
            ),
        ),
        (
            "identity of its own",
            set(
                service,
                SERVICE_CONFIG_SERVICE_SID_INFO,
                &SERVICE_SID_INFO {
                    dwServiceSidType: SERVICE_SID_TYPE_UNRESTRICTED,
                },
            ),
        ),
        (
            "time before a shutdown",
            set(
                service,
                SERVICE_CONFIG_PRESHUTDOWN_INFO,
                &SERVICE_PRESHUTDOWN_INFO {
                    dwPreshutdownTimeout: milliseconds(WAIT_MAX),
                },
            ),
        ),
    ];
    for (setting, result) in later {
        if let Err(error) = result {
            tracing::warn!(setting, %error, "the service is without a setting");
        }
    }
    Ok(())
}

/// Sets what `level` names; `info` must be of its kind.
fn set<T>(service: &Service, level: u32, info: &T) -> io::Result<()> {
    // SAFETY: an open service, and a structure of the level's kind: this
    // function is private, and each call of it is above.
    check(unsafe { ChangeServiceConfig2W(service.0, level, (&raw const *info).cast()) })
}

/// Starts the service and waits until it runs. Does nothing where it does.
///
/// # Errors
/// What the system says; also when it stops at once.
pub fn start(name: &str) -> io::Result<()> {
    let service = open(name, SERVICE_START | SERVICE_QUERY_STATUS)?;
    // SAFETY: an open service, and no arguments.
    match check(unsafe { StartServiceW(service.0, 0, ptr::null()) }) {
        Err(error) if !is(&error, ERROR_SERVICE_ALREADY_RUNNING) => return Err(error),
        Ok(()) | Err(_) => {}
    }
    match settled(&service)? {
        Standing::Stopped(code) => Err(io::Error::other(format!(
            "it stopped at once with exit code {code}"
        ))),
        _ => Ok(()),
    }
}

/// Stops the service and waits until it has. Does nothing where it does not
/// run.
///
/// # Errors
/// What the system says.
pub fn stop(name: &str) -> io::Result<()> {
    let service = open(name, SERVICE_STOP | SERVICE_QUERY_STATUS)?;
    // One that starts takes no control.
    if let Standing::Stopped(_) = settled(&service)? {
        return Ok(());
    }
    let mut status = SERVICE_STATUS::default();
    // SAFETY: an open service, and a structure for the answer.
    match check(unsafe { ControlService(service.0, SERVICE_CONTROL_STOP, &raw mut status) }) {
        Err(error) if is(&error, ERROR_SERVICE_NOT_ACTIVE) => return Ok(()),
        told => told?,
    }
    let end = Instant::now() + WAIT_MAX;
    while !matches!(look(&service)?, Standing::Stopped(_)) {
        if Instant::now() > end {
            return Err(io::Error::from_raw_os_error(ERROR_TIMEOUT.cast_signed()));
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

/// Stops and removes the service. Does nothing where there is none.
///
/// # Errors
/// What the system says.
pub fn remove(name: &str) -> io::Result<()> {
    if standing(name)? == Standing::Absent {
        return Ok(());
    }
    stop(name)?;
    let service = open(name, DELETE)?;
    // SAFETY: an open service.
    check(unsafe { DeleteService(service.0) })
}

/// How the service stands.
///
/// # Errors
/// What the system says.
pub fn standing(name: &str) -> io::Result<Standing> {
    match open(name, SERVICE_QUERY_STATUS) {
        Ok(service) => look(&service),
        Err(error) if is(&error, ERROR_SERVICE_DOES_NOT_EXIST) => Ok(Standing::Absent),
        Err(error) => Err(error),
    }
}

/// How it stands once it neither starts nor stops.
fn settled(service: &Service) -> io::Result<Standing> {
    let end = Instant::now() + WAIT_MAX;
    loop {
        match look(service)? {
            Standing::Changing if Instant::now() < end => std::thread::sleep(LOOK_AGAIN),
            Standing::Changing => {
                return Err(io::Error::from_raw_os_error(ERROR_TIMEOUT.cast_signed()));
            }
            standing => return Ok(standing),
        }
    }
}

fn look(service: &Service) -> io::Result<Standing> {
    let mut status = SERVICE_STATUS_PROCESS::default();
    let octets = u32::try_from(size_of::<SERVICE_STATUS_PROCESS>()).expect("a small number");
    let mut needed = 0;
    // SAFETY: an open service, and a structure of `octets` octets.
    check(unsafe {
        QueryServiceStatusEx(
            service.0,
            SC_STATUS_PROCESS_INFO,
            (&raw mut status).cast(),
            octets,
            &raw mut needed,
        )
    })?;
    Ok(match status.dwCurrentState {
        SERVICE_RUNNING => Standing::Running(status.dwProcessId),
        SERVICE_STOPPED if status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR => {
            Standing::Stopped(status.dwServiceSpecificExitCode)
        }
        SERVICE_STOPPED if status.dwWin32ExitCode == ERROR_SERVICE_NEVER_STARTED => {
            Standing::Stopped(0)
        }
        SERVICE_STOPPED => Standing::Stopped(status.dwWin32ExitCode),
        _ => Standing::Changing,
    })
}

/// As `CommandLineToArgvW` takes it apart again, with a closing zero.
fn command_line(program: &Path, arguments: &[OsString]) -> Vec<u16> {
    let mut line = Vec::new();
    for word in [program.as_os_str()]
        .into_iter()
        .chain(arguments.iter().map(AsRef::as_ref))
    {
        if !line.is_empty() {
            line.push(u16::from(b' '));
        }
        quote(word, &mut line);
    }
    line.push(0);
    line
}

/// A word in quotes: backslashes count only before a quote.
fn quote(word: &OsStr, line: &mut Vec<u16>) {
    const QUOTE: u16 = b'"' as u16;
    const BACKSLASH: u16 = b'\\' as u16;
    line.push(QUOTE);
    let mut backslashes = 0;
    for unit in word.encode_wide() {
        match unit {
            BACKSLASH => backslashes += 1,
            QUOTE => {
                line.extend(std::iter::repeat_n(BACKSLASH, backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(unit);
    }
    line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
    line.push(QUOTE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_quotes_and_backslashes_stay_one_word_each() {
        let arguments = ["service", r"C:\a b\", r#"say "no""#].map(OsString::from);
        let line = command_line(Path::new(r"C:\Program Files\Platen\platen.exe"), &arguments);
        let text = String::from_utf16(&line[..line.len() - 1]).unwrap();
        let expected = r#""C:\Program Files\Platen\platen.exe" "service" "C:\a b\\" "say \"no\"""#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_service_is_made_twice_is_one_and_is_removed() {
        let name = format!("PlatenTest{}", std::process::id());
        let definition = Definition {
            name: &name,
            title: "Platen's test",
            description: "Is removed at once.",
            program: Path::new(r"C:\nowhere\platen.exe"),
            arguments: &[],
        };
        assert_eq!(standing(&name).unwrap(), Standing::Absent);
        for _ in 0..2 {
            match install(&definition) {
                // Whoever runs this is no administrator.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return,
                made => made.unwrap(),
            }
            assert!(matches!(standing(&name).unwrap(), Standing::Stopped(_)));
        }
        assert!(start(&name).is_err(), "there is no such program");
        remove(&name).unwrap();
        remove(&name).unwrap();
        assert_eq!(standing(&name).unwrap(), Standing::Absent);
    }
}
