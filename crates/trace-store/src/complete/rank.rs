//! Which options come first: those that begin as typed, then those of which a part does, then those that contain it; the
//! frequent before the rare.

use super::Choice;
use crate::query::contains;

/// The options that fit what was typed.
pub(super) struct Ranked<'p> {
    typed: &'p str,
    fitting: Vec<(Fit, u64, Choice)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Contains,
    PartBegins,
    Begins,
}

impl<'p> Ranked<'p> {
    pub(super) const fn new(typed: &'p str) -> Self {
        Self { typed, fitting: Vec::new() }
    }

    /// Takes an option whose `name` fits.
    pub(super) fn offer(&mut self, name: &str, frequency: u64, choice: impl FnOnce() -> Choice) {
        if let Some(fit) = fit(name, self.typed) {
            self.fitting.push((fit, frequency, choice()));
        }
    }

    pub(super) fn best(mut self, limit: usize) -> Vec<Choice> {
        self.fitting.sort_by(|a, b| (b.0, b.1, &a.2.label).cmp(&(a.0, a.1, &b.2.label)));
        self.fitting.into_iter().take(limit).map(|(_, _, choice)| choice).collect()
    }
}

fn fit(name: &str, typed: &str) -> Option<Fit> {
    let begins = |name: &str| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    if begins(name) {
        return Some(Fit::Begins);
    }
    if name.split(['.', '_', '/', ' ', '-']).any(begins) {
        return Some(Fit::PartBegins);
    }
    contains(name.as_bytes(), typed).then_some(Fit::Contains)
}
