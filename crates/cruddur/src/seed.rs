//! `cruddur seed`: writes generated users and activities into the databases, with a progress bar.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use database::DatabaseUrl;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Seed;
use crate::data_dir::{database_variable, sqlite_url};
use crate::part::Part;

/// Users of the sample data, which every database has.
const SAMPLE_AUTHORS: [&str; 4] = ["andrewbrown", "worf", "garek", "londo"];

pub(crate) async fn run(seed: Seed) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&seed.data).with_context(|| {
        format!("cannot use {} as data directory; choose another with --data DIR", seed.data.display())
    })?;
    if seed.users > 0 {
        users(&seed).await.context("cannot add users")?;
    }
    if seed.activities > 0 {
        activities(&seed).await.context("cannot add activities")?;
    }
    if seed.users == 0 && seed.activities == 0 {
        anyhow::bail!("nothing to generate: give --users N, --activities N or both");
    }
    println!("generated users: {}, generated activities: {}", seed.users, seed.activities);
    Ok(ExitCode::SUCCESS)
}

async fn users(seed: &Seed) -> anyhow::Result<()> {
    let store = users::seed::Store::open(&DatabaseUrl::parse(&url(seed, Part::Users))?).await?;
    users::seed::sample(&store).await?;
    let bar = bar("users", seed.users);
    users::seed::generate(&store, seed.users, |done| bar.set_position(done)).await?;
    bar.finish();
    Ok(())
}

async fn activities(seed: &Seed) -> anyhow::Result<()> {
    let store = activities::seed::Store::open(&DatabaseUrl::parse(&url(seed, Part::Activities))?).await?;
    activities::seed::sample(&store).await?;
    let bar = bar("activities", seed.activities);
    let authors = match seed.users {
        0 => SAMPLE_AUTHORS.len() as u64,
        users => users,
    };
    activities::seed::generate(
        &store,
        seed.activities,
        |number| author(seed, number),
        authors,
        |done| {
            bar.set_position(done);
        },
    )
    .await?;
    bar.finish();
    Ok(())
}

/// A generated user, or one of the sample users if none are generated.
fn author(seed: &Seed, number: u64) -> String {
    if seed.users > 0 {
        return users::seed::handle(number);
    }
    let sample = usize::try_from(number).ok().and_then(|number| SAMPLE_AUTHORS.get(number));
    sample.copied().unwrap_or(SAMPLE_AUTHORS[0]).to_owned()
}

/// The database that the launcher gives the service with the same `--data`.
fn url(seed: &Seed, part: Part) -> String {
    let own = database_variable(part).and_then(|variable| std::env::var(variable).ok());
    own.filter(|url| !url.is_empty()).unwrap_or_else(|| sqlite_url(&seed.data, part.name()))
}

fn bar(what: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<10} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(length).with_style(style).with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
