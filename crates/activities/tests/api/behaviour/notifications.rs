//! Notifications: what causes them, and their pages.

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, display_name, map_list, text};

pub(crate) async fn reply_like_and_mention_cause_notifications(builder: AppBuilder) {
    let app = builder.start().await;
    app.reply(SAMPLE_ACTIVITY, "garek", "Is it, @worf?").await;
    app.notifications_of("andrewbrown", 1).await;
    app.like(SAMPLE_ACTIVITY, "quark").await;
    app.notifications_of("andrewbrown", 2).await;
    let uuid = app.post_activity("londo", "Ask @andrewbrown and @AndrewBrown and @londo").await;
    assert_eq!(app.notifications_of("andrewbrown", 3).await, ["mention londo", "like quark", "reply garek"]);
    assert_eq!(app.notifications_of("worf", 1).await, ["mention garek"]);
    let page = app.get("/notifications/andrewbrown").await;
    let newest = &page.json["notifications"][0];
    assert_eq!(
        (newest["activity_uuid"].as_str(), &page.json["partial"]),
        (Some(uuid.as_str()), &false.into())
    );
    assert_eq!(newest["from_display_name"], display_name("londo"));
    assert_eq!(page.json["notifications"][2]["activity_uuid"], SAMPLE_ACTIVITY);
}

pub(crate) async fn own_actions_cause_no_notifications(builder: AppBuilder) {
    let app = builder.start().await;
    app.reply(SAMPLE_ACTIVITY, "andrewbrown", "I said so, @andrewbrown").await;
    app.like(SAMPLE_ACTIVITY, "andrewbrown").await;
    app.like(SAMPLE_ACTIVITY, "worf").await;
    app.like(SAMPLE_ACTIVITY, "quark").await;
    assert_eq!(app.notifications_of("andrewbrown", 1).await, ["like quark"], "worf liked it already");
}

pub(crate) async fn notifications_are_paged(builder: AppBuilder) {
    let app = builder.start().await;
    for number in 1..=5 {
        app.like(SAMPLE_ACTIVITY, &format!("user_{number}")).await;
    }
    app.notifications_of("andrewbrown", 5).await;
    let first = app.get("/notifications/andrewbrown?limit=3").await;
    let path = format!("/notifications/andrewbrown?limit=3&cursor={}", text(&first, "next_cursor"));
    let second = app.get(&path).await;
    let from = |page: &testkit::Response| {
        map_list(page, "notifications", |notification| {
            notification["from_handle"].as_str().map(str::to_owned)
        })
    };
    let all: Vec<_> = [from(&first), from(&second)].concat().into_iter().flatten().collect();
    assert_eq!(all, ["user_5", "user_4", "user_3", "user_2", "user_1"]);
    assert!(second.json["next_cursor"].is_null());
}
