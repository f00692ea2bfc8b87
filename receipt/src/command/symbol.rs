//! Functions of `GS ( k`: set up, store and print two-dimensional codes.

use super::argument::{Argument, Meaning, QrErrorCorrection, QrModel, Symbology};

/// What `GS ( k` does to the symbology it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolFunction {
    /// QR function 65 — select the model. The second byte is 0.
    SelectQrModel(Argument<QrModel>, u8),
    /// QR function 67 — set the size of a module in dots.
    SetQrModuleSize(u8),
    /// QR function 69 — select the error correction level.
    SelectQrErrorCorrection(Argument<QrErrorCorrection>),
    /// PDF417 function 65 — set the number of columns; 0 is automatic.
    SetPdf417Columns(u8),
    /// PDF417 function 66 — set the number of rows; 0 is automatic.
    SetPdf417Rows(u8),
    /// PDF417 function 67 — set the width of a module in dots.
    SetPdf417ModuleWidth(u8),
    /// PDF417 function 68 — set the height of a row in module widths.
    SetPdf417RowHeight(u8),
    /// PDF417 function 69 — set the error correction: m 48 a level, m 49 a ratio.
    SetPdf417ErrorCorrection {
        /// 48: `n` is a level; 49: `n` is a ratio.
        m: u8,
        /// The level or ratio.
        n: u8,
    },
    /// PDF417 function 70 — select the options: 0 standard, 1 truncated.
    SelectPdf417Options(u8),
    /// Function 80 — store the data in the symbol storage area.
    StoreData {
        /// 48 for QR; other codes have kinds of data here.
        m: u8,
        /// The data, any byte.
        data: Vec<u8>,
    },
    /// Function 81 — print what is stored.
    Print {
        /// 48.
        m: u8,
    },
    /// Any other function, with its arguments.
    Other {
        /// fn.
        function: u8,
        /// What follows it.
        arguments: Vec<u8>,
    },
}

impl SymbolFunction {
    /// Reads what follows cn: fn and its arguments.
    pub(crate) fn read(symbology: Argument<Symbology>, function: u8, arguments: &[u8]) -> Self {
        match (symbology.meaning(), function, arguments) {
            (Some(Symbology::Qr), 65, &[model, second]) => {
                Self::SelectQrModel(Argument::new(model), second)
            }
            (Some(Symbology::Qr), 67, &[n]) => Self::SetQrModuleSize(n),
            (Some(Symbology::Qr), 69, &[n]) => Self::SelectQrErrorCorrection(Argument::new(n)),
            (Some(Symbology::Pdf417), 65, &[n]) => Self::SetPdf417Columns(n),
            (Some(Symbology::Pdf417), 66, &[n]) => Self::SetPdf417Rows(n),
            (Some(Symbology::Pdf417), 67, &[n]) => Self::SetPdf417ModuleWidth(n),
            (Some(Symbology::Pdf417), 68, &[n]) => Self::SetPdf417RowHeight(n),
            (Some(Symbology::Pdf417), 69, &[m, n]) => Self::SetPdf417ErrorCorrection { m, n },
            (Some(Symbology::Pdf417), 70, &[n]) => Self::SelectPdf417Options(n),
            (_, 80, [m, data @ ..]) => Self::StoreData {
                m: *m,
                data: data.to_vec(),
            },
            (_, 81, &[m]) => Self::Print { m },
            (_, function, arguments) => Self::Other {
                function,
                arguments: arguments.to_vec(),
            },
        }
    }

    /// Writes fn and its arguments.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::SelectQrModel(model, second) => out.extend([65, model.byte(), *second]),
            Self::SelectQrErrorCorrection(level) => out.extend([69, level.byte()]),
            Self::SetPdf417Columns(n) => out.extend([65, *n]),
            Self::SetPdf417Rows(n) => out.extend([66, *n]),
            Self::SetQrModuleSize(n) | Self::SetPdf417ModuleWidth(n) => out.extend([67, *n]),
            Self::SetPdf417RowHeight(n) => out.extend([68, *n]),
            Self::SetPdf417ErrorCorrection { m, n } => out.extend([69, *m, *n]),
            Self::SelectPdf417Options(n) => out.extend([70, *n]),
            Self::StoreData { m, data } => {
                out.extend([80, *m]);
                out.extend_from_slice(data);
            }
            Self::Print { m } => out.extend([81, *m]),
            Self::Other {
                function,
                arguments,
            } => {
                out.push(*function);
                out.extend_from_slice(arguments);
            }
        }
    }
}

impl Symbology {
    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf417 => "PDF417",
            Self::Qr => "QR",
            Self::MaxiCode => "MAXICODE",
            Self::DataBar => "DATABAR",
            Self::Composite => "COMPOSITE",
            Self::Aztec => "AZTEC",
            Self::DataMatrix => "DATAMATRIX",
        }
    }

    /// All of them, by their cn.
    pub(crate) const COUNT: usize = 7;

    /// A place for each in a table of [`Symbology::COUNT`].
    pub(crate) fn index(self) -> usize {
        usize::from(self.byte() - Self::Pdf417.byte())
    }
}
