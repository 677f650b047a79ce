//! Values of which many things have one each and there are few: where a fact comes from.

use std::{collections::HashMap, hash::Hash, ops::Index};

/// A value for each of many, in their order; each different one is kept once.
pub(crate) struct Repeated<T> {
    different: Vec<T>,
    /// For each, the place of its value.
    of: Vec<u32>,
}

impl<T> Repeated<T> {
    /// The value of each, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.of.iter().map(|&place| &self.different[place as usize])
    }

    /// Each value once, in the order they were first met.
    pub(crate) fn different(&self) -> &[T] {
        &self.different
    }
}

impl<T: Clone + Eq + Hash> FromIterator<T> for Repeated<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values = values.into_iter();
        let mut of = Vec::with_capacity(values.size_hint().0);
        let mut different = Vec::new();
        let mut places: HashMap<T, u32> = HashMap::new();
        for value in values {
            let place = match places.get(&value) {
                Some(place) => *place,
                None => {
                    // There are as many facts as texts that fit into memory.
                    let place = u32::try_from(different.len()).unwrap_or(u32::MAX);
                    different.push(value.clone());
                    places.insert(value, place);
                    place
                }
            };
            of.push(place);
        }
        Self { different, of }
    }
}

impl<T> Index<usize> for Repeated<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.different[self.of[at] as usize]
    }
}

/// Many lists of numbers, one after the other: a `Vec` for each would take 24 bytes before it holds anything.
pub(crate) struct Lists {
    all: Vec<usize>,
    /// Where each begins in `all`, and where the last ends.
    bounds: Vec<usize>,
}

impl Lists {
    pub(crate) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// Every list, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.bounds
            .windows(2)
            .map(|bounds| &self.all[bounds[0]..bounds[1]])
    }

    /// What all of them hold.
    pub(crate) fn all(&self) -> &[usize] {
        &self.all
    }

    /// Adds a list after the others.
    pub(crate) fn push(&mut self, list: &[usize]) {
        self.all.extend_from_slice(list);
        self.bounds.push(self.all.len());
    }

    /// As many lists as `count`, to each of which belong those that `of` gives its number, in order.
    pub(crate) fn of_members(count: usize, of: &[usize]) -> Self {
        let mut bounds = vec![0; count + 1];
        for &list in of {
            bounds[list + 1] += 1;
        }
        for list in 0..count {
            bounds[list + 1] += bounds[list];
        }
        let mut next = bounds.clone();
        let mut all = vec![0; of.len()];
        for (member, &list) in of.iter().enumerate() {
            all[next[list]] = member;
            next[list] += 1;
        }
        Self { all, bounds }
    }
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            bounds: vec![0],
        }
    }
}

impl Index<usize> for Lists {
    type Output = [usize];

    fn index(&self, list: usize) -> &[usize] {
        &self.all[self.bounds[list]..self.bounds[list + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::{Lists, Repeated};

    #[test]
    fn each_has_its_value_and_each_different_one_is_kept_once() {
        let words = ["b", "a", "b", "b", "c"];
        let repeated: Repeated<&str> = words.into_iter().collect();
        assert_eq!(repeated.iter().copied().collect::<Vec<_>>(), words);
        assert_eq!((repeated[2], repeated[4]), ("b", "c"));
        assert_eq!(repeated.different(), ["b", "a", "c"]);
    }

    #[test]
    fn lists_hold_what_was_put_into_them_and_may_be_empty() {
        let lists = Lists::of_members(4, &[2, 0, 2, 3, 0]);
        let expected: [&[usize]; 4] = [&[1, 4], &[], &[0, 2], &[3]];
        assert_eq!(lists.iter().collect::<Vec<_>>(), expected);
        let mut pushed = Lists::default();
        expected.iter().for_each(|list| pushed.push(list));
        assert_eq!(
            (pushed.len(), &pushed[0], &pushed[1]),
            (4, expected[0], expected[1])
        );
        assert_eq!(pushed.all(), lists.all());
    }
}
