//! Gamma on integers: `level ^ (100 / gamma_percent)` for the 256 levels.
//!
//! Powers of floating point numbers differ from system to system in their last
//! digits, and one digit moves dots. Here a logarithm and a power of two are
//! found bit by bit in fixed point.

/// Bits after the point.
const FRACTION_BITS: u32 = 32;
const ONE: u64 = 1 << FRACTION_BITS;

/// What each level becomes.
pub(super) fn gamma_levels(gamma_percent: u16) -> [u8; 256] {
    let gamma_percent = u128::from(gamma_percent.max(1));
    let mut table = [0; 256];
    for (level, out) in (0..=u8::MAX).zip(&mut table).skip(1) {
        // -log2(level / 255), at least 0.
        let down = binary_logarithm(255) - binary_logarithm(level);
        let exponent = u128::from(down) * 100 / gamma_percent;
        let light = 255 * power_of_half(exponent);
        *out = u8::try_from((light + ONE / 2) >> FRACTION_BITS).unwrap_or(u8::MAX);
    }
    table
}

/// log2 of a number that is not 0.
fn binary_logarithm(number: u8) -> u64 {
    let whole = number.ilog2();
    // The number between 1 and 2; each squaring gives the next bit.
    let mut mantissa = u128::from(number) << (FRACTION_BITS - whole);
    let mut logarithm = u64::from(whole) << FRACTION_BITS;
    for bit in (0..FRACTION_BITS).rev() {
        mantissa = (mantissa * mantissa) >> FRACTION_BITS;
        if mantissa >= u128::from(2 * ONE) {
            mantissa >>= 1;
            logarithm |= 1 << bit;
        }
    }
    logarithm
}

/// 2 to the power of minus `exponent`.
fn power_of_half(exponent: u128) -> u64 {
    let whole = exponent >> FRACTION_BITS;
    if whole >= u128::from(FRACTION_BITS) {
        return 0;
    }
    let mut power = u128::from(ONE);
    // 2^-1/2, 2^-1/4, 2^-1/8 ... for the bits after the point.
    let mut root = u128::from(ONE) / 2;
    for bit in (0..FRACTION_BITS).rev() {
        root = (root << FRACTION_BITS).isqrt();
        if exponent >> bit & 1 == 1 {
            power = (power * root) >> FRACTION_BITS;
        }
    }
    u64::try_from(power >> whole).unwrap_or(ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_power_function() {
        for gamma_percent in [50, 80, 100, 120, 180, 220, 400] {
            let table = gamma_levels(gamma_percent);
            for (level, &out) in table.iter().enumerate() {
                let exact = 255.0 * (level as f64 / 255.0).powf(100.0 / f64::from(gamma_percent));
                assert!(
                    (exact - f64::from(out)).abs() < 0.501,
                    "gamma {gamma_percent}: {level} became {out}, not {exact}"
                );
            }
        }
    }

    #[test]
    fn extremes_keep_black_and_white() {
        for gamma_percent in [0, 1, 100, u16::MAX] {
            let table = gamma_levels(gamma_percent);
            assert_eq!((table[0], table[255]), (0, 255), "gamma {gamma_percent}");
            assert!(table.is_sorted());
        }
    }
}
