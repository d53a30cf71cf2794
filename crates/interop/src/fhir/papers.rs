//! DocumentReference with its bytes, the report back, and the patient's survey.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::bundle::{Entries, Target};
use super::node::Node;
use super::plain::plain_text;
use super::records::{Document, Link, Records, Report, SurveyAnswer};
use crate::problem::Severity;

/// HL7's extension for resources that lack a `basedOn` of their own (Composition).
const EVENT_BASED_ON: &str = "http://hl7.org/fhir/StructureDefinition/event-basedOn";

pub(super) fn read(entries: &Entries<'_>, records: &mut Records) {
    let supporting = supporting(entries);
    for (i, node) in entries.of_kind("DocumentReference") {
        records.documents.extend(document(entries, i, &node, &supporting));
    }
    for kind in ["DiagnosticReport", "Composition"] {
        for (i, node) in entries.of_kind(kind) {
            if node.text("status").as_deref() == Some("entered-in-error") {
                if kind == "Composition" {
                    unused(&node, "was entered in error");
                }
                continue;
            }
            match based_on(entries, &node) {
                // Results alone are lines of the record, read there.
                Some(_) if kind == "DiagnosticReport" && words_of(&node).is_empty() => {}
                Some(request) => records.reports.extend(report(entries, i, &node, &request)),
                None if kind == "Composition" => unused(&node, "is not based on a referral"),
                None => {}
            }
        }
    }
    for (i, node) in entries.of_kind("QuestionnaireResponse") {
        records.answers.extend(answer(entries, i, &node));
    }
}

fn unused(node: &Node<'_>, why: &str) {
    node.sink.add(Severity::Information, node.path.clone(), format!("{why}; left out"), "nothing to do");
}

/// Documents that a ServiceRequest names as supporting it.
fn supporting(entries: &Entries<'_>) -> HashMap<usize, Link> {
    let silent = crate::problem::Sink::default();
    let mut found = HashMap::new();
    for (i, request) in entries.of_kind("ServiceRequest") {
        // Supporting information may be of any kind and may lead elsewhere, so what leads nowhere is no problem here.
        let request = Node { sink: &silent, ..request };
        for info in request.each("supportingInfo") {
            if let Some(Target::Inside(at)) = entries.target(&info) {
                found.insert(at, entries.key(i));
            }
        }
    }
    found
}

fn document(
    entries: &Entries<'_>,
    i: usize,
    node: &Node<'_>,
    supporting: &HashMap<usize, Link>,
) -> Option<Document> {
    if matches!(node.text("status").as_deref(), Some("entered-in-error" | "superseded")) {
        unused(node, "is no longer valid");
        return None;
    }
    let patient = super::directory::link(entries, node, "subject", "Patient");
    let related = node.object("context").map(|c| c.each("related")).unwrap_or_default();
    let mut referral = None;
    for candidate in related.iter().chain(&node.each("basedOn")) {
        match entries.target(candidate) {
            Some(Target::Inside(at)) if entries.all[at].kind == "ServiceRequest" => {
                referral = referral.or(Some(entries.key(at)));
            }
            Some(Target::Outside { kind, identifier }) if kind.as_deref() == Some("ServiceRequest") => {
                referral = referral.or(Some(Link::Identifier(identifier)));
            }
            _ => {}
        }
    }
    let referral = referral.or_else(|| supporting.get(&i).cloned());
    let contents = node.each("content");
    let attachments: Vec<Node<'_>> = contents.iter().filter_map(|c| c.object("attachment")).collect();
    if attachments.len() > 1 {
        node.warn_at(
            "content",
            "has several files; the first readable one was taken",
            "send one document each",
        );
    }
    let found = attachments.iter().find_map(|a| bytes_of(entries, a).map(|found| (a, found)));
    let Some((attachment, (bytes, binary_type))) = found else {
        node.warn_at(
            "content",
            "brings no bytes; the document was left out",
            "put the file in as attachment.data or as a Binary; nothing is fetched from elsewhere",
        );
        return None;
    };
    let kind = node.object("type");
    let title = attachment
        .text("title")
        .or_else(|| node.text("description"))
        .or_else(|| kind.as_ref().and_then(|k| k.words()))
        .unwrap_or_else(|| "Document".to_owned());
    Some(Document {
        key: entries.all[i].key.clone(),
        patient,
        referral,
        kind: kind.and_then(|k| k.codings().into_iter().next()),
        title,
        media_type: attachment
            .text("contentType")
            .or(binary_type)
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        created_at: if attachment.has("creation") {
            attachment.instant("creation")
        } else {
            node.instant("date")
        },
        bytes,
    })
}

/// The bytes of an attachment and the media type of its Binary. What is damaged is an error.
fn bytes_of(entries: &Entries<'_>, attachment: &Node<'_>) -> Option<(Vec<u8>, Option<String>)> {
    let (bytes, media_type) = if attachment.has("data") {
        (decode(attachment, "data")?, None)
    } else {
        let url = attachment.text("url")?;
        let silent = crate::problem::Sink::default();
        let reference = serde_json::json!({ "reference": url });
        let looked_up =
            Node { value: &reference, path: String::new(), root: &reference, base: None, sink: &silent };
        let Some(Target::Inside(at)) = entries.target(&looked_up) else { return None };
        if entries.all[at].kind != "Binary" {
            attachment.error_at("url", "does not point at a Binary", "point at a Binary of this file");
            return None;
        }
        let binary = entries.node(at);
        (decode(&binary, "data")?, binary.text("contentType"))
    };
    let told = attachment.value.get("size").and_then(Value::as_u64);
    if told.is_some_and(|told| usize::try_from(told).ok() != Some(bytes.len())) {
        attachment.error_at("size", "differs from the size of the data", "send the whole file again");
        return None;
    }
    (!bytes.is_empty()).then_some((bytes, media_type))
}

fn decode(node: &Node<'_>, name: &str) -> Option<Vec<u8>> {
    let text: String = node.value.get(name)?.as_str()?.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(text);
    if bytes.is_err() {
        node.error_at(name, "is not base64", "encode the file as base64 (RFC 4648 §4)");
    }
    bytes.ok()
}

/// The referral that a resource answers: its `basedOn`, HL7's extension or our own `based-on`.
fn based_on<'a>(entries: &Entries<'_>, node: &Node<'a>) -> Option<Node<'a>> {
    let extended = || {
        let mut found = node.own("based-on");
        found.extend(node.extensions(EVENT_BASED_ON));
        found.first().and_then(|e| e.object("valueReference"))
    };
    let wanted = |reference: &Node<'_>| {
        // A report on a care plan or a medicine order is no answer to a referral. What leads nowhere is told later.
        let silent = crate::problem::Sink::default();
        match entries.target(&Node { sink: &silent, ..reference.clone() }) {
            Some(Target::Inside(at)) => entries.all[at].kind == "ServiceRequest",
            Some(Target::Outside { kind, .. }) => kind.is_none_or(|kind| kind == "ServiceRequest"),
            None => true,
        }
    };
    node.value
        .get("basedOn")
        .filter(|v| v.is_array())
        .and_then(|_| node.each("basedOn").into_iter().find(|r| wanted(r)))
        .or_else(extended)
}

/// Whether a DiagnosticReport is the words of a specialist about a referral, rather than a result in the record.
pub(super) fn answers_referral(entries: &Entries<'_>, node: &Node<'_>) -> bool {
    let silent = crate::problem::Sink::default();
    let node = Node { sink: &silent, ..node.clone() };
    let valid = node.text("status").as_deref() != Some("entered-in-error");
    valid && based_on(entries, &node).is_some() && !words_of(&node).is_empty()
}

fn report(entries: &Entries<'_>, i: usize, node: &Node<'_>, request: &Node<'_>) -> Option<Report> {
    let referral = entries.link(request, "ServiceRequest");
    let authors: Vec<Node<'_>> = node.each("author").into_iter().chain(node.each("performer")).collect();
    let author = authors.iter().find_map(|a| match entries.target(a)? {
        Target::Inside(at) if entries.all[at].kind == "Practitioner" => Some(entries.key(at)),
        Target::Inside(at) if entries.all[at].kind == "PractitionerRole" => {
            let role = entries.node(at);
            role.object("practitioner").and_then(|p| entries.link(&p, "Practitioner"))
        }
        Target::Outside { kind, identifier } if kind.as_deref() == Some("Practitioner") => {
            Some(Link::Identifier(identifier))
        }
        _ => None,
    });
    let acknowledged = node.own("acknowledged-at");
    let acknowledged_at = acknowledged.first().and_then(|e| e.required_instant("valueInstant"));
    let at = ["issued", "date", "effectiveDateTime"].iter().find(|name| node.has(name));
    let Some(at) = at else {
        node.error_at("issued", "is missing", "say when the report was written");
        return None;
    };
    let at = node.instant(at);
    let text = words_of(node);
    if text.is_empty() {
        node.error("has no words", "send the report as conclusion, text or sections");
        return None;
    }
    Some(Report {
        key: entries.all[i].key.clone(),
        referral: referral?,
        author,
        at: at?,
        text,
        acknowledged_at,
    })
}

/// The conclusion, else the narrative; then the sections with their titles.
fn words_of(node: &Node<'_>) -> String {
    let narrative = |n: &Node<'_>| n.object("text").and_then(|t| t.text("div")).map(|div| plain_text(&div));
    let mut parts: Vec<String> = node.text("conclusion").or_else(|| narrative(node)).into_iter().collect();
    // Sections hold sections; the nesting of the whole file is limited.
    let mut waiting = node.each("section");
    waiting.reverse();
    while let Some(section) = waiting.pop() {
        let words = narrative(&section).filter(|words| !words.is_empty());
        let heading: Vec<String> = section.text("title").into_iter().chain(words).collect();
        parts.push(heading.join("\n"));
        waiting.extend(section.each("section").into_iter().rev());
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn answer(entries: &Entries<'_>, i: usize, node: &Node<'_>) -> Option<SurveyAnswer> {
    if matches!(node.text("status").as_deref(), Some("entered-in-error" | "in-progress" | "stopped")) {
        unused(node, "was not completed");
        return None;
    }
    let items = node.each("item");
    let item = |id: &str| {
        let of_id = |n: &&Node<'_>| n.value.get("linkId").and_then(Value::as_str) == Some(id);
        items.iter().find(of_id).and_then(|n| n.first("answer"))
    };
    let (Some(request), Some(overall)) = (node.first("basedOn"), item("overall")) else {
        unused(node, "is not an answer to the survey about a referral");
        return None;
    };
    let referral = entries.link(&request, "ServiceRequest");
    let coded = overall.object("valueCoding").and_then(|c| c.text("code")).and_then(|c| c.parse::<u8>().ok());
    let whole =
        || overall.value.get("valueInteger").and_then(Value::as_u64).and_then(|n| u8::try_from(n).ok());
    let score = coded.or_else(whole).filter(|n| (1..=6).contains(n));
    if score.is_none() {
        overall.error("is not an answer from 1 to 6", "send 1 very good … 5 very poor, 6 don't know");
    }
    let authored_at = node.required_instant("authored");
    Some(SurveyAnswer {
        key: entries.all[i].key.clone(),
        referral: referral?,
        authored_at: authored_at?,
        overall: score?,
        comment: item("why").and_then(|a| a.text("valueString")),
    })
}
