//! One-dimensional barcodes of `GS k`: which symbology an m names, and the text
//! its data stands for.

mod code128;
mod code93;

/// The m of `GS k`: the barcode system, in one of its two forms.
///
/// 0 to 6 say that the data ends with NUL, 65 to 79 that its length comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BarcodeSystem(u8);

/// A one-dimensional barcode symbology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BarcodeSymbology {
    /// UPC-A.
    UpcA,
    /// UPC-E.
    UpcE,
    /// EAN13 (JAN13).
    Ean13,
    /// EAN8 (JAN8).
    Ean8,
    /// CODE39.
    Code39,
    /// Interleaved 2 of 5.
    Itf,
    /// CODABAR (NW-7).
    Codabar,
    /// CODE93.
    Code93,
    /// CODE128 whose data names its code sets.
    Code128,
    /// GS1-128 (UCC/EAN-128).
    Gs1128,
    /// GS1 DataBar Omnidirectional.
    DataBarOmnidirectional,
    /// GS1 DataBar Truncated.
    DataBarTruncated,
    /// GS1 DataBar Limited.
    DataBarLimited,
    /// GS1 DataBar Expanded.
    DataBarExpanded,
    /// CODE128 whose code sets the printer chooses.
    Code128Auto,
}

impl BarcodeSystem {
    /// The system an m names, if it names one.
    #[must_use]
    pub fn new(m: u8) -> Option<Self> {
        matches!(m, 0..=6 | 65..=79).then_some(Self(m))
    }

    /// The m itself.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }

    /// Whether the data ends with NUL instead of having its length before it.
    #[must_use]
    pub fn ends_with_nul(self) -> bool {
        self.0 <= 6
    }

    /// The symbology, the same for both forms.
    #[must_use]
    pub fn symbology(self) -> BarcodeSymbology {
        match self.0 {
            0 | 65 => BarcodeSymbology::UpcA,
            1 | 66 => BarcodeSymbology::UpcE,
            2 | 67 => BarcodeSymbology::Ean13,
            3 | 68 => BarcodeSymbology::Ean8,
            4 | 69 => BarcodeSymbology::Code39,
            5 | 70 => BarcodeSymbology::Itf,
            6 | 71 => BarcodeSymbology::Codabar,
            72 => BarcodeSymbology::Code93,
            73 => BarcodeSymbology::Code128,
            74 => BarcodeSymbology::Gs1128,
            75 => BarcodeSymbology::DataBarOmnidirectional,
            76 => BarcodeSymbology::DataBarTruncated,
            77 => BarcodeSymbology::DataBarLimited,
            78 => BarcodeSymbology::DataBarExpanded,
            // `new` admits no other byte.
            _ => BarcodeSymbology::Code128Auto,
        }
    }
}

impl BarcodeSymbology {
    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UpcA => "UPC-A",
            Self::UpcE => "UPC-E",
            Self::Ean13 => "EAN13",
            Self::Ean8 => "EAN8",
            Self::Code39 => "CODE39",
            Self::Itf => "ITF",
            Self::Codabar => "CODABAR",
            Self::Code93 => "CODE93",
            Self::Code128 | Self::Code128Auto => "CODE128",
            Self::Gs1128 => "GS1-128",
            Self::DataBarOmnidirectional => "DATABAR",
            Self::DataBarTruncated => "DATABAR-TRUNCATED",
            Self::DataBarLimited => "DATABAR-LIMITED",
            Self::DataBarExpanded => "DATABAR-EXPANDED",
        }
    }

    /// The same code with its data as text, where they come as raw symbol values
    /// of a printer that takes them so (Seiko).
    pub(crate) fn read_symbol_values(self, data: &[u8]) -> Option<(Self, Vec<u8>)> {
        let text = match self {
            Self::Code128 => code128::from_symbol_values(data)?,
            Self::Code93 => code93::text(data)?,
            _ => return None,
        };
        let symbology = match self {
            Self::Code128 => Self::Code128Auto,
            other => other,
        };
        Some((symbology, text.into_bytes()))
    }

    /// The text a reader of the printed code would give, as far as the data
    /// alone says it: code set marks resolved, no check digits added.
    #[must_use]
    pub fn text(self, data: &[u8]) -> String {
        match self {
            Self::Code128 => code128::text(data),
            Self::Code39 => plain(data).trim_matches('*').to_owned(),
            Self::Code93 => code93::text(data).unwrap_or_else(|| plain(data)),
            Self::Gs1128 => plain(data).replace(['(', ')', ' '], ""),
            Self::UpcA
            | Self::UpcE
            | Self::Ean13
            | Self::Ean8
            | Self::Itf
            | Self::Codabar
            | Self::DataBarOmnidirectional
            | Self::DataBarTruncated
            | Self::DataBarLimited
            | Self::DataBarExpanded
            | Self::Code128Auto => plain(data),
        }
    }
}

fn plain(data: &[u8]) -> String {
    data.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_part_of_the_data_is_not_told() {
        assert_eq!(BarcodeSymbology::Code39.text(b"*A-1*"), "A-1");
        assert_eq!(
            BarcodeSymbology::Gs1128.text(b"(01)04006381333931"),
            "0104006381333931"
        );
    }

    #[test]
    fn both_forms_name_the_same_symbology() {
        for m in 0..=6 {
            let terminated = BarcodeSystem::new(m).expect("0 to 6 are systems");
            let counted = BarcodeSystem::new(m + 65).expect("65 to 71 are systems");
            assert_eq!(terminated.symbology(), counted.symbology());
        }
        assert_eq!(BarcodeSystem::new(7), None);
    }
}
