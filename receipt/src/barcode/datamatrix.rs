//! DataMatrix (ECC 200) by the crate `datamatrix`.

use datamatrix::{DataMatrixBuilder, SymbolList};

use super::matrix::Matrix;
use crate::layout::{Bitmap, SymbolSettings};

/// The smallest symbol of the shape and size that is set.
pub(super) fn encode(data: &[u8], settings: &SymbolSettings) -> Option<Bitmap> {
    if data.is_empty() {
        return None;
    }
    let sizes = if settings.datamatrix_rectangle {
        SymbolList::default().enforce_rectangular()
    } else {
        SymbolList::default().enforce_square()
    };
    let (rows, columns) = settings.datamatrix_size;
    let given = |list: SymbolList| {
        let list = match columns {
            0 => list,
            _ => list.enforce_width_in(usize::from(columns)..=columns.into()),
        };
        match rows {
            0 => list,
            _ => list.enforce_height_in(usize::from(rows)..=rows.into()),
        }
    };
    let encode = |list: SymbolList| {
        let builder = DataMatrixBuilder::new().with_symbol_list(list);
        match std::str::from_utf8(data) {
            Ok(text) if !text.is_ascii() => builder.encode_str(text).ok(),
            _ => builder.encode(data).ok(),
        }
    };
    // A size that does not exist, or is too small, is chosen anew.
    let symbol = encode(given(sizes.clone())).or_else(|| encode(sizes))?;
    let bitmap = symbol.bitmap();
    let mut matrix = Matrix::new(bitmap.width(), bitmap.height());
    for (x, y) in bitmap.pixels() {
        matrix.set(x, y);
    }
    Some(matrix.into_bitmap())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_shape_are_kept_where_the_data_fits() {
        let size = |settings: &SymbolSettings| {
            let bitmap = encode(b"12345678", settings).expect("fits");
            (bitmap.width_dots(), bitmap.height_dots())
        };
        assert_eq!(size(&SymbolSettings::default()), (12, 12));
        let rectangle = SymbolSettings {
            datamatrix_rectangle: true,
            ..SymbolSettings::default()
        };
        assert_eq!(size(&rectangle), (18, 8));
        let large = SymbolSettings {
            datamatrix_size: (20, 20),
            ..SymbolSettings::default()
        };
        assert_eq!(size(&large), (20, 20));
        assert!(encode(&[b'x'; 4000], &SymbolSettings::default()).is_none());
    }
}
