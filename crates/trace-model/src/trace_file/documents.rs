//! Splits a file into its documents: the objects at the top, and those in lists at the top.

use serde_json::{Deserializer, value::RawValue};

use super::{FileError, lists::each_value_of};

/// Lists around an object: Zipkin's API answers with lists of traces, each a list of spans.
const MAX_NESTING: usize = 2;

/// A JSON object of a file.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    file: &'a str,
}

impl Document<'_> {
    /// The line on which it begins, from 1 on.
    pub(super) fn line(&self) -> usize {
        let offset = self.text.as_ptr().addr().saturating_sub(self.file.as_ptr().addr());
        let before = self.file.as_bytes().get(..offset).unwrap_or_default();
        1 + memchr::memchr_iter(b'\n', before).count()
    }
}

/// Calls `each` with every document, in their order, until one fails.
pub(super) fn each<'a>(
    file: &'a str,
    mut each: impl FnMut(Document<'a>) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let each: &mut Each<'a, '_> = &mut |text| each(Document { text, file });
    for value in Deserializer::from_str(file).into_iter::<&RawValue>() {
        of_value(value.map_err(FileError::Json)?.get(), MAX_NESTING, each)?;
    }
    Ok(())
}

type Each<'a, 'e> = dyn FnMut(&'a str) -> Result<(), FileError> + 'e;

fn of_value<'a>(value: &'a str, nesting: usize, each: &mut Each<'a, '_>) -> Result<(), FileError> {
    match value.as_bytes().first() {
        Some(b'{') => each(value),
        Some(b'[') if nesting > 0 => {
            let mut outcome = Ok(());
            each_value_of(value, |value| {
                if outcome.is_ok() {
                    outcome = of_value(value, nesting - 1, each);
                }
                Ok(())
            })
            .map_err(FileError::Json)?;
            outcome
        }
        _ => Err(FileError::Unknown),
    }
}
