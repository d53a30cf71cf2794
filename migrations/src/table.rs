//! A small description of a table, rendered for SQLite and for PostgreSQL, so that both get the same columns,
//! constraints and comments.

use sea_orm_migration::sea_orm::DbBackend;

/// Name, type with its constraints (`uuid`, `int`, `text`, `bool`, `real`, `bytes` first), comment or "".
pub type Column = (&'static str, &'static str, &'static str);

/// Columns that a table gets later. Those that are not null need a default, so that old code can still write rows.
pub struct Addition {
    pub table: &'static str,
    pub columns: &'static [Column],
}

impl Addition {
    /// The statements that add and explain the columns.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let mut statements = Vec::new();
        for (name, kind, comment) in self.columns {
            let note = match backend {
                DbBackend::Sqlite if !comment.is_empty() => format!(" /* {comment} */"),
                _ => String::new(),
            };
            let kind = native(kind, backend);
            statements.push(format!("alter table {} add column {name} {kind}{note}", self.table));
            if backend == DbBackend::Postgres && !comment.is_empty() {
                statements.push(format!("comment on column {}.{name} is '{}'", self.table, quoted(comment)));
            }
        }
        statements
    }
}

/// A table: each has a comment, and so has each column that does not explain itself.
pub struct Table {
    pub name: &'static str,
    pub comment: &'static str,
    pub columns: &'static [Column],
    /// Table constraints, in SQL that both understand.
    pub constraints: &'static [&'static str],
    /// Index name suffix and the rest of the statement: `("due", "(organisation_id, due_at)")`; a suffix that
    /// starts with `unique_` makes a unique index.
    pub indexes: &'static [(&'static str, &'static str)],
}

impl Table {
    /// The statements that create the table, its indexes and its comments.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for (name, kind, comment) in self.columns {
            let note = match backend {
                DbBackend::Sqlite if !comment.is_empty() => format!(" /* {comment} */"),
                _ => String::new(),
            };
            lines.push(format!("  {name} {}{note}", native(kind, backend)));
        }
        lines.extend(self.constraints.iter().map(|constraint| format!("  {constraint}")));
        let body = lines.join(",\n");
        let mut statements = match backend {
            DbBackend::Sqlite => {
                vec![format!("create table {} ( /* {} */\n{body}\n) strict", self.name, self.comment)]
            }
            _ => {
                let mut all = vec![format!("create table {} (\n{body}\n)", self.name)];
                all.push(format!("comment on table {} is '{}'", self.name, quoted(self.comment)));
                for (column, _, comment) in self.columns.iter().filter(|(_, _, comment)| !comment.is_empty())
                {
                    all.push(format!("comment on column {}.{column} is '{}'", self.name, quoted(comment)));
                }
                all
            }
        };
        for (suffix, rest) in self.indexes {
            let unique = if suffix.starts_with("unique_") { "unique " } else { "" };
            statements.push(format!("create {unique}index {}_{suffix} on {} {rest}", self.name, self.name));
        }
        statements
    }
}

/// The triggers that refuse to change or delete rows. PostgreSQL's function comes with the first schema.
pub fn append_only(table: &str, backend: DbBackend) -> Vec<String> {
    ["update", "delete"]
        .iter()
        .map(|act| match backend {
            DbBackend::Postgres => format!(
                "create trigger {table}_no_{act} before {act} on {table} \
                 for each row execute function refuse_change()"
            ),
            _ => format!(
                "create trigger {table}_no_{act} before {act} on {table} \
                 begin select raise(abort, 'rows of {table} are written once'); end"
            ),
        })
        .collect()
}

fn native(kind: &str, backend: DbBackend) -> String {
    let (first, rest) = kind.split_once(' ').unwrap_or((kind, ""));
    let base = match (first, backend) {
        ("uuid", DbBackend::Sqlite) => "blob",
        ("bytes", DbBackend::Sqlite) => "blob",
        ("int" | "bool", DbBackend::Sqlite) => "integer",
        ("int", _) => "bigint",
        ("bool", _) => "boolean",
        ("bytes", _) => "bytea",
        ("real", DbBackend::Postgres) => "double precision",
        (other, _) => other,
    };
    format!("{base} {rest}").trim_end().to_owned()
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}
