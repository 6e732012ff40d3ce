//! AWS X-Ray: `X-Amzn-Trace-Id: Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0|1|?`, fields in any order.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TraceId};

use super::context::{TraceIdOnly, remote};
use super::format::Format;
use super::headers::{HeaderReader, HeaderWriter, only_text};
use super::hex;

const HEADER: &str = "x-amzn-trace-id";

/// The maximum length of a `Lineage` that is propagated, in bytes.
const MAX_LINEAGE: usize = 256;

/// The format of X-Ray's header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct XRay;

/// A field that AWS Lambda adds. It is propagated unchanged.
#[derive(Clone, Debug)]
struct Lineage(Arc<str>);

impl Format for XRay {
    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter) {
        let span = context.span();
        let ids = span.span_context();
        if !ids.is_valid() {
            return;
        }
        let trace = ids.trace_id().to_string();
        let (seconds, rest) = trace.split_at_checked(8).unwrap_or_default();
        let sampled = u8::from(ids.is_sampled());
        let mut value = format!("Root=1-{seconds}-{rest};Parent={};Sampled={sampled}", ids.span_id());
        if let Some(Lineage(lineage)) = context.get::<Lineage>() {
            value.push_str(";Lineage=");
            value.push_str(lineage);
        }
        headers.set(HEADER, value.into());
    }

    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Option<Context> {
        extract(context, only_text(headers, HEADER)?)
    }

    fn fields(&self) -> &'static [&'static str] {
        &[HEADER]
    }
}

fn extract(context: &Context, value: &str) -> Option<Context> {
    let (mut root, mut parent, mut sampled, mut lineage) = (None, None, None, None);
    for field in value.split(';') {
        let Some((key, value)) = field.split_once('=') else { continue };
        match (key.trim(), value.trim()) {
            ("Root", value) => root = Some(trace_id(value)?),
            ("Parent", value) => parent = Some(hex::span_id(value.as_bytes())?),
            ("Sampled", "1") => sampled = Some(true),
            ("Sampled", "0") => sampled = Some(false),
            ("Lineage", value) => lineage = Some(value),
            // `Self` concerns the load balancer. Other fields are ignored.
            _ => {}
        }
    }
    let root = root?;
    // A lineage that is invalid in a header is not propagated.
    let is_valid =
        |lineage: &&str| lineage.len() <= MAX_LINEAGE && lineage.bytes().all(|byte| byte.is_ascii_graphic());
    let context = match lineage.filter(is_valid) {
        Some(lineage) => context.with_value(Lineage(lineage.into())),
        None => context.clone(),
    };
    Some(match parent {
        Some(parent) => remote(&context, root, parent, sampled),
        // A load balancer starts traces without a span: only the trace id is propagated.
        None => context.with_value(TraceIdOnly { trace_id: root, sampled }),
    })
}

/// `1-<8 hex>-<24 hex>`
fn trace_id(value: &str) -> Option<TraceId> {
    let (seconds, rest) = value.strip_prefix("1-")?.split_once('-')?;
    (seconds.len() == 8).then(|| hex::trace_id(format!("{seconds}{rest}").as_bytes()))?
}
