//! `platen-background`: runs the agent without a window, for a user who logs on; and with
//! `--end` ends it.
//!
//! Windows opens a console for a program like `platen.exe` that is started at logon. This one has
//! none, and gives none to the agent beside it. Set-ups call it with `--end` before they replace or
//! remove the programs. It exits with 0 when that was done.

#![cfg_attr(windows, windows_subsystem = "windows")]

#[cfg(windows)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;
    let done = match std::env::args_os().nth(1) {
        None => start(),
        Some(verb) if verb == "--end" => end(),
        Some(_) => return ExitCode::from(2),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The folder of this program, where the others are.
#[cfg(windows)]
fn folder() -> std::io::Result<std::path::PathBuf> {
    let own = std::env::current_exe()?;
    own.parent()
        .map(std::path::Path::to_path_buf)
        .ok_or_else(|| std::io::ErrorKind::NotFound.into())
}

#[cfg(windows)]
fn start() -> std::io::Result<()> {
    use std::os::windows::process::CommandExt as _;
    use std::process::{Command, Stdio};
    /// A console that is never shown.
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let folder = folder()?;
    Command::new(folder.join("platen.exe"))
        .arg("run")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .creation_flags(CREATE_NO_WINDOW)
        .spawn()?;
    Ok(())
}

#[cfg(windows)]
fn end() -> std::io::Result<()> {
    /// For a job whose octets are on their way.
    const GRACE: std::time::Duration = std::time::Duration::from_secs(20);
    platen_windows::process::end_programs_of(&folder()?, "platen", GRACE)?;
    Ok(())
}

/// Elsewhere services and desktops start programs without a window.
#[cfg(not(windows))]
fn main() {}
