//! Data that is made up.

use activities::seed::{self, Store};
use database::DatabaseUrl;
use serde_json::json;

use crate::fixture::{FIRST, Fresh};

pub(crate) async fn generated_activities_are_the_same_in_every_run(fresh: Fresh) {
    let store = Store::open(&DatabaseUrl::parse(fresh.database()).unwrap()).await.unwrap();
    let mut done = Vec::new();
    for _ in 0..2 {
        seed::generate(&store, 700, |user| format!("user_{user}"), 10, |count| done.push(count))
            .await
            .unwrap();
    }
    assert_eq!(done, [500, 700, 500, 700]);
    store.close().await;
    let world = fresh.start().await;
    assert_eq!(world.rows("activities").await, 700 + 3);
    let page = world.get("/activities/home?limit=100").await;
    assert_eq!(page.messages().len(), 100);
    let mut handles = page.each("activities", |activity| activity["handle"].clone().to_string());
    handles.sort_unstable();
    handles.dedup();
    assert!(handles.len() >= 10, "{handles:?}");
}

pub(crate) async fn the_sample_does_not_come_back_at_the_next_start(fresh: Fresh) {
    let world = fresh.env("EXPIRY_SWEEP_MS", "20").start().await;
    world.execute(&format!("DELETE FROM activities WHERE uuid = '{FIRST}'")).await;
    let again = world.another(|builder| builder).await;
    let answer = reqwest::get(format!("{}/activities/home", again.url())).await.unwrap();
    let page: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(page["activities"].as_array().map(Vec::len), Some(2));
    assert_ne!(page["activities"][0]["uuid"], json!(FIRST));
}
