//! Says what a raw job would do besides print: `inspect FILE...`.

use std::process::ExitCode;

use platen_receipt::inspect::Inspector;

fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        let job = match std::fs::read(&path) {
            Ok(job) => job,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let mut inspector = Inspector::new();
        inspector.feed(&job);
        let inspection = inspector.finish();
        println!("{path}: {:?} {:?}", inspection.language, inspection.facts);
        for finding in inspection.findings {
            println!("  {finding}");
        }
    }
    ExitCode::SUCCESS
}
