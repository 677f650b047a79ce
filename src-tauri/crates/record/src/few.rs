//! Lists that are nearly always empty, small while they are.

use std::ops::Deref;

/// A list as large as one pointer while it is empty, where a `Vec` takes three: a record holds tens of thousands of facts,
/// each with several lists that hardly any of them fills.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(clippy::box_collection)] // One pointer is the point.
pub(crate) struct Few<T>(Option<Box<Vec<T>>>);

impl<T> Few<T> {
    pub(crate) fn push(&mut self, item: T) {
        // Most of those that hold anything hold one or two.
        self.0
            .get_or_insert_with(|| Box::new(Vec::with_capacity(1)))
            .push(item);
    }

    pub(crate) fn each_mut(&mut self, see: impl FnMut(&mut T)) {
        self.0.iter_mut().flat_map(|items| items.iter_mut()).for_each(see);
    }

    /// Gives back the room that was made for more than there is.
    pub(crate) fn settle(&mut self) {
        if let Some(items) = &mut self.0 {
            items.shrink_to_fit();
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(items: Vec<T>) -> Self {
        // Nothing is one thing, however it came about: two lists are compared by what they hold.
        Self((!items.is_empty()).then(|| Box::new(items)))
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<'f, T> IntoIterator for &'f Few<T> {
    type Item = &'f T;
    type IntoIter = std::slice::Iter<'f, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn nothing_takes_a_pointer_and_equals_nothing() {
        assert_eq!(size_of::<Few<String>>(), size_of::<usize>());
        let mut few: Few<u8> = Vec::new().into();
        assert_eq!(few, Few::default());
        assert!(few.is_empty());
        few.extend([1, 2]);
        few.push(3);
        few.settle();
        assert_eq!(*few, [1, 2, 3]);
        assert_eq!(few, [1, 2, 3].into_iter().collect());
    }
}
