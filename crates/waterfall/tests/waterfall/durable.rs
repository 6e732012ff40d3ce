//! With a folder for its data, what it answered for outlives it.

use std::sync::{Arc, Mutex};

use prost::Message;
use tempfile::TempDir;

use crate::{
    logs::{logs, record},
    process::{DEADLINE, Waterfall, fails},
    spans::{self, of_service, request, span, span_hex, trace_hex},
};

/// What lies on the disk is read beside everything else, so it is polled for.
async fn spans_of(waterfall: &Waterfall, trace: u8) -> usize {
    let found = async {
        loop {
            let answer = waterfall.get(&format!("/api/ui/traces/{}", trace_hex(trace))).await;
            if answer.status() == 200 {
                let trace: serde_json::Value = answer.json().await.unwrap();
                return trace["rows"].as_array().unwrap().len();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, found).await.expect("the trace is there again")
}

#[tokio::test]
async fn what_was_acknowledged_survives_being_killed() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    for round in 1..=3 {
        let waterfall = Waterfall::with(&[("WATERFALL_DATA", data)]);
        let spans = (1..=20).map(|id| span(round, id, id - 1, "step")).collect();
        waterfall.export(&request(vec![of_service("shop", spans)])).await;
        drop(waterfall); // SIGKILL
    }
    let waterfall = Waterfall::with(&[("WATERFALL_DATA", data)]);
    for round in 1..=3 {
        assert_eq!(spans_of(&waterfall, round).await, 20);
    }
    let list = waterfall.json("/api/ui/traces").await;
    assert_eq!(list["traces"].as_array().unwrap().len(), 3);
    assert_eq!(waterfall.json("/api/ui/status").await["durable"], true);
}

#[tokio::test]
async fn a_damaged_file_does_not_keep_it_from_starting() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("00000001.redb"), b"no database").unwrap();
    let waterfall = Waterfall::with(&[("WATERFALL_DATA", folder.path().to_str().unwrap())]);
    waterfall.export(&request(vec![of_service("shop", vec![span(1, 1, 0, "step")])])).await;
    assert_eq!(spans_of(&waterfall, 1).await, 1);
    assert_eq!(waterfall.json("/api/ui/status").await["damaged_files"], 1);
    assert!(folder.path().join("damaged.redb").exists());
}

#[tokio::test]
async fn a_directory_in_use_is_one_line_that_says_what_to_change() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let _first = Waterfall::with(&[("WATERFALL_DATA", data)]);
    let (status, said) = fails(&[("WATERFALL_DATA", data)]);
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        said.lines().last().unwrap(),
        format!(
            "waterfall: cannot open the trace store; set WATERFALL_DATA to a writable directory that no other process \
             uses: the folder {data} is in use by another process"
        )
    );
}

#[test]
fn a_directory_that_cannot_be_used_is_one_line_that_says_what_to_change() {
    // Nobody can create a directory in /proc, not even root.
    let (status, said) = fails(&[("WATERFALL_DATA", "/proc/waterfall")]);
    assert_eq!(status.code(), Some(1));
    let start = "waterfall: cannot open the trace store; set WATERFALL_DATA to a writable directory that no other process \
                 uses: cannot use the folder /proc/waterfall: ";
    assert!(said.starts_with(start) && said.lines().count() == 1, "{said}");
}

/// Killed in the middle of it, with requests of several senders on their way.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_under_load_survives_being_killed() {
    const SPANS: u64 = 50;
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let waterfall = Waterfall::with(&[("WATERFALL_DATA", data)]);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let senders = (0..3_u8).map(|sender| {
        let (acknowledged, client) = (acknowledged.clone(), waterfall.client.clone());
        let url = waterfall.ready.otlp_http.clone();
        tokio::spawn(async move {
            for trace in (sender * 80 + 1)..=(sender * 80 + 80) {
                let spans = (1..=SPANS).map(|id| span(trace, id, id - 1, "step")).collect();
                let spans = spans::body(spans);
                let said = logs(vec![record(trace, 1, 0, "said")]).encode_to_vec();
                for (path, body) in [("/v1/logs", said), ("/v1/traces", spans)] {
                    let sending =
                        client.post(format!("{url}{path}")).header("content-type", "application/x-protobuf");
                    match sending.body(body).send().await {
                        Ok(answer) if answer.status() == 200 => {}
                        _ => return, // it is gone
                    }
                }
                acknowledged.lock().unwrap().push(trace);
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    let begun = std::time::Instant::now();
    while acknowledged.lock().unwrap().len() < 30 {
        assert!(begun.elapsed() < DEADLINE, "too slow");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    drop(waterfall); // SIGKILL
    for sender in senders {
        sender.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() < 240, "it was killed after the load and not under it");

    let waterfall = Waterfall::with(&[("WATERFALL_DATA", data)]);
    for trace in acknowledged {
        assert_eq!(spans_of(&waterfall, trace).await, usize::try_from(SPANS).unwrap());
        let logs = waterfall.json(&format!("/api/ui/traces/{}/logs", trace_hex(trace))).await;
        assert_eq!(logs["logs"][0]["body"]["value"], "said");
        let span =
            waterfall.json(&format!("/api/ui/traces/{}/spans/{}", trace_hex(trace), span_hex(SPANS))).await;
        assert_eq!((&span["name"], &span["parent"]), (&"step".into(), &span_hex(SPANS - 1).into()));
    }
    assert_eq!(waterfall.json("/api/ui/status").await["damaged_files"], 0);
}
