//! `ESC R`: national replacements of twelve ASCII characters.

/// The bytes that are replaced, in the order of the sets below.
const REPLACED: &[u8; 12] = b"#$@[\\]^`{|}~";

/// The sets by their number, as the maker's manual lists them.
const SETS: [&str; 18] = [
    "#$@[\\]^`{|}~", // 0 USA
    "#$à°ç§^`éùè¨",  // 1 France
    "#$§ÄÖÜ^`äöüß",  // 2 Germany
    "£$@[\\]^`{|}~", // 3 UK
    "#$@ÆØÅ^`æøå~",  // 4 Denmark I
    "#¤ÉÄÖÅÜéäöåü",  // 5 Sweden
    "#$@°\\é^ùàòèì", // 6 Italy
    "₧$@¡Ñ¿^`¨ñ}~",  // 7 Spain I
    "#$@[¥]^`{|}~",  // 8 Japan
    "#¤ÉÆØÅÜéæøåü",  // 9 Norway
    "#$ÉÆØÅÜéæøåü",  // 10 Denmark II
    "#$á¡Ñ¿é`íñóú",  // 11 Spain II
    "#$á¡Ñ¿éüíñóú",  // 12 Latin America
    "#$@[₩]^`{|}~",  // 13 Korea
    "#$ŽŠĐĆČžšđćč",  // 14 Slovenia, Croatia
    "#¥@[\\]^`{|}~", // 15 China
    "#₫@[\\]^`{|}~", // 16 Vietnam
    "#$@[\\]^`{|}~", // 17 Arabia
];

/// The set chosen by `ESC R n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct InternationalCharacterSet(u8);

impl InternationalCharacterSet {
    /// The set with this number, if there is one.
    #[must_use]
    pub fn new(n: u8) -> Option<Self> {
        (usize::from(n) < SETS.len()).then_some(Self(n))
    }

    /// What this set prints for an ASCII byte.
    #[must_use]
    pub fn character(self, byte: u8) -> char {
        let set = SETS[usize::from(self.0)];
        REPLACED
            .iter()
            .position(|&replaced| replaced == byte)
            .and_then(|place| set.chars().nth(place))
            .unwrap_or(char::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_replaces_all_twelve() {
        for set in SETS {
            assert_eq!(set.chars().count(), REPLACED.len(), "{set}");
        }
    }

    #[test]
    fn japan_prints_a_yen_sign_for_the_backslash() {
        let japan = InternationalCharacterSet::new(8).expect("8 is a set");
        assert_eq!(japan.character(b'\\'), '¥');
        assert_eq!(japan.character(b'A'), 'A');
        assert_eq!(InternationalCharacterSet::new(18), None);
    }
}
