//! Draws jobs as PNGs: `draw COLUMNS DOTS FOLDER JOB...` writes a PNG for each
//! job into the folder, under the job's name.

use std::path::Path;
use std::{env, fs};

use platen_receipt::draw::{draw_job_with, png};
use platen_receipt::{Fonts, Profile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = "draw COLUMNS DOTS FOLDER JOB...";
    let mut arguments = env::args().skip(1);
    let columns = arguments.next().ok_or(usage)?.parse()?;
    let dots = arguments.next().ok_or(usage)?.parse()?;
    let folder = arguments.next().ok_or(usage)?;
    for path in arguments {
        let drawing = draw_job_with(
            &fs::read(&path)?,
            &Profile::new(columns, dots),
            Fonts::complete(),
        );
        let name = Path::new(&path).file_stem().ok_or("a job has a name")?;
        let target = Path::new(&folder).join(name).with_extension("png");
        fs::write(target, png(&drawing.paper))?;
    }
    Ok(())
}
