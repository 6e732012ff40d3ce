//! One trace of 100,000 spans: laying out its tree, and judging it.

use std::time::Duration;

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status},
};
use prost::Message;
use trace_model::{analysis::Analysis, otlp::read_traces, tree::layout_spans};

use crate::{measure::Budgets, spans::resource};

const SPANS: u64 = 100_000;
const SERVICES: u64 = 10;
const LAYOUT: Duration = Duration::from_millis(100);
const JUDGEMENT: Duration = Duration::from_millis(150);

/// From the number of a span to that of its parent; the root is number 1.
type Parent = fn(u64) -> u64;

pub(crate) fn measure(budgets: &mut Budgets) {
    let shapes: [(&str, Parent); 3] = [
        ("one parent with all others as children", |_| 1),
        ("a chain", |number| number - 1),
        ("two children each", |number| number / 2),
    ];
    for (shape, parent) in shapes {
        let body = request(parent);
        let mut spans = Vec::new();
        read_traces(&body, |_, origin, span| spans.push((*origin, span))).expect("a request");
        budgets.run(LAYOUT, &format!("tree of 100,000 spans, {shape}"), || layout_spans(&spans).rows.len());
        let tree = layout_spans(&spans);
        budgets.run(JUDGEMENT, &format!("judgement of 100,000 spans, {shape}"), || {
            std::hint::black_box(Analysis::new(&spans, &tree));
            spans.len()
        });
    }
}

/// One trace whose calls alternate between servers and clients, of which one in a hundred failed.
fn request(parent: Parent) -> Vec<u8> {
    let resource_spans = (0..SERVICES).map(|service| {
        let numbers = (1..=SPANS).filter(|number| number / 2 % SERVICES == service);
        let spans = numbers.map(|number| span(number, parent(number))).collect();
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        ResourceSpans { resource: Some(resource(service)), scope_spans, ..ResourceSpans::default() }
    });
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }.encode_to_vec()
}

fn span(number: u64, parent: u64) -> Span {
    Span {
        trace_id: vec![7; 16],
        span_id: number.to_be_bytes().into(),
        parent_span_id: if number == 1 { Vec::new() } else { parent.to_be_bytes().into() },
        name: format!("GET /route/{}", number % 20),
        kind: if number.is_multiple_of(2) { 3 } else { 2 },
        start_time_unix_nano: 1_700_000_000_000_000_000 + number * 1_000,
        end_time_unix_nano: 1_700_000_001_000_000_000 - if parent == 1 { SPANS - number } else { number },
        status: number.is_multiple_of(100).then(|| Status { code: 2, message: String::new() }),
        ..Span::default()
    }
}
