//! Reads the values of a JSON list one by one, so that no list of them is made.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, SeqAccess, Visitor};
use serde_json::{Deserializer, Error, value::RawValue};

/// Calls `each` with the values of a list that may be missing, until one fails. `null` has none.
pub(super) fn each_value<'a>(
    list: Option<&'a RawValue>,
    each: impl FnMut(&'a str) -> Result<(), Error>,
) -> Result<(), Error> {
    list.map_or(Ok(()), |list| each_value_of(list.get(), each))
}

/// [`each_value`] of the text of a list.
pub(super) fn each_value_of<'a>(
    list: &'a str,
    each: impl FnMut(&'a str) -> Result<(), Error>,
) -> Result<(), Error> {
    Deserializer::from_str(list).deserialize_any(List(each))
}

struct List<F>(F);

impl<'a, F: FnMut(&'a str) -> Result<(), Error>> Visitor<'a> for List<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<&'a RawValue>()? {
            (self.0)(value.get()).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
