//! Pages that follow each other.

use crate::fixture::{Fresh, World};

/// All messages from `path`, page by page; `between` happens after the first page.
async fn all(world: &World, path: &str, between: impl AsyncFnOnce(&World)) -> Vec<Vec<String>> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let (mut pages, mut cursor, mut between) = (Vec::new(), String::new(), Some(between));
    loop {
        let page = world.get(&format!("{path}{joint}limit=3{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        pages.push(page.messages());
        if let Some(between) = between.take() {
            between(world).await;
        }
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

pub(crate) async fn pages_follow_each_other_though_somebody_posts(fresh: Fresh) {
    let world = fresh.start().await;
    for number in 1..=5 {
        world.say("londo", &format!("number {number}")).await;
    }
    let pages = all(&world, "/activities/home", async |world: &World| {
        world.say("londo", "in between").await;
    })
    .await;
    assert_eq!(
        pages,
        [
            vec!["number 5", "number 4", "number 3"],
            vec!["number 2", "number 1", "My dear doctor, I am just simple tailor"],
            vec!["Cloud is very fun!", "I am out of prune juice"],
        ]
    );
}

pub(crate) async fn what_was_posted_at_the_same_time_is_neither_lost_nor_doubled(fresh: Fresh) {
    let world = fresh.start().await;
    for number in 1..=6 {
        world.say("londo", &format!("number {number}")).await;
    }
    world.execute("UPDATE activities SET created_at = 1700000000000000").await;
    let pages = all(&world, "/activities/home", async |_: &World| ()).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
    let mut messages = pages.concat();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), 9);
}

pub(crate) async fn a_search_and_a_profile_come_in_pages_too(fresh: Fresh) {
    let world = fresh.start().await;
    for number in 1..=4 {
        world.say("londo", &format!("number {number}")).await;
        world.say("bayko", &format!("digit {number}")).await;
    }
    for path in ["/activities/by/londo", "/activities/search?term=NUMBER"] {
        let pages = all(&world, path, async |_: &World| ()).await;
        assert_eq!(pages, [vec!["number 4", "number 3", "number 2"], vec!["number 1"]], "{path}");
    }
}
