//! A colour for each service, the same in logs and in traces. Red is kept for errors.

use anstyle::{AnsiColor, Style};

use crate::part::Part;

const OTHERS: [AnsiColor; 4] =
    [AnsiColor::Blue, AnsiColor::BrightGreen, AnsiColor::BrightMagenta, AnsiColor::BrightCyan];

/// The colour of a service: of ours its own, of a stranger one that depends on its name alone.
pub(crate) fn service(service: &str) -> Style {
    let ours = Part::ALL.into_iter().find(|part| part.name() == service).map(Part::color);
    let color = ours.unwrap_or_else(|| {
        let sum = service.bytes().map(usize::from).sum::<usize>();
        OTHERS.get(sum % OTHERS.len()).copied().unwrap_or(AnsiColor::Blue)
    });
    Style::new().fg_color(Some(color.into()))
}

/// What went wrong.
pub(crate) fn error() -> Style {
    Style::new().fg_color(Some(AnsiColor::Red.into())).bold()
}

/// What need not be read first.
pub(crate) fn dim() -> Style {
    Style::new().dimmed()
}
