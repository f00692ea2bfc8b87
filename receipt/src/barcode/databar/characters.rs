//! Symbol characters: which widths a value means. They are counted, not looked
//! up (ISO/IEC 24724 annex B).

/// A group of values: the first of them, by what it is divided, modules of the
/// odd elements, and the widest of those.
struct Group {
    first: u64,
    divisor: u64,
    odd_modules: u32,
    widest: u32,
}

const fn group(first: u64, divisor: u64, odd_modules: u32, widest: u32) -> Group {
    Group {
        first,
        divisor,
        odd_modules,
        widest,
    }
}

/// A kind of character.
pub(super) struct Kind {
    groups: &'static [Group],
    modules: u32,
    /// Odd elements, and as many even ones.
    elements: u32,
    /// The two widest elements, odd and even, together.
    widest: u32,
    /// Whether the quotient is in the odd elements, or the rest.
    quotient_is_odd: bool,
    /// Whether the odd elements may be without one of a single module, or the
    /// even ones.
    odd_may_lack_narrow: bool,
}

/// Outside characters of Omnidirectional (tables 1 and 2).
pub(super) const OUTSIDE: Kind = Kind {
    groups: &[
        group(0, 1, 12, 8),
        group(161, 10, 10, 6),
        group(961, 34, 8, 4),
        group(2015, 70, 6, 3),
        group(2715, 126, 4, 1),
    ],
    modules: 16,
    elements: 4,
    widest: 9,
    quotient_is_odd: true,
    odd_may_lack_narrow: true,
};
/// Inside characters of Omnidirectional.
pub(super) const INSIDE: Kind = Kind {
    groups: &[
        group(0, 4, 5, 2),
        group(336, 20, 7, 4),
        group(1036, 48, 9, 6),
        group(1516, 81, 11, 8),
    ],
    modules: 15,
    elements: 4,
    widest: 9,
    quotient_is_odd: false,
    odd_may_lack_narrow: false,
};
/// The two characters of Limited (table 7).
pub(super) const LIMITED: Kind = Kind {
    groups: &[
        group(0, 28, 17, 6),
        group(183_064, 728, 13, 5),
        group(820_064, 6454, 9, 3),
        group(1_000_776, 203, 15, 5),
        group(1_491_021, 2408, 11, 4),
        group(1_979_845, 1, 19, 8),
        group(1_996_939, 16_632, 7, 1),
    ],
    modules: 26,
    elements: 7,
    widest: 9,
    quotient_is_odd: true,
    odd_may_lack_narrow: true,
};
/// Characters of Expanded (table 13).
pub(super) const EXPANDED: Kind = Kind {
    groups: &[
        group(0, 4, 12, 7),
        group(348, 20, 10, 5),
        group(1388, 52, 8, 4),
        group(2948, 104, 6, 3),
        group(3988, 204, 4, 1),
    ],
    modules: 17,
    elements: 4,
    widest: 9,
    quotient_is_odd: true,
    odd_may_lack_narrow: false,
};

impl Kind {
    /// The widths of the elements that a value means, odd and even in turn.
    pub(super) fn widths(&self, value: u64) -> Vec<u8> {
        let after = self.groups.partition_point(|group| group.first <= value);
        // The first group begins at 0.
        let group = &self.groups[after.max(1) - 1];
        let rest = value - group.first;
        let (quotient, rest) = (rest / group.divisor, rest % group.divisor);
        let (odd, even) = if self.quotient_is_odd {
            (quotient, rest)
        } else {
            (rest, quotient)
        };
        let odd = element_widths(
            odd,
            group.odd_modules,
            self.elements,
            group.widest,
            self.odd_may_lack_narrow,
        );
        let even = element_widths(
            even,
            self.modules - group.odd_modules,
            self.elements,
            self.widest - group.widest,
            !self.odd_may_lack_narrow,
        );
        odd.iter().zip(&even).flat_map(|(&a, &b)| [a, b]).collect()
    }
}

/// The widths of `elements` elements that a value means, of `modules` modules
/// together and none wider than `widest`; `narrow_not_needed` admits those
/// without an element of one module.
fn element_widths(
    mut value: u64,
    mut modules: u32,
    elements: u32,
    widest: u32,
    narrow_not_needed: bool,
) -> Vec<u8> {
    let mut widths = Vec::new();
    let mut has_narrow = false;
    for place in 0..elements - 1 {
        let left = elements - place - 1;
        let mut width = 1;
        loop {
            let narrow = has_narrow || width == 1;
            let mut count = combinations(modules - width - 1, left - 1);
            if !narrow_not_needed && !narrow && modules - width >= 2 * left {
                count -= combinations(modules - width - left - 1, left - 1);
            }
            if left > 1 {
                let over = (widest + 1..=modules - width - (left - 1))
                    .map(|wide| combinations(modules - width - wide - 1, left - 2))
                    .sum::<u64>();
                count -= over * u64::from(left);
            } else if modules - width > widest {
                count -= 1;
            }
            if value < count {
                break;
            }
            value -= count;
            width += 1;
        }
        has_narrow |= width == 1;
        modules -= width;
        // Widths are below ten.
        widths.push(u8::try_from(width).unwrap_or(1));
    }
    widths.push(u8::try_from(modules).unwrap_or(1));
    widths
}

fn combinations(of: u32, taken: u32) -> u64 {
    (0..u64::from(taken)).fold(1, |count, step| {
        count * (u64::from(of).saturating_sub(step)) / (step + 1)
    })
}
