//! `platen preview`: what a job says, without a printer and without the agent.

use std::path::Path;

use anyhow::Context as _;
use platen_receipt::{Dialect, Facts, Limits, Multibyte, Profile, document_html, document_text};

use super::arguments::{DialectChoice, MultibyteChoice, Preview};
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
    let profile = dialect.profile(profile(order));
    let limits = Limits::default();
    let document = || dialect.document(&job, &profile, limits);
    let output = &order.output;
    if output.text {
        print(&document_text(&document(), &profile, &limits));
    } else if output.facts {
        print(&Facts::of(&document(), &profile, &limits).to_json());
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

/// The profile with what the command line says of it.
fn profile(order: &Preview) -> Profile {
    let mut profile = order.profile.clone();
    if order.columns.is_some() || order.dots.is_some() {
        let columns = order.columns.unwrap_or(profile.columns);
        let dots = order.dots.unwrap_or(profile.width_dots);
        profile = profile.with_paper(columns, dots);
    }
    match order.multibyte {
        None => {}
        Some(MultibyteChoice::None) => profile.multibyte = None,
        Some(MultibyteChoice::ShiftJis) => profile.multibyte = Some(Multibyte::ShiftJis),
        Some(MultibyteChoice::Gb18030) => profile.multibyte = Some(Multibyte::Gb18030),
        Some(MultibyteChoice::Big5) => profile.multibyte = Some(Multibyte::Big5),
        Some(MultibyteChoice::KsC5601) => profile.multibyte = Some(Multibyte::KsC5601),
    }
    profile
}

fn write(file: &Path, octets: &[u8]) -> anyhow::Result<()> {
    std::fs::write(file, octets).with_context(|| format!("{} cannot be written", file.display()))
}
