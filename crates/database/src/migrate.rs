//! Migrations: creates and changes the tables of a service at its start.

use std::borrow::Cow;

use sqlx::AnyConnection;
use sqlx::Connection as _;
use sqlx::migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator};

use crate::connect_error::connect_error;
use crate::error::OpenError;
use crate::pool::{IS_WRITABLE_POSTGRESQL, Purpose, connect};
use crate::url::{DatabaseUrl, System};

/// The migrations of a service, oldest first: description and SQL. The version is the position in the list.
pub type Migrations = &'static [(&'static str, &'static str)];

/// The table in which sqlx records what was applied, and the code of PostgreSQL's error when there is no such table.
const TABLE: &str = "_sqlx_migrations";
const UNDEFINED_TABLE: &str = "42P01";

/// Runs the migrations on a connection of their own, which waits longer for locks than a request may.
pub(crate) async fn migrate(url: &DatabaseUrl, migrations: Migrations) -> Result<(), OpenError> {
    let mut connection = match connect(url, Purpose::Migrate).await {
        Ok(connection) => connection,
        Err(error) => return Err(connect_error(url, error).await),
    };
    let migrator = migrator(migrations);
    let failed = |source| OpenError::Migrate { database: url.to_string(), source };
    if is_read_only(&mut connection, url.system()).await.map_err(|error| failed(error.into()))? {
        let server = url.server_name();
        if !are_applied(&mut connection, &migrator).await.map_err(failed)? {
            return Err(OpenError::ReadOnly { server });
        }
        tracing::warn!(
            "{server} is read-only, perhaps a standby: until it can be written, this service answers reads, refuses writes \
             and is not ready"
        );
    } else {
        migrator.run(&mut connection).await.map_err(failed)?;
    }
    // Whether it closes properly changes nothing: its work is committed.
    let _ = connection.close().await;
    Ok(())
}

/// Whether the server takes no writes. SQLite says so when its file is opened.
async fn is_read_only(connection: &mut AnyConnection, system: System) -> sqlx::Result<bool> {
    if system == System::Sqlite {
        return Ok(false);
    }
    Ok(sqlx::query(IS_WRITABLE_POSTGRESQL).fetch_optional(connection).await?.is_none())
}

/// Whether nothing is left to migrate. Fails where [`Migrator::run`] would, which cannot be asked: it begins with a write.
async fn are_applied(connection: &mut AnyConnection, migrator: &Migrator) -> Result<bool, MigrateError> {
    let applied = match connection.list_applied_migrations(TABLE).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(error)) if code(&error).as_deref() == Some(UNDEFINED_TABLE) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    if let Some(unknown) = applied.iter().find(|applied| !migrator.version_exists(applied.version)) {
        return Err(MigrateError::VersionMissing(unknown.version));
    }
    for migration in migrator.iter() {
        match applied.iter().find(|applied| applied.version == migration.version) {
            Some(applied) if applied.checksum != migration.checksum => {
                return Err(MigrateError::VersionMismatch(migration.version));
            }
            Some(_) => {}
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code)
}

fn migrator(migrations: Migrations) -> Migrator {
    let migrations = (1..).zip(migrations).map(|(version, (description, sql))| {
        let description = Cow::Borrowed(*description);
        Migration::new(
            version,
            description,
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(*sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}
