//! Opening a database: SQLite as one writer and several readers, PostgreSQL as a pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr};

use crate::sql;

/// Written into each SQLite file of ours ("WYMK"), so that another program's file is recognised and refused.
const APPLICATION_ID: i64 = 0x5759_4D4B;
/// SQLite 3.7.0–3.51.2 can lose committed rows when the WAL is reset.
const SAFE_SQLITE: [u32; 3] = [3, 51, 3];

/// Pages kept in memory, in KiB (negative by SQLite's convention): with its own 2 MB, a transaction of some hundred rows is
/// written to the log more than once.
const WRITER_CACHE: &str = "-65536";
const READER_CACHE: &str = "-8192";
/// Pages of the log (16 MB) after which it is written back; pages that change often are then written back once.
const LOG_PAGES: &str = "4000";

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database_url: it must begin with sqlite: or postgres:")]
    UnknownKind,
    #[error("database_url: the file is not an SQLite database; name another file, or move this one away")]
    NotADatabase,
    #[error("database_url: this is a database of another program; name another file or database")]
    NotOurs,
    #[error("this program carries SQLite {0}, which can lose data; it needs 3.51.3 or newer")]
    UnsafeSqlite(String),
    #[error("database_url: the database could not be opened: {0}")]
    Broken(#[from] DbErr),
}

/// A database, ready for use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    statements: Arc<AtomicU64>,
}

impl Store {
    /// Opens a database by its address: `sqlite:PATH` (created when missing) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let (mut writer, mut reader) = if url.starts_with("sqlite:") {
            let writer = Database::connect(sqlite(url, 1)).await.map_err(foreign)?;
            recognise(&writer).await?;
            // Before the others connect: what is known of the tables is read with the schema. While somebody else writes for
            // long, what was known before has to do.
            let _ = writer.execute_unprepared(KNOW_TABLES).await;
            (writer, Database::connect(sqlite(url, 6)).await.map_err(foreign)?)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = Database::connect(postgres(url)).await?;
            recognise(&pool).await?;
            (pool.clone(), pool)
        } else {
            return Err(OpenError::UnknownKind);
        };
        let statements = Arc::new(AtomicU64::new(0));
        for connection in [&mut writer, &mut reader] {
            let seen = statements.clone();
            connection.set_metric_callback(move |_| {
                seen.fetch_add(1, Ordering::Relaxed);
            });
        }
        Ok(Self { writer, reader, statements })
    }

    /// For statements that change something: the only connection that writes to SQLite.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// For statements that only read.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// How many statements were run since the database was opened: pages promise a number that does not grow with what
    /// they show.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.reader.execute_unprepared("select 1").await.map(|_| ())
    }

    /// Copies an SQLite database, while it is in use, into a new file that must not exist yet.
    pub async fn backup_sqlite(&self, to: &str) -> Result<(), DbErr> {
        self.reader.execute_raw(sql::statement(&self.reader, "vacuum into $1", [to.into()])).await.map(|_| ())
    }

    /// Whether the embedded database is used.
    pub fn is_sqlite(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Sqlite
    }

    /// Closes all connections; SQLite writes its log back.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }

    /// Looks again at how the tables have grown, so that statements go the short way. PostgreSQL does so by itself.
    pub async fn know_tables(&self) -> Result<(), DbErr> {
        match self.is_sqlite() {
            true => self.writer.execute_unprepared(KNOW_TABLES).await.map(|_| ()),
            false => Ok(()),
        }
    }
}

/// A look at some hundred rows of each index of tables that have grown: without, SQLite takes every index for equally good.
const KNOW_TABLES: &str = "pragma analysis_limit = 400; pragma optimize = 0x10002";

/// Whether it is a new database, or one of ours.
async fn recognise(db: &DatabaseConnection) -> Result<(), OpenError> {
    if db.get_database_backend() != DbBackend::Sqlite {
        let tables = sql::count(
            db,
            "select count(*) as n from information_schema.tables where table_schema = current_schema()",
            [],
        )
        .await?;
        let ours = sql::count(
            db,
            "select count(*) as n from information_schema.tables \
             where table_schema = current_schema() and table_name in ('seaql_migrations', 'slot_ledger')",
            [],
        )
        .await?;
        return if tables == 0 || ours > 0 { Ok(()) } else { Err(OpenError::NotOurs) };
    }
    let version = sql::text(db, "select sqlite_version() as t").await.map_err(foreign)?;
    if numbers(&version) < SAFE_SQLITE {
        return Err(OpenError::UnsafeSqlite(version));
    }
    let tables = sql::count(db, "select count(*) as n from sqlite_master", []).await.map_err(foreign)?;
    let id = sql::count(db, "select application_id as n from pragma_application_id", []).await?;
    match (tables, id) {
        (_, APPLICATION_ID) => Ok(()),
        (0, _) => {
            let mark = format!("pragma application_id = {APPLICATION_ID}");
            db.execute_unprepared(&mark).await?;
            Ok(())
        }
        _ => Err(OpenError::NotOurs),
    }
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let url = if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") };
    let mut options = quiet(ConnectOptions::new(url), connections);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // What a statement keeps to undo itself stays in memory, not in a file of its own.
            .pragma("temp_store", "memory")
            .pragma("cache_size", if connections == 1 { WRITER_CACHE } else { READER_CACHE })
            .pragma("wal_autocheckpoint", LOG_PAGES)
    });
    options
}

fn postgres(url: &str) -> ConnectOptions {
    quiet(ConnectOptions::new(url), 16)
}

/// Statements carry patients' data: none is written to the log or to a span.
fn quiet(mut options: ConnectOptions, connections: u32) -> ConnectOptions {
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

fn foreign(error: DbErr) -> OpenError {
    if error.to_string().contains("file is not a database") { OpenError::NotADatabase } else { error.into() }
}

fn numbers(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    [parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0)]
}
