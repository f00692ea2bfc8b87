//! `platen-background`: runs the agent without a window, for a user who logs on; and does for
//! set-ups what those cannot.
//!
//! Windows opens a console for a program like `platen.exe` that is started at logon. This one has
//! none, and gives none to the agent beside it. For set-ups, `--end` ends every program of its
//! folder, `--provision FILE` puts a provisioning file where the machine's agent looks for it, and
//! `--forget` removes what that agent kept. It exits with 0 when that was done.

#![cfg_attr(windows, windows_subsystem = "windows")]

#[cfg(windows)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let done = match &arguments[..] {
        [] => start(),
        [verb] if verb == "--end" => end(),
        [verb, file] if verb == "--provision" => provision(file.as_ref()),
        [verb] if verb == "--forget" => forget(),
        _ => return ExitCode::from(2),
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

/// Where the machine's agent has its configuration and its state.
#[cfg(windows)]
fn machine_folder() -> std::io::Result<std::path::PathBuf> {
    let folder = std::env::var_os("ProgramData").ok_or(std::io::ErrorKind::NotFound)?;
    Ok(std::path::Path::new(&folder).join("Platen"))
}

#[cfg(windows)]
fn provision(file: &std::path::Path) -> std::io::Result<()> {
    let folder = machine_folder()?;
    std::fs::create_dir_all(&folder)?;
    // Read and written, not copied: the copy is to have the folder's permissions.
    std::fs::write(folder.join("provision.toml"), std::fs::read(file)?)
}

#[cfg(windows)]
fn forget() -> std::io::Result<()> {
    match std::fs::remove_dir_all(machine_folder()?) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Elsewhere services and desktops start programs without a window.
#[cfg(not(windows))]
fn main() {}
