//! What a print system knows of a printer beside its state: driver, trays,
//! paper, resolutions. For pages that choose by it. Pure.

/// More of a kind than any printer has.
const KINDS_MAX: usize = 256;
/// Ten meters, in hundredths of millimeters: longer than any paper.
const LENGTH_MAX: u32 = 1_000_000;
const HUNDREDTHS_IN_MILLIMETER: u64 = 100;
const HUNDREDTHS_IN_INCH: u64 = 2_540;

/// What a printer has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Equipment {
    /// Its driver, or make and model; empty where nobody says.
    pub driver: String,
    /// Dots per inch it uses unless told otherwise.
    pub density: Option<u32>,
    /// Dots per inch it can use, the fewest first.
    pub densities: Vec<u32>,
    /// Its trays, as IPP keywords.
    pub trays: Vec<String>,
    /// Its paper.
    pub sizes: Vec<PaperSize>,
}

/// A size of paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperSize {
    /// Its name, as in `iso-a4`.
    pub name: String,
    /// Hundredths of millimeters across.
    pub width: u32,
    /// Hundredths of millimeters along.
    pub height: u32,
}

impl PaperSize {
    /// From a self-describing name of the Printer Working Group (PWG 5101.1),
    /// as in `iso_a4_210x297mm`; `None` where it has no measures, or is only
    /// the bound of what may be asked for (`custom_min_...`).
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        let (name, measures) = keyword.rsplit_once('_')?;
        if name.starts_with("custom_min") || name.starts_with("custom_max") {
            return None;
        }
        let (measures, unit) = match measures.strip_suffix("mm") {
            Some(measures) => (measures, HUNDREDTHS_IN_MILLIMETER),
            None => (measures.strip_suffix("in")?, HUNDREDTHS_IN_INCH),
        };
        let (width, height) = measures.split_once('x')?;
        let length = |text: &str| {
            let hundredths = (thousandths(text)? * unit + 500) / 1_000;
            u32::try_from(hundredths)
                .ok()
                .filter(|length| (1..=LENGTH_MAX).contains(length))
        };
        Some(Self {
            name: name.replace('_', "-"),
            width: length(width)?,
            height: length(height)?,
        })
    }
}

/// A decimal number times a thousand, as in `8.5`; more places are left out.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = format!("{places:0<3}").chars().take(3).collect();
    let is_number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || !is_number(whole) || !is_number(&digits) {
        return None;
    }
    format!("{whole}{digits}").parse().ok()
}

impl Equipment {
    /// From what IPP's `printer-make-and-model`, `printer-resolution-*`,
    /// `media-source-supported` and `media-supported` say.
    pub(crate) fn new(
        driver: String,
        density: Option<u32>,
        densities: impl Iterator<Item = u32>,
        trays: impl Iterator<Item = String>,
        media: impl Iterator<Item = String>,
    ) -> Self {
        let mut densities: Vec<u32> = densities.take(KINDS_MAX).collect();
        densities.sort_unstable();
        densities.dedup();
        let sizes = media.filter_map(|keyword| PaperSize::from_keyword(&keyword));
        Self {
            driver,
            density,
            densities,
            trays: trays.take(KINDS_MAX).collect(),
            sizes: sizes.take(KINDS_MAX).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_is_read_from_its_self_describing_name() {
        for (keyword, expected) in [
            ("iso_a4_210x297mm", Some(("iso-a4", 21_000, 29_700))),
            ("na_letter_8.5x11in", Some(("na-letter", 21_590, 27_940))),
            (
                "om_small-photo_100x150mm",
                Some(("om-small-photo", 10_000, 15_000)),
            ),
            (
                "custom_72x200mm_72x200mm",
                Some(("custom-72x200mm", 7_200, 20_000)),
            ),
            ("custom_min_25.4x25.4mm", None),
            ("custom_max_210x3000mm", None),
            ("auto", None),
            ("iso_a4_210x297", None),
            ("iso_a4_-1x297mm", None),
            ("iso_a4_NaNx297mm", None),
            ("iso_a4_1e30x297mm", None),
        ] {
            let size = PaperSize::from_keyword(keyword);
            let read = size.map(|size| (size.name, size.width, size.height));
            let expected = expected.map(|(name, width, height)| (name.to_owned(), width, height));
            assert_eq!(read, expected, "{keyword}");
        }
    }
}
