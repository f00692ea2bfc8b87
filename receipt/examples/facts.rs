//! Prints what a job says as JSON: `cargo run --example facts -- FILE [COLUMNS DOTS]`.

use std::process::ExitCode;

use platen_receipt::{Dialect, Facts, Limits, Profile};

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
            let limits = Limits::default();
            let dialect = Dialect::of(&job);
            let profile = dialect.profile(profile);
            let document = dialect.document(&job, &profile, limits);
            print!("{}", Facts::of(&document, &profile, &limits).to_json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path} cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: facts FILE [COLUMNS DOTS]");
    ExitCode::FAILURE
}
