//! Expired activities, and the sweep that deletes them.

use testkit::{DEADLINE, Value, wait_until};

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, TestApp, messages};

/// The spans of the sweeps that deleted something.
fn sweep_spans(app: &TestApp) -> Vec<testkit::Span> {
    let mut sweep_spans = app.sink.spans();
    sweep_spans.retain(|span| {
        span.name == "sweep expired activities"
            && span.attribute("app.expired_count").and_then(Value::as_int) > Some(0)
    });
    sweep_spans
}

pub(crate) async fn expired_activities_are_hidden(builder: AppBuilder) {
    let app = builder.start().await;
    app.like(SAMPLE_ACTIVITY, "quark").await;
    assert_eq!(app.notifications_of("andrewbrown", 1).await.len(), 1);
    app.expire(SAMPLE_ACTIVITY).await;
    assert_eq!(messages(&app.get("/activities/home").await).len(), 2);
    assert_eq!(messages(&app.get("/activities/by/andrewbrown").await).len(), 0);
    assert_eq!(app.get("/activities/by/andrewbrown/count").await.json["count"], 0);
    assert_eq!(messages(&app.get("/activities/search?term=cloud").await).len(), 0);
    assert!(app.notifications_of("andrewbrown", 0).await.is_empty());
    let path = format!("/activities/{SAMPLE_ACTIVITY}");
    for response in [
        app.get(&path).await,
        app.like(SAMPLE_ACTIVITY, "odo").await,
        app.reply(SAMPLE_ACTIVITY, "odo", "Oh").await,
    ] {
        assert_eq!((response.status, response.code()), (404, "activity_not_found"));
    }
}

pub(crate) async fn sweep_deletes_expired_activities_and_their_rows(builder: AppBuilder) {
    let app = builder.env("EXPIRY_SWEEP_MS", "20").start().await;
    app.like(SAMPLE_ACTIVITY, "quark").await;
    app.notifications_of("andrewbrown", 1).await;
    app.expire(SAMPLE_ACTIVITY).await;
    wait_until("a sweep", DEADLINE, || (!sweep_spans(&app).is_empty()).then_some(())).await;
    for (table, remaining) in
        [("activities", 2), ("replies", 0), ("likes", 0), ("notifications", 0), ("outbox", 0)]
    {
        assert_eq!(app.count_rows(table).await, remaining, "{table}");
    }
}

pub(crate) async fn sweep_is_a_root_span(builder: AppBuilder) {
    let app = builder.env("EXPIRY_SWEEP_MS", "20").start().await;
    app.expire(SAMPLE_ACTIVITY).await;
    let sweep = wait_until("a sweep", DEADLINE, || sweep_spans(&app).into_iter().next()).await;
    assert_eq!(sweep.parent, None);
    sweep.assert("app.expired_count", 1);
    app.sink.trace(&sweep.trace_id).await.assert_one_linked_trace().assert_tree(
        "activities [internal] sweep expired activities
           activities [client] DELETE activities",
    );
}

pub(crate) async fn expired_activities_are_deleted_in_batches(builder: AppBuilder) {
    let app = builder.env("EXPIRY_SWEEP_MS", "50").start().await;
    app.execute(
        "INSERT INTO activities (uuid, handle, message, folded, replies_count, reposts_count, \
             likes_count, created_at, expires_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) \
             SELECT 'old ' || CAST(i AS TEXT), 'worf', 'old', 'old', 0, 0, 0, i, i FROM n",
    )
    .await;
    let counts = wait_until("all expired activities deleted", DEADLINE, || {
        let counts: Vec<i64> = sweep_spans(&app)
            .iter()
            .filter_map(|span| span.attribute("app.expired_count").and_then(Value::as_int))
            .collect();
        (counts.iter().sum::<i64>() == 450).then_some(counts)
    })
    .await;
    assert!(counts.iter().all(|count| *count <= 200), "{counts:?}");
    assert_eq!(app.count_rows("activities").await, 3);
}
