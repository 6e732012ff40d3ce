//! The rows of a trace in a bounded number of lines.
//!
//! ```text
//! gateway [server] GET /api/activities/home 200 · 10.0 ms from 0 ns · 00f067aa0ba902b7
//!   gateway [client] GET · 5.00 ms from 4.00 ms · 53995c3f42cd8ad8
//!     users [server] GET /users ✗ root cause 500 · 3.00 ms from 5.00 ms · b7ad6b7169203331
//!   … 3 rows left out
//! ```

use std::fmt::Write as _;

use crate::text::truncate;
use crate::{Row, RowError, duration};

/// Columns of a service's name, and of a span's.
const MAX_SERVICE_WIDTH: usize = 40;
const MAX_NAME_WIDTH: usize = 100;
/// Levels that are indented. Deeper rows show their depth as a number.
const MAX_INDENTED: usize = 30;

/// Part of a trace as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// One row a line.
    pub text: String,
    pub shown: usize,
    pub of: usize,
}

/// The outline of a trace in at most `max_rows` rows: those with errors, then the longest, each with all rows above it.
pub fn outline(rows: &[Row], max_rows: usize) -> Outline {
    let is_shown = select(rows, max_rows);
    let mut text = String::new();
    let mut left_out = 0;
    for (row, is_shown) in rows.iter().zip(&is_shown) {
        if *is_shown {
            write_gap(&mut text, &mut left_out);
            write_row(&mut text, row);
        } else {
            left_out += 1;
        }
    }
    write_gap(&mut text, &mut left_out);
    let shown = is_shown.iter().filter(|is_shown| **is_shown).count();
    Outline { text, shown, of: rows.len() }
}

/// Which rows are shown.
fn select(rows: &[Row], max: usize) -> Vec<bool> {
    if rows.len() <= max {
        return vec![true; rows.len()];
    }
    let parents = parents(rows);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(weight(&rows[index])));
    let mut is_shown = vec![false; rows.len()];
    let mut left = max;
    for index in order {
        let above = std::iter::successors(Some(index), |&at| parents[at]);
        let missing: Vec<usize> = above.take_while(|&at| !is_shown[at]).take(left + 1).collect();
        // A row without those above it would hang below another one.
        if missing.len() <= left {
            left -= missing.len();
            for at in missing {
                is_shown[at] = true;
            }
        }
        if left == 0 {
            break;
        }
    }
    is_shown
}

fn weight(row: &Row) -> (u8, u64) {
    let error = match row.error {
        RowError::RootCause => 3,
        RowError::Reached => 2,
        RowError::Handled | RowError::Background => 1,
        RowError::None => 0,
    };
    (error, row.duration)
}

/// The row above each row, by depth. The rows are in preorder.
pub(crate) fn parents(rows: &[Row]) -> Vec<Option<usize>> {
    let mut path: Vec<usize> = Vec::new();
    let mut parent = |(index, row): (usize, &Row)| {
        path.truncate(row.depth);
        let parent = path.last().copied();
        path.push(index);
        parent
    };
    rows.iter().enumerate().map(&mut parent).collect()
}

fn write_gap(text: &mut String, left_out: &mut usize) {
    match std::mem::take(left_out) {
        0 => {}
        1 => text.push_str("… 1 row left out\n"),
        rows => {
            let _ = writeln!(text, "… {rows} rows left out");
        }
    }
}

fn write_row(text: &mut String, row: &Row) {
    text.push_str(&"  ".repeat(row.depth.min(MAX_INDENTED)));
    if row.depth > MAX_INDENTED {
        let _ = write!(text, "({}) ", row.depth);
    }
    let _ = write!(text, "{}{}", title(row), row.suffix());
    let _ = write!(text, " · {} from {}", duration(row.duration), duration(row.start));
    match row.id.filter(|_| !row.placeholder) {
        Some(id) => {
            let _ = writeln!(text, " · {id}");
        }
        None => text.push('\n'),
    }
}

/// `users [server] GET /users`, within a width.
pub(crate) fn title(row: &Row) -> String {
    let name = truncate(&row.name, MAX_NAME_WIDTH);
    if row.placeholder {
        return name;
    }
    format!("{} [{}] {name}", truncate(&row.service, MAX_SERVICE_WIDTH), row.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(depth: usize, name: &str, duration: u64) -> Row {
        Row {
            depth,
            name: name.to_owned(),
            service: "shop".to_owned(),
            kind: "server",
            duration: duration * 1_000_000,
            ..Row::default()
        }
    }

    fn lines(rows: &[Row], max: usize) -> Vec<String> {
        let outline = outline(rows, max);
        outline.text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn rows_are_indented_by_depth_and_have_their_times() {
        let failed = Row { error: RowError::RootCause, note: Some("500".to_owned()), ..row(1, "b", 2) };
        assert_eq!(
            lines(&[row(0, "a", 10), failed], 10),
            ["shop [server] a · 10.0 ms from 0 ns", "  shop [server] b ✗ root cause 500 · 2.00 ms from 0 ns"]
        );
    }

    #[test]
    fn errors_and_long_rows_are_kept_with_the_rows_above_them() {
        let failed = Row { error: RowError::Handled, ..row(2, "failed", 1) };
        let rows =
            vec![row(0, "root", 90), row(1, "short", 2), failed, row(1, "long", 50), row(2, "leaf", 1)];
        let shown = lines(&rows, 4);
        let names: Vec<&str> = shown.iter().map(|line| line.split(" · ").next().unwrap().trim()).collect();
        assert_eq!(
            names,
            [
                "shop [server] root",
                "shop [server] short",
                "shop [server] failed handled",
                "shop [server] long",
                "… 1 row left out"
            ]
        );
    }

    #[test]
    fn the_number_of_rows_and_their_width_are_bounded() {
        let rows: Vec<Row> = (0..5_000).map(|depth| row(depth, &"x".repeat(10_000), 1)).collect();
        let shown = lines(&rows, 50);
        assert_eq!(shown.len(), 51);
        assert!(shown.iter().all(|line| line.chars().count() < 260), "{shown:?}");
        assert_eq!(shown[50], "… 4950 rows left out");
    }
}
