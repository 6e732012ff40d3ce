//! What rules group and compare spans by: routes, addresses, and paths without ids.
//!
//! Each text is kept once, so that spans are compared by numbers and nothing is copied for a group.

use std::{fmt::Write, num::NonZeroU32, sync::Arc};

use trace_model::{Span, SpanKind};

use crate::hash::HashMap;

use super::{
    Trace,
    address::{Address, write_template},
    facts::Facts,
};

/// A text of [`Texts`]: equal labels are equal texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label(NonZeroU32);

/// The labels of one span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labels {
    /// What a request is for: the route, else the name without its method, else the path without ids.
    pub(super) route: Label,
    /// The address that a client asks, as `host:port`.
    pub(crate) asked: Option<Label>,
    /// The address that a server was asked for, as `host:port`.
    pub(crate) own: Option<Label>,
    /// The path, with `{}` for each segment that is an id.
    pub(crate) path: Option<Label>,
}

/// All texts, each once, in the order in which spans have them.
#[derive(Debug, Default)]
pub(crate) struct Texts(Vec<Arc<str>>);

impl Texts {
    pub(crate) fn get(&self, label: Label) -> &str {
        // The label was made with its text.
        self.0.get(label.0.get() as usize - 1).map_or("", |text| text)
    }
}

/// The labels of the spans of each trace, in the order of its rows.
pub(super) fn label(traces: &[Trace<'_>]) -> (Vec<Vec<Labels>>, Texts) {
    let mut labeller = Labeller::default();
    let of_trace = |trace| labeller.labels(trace);
    let labels = traces.iter().map(of_trace).collect();
    (labels, labeller.texts)
}

#[derive(Default)]
struct Labeller<'t> {
    texts: Texts,
    known: HashMap<Arc<str>, Label>,
    addresses: HashMap<Address<'t>, Label>,
    /// The last text that was put together.
    buffer: String,
}

impl<'t> Labeller<'t> {
    fn labels(&mut self, trace: &'t Trace<'_>) -> Vec<Labels> {
        let of_row = |(facts, (index, row)): (&'t Facts<'_>, (usize, &trace_model::analysis::rows::Row))| {
            let path = facts.path().map(|path| self.template(path));
            Labels {
                route: self.route(facts, trace.rows.span(index), path),
                asked: facts.asked().filter(|_| row.kind == SpanKind::Client).map(|it| self.address(it)),
                own: facts.own().filter(|_| row.kind == SpanKind::Server).map(|it| self.address(it)),
                path,
            }
        };
        trace.facts.iter().zip(trace.rows.iter()).map(of_row).collect()
    }

    fn route(&mut self, facts: &Facts<'_>, span: &Span<'_>, path: Option<Label>) -> Label {
        if !facts.route.is_empty() {
            return self.text(&facts.route);
        }
        let is_method = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase());
        match span.name.split_once(' ') {
            Some((method, rest)) if is_method(method) && rest.starts_with('/') => self.template(rest),
            _ => path.unwrap_or_else(|| self.text(&span.name)),
        }
    }

    fn template(&mut self, path: &str) -> Label {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        write_template(&mut buffer, path);
        let label = self.text(&buffer);
        self.buffer = buffer;
        label
    }

    fn address(&mut self, address: Address<'t>) -> Label {
        if let Some(known) = self.addresses.get(&address) {
            return *known;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // Writing to a string does not fail.
        let _ = write!(buffer, "{address}");
        let label = self.text(&buffer);
        self.buffer = buffer;
        self.addresses.insert(address, label);
        label
    }

    fn text(&mut self, text: &str) -> Label {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let text: Arc<str> = text.into();
        self.texts.0.push(Arc::clone(&text));
        let number = u32::try_from(self.texts.0.len()).ok().and_then(NonZeroU32::new);
        let label = Label(number.unwrap_or(NonZeroU32::MAX));
        self.known.insert(text, label);
        label
    }
}
