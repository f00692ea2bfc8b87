//! What the printer's model cannot do is done another way, or left out.
//!
//! Codes it does not know are drawn, pictures go the way it takes them, and
//! where there is no cutter the paper is fed to be torn. What a model can do
//! are [`Feature`]s of its profile; nothing here knows a model.

use super::{Symbol, SymbolKind};
use crate::command::{BitImageMode, Command, CutMode};
use crate::draw::draw;
use crate::font::Fonts;
use crate::image::Bitmap;
use crate::image::language::escpos;
use crate::layout::lay_out;
use crate::limits::Limits;
use crate::parse::Located;
use crate::profile::{Feature, Profile};

/// Rows between the last one and the edge at which paper is torn.
const TEAR_ROWS: u8 = 4;

/// A row of a picture in the 8-dot modes is this many dots high.
const STRIP_ROW_DOTS: usize = 3;

/// The end of a receipt: cut as asked for, or as the model can; else fed.
pub(crate) fn cut(profile: &Profile, mode: CutMode) -> Command {
    let can = |mode| match mode {
        CutMode::Full => profile.has(Feature::FullCut),
        CutMode::Partial => profile.has(Feature::PartialCut),
    };
    let other = match mode {
        CutMode::Full => CutMode::Partial,
        CutMode::Partial => CutMode::Full,
    };
    match [mode, other].into_iter().find(|&mode| can(mode)) {
        Some(mode) => Command::FeedAndCutPaper {
            mode,
            feed_units: 0,
        },
        None => Command::PrintAndFeedLines(TEAR_ROWS),
    }
}

/// Whether the model draws this code by itself.
pub(super) fn has_symbol(profile: &Profile, symbol: &Symbol) -> bool {
    profile.has(match symbol.kind {
        SymbolKind::Qr(_) => Feature::Qr,
        SymbolKind::Pdf417 => Feature::Pdf417,
        SymbolKind::DataMatrix => Feature::DataMatrix,
        SymbolKind::Aztec => Feature::Aztec,
    })
}

/// Whether pictures may stand in a row of text, as strips of 24 dots: models
/// that take nothing but strips have eight pins.
pub(super) fn has_strips_in_rows(profile: &Profile) -> bool {
    profile.has(Feature::Columns) && takes_rows(profile)
}

fn takes_rows(profile: &Profile) -> bool {
    profile.has(Feature::Raster) || profile.has(Feature::Graphics)
}

/// A picture, in the form the model takes; in the commonest where it is known
/// to take none.
pub(super) fn picture(profile: &Profile, bitmap: &Bitmap) -> Option<Vec<Command>> {
    let commands = if profile.has(Feature::Raster) {
        escpos::raster(bitmap)
    } else if profile.has(Feature::Graphics) {
        escpos::graphics(bitmap)
    } else if profile.has(Feature::Columns) {
        escpos::strips(&every_third_row(bitmap), BitImageMode::EightDotsDouble)
    } else {
        escpos::raster(bitmap)
    };
    // A picture of more than 65,535 octets a row is on no paper.
    commands.ok()
}

/// The dots that the commands of a code would put on the paper, by a printer
/// that has it; `None` where the code cannot hold its data.
pub(super) fn drawn(commands: Vec<Command>, profile: &Profile, fonts: &Fonts) -> Option<Bitmap> {
    let limits = Limits::default();
    let located = commands
        .into_iter()
        .map(|command| Located { offset: 0, command });
    let document = lay_out(located, profile, limits);
    inked(&draw(&document, profile, fonts, &limits).paper)
}

/// The part of a bitmap that has black dots, from the left edge on.
fn inked(paper: &Bitmap) -> Option<Bitmap> {
    let octets = paper.width_dots().div_ceil(8).max(1) as usize;
    let rows: Vec<&[u8]> = paper.rows().chunks_exact(octets).collect();
    let has_ink = |row: &&[u8]| row.iter().any(|&octet| octet != 0);
    let first = rows.iter().position(has_ink)?;
    let last = rows.iter().rposition(has_ink)?;
    let inked = &rows[first..=last];
    let width = (0..octets)
        .rev()
        .find(|&at| inked.iter().any(|row| row[at] != 0))?
        + 1;
    let cut: Vec<u8> = inked
        .iter()
        .flat_map(|row| &row[..width])
        .copied()
        .collect();
    let dots = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Some(Bitmap::from_rows(dots(width * 8), dots(inked.len()), cut))
}

/// As high again once its rows are three dots high each.
fn every_third_row(bitmap: &Bitmap) -> Bitmap {
    let octets = bitmap.width_dots().div_ceil(8).max(1) as usize;
    let rows: Vec<u8> = bitmap
        .rows()
        .chunks_exact(octets)
        .skip(STRIP_ROW_DOTS / 2)
        .step_by(STRIP_ROW_DOTS)
        .flatten()
        .copied()
        .collect();
    let height = u32::try_from(rows.len() / octets).unwrap_or(u32::MAX);
    Bitmap::from_rows(bitmap.width_dots(), height, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Barcode, BarcodeKind, Block, Receipt, ReceiptBuilder};
    use crate::command::QrErrorCorrection;
    use crate::image::{Dither, GrayPicture};
    use crate::{Facts, encode};

    fn without(features: &[Feature]) -> Profile {
        let mut profile = Profile::default();
        profile.features.retain(|has| !features.contains(has));
        profile
    }

    fn receipt(add: impl FnOnce(&mut ReceiptBuilder)) -> Receipt {
        let mut builder = ReceiptBuilder::new();
        add(&mut builder);
        builder.build()
    }

    fn facts(receipt: &Receipt, profile: &Profile) -> Facts {
        let job = crate::parse(&receipt.encode(profile));
        assert!(job.findings.kept.is_empty(), "{:?}", job.findings);
        let limits = Limits::default();
        Facts::of(&lay_out(job.commands, profile, limits), profile, &limits)
    }

    #[test]
    fn a_printer_cuts_as_it_can_and_is_fed_where_it_cannot() {
        let check = |missing: &[Feature], mode, expected: &[CutMode]| {
            let cut = receipt(|builder| {
                builder.text("Tea").block(Block::Cut(mode));
            });
            assert_eq!(facts(&cut, &without(missing)).cuts, expected, "{missing:?}");
        };
        use CutMode::{Full, Partial};
        check(&[], Partial, &[Partial]);
        check(&[], Full, &[Full]);
        check(&[Feature::PartialCut], Partial, &[Full]);
        check(&[Feature::FullCut], Full, &[Partial]);
        check(&[Feature::FullCut, Feature::PartialCut], Full, &[]);
        let torn = receipt(|builder| {
            builder.text("Tea").cut();
        });
        let job = torn.encode(&Profile::named("POS-5890").expect("a known model"));
        assert!(job.ends_with(b"Tea\n\x1bd\x04"), "{job:?}");
    }

    #[test]
    fn a_drawer_that_is_not_there_is_not_opened() {
        let open = receipt(|builder| {
            builder.open_drawer();
        });
        assert_eq!(facts(&open, &Profile::default()).drawer.len(), 1);
        assert_eq!(facts(&open, &without(&[Feature::Drawer])).drawer, []);
    }

    #[test]
    fn a_code_the_printer_does_not_know_is_the_same_dots_in_a_picture() {
        let symbol = |kind| Symbol {
            kind,
            ..Symbol::qr("https://sol.example/r/1001")
        };
        for (kind, feature) in [
            (SymbolKind::Qr(QrErrorCorrection::M), Feature::Qr),
            (SymbolKind::Pdf417, Feature::Pdf417),
            (SymbolKind::DataMatrix, Feature::DataMatrix),
            (SymbolKind::Aztec, Feature::Aztec),
        ] {
            let code = receipt(|builder| {
                builder.symbol(symbol(kind));
            });
            let able = facts(&code, &Profile::default());
            assert_eq!(
                (able.codes2d.len(), able.images.is_empty()),
                (1, true),
                "{kind:?}"
            );
            let unable = without(&[feature]);
            let said = facts(&code, &unable);
            assert_eq!(
                (said.codes2d.len(), said.images.is_empty()),
                (0, false),
                "{kind:?}"
            );
            let ink = |profile: &Profile| {
                let paper = crate::draw::draw_job(&code.encode(profile), profile).paper;
                inked(&paper).expect("a code")
            };
            assert_eq!(ink(&unable), ink(&Profile::default()), "{kind:?}");
        }
    }

    #[test]
    fn a_barcode_the_printer_does_not_know_is_drawn_with_its_text() {
        let code = receipt(|builder| {
            builder.barcode(Barcode::new(BarcodeKind::Code128, "Sol-1001").expect("a barcode"));
        });
        let said = facts(&code, &without(&[Feature::LongBarcodes]));
        assert_eq!((said.barcodes.len(), said.images.len()), (0, 1));
        // The bars, and below them what they say.
        assert!(said.images[0].bitmap.height_dots() > 80);
    }

    #[test]
    fn a_picture_goes_the_way_the_printer_takes_it() {
        let dots = GrayPicture::from_levels(48, 48, vec![0; 48 * 48]).expect("a picture");
        let picture = receipt(|builder| {
            builder.picture(dots, Dither::Threshold(128));
        });
        let sent = |missing: &[Feature]| {
            encode(
                &picture
                    .compose(&without(missing), Fonts::bundled())
                    .commands,
            )
        };
        let holds =
            |job: &[u8], command: &[u8]| job.windows(command.len()).any(|window| window == command);
        let (raster, graphics) = (Feature::Raster, Feature::Graphics);
        assert!(holds(&sent(&[]), b"\x1dv0"));
        assert!(holds(&sent(&[raster]), b"\x1d(L"));
        assert!(holds(&sent(&[raster, graphics]), b"\x1b*\x01"));
        assert!(holds(
            &sent(&[raster, graphics, Feature::Columns]),
            b"\x1dv0"
        ));
    }

    #[test]
    fn a_row_with_drawn_characters_is_a_picture_where_strips_are_unknown() {
        let text = receipt(|builder| {
            builder.text("Tea \u{3042}");
        });
        let sent = |profile: &Profile| text.encode(profile);
        let holds =
            |job: &[u8], command: &[u8]| job.windows(command.len()).any(|window| window == command);
        assert!(holds(&sent(&Profile::default()), b"\x1b*"));
        let job = sent(&without(&[Feature::Columns]));
        assert!(holds(&job, b"\x1dv0") && !holds(&job, b"\x1b*"), "{job:?}");
    }
}
