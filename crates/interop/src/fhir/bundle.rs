//! The entries of a bundle and how references between them are resolved (FHIR R4 §2.36.4, Bundle).

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::node::{Node, identifier};
use super::records::{Identifier, Link};
use super::types;
use crate::problem::{Severity, Sink};

/// The most entries in one bundle.
pub const MAX_ENTRIES: usize = 100_000;

/// The most contained resources in one resource.
const MAX_CONTAINED: usize = 1_000;

/// System of a link that leaves the file and has only an address: the value is the reference as sent, such as
/// `Patient/123` (FHIR R4 uses this system for identifiers that are addresses).
pub const ADDRESS: &str = "urn:ietf:rfc:3986";

/// One resource of the file.
pub(super) struct Entry<'a> {
    pub key: String,
    pub kind: &'a str,
    pub path: String,
    pub base: Option<&'a str>,
    pub value: &'a Value,
}

/// All resources of the file, ready for look-up.
pub(super) struct Entries<'a> {
    pub all: Vec<Entry<'a>>,
    by_url: HashMap<String, usize>,
    /// `Type/id` to its place; `None` if two servers' resources in the file share it.
    by_id: HashMap<String, Option<usize>>,
    sink: &'a Sink,
}

/// Where a reference leads.
pub(super) enum Target {
    Inside(usize),
    Outside { kind: Option<String>, identifier: Identifier },
}

impl<'a> Entries<'a> {
    /// Takes the file apart. `None` when it is no FHIR file; the problem is then reported.
    pub fn of(root: &'a Value, sink: &'a Sink) -> Option<Self> {
        let mut entries = Self { all: Vec::new(), by_url: HashMap::new(), by_id: HashMap::new(), sink };
        let kind = root.get("resourceType").and_then(Value::as_str);
        match kind {
            None => {
                sink.error(
                    "",
                    "the file is not FHIR: it has no resourceType",
                    "send a FHIR R4 Bundle or resource as JSON",
                );
                return None;
            }
            Some("Bundle") => entries.bundle(root)?,
            Some(_) => entries.add(None, root, String::new()),
        }
        Some(entries)
    }

    fn bundle(&mut self, root: &'a Value) -> Option<()> {
        let kinds = ["transaction", "batch", "collection", "message", "searchset", "document"];
        if !root.get("type").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind)) {
            self.sink.error(
                "Bundle.type",
                "is missing or of a kind that is not read",
                format!("send one of: {}", kinds.join(", ")),
            );
            return None;
        }
        let list = match root.get("entry") {
            None | Some(Value::Null) => return Some(()),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.sink.error("Bundle.entry", "is not a list", "send the entries as a list");
                return None;
            }
        };
        if list.len() > MAX_ENTRIES {
            self.sink.error("Bundle.entry", "has more than 100,000 entries", "split it into several bundles");
            return None;
        }
        for (i, entry) in list.iter().enumerate() {
            let path = format!("Bundle.entry[{i}]");
            if !entry.is_object() {
                self.sink.error(path, "is not an object", "send an entry with a resource, or leave it out");
                continue;
            }
            let method = entry.get("request").and_then(|r| r.get("method")).and_then(Value::as_str);
            if method.is_some_and(|m| !matches!(m, "POST" | "PUT")) {
                self.sink.error(
                    format!("{path}.request.method"),
                    "only POST and PUT are taken",
                    "leave this entry out; records are not read, changed in part or deleted by import",
                );
                continue;
            }
            match entry.get("resource") {
                Some(resource) if resource.is_object() => {
                    self.add(entry.get("fullUrl"), resource, format!("{path}.resource"));
                }
                _ => self.sink.error(
                    format!("{path}.resource"),
                    "is missing",
                    "put the resource in, or leave the entry out",
                ),
            }
        }
        Some(())
    }

    fn add(&mut self, url: Option<&'a Value>, value: &'a Value, path: String) {
        let Some(kind) = value.get("resourceType").and_then(Value::as_str) else {
            self.sink.error(format!("{path}.resourceType"), "is missing", "name the FHIR R4 resource type");
            return;
        };
        if types::STU3.contains(&kind) {
            let path = if path.is_empty() { kind.to_owned() } else { path };
            self.sink.error(
                path,
                format!("{kind} is of FHIR STU3"),
                "send FHIR R4: a referral is a ServiceRequest there",
            );
            return;
        }
        if !types::is_r4(kind) {
            self.sink.error(
                format!("{path}.resourceType").trim_start_matches('.'),
                "is not a resource type of FHIR R4",
                "send FHIR R4 resources",
            );
            return;
        }
        let path = if path.is_empty() { kind.to_owned() } else { path };
        if kind == "Bundle" {
            self.sink.error(path, "is a bundle inside a bundle", "send its entries as entries of one bundle");
            return;
        }
        if types::USED.contains(&kind) && value.get("modifierExtension").is_some() {
            // A reader must not use a resource with a modifier that it does not know (FHIR R4 §2.4.1).
            self.sink.error(
                format!("{path}.modifierExtension"),
                "changes the meaning of the resource in a way that is not known here",
                "leave the resource out, or send it without modifierExtension if it holds all the same",
            );
        }
        if value.get("contained").and_then(Value::as_array).is_some_and(|list| list.len() > MAX_CONTAINED) {
            self.sink.error(
                format!("{path}.contained"),
                "has more than 1,000 resources",
                "send them as entries of the bundle",
            );
            return;
        }
        let local = value.get("id").and_then(Value::as_str).map(|id| format!("{kind}/{id}"));
        let url = url.and_then(Value::as_str).filter(|url| !url.is_empty());
        let key = url.map(str::to_owned).or_else(|| local.clone()).unwrap_or_else(|| path.clone());
        let index = self.all.len();
        if self.by_url.insert(key.clone(), index).is_some() {
            self.sink.error(
                path.trim_end_matches(".resource").to_owned() + ".fullUrl",
                "is used by an earlier entry too",
                "give each entry its own fullUrl",
            );
            return;
        }
        let base = url.zip(local.as_deref()).and_then(|(url, local)| url.strip_suffix(local));
        if let Some(local) = local {
            let first = !self.by_id.contains_key(&local);
            self.by_id.insert(local, first.then_some(index));
            if !first && base.is_none_or(str::is_empty) {
                self.sink.error(
                    format!("{path}.id"),
                    "is used by an earlier resource of this type too",
                    "give each its own id",
                );
            }
        }
        self.all.push(Entry { key, kind, path, base, value });
    }

    pub fn node(&'a self, index: usize) -> Node<'a> {
        let entry = &self.all[index];
        Node {
            value: entry.value,
            path: entry.path.clone(),
            root: entry.value,
            base: entry.base,
            sink: self.sink,
        }
    }

    /// The resources of a type: index and cursor.
    pub fn of_kind(&'a self, kind: &'a str) -> impl Iterator<Item = (usize, Node<'a>)> {
        let of_kind = move |(_, entry): &(usize, &Entry<'a>)| entry.kind == kind;
        self.all.iter().enumerate().filter(of_kind).map(|(index, _)| (index, self.node(index)))
    }

    /// How many resources of each type there are.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.all {
            *counts.entry(entry.kind.to_owned()).or_default() += 1;
        }
        counts
    }

    pub fn key(&self, index: usize) -> Link {
        Link::Key(self.all[index].key.clone())
    }

    /// A link to a resource of one type. What does not lead there is an error.
    pub fn link(&self, node: &Node<'_>, kind: &str) -> Option<Link> {
        match self.target(node)? {
            Target::Inside(index) if self.all[index].kind == kind => Some(self.key(index)),
            Target::Outside { kind: other, identifier } if other.as_deref().is_none_or(|o| o == kind) => {
                Some(Link::Identifier(identifier))
            }
            _ => {
                node.error("points at a resource of another type", format!("point at a {kind}"));
                None
            }
        }
    }

    /// Where a `Reference` element leads. What leads nowhere is reported as an error.
    pub fn target(&self, node: &Node<'_>) -> Option<Target> {
        let own = node.object("identifier").as_ref().and_then(identifier);
        let told = node.text("type");
        let Some(reference) = node.text("reference") else {
            let Some(identifier) = own else {
                node.error("has neither reference nor identifier", "add one of them");
                return None;
            };
            return Some(Target::Outside { kind: told, identifier });
        };
        if reference.starts_with('#') {
            return contained(node, own);
        }
        let reference = reference.split("/_history/").next().unwrap_or(&reference).to_owned();
        if let Some((kind, query)) = reference.split_once('?') {
            let kind = kind.rsplit('/').next().unwrap_or(kind).to_owned();
            let Some(identifier) = conditional(query) else {
                node.error(
                    "is a search that is not understood",
                    "search by identifier: Type?identifier=system|value",
                );
                return None;
            };
            return Some(Target::Outside { kind: Some(kind), identifier });
        }
        let local = local_part(&reference);
        let is_local = local.is_some_and(|(part, _)| part == reference);
        let here = node.base.filter(|_| is_local).map(|base| format!("{base}{reference}"));
        let inside = here
            .and_then(|url| self.by_url.get(&url))
            .or_else(|| self.by_url.get(&reference))
            .copied()
            .map(Some)
            .or_else(|| self.by_id.get(&reference).copied());
        match inside {
            Some(Some(index)) => return Some(Target::Inside(index)),
            Some(None) => {
                node.error("fits two resources of this file", "refer to the one meant by its fullUrl");
                return None;
            }
            None => {}
        }
        match (own, local) {
            (Some(identifier), local) => {
                Some(Target::Outside { kind: told.or(local.map(|(_, k)| k.to_owned())), identifier })
            }
            (None, Some((_, kind))) => Some(Target::Outside {
                kind: Some(kind.to_owned()),
                identifier: Identifier { system: ADDRESS.to_owned(), value: reference },
            }),
            (None, None) => {
                node.error(
                    "points at nothing in this file",
                    "add the resource, or refer to it by Type/id or identifier",
                );
                None
            }
        }
    }

    /// One line per type that is not used, instead of one per entry.
    pub fn note_unused(&self) {
        for (kind, count) in self.counts() {
            if !types::USED.contains(&kind.as_str()) {
                self.sink.add(
                    Severity::Information,
                    kind.clone(),
                    format!("{count} × {kind} not used"),
                    "nothing to do: this type is not part of a referral here",
                );
            }
        }
    }
}

/// `Type/id` at the end of a reference, with its type.
fn local_part(reference: &str) -> Option<(&str, &str)> {
    let (head, id) = reference.rsplit_once('/')?;
    let kind = head.rsplit('/').next()?;
    if id.is_empty() || !types::is_r4(kind) {
        return None;
    }
    Some((&reference[head.len() - kind.len()..], kind))
}

/// The contained resource that a reference names, if it names one.
pub(super) fn contained_resource<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let id = node.value.get("reference").and_then(Value::as_str)?.strip_prefix('#')?;
    let list = node.root.get("contained").and_then(Value::as_array)?;
    let value = list.iter().find(|r| r.get("id").and_then(Value::as_str) == Some(id))?;
    Some(Node { value, ..node.clone() })
}

/// A contained resource has no life of its own: only its identifier can be followed.
fn contained(node: &Node<'_>, own: Option<Identifier>) -> Option<Target> {
    let found = contained_resource(node);
    let kind = found.as_ref().and_then(|r| r.value.get("resourceType")).and_then(Value::as_str);
    let kind = kind.map(str::to_owned);
    let identifiers = found.map(|resource| resource.identifiers()).unwrap_or_default();
    match own.or_else(|| identifiers.into_iter().next()) {
        Some(identifier) => Some(Target::Outside { kind, identifier }),
        None => {
            node.error(
                "points at a contained resource without identifier",
                "send the resource as an entry of its own, or give it an identifier",
            );
            None
        }
    }
}

/// `identifier=system|value`, percent-decoded (FHIR R4 §3.1.0.11.2, conditional references).
fn conditional(query: &str) -> Option<Identifier> {
    let (system, value) = query.strip_prefix("identifier=")?.split_once('|').or_else(|| {
        let at = query.to_ascii_lowercase().find("%7c")?;
        Some((query.get("identifier=".len()..at)?, query.get(at + 3..)?))
    })?;
    let (system, value) = (decode(system)?, decode(value)?);
    (!value.is_empty() && !value.contains(['&', '|'])).then_some(Identifier { system, value })
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let (high, low) =
                    (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditional_references_are_understood_with_and_without_escapes() {
        let expected = Some(Identifier { system: "https://a.example/id".into(), value: "x 1".into() });
        assert_eq!(conditional("identifier=https://a.example/id|x%201"), expected);
        assert_eq!(conditional("identifier=https%3A%2F%2Fa.example%2Fid%7Cx%201"), expected);
        for bad in ["name=x", "identifier=", "identifier=a|", "identifier=a|%zz", "identifier=a|b&name=c"] {
            assert_eq!(conditional(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_type_of_a_reference_is_read_from_its_end() {
        assert_eq!(local_part("Patient/1"), Some(("Patient/1", "Patient")));
        assert_eq!(local_part("https://a.example/r4/Patient/1"), Some(("Patient/1", "Patient")));
        for bad in ["", "/", "Patient/", "urn:uuid:1", "Nonsense/1", "1"] {
            assert_eq!(local_part(bad), None, "{bad}");
        }
    }
}
