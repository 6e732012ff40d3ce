//! PostgreSQL servers that a test may kill: a primary, and a standby that follows it by streaming replication.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::process::Process;
use crate::process_builder::ProcessBuilder;
use crate::wait::DEADLINE;

/// Directory of PostgreSQL's programs, such as `/usr/lib/postgresql/15/bin`.
const PROGRAMS: &str = "TEST_POSTGRES_BIN";
/// The superuser of the servers, and the user of the system that runs them for root: PostgreSQL refuses to run as root.
const USER: &str = "postgres";
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A server on a free port of loopback, with a directory of its own. Dropping it kills it.
pub struct PostgresServer {
    process: Process,
    address: SocketAddr,
    _directory: TempDir,
}

impl PostgresServer {
    /// Starts a server that a standby can follow, with an empty database.
    ///
    /// # Panics
    /// If `TEST_POSTGRES_BIN` is unset, or the server does not start.
    pub async fn primary() -> Self {
        let directory = directory();
        let arguments = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale", "--username", USER];
        run("initdb", &directory, &arguments);
        Self::start(directory).await
    }

    /// Starts a copy of `primary` that follows it, and answers only reads. From then on, the primary reports a commit
    /// once the standby has it, so that a failover loses none.
    ///
    /// # Panics
    /// If it does not start, or does not follow.
    pub async fn standby_of(primary: &Self) -> Self {
        let directory = directory();
        let port = primary.address.port().to_string();
        let from = ["--host=127.0.0.1", "--username", USER, "--port", &port];
        let how = ["--no-sync", "--checkpoint=fast", "--write-recovery-conf"];
        run("pg_basebackup", &directory, &[&from[..], &how[..]].concat());
        let standby = Self::start(directory).await;
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
        primary.execute("SELECT pg_reload_conf()").await;
        let follows = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'";
        primary.wait_for_row("a standby that follows", follows).await;
        standby
    }

    async fn start(directory: TempDir) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        drop(listener);
        let (program, arguments) = as_user("postgres");
        let port = format!("port={}", address.port());
        let settings = [&port, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
        let builder = Process::builder("postgres", program);
        let builder = arguments.into_iter().fold(builder, ProcessBuilder::arg);
        let builder = builder.arg("-D").arg(data(&directory));
        let process = settings.iter().fold(builder, |it, setting| it.arg("-c").arg(*setting)).spawn();
        let server = Self { process, address, _directory: directory };
        server.wait_for_row("a PostgreSQL server", "SELECT 1").await;
        server
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of its database at another address that leads to it.
    pub fn url_at(address: SocketAddr) -> String {
        format!("postgres://{USER}@{address}/{USER}")
    }

    /// Kills it, as a host that fails does.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Makes a standby a primary.
    pub async fn promote(&self) {
        self.execute("SELECT pg_promote()").await;
    }

    async fn execute(&self, sql: &str) {
        let mut connection = self.connect().await.expect("the server responds");
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("valid SQL");
    }

    async fn connect(&self) -> sqlx::Result<PgConnection> {
        PgConnection::connect(&Self::url_at(self.address)).await
    }

    /// Waits until a query finds a row.
    ///
    /// # Panics
    /// If it finds none in time.
    pub async fn wait_for_row(&self, what: &str, query: &str) {
        let started = Instant::now();
        let found = async || {
            let mut connection = self.connect().await?;
            sqlx::query(AssertSqlSafe(query.to_owned())).fetch_optional(&mut connection).await
        };
        while !matches!(found().await, Ok(Some(_))) {
            assert!(started.elapsed() < DEADLINE, "{what} did not come up:\n{}", self.process.log());
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

/// An empty directory of the user that runs the servers.
fn directory() -> TempDir {
    let directory = TempDir::with_prefix("cruddur-postgres-").expect("a temporary directory can be created");
    if is_root() {
        let status = Command::new("chown").arg(USER).arg(directory.path()).status();
        assert!(status.is_ok_and(|status| status.success()), "the package of PostgreSQL creates {USER}");
    }
    directory
}

/// The path of a server's data, which its programs create with the permissions that they demand.
fn data(directory: &TempDir) -> String {
    directory.path().join("data").display().to_string()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A program of PostgreSQL as what to start, and its first arguments.
fn as_user(program: &str) -> (PathBuf, Vec<String>) {
    let programs = std::env::var(PROGRAMS)
        .unwrap_or_else(|_| panic!("{PROGRAMS} must be the directory of PostgreSQL's programs"));
    let program = PathBuf::from(programs).join(program);
    if !is_root() {
        return (program, Vec::new());
    }
    let user = [format!("--reuid={USER}"), format!("--regid={USER}"), "--clear-groups".to_owned()];
    ("setpriv".into(), user.into_iter().chain([program.display().to_string()]).collect())
}

/// Runs a program that fills a directory with a server's data.
fn run(program: &str, directory: &TempDir, arguments: &[&str]) {
    let (command, before) = as_user(program);
    let output = Command::new(command)
        .args(before)
        .args(arguments)
        .args(["--pgdata", &data(directory)])
        .current_dir(directory.path())
        .output()
        .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}
