//! Cruddur's own activities, and as many more as are wanted. Nothing here leaves a trace.

use activities_api::{Activity, Reply, Ttl};
use database::{DatabaseError, Sql, Transaction};
use jiff::{SignedDuration, Timestamp};
use service::clock;
use users_api::Handle;
use uuid::{Uuid, uuid};

pub use crate::store::Store;
use crate::store::{insert_activity, insert_like, insert_reply};

/// Cruddur's activities: uuid, author, message, age in hours.
const SAMPLE: [(Uuid, &str, &str, i64); 3] = [
    (uuid!("68f126b0-1ceb-4a33-88be-d90fa7109eee"), "andrewbrown", "Cloud is very fun!", 48),
    (uuid!("66e12864-8c26-4c3a-9658-95a10f8fea67"), "worf", "I am out of prune juice", 7 * 24),
    (uuid!("248959df-3079-4947-b847-9e0892d1bab4"), "garek", "My dear doctor, I am just simple tailor", 1),
];
/// What was said of the first of them, in the same form, and who likes it.
const REPLY: (Uuid, &str, &str, i64) =
    (uuid!("26e12864-1c26-5c3a-9658-97a10f8fea67"), "worf", "This post has no honor!", 47);
const LIKED_BY: [&str; 5] = ["altbrown", "bayko", "garek", "londo", "worf"];

/// Whoever keeps this row makes the sample: one of several that start at once, and only at the first start, so that it
/// does not come back when it has expired.
const FIRST_START: Sql =
    Sql::new("INSERT", "seeds", "INSERT INTO seeds (name) VALUES ($1) ON CONFLICT DO NOTHING");

/// Makes an activity's counts what its rows say.
const COUNT: Sql = Sql::new(
    "UPDATE",
    "activities",
    "UPDATE activities SET \
     replies_count = (SELECT COUNT(*) FROM replies WHERE replies.activity_uuid = activities.uuid), \
     likes_count = (SELECT COUNT(*) FROM likes WHERE likes.activity_uuid = activities.uuid) WHERE uuid = $1",
);

/// What generated activities say.
const MESSAGES: [&str; 8] = [
    "One request, one trace",
    "It works on my machine, and now I can see why",
    "The span is closed; the question is open",
    "Who moved my context?",
    "A queue is only a list with regrets",
    "Retry, but not forever",
    "Read the waterfall from the left",
    "The slow part is never where you look first",
];
/// Over how long a time before now generated activities lie; they live for 30 days.
const SPREAD: SignedDuration = SignedDuration::from_hours(20 * 24);
/// Activities that are written in one transaction.
const BATCH: u64 = 500;
/// Keeps the ids of generated activities apart from all others.
const GENERATED_IDS: u128 = 1 << 32;

/// Adds Cruddur's activities at the first start of a database.
///
/// # Errors
/// [`DatabaseError`] when they cannot be written.
pub async fn sample(store: &Store) -> Result<(), DatabaseError> {
    let now = clock::now();
    let mut transaction = store.begin().await?;
    if FIRST_START.query().untraced().bind("sample").execute(&mut transaction).await? == 0 {
        return Ok(());
    }
    for (uuid, handle, message, hours) in SAMPLE {
        let at = ago(now, SignedDuration::from_hours(hours));
        if let Some(activity) = activity(uuid, handle, message, at) {
            insert_activity(&activity, None).untraced().execute(&mut transaction).await?;
        }
    }
    answer(&mut transaction, now).await?;
    transaction.commit().await
}

/// Adds generated activities 0 to `count`; those that are there already stay. The author of each is `user_handle` of a
/// number below `users`. `progress` is told how many were done.
///
/// # Errors
/// [`DatabaseError`] when an activity cannot be written.
pub async fn generate(
    store: &Store,
    count: u64,
    user_handle: impl Fn(u64) -> String,
    users: u64,
    mut progress: impl FnMut(u64),
) -> Result<(), DatabaseError> {
    let now = clock::now();
    let step = SPREAD / i32::try_from(count.max(1)).unwrap_or(i32::MAX);
    let mut done = 0;
    while done < count {
        let end = count.min(done + BATCH);
        let mut transaction = store.begin().await?;
        for number in done..end {
            let id = Uuid::new_v8((GENERATED_IDS + u128::from(number)).to_be_bytes());
            let [choice, ..] = mixed(number).to_le_bytes();
            let message = MESSAGES[usize::from(choice % 8)];
            let handle = user_handle((mixed(number) >> 8) % users.max(1));
            let at = ago(now, step.saturating_mul(i32::try_from(number).unwrap_or(i32::MAX)));
            if let Some(activity) = activity(id, &handle, &format!("{message} ({number})"), at) {
                insert_activity(&activity, None).untraced().execute(&mut transaction).await?;
            }
        }
        transaction.commit().await?;
        done = end;
        progress(done);
    }
    Ok(())
}

/// Adds the reply to the first activity of the sample, and the likes; the counts follow.
async fn answer(transaction: &mut Transaction, now: Timestamp) -> Result<(), DatabaseError> {
    let (to, ..) = SAMPLE[0];
    let (uuid, handle, message, hours) = REPLY;
    let at = ago(now, SignedDuration::from_hours(hours));
    let Ok(handle) = Handle::parse(handle) else { return Ok(()) };
    let reply = Reply {
        uuid,
        handle,
        display_name: None,
        message: message.to_owned(),
        replies_count: 0,
        reposts_count: 0,
        likes_count: 0,
        created_at: at,
        reply_to_activity_uuid: to,
    };
    insert_reply(&reply, None).untraced().execute(&mut *transaction).await?;
    for handle in LIKED_BY.into_iter().flat_map(Handle::parse) {
        insert_like(&to, &handle, at).untraced().execute(&mut *transaction).await?;
    }
    COUNT.query().untraced().bind(to.to_string()).execute(transaction).await?;
    Ok(())
}

fn activity(uuid: Uuid, handle: &str, message: &str, created_at: Timestamp) -> Option<Activity> {
    Some(Activity {
        uuid,
        handle: Handle::parse(handle).ok()?,
        display_name: None,
        message: message.to_owned(),
        replies_count: 0,
        reposts_count: 0,
        likes_count: 0,
        created_at,
        expires_at: created_at.checked_add(Ttl::ThirtyDays.duration()).ok(),
        replies: Vec::new(),
    })
}

fn ago(now: Timestamp, age: SignedDuration) -> Timestamp {
    now.checked_sub(age).unwrap_or(now)
}

/// Spreads consecutive numbers, the same way in every run (the finalizer of `SplitMix64`).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
