//! Makes and removes print queues for tests under wine:
//! `test-queue add NAME /UNIX/FILE` and `test-queue remove NAME`. Jobs of the
//! queue are written to the file as they are, each over the one before.

#[cfg(windows)]
fn main() -> std::process::ExitCode {
    use platen_windows::spooler::test_queue;

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["add", name, file] => test_queue::add(name, file),
        ["remove", name] => test_queue::remove(name),
        _ => {
            eprintln!("usage: test-queue add NAME FILE | test-queue remove NAME");
            return std::process::ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(not(windows))]
fn main() {}
