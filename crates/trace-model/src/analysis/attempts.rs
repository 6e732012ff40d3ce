//! Attempts: the same call made again, one after the other, after it failed.
//!
//! Attempts are calls of one parent with the same name and target, of which all but the last failed. Several SERVER spans
//! below one CLIENT span are attempts too: the client, a mesh or a proxy tried again. Where two of them ran at once they
//! are none: the calls of a fan-out fail side by side. Nor are they when the last one was well, and the parent failed
//! although nothing else below it did: a loop calls the same for each of several items, and spans seldom name the item.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use crate::{Span, SpanKind, Value};

use super::rows::{Row, Rows};

/// Attributes that say what was called, in the conventions of today and of before.
const TARGET: [&str; 12] = [
    "url.full",
    "http.url",
    "server.address",
    "server.port",
    "net.peer.name",
    "net.peer.port",
    "service.peer.name",
    "peer.service",
    "messaging.destination.name",
    "rpc.method",
    "db.query.text",
    "db.statement",
];

/// An attribute of a request that is sent again.
const RESEND_COUNT: &str = "http.request.resend_count";

/// The series of attempts of a trace, each of two rows or more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Each in the order of time; those of one parent follow each other.
    series: Vec<Vec<usize>>,
    /// By row: the index of its series.
    series_of: HashMap<usize, usize>,
}

impl Attempts {
    pub fn new(rows: &Rows<'_>) -> Self {
        let mut attempts = Self::default();
        for (parent, _) in rows.iter() {
            attempts.add_children(rows, parent);
        }
        attempts
    }

    fn add_children(&mut self, rows: &Rows<'_>, parent: usize) {
        let is_attempt = |&row: &usize| match rows[row].kind {
            SpanKind::Client | SpanKind::Producer => true,
            SpanKind::Server => rows[parent].kind == SpanKind::Client,
            _ => false,
        };
        let mut calls: HashMap<Call<'_>, Calls> = HashMap::new();
        for row in rows.children(parent).filter(is_attempt) {
            // A call that is well needs a look only where one like it may have failed before.
            if rows[row].has_failed || !calls.is_empty() {
                calls.entry(Call::new(rows, row)).or_default().add(rows, row);
            }
        }
        let mut series: Vec<Vec<usize>> = calls.into_values().flat_map(Calls::into_series).collect();
        if rows[parent].has_failed && !series.is_empty() {
            remove_loops(rows, parent, &mut series);
        }
        series.sort_unstable();
        for rows in series {
            self.series_of.extend(rows.iter().map(|&row| (row, self.series.len())));
            self.series.push(rows);
        }
    }

    /// All series.
    pub fn series(&self) -> &[Vec<usize>] {
        &self.series
    }

    /// The attempts of which a row is one, itself included; none, where the call was made once.
    pub fn of(&self, row: usize) -> &[usize] {
        self.series_of.get(&row).and_then(|&index| self.series.get(index)).map_or(&[], Vec::as_slice)
    }

    /// Whether both rows are attempts of one call.
    pub(super) fn are_of_one_call(&self, one: usize, other: usize) -> bool {
        let series = self.series_of.get(&one);
        series.is_some() && series == self.series_of.get(&other)
    }

    /// Whether a later attempt of the same call was well.
    pub(super) fn succeeded_later(&self, rows: &Rows<'_>, row: usize) -> bool {
        self.of(row).last().is_some_and(|&last| last != row && !rows[last].has_failed)
    }
}

/// Removes what does not explain that the parent failed, if nothing else does.
fn remove_loops(rows: &Rows<'_>, parent: usize, series: &mut Vec<Vec<usize>>) {
    let ended_well = |series: &[usize]| series.last().is_some_and(|&last| !rows[last].has_failed);
    let failed_before = |series: &Vec<usize>| series.iter().filter(|&&row| rows[row].has_failed).count();
    let made_good: usize = series.iter().filter(|it| ended_well(it)).map(failed_before).sum();
    let failed = rows.children(parent).filter(|&row| rows[row].has_failed).count();
    if failed == made_good {
        series.retain(|it| !ended_well(it) || it.iter().any(|&row| is_resent(rows.span(row))));
    }
}

fn is_resent(span: &Span<'_>) -> bool {
    span.attributes().any(|attribute| attribute.key == RESEND_COUNT)
}

/// What makes two siblings the same call.
#[derive(PartialEq, Eq, Hash)]
struct Call<'a> {
    kind: SpanKind,
    process: usize,
    name: Cow<'a, str>,
    target: BTreeMap<Cow<'a, str>, String>,
}

impl<'a> Call<'a> {
    fn new(rows: &Rows<'a>, row: usize) -> Self {
        let Row { kind, process, .. } = rows[row];
        let span = rows.span(row);
        Self { kind, process, name: span.name.clone(), target: target(span) }
    }
}

fn target<'a>(span: &Span<'a>) -> BTreeMap<Cow<'a, str>, String> {
    let known = span.attributes().filter(|attribute| TARGET.contains(&attribute.key.as_ref()));
    known
        .filter_map(|attribute| match attribute.value {
            Value::String(text) => Some((attribute.key, text.into_owned())),
            Value::Int(number) => Some((attribute.key, number.to_string())),
            _ => None,
        })
        .collect()
}

/// The calls of one parent that are the same.
#[derive(Default)]
struct Calls {
    series: Vec<Vec<usize>>,
    /// The last one failed, and the next one tries again.
    is_open: bool,
    ended: Option<i64>,
    are_concurrent: bool,
}

impl Calls {
    fn add(&mut self, rows: &Rows<'_>, row: usize) {
        let Row { start, end, has_failed, .. } = rows[row];
        self.are_concurrent |= self.ended.is_some_and(|ended| start < ended);
        self.ended = self.ended.max(Some(end));
        match self.series.last_mut() {
            Some(series) if self.is_open => series.push(row),
            _ => self.series.push(vec![row]),
        }
        self.is_open = has_failed;
    }

    fn into_series(self) -> impl Iterator<Item = Vec<usize>> {
        self.series.into_iter().filter(move |series| series.len() > 1 && !self.are_concurrent)
    }
}
