//! The waterfall as text: a tree with bars on one time axis, durations, kinds and errors.
//!
//! Pure, but for [`width`]: takes a trace and a width, returns text with colours. The caller strips the colours if the output is no
//! terminal.
//!
//! [`trace_text`] has the rows and the sentences below them; [`bar`] the bars on the time axis.

mod bar;

use std::fmt::Write as _;

use anstyle::Style;
use trace_text::text::{self, pad, truncate};
use trace_text::{Row, RowError, View, duration};

use crate::colors;
use bar::Axis;

/// Width for files and pipes.
pub(crate) const DEFAULT_WIDTH: usize = 100;
/// Narrowest drawing that is readable. In a narrower terminal the lines wrap.
const MIN_WIDTH: usize = 50;
const MAX_SERVICE_WIDTH: usize = 16;
const KIND_WIDTH: usize = 8;
const DURATION_WIDTH: usize = 9;
const MIN_BAR_WIDTH: usize = 16;
const MIN_NAME_WIDTH: usize = 14;
/// Columns of indentation for each level.
const INDENT: usize = 3;

/// Width of the terminal, or [`DEFAULT_WIDTH`] for a file or a pipe.
pub(crate) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0).unwrap_or(DEFAULT_WIDTH)
}

/// Draws a trace for a terminal of `width` columns.
pub(crate) fn draw(view: &View, width: usize) -> String {
    let columns = Columns::of(view, width.max(MIN_WIDTH));
    let axis = Axis { columns: columns.bar, duration: view.duration };
    let mut out = String::new();
    let dim = colors::dim();
    let before = columns.service + 1 + columns.label + 1 + columns.kind + DURATION_WIDTH + 1;
    let _ = writeln!(out, "{dim}{}{}{dim:#}", " ".repeat(before), axis.ticks());
    let guides = guides(&view.rows, columns.max_depth);
    for (row, guide) in view.rows.iter().zip(&guides) {
        write_row(&mut out, row, guide, &columns, &axis);
    }
    for finding in &view.findings {
        let style = if finding.is_failure { colors::error() } else { dim };
        for line in text::wrap(&finding.bounded(), width.max(MIN_WIDTH)) {
            let _ = writeln!(out, "{style}{line}{style:#}");
        }
    }
    out
}

fn write_row(out: &mut String, row: &Row, guide: &str, columns: &Columns, axis: &Axis) {
    let (color, dim) = (colors::service(&row.service), colors::dim());
    let accent = match row.error {
        error if error.has_reached_root() => colors::error(),
        RowError::None if !row.placeholder => color,
        _ => dim,
    };
    let service = pad(&truncate(&row.service, columns.service), columns.service);
    let suffix = row.suffix();
    let guide = truncate(guide, columns.label.saturating_sub(1));
    let room = columns.label.saturating_sub(text::width(&guide));
    // The name keeps half of the room.
    let suffix = truncate(&suffix, room.saturating_sub(text::width(&row.name)).max(room / 2));
    let name = room.saturating_sub(text::width(&suffix));
    let name = truncate(&row.name, name);
    let filled = text::width(&guide) + text::width(&name) + text::width(&suffix);
    let gap = " ".repeat(columns.label.saturating_sub(filled));
    let name_style = if row.error == RowError::None && !row.placeholder { Style::new() } else { accent };
    let _ = write!(
        out,
        "{color}{service}{color:#} {dim}{guide}{dim:#}{name_style}{name}{suffix}{name_style:#}{gap} "
    );
    if columns.kind > 0 {
        let _ = write!(out, "{dim}{}{dim:#}", pad(&truncate(row.kind, columns.kind - 1), columns.kind));
    }
    let _ = write!(out, "{:>DURATION_WIDTH$} ", duration(row.duration));
    let _ = writeln!(out, "{accent}{}{accent:#}", axis.bar(row.start, row.duration).trim_end());
}

/// Widths of the columns. Spare width goes to the bars once the names fit. In a narrow terminal names are truncated
/// first, then the kind column is dropped.
struct Columns {
    service: usize,
    label: usize,
    kind: usize,
    bar: usize,
    /// Deepest indentation: unbounded if all names fit, else such that the start of each name stays visible.
    max_depth: usize,
}

impl Columns {
    fn of(view: &View, width: usize) -> Self {
        let widest = |of: &dyn Fn(&Row) -> usize| view.rows.iter().map(of).max().unwrap_or_default();
        let service = widest(&|row| text::width(&row.service)).clamp(1, MAX_SERVICE_WIDTH);
        let full_width =
            widest(&|row| INDENT * row.depth + text::width(&row.name) + text::width(&row.suffix()));
        let kind = if width < 80 { 0 } else { KIND_WIDTH + 1 };
        let fixed = service + 1 + 1 + kind + DURATION_WIDTH + 1;
        let room = width.saturating_sub(fixed);
        let label = full_width.min(room.saturating_sub(MIN_BAR_WIDTH).max(MIN_BAR_WIDTH)).min(room * 2 / 3);
        let max_depth =
            if label == full_width { usize::MAX } else { label.saturating_sub(MIN_NAME_WIDTH) / INDENT };
        Self { service, label, kind, bar: room.saturating_sub(label), max_depth }
    }
}

/// The box characters before each name. Rows are in preorder, so one pass from the end knows which siblings follow.
/// Rows deeper than `max_depth` are not indented further and show their depth as a number.
fn guides(rows: &[Row], max_depth: usize) -> Vec<String> {
    let mut guides = vec![String::new(); rows.len()];
    // By depth: whether another row of this depth follows before the subtree ends.
    let mut follows: Vec<bool> = Vec::new();
    for (row, guide) in rows.iter().zip(&mut guides).rev() {
        follows.resize(row.depth + 1, false);
        if row.depth > max_depth {
            *guide = format!("{}({}) ", " ".repeat(max_depth), row.depth);
        } else if row.depth > 0 {
            for &more in follows.iter().take(row.depth).skip(1) {
                guide.push_str(if more { "│  " } else { "   " });
            }
            guide.push_str(if follows.last() == Some(&true) { "├─ " } else { "└─ " });
        }
        if let Some(follows) = follows.last_mut() {
            *follows = true;
        }
    }
    guides
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
