//! What users are told.

use crate::fixture::{FIRST, Fresh, name_of};

pub(crate) async fn a_reply_a_like_and_a_mention_are_told(fresh: Fresh) {
    let world = fresh.start().await;
    world.reply(FIRST, "garek", "Is it, @worf?").await;
    world.told("andrewbrown", 1).await;
    world.like(FIRST, "quark").await;
    world.told("andrewbrown", 2).await;
    let uuid = world.say("londo", "Ask @andrewbrown and @AndrewBrown and @londo").await;
    assert_eq!(world.told("andrewbrown", 3).await, ["mention londo", "like quark", "reply garek"]);
    assert_eq!(world.told("worf", 1).await, ["mention garek"]);
    let page = world.get("/notifications/andrewbrown").await;
    let newest = &page.json["notifications"][0];
    assert_eq!(
        (newest["activity_uuid"].as_str(), &page.json["partial"]),
        (Some(uuid.as_str()), &false.into())
    );
    assert_eq!(newest["from_display_name"], name_of("londo"));
    assert_eq!(page.json["notifications"][2]["activity_uuid"], FIRST);
}

pub(crate) async fn nobody_is_told_of_what_they_did_themselves(fresh: Fresh) {
    let world = fresh.start().await;
    world.reply(FIRST, "andrewbrown", "I said so, @andrewbrown").await;
    world.like(FIRST, "andrewbrown").await;
    world.like(FIRST, "worf").await;
    world.like(FIRST, "quark").await;
    assert_eq!(world.told("andrewbrown", 1).await, ["like quark"], "worf liked it before");
}

pub(crate) async fn notifications_come_in_pages(fresh: Fresh) {
    let world = fresh.start().await;
    for number in 1..=5 {
        world.like(FIRST, &format!("user_{number}")).await;
    }
    world.told("andrewbrown", 5).await;
    let first = world.get("/notifications/andrewbrown?limit=3").await;
    let path = format!("/notifications/andrewbrown?limit=3&cursor={}", first.text("next_cursor"));
    let second = world.get(&path).await;
    let from = |page: &crate::fixture::Answer| {
        page.each("notifications", |notification| notification["from_handle"].as_str().map(str::to_owned))
    };
    let all: Vec<_> = [from(&first), from(&second)].concat().into_iter().flatten().collect();
    assert_eq!(all, ["user_5", "user_4", "user_3", "user_2", "user_1"]);
    assert!(second.json["next_cursor"].is_null());
}
