//! What the last octets of an input choose: paper, character system, language
//! and limits.
//!
//! They stand last, so that any job is a seed as it is and any regression can
//! be printed as it is.

use platen_receipt::{Dialect, Limits, Multibyte, Profile};

/// How a job is read.
pub(crate) struct Choice {
    pub(crate) profile: Profile,
    pub(crate) dialect: Dialect,
    pub(crate) limits: Limits,
    /// What is left of the last octet: pieces, variants.
    pub(crate) number: u8,
}

/// Takes the choice off an input. What is missing counts as zero.
pub(crate) fn split(input: &[u8]) -> (&[u8], Choice) {
    let (last, rest) = last(input);
    let (before, job) = self::last(rest);
    let paper = match last & 3 {
        0 => Profile::new(5, 64),
        1 => Profile::new(8, 96),
        2 => Profile::new(16, 192),
        _ => Profile::new(32, 384),
    };
    let profile = match last >> 2 & 7 {
        1 => paper.with_multibyte(Multibyte::ShiftJis),
        2 => paper.with_multibyte(Multibyte::Gb18030),
        3 => paper.with_multibyte(Multibyte::Big5),
        4 => paper.with_multibyte(Multibyte::KsC5601),
        _ => paper,
    };
    let dialect = match last >> 5 {
        0..=3 => Dialect::EscPos,
        4 => Dialect::Star,
        5 => Dialect::Zpl,
        _ => Dialect::of(job),
    };
    let limits = match before {
        0xFF => Limits::default(),
        0xF0..0xFF => tight(),
        _ => short_paper(),
    };
    let choice = Choice {
        profile: dialect.profile(profile),
        dialect,
        limits,
        number: before,
    };
    (job, choice)
}

fn last(input: &[u8]) -> (u8, &[u8]) {
    input
        .split_last()
        .map_or((0, input), |(octet, rest)| (*octet, rest))
}

/// Half a meter of small paper, so that millions of inputs can be tried.
fn short_paper() -> Limits {
    let mut limits = Limits::default();
    limits.elements_max = 100;
    limits.items_max = 400;
    limits.macro_octets_max = 1024;
    limits.text_octets_max = 16 * 1024;
    limits.code_octets_max = 256;
    limits.drawing_octets_max = 8 * 1024;
    limits.drawing_steps_max = 64 * 1024;
    limits
}

/// So little that every limit is met.
fn tight() -> Limits {
    let mut limits = Limits::default();
    limits.command_octets_max = 16;
    limits.piece_octets_max = 5;
    limits.findings_max = 3;
    limits.elements_max = 7;
    limits.items_per_row_max = 4;
    limits.items_max = 9;
    limits.blank_rows_max = 2;
    limits.macro_octets_max = 20;
    limits.text_octets_max = 200;
    limits.code_octets_max = 128;
    limits.drawing_octets_max = 400;
    limits.drawing_steps_max = 2000;
    limits
}
