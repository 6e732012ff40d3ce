//! Colours of the services, the same in logs and in traces. Red is reserved for errors.

use anstyle::{AnsiColor, Style};

use crate::part::Part;

/// For services that are not part of Cruddur.
const OTHERS: [AnsiColor; 4] =
    [AnsiColor::Blue, AnsiColor::BrightGreen, AnsiColor::BrightMagenta, AnsiColor::BrightCyan];

/// The colour of a service. For a service that is not a part, it depends only on the name.
pub(crate) fn service(service: &str) -> Style {
    let part_color = Part::ALL.into_iter().find(|part| part.name() == service).map(Part::color);
    let color = part_color.unwrap_or_else(|| {
        let sum = service.bytes().map(usize::from).sum::<usize>();
        OTHERS.get(sum % OTHERS.len()).copied().unwrap_or(AnsiColor::Blue)
    });
    Style::new().fg_color(Some(color.into()))
}

/// Style of errors.
pub(crate) fn error() -> Style {
    Style::new().fg_color(Some(AnsiColor::Red.into())).bold()
}

/// Style of secondary text.
pub(crate) fn dim() -> Style {
    Style::new().dimmed()
}
