//! More than can be taken, slower than it can be waited for, and a disk that takes nothing: said so that a sender
//! knows whether to try again.

use std::{io::Write, process::Command, time::Instant};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use prost::Message;

use crate::{
    encoding::{GRPC, JSON, PROTOBUF},
    process::{DEADLINE, Waterfall, command},
    rpc::{RetryInfo, Status},
    spans::{self, span, text, trace_hex},
    wire::{EXPORT, Http2, Wire, frame},
};

/// The least that can be set.
const LIMIT: usize = 65_536;

fn small() -> Waterfall {
    Waterfall::with(&[("WATERFALL_BODY_LIMIT", "64KiB")])
}

/// How many such bodies there is room for.
const ROOM: usize = 4;

/// A sender that stops before its last byte, and so holds the room of a whole body.
fn holder(waterfall: &Waterfall) -> Wire {
    let mut wire = Wire::open(&waterfall.ready.otlp_http);
    wire.send_head(JSON.1, LIMIT);
    // One that is refused is closed before all of it is sent.
    let _ = wire.0.write_all(&vec![b' '; LIMIT - 1]);
    wire
}

/// Asks until there is no room left, and gives the answer that says so. Who asks takes room for a moment: a holder that was
/// refused for it comes again.
async fn until_full(waterfall: &Waterfall, holders: &mut [Wire], body: &[u8]) -> reqwest::Response {
    let begun = Instant::now();
    loop {
        let answer = waterfall.post("/v1/traces", &[PROTOBUF], body.to_vec()).await;
        if answer.status() == 503 {
            return answer;
        }
        assert!(begun.elapsed() < DEADLINE, "{}", answer.status());
        for refused in holders.iter_mut().filter(|holder| holder.is_answered()) {
            *refused = holder(waterfall);
        }
    }
}

async fn until_taken(waterfall: &Waterfall, body: &[u8]) {
    let begun = Instant::now();
    while waterfall.post("/v1/traces", &[PROTOBUF], body.to_vec()).await.status() != 200 {
        assert!(begun.elapsed() < DEADLINE);
    }
}

#[tokio::test]
async fn a_receiver_without_room_says_when_to_come_back_and_then_takes_it() {
    let waterfall = small();
    let mut holders: Vec<_> = (0..ROOM).map(|_| holder(&waterfall)).collect();
    let note = text("note", &"x".repeat(4096));
    let mut large = span(7, 1, 0, "buy");
    large.attributes.push(note);
    let body = spans::body(vec![large]);

    let answer = until_full(&waterfall, &mut holders, &body).await;
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["content-type"], PROTOBUF.1);
    let status = Status::decode(answer.bytes().await.unwrap()).unwrap();
    assert_eq!(status.code, 14);
    assert!(status.message.contains("try again"), "{}", status.message);

    let answer = waterfall.post("/v1/traces", &[JSON], vec![b' '; 4096]).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["code"], 14);

    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    let length = u32::try_from(body.len()).unwrap();
    let called = http2.call(EXPORT, &[GRPC], frame(0, length, &body)).await;
    assert_eq!(called.code(), "14");
    let details = BASE64_STANDARD_NO_PAD.decode(&called.headers["grpc-status-details-bin"]).unwrap();
    let status = Status::decode(&*details).unwrap();
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
    let info = RetryInfo::decode(&*status.details[0].value).unwrap();
    assert_eq!(info.retry_delay.unwrap().seconds, 1);

    drop(holders);
    until_taken(&waterfall, &body).await;
    assert_eq!(http2.call(EXPORT, &[GRPC], frame(0, length, &body)).await.code(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_or_a_body_that_never_ends_is_cut_off_and_others_are_served_meanwhile() {
    // The answers to the bodies are among those after which OTLP lets a sender try again.
    let waterfall = small();
    let open = || Wire::open(&waterfall.ready.otlp_http);
    let (mut silent, mut head, mut body, mut chunks) = (open(), open(), open(), open());
    silent.send("");
    head.send("POST /v1/traces HTTP/1.1\r\nhost: x\r\n");
    body.send_head(JSON.1, 100);
    body.send(r#"{"resourceSpans""#);
    chunks.send(format!(
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n",
        PROTOBUF.1
    ));
    let grpc = Wire::open(&waterfall.ready.otlp_grpc);
    let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
    let called =
        tokio::spawn(async move { http2.call_without_end(EXPORT, &[GRPC], frame(0, 100, b"x")).await });

    assert_eq!(waterfall.post("/v1/traces", &[JSON], b"{}".to_vec()).await.status(), 200);
    let ends =
        [silent, head, body, chunks, grpc].map(|mut wire| tokio::task::spawn_blocking(move || wire.rest()));
    let [silent, head, body, chunks, grpc] = futures_util::future::join_all(ends).await.try_into().unwrap();
    for cut_off in [silent.unwrap(), head.unwrap()] {
        assert!(cut_off.is_empty() || cut_off.starts_with("HTTP/1.1 408 "), "{cut_off}");
    }
    assert_eq!(grpc.unwrap(), "");
    let body = body.unwrap();
    assert!(
        body.starts_with("HTTP/1.1 504 ") && body.contains(r#"{"code":4,"message":"the body did not arrive"#),
        "{body}"
    );
    assert!(chunks.unwrap().starts_with("HTTP/1.1 504 "));
    assert_eq!(called.await.unwrap().code(), "4");
}

#[tokio::test]
async fn a_disk_that_takes_no_more_is_a_503_and_what_was_taken_before_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("WATERFALL_DATA", folder.path().to_str().unwrap()), ("WATERFALL_BODY_LIMIT", "1MiB")];
    let inner = command(&settings);
    // No file may grow past 8 MiB: to write fails then, as on a full disk.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 16384; exec \"$0\""]).arg(inner.get_program());
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            limited.env(name, value)
        } else {
            limited.env_remove(name)
        };
    }
    limited.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    let waterfall = Waterfall::of(limited);

    let mut taken = 0;
    let refused = loop {
        taken += 1;
        assert!(taken < 100, "all of it was written");
        let spans = (1..=4000).map(|id| span(taken, id, 0, &format!("{taken:-<200}"))).collect();
        let answer = waterfall.post("/v1/traces", &[PROTOBUF], spans::body(spans)).await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    let status = Status::decode(refused.bytes().await.unwrap()).unwrap();
    assert_eq!(status.code, 14);
    assert!(status.message.contains("cannot be stored"), "{}", status.message);
    assert!(taken > 1);
    for trace in 1..taken {
        let rows = &waterfall.json(&format!("/api/ui/traces/{}", trace_hex(trace))).await["rows"];
        assert_eq!(rows.as_array().unwrap().len(), 4000, "{trace}");
    }
    assert_eq!(waterfall.get(&format!("/api/ui/traces/{}", trace_hex(taken))).await.status(), 404);
}
