//! The machine and this process: names, memory, disks, time since the start.

use std::io;
use std::path::Path;
use std::ptr;

use windows_sys::Wdk::System::SystemServices::RtlGetVersion;
use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
};
use windows_sys::Win32::System::ProcessStatus::{GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::SystemInformation::{
    ComputerNamePhysicalDnsHostname, GetComputerNameExW, GetTickCount64, GlobalMemoryStatusEx,
    MEMORYSTATUSEX, OSVERSIONINFOW,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetCurrentProcessId};
use windows_sys::Win32::System::WindowsProgramming::GetUserNameW;

use crate::access::{check, wide_path};

/// Longest name asked for, in units of UTF-16; names have at most 256.
const NAME_UNITS: usize = 512;

/// The machine's name.
#[must_use]
pub fn host_name() -> Option<String> {
    name(|place, units| {
        // SAFETY: a place for as many units as `units` says.
        unsafe { GetComputerNameExW(ComputerNamePhysicalDnsHostname, place, units) }
    })
}

/// The name of the account this process runs under.
#[must_use]
pub fn user_name() -> Option<String> {
    name(|place, units| {
        // SAFETY: a place for as many units as `units` says.
        unsafe { GetUserNameW(place, units) }
    })
}

fn name(ask: impl FnOnce(*mut u16, *mut u32) -> i32) -> Option<String> {
    let mut place = [0; NAME_UNITS];
    let mut units = u32::try_from(NAME_UNITS).ok()?;
    check(ask(place.as_mut_ptr(), &raw mut units)).ok()?;
    let end = place.iter().position(|unit| *unit == 0)?;
    Some(String::from_utf16_lossy(&place[..end]))
}

/// Major, minor and build of the running Windows.
#[must_use]
pub fn version() -> (u32, u32, u32) {
    let mut version = OSVERSIONINFOW {
        dwOSVersionInfoSize: size_u32::<OSVERSIONINFOW>(),
        ..OSVERSIONINFOW::default()
    };
    // SAFETY: a structure that says its size; the call cannot fail.
    unsafe { RtlGetVersion(&raw mut version) };
    (
        version.dwMajorVersion,
        version.dwMinorVersion,
        version.dwBuildNumber,
    )
}

/// Octets of this process that are in memory now.
///
/// # Errors
/// What the system says.
pub fn resident_octets() -> io::Result<u64> {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let octets = size_u32::<PROCESS_MEMORY_COUNTERS>();
    // SAFETY: the process's own handle, and a structure of `octets` octets.
    check(unsafe { GetProcessMemoryInfo(GetCurrentProcess(), &raw mut counters, octets) })?;
    Ok(counters.WorkingSetSize as u64)
}

/// Octets of memory the machine has, and how many are free.
///
/// # Errors
/// What the system says.
pub fn memory_octets() -> io::Result<(u64, u64)> {
    let mut memory = MEMORYSTATUSEX {
        dwLength: size_u32::<MEMORYSTATUSEX>(),
        ..MEMORYSTATUSEX::default()
    };
    // SAFETY: a structure that says its size.
    check(unsafe { GlobalMemoryStatusEx(&raw mut memory) })?;
    Ok((memory.ullTotalPhys, memory.ullAvailPhys))
}

/// Octets this account may still write on the disk of a folder.
///
/// # Errors
/// What the system says.
pub fn free_octets(folder: &Path) -> io::Result<u64> {
    let name = wide_path(folder);
    let mut free = 0;
    // SAFETY: a name that ends with a zero, and a place for one number.
    check(unsafe {
        GetDiskFreeSpaceExW(
            name.as_ptr(),
            &raw mut free,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    Ok(free)
}

/// Milliseconds since the machine started, those it slept among them.
#[must_use]
pub fn passed_ms() -> u64 {
    // SAFETY: takes and touches nothing.
    unsafe { GetTickCount64() }
}

/// Whether this process belongs to no person's session, as services do.
#[must_use]
pub fn is_a_service_session() -> bool {
    let mut session = 0;
    // SAFETY: numbers, and a place for one.
    let told = unsafe { ProcessIdToSessionId(GetCurrentProcessId(), &raw mut session) };
    told != 0 && session == 0
}

/// No window opens when the process fails, and nobody is asked to send what
/// was in its memory.
pub fn fail_silently() {
    // SAFETY: takes and gives numbers.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
}

fn size_u32<T>() -> u32 {
    u32::try_from(size_of::<T>()).expect("structures of the system are small")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_tells_of_itself() {
        assert!(host_name().is_some_and(|name| !name.is_empty()));
        assert!(user_name().is_some_and(|name| !name.is_empty()));
        assert!(version().0 >= 6, "{:?}", version());
        let (total, free) = memory_octets().unwrap();
        assert!(total > free, "{total} {free}");
        assert!(free_octets(&std::env::temp_dir()).unwrap() > 0);
        let resident = resident_octets().unwrap();
        assert!((100_000..total).contains(&resident), "{resident}");
        assert!(passed_ms() > 0);
    }
}
