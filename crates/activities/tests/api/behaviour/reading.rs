//! Pages, one activity, and whom they ask for names.

use serde_json::{Value, json};

use crate::fixture::{FIRST, Fresh, NOBODY, NONE, name_of};

pub(crate) async fn a_first_start_has_cruddurs_activities(fresh: Fresh) {
    let world = fresh.start().await;
    let page = world.get("/activities/home").await;
    assert_eq!((page.status, &page.json["partial"]), (200, &json!(false)));
    assert_eq!(page.json["next_cursor"], Value::Null);
    let found = page.each("activities", |activity| (activity["handle"].clone(), activity["message"].clone()));
    assert_eq!(
        found,
        [
            (json!("garek"), json!("My dear doctor, I am just simple tailor")),
            (json!("andrewbrown"), json!("Cloud is very fun!")),
            (json!("worf"), json!("I am out of prune juice")),
        ]
    );
    let first = &page.json["activities"][1];
    assert_eq!((&first["uuid"], &first["display_name"]), (&json!(FIRST), &json!(name_of("andrewbrown"))));
    assert_eq!((&first["replies_count"], &first["likes_count"]), (&json!(1), &json!(5)));
    assert_eq!(first.get("replies"), None, "a list is without replies");
}

pub(crate) async fn one_activity_comes_with_its_replies(fresh: Fresh) {
    let world = fresh.start().await;
    let activity = world.get(&format!("/activities/{FIRST}")).await;
    assert_eq!((activity.status, &activity.json["message"]), (200, &json!("Cloud is very fun!")));
    let reply = &activity.json["replies"][0];
    assert_eq!(reply["uuid"], "26e12864-1c26-5c3a-9658-97a10f8fea67");
    assert_eq!((&reply["handle"], &reply["display_name"]), (&json!("worf"), &json!(name_of("worf"))));
    assert_eq!(reply["reply_to_activity_uuid"], FIRST);
    assert_eq!(reply.get("expires_at"), None);
    let asked: Vec<_> = world.users.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(asked, ["/users?handles=andrewbrown%2Cworf"]);
}

pub(crate) async fn an_unknown_activity_is_a_404(fresh: Fresh) {
    let answer = fresh.start().await.get(&format!("/activities/{NONE}")).await;
    assert_eq!((answer.status, answer.code()), (404, "activity_not_found"));
}

pub(crate) async fn a_search_takes_the_term_literally_and_in_any_case(fresh: Fresh) {
    let world = fresh.start().await;
    for message in ["100% Übermut_!", "1000 übermut-!", "ΟΔΟΣ"] {
        world.say("londo", message).await;
    }
    for (term, expected) in [
        ("CLOUD", vec!["Cloud is very fun!"]),
        ("100%25%20ü", vec!["100% Übermut_!"]),
        ("ÜBERMUT", vec!["1000 übermut-!", "100% Übermut_!"]),
        ("t_", vec!["100% Übermut_!"]),
        ("_!", vec!["100% Übermut_!"]),
        ("οδοσ", vec!["ΟΔΟΣ"]),
        ("%25%25", vec![]),
        ("'%20OR%201=1%20--", vec![]),
    ] {
        let page = world.get(&format!("/activities/search?term={term}")).await;
        assert_eq!(page.messages(), expected, "{term}");
    }
}

pub(crate) async fn a_user_has_their_own_activities_and_a_count(fresh: Fresh) {
    let world = fresh.start().await;
    world.say("worf", "Today is a good day").await;
    let page = world.get("/activities/by/WORF").await;
    assert_eq!(page.messages(), ["Today is a good day", "I am out of prune juice"]);
    assert_eq!(world.get("/activities/by/worf/count").await.json, json!({ "count": 2 }));
    assert_eq!(world.get("/activities/by/nobody").await.messages(), [""; 0]);
    assert_eq!(world.get("/activities/by/nobody/count").await.json, json!({ "count": 0 }));
}

pub(crate) async fn a_page_asks_for_its_authors_once(fresh: Fresh) {
    let world = fresh.start().await;
    world.say("worf", "again").await;
    let before = world.users.requests().len();
    world.get("/activities/home").await;
    let asked: Vec<_> = world.users.requests().into_iter().skip(before).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].target, "/users?handles=andrewbrown%2Cgarek%2Cworf");
}

pub(crate) async fn an_empty_page_asks_users_nothing(fresh: Fresh) {
    let world = fresh.start().await;
    for path in ["/activities/by/nobody", "/activities/search?term=nothing", "/notifications/nobody"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, &answer.json["partial"]), (200, &json!(false)), "{path}");
    }
    assert_eq!(world.users.requests().len(), 0);
}

pub(crate) async fn an_author_whom_users_do_not_know_has_no_name(fresh: Fresh) {
    let world = fresh.start().await;
    world.say(NOBODY, "here I am").await;
    let page = world.get("/activities/home?limit=1").await;
    assert_eq!(page.json["activities"][0]["display_name"], Value::Null);
    assert_eq!(page.json["partial"], false, "users did answer");
}

pub(crate) async fn the_newest_replies_are_shown(fresh: Fresh) {
    let world = fresh.start().await;
    world
        .execute(&format!(
            "INSERT INTO replies (uuid, activity_uuid, handle, message, created_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) \
             SELECT '00000000-0000-4000-8000-000000000' || CAST(i + 100 AS TEXT), '{FIRST}', \
             'user_' || CAST(i AS TEXT), 'reply ' || CAST(i AS TEXT), 4000000000000000 + i FROM n"
        ))
        .await;
    let activity = world.get(&format!("/activities/{FIRST}")).await;
    let replies = activity.each("replies", |reply| reply["message"].as_str().unwrap_or_default().to_owned());
    assert_eq!(replies.len(), 99, "as many as can be named in one request, with the author");
    assert_eq!((replies[0].as_str(), replies[98].as_str()), ("reply 22", "reply 120"));
    assert_eq!(world.users.requests().len(), 1);
    assert_eq!(activity.json["replies"][98]["display_name"], name_of("user_120"));
}
