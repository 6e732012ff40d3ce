//! Keyset pagination.

use crate::fixture::{AppBuilder, TestApp, messages};

/// The messages of every page of `path`. Calls `between` after the first page.
async fn read_all_pages(app: &TestApp, path: &str, between: impl AsyncFnOnce(&TestApp)) -> Vec<Vec<String>> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let (mut pages, mut cursor, mut between) = (Vec::new(), String::new(), Some(between));
    loop {
        let page = app.get(&format!("{path}{separator}limit=3{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        pages.push(messages(&page));
        if let Some(between) = between.take() {
            between(app).await;
        }
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

pub(crate) async fn new_activities_do_not_shift_the_following_pages(builder: AppBuilder) {
    let app = builder.start().await;
    for number in 1..=5 {
        app.post_activity("londo", &format!("number {number}")).await;
    }
    let pages = read_all_pages(&app, "/activities/home", async |app: &TestApp| {
        app.post_activity("londo", "in between").await;
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

pub(crate) async fn paging_neither_skips_nor_repeats_activities_with_equal_times(builder: AppBuilder) {
    let app = builder.start().await;
    for number in 1..=6 {
        app.post_activity("londo", &format!("number {number}")).await;
    }
    app.execute("UPDATE activities SET created_at = 1700000000000000").await;
    let pages = read_all_pages(&app, "/activities/home", async |_: &TestApp| ()).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
    let mut messages = pages.concat();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), 9);
}

pub(crate) async fn search_and_user_lists_are_paged(builder: AppBuilder) {
    let app = builder.start().await;
    for number in 1..=4 {
        app.post_activity("londo", &format!("number {number}")).await;
        app.post_activity("bayko", &format!("digit {number}")).await;
    }
    for path in ["/activities/by/londo", "/activities/search?term=NUMBER"] {
        let pages = read_all_pages(&app, path, async |_: &TestApp| ()).await;
        assert_eq!(pages, [vec!["number 4", "number 3", "number 2"], vec!["number 1"]], "{path}");
    }
}
