//! A private database for each test, copied from a template that holds the demonstration and is made once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, bail};
use sea_orm::{ConnectionTrait, Database};
use server::config::Config;
use server::demo::load;
use server::open;
use service::{clock, jobs};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// Whether tests can run on it here. In CI everything must run.
    pub fn is_there(self) -> bool {
        let there = self == Self::Sqlite || admin_url().is_some();
        if !there {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "WAYMARK_TEST_POSTGRES is not set");
            println!("skipped: WAYMARK_TEST_POSTGRES names no PostgreSQL");
        }
        there
    }
}

/// A database of one test, dropped with it.
pub struct Private {
    pub url: String,
    name: Option<String>,
}

struct Template {
    /// Keeps documents and anchors, and the database when it is SQLite.
    folder: PathBuf,
    name: String,
}

fn admin_url() -> Option<String> {
    std::env::var("WAYMARK_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// A copy of the template: the database, and documents and anchors below `folder`.
pub async fn copy(kind: Kind, folder: &Path) -> anyhow::Result<Private> {
    let template = tokio::task::spawn_blocking(move || template(kind)).await?;
    copy_folder(&template.folder, folder)?;
    if kind == Kind::Sqlite {
        return Ok(Private { url: format!("sqlite:{}", folder.join("waymark.db").display()), name: None });
    }
    let name = format!("waymark_test_{}", hex::encode(rand::random::<[u8; 8]>()));
    admin(&format!("create database {name} template {}", template.name)).await?;
    Ok(Private { url: url_of(&name)?, name: Some(name) })
}

/// An empty database.
pub async fn empty(kind: Kind, folder: &Path) -> anyhow::Result<Private> {
    if kind == Kind::Sqlite {
        return Ok(Private { url: format!("sqlite:{}", folder.join("waymark.db").display()), name: None });
    }
    let name = format!("waymark_test_{}", hex::encode(rand::random::<[u8; 8]>()));
    admin(&format!("create database {name}")).await?;
    Ok(Private { url: url_of(&name)?, name: Some(name) })
}

impl Private {
    /// Drops it; nobody may use it any more.
    pub async fn drop_it(&self) -> anyhow::Result<()> {
        match &self.name {
            Some(name) => admin(&format!("drop database if exists {name} with (force)")).await,
            None => Ok(()),
        }
    }
}

async fn admin(statement: &str) -> anyhow::Result<()> {
    let url = admin_url().context("WAYMARK_TEST_POSTGRES is not set")?;
    let database = Database::connect(url).await?;
    database.execute_unprepared(statement).await?;
    Ok(database.close().await?)
}

fn url_of(name: &str) -> anyhow::Result<String> {
    let mut url = url::Url::parse(&admin_url().context("WAYMARK_TEST_POSTGRES is not set")?)?;
    url.set_path(name);
    Ok(url.to_string())
}

fn template(kind: Kind) -> &'static Template {
    static SQLITE: OnceLock<Template> = OnceLock::new();
    static POSTGRES: OnceLock<Template> = OnceLock::new();
    let place = if kind == Kind::Sqlite { &SQLITE } else { &POSTGRES };
    place.get_or_init(|| {
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let made = runtime.context("runtime").and_then(|runtime| runtime.block_on(make(kind)));
            made.expect("the template database can be made")
        });
        work.join().expect("the template's thread ends well")
    })
}

async fn make(kind: Kind) -> anyhow::Result<Template> {
    let folder = std::env::temp_dir().join(format!("waymark-template-{kind:?}-{}", std::process::id()));
    sweep(kind).await?;
    std::fs::create_dir_all(&folder)?;
    let name = format!("waymark_template_{}", std::process::id());
    let url = match kind {
        Kind::Sqlite => format!("sqlite:{}", folder.join("waymark.db").display()),
        Kind::Postgres => {
            admin(&format!("create database {name}")).await?;
            url_of(&name)?
        }
    };
    let overrides = [("data_dir", folder.display().to_string()), ("database_url", url)];
    let overrides = overrides.map(|(key, value)| (key.to_owned(), value));
    let config = Config::load(&overrides, &Default::default(), None)?;
    let desk = open::desk(&config, open::database(&config).await?)?;
    load::load(&desk, clock::now()).await?;
    while jobs::seal(&desk, clock::now()).await? > 0 {}
    desk.store.clone().close().await?;
    Ok(Template { folder, name })
}

/// Removes what test runs that have ended left behind.
async fn sweep(kind: Kind) -> anyhow::Result<()> {
    let gone = |pid: &str| pid.parse::<u32>().is_ok_and(|pid| !Path::new(&format!("/proc/{pid}")).exists());
    for entry in std::fs::read_dir(std::env::temp_dir())?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.strip_prefix(&format!("waymark-template-{kind:?}-"));
        if pid.is_some_and(gone) {
            // Another run may be sweeping as well.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    if kind == Kind::Postgres {
        let url = admin_url().context("WAYMARK_TEST_POSTGRES is not set")?;
        let database = Database::connect(url).await?;
        let backend = database.get_database_backend();
        let list = "select datname::text as name from pg_database where datname like 'waymark_template_%'";
        for row in database.query_all_raw(sea_orm::Statement::from_string(backend, list)).await? {
            let name: String = row.try_get("", "name")?;
            if name.strip_prefix("waymark_template_").is_some_and(gone) {
                let _ = database.execute_unprepared(&format!("drop database if exists {name}")).await;
            }
        }
        database.close().await?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if std::fs::copy(entry.path(), &target).is_err() {
            bail!("{} could not be copied", entry.path().display());
        }
    }
    Ok(())
}
