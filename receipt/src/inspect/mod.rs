//! What a raw job would do besides print: its language, how much paper it
//! takes, and the commands that a page needs a permission for.
//!
//! An [`Inspector`] is fed the octets of a whole job, in pieces of any size,
//! and keeps a few hundred octets of state. Nobody tells it what the printer
//! understands, so it looks for the commands of every language it knows at
//! once: `escpos` follows where commands begin and where their data end,
//! `patterns` names the commands, `zpl` does both for labels. Octets of a
//! picture are no commands; where a length cannot be believed, or a command is
//! not known, every octet counts. Nothing is changed: it only tells.

mod escpos;
mod grammar;
mod matcher;
mod paper;
mod patterns;
mod sgd;
mod zpl;
mod zpl_commands;

use std::fmt;

use escpos::{EscPos, Region};
use matcher::{Found, Matcher};
use sgd::Sgd;
use zpl::{Heard, Zpl};

/// The most findings kept; further ones are only counted.
const FINDINGS_MAX: usize = 32;

/// A longer binary field of a label is not believed.
const BINARY_OCTETS_MAX: u64 = 16 * 1024 * 1024;

/// The octets that may begin something among text, and among data, beside the
/// prefixes of labels.
static MINDED_IN_TEXT: [bool; 256] = minded(true);
static MINDED_IN_DATA: [bool; 256] = minded(false);

const fn minded(in_text: bool) -> [bool; 256] {
    let mut minded = [false; 256];
    let mut octet: u8 = 0;
    loop {
        let begins = Matcher::minds(octet) || Sgd::minds(octet);
        minded[octet as usize] = begins || in_text && (octet < 0x20 || octet >= 0x80);
        if octet == u8::MAX {
            return minded;
        }
        octet += 1;
    }
}

/// What a command reaches that is not paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Opens a cash drawer, or drives what hangs on its connector.
    Drawer,
    /// Replaces or runs programs of the printer.
    Firmware,
    /// Changes how the printer is reached.
    Network,
    /// Writes or deletes what the printer keeps after the job.
    Memory,
    /// Resets the printer, or changes or tells its settings.
    Settings,
}

impl Class {
    /// The word for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drawer => "drawer",
            Self::Firmware => "firmware",
            Self::Network => "network",
            Self::Memory => "memory",
            Self::Settings => "settings",
        }
    }
}

/// A command that is more than printing, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Finding {
    /// Offset of its first octet in the job.
    pub offset: u64,
    /// What it reaches.
    pub class: Class,
    /// Its notation and title, as in the manual.
    pub command: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            offset,
            class,
            command,
        } = self;
        write!(
            formatter,
            "{command} ({}) at octet {offset}",
            class.as_str()
        )
    }
}

/// The language of a job, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Nothing in it tells: plain text, or a language not known here.
    #[default]
    Unknown,
    /// ESC/POS.
    EscPos,
    /// Star Line Mode or StarPRNT.
    Star,
    /// ZPL II.
    Zpl,
}

/// How much a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Facts {
    /// Octets of the job.
    pub octets: u64,
    /// Cuts of the paper.
    pub cuts: u64,
    /// Pulses to a cash drawer.
    pub drawer_kicks: u64,
    /// Labels, each copy counted.
    pub labels: u64,
    /// The most copies that one label asks for.
    pub copies: u64,
    /// Length of the receipt in millimeters, estimated on the generous side
    /// for 80 mm paper; labels are counted apart.
    pub paper_mm: u64,
}

/// What the inspection of a job came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// Its language.
    pub language: Language,
    /// How much it does.
    pub facts: Facts,
    /// The commands that are more than printing, in order; the first ones.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub left_off: u64,
}

/// Inspects one job.
///
/// ```
/// use platen_receipt::inspect::{Class, Inspector};
///
/// let mut inspector = Inspector::new();
/// inspector.feed(b"Thank you\n\x1bp");
/// inspector.feed(b"\x00\x19\xfa");
/// let inspection = inspector.finish();
/// assert_eq!(inspection.findings[0].class, Class::Drawer);
/// assert_eq!(inspection.findings[0].offset, 10);
/// ```
#[derive(Debug)]
pub struct Inspector {
    octets: u64,
    language: Language,
    escpos: EscPos,
    matcher: Matcher,
    zpl: Zpl,
    shelter: Option<Shelter>,
    findings: Kept,
    /// Found in octets that are data if the command they belong to completes.
    in_receipt_data: Kept,
    in_label_data: Kept,
    /// Drawer commands of one octet, which count if the job speaks Star.
    if_star: Kept,
}

/// While octets are data of another command, commands of labels in them count
/// only if that command never completes.
#[derive(Debug)]
struct Shelter {
    /// How labels stood before, and stand again after.
    before: Zpl,
    until: Until,
}

#[derive(Debug)]
enum Until {
    /// Data of a receipt command, whose end `EscPos` knows.
    ReceiptData,
    /// So many octets of a binary label field.
    Octets(u64),
}

/// Findings, as many as are kept, and those counted.
#[derive(Debug, Default)]
struct Kept {
    first: Vec<Finding>,
    left_off: u64,
    drawer_kicks: u64,
    last_offset: Option<u64>,
}

impl Kept {
    /// A longer pattern at the same place says it better, and is not another.
    fn add(&mut self, finding: Finding) {
        if let Some(last) = self.first.last_mut()
            && last.offset == finding.offset
        {
            *last = finding;
            return;
        }
        if self.last_offset.replace(finding.offset) == Some(finding.offset) {
            return;
        }
        if finding.class == Class::Drawer {
            self.drawer_kicks += 1;
        }
        if self.first.len() < FINDINGS_MAX {
            self.first.push(finding);
        } else {
            self.left_off += 1;
        }
    }

    fn take_in(&mut self, other: Self) {
        let left_off_kicks = other.drawer_kicks - drawers(&other.first);
        for finding in other.first {
            self.add(finding);
        }
        self.left_off += other.left_off;
        self.drawer_kicks += left_off_kicks;
    }

    fn forget(&mut self) {
        self.first.clear();
        self.left_off = 0;
        self.drawer_kicks = 0;
        self.last_offset = None;
    }
}

fn drawers(findings: &[Finding]) -> u64 {
    let drawers = findings.iter().filter(|found| found.class == Class::Drawer);
    drawers.count() as u64
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new()
    }
}

impl Inspector {
    /// An inspector before the first octet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            octets: 0,
            language: Language::Unknown,
            escpos: EscPos::new(),
            matcher: Matcher::new(),
            zpl: Zpl::new(),
            shelter: None,
            findings: Kept::default(),
            in_receipt_data: Kept::default(),
            in_label_data: Kept::default(),
            if_star: Kept::default(),
        }
    }

    /// Takes the next piece, of whatever size.
    pub fn feed(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some((&octet, after)) = rest.split_first() {
            let dull = self.dull_octets(rest);
            if dull > 0 {
                self.skip(dull);
                rest = &rest[dull..];
            } else {
                self.push(octet);
                rest = after;
            }
        }
    }

    /// What has been found so far for certain.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings.first
    }

    /// What the whole job comes to.
    #[must_use]
    pub fn finish(mut self) -> Inspection {
        // Data that never came to their end were perhaps none.
        if self.escpos.is_in_data() {
            self.findings.take_in(self.in_receipt_data);
        }
        if self.shelter.is_some() {
            self.findings.take_in(self.in_label_data);
        }
        if self.escpos.language() == Language::Star {
            self.findings.take_in(self.if_star);
        }
        let labels = &self.zpl;
        let facts = Facts {
            octets: self.octets,
            cuts: self.escpos.paper.cuts(),
            drawer_kicks: self
                .findings
                .drawer_kicks
                .saturating_add(self.escpos.paper.repeated_drawer_kicks()),
            labels: labels.labels(),
            copies: labels.copies_max(),
            paper_mm: self.escpos.paper.length_mm(),
        };
        let mut findings = self.findings.first;
        findings.sort_by_key(|finding| finding.offset);
        Inspection {
            language: self.language,
            facts,
            findings,
            left_off: self.findings.left_off,
        }
    }

    /// How many octets at the start of `rest` can begin nothing.
    fn dull_octets(&self, rest: &[u8]) -> usize {
        if self.matcher.is_busy() || self.zpl.is_busy() {
            return 0;
        }
        let Some(octets_max) = self.escpos.dull_octets_max() else {
            return 0;
        };
        let octets_max = match self.shelter {
            Some(Shelter {
                until: Until::Octets(left),
                ..
            }) => octets_max.min(left.saturating_sub(1)),
            Some(_) | None => octets_max,
        };
        let window = usize::try_from(octets_max).map_or(rest, |max| &rest[..rest.len().min(max)]);
        let [caret, tilde] = self.zpl.prefixes();
        let minded = if self.escpos.is_text() {
            &MINDED_IN_TEXT
        } else {
            &MINDED_IN_DATA
        };
        window
            .iter()
            .position(|&octet| minded[usize::from(octet)] || octet == caret || octet == tilde)
            .unwrap_or(window.len())
    }

    fn skip(&mut self, octets: usize) {
        let octets = octets as u64;
        self.octets += octets;
        self.escpos.skip(octets);
        if let Some(Shelter {
            until: Until::Octets(left),
            ..
        }) = &mut self.shelter
        {
            *left -= octets;
        }
    }

    fn push(&mut self, octet: u8) {
        let at = self.octets;
        self.octets += 1;
        let was_in_data = self.escpos.is_in_data();
        let in_binary_label = matches!(
            self.shelter,
            Some(Shelter {
                until: Until::Octets(_),
                ..
            })
        );
        if let Some(found) = self.escpos.push(octet, at) {
            // One control code alone says nothing among the dots of a picture.
            if !in_binary_label {
                self.if_star.add(found);
            }
        }
        let is_in_data = self.escpos.is_in_data();
        if let Some(found) = self.matcher.push(octet, at) {
            self.judge(found);
        }
        self.label(octet, at);
        if was_in_data && !is_in_data {
            self.in_receipt_data.forget();
            self.leave_shelter(|until| matches!(until, Until::ReceiptData));
        }
        if self.language != Language::Zpl && !was_in_data && is_in_data && self.shelter.is_none() {
            self.shelter = Some(Shelter {
                before: self.zpl,
                until: Until::ReceiptData,
            });
        }
        if self.language == Language::Unknown || self.language == Language::EscPos {
            self.language = self.escpos.language();
        }
        if self.language == Language::Unknown && self.zpl.has_begun() && self.shelter.is_none() {
            self.language = Language::Zpl;
        }
    }

    /// A known command of receipts stands here: as one, or as data?
    fn judge(&mut self, found: Found) {
        let Found {
            finding,
            real_time,
            only_as_command,
        } = found;
        match self.escpos.region(finding.offset) {
            Region::Command => {}
            // Printers act on these wherever they stand.
            _ if real_time => {}
            _ if only_as_command => return,
            Region::Doubtful => {}
            Region::Data => return self.in_receipt_data.add(finding),
            Region::Certain => return,
        }
        self.findings.add(finding);
    }

    fn label(&mut self, octet: u8, at: u64) {
        match self.zpl.push(octet, at) {
            None => {}
            Some(Heard::Restricted(finding)) => match self.shelter {
                None => self.findings.add(finding),
                Some(_) => self.in_label_data.add(finding),
            },
            Some(Heard::Binary { octets }) => {
                let is_believable = (1..=BINARY_OCTETS_MAX).contains(&octets);
                if self.shelter.is_none() && is_believable {
                    self.shelter = Some(Shelter {
                        before: self.zpl,
                        until: Until::Octets(octets),
                    });
                    return;
                }
            }
        }
        if let Some(Shelter {
            until: Until::Octets(left),
            ..
        }) = &mut self.shelter
        {
            *left -= 1;
            self.leave_shelter(|until| matches!(until, Until::Octets(0)));
        }
    }

    fn leave_shelter(&mut self, over: impl Fn(&Until) -> bool) {
        if let Some(shelter) = self.shelter.take_if(|shelter| over(&shelter.until)) {
            self.zpl = shelter.before.resumed(&self.zpl);
            self.in_label_data.forget();
        }
    }
}
