//! The waterfall as text: a tree, bars on a common axis, durations, kinds, errors. Pure: a trace and a width in, text
//! with colours out; whoever prints it takes the colours out where nobody sees them.
//!
//! - [`view`]: what is drawn, and how it comes from OTLP
//! - [`bar`]: one bar on the axis
//! - [`text`]: text of strangers, made harmless and cut to a width

mod bar;
mod text;
mod view;

use std::fmt::Write as _;

use anstyle::Style;

use crate::palette;
use bar::Axis;
use text::{fit, pad};

pub(crate) use view::{Line, View};

/// Wide enough for everything, for whoever has no terminal.
pub(crate) const WIDTH_ELSEWHERE: usize = 100;
/// Narrower than this, nothing can be read: lines break instead.
const NARROWEST: usize = 50;
const SERVICE: usize = 16;
const KIND: usize = 8;
const DURATION: usize = 9;
const BAR_AT_LEAST: usize = 16;
const NAME_AT_LEAST: usize = 14;
/// Columns that each level is indented.
const GUIDE: usize = 3;

/// Draws a trace for a terminal of `width` columns.
pub(crate) fn draw(view: &View, width: usize) -> String {
    let columns = Columns::of(view, width.max(NARROWEST));
    let axis = Axis { columns: columns.bar, duration: view.duration };
    let mut out = String::new();
    let aside = palette::aside();
    let before = columns.service + 1 + columns.label + 1 + columns.kind + DURATION + 1;
    let _ = writeln!(out, "{aside}{}{}{aside:#}", " ".repeat(before), axis.ticks());
    let guides = guides(&view.lines, columns.deepest);
    for (line, guide) in view.lines.iter().zip(&guides) {
        write_line(&mut out, line, guide, &columns, &axis);
    }
    out
}

fn write_line(out: &mut String, line: &Line, guide: &str, columns: &Columns, axis: &Axis) {
    let (color, aside) = (palette::of(&line.service), palette::aside());
    let accent = if line.error { palette::error() } else { color };
    let service = pad(&fit(&line.service, columns.service), columns.service);
    let mark = mark(line);
    let guide = fit(guide, columns.label.saturating_sub(1));
    let name = columns.label.saturating_sub(text::width(&guide) + text::width(&mark));
    let name = fit(&line.name, name);
    let filled = text::width(&guide) + text::width(&name) + text::width(&mark);
    let gap = " ".repeat(columns.label.saturating_sub(filled));
    let name_style = if line.error { accent } else { Style::new() };
    let _ = write!(
        out,
        "{color}{service}{color:#} {aside}{guide}{aside:#}{name_style}{name}{mark}{name_style:#}{gap} "
    );
    if columns.kind > 0 {
        let _ = write!(out, "{aside}{}{aside:#}", pad(&fit(line.kind, columns.kind - 1), columns.kind));
    }
    let _ = write!(out, "{:>DURATION$} ", duration(line.duration));
    let _ = writeln!(out, "{accent}{}{accent:#}", axis.bar(line.start, line.duration).trim_end());
}

/// What stands behind the name: whether it failed, and how it was answered.
fn mark(line: &Line) -> String {
    match (&line.note, line.error) {
        (Some(note), true) => format!(" ✗ {note}"),
        (Some(note), false) => format!(" {note}"),
        (None, true) => " ✗".to_owned(),
        (None, false) => String::new(),
    }
}

/// Widths of the columns. What there is goes to the bars, once the names fit; what is missing is taken from the names,
/// then from the kinds.
struct Columns {
    service: usize,
    label: usize,
    kind: usize,
    bar: usize,
    /// How deep lines are indented: without bound where all names fit, else so that something of each is seen.
    deepest: usize,
}

impl Columns {
    fn of(view: &View, width: usize) -> Self {
        let widest = |of: &dyn Fn(&Line) -> usize| view.lines.iter().map(of).max().unwrap_or_default();
        let service = widest(&|line| text::width(&line.service)).clamp(1, SERVICE);
        let wanted = widest(&|line| GUIDE * line.depth + text::width(&line.name) + text::width(&mark(line)));
        let kind = if width < 80 { 0 } else { KIND + 1 };
        let fixed = service + 1 + 1 + kind + DURATION + 1;
        let room = width.saturating_sub(fixed);
        let label = wanted.min(room.saturating_sub(BAR_AT_LEAST).max(BAR_AT_LEAST)).min(room * 2 / 3);
        let deepest = if label == wanted { usize::MAX } else { label.saturating_sub(NAME_AT_LEAST) / GUIDE };
        Self { service, label, kind, bar: room.saturating_sub(label), deepest }
    }
}

/// The box characters before each name. Lines are in preorder, so one walk from the end knows which siblings follow.
/// Deeper than `most`, lines stay where they are and say how deep they are.
fn guides(lines: &[Line], most: usize) -> Vec<String> {
    let mut guides = vec![String::new(); lines.len()];
    // Whether, further down, there is a line of this depth before the subtree ends.
    let mut follows: Vec<bool> = Vec::new();
    for (line, guide) in lines.iter().zip(&mut guides).rev() {
        follows.resize(line.depth + 1, false);
        if line.depth > most {
            *guide = format!("{}({}) ", " ".repeat(most), line.depth);
        } else if line.depth > 0 {
            for &more in follows.iter().take(line.depth).skip(1) {
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

/// A duration in three digits.
pub(crate) fn duration(nanoseconds: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let exact = nanoseconds as f64;
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds} ns"),
        1_000..999_500 => (exact / 1e3, "µs"),
        999_500..999_500_000 => (exact / 1e6, "ms"),
        _ => (exact / 1e9, "s"),
    };
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests;
