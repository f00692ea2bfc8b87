//! A private print service for tests that are not written in Rust.
//!
//! `platen-private-cupsd NAME=PORT...` starts one with a raw queue NAME to each
//! TCP port of this machine (`NAME=pdf:PORT`: with a driver for printers that
//! take PDF), prints `print service: SOCKET`, and runs until its
//! standard input ends: when the test does, however it ends.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result};
use platen_tests::cupsd::Cupsd;

fn main() -> Result<()> {
    let cupsd = Cupsd::start()?;
    for argument in std::env::args().skip(1) {
        let (name, port) = argument
            .split_once('=')
            .with_context(|| format!("{argument} is not NAME=PORT"))?;
        match port.strip_prefix("pdf:") {
            Some(port) => cupsd.add_pdf_queue(name, port.parse()?)?,
            None => cupsd.add_raw_queue(name, port.parse()?)?,
        }
    }
    println!("print service: {}", cupsd.socket().display());
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
