//! `platen preview`: what a job says and looks like, without a printer and without the agent.

use std::path::Path;

use anyhow::Context as _;
use platen_receipt::draw::{draw, png, svg};
use platen_receipt::{Dialect, Facts, Fonts, Limits, document_html, document_text};

use super::arguments::{DialectChoice, Preview};
use super::output::print;
use super::{Exit, Failure, input};

pub(super) fn run(order: &Preview) -> Result<Exit, Failure> {
    let job = input::read(&order.file)?;
    let dialect = match order.dialect {
        None => Dialect::of(&job),
        Some(DialectChoice::EscPos) => Dialect::EscPos,
        Some(DialectChoice::Star) => Dialect::Star,
        Some(DialectChoice::Zpl) => Dialect::Zpl,
    };
    let profile = dialect.profile(order.model.profile());
    let limits = Limits::default();
    let document = || dialect.document(&job, &profile, limits);
    let output = &order.output;
    if output.text {
        print(&document_text(&document(), &profile, &limits));
    } else if output.facts {
        print(&Facts::of(&document(), &profile, &limits).to_json());
    } else if let Some(file) = &output.png {
        let paper = draw(&document(), &profile, Fonts::complete(), &limits).paper;
        write(file, &png(&paper))?;
    } else if let Some(file) = &output.svg {
        let document = document();
        let paper = draw(&document, &profile, Fonts::complete(), &limits).paper;
        let text = document_text(&document, &profile, &limits);
        write(file, svg(&paper, &text).as_bytes())?;
    } else if let Some(file) = &output.html {
        write(
            file,
            document_html(&document(), &profile, &limits).as_bytes(),
        )?;
    } else if let Some(file) = &output.reencode {
        write(file, &dialect.reencode(&job))?;
    }
    Ok(Exit::Done)
}

fn write(file: &Path, octets: &[u8]) -> anyhow::Result<()> {
    std::fs::write(file, octets).with_context(|| format!("{} cannot be written", file.display()))
}
