//! Honeycomb beside another OTLP endpoint, against a stand-in: keys, datasets, refusals, and independence of the two.

use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};

use tokio::net::TcpListener;

use crate::background_server::answering;
use crate::export::{PARENT, TRACE, all_signals, assert_all_signals, relay_one_request};
use crate::relay::{Relay, recording_server};
use crate::sink::{Sink, attributes};
use crate::tls::{self, PemFiles};

const KEY: &str = "hcaik_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234";

/// Variables that export to `local` and to Honeycomb's stand-in at `honeycomb`.
fn both<'a>(local: &'a str, honeycomb: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let variables = [("HONEYCOMB_API_KEY", KEY), ("HONEYCOMB_API_ENDPOINT", honeycomb)];
    all_signals(local, &[&variables[..], more].concat())
}

#[tokio::test]
async fn honeycomb_receives_all_signals_over_tls_beside_the_named_endpoint() {
    let (local, honeycomb, files) = (Sink::start(), Sink::start(), PemFiles::generate());
    let (proxy, authority) = (tls::proxy(&honeycomb.url, &files, None).await, files.path_text("ca"));
    let printed = relay_one_request(&both(&local.url, &proxy, &[("SSL_CERT_FILE", &authority)])).await;
    assert_eq!(printed, "");
    let ids = |sink: &Sink| {
        assert_all_signals(sink);
        let mut ids: Vec<_> = sink.all().into_iter().map(|span| (span.span_id, span.parent)).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&local), ids(&honeycomb), "the same spans arrive at both");
    for (path, dataset) in [("/v1/traces", None), ("/v1/logs", None), ("/v1/metrics", Some("metrics"))] {
        assert_eq!(honeycomb.header(path, "x-honeycomb-team").as_deref(), Some(KEY));
        assert_eq!(honeycomb.header(path, "x-honeycomb-dataset").as_deref(), dataset);
        assert_eq!(honeycomb.header(path, "content-type").as_deref(), Some("application/x-protobuf"));
        assert_eq!(local.header(path, "x-honeycomb-team"), None, "the key goes to Honeycomb alone");
    }
}

#[tokio::test]
async fn a_classic_key_names_the_dataset_after_the_service() {
    let honeycomb = Sink::start();
    let mut variables = all_signals(
        "",
        &[
            ("HONEYCOMB_API_KEY", "0123456789abcdef0123456789abcdef"),
            ("HONEYCOMB_API_ENDPOINT", &honeycomb.url),
            ("OTEL_SERVICE_NAME", "shop"),
        ],
    );
    variables.retain(|(_, value)| !value.is_empty());
    relay_one_request(&variables).await;
    assert_all_signals(&honeycomb);
    assert_eq!(honeycomb.header("/v1/traces", "x-honeycomb-dataset").as_deref(), Some("shop"));
    assert_eq!(honeycomb.header("/v1/metrics", "x-honeycomb-dataset").as_deref(), Some("metrics"));
}

#[tokio::test]
async fn a_destination_that_hangs_delays_no_span_of_the_other() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let silent = format!("http://{}", silent.local_addr().expect("an address"));
    for honeycomb_hangs in [true, false] {
        let sink = Sink::start();
        let (local, honeycomb) = if honeycomb_hangs { (&sink.url, &silent) } else { (&silent, &sink.url) };
        let relay = Relay::start(&both(local, honeycomb, &[]));
        let (to, _requests) = recording_server().await;
        // The second trace arrives while the export of the first one still hangs.
        for trace in [TRACE, "5bf92f3577b34da6a3ce929d0e0e4737"] {
            let parent = PARENT.replace(TRACE, trace);
            assert_eq!(relay.call(&[("traceparent", &parent)], &to).await.status(), 200);
            sink.trace(trace, 2).await;
        }
        let (took, success, printed) = relay.stop();
        assert!(!success && took < Duration::from_secs(7), "{took:?} {printed}");
        assert_eq!(sink.all().len(), 4);
    }
}

#[tokio::test]
async fn a_refused_key_is_said_in_plain_words_once_and_never_printed() {
    let local = Sink::start();
    let unauthorized = "HTTP/1.1 401 .\r\ncontent-type: text/plain\r\ncontent-length: 78\r\n\r\nno such key: \
                        hcaik_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234.";
    let honeycomb = answering(unauthorized).await;
    let relay = Relay::start(&both(&local.url, &honeycomb, &[]));
    let (to, _requests) = recording_server().await;
    for _ in 0..3 {
        relay.call(&[], &to).await;
    }
    local.until(|spans| (spans.len() == 6).then_some(())).await;
    let (_, success, printed) = relay.stop();
    assert!(!success, "lost spans make the exit fail");
    assert_eq!(printed.matches("spans could not be exported").count(), 1, "{printed}");
    for expected in [" answered 401", "HONEYCOMB_API_KEY", "api.eu1.honeycomb.io", "no such key: ***"] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    assert!(!printed.contains("S3CRET"), "{printed}");
    // The counts of each destination add up to the spans that ended.
    assert_eq!(exported(&local, "otlp_http_span_exporter/0"), [6, 0]);
    assert_eq!(exported(&local, "otlp_http_span_exporter/1"), [0, 6]);
}

#[tokio::test]
async fn throttled_spans_wait_and_are_sent_again() {
    for response in [
        "HTTP/1.1 429 .\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 429 .\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 503 .\r\ncontent-length: 0\r\n\r\n",
    ] {
        let local = Sink::start();
        let honeycomb = answering(response).await;
        let relay = Relay::start(&both(&local.url, &honeycomb, &[("OTEL_BSP_EXPORT_TIMEOUT", "300")]));
        let (to, _requests) = recording_server().await;
        relay.call(&[("traceparent", PARENT)], &to).await;
        local.trace(TRACE, 2).await;
        let (took, success, printed) = relay.stop();
        assert!(!success && took < Duration::from_secs(7), "{took:?} {printed}");
        assert!(printed.contains("Honeycomb (http://127.0.0.1"), "{printed}");
        assert_eq!(exported(&local, "otlp_http_span_exporter/1"), [0, 2]);
    }
}

/// The spans that this exporter delivered and those that it lost, in the last export of metrics.
pub(crate) fn exported(sink: &Sink, exporter: &str) -> [i64; 2] {
    let exports = sink.metrics.lock().expect("no panic");
    let last = exports.last().expect("metrics").clone();
    let scopes = last.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let metric = scopes
        .flat_map(|scope| scope.metrics)
        .find(|metric| metric.name == "otel.sdk.exporter.span.exported")
        .expect("the metric");
    let Some(metric::Data::Sum(sum)) = metric.data else { panic!("{metric:?}") };
    let mut counts = [0, 0];
    for point in sum.data_points {
        let of = format!("{:?}", attributes(&point.attributes));
        let Some(number_data_point::Value::AsInt(value)) = point.value else { panic!("{point:?}") };
        if of.contains(exporter) {
            counts[usize::from(of.contains("export_failed"))] += value;
        }
    }
    counts
}
