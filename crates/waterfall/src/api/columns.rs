//! Columns of a response with many rows: of what few rows have, only the rows that have it are sent.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;

/// The values of some rows, in the order of the rows.
#[derive(Debug, Serialize)]
pub(super) struct Sparse<T> {
    row: Vec<usize>,
    value: Vec<T>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self { row: Vec::new(), value: Vec::new() }
    }
}

impl<T> Sparse<T> {
    /// Adds the value of a row, which is below all rows that have one so far.
    pub(super) fn push(&mut self, row: usize, value: Option<T>) {
        if let Some(value) = value {
            self.row.push(row);
            self.value.push(value);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.row.is_empty()
    }
}

impl<T: Default + PartialEq> Sparse<T> {
    /// The same, unless the value is the usual one.
    pub(super) fn push_unusual(&mut self, row: usize, value: T) {
        self.push(row, Some(value).filter(|value| *value != T::default()));
    }
}

/// The rows of which something is true, in their order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Marks {
    row: Vec<usize>,
}

impl Marks {
    /// Marks a row, which is below all rows that are marked so far, if `is_marked`.
    pub(super) fn push(&mut self, row: usize, is_marked: bool) {
        if is_marked {
            self.row.push(row);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.row.is_empty()
    }
}

/// Texts that many rows share, in the order of their first row.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    pub(super) list: Vec<Cow<'a, str>>,
    indexes: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Texts<'a> {
    pub(super) fn index_of(&mut self, text: Cow<'a, str>) -> usize {
        if let Some(index) = self.indexes.get(&text) {
            return *index;
        }
        let index = self.list.len();
        self.list.push(text.clone());
        self.indexes.insert(text, index);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unusual_is_kept() {
        let mut numbers = Sparse::default();
        for (row, number) in [0, 7, 0, 9].into_iter().enumerate() {
            numbers.push_unusual(row, number);
        }
        assert_eq!(serde_json::to_string(&numbers).unwrap(), r#"{"row":[1,3],"value":[7,9]}"#);
    }

    #[test]
    fn a_text_is_listed_once() {
        let mut texts = Texts::default();
        let indexes = ["b", "a", "b"].map(|text| texts.index_of(Cow::Borrowed(text)));
        assert_eq!((indexes, texts.list), ([0, 1, 0], vec![Cow::Borrowed("b"), Cow::Borrowed("a")]));
    }
}
