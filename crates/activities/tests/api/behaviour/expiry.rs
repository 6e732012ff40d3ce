//! What has expired, and the sweep that deletes it.

use testkit::{DEADLINE, Value, wait_until};

use crate::fixture::{FIRST, Fresh, World};

/// The sweeps that deleted anything.
fn sweeps(world: &World) -> Vec<testkit::Span> {
    let mut sweeps = world.sink.spans();
    sweeps.retain(|span| {
        span.name == "sweep expired activities"
            && span.attribute("app.expired_count").and_then(Value::as_int) > Some(0)
    });
    sweeps
}

pub(crate) async fn what_has_expired_is_shown_nowhere(fresh: Fresh) {
    let world = fresh.start().await;
    world.like(FIRST, "quark").await;
    assert_eq!(world.told("andrewbrown", 1).await.len(), 1);
    world.expire(FIRST).await;
    assert_eq!(world.get("/activities/home").await.messages().len(), 2);
    assert_eq!(world.get("/activities/by/andrewbrown").await.messages().len(), 0);
    assert_eq!(world.get("/activities/by/andrewbrown/count").await.json["count"], 0);
    assert_eq!(world.get("/activities/search?term=cloud").await.messages().len(), 0);
    assert!(world.told("andrewbrown", 0).await.is_empty());
    let path = format!("/activities/{FIRST}");
    for answer in
        [world.get(&path).await, world.like(FIRST, "odo").await, world.reply(FIRST, "odo", "Oh").await]
    {
        assert_eq!((answer.status, answer.code()), (404, "activity_not_found"));
    }
}

pub(crate) async fn the_sweep_deletes_what_has_expired_with_all_that_belongs_to_it(fresh: Fresh) {
    let world = fresh.env("EXPIRY_SWEEP_MS", "20").start().await;
    world.like(FIRST, "quark").await;
    world.told("andrewbrown", 1).await;
    world.expire(FIRST).await;
    wait_until("a sweep", DEADLINE, || (!sweeps(&world).is_empty()).then_some(())).await;
    for (table, left) in
        [("activities", 2), ("replies", 0), ("likes", 0), ("notifications", 0), ("outbox", 0)]
    {
        assert_eq!(world.rows(table).await, left, "{table}");
    }
}

pub(crate) async fn a_sweep_is_a_trace_of_its_own(fresh: Fresh) {
    let world = fresh.env("EXPIRY_SWEEP_MS", "20").start().await;
    world.expire(FIRST).await;
    let sweep = wait_until("a sweep", DEADLINE, || sweeps(&world).into_iter().next()).await;
    assert_eq!(sweep.parent, None);
    sweep.assert("app.expired_count", 1);
    world.sink.trace(&sweep.trace_id).await.assert_one_linked_trace().assert_tree(
        "activities [internal] sweep expired activities
           activities [client] DELETE activities",
    );
}

pub(crate) async fn many_that_have_expired_are_deleted_in_batches(fresh: Fresh) {
    let world = fresh.env("EXPIRY_SWEEP_MS", "50").start().await;
    world
        .execute(
            "INSERT INTO activities (uuid, handle, message, folded, replies_count, reposts_count, \
             likes_count, created_at, expires_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) \
             SELECT 'old ' || CAST(i AS TEXT), 'worf', 'old', 'old', 0, 0, 0, i, i FROM n",
        )
        .await;
    let counts = wait_until("all swept", DEADLINE, || {
        let counts: Vec<i64> = sweeps(&world)
            .iter()
            .filter_map(|span| span.attribute("app.expired_count").and_then(Value::as_int))
            .collect();
        (counts.iter().sum::<i64>() == 450).then_some(counts)
    })
    .await;
    assert!(counts.iter().all(|count| *count <= 200), "{counts:?}");
    assert_eq!(world.rows("activities").await, 3);
}
