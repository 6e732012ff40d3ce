//! Reading pages and single activities, and the requests to users for display names.

use serde_json::{Value, json};

use crate::fixture::{
    AppBuilder, SAMPLE_ACTIVITY, UNKNOWN_HANDLE, UNKNOWN_UUID, display_name, map_list, messages,
};

pub(crate) async fn first_start_adds_the_sample_activities(builder: AppBuilder) {
    let app = builder.start().await;
    let page = app.get("/activities/home").await;
    assert_eq!((page.status, &page.json["partial"]), (200, &json!(false)));
    assert_eq!(page.json["next_cursor"], Value::Null);
    let found =
        map_list(&page, "activities", |activity| (activity["handle"].clone(), activity["message"].clone()));
    assert_eq!(
        found,
        [
            (json!("garek"), json!("My dear doctor, I am just simple tailor")),
            (json!("andrewbrown"), json!("Cloud is very fun!")),
            (json!("worf"), json!("I am out of prune juice")),
        ]
    );
    let first = &page.json["activities"][1];
    assert_eq!(
        (&first["uuid"], &first["display_name"]),
        (&json!(SAMPLE_ACTIVITY), &json!(display_name("andrewbrown")))
    );
    assert_eq!((&first["replies_count"], &first["likes_count"]), (&json!(1), &json!(5)));
    assert_eq!(first.get("replies"), None, "a list has no replies");
}

pub(crate) async fn activity_is_returned_with_its_replies(builder: AppBuilder) {
    let app = builder.start().await;
    let activity = app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await;
    assert_eq!((activity.status, &activity.json["message"]), (200, &json!("Cloud is very fun!")));
    let reply = &activity.json["replies"][0];
    assert_eq!(reply["uuid"], "26e12864-1c26-5c3a-9658-97a10f8fea67");
    assert_eq!((&reply["handle"], &reply["display_name"]), (&json!("worf"), &json!(display_name("worf"))));
    assert_eq!(reply["reply_to_activity_uuid"], SAMPLE_ACTIVITY);
    assert_eq!(reply.get("expires_at"), None);
    let requested: Vec<_> = app.users.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(requested, ["/users?handles=andrewbrown%2Cworf"]);
}

pub(crate) async fn unknown_activity_is_a_404(builder: AppBuilder) {
    let response = builder.start().await.get(&format!("/activities/{UNKNOWN_UUID}")).await;
    assert_eq!((response.status, response.code()), (404, "activity_not_found"));
}

pub(crate) async fn search_matches_literally_and_ignores_case(builder: AppBuilder) {
    let app = builder.start().await;
    // The last one is typed with a letter and a combining accent.
    for message in ["100% Übermut_!", "1000 übermut-!", "ΟΔΟΣ", "Cafe\u{301}"] {
        app.post_activity("londo", message).await;
    }
    for (term, expected) in [
        ("CLOUD", vec!["Cloud is very fun!"]),
        ("100%25%20ü", vec!["100% Übermut_!"]),
        ("ÜBERMUT", vec!["1000 übermut-!", "100% Übermut_!"]),
        ("t_", vec!["100% Übermut_!"]),
        ("_!", vec!["100% Übermut_!"]),
        ("οδοσ", vec!["ΟΔΟΣ"]),
        ("café", vec!["Cafe\u{301}"]),
        ("fe\u{301}", vec!["Cafe\u{301}"]),
        ("%25%25", vec![]),
        ("'%20OR%201=1%20--", vec![]),
    ] {
        let page = app.get(&format!("/activities/search?term={term}")).await;
        assert_eq!(messages(&page), expected, "{term}");
    }
}

pub(crate) async fn activities_of_a_user_are_listed_and_counted(builder: AppBuilder) {
    let app = builder.start().await;
    app.post_activity("worf", "Today is a good day").await;
    let page = app.get("/activities/by/WORF").await;
    assert_eq!(messages(&page), ["Today is a good day", "I am out of prune juice"]);
    assert_eq!(app.get("/activities/by/worf/count").await.json, json!({ "count": 2 }));
    assert_eq!(messages(&app.get("/activities/by/nobody").await), [""; 0]);
    assert_eq!(app.get("/activities/by/nobody/count").await.json, json!({ "count": 0 }));
}

pub(crate) async fn page_fetches_all_authors_in_one_request(builder: AppBuilder) {
    let app = builder.start().await;
    app.post_activity("worf", "again").await;
    let before = app.users.requests().len();
    app.get("/activities/home").await;
    let requested: Vec<_> = app.users.requests().into_iter().skip(before).collect();
    assert_eq!(requested.len(), 1);
    assert_eq!(requested[0].target, "/users?handles=andrewbrown%2Cgarek%2Cworf");
}

pub(crate) async fn empty_page_sends_no_request_to_users(builder: AppBuilder) {
    let app = builder.start().await;
    for path in ["/activities/by/nobody", "/activities/search?term=nothing", "/notifications/nobody"] {
        let response = app.get(path).await;
        assert_eq!((response.status, &response.json["partial"]), (200, &json!(false)), "{path}");
    }
    assert_eq!(app.users.requests().len(), 0);
}

pub(crate) async fn unknown_author_has_no_display_name(builder: AppBuilder) {
    let app = builder.start().await;
    app.post_activity(UNKNOWN_HANDLE, "here I am").await;
    let page = app.get("/activities/home?limit=1").await;
    assert_eq!(page.json["activities"][0]["display_name"], Value::Null);
    assert_eq!(page.json["partial"], false, "users responded");
}

pub(crate) async fn every_reply_is_on_one_page(builder: AppBuilder) {
    let app = builder.start().await;
    app.execute(&format!(
        "INSERT INTO replies (uuid, activity_uuid, handle, message, created_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) \
             SELECT '00000000-0000-4000-8000-000000000' || CAST(i + 100 AS TEXT), '{SAMPLE_ACTIVITY}', \
             'user_' || CAST(i AS TEXT), 'reply ' || CAST(i AS TEXT), 4000000000000000 + i FROM n"
    ))
    .await;
    let activity = app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await;
    let replies =
        |page| map_list(page, "replies", |reply| reply["message"].as_str().unwrap_or_default().to_owned());
    let newest = replies(&activity);
    assert_eq!(newest.len(), 99, "one request to users fetches these names and the author's");
    assert_eq!((newest[0].as_str(), newest[98].as_str()), ("reply 22", "reply 120"));
    assert_eq!(app.users.requests().len(), 1);
    assert_eq!(activity.json["replies"][98]["display_name"], display_name("user_120"));

    let cursor = activity.json["replies_cursor"].as_str().expect("older replies");
    let older = app.get(&format!("/activities/{SAMPLE_ACTIVITY}?cursor={cursor}")).await;
    let oldest = replies(&older);
    assert_eq!((oldest.len(), oldest[21].as_str()), (22, "reply 21"), "the sample's own reply is the oldest");
    assert_eq!(older.json.get("replies_cursor"), None);
    let invalid = app.get(&format!("/activities/{SAMPLE_ACTIVITY}?cursor=x")).await;
    assert_eq!((invalid.status, invalid.violations()), (422, vec!["invalid_cursor"]));
}
