//! CalDAV collections (RFC 4791): the events of one calendar on a server where its owner has an account.
//!
//! Two requests: PROPFIND says whether the collection is a calendar and whether it has changed, by its CTag
//! (CalendarServer's `getctag`, which every server has) or its sync token (RFC 6578); REPORT brings the objects that touch
//! a span. Nothing is ever written there.

use base64::Engine;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use crate::feeds::{Feed, FeedProblem, MAX_FEED_BYTES};
use crate::http::{Conditional, FetchError, GuardedClient};

const DAV: &[u8] = b"DAV:";
const CALDAV: &[u8] = b"urn:ietf:params:xml:ns:caldav";
const CALENDARSERVER: &[u8] = b"http://calendarserver.org/ns/";

const WHAT_IT_IS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:cs="http://calendarserver.org/ns/"><d:prop><d:resourcetype/><d:sync-token/><cs:getctag/></d:prop></d:propfind>"#;

/// Whose collection, and what of it.
#[derive(Debug, Clone, Copy)]
pub struct Collection<'a> {
    pub address: &'a str,
    pub username: &'a str,
    pub password: &'a str,
    /// Objects that touch this span are wanted.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// Reads a collection, unless its mark is still `known`. The calendar is one stream of all its objects.
pub async fn fetch_collection(client: &GuardedClient, from: Collection<'_>, known: &Conditional) -> Feed {
    match fetch(client, from, known).await {
        Ok(feed) => feed,
        Err(problem) => Feed::Problem(problem),
    }
}

async fn fetch(
    client: &GuardedClient,
    from: Collection<'_>,
    known: &Conditional,
) -> Result<Feed, FeedProblem> {
    let head = ask(client, from, "PROPFIND", "0", WHAT_IT_IS.to_owned()).await?;
    let head = read(&head)?;
    if !head.is_calendar {
        return Err(FeedProblem::NotACollection);
    }
    if head.mark.is_some() && head.mark == known.etag {
        return Ok(Feed::NotModified);
    }
    let answer = ask(client, from, "REPORT", "1", query(from)).await?;
    let objects = read(&answer)?.objects;
    let mut bytes = Vec::new();
    for object in &objects {
        bytes.extend_from_slice(object.trim().as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    if objects.is_empty() {
        // A calendar in which nothing happens is a calendar.
        bytes.extend_from_slice(
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Waymark//EN\r\nEND:VCALENDAR\r\n",
        );
    }
    let validators = Conditional { etag: head.mark, last_modified: None };
    Ok(Feed::Calendar { bytes: Bytes::from(bytes), validators })
}

fn query(from: Collection<'_>) -> String {
    let at = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ");
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{}" end="{}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"#,
        at(from.from),
        at(from.to)
    )
}

async fn ask(
    client: &GuardedClient,
    from: Collection<'_>,
    method: &str,
    depth: &str,
    body: String,
) -> Result<Vec<u8>, FeedProblem> {
    let sign_in = format!("{}:{}", from.username, from.password);
    let sign_in = base64::engine::general_purpose::STANDARD.encode(sign_in);
    let request = http::Request::builder()
        .method(method)
        .uri(from.address.trim())
        .header("authorization", format!("Basic {sign_in}"))
        .header("content-type", "application/xml; charset=utf-8")
        .header("depth", depth)
        .body(body.into_bytes())
        .map_err(|_| FetchError::BadAddress)?;
    let answer = client.exchange(request, MAX_FEED_BYTES).await?;
    match answer.status().as_u16() {
        207 => Ok(answer.into_body()),
        401 | 403 => Err(FeedProblem::SignIn),
        300..=399 => Err(FeedProblem::Moved),
        // It answers, but not to what a calendar server knows.
        200 | 404 | 405 | 501 => Err(FeedProblem::NotACollection),
        code => {
            let after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let retry_after_s = after.and_then(|text| text.trim().parse().ok());
            Err(FetchError::Status { code, retry_after_s }.into())
        }
    }
}

/// What a multistatus says (RFC 4918 section 13).
#[derive(Debug, Default, PartialEq, Eq)]
struct Multistatus {
    is_calendar: bool,
    /// The CTag, else the sync token.
    mark: Option<String>,
    /// Each calendar object as text.
    objects: Vec<String>,
}

fn read(bytes: &[u8]) -> Result<Multistatus, FeedProblem> {
    let mut reader = NsReader::from_reader(bytes);
    let (mut found, mut token) = (Multistatus::default(), None);
    // The text of the element in which we are, where it is one of ours.
    let mut text: Option<String> = None;
    let broken = |_| FeedProblem::NotACollection;
    let is = |space: &ResolveResult<'_>, wanted: &[u8]| matches!(space, ResolveResult::Bound(name) if name.as_ref() == wanted);
    loop {
        let (space, event) = reader.read_resolved_event().map_err(broken)?;
        match event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start)
                if is(&space, CALDAV) && start.local_name().as_ref() == b"calendar" =>
            {
                found.is_calendar = true;
            }
            Event::Start(start) => {
                let name = start.local_name();
                let ours = match name.as_ref() {
                    b"getctag" => is(&space, CALENDARSERVER),
                    b"sync-token" => is(&space, DAV),
                    b"calendar-data" => is(&space, CALDAV),
                    _ => false,
                };
                text = ours.then(String::new);
            }
            Event::Text(part) => {
                if let Some(text) = &mut text {
                    text.push_str(&part.decode().map_err(|_| FeedProblem::NotACollection)?);
                }
            }
            Event::CData(part) => {
                if let Some(text) = &mut text {
                    text.push_str(&part.decode().map_err(|_| FeedProblem::NotACollection)?);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(text) = &mut text {
                    text.push(referred(&reference).ok_or(FeedProblem::NotACollection)?);
                }
            }
            Event::End(end) => {
                if let Some(text) = text.take().filter(|text| !text.trim().is_empty()) {
                    match end.local_name().as_ref() {
                        b"getctag" => found.mark = Some(text.trim().to_owned()),
                        b"sync-token" => token = Some(text.trim().to_owned()),
                        _ => found.objects.push(text),
                    }
                }
            }
            _ => {}
        }
    }
    found.mark = found.mark.or(token);
    Ok(found)
}

/// The character that a reference stands for: one of the five of XML, or a number.
fn referred(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return Some(letter);
    }
    match reference.as_ref() {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multistatus_is_read_whatever_the_prefixes() {
        let text = r#"<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:A="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/">
          <response><href>/u/c/</href><propstat><prop><resourcetype><A:calendar/><collection/></resourcetype>
          <sync-token>t1</sync-token><CS:getctag>"c&amp;1"</CS:getctag></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#;
        let read = read(text.as_bytes()).expect("it is XML");
        assert_eq!(
            read,
            Multistatus { is_calendar: true, mark: Some("\"c&1\"".to_owned()), objects: Vec::new() }
        );
    }

    #[test]
    fn objects_keep_their_lines_and_their_characters() {
        let text = "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:response><d:propstat><d:prop>\
             <c:calendar-data>BEGIN:VCALENDAR&#13;\nSUMMARY:a &lt; b\nEND:VCALENDAR</c:calendar-data></d:prop></d:propstat></d:response>\
             <d:response><d:propstat><d:prop><c:calendar-data><![CDATA[BEGIN:VCALENDAR]]></c:calendar-data></d:prop></d:propstat></d:response></d:multistatus>";
        let read = read(text.as_bytes()).expect("it is XML");
        assert_eq!(read.objects, ["BEGIN:VCALENDAR\r\nSUMMARY:a < b\nEND:VCALENDAR", "BEGIN:VCALENDAR"]);
        assert!(!read.is_calendar);
    }

    #[test]
    fn what_is_no_xml_is_no_collection() {
        assert_eq!(read(b"<a></b>"), Err(FeedProblem::NotACollection));
        assert_eq!(read(b"<a>&nonsense;</a>").map(|found| found.is_calendar), Ok(false));
    }
}
