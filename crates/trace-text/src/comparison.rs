//! What differs between two traces of the same request, by call path.
//!
//! A call path is the services, kinds and names of the spans from the root down. Spans of one path are counted together, so a
//! loop that ran more often is one line.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::outline::{parents, title};
use crate::{View, duration};

/// The spans of one path in one trace.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    spans: usize,
    /// Self time: what the path itself added to the trace.
    time: u64,
    errors: usize,
}

#[derive(Debug)]
struct Path {
    title: String,
    /// Of the path above.
    caller: Option<String>,
    sides: [Side; 2],
}

impl Path {
    fn change(&self) -> u64 {
        self.sides[1].time.abs_diff(self.sides[0].time)
    }

    fn differs(&self) -> bool {
        let [first, second] = self.sides;
        (first.spans, first.errors, first.time) != (second.spans, second.errors, second.time)
    }
}

/// The paths that differ, most of the time first, in at most `max_lines` lines. Empty where none differs.
pub fn compare(first: &View, second: &View, max_lines: usize) -> String {
    let mut paths = paths([first, second]);
    paths.retain(Path::differs);
    paths.sort_by_key(|path| Reverse(path.change()));
    let mut text = String::new();
    for path in paths.iter().take(max_lines) {
        write_path(&mut text, path);
    }
    let more = paths.len().saturating_sub(max_lines);
    if more > 0 {
        let _ = writeln!(text, "… {more} more differences");
    }
    text
}

/// All paths of both traces.
fn paths(views: [&View; 2]) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    let mut ids: HashMap<(Option<usize>, String), usize> = HashMap::new();
    for (side, view) in views.into_iter().enumerate() {
        let mut path_of: Vec<usize> = Vec::with_capacity(view.rows.len());
        for (row, above) in view.rows.iter().zip(parents(&view.rows)) {
            let above = above.map(|above| path_of[above]);
            // The ids of missing parents differ between traces.
            let title = if row.placeholder { "missing parent".to_owned() } else { title(row) };
            let id = *ids.entry((above, title.clone())).or_insert_with(|| {
                let caller = above.map(|above| paths[above].title.clone());
                paths.push(Path { title, caller, sides: [Side::default(); 2] });
                paths.len() - 1
            });
            path_of.push(id);
            let counted = &mut paths[id].sides[side];
            counted.spans += 1;
            counted.time += row.self_time;
            counted.errors += usize::from(row.error != crate::RowError::None);
        }
    }
    paths
}

fn write_path(text: &mut String, path: &Path) {
    let [first, second] = path.sides;
    let _ = match (first.spans, second.spans) {
        (0, _) => write!(text, "only in the second: {}, {}", path.title, side(second)),
        (_, 0) => write!(text, "only in the first: {}, {}", path.title, side(first)),
        _ => write!(
            text,
            "{}{}: {}, {} → {}",
            if second.time < first.time { "-" } else { "+" },
            duration(path.change()),
            path.title,
            side(first),
            side(second)
        ),
    };
    match &path.caller {
        Some(caller) => {
            let _ = writeln!(text, " (below {caller})");
        }
        None => text.push('\n'),
    }
}

/// `3 spans of 2.00 ms self time, 1 error`
fn side(side: Side) -> String {
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let errors = if side.errors == 0 { String::new() } else { format!(", {}", plural(side.errors, "error")) };
    format!("{} of {} self time{errors}", plural(side.spans, "span"), duration(side.time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, RowError};

    fn row(depth: usize, name: &str, self_time: u64) -> Row {
        let kind = "server";
        let self_time = self_time * 1_000_000;
        Row { depth, name: name.to_owned(), service: "shop".to_owned(), kind, self_time, ..Row::default() }
    }

    fn view(rows: Vec<Row>) -> View {
        View::with_rows(rows)
    }

    #[test]
    fn paths_that_differ_are_listed_with_most_of_the_time_first() {
        let first = view(vec![row(0, "home", 5), row(1, "load", 2), row(1, "old", 1)]);
        let failed = Row { error: RowError::Reached, ..row(1, "load", 9) };
        let second = view(vec![row(0, "home", 5), failed, row(1, "load", 1), row(1, "new", 3)]);
        assert_eq!(
            compare(&first, &second, 10).lines().collect::<Vec<_>>(),
            [
                "+8.00 ms: shop [server] load, 1 span of 2.00 ms self time → 2 spans of 10.0 ms self time, 1 error \
                 (below shop [server] home)",
                "only in the second: shop [server] new, 1 span of 3.00 ms self time (below shop [server] home)",
                "only in the first: shop [server] old, 1 span of 1.00 ms self time (below shop [server] home)",
            ]
        );
    }

    #[test]
    fn the_same_name_below_another_caller_is_another_path() {
        let first = view(vec![row(0, "a", 1), row(1, "load", 2)]);
        let second = view(vec![row(0, "b", 1), row(1, "load", 2)]);
        assert_eq!(compare(&first, &second, 10).lines().count(), 4);
        assert_eq!(compare(&first, &first, 10), "");
    }

    #[test]
    fn the_number_of_lines_is_bounded() {
        let rows = (0..100).map(|index| row(0, &format!("call {index}"), index)).collect();
        let text = compare(&view(rows), &View::default(), 20);
        assert_eq!(text.lines().count(), 21);
        assert!(text.ends_with("… 80 more differences\n"), "{text}");
    }
}
