"""Judges a mail or a calendar with Python's own email package, icalendar and vobject.

`judge.py mail`, `judge.py calendar` and `judge.py feed` read one from standard input and answer, as JSON, the faults found and the facts
read, so that the tests can compare them with what the pages say. One at a time: vobject keeps the zones that it read.
"""

import datetime
import email
import email.policy
import json
import re
import sys

import icalendar
import vobject

ONCE = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"]
# RFC 5546 sections 3.2.2 and 3.2.5: what a REQUEST and a CANCEL must have.
NEEDED = ["UID", "DTSTAMP", "ORGANIZER", "ATTENDEE", "SEQUENCE", "DTSTART", "SUMMARY"]


def main():
    judge = {"mail": mail, "calendar": calendar, "feed": feed}[sys.argv[1]]
    json.dump(judge(sys.stdin.buffer.read()), sys.stdout)


def mail(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    faults = lines(raw, 998) + defects(message)
    parts = [part for part in message.walk() if not part.is_multipart()]
    for part in parts:
        faults += transfer(part)
    invitations = of_type(parts, "text/calendar")
    if len(invitations) != 1:
        faults.append(f"there are {len(invitations)} parts of text/calendar")
    # What does not hold so far has no facts that one could read.
    if faults:
        return {"faults": faults}
    content = octets(invitations[0])
    attached = [part for part in parts if part.get_content_disposition() == "attachment"]
    return {
        **calendar(content),
        **head(message),
        "structure": structure(message),
        "plain": "".join(part.get_content() for part in of_type(parts, "text/plain")),
        "html": "".join(part.get_content() for part in of_type(parts, "text/html")),
        "method": invitations[0].get_param("method"),
        "attached": [
            {"name": part.get_filename(), "method": part.get_param("method"), "same": octets(part) == content}
            for part in attached
        ],
    }


def defects(message):
    """What the parser had to forgive, and headers that are missing, doubled or malformed."""
    found = []
    for part in message.walk():
        found += [f"{part.get_content_type()}: {defect!r}" for defect in part.defects]
        for name, value in part.items():
            found += [f"{name}: {defect!r}" for defect in value.defects]
    missing = [name for name in ONCE if len(message.get_all(name, [])) != 1]
    if missing:
        return found + [f"not exactly once: {', '.join(missing)}"]
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", message["Message-ID"]):
        found.append(f"Message-ID: {message['Message-ID']}")
    if message["Date"].datetime is None or message["Date"].datetime.tzinfo is None:
        found.append(f"Date: {message['Date']}")
    return found


def head(message):
    replies = [address for value in message.get_all("Reply-To", []) for address in value.addresses]
    return {
        "subject": message["Subject"],
        "from": [address.addr_spec for address in message["From"].addresses],
        "reply": [address.addr_spec for address in replies],
        "to": [address.addr_spec for address in message["To"].addresses],
        "messageId": message["Message-ID"],
        "automatic": message["Auto-Submitted"],
        "date": utc(message["Date"].datetime),
    }


def of_type(parts, kind):
    return [part for part in parts if part.get_content_type() == kind]


def structure(part):
    """The tree of types, written as type(type, type)."""
    if not part.is_multipart():
        return part.get_content_type()
    return f"{part.get_content_type()}({', '.join(structure(inner) for inner in part.iter_parts())})"


def transfer(part):
    """A part must be written as it says that it is."""
    faults = []
    kind = part.get_content_type()
    charset = part.get_content_charset()
    if part.get_content_maintype() == "text" and charset != "utf-8":
        faults.append(f"{kind} is in {charset}")
    try:
        octets(part).decode("utf-8")
    except UnicodeDecodeError as error:
        faults.append(f"{kind}: {error}")
    return faults


def octets(part):
    return part.get_payload(decode=True)


def lines(raw, limit):
    faults = []
    if not raw.endswith(b"\r\n"):
        faults.append("the last line has no end")
    if b"\r" in raw.replace(b"\r\n", b"") or b"\n" in raw.replace(b"\r\n", b""):
        faults.append("a line does not end with CR and LF")
    for number, line in enumerate(raw.split(b"\r\n"), 1):
        if len(line) > limit:
            faults.append(f"line {number} has {len(line)} octets")
    return faults


def calendar(content):
    return judged(content, [("icalendar", by_icalendar), ("vobject", by_vobject)])


def feed(content):
    return judged(content, [("icalendar", feed_by_icalendar), ("vobject", feed_by_vobject)])


def judged(content, by):
    faults = lines(content, 75)
    for number, line in enumerate(content.split(b"\r\n")[:-1], 1):
        try:
            # A fold within a character leaves two halves that are not UTF-8.
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line.decode("utf-8")):
                faults.append(f"line {number} has a control character")
        except UnicodeDecodeError:
            faults.append(f"line {number} is not UTF-8 by itself")
        if not line:
            faults.append(f"line {number} is empty")
    if faults:
        return {"faults": faults, "content": content.decode("utf-8", "replace"), "readers": {}}
    readers = {}
    for name, reader in by:
        try:
            readers[name] = reader(content, faults)
        except Exception as error:  # Whatever a reader stumbles over is the writer's fault.
            faults.append(f"{name}: {type(error).__name__}: {error}")
    return {"faults": faults, "content": content.decode(), "readers": readers}


def by_icalendar(content, faults):
    """icalendar knows zones by their names (IANA); the file's own definition of the zone is asked beside it."""
    whole = icalendar.Calendar.from_ical(content)
    faults += [f"icalendar: {part.name}: {error}" for part in whole.walk() for error in part.errors]
    [event] = whole.walk("VEVENT")
    for name in NEEDED:
        if name not in event:
            faults.append(f"icalendar: there is no {name}")
    if "METHOD" in event:
        faults.append("icalendar: METHOD stands inside the event")
    start = event["DTSTART"].dt
    zone = event["DTSTART"].params.get("TZID")
    blocks = {block["TZID"]: block.to_tz(lookup_tzid=False) for block in whole.walk("VTIMEZONE")}
    if zone and zone not in blocks:
        faults.append(f"icalendar: there is no VTIMEZONE for {zone}")
    elif zone and utc(start.replace(tzinfo=blocks[zone])) != utc(start):
        faults.append(f"icalendar: the VTIMEZONE makes {utc(start.replace(tzinfo=blocks[zone]))} of {utc(start)}")
    for name in set(blocks) - {zone}:
        faults.append(f"icalendar: the VTIMEZONE {name} is not used")
    attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
    return {
        "method": str(whole["METHOD"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "organizer": str(event["ORGANIZER"]),
        "attendees": [str(attendee) for attendee in attendees],
        "zone": zone,
        "start": utc(start),
        "end": utc(event["DTEND"].dt),
        "stamp": utc(event["DTSTAMP"].dt),
        "summary": str(event["SUMMARY"]),
        "description": str(event.get("DESCRIPTION", "")),
        "location": str(event.get("LOCATION", "")),
        "alarms": len(event.walk("VALARM")),
    }


def by_vobject(content, faults):
    """vobject takes the zone from the VTIMEZONE of the file, and is strict about what may stand how often."""
    whole = vobject.readOne(content.decode(), validate=True)
    whole.validate(raiseException=True)
    [event] = whole.vevent_list
    return {
        "method": whole.method.value,
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "status": event.status.value,
        "organizer": event.organizer.value,
        "attendees": [attendee.value for attendee in event.attendee_list],
        "zone": event.dtstart.params.get("X-VOBJ-ORIGINAL-TZID", [None])[0],
        "start": utc(event.dtstart.value),
        "end": utc(event.dtend.value),
        "stamp": utc(event.dtstamp.value),
        "summary": event.summary.value,
        "description": event.description.value,
        "location": event.location.value,
        "alarms": len(event.contents.get("valarm", [])),
    }


def feed_by_icalendar(content, faults):
    whole = icalendar.Calendar.from_ical(content)
    faults += [f"icalendar: {part.name}: {error}" for part in whole.walk() for error in part.errors]
    if "METHOD" in whole:
        faults.append("icalendar: a feed that invites")
    for name in ["NAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "PRODID", "VERSION"]:
        if name not in whole:
            faults.append(f"icalendar: there is no {name}")
    blocks = {block["TZID"]: block.to_tz(lookup_tzid=False) for block in whole.walk("VTIMEZONE")}
    events = whole.walk("VEVENT")
    uids = [str(event["UID"]) for event in events]
    if len(uids) != len(set(uids)):
        faults.append("icalendar: a UID stands twice")
    for event in events:
        start = event["DTSTART"].dt
        zone = event["DTSTART"].params.get("TZID")
        if zone and utc(start.replace(tzinfo=blocks[zone])) != utc(start):
            faults.append("icalendar: the VTIMEZONE makes another time")
        for name in ["ATTENDEE", "ORGANIZER"]:
            if name in event:
                faults.append(f"icalendar: {name} in a feed")
    return {
        str(event["UID"]): {
            "name": str(whole["NAME"]),
            "uid": str(event["UID"]),
            "sequence": int(event["SEQUENCE"]),
            "status": str(event["STATUS"]),
            "zone": event["DTSTART"].params.get("TZID"),
            "start": utc(event["DTSTART"].dt),
            "end": utc(event["DTEND"].dt),
            "stamp": utc(event["DTSTAMP"].dt),
            "summary": str(event["SUMMARY"]),
            "description": str(event.get("DESCRIPTION", "")),
            "location": str(event.get("LOCATION", "")),
            "alarms": len(event.walk("VALARM")),
        }
        for event in events
    }


def feed_by_vobject(content, faults):
    whole = vobject.readOne(content.decode(), validate=True)
    whole.validate(raiseException=True)
    return {
        event.uid.value: {
            "name": whole.contents["name"][0].value,
            "uid": event.uid.value,
            "sequence": int(event.sequence.value),
            "status": event.status.value,
            "zone": event.dtstart.params.get("X-VOBJ-ORIGINAL-TZID", [None])[0],
            "start": utc(event.dtstart.value),
            "end": utc(event.dtend.value),
            "stamp": utc(event.dtstamp.value),
            "summary": event.summary.value,
            "description": event.description.value,
            "location": event.location.value,
            "alarms": len(event.contents.get("valarm", [])),
        }
        for event in whole.contents.get("vevent", [])
    }


def utc(at):
    """As JavaScript writes it."""
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


if __name__ == "__main__":
    main()
