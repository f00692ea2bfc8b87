//! A small map: pairs in one piece of memory, in the order of their keys.
//!
//! For a page every kind of tree is ten kilobytes more to load, and what is
//! kept here is a handful of things.

/// Values by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    /// Puts a value in the place of the one that this key had.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.0.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let found = self
            .0
            .binary_search_by(|(known, _)| known.borrow().cmp(key));
        Some(&self.0[found.ok()?].1)
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.0.retain(|(known, _)| known != key);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_value_it_got_last() {
        let mut map = Sorted::default();
        for (key, value) in [(3, 'c'), (1, 'x'), (2, 'b'), (1, 'a')] {
            map.insert(key, value);
        }
        map.remove(&2);
        let found = [1, 2, 3, 4].map(|key| map.get(&key).copied());
        assert_eq!(found, [Some('a'), None, Some('c'), None]);
        assert_eq!(map.len(), 2);
    }
}
