//! What a call was made to, as the caller's span names it.

use trace_model::peer::Peer;

use crate::sketch::sketch;

/// The peer of the one span, as `name kind`.
fn peer(line: &str) -> Option<String> {
    let recording = sketch(line);
    let (_, span) = &recording.traces()[0].spans[0];
    Peer::of(span).map(|Peer { kind, name }| format!("{name} {}", kind.as_str()))
}

#[test]
fn a_call_names_its_peer() {
    assert_eq!(peer("web client GET 0..9 ->fonts").as_deref(), Some("fonts remote"));
    assert_eq!(peer("web client SELECT 0..9 db").as_deref(), Some("sqlite database"));
}

#[test]
fn a_server_span_has_no_peer() {
    assert_eq!(peer("web server GET 0..9 ->fonts"), None);
    assert_eq!(peer("web client GET 0..9"), None);
}
