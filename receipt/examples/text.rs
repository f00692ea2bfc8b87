//! Prints a job as plain text: `cargo run --example text -- FILE [COLUMNS DOTS]`.

use std::process::ExitCode;

use platen_receipt::{Profile, render_text};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, profile) = match arguments.as_slice() {
        [path] => (path, Profile::default()),
        [path, columns, dots] => match (columns.parse(), dots.parse()) {
            (Ok(columns), Ok(dots)) => (path, Profile::new(columns, dots)),
            _ => return usage(),
        },
        _ => return usage(),
    };
    match std::fs::read(path) {
        Ok(job) => {
            print!("{}", render_text(&job, &profile));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path} cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: text FILE [COLUMNS DOTS]");
    ExitCode::FAILURE
}
