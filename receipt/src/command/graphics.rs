//! Functions of `GS ( L` and `GS 8 L`: store and print pictures.

/// Which of the two commands carries a graphics function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GraphicsForm {
    /// `GS ( L` — the length takes two bytes.
    Short,
    /// `GS 8 L` — the length takes four bytes.
    Long,
}

/// What `GS ( L` or `GS 8 L` does (m is 48).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphicsFunction {
    /// Function 112 — store a picture in raster format in the print buffer.
    StoreRaster(StoredPicture),
    /// Function 113 — store a picture in column format in the print buffer.
    StoreColumns(StoredPicture),
    /// Function 2 or 50 — print what the print buffer holds.
    PrintStored {
        /// 2 or 50; they mean the same.
        function: u8,
    },
    /// Function 69 (stored for good) or 85 (downloaded) — print a picture by its key.
    PrintByKey {
        /// 69 or 85.
        function: u8,
        /// The two characters of the key.
        key: [u8; 2],
        /// Times as wide, 1 or 2.
        scale_x: u8,
        /// Times as high, 1 or 2.
        scale_y: u8,
    },
    /// Functions 67, 68 (for good), 83 and 84 (downloaded) — define a picture by
    /// its key.
    DefineByKey(DefinedPicture),
    /// Any other function, with its arguments.
    Other {
        /// fn.
        function: u8,
        /// What follows it.
        arguments: Vec<u8>,
    },
}

/// The arguments of functions 112 and 113.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPicture {
    /// a: 48 monochrome, 52 multiple tone.
    pub tone: u8,
    /// bx: times as wide, 1 or 2.
    pub scale_x: u8,
    /// by: times as high, 1 or 2.
    pub scale_y: u8,
    /// c: the color, 49 for the first.
    pub color: u8,
    /// Width in dots.
    pub width_dots: u16,
    /// Height in dots.
    pub height_dots: u16,
    /// The dots, most significant bit first, rows or columns filled up to octets.
    pub data: Vec<u8>,
}

impl GraphicsFunction {
    /// Reads what follows m: fn and its arguments.
    pub(crate) fn read(function: u8, arguments: &[u8]) -> Self {
        match (function, arguments) {
            (
                112,
                [
                    tone,
                    scale_x,
                    scale_y,
                    color,
                    x_low,
                    x_high,
                    y_low,
                    y_high,
                    data @ ..,
                ],
            )
            | (
                113,
                [
                    tone,
                    scale_x,
                    scale_y,
                    color,
                    x_low,
                    x_high,
                    y_low,
                    y_high,
                    data @ ..,
                ],
            ) => {
                let picture = StoredPicture {
                    tone: *tone,
                    scale_x: *scale_x,
                    scale_y: *scale_y,
                    color: *color,
                    width_dots: u16::from_le_bytes([*x_low, *x_high]),
                    height_dots: u16::from_le_bytes([*y_low, *y_high]),
                    data: data.to_vec(),
                };
                if function == 112 {
                    Self::StoreRaster(picture)
                } else {
                    Self::StoreColumns(picture)
                }
            }
            (2 | 50, []) => Self::PrintStored { function },
            (69 | 85, &[first, second, scale_x, scale_y]) => Self::PrintByKey {
                function,
                key: [first, second],
                scale_x,
                scale_y,
            },
            (67 | 68 | 83 | 84, arguments) => DefinedPicture::read(function, arguments)
                .map_or_else(
                    || Self::Other {
                        function,
                        arguments: arguments.to_vec(),
                    },
                    Self::DefineByKey,
                ),
            (function, arguments) => Self::Other {
                function,
                arguments: arguments.to_vec(),
            },
        }
    }

    /// Writes fn and its arguments.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::StoreRaster(picture) => {
                out.push(112);
                picture.write(out);
            }
            Self::StoreColumns(picture) => {
                out.push(113);
                picture.write(out);
            }
            Self::PrintStored { function } => out.push(*function),
            Self::PrintByKey {
                function,
                key: [first, second],
                scale_x,
                scale_y,
            } => out.extend([*function, *first, *second, *scale_x, *scale_y]),
            Self::DefineByKey(picture) => picture.write(out),
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

/// How long a picture with a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StoredFor {
    Good,
    Power,
}

impl StoredFor {
    /// Of the functions that print.
    pub(crate) fn printing(function: u8) -> Self {
        if function == 69 {
            Self::Good
        } else {
            Self::Power
        }
    }

    /// Of the functions that define.
    pub(crate) fn defining(function: u8) -> Self {
        if function < 80 {
            Self::Good
        } else {
            Self::Power
        }
    }
}

/// The arguments of functions 67, 68, 83 and 84, with one color.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinedPicture {
    /// 67 or 83 in rows, 68 or 84 in columns.
    pub function: u8,
    /// a: 48 monochrome.
    pub tone: u8,
    /// The two characters of the key.
    pub key: [u8; 2],
    /// Width in dots.
    pub width_dots: u16,
    /// Height in dots.
    pub height_dots: u16,
    /// The color, 49 for the first.
    pub color: u8,
    /// The dots, most significant bit first, rows or columns filled up to octets.
    pub data: Vec<u8>,
}

impl DefinedPicture {
    /// Whether the dots come column by column.
    #[must_use]
    pub fn is_in_columns(&self) -> bool {
        matches!(self.function, 68 | 84)
    }

    /// Reads a picture of one color; `None` for those of several.
    fn read(function: u8, arguments: &[u8]) -> Option<Self> {
        let &[
            tone,
            first,
            second,
            1,
            x_low,
            x_high,
            y_low,
            y_high,
            color,
            ref data @ ..,
        ] = arguments
        else {
            return None;
        };
        Some(Self {
            function,
            tone,
            key: [first, second],
            width_dots: u16::from_le_bytes([x_low, x_high]),
            height_dots: u16::from_le_bytes([y_low, y_high]),
            color,
            data: data.to_vec(),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let [first, second] = self.key;
        out.extend([self.function, self.tone, first, second, 1]);
        out.extend(self.width_dots.to_le_bytes());
        out.extend(self.height_dots.to_le_bytes());
        out.push(self.color);
        out.extend_from_slice(&self.data);
    }
}

impl StoredPicture {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend([self.tone, self.scale_x, self.scale_y, self.color]);
        out.extend(self.width_dots.to_le_bytes());
        out.extend(self.height_dots.to_le_bytes());
        out.extend_from_slice(&self.data);
    }
}
