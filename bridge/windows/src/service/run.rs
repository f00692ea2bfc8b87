//! A process that the service control manager has started.

use std::ffi::c_void;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use windows_sys::Win32::Foundation::{
    ERROR_CALL_NOT_IMPLEMENTED, ERROR_SERVICE_SPECIFIC_ERROR, NO_ERROR,
};
use windows_sys::Win32::System::Services::{
    RegisterServiceCtrlHandlerExW, SERVICE_ACCEPT_PRESHUTDOWN, SERVICE_ACCEPT_STOP,
    SERVICE_CONTROL_INTERROGATE, SERVICE_CONTROL_PRESHUTDOWN, SERVICE_CONTROL_STOP,
    SERVICE_RUNNING, SERVICE_START_PENDING, SERVICE_STATUS, SERVICE_STATUS_CURRENT_STATE,
    SERVICE_STATUS_HANDLE, SERVICE_STOP_PENDING, SERVICE_STOPPED, SERVICE_TABLE_ENTRYW,
    SERVICE_WIN32_OWN_PROCESS, SetServiceStatus, StartServiceCtrlDispatcherW,
};

use super::WAIT_MAX;
use crate::access::{check, wide};

/// What a service does until it is told to stop; its exit code.
type Body = Box<dyn FnOnce(&Running) -> u32 + Send>;

/// Handed to `service_main`, whose arguments are not ours to choose.
static SERVICE: Mutex<Option<(String, Body)>> = Mutex::new(None);

/// A service that runs.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// None before the manager has told it.
    handle: Mutex<Option<Handle>>,
    stop: Notify,
}

/// Where the manager is told how far the service is.
#[derive(Debug, Clone, Copy)]
struct Handle(SERVICE_STATUS_HANDLE);

// SAFETY: a number of the manager's, which any thread may use and nobody
// closes.
unsafe impl Send for Handle {}

impl Running {
    /// The service does its work from now on.
    pub fn ready(&self) {
        self.shared.tell(SERVICE_RUNNING, NO_ERROR);
    }

    /// Ends when the service is to stop. Cancel safe; for one task.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move { shared.stop.notified().await }
    }
}

impl Shared {
    fn tell(&self, state: SERVICE_STATUS_CURRENT_STATE, code: u32) {
        let handle = *self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Handle(handle)) = handle else {
            return;
        };
        let pending = matches!(state, SERVICE_START_PENDING | SERVICE_STOP_PENDING);
        let status = SERVICE_STATUS {
            dwServiceType: SERVICE_WIN32_OWN_PROCESS,
            dwCurrentState: state,
            dwControlsAccepted: if state == SERVICE_RUNNING {
                SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN
            } else {
                0
            },
            dwWin32ExitCode: if code == NO_ERROR {
                NO_ERROR
            } else {
                ERROR_SERVICE_SPECIFIC_ERROR
            },
            dwServiceSpecificExitCode: code,
            dwCheckPoint: u32::from(pending),
            dwWaitHint: if pending { milliseconds(WAIT_MAX) } else { 0 },
        };
        // SAFETY: the manager's handle, and a whole structure.
        let told = check(unsafe { SetServiceStatus(handle, &raw const status) });
        if let Err(error) = told {
            tracing::warn!(%error, "the service control manager could not be told");
        }
    }
}

pub(super) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// Is the service `name` until `body` returns, on a thread of the system's.
/// `body` calls [`Running::ready`] once it works, and returns soon after
/// [`Running::stopped`] did: after [`WAIT_MAX`] the process ends all the same.
///
/// # Errors
/// When this process was not started by the service control manager.
pub fn run(name: &str, body: impl FnOnce(&Running) -> u32 + Send + 'static) -> io::Result<()> {
    *SERVICE.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((name.to_owned(), Box::new(body)));
    let mut name = wide(name);
    let table = [
        SERVICE_TABLE_ENTRYW {
            lpServiceName: name.as_mut_ptr(),
            lpServiceProc: Some(service_main),
        },
        SERVICE_TABLE_ENTRYW::default(),
    ];
    // SAFETY: a table that ends with an empty entry; it and the name live until
    // the call returns, which is when the service has stopped.
    check(unsafe { StartServiceCtrlDispatcherW(table.as_ptr()) })
}

unsafe extern "system" fn service_main(_: u32, _: *mut *mut u16) {
    let service = SERVICE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some((name, body)) = service else {
        return;
    };
    let shared = Arc::new(Shared {
        handle: Mutex::new(None),
        stop: Notify::new(),
    });
    let name = wide(&name);
    // Lives as long as the process: the manager may call at any time.
    let context = Arc::into_raw(Arc::clone(&shared));
    // SAFETY: a name that ends with a zero, a handler of the right kind, and
    // what it takes for its context.
    let handle = unsafe {
        RegisterServiceCtrlHandlerExW(name.as_ptr(), Some(handle_control), context.cast())
    };
    if handle.is_null() {
        return;
    }
    *shared.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(Handle(handle));
    shared.tell(SERVICE_START_PENDING, NO_ERROR);
    let code = body(&Running {
        shared: Arc::clone(&shared),
    });
    shared.tell(SERVICE_STOPPED, code);
}

unsafe extern "system" fn handle_control(
    control: u32,
    _: u32,
    _: *mut c_void,
    context: *mut c_void,
) -> u32 {
    // SAFETY: what `service_main` gave, which is never freed.
    let shared = unsafe { &*context.cast_const().cast::<Shared>() };
    match control {
        SERVICE_CONTROL_INTERROGATE => NO_ERROR,
        SERVICE_CONTROL_STOP | SERVICE_CONTROL_PRESHUTDOWN => {
            shared.tell(SERVICE_STOP_PENDING, NO_ERROR);
            shared.stop.notify_one();
            std::thread::spawn(|| {
                std::thread::sleep(WAIT_MAX);
                tracing::error!("the agent did not stop in time and is ended");
                std::process::exit(1);
            });
            NO_ERROR
        }
        _ => ERROR_CALL_NOT_IMPLEMENTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_a_person_started_is_no_service() {
        let refused = run("platen-test-none", |_| 0);
        assert!(refused.is_err(), "{refused:?}");
    }
}
