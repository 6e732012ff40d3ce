//! Records spans and events. Both shells call it: the subscriber of [`init`](crate::init) and the layer.
//!
//! A shell stores the open spans and gives them ids; what happens to a span is decided here.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt};
use tracing::Event;
use tracing::span::{Attributes, Id, Record};

use super::active_span::OwnDispatch;
use super::event::RecordedEvent;
use super::fields::SpanFields;
use super::open_span::{ClosedSpan, OpenSpan};
use super::open_spans::{Entry, OpenSpans};
#[cfg(feature = "rollbar")]
use super::report::ErrorReports;
use super::span_pool;
use super::span_stack::{self, Owner};
use super::span_starter::{Mode, PreparedSpan, SpanStarter};
use crate::filter::Filter;
use crate::log_lines::LogLines;
use crate::log_records;
use crate::otlp;
#[cfg(feature = "rollbar")]
use crate::rollbar::Reporter;
use crate::signals::logs::EventLogger;

/// The target of the event that tracing-actix-web emits for an error, if its feature `emit_event_on_error` is on. In a server
/// span of this crate, the error has been logged already.
const REPEATED_BY: &str = "tracing_actix_web::middleware";

/// Records spans and pushes them to the export queue when they close; passes events on to spans, log lines,
/// the logs, and Rollbar.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(super) starter: SpanStarter,
    pub(super) filter: Filter,
    lines: LogLines,
    /// The logs pipeline, if logs are exported.
    logger: Option<EventLogger>,
    /// Reports errors to Rollbar, or why they are not reported.
    #[cfg(feature = "rollbar")]
    pub(super) error_reports: Result<ErrorReports, String>,
    pub(super) owner: Owner,
    /// The subscriber that the recorder is part of.
    pub(super) dispatch: OwnDispatch,
}

impl Recorder {
    pub(crate) fn new(
        starter: SpanStarter,
        filter: Filter,
        lines: LogLines,
        logger: Option<EventLogger>,
    ) -> Self {
        Self {
            starter,
            filter,
            lines,
            logger,
            #[cfg(feature = "rollbar")]
            error_reports: Err(String::new()),
            owner: Owner::new(),
            dispatch: OwnDispatch::default(),
        }
    }

    /// Reports errors from now on, if there is a reporter; otherwise the text says why there is none.
    #[cfg(feature = "rollbar")]
    pub(crate) fn report_errors_to(&mut self, reporter: Result<Reporter, String>) {
        self.error_reports = reporter.map(|reporter| ErrorReports::new(reporter, self.owner));
    }

    /// Decides ids and sampling of a span of the application, with its fields as attributes.
    pub(super) fn prepare_from_fields(
        &self,
        attributes: &Attributes<'_>,
        spans: &impl OpenSpans,
    ) -> PreparedSpan {
        let mut prepared = self.starter.prepare(parent(attributes, spans));
        if let Some(data) = prepared.data() {
            let mut fields = SpanFields::new(&mut data.attributes);
            attributes.record(&mut fields);
            let SpanFields { name, kind, status, .. } = fields;
            data.set_name(&[name.as_deref().unwrap_or(attributes.metadata().name())]);
            data.kind = kind.unwrap_or(SpanKind::Internal);
            data.status = status.unwrap_or_default();
        }
        prepared
    }

    /// Replaces the state of a span that has no children yet by `prepared`, below another parent. It keeps what was recorded.
    ///
    /// A span that was non-recording and is now sampled has lost its attributes. It gets `name`, because its children
    /// refer to it. Returns the state that was replaced.
    pub(super) fn reparent(
        &self,
        id: &Id,
        open_span: &mut OpenSpan,
        prepared: &mut PreparedSpan,
        name: &'static str,
    ) -> OpenSpan {
        prepared.keep_end(open_span.ends);
        prepared.take_over(open_span.data.take(), name);
        std::mem::replace(open_span, prepared.open(id, &self.dispatch))
    }

    /// Sets attributes of an open span.
    pub(super) fn record(&self, id: &Id, values: &Record<'_>, spans: &impl OpenSpans) {
        let limits = self.starter.limits;
        let mut attributes = otlp::Attributes::new(limits.attributes, limits.value_length);
        let mut fields = SpanFields::new(&mut attributes);
        // Before the lock: formatting the values runs code of the application.
        values.record(&mut fields);
        let SpanFields { name, kind, status, .. } = fields;
        spans.with_data(id, |data| {
            data.attributes.merge(&attributes);
            if let Some(name) = name {
                data.rename(&name);
            }
            if let Some(kind) = kind {
                data.kind = kind;
            }
            if let Some(status) = status {
                data.set_status(status);
            }
        });
    }

    /// Links a span to another one.
    pub(super) fn link(id: &Id, followed: &Id, spans: &impl OpenSpans) {
        let followed = spans.with_open_span(followed, |span| span.context.span().span_context().clone());
        if let Some(followed) = followed {
            spans.with_data(id, |data| data.add_link(followed));
        }
    }

    /// Adds an event to its span and passes it on to the logs, if it is traced; prints it, if it is printed.
    pub(super) fn event(&self, event: &Event<'_>, spans: &impl OpenSpans) {
        let of_record = log_records::metadata_of(event);
        let metadata = of_record.as_ref().unwrap_or_else(|| event.metadata());
        if metadata.target() == REPEATED_BY && self.is_in_server_span() {
            return;
        }
        let traced = self.filter.traced.traces(metadata);
        let parent = if event.is_contextual() {
            span_stack::innermost(self.owner).map(|(id, _)| id)
        } else {
            event.parent().cloned()
        };
        let recording_and_ids =
            |span: &mut OpenSpan| (span.data.is_some(), span.context.span().span_context().clone());
        let found = parent.as_ref().and_then(|id| spans.with_open_span(id, recording_and_ids));
        if let (Some(id), Some((true, _)), true) = (&parent, &found, traced) {
            // Before the lock: formatting the event runs code of the application.
            let recorded = RecordedEvent::read(event, of_record.as_ref());
            spans.with_open_span(id, |span| recorded.add_to(span));
        }
        let ids = found.map(|(_, ids)| ids).filter(SpanContext::is_valid);
        if self.filter.prints(metadata) {
            self.lines.print(event, metadata, ids.as_ref());
        }
        if let Some(logger) = &self.logger
            && traced
            && span_stack::is_usable()
        {
            logger.emit(event, of_record.as_ref(), ids.as_ref());
        }
        #[cfg(feature = "rollbar")]
        if let Ok(reports) = &self.error_reports
            && traced
            && ErrorReports::concern(metadata)
        {
            reports.report(event, metadata, parent.as_ref(), ids.as_ref(), spans);
        }
    }

    /// Whether the innermost span is a server span of this crate.
    fn is_in_server_span(&self) -> bool {
        span_stack::innermost(self.owner)
            .is_some_and(|(_, metadata)| metadata.target() == "telemetry::server")
    }

    /// Makes a span the current one of this thread.
    #[inline]
    pub(super) fn enter(&self, id: &Id, spans: &impl OpenSpans) {
        let entrance =
            |Entry { span, metadata }: &mut Entry| (*metadata, span.ends_on_exit(), span.context.clone());
        span_stack::enter(self.owner, id, || spans.with_entry(id, entrance));
    }

    /// Makes the span around it the current one again.
    #[inline]
    pub(super) fn exit(&self, id: &Id, spans: &impl OpenSpans) {
        if span_stack::exit(self.owner, id) {
            spans.with_open_span(id, OpenSpan::update_end);
        }
    }

    /// Exports a span that has closed.
    #[inline]
    pub(super) fn close(&self, mut span: ClosedSpan) {
        #[cfg(feature = "rollbar")]
        if let Ok(reports) = &self.error_reports {
            reports.report_pending(&mut span);
        }
        if let Mode::Record(queue) = &self.starter.mode {
            let data = &mut span.data;
            if data.end == data.start {
                // The span was never entered, and not ended explicitly.
                data.end = SystemTime::now().max(data.start);
            }
            queue.push(data);
            span_pool::put(span.data);
        }
    }
}

/// The context of the parent that `tracing` names.
fn parent(attributes: &Attributes<'_>, spans: &impl OpenSpans) -> Context {
    if attributes.is_contextual() {
        return span_stack::current_context();
    }
    attributes.parent().and_then(|id| spans.context_of(id)).unwrap_or_default()
}
