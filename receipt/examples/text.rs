//! Prints a job as plain text: `text COLUMNS DOTS JOB`.

use std::{env, fs};

use platen_receipt::{Profile, render_text};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [columns, dots, path] = arguments.as_slice() else {
        return Err("text COLUMNS DOTS JOB".into());
    };
    let profile = Profile::new(columns.parse()?, dots.parse()?);
    print!("{}", render_text(&fs::read(path)?, &profile));
    Ok(())
}
