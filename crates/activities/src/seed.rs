//! Sample and generated activities. Seeding is untraced.

use activities_api::{Activity, Reply, Ttl};
use database::{DatabaseError, Sql, Transaction};
use jiff::{SignedDuration, Timestamp};
use service::clock;
use users_api::Handle;
use uuid::{Uuid, uuid};

pub use crate::store::Store;
use crate::store::{insert_activity, insert_like, insert_reply};

/// The sample activities: uuid, author, message, age in hours.
const SAMPLE: [(Uuid, &str, &str, i64); 3] = [
    (uuid!("68f126b0-1ceb-4a33-88be-d90fa7109eee"), "andrewbrown", "Cloud is very fun!", 48),
    (uuid!("66e12864-8c26-4c3a-9658-95a10f8fea67"), "worf", "I am out of prune juice", 7 * 24),
    (uuid!("248959df-3079-4947-b847-9e0892d1bab4"), "garek", "My dear doctor, I am just simple tailor", 1),
];
/// The reply to the first sample activity, in the same form, and the users who like that activity.
const REPLY: (Uuid, &str, &str, i64) =
    (uuid!("26e12864-1c26-5c3a-9658-97a10f8fea67"), "worf", "This post has no honor!", 47);
const LIKED_BY: [&str; 5] = ["altbrown", "bayko", "garek", "londo", "worf"];

/// The process that inserts this row adds the sample. So one of several processes that start at once adds it, and
/// only at the first start: the sample does not come back after it has expired.
const CLAIM_SEEDING: Sql =
    Sql::new("INSERT", "seeds", "INSERT INTO seeds (name) VALUES ($1) ON CONFLICT DO NOTHING");
const SELECT_SEEDING: Sql = Sql::new("SELECT", "seeds", "SELECT name FROM seeds WHERE name = $1");

/// Sets an activity's counts to its numbers of rows.
const UPDATE_COUNTS: Sql = Sql::new(
    "UPDATE",
    "activities",
    "UPDATE activities SET \
     replies_count = (SELECT COUNT(*) FROM replies WHERE replies.activity_uuid = activities.uuid), \
     likes_count = (SELECT COUNT(*) FROM likes WHERE likes.activity_uuid = activities.uuid) WHERE uuid = $1",
);

/// The messages of generated activities.
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
/// The age of the oldest generated activity. It is less than their time to live, 30 days.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(20 * 24);
/// The number of activities in one transaction.
const ACTIVITIES_PER_TRANSACTION: u64 = 500;
/// The id of generated activity 0.
const FIRST_GENERATED_ID: u128 = 1 << 32;

/// Adds the sample activities, at the first start with a database.
///
/// # Errors
/// [`DatabaseError`] when they cannot be written.
pub async fn sample(store: &Store) -> Result<(), DatabaseError> {
    let now = clock::now();
    let mut transaction = store.begin_seeding().await?;
    // Read first: a standby takes no INSERT, even if it has the row.
    if SELECT_SEEDING.query().untraced().bind("sample").fetch_optional(&mut transaction).await?.is_some() {
        return Ok(());
    }
    if CLAIM_SEEDING.query().untraced().bind("sample").execute(&mut transaction).await? == 0 {
        return Ok(());
    }
    for (uuid, handle, message, hours) in SAMPLE {
        let at = ago(now, SignedDuration::from_hours(hours));
        if let Some(activity) = build_activity(uuid, handle, message, at) {
            insert_activity(&activity, None).untraced().execute(&mut transaction).await?;
        }
    }
    add_reply_and_likes(&mut transaction, now).await?;
    transaction.commit().await
}

/// Adds the generated activities below `count`; existing activities stay unchanged. Calls `progress` with the
/// number added so far.
///
/// The author of each activity is `user_handle` of a number below `users`.
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
    let step = MAX_AGE / i32::try_from(count.max(1)).unwrap_or(i32::MAX);
    let mut done = 0;
    while done < count {
        let end = count.min(done + ACTIVITIES_PER_TRANSACTION);
        let mut transaction = store.begin_seeding().await?;
        for number in done..end {
            let id = Uuid::new_v8((FIRST_GENERATED_ID + u128::from(number)).to_be_bytes());
            let hash = scramble(number);
            let [low, ..] = hash.to_le_bytes();
            let message = MESSAGES[usize::from(low % 8)];
            let handle = user_handle((hash >> 8) % users.max(1));
            let at = ago(now, step.saturating_mul(i32::try_from(number).unwrap_or(i32::MAX)));
            if let Some(activity) = build_activity(id, &handle, &format!("{message} ({number})"), at) {
                insert_activity(&activity, None).untraced().execute(&mut transaction).await?;
            }
        }
        transaction.commit().await?;
        done = end;
        progress(done);
    }
    Ok(())
}

/// Adds the reply to the first sample activity and its likes, and updates its counts.
async fn add_reply_and_likes(transaction: &mut Transaction, now: Timestamp) -> Result<(), DatabaseError> {
    let (activity_uuid, ..) = SAMPLE[0];
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
        reply_to_activity_uuid: activity_uuid,
    };
    insert_reply(&reply, None).untraced().execute(&mut *transaction).await?;
    for handle in LIKED_BY.into_iter().flat_map(Handle::parse) {
        insert_like(&activity_uuid, &handle, at).untraced().execute(&mut *transaction).await?;
    }
    UPDATE_COUNTS.query().untraced().bind(activity_uuid.to_string()).execute(transaction).await?;
    Ok(())
}

fn build_activity(uuid: Uuid, handle: &str, message: &str, created_at: Timestamp) -> Option<Activity> {
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
        replies_cursor: None,
    })
}

fn ago(now: Timestamp, age: SignedDuration) -> Timestamp {
    now.checked_sub(age).unwrap_or(now)
}

/// Hashes consecutive numbers to well-distributed ones, deterministically (the finalizer of `SplitMix64`).
fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
