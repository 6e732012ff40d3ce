//! The variable that a misspelt one was meant to be.
//!
//! The crate `process` compiles this file, too: neither of the two crates depends on the other.

/// Characters that are inserted, left out or replaced.
const MOST_EDITS: usize = 2;

/// A warning for each environment variable of this process that is not empty and whose name is almost a known one.
pub(crate) fn misspelt(known: &[String]) -> Vec<String> {
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    warnings(known, set.filter_map(|(name, _)| name.into_string().ok()))
}

/// A warning for each of these names that is almost a known one.
pub(crate) fn warnings(known: &[String], names: impl Iterator<Item = String>) -> Vec<String> {
    let warning = |name: String| {
        let meant = nearest(&name, known)?;
        Some(format!("{name} is not known: did you mean {meant}?"))
    };
    names.filter_map(warning).collect()
}

/// The known name that is nearest to `name`; `None` when `name` is known itself, or none is near.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let near = known.iter().filter(|known| {
        known.len().abs_diff(name.len()) <= MOST_EDITS && known.as_bytes().first() == name.as_bytes().first()
    });
    let distances = near.map(|known| (distance(name.as_bytes(), known.as_bytes()), known));
    let (edits, nearest) = distances.min_by_key(|(edits, _)| *edits)?;
    (1..=MOST_EDITS).contains(&edits).then_some(nearest.as_str())
}

/// The Levenshtein distance.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
