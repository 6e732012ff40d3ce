//! Seeding: generated and sample activities.

use activities::seed::{self, Store};
use database::DatabaseUrl;
use serde_json::json;

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, map_list, messages};

pub(crate) async fn generating_activities_is_idempotent(builder: AppBuilder) {
    let store = Store::open(&DatabaseUrl::parse(builder.database()).unwrap()).await.unwrap();
    let mut progress = Vec::new();
    for _ in 0..2 {
        seed::generate(&store, 700, |user| format!("user_{user}"), 10, |count| progress.push(count))
            .await
            .unwrap();
    }
    assert_eq!(progress, [500, 700, 500, 700]);
    store.close().await;
    let app = builder.start().await;
    assert_eq!(app.count_rows("activities").await, 700 + 3);
    let page = app.get("/activities/home?limit=100").await;
    assert_eq!(messages(&page).len(), 100);
    let mut handles = map_list(&page, "activities", |activity| activity["handle"].clone().to_string());
    handles.sort_unstable();
    handles.dedup();
    assert!(handles.len() >= 10, "{handles:?}");
}

pub(crate) async fn deleted_sample_is_not_added_again_at_the_next_start(builder: AppBuilder) {
    let app = builder.env("EXPIRY_SWEEP_MS", "20").start().await;
    app.execute(&format!("DELETE FROM activities WHERE uuid = '{SAMPLE_ACTIVITY}'")).await;
    let again = app.start_another(|builder| builder).await;
    let response = reqwest::get(format!("{}/activities/home", again.url())).await.unwrap();
    let page: serde_json::Value = response.json().await.unwrap();
    assert_eq!(page["activities"].as_array().map(Vec::len), Some(2));
    assert_ne!(page["activities"][0]["uuid"], json!(SAMPLE_ACTIVITY));
}
