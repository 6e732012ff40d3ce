//! With a data directory, acknowledged data survives a crash of the process.

use std::sync::{Arc, Mutex};

use prost::Message;
use tempfile::TempDir;

use crate::{
    logs::{logs, record},
    process::{DEADLINE, Waterfall, fails},
    spans::{self, of_service, request, span, span_hex, trace_hex},
};

/// Number of spans of a trace. Stored traces are read after the start, so this polls for the trace.
async fn span_count(waterfall: &Waterfall, trace: u8) -> usize {
    let found = async {
        loop {
            let response = waterfall.get(&format!("/api/ui/traces/{}", trace_hex(trace))).await;
            if response.status() == 200 {
                let trace: serde_json::Value = response.json().await.unwrap();
                return trace["rows"]["id"].as_array().unwrap().len();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, found).await.expect("the trace was not loaded in time")
}

#[tokio::test]
async fn acknowledged_spans_survive_sigkill() {
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
        assert_eq!(span_count(&waterfall, round).await, 20);
    }
    let list = waterfall.json("/api/ui/traces").await;
    assert_eq!(list["traces"].as_array().unwrap().len(), 3);
    assert_eq!(waterfall.json("/api/ui/status").await["durable"], true);
}

#[tokio::test]
async fn a_damaged_file_does_not_prevent_the_start() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("00000001.redb"), b"no database").unwrap();
    let waterfall = Waterfall::with(&[("WATERFALL_DATA", folder.path().to_str().unwrap())]);
    waterfall.export(&request(vec![of_service("shop", vec![span(1, 1, 0, "step")])])).await;
    assert_eq!(span_count(&waterfall, 1).await, 1);
    assert_eq!(waterfall.json("/api/ui/status").await["damaged_files"], 1);
    assert!(folder.path().join("damaged.redb").exists());
}

#[tokio::test]
async fn a_directory_in_use_is_one_line_that_says_what_to_change() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let _first = Waterfall::with(&[("WATERFALL_DATA", data)]);
    let (status, stderr) = fails(&[("WATERFALL_DATA", data)]);
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        stderr.lines().last().unwrap(),
        format!(
            "waterfall: cannot open the trace store; set WATERFALL_DATA (--data of `cruddur up`) to a writable directory that no other process \
             uses: the folder {data} is in use by another process"
        )
    );
}

#[test]
fn a_directory_that_cannot_be_used_is_one_line_that_says_what_to_change() {
    // /proc allows no new directories, not even to root.
    let (status, stderr) = fails(&[("WATERFALL_DATA", "/proc/waterfall")]);
    assert_eq!(status.code(), Some(1));
    let start = "waterfall: cannot open the trace store; set WATERFALL_DATA (--data of `cruddur up`) to a writable directory that no other process \
                 uses: cannot use the folder /proc/waterfall: ";
    assert!(stderr.starts_with(start) && stderr.lines().count() == 1, "{stderr}");
}

/// The process is killed while requests of several senders are being received.
#[tokio::test(flavor = "multi_thread")]
async fn data_acknowledged_under_load_survives_sigkill() {
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
                let log = logs(vec![record(trace, 1, 0, "hello")]).encode_to_vec();
                for (path, body) in [("/v1/logs", log), ("/v1/traces", spans)] {
                    let request =
                        client.post(format!("{url}{path}")).header("content-type", "application/x-protobuf");
                    match request.body(body).send().await {
                        Ok(response) if response.status() == 200 => {}
                        _ => return, // the process was killed
                    }
                }
                acknowledged.lock().unwrap().push(trace);
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    let started = std::time::Instant::now();
    while acknowledged.lock().unwrap().len() < 30 {
        assert!(started.elapsed() < DEADLINE, "too few requests were acknowledged");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    drop(waterfall); // SIGKILL
    for sender in senders {
        sender.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() < 240, "the process was killed after the load instead of during it");

    let waterfall = Waterfall::with(&[("WATERFALL_DATA", data)]);
    for trace in acknowledged {
        assert_eq!(span_count(&waterfall, trace).await, usize::try_from(SPANS).unwrap());
        let logs = waterfall.json(&format!("/api/ui/traces/{}/logs", trace_hex(trace))).await;
        assert_eq!(logs["logs"][0]["body"]["value"], "hello");
        let span =
            waterfall.json(&format!("/api/ui/traces/{}/spans/{}", trace_hex(trace), span_hex(SPANS))).await;
        assert_eq!((&span["name"], &span["parent"]), (&"step".into(), &span_hex(SPANS - 1).into()));
    }
    assert_eq!(waterfall.json("/api/ui/status").await["damaged_files"], 0);
}
