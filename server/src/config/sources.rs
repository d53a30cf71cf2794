//! Collects what was written: file, environment, command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keys::{KEYS, Key, Kind, is_other_variable};
use super::nearest::nearest;
use super::values::{Value, Values};

const DEFAULT_FILE: &str = "waymark.toml";

/// Later sources replace earlier ones, key by key. Problems are noted in the answer.
pub fn gather(overrides: &[(String, String)], env: &BTreeMap<String, String>, file: Option<&Path>) -> Values {
    let mut values = Values::defaults();
    let named = file.map(Path::to_path_buf).or_else(|| env.get("WAYMARK_CONFIG").map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    if named.is_some() || path.exists() {
        read_file(&mut values, &path);
    }
    read_environment(&mut values, env);
    for (name, text) in overrides {
        set(&mut values, name, name, Value::Text(text.clone()), "command line");
    }
    values
}

fn read_file(values: &mut Values, path: &Path) {
    let source = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            return values.note("configuration file", &source, format!("it cannot be read: {error}"));
        }
    };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            // Only the message: the error's own display quotes the line, which may hold a secret.
            return values.note("configuration file", &source, format!("line {line}: {}", error.message()));
        }
    };
    for (name, value) in table {
        match value {
            toml::Value::Table(section) => {
                for (key, value) in section {
                    let name = format!("{name}.{key}");
                    set_toml(values, &name, value, &source);
                }
            }
            value => set_toml(values, &name, value, &source),
        }
    }
}

fn set_toml(values: &mut Values, name: &str, value: toml::Value, source: &str) {
    let value = match value {
        toml::Value::String(text) => Value::Typed(text),
        toml::Value::Integer(number) => Value::Number(number),
        toml::Value::Array(items) => {
            let count = items.len();
            let texts: Vec<String> =
                items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
            if texts.len() != count {
                return values.note(name, source, "give a list of texts".to_owned());
            }
            Value::List(texts)
        }
        _ => return values.note(name, source, "give a text, a whole number or a list of texts".to_owned()),
    };
    set(values, name, name, value, source);
}

fn read_environment(values: &mut Values, env: &BTreeMap<String, String>) {
    if let Some(url) = env.get("DATABASE_URL") {
        set(values, "database_url", "DATABASE_URL", Value::Text(url.clone()), "environment");
    }
    let names: BTreeMap<String, &str> = KEYS.iter().map(|key| (key.variable(), key.name)).collect();
    for (variable, text) in env.iter().filter(|(name, _)| name.starts_with("WAYMARK_")) {
        if is_other_variable(variable) {
            continue;
        }
        let stem = variable.strip_suffix("_FILE").filter(|_| !names.contains_key(variable));
        let value = Value::Text(text.clone());
        match (names.get(variable), stem.and_then(|stem| names.get(stem))) {
            (Some(name), _) => set(values, name, variable, value, "environment"),
            (None, Some(name)) => set(values, &format!("{name}_file"), variable, value, "environment"),
            (None, None) => {
                values.note(variable, "environment", unknown(variable, names.keys().map(String::as_str)));
            }
        }
    }
}

/// `written` is how the person wrote `name`.
fn set(values: &mut Values, name: &str, written: &str, value: Value, source: &str) {
    if let Some(key) = Key::find(name) {
        return values.set(key, value, source);
    }
    let secret = name.strip_suffix("_file").and_then(Key::find).filter(|key| key.kind == Kind::Secret);
    let Some(key) = secret else {
        return values.note(written, source, unknown(written, KEYS.iter().map(|key| key.name)));
    };
    let (Value::Text(path) | Value::Typed(path)) = value else {
        return values.note(written, source, "give the path of a file".to_owned());
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => values.set(key, Value::Text(text.trim_end().to_owned()), source),
        Err(error) => values.note(written, source, format!("the file {path} cannot be read: {error}")),
    }
}

fn unknown<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(written, known) {
        Some(word) => format!("there is no such key; did you mean {word}?"),
        None => "there is no such key; docs/OPERATIONS.md lists them all".to_owned(),
    }
}
