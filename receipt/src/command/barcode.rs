//! One-dimensional barcodes of `GS k`: which symbology an m names, and the text
//! its data stands for.

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

    /// The text a reader of the printed code would give, as far as the data
    /// alone says it: code set marks resolved, no check digits added.
    #[must_use]
    pub fn text(self, data: &[u8]) -> String {
        match self {
            Self::Code128 => code128_text(data),
            Self::UpcA
            | Self::UpcE
            | Self::Ean13
            | Self::Ean8
            | Self::Code39
            | Self::Itf
            | Self::Codabar
            | Self::Code93
            | Self::Gs1128
            | Self::DataBarOmnidirectional
            | Self::DataBarTruncated
            | Self::DataBarLimited
            | Self::DataBarExpanded
            | Self::Code128Auto => data.iter().map(|&byte| char::from(byte)).collect(),
        }
    }
}

/// CODE128 data of `GS k` 73: `{A`, `{B`, `{C` choose the code set, `{{` is a
/// brace, `{1` to `{4` are functions, `{S` shifts one character. In code set C a
/// byte of 0 to 99 stands for two digits.
fn code128_text(data: &[u8]) -> String {
    let mut text = String::with_capacity(data.len());
    let mut in_code_set_c = false;
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'{' {
            match bytes.next() {
                Some(b'A' | b'B') => in_code_set_c = false,
                Some(b'C') => in_code_set_c = true,
                Some(b'{') => text.push('{'),
                Some(b'1'..=b'4' | b'S') | None => {}
                Some(other) => text.push(char::from(other)),
            }
        } else if in_code_set_c && byte < 100 {
            text.push(char::from(b'0' + byte / 10));
            text.push(char::from(b'0' + byte % 10));
        } else {
            text.push(char::from(byte));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_set_c_writes_two_digits_a_byte() {
        let data = b"{BHC-{C\x14\x1a\x02\x03{B-7";
        assert_eq!(BarcodeSymbology::Code128.text(data), "HC-20260203-7");
    }

    #[test]
    fn a_doubled_brace_is_a_brace() {
        assert_eq!(BarcodeSymbology::Code128.text(b"{Ba{{b{"), "a{b");
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
