//! Lists that many facts have alike, kept once.

use std::{ops::Deref, sync::Arc};

/// A list as large as one pointer, which may lead to a list that others have too. What is added to it is added to this one
/// alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Alike<T>(Option<Arc<Vec<T>>>);

impl<T: Clone> Alike<T> {
    fn own(&mut self) -> &mut Vec<T> {
        Arc::make_mut(self.0.get_or_insert_with(|| Arc::new(Vec::with_capacity(1))))
    }

    pub(crate) fn push(&mut self, item: T) {
        self.own().push(item);
    }

    /// Adds one before all others.
    pub(crate) fn put_first(&mut self, item: T) {
        self.own().insert(0, item);
    }

    /// Changes each, in a list of its own that has no more room than it needs.
    pub(crate) fn each_mut(&mut self, see: impl FnMut(&mut T)) {
        if let Some(items) = &mut self.0 {
            let items = Arc::make_mut(items);
            items.shrink_to_fit();
            items.iter_mut().for_each(see);
        }
    }
}

impl<T> Default for Alike<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Alike<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T: Clone> Extend<T> for Alike<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        // Nothing is one thing, however it came about: two lists are compared by what they hold.
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<'a, T> IntoIterator for &'a Alike<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Alike;

    #[test]
    fn what_is_added_to_one_is_not_added_to_those_alike() {
        assert_eq!(size_of::<Alike<String>>(), size_of::<usize>());
        let mut one = Alike::default();
        one.extend([2, 3]);
        let mut other = one.clone();
        other.put_first(1);
        other.push(4);
        other.each_mut(|number| *number *= 10);
        assert_eq!((&*one, &*other), ([2, 3].as_slice(), [10, 20, 30, 40].as_slice()));
        let mut nothing = Alike::<u8>::default();
        nothing.extend([]);
        assert_eq!(nothing, Alike::default());
    }
}
