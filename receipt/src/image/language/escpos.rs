//! Pictures in ESC/POS, as commands.
//!
//! [`raster`] (`GS v 0`) is what nearly every printer takes, [`graphics`]
//! (`GS ( L`) what Epson recommends today, [`strips`] (`ESC *`) what the oldest
//! understand. The facts are those of Epson's command reference.

use super::{Bounds, PictureTooLarge, PrinterLanguage, row_octets};
use crate::command::{
    Argument, BitImageMode, Command, GraphicsForm, GraphicsFunction, Meaning, RasterScale,
    StoredPicture,
};
use crate::layout::Bitmap;

/// Rows in one `GS v 0`. Printers begin to print when a command is complete,
/// so short ones start sooner and fit small buffers; models there are that read
/// only the low octet of the height.
const BAND_ROWS: usize = 255;

/// Rows in one stored picture: the least that Epson's models take.
const STORED_ROWS: usize = 830;

/// What the two octets of a width in octets, and of one in dots, can say.
const RASTER: Bounds = Bounds {
    language: PrinterLanguage::EscPos,
    width_dots_max: 65_535 * 8,
    height_dots_max: u32::MAX,
};
const IN_DOTS: Bounds = Bounds {
    language: PrinterLanguage::EscPos,
    width_dots_max: 65_535,
    height_dots_max: u32::MAX,
};

/// The picture as `GS v 0`, in bands that follow each other without a gap.
pub fn raster(bitmap: &Bitmap) -> Result<Vec<Command>, PictureTooLarge> {
    RASTER.check(bitmap)?;
    let width_octets = word(row_octets(bitmap));
    Ok(bands(bitmap, BAND_ROWS)
        .map(|(rows, data)| Command::PrintRasterBitImage {
            scale: Argument::from(RasterScale::Normal),
            width_octets,
            height_dots: word(rows),
            data: data.to_vec(),
        })
        .collect())
}

/// The picture as `GS ( L` or, where that is too short, `GS 8 L`: stored and
/// printed band by band.
pub fn graphics(bitmap: &Bitmap) -> Result<Vec<Command>, PictureTooLarge> {
    /// m, fn and eight arguments stand before the data.
    const HEADER_OCTETS: usize = 10;
    IN_DOTS.check(bitmap)?;
    let width_dots = word(bitmap.width_dots() as usize);
    let mut commands = Vec::new();
    for (rows, data) in bands(bitmap, STORED_ROWS) {
        let form = if HEADER_OCTETS + data.len() <= usize::from(u16::MAX) {
            GraphicsForm::Short
        } else {
            GraphicsForm::Long
        };
        let picture = StoredPicture {
            tone: 48,
            scale_x: 1,
            scale_y: 1,
            color: 49,
            width_dots,
            height_dots: word(rows),
            data: data.to_vec(),
        };
        commands.push(Command::Graphics {
            form,
            function: GraphicsFunction::StoreRaster(picture),
        });
        commands.push(Command::Graphics {
            form: GraphicsForm::Short,
            function: GraphicsFunction::PrintStored { function: 50 },
        });
    }
    Ok(commands)
}

/// The picture as strips of `ESC *`, joined by a line spacing of 0, which no
/// row is lower than its strip for. Afterwards the line spacing is the default.
///
/// In the 8-dot modes a row of the picture is three dots high on paper. A
/// picture of a width that looks like a command gets one more white column.
pub fn strips(bitmap: &Bitmap, mode: BitImageMode) -> Result<Vec<Command>, PictureTooLarge> {
    IN_DOTS.check(bitmap)?;
    let width = word(bitmap.width_dots() as usize);
    let columns = if opens_settings(width) {
        width + 1
    } else {
        width
    };
    let mut commands = vec![Command::SetLineSpacing(0)];
    for (_, rows) in bands(bitmap, usize::from(mode.octets_per_column()) * 8) {
        commands.push(Command::SelectBitImageMode {
            mode: Argument::new(mode.byte()),
            columns,
            data: turned(bitmap, rows, columns, mode),
        });
        commands.push(Command::PrintAndLineFeed);
    }
    commands.push(Command::SelectDefaultLineSpacing);
    Ok(commands)
}

/// One strip, to stand in a row of text, in two parts where its width looks
/// like a command. What is higher than the strip is left out, and what is
/// wider than 65,535 dots.
#[must_use]
pub fn strip_in_row(bitmap: &Bitmap, mode: BitImageMode) -> Vec<Command> {
    let octets_per_column = usize::from(mode.octets_per_column());
    let octets = row_octets(bitmap) * octets_per_column * 8;
    let rows = &bitmap.rows()[..octets.min(bitmap.rows().len())];
    let columns = word(bitmap.width_dots() as usize);
    let data = turned(bitmap, rows, columns, mode);
    let first = if opens_settings(columns) { 1 } else { columns };
    let (first_data, rest_data) = data.split_at(usize::from(first) * octets_per_column);
    [(first, first_data), (columns - first, rest_data)]
        .into_iter()
        .filter(|&(columns, _)| columns > 0)
        .map(|(columns, data)| Command::SelectBitImageMode {
            mode: Argument::new(mode.byte()),
            columns,
            data: data.to_vec(),
        })
        .collect()
}

/// `!` (mode 33) and U (85 columns) open the settings of label printers, and
/// who inspects the job for such would think so of the text that follows.
fn opens_settings(columns: u16) -> bool {
    matches!(columns.to_le_bytes(), [b'U' | b'u', _])
}

/// Turns rows into columns, the uppermost dot in the most significant bit.
fn turned(bitmap: &Bitmap, rows: &[u8], columns: u16, mode: BitImageMode) -> Vec<u8> {
    let octets_per_column = usize::from(mode.octets_per_column());
    let mut data = vec![0; usize::from(columns) * octets_per_column];
    for (y, row) in rows.chunks_exact(row_octets(bitmap).max(1)).enumerate() {
        for (x, column) in data.chunks_exact_mut(octets_per_column).enumerate() {
            let octet = row.get(x / 8).copied().unwrap_or(0);
            if octet & 0x80 >> (x % 8) != 0 {
                column[y / 8] |= 0x80 >> (y % 8);
            }
        }
    }
    data
}

/// The rows in bands of at most this many, with the count of each.
fn bands(bitmap: &Bitmap, rows_max: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let row_octets = row_octets(bitmap).max(1);
    bitmap
        .rows()
        .chunks(row_octets * rows_max)
        .map(move |data| (data.len() / row_octets, data))
}

/// What was checked against the bounds of a language, or is a band's height.
fn word(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::sample::pictures;
    use super::*;
    use crate::inspect::Inspector;
    use crate::layout::{Content, Element, lay_out};
    use crate::{Limits, Profile, encode, parse};
    use proptest::prelude::*;

    /// The pictures on paper, those that adjoin as one.
    fn printed(commands: &[Command]) -> Vec<Bitmap> {
        let profile = Profile::new(400, 4800);
        let job = parse(&encode(commands));
        let document = lay_out(job.commands, &profile, Limits::default());
        let mut pictures: Vec<(u32, Bitmap)> = Vec::new();
        for element in &document.elements {
            let Element::Row(row) = element else { continue };
            for item in &row.items {
                let Content::Picture(picture) = &item.content else {
                    panic!("{item:?}")
                };
                let bitmap = Bitmap::clone(&picture.bitmap);
                let end = row.y_dots + bitmap.height_dots();
                match pictures.last_mut() {
                    Some((below, above))
                        if *below == row.y_dots && above.width_dots() == bitmap.width_dots() =>
                    {
                        let rows = [above.rows(), bitmap.rows()].concat();
                        let height = above.height_dots() + bitmap.height_dots();
                        *above = Bitmap::from_rows(above.width_dots(), height, rows);
                        *below = end;
                    }
                    _ => pictures.push((end, bitmap)),
                }
            }
        }
        pictures.into_iter().map(|(_, bitmap)| bitmap).collect()
    }

    /// As wide as its octets: `GS v 0` knows no other widths.
    fn whole_octets(bitmap: &Bitmap) -> Bitmap {
        let width = bitmap.width_dots().next_multiple_of(8);
        Bitmap::from_rows(width, bitmap.height_dots(), bitmap.rows().to_vec())
    }

    /// With rows of white below, to whole strips.
    fn filled(bitmap: &Bitmap, strip_rows: u32) -> Bitmap {
        let height = bitmap.height_dots().next_multiple_of(strip_rows);
        let mut rows = bitmap.rows().to_vec();
        rows.resize(row_octets(bitmap) * height as usize, 0);
        let width = bitmap.width_dots();
        let width = width + u32::from(matches!(width, 85 | 117));
        Bitmap::from_rows(width, height, rows)
    }

    #[test]
    fn a_long_picture_comes_in_bands_without_a_gap() {
        let rows: Vec<u8> = (0..72 * 2000_u32).map(|at| (at % 251) as u8).collect();
        let bitmap = Bitmap::from_rows(576, 2000, rows);
        let bands = raster(&bitmap).expect("fits");
        assert_eq!(bands.len(), 8);
        assert_eq!(printed(&bands), std::slice::from_ref(&bitmap));

        let stored = graphics(&bitmap).expect("fits");
        assert_eq!(stored.len(), 6);
        assert!(matches!(
            stored[0],
            Command::Graphics {
                form: GraphicsForm::Short,
                ..
            }
        ));
        assert_eq!(printed(&stored), [bitmap]);
    }

    #[test]
    fn the_head_of_a_strip_opens_no_settings() {
        for width in [85, 117, 85 + 256, 117 + 256] {
            let bitmap = Bitmap::from_rows(width, 24, vec![0xFF; width.div_ceil(8) as usize * 24]);
            let mut job = encode(&strip_in_row(&bitmap, BitImageMode::TwentyFourDotsDouble));
            job.extend(b" do not disturb\n");
            let mut inspector = Inspector::new();
            inspector.feed(&job);
            assert!(inspector.finish().findings.is_empty(), "{width}");
        }
    }

    #[test]
    fn a_picture_beyond_64_kb_a_band_takes_the_long_form() {
        let bitmap = Bitmap::from_rows(800, 830, vec![0xA5; 100 * 830]);
        assert!(matches!(
            graphics(&bitmap).expect("fits")[0],
            Command::Graphics {
                form: GraphicsForm::Long,
                ..
            }
        ));
        assert_eq!(printed(&graphics(&bitmap).expect("fits")), [bitmap]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Our own parser and layout put every dot where it was.
        #[test]
        fn every_form_prints_the_same_dots(bitmap in pictures(300, 600)) {
            prop_assert_eq!(printed(&raster(&bitmap).expect("fits")), [whole_octets(&bitmap)]);
            prop_assert_eq!(printed(&graphics(&bitmap).expect("fits")), [bitmap.clone()]);
            for (mode, strip_rows) in [
                (BitImageMode::TwentyFourDotsDouble, 24),
                (BitImageMode::TwentyFourDotsSingle, 24),
            ] {
                let strips = strips(&bitmap, mode).expect("fits");
                prop_assert_eq!(printed(&strips), [filled(&bitmap, strip_rows)]);
            }
        }

        /// A strip turns back into its rows.
        #[test]
        fn a_strip_of_eight_dots_has_the_uppermost_in_the_highest_bit(
            bitmap in pictures(100, 8)
        ) {
            let mut columns = Vec::new();
            for command in strip_in_row(&bitmap, BitImageMode::EightDotsDouble) {
                let Command::SelectBitImageMode { data, .. } = command else {
                    panic!("a strip")
                };
                columns.extend(data);
            }
            let read = Bitmap::from_columns(1, bitmap.height_dots(), &columns);
            prop_assert_eq!(read, bitmap);
        }
    }
}
