//! With a folder for its data, what it answered for outlives it.

use tempfile::TempDir;

use crate::{
    process::{DEADLINE, Waterfall, fails},
    spans::{of_service, request, span, trace_hex},
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
async fn a_folder_in_use_is_one_line_that_says_so() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let _first = Waterfall::with(&[("WATERFALL_DATA", data)]);
    let (status, said) = fails(&[("WATERFALL_DATA", data)]);
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        said.lines().last().unwrap(),
        format!("waterfall: cannot open the store (WATERFALL_DATA): {data} is in use by another process")
    );
}
