//! CalDAV collections (RFC 4791): the events of one calendar on a server where its owner has an account.
//!
//! PROPFIND says whether the collection is a calendar and whether it has changed, by its CTag (CalendarServer's `getctag`,
//! which every server has) or its sync token (RFC 6578). It also brings the owner's `calendar-availability` (RFC 7953 section
//! 7.2.4), which stands at their scheduling inbox (RFC 6638 section 2.2) and at some servers at the calendar itself; no CTag
//! tells that it changed, so it is a part of the mark. REPORT brings the objects: events that touch a span, VFREEBUSY and
//! VAVAILABILITY. Component filters beside each other mean "and" (RFC 4791 section 9.7.1), so each kind is asked for alone.
//! Nothing is ever written there.

use std::collections::HashSet;

use base64::Engine;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use sha2::{Digest, Sha256};
use url::Url;

use crate::feeds::{Feed, FeedProblem, MAX_FEED_BYTES};
use crate::http::{Conditional, FetchError, GuardedClient};

const DAV: &[u8] = b"DAV:";
const CALDAV: &[u8] = b"urn:ietf:params:xml:ns:caldav";
const CALENDARSERVER: &[u8] = b"http://calendarserver.org/ns/";

const WHAT_IT_IS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"><d:prop><d:resourcetype/><d:sync-token/><cs:getctag/><d:owner/><c:supported-calendar-component-set/><c:calendar-availability/></d:prop></d:propfind>"#;
const WHERE_THE_INBOX_IS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:schedule-inbox-URL/></d:prop></d:propfind>"#;
const WHEN_THEY_ARE_THERE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-availability/></d:prop></d:propfind>"#;
/// Kinds of objects that say something of time beside events.
const FURTHER: [&str; 2] = ["VFREEBUSY", "VAVAILABILITY"];

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
    let head = ask(client, from, from.address, ("PROPFIND", "0"), WHAT_IT_IS.to_owned()).await?;
    let head = read(&head)?;
    if !head.is_calendar {
        return Err(FeedProblem::NotACollection);
    }
    let hours = hours(client, from, &head).await?;
    let mark = head.mark.as_deref().map(|mark| marked(mark, &hours));
    if mark.is_some() && mark == known.etag {
        return Ok(Feed::NotModified);
    }
    let answer = ask(client, from, from.address, ("REPORT", "1"), events(from)).await?;
    let mut objects = read(&answer)?.objects;
    for component in FURTHER {
        match ask(client, from, from.address, ("REPORT", "1"), all_of(component)).await {
            Ok(answer) => objects.extend(read(&answer)?.objects),
            // Where it says that it keeps none of these, its trouble with the question hides nothing.
            Err(problem) if head.keeps(component) && !is_refusal(&problem) => return Err(problem),
            Err(_) => {}
        }
    }
    objects.extend(hours);
    let mut bytes = Vec::new();
    let mut written = HashSet::new();
    for object in &objects {
        // A server that does not heed the filter brings everything each time.
        if !written.insert(object.trim()) {
            continue;
        }
        bytes.extend_from_slice(object.trim().as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    if objects.is_empty() {
        // A calendar in which nothing happens is a calendar.
        bytes.extend_from_slice(
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Waymark//EN\r\nEND:VCALENDAR\r\n",
        );
    }
    let validators = Conditional { etag: mark, last_modified: None };
    Ok(Feed::Calendar { bytes: Bytes::from(bytes), validators })
}

/// When the calendar's owner is available, as the calendar and their scheduling inbox say it.
async fn hours(
    client: &GuardedClient,
    from: Collection<'_>,
    head: &Multistatus,
) -> Result<Vec<String>, FeedProblem> {
    let mut all: Vec<String> = head.availability.iter().cloned().collect();
    let Some(owner) = head.owner.as_deref().and_then(|href| beside(from.address, href)) else {
        return Ok(all);
    };
    let inbox = find(client, from, &owner, WHERE_THE_INBOX_IS).await?.inbox;
    if let Some(inbox) = inbox.and_then(|href| beside(from.address, &href)) {
        all.extend(find(client, from, &inbox, WHEN_THEY_ARE_THERE).await?.availability);
    }
    Ok(all)
}

/// Properties of something other than the calendar; none where there is no such thing, or it is not for us.
async fn find(
    client: &GuardedClient,
    from: Collection<'_>,
    address: &str,
    what: &str,
) -> Result<Multistatus, FeedProblem> {
    match ask(client, from, address, ("PROPFIND", "0"), what.to_owned()).await {
        Ok(answer) => read(&answer),
        Err(problem) if is_refusal(&problem) => Ok(Multistatus::default()),
        Err(problem) => Err(problem),
    }
}

/// Whether the server answered that it does not do this, or not for us, rather than that it cannot now.
fn is_refusal(problem: &FeedProblem) -> bool {
    match problem {
        FeedProblem::Fetch(FetchError::Status { code, .. }) => {
            (400..500).contains(code) && !problem.may_pass()
        }
        FeedProblem::SignIn | FeedProblem::NotACollection | FeedProblem::Moved => true,
        _ => false,
    }
}

/// The address that the server names, if it is one of its own: the password goes to no other.
fn beside(address: &str, href: &str) -> Option<String> {
    let base = Url::parse(address.trim()).ok()?;
    let named = base.join(href.trim()).ok()?;
    (named.origin() == base.origin()).then(|| named.into())
}

/// The mark by which a change is seen: the collection's own, and that of the hours.
fn marked(mark: &str, hours: &[String]) -> String {
    if hours.is_empty() {
        return mark.to_owned();
    }
    let digest = hours.iter().fold(Sha256::new(), |digest, text| digest.chain_update(text));
    format!("{mark} {}", hex::encode(digest.finalize()))
}

fn all_of(component: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="{component}"/></c:comp-filter></c:filter></c:calendar-query>"#
    )
}

fn events(from: Collection<'_>) -> String {
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
    address: &str,
    (method, depth): (&str, &str),
    body: String,
) -> Result<Vec<u8>, FeedProblem> {
    let sign_in = format!("{}:{}", from.username, from.password);
    let sign_in = base64::engine::general_purpose::STANDARD.encode(sign_in);
    let request = http::Request::builder()
        .method(method)
        .uri(address.trim())
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
    /// Kinds of objects that it says it keeps; empty: it does not say, and may keep any (RFC 4791 section 5.2.3).
    kinds: Vec<String>,
    /// Where the owner and the owner's scheduling inbox are.
    owner: Option<String>,
    inbox: Option<String>,
    /// A calendar object that says when the owner is available.
    availability: Option<String>,
}

impl Multistatus {
    fn keeps(&self, component: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.eq_ignore_ascii_case(component))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Owner,
    Inbox,
}

fn read(bytes: &[u8]) -> Result<Multistatus, FeedProblem> {
    let mut reader = NsReader::from_reader(bytes);
    let (mut found, mut token) = (Multistatus::default(), None);
    // The text of the element in which we are, where it is one of ours.
    let mut text: Option<String> = None;
    // Whether an address within it is the owner's or the inbox's.
    let mut whose: Option<Whose> = None;
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
            Event::Start(start) | Event::Empty(start)
                if is(&space, CALDAV) && start.local_name().as_ref() == b"comp" =>
            {
                let name = start.attributes().flatten().find(|at| at.key.local_name().as_ref() == b"name");
                found.kinds.extend(name.map(|name| String::from_utf8_lossy(&name.value).into_owned()));
            }
            Event::Start(start) => {
                let name = start.local_name();
                match name.as_ref() {
                    b"owner" if is(&space, DAV) => whose = Some(Whose::Owner),
                    b"schedule-inbox-URL" if is(&space, CALDAV) => whose = Some(Whose::Inbox),
                    _ => {}
                }
                let ours = match name.as_ref() {
                    b"getctag" => is(&space, CALENDARSERVER),
                    b"sync-token" => is(&space, DAV),
                    b"calendar-data" | b"calendar-availability" => is(&space, CALDAV),
                    b"href" => whose.is_some() && is(&space, DAV),
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
                    match (end.local_name().as_ref(), whose) {
                        (b"getctag", _) => found.mark = Some(text.trim().to_owned()),
                        (b"sync-token", _) => token = Some(text.trim().to_owned()),
                        (b"calendar-availability", _) => found.availability = Some(text),
                        (b"href", Some(Whose::Owner)) => found.owner = Some(text),
                        (b"href", Some(Whose::Inbox)) => found.inbox = Some(text),
                        _ => found.objects.push(text),
                    }
                }
                if matches!(end.local_name().as_ref(), b"owner" | b"schedule-inbox-URL") {
                    whose = None;
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
            Multistatus { is_calendar: true, mark: Some("\"c&1\"".to_owned()), ..Multistatus::default() }
        );
    }

    #[test]
    fn the_owner_and_their_hours_are_found_and_other_addresses_are_not_theirs() {
        let text = r#"<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/u/c/</d:href><d:propstat><d:prop>
          <d:owner><d:href>/principals/u/</d:href></d:owner><c:schedule-inbox-URL><d:href>/u/inbox/</d:href></c:schedule-inbox-URL>
          <c:supported-calendar-component-set><c:comp name="VEVENT"/><c:comp name="VFREEBUSY"></c:comp></c:supported-calendar-component-set>
          <c:calendar-availability>BEGIN:VCALENDAR</c:calendar-availability></d:prop></d:propstat></d:response></d:multistatus>"#;
        let read = read(text.as_bytes()).expect("it is XML");
        assert_eq!(
            (read.owner.as_deref(), read.inbox.as_deref()),
            (Some("/principals/u/"), Some("/u/inbox/"))
        );
        assert_eq!((read.availability.as_deref(), read.objects.len()), (Some("BEGIN:VCALENDAR"), 0));
        assert!(read.keeps("vfreebusy") && !read.keeps("VAVAILABILITY"));
        assert!(Multistatus::default().keeps("VAVAILABILITY"), "who does not say may keep any");
    }

    #[test]
    fn the_password_goes_to_no_other_server() {
        let own = "https://cal.example/u/c/";
        assert_eq!(beside(own, "/p/u/").as_deref(), Some("https://cal.example/p/u/"));
        assert_eq!(beside(own, "https://cal.example/p/").as_deref(), Some("https://cal.example/p/"));
        for other in [
            "https://evil.example/p/",
            "//evil.example/p/",
            "http://cal.example/p/",
            "https://cal.example:444/",
        ] {
            assert_eq!(beside(own, other), None, "{other}");
        }
    }

    #[test]
    fn hours_that_change_change_the_mark() {
        let hours = |text: &str| marked("c1", &[text.to_owned()]);
        assert_eq!(marked("c1", &[]), "c1");
        assert!(hours("a") != hours("b") && hours("a") != "c1");
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
