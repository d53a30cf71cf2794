// Reads a calendar with ical.js, which takes times from the VTIMEZONE that the file itself brings.

import assert from "node:assert/strict";
import ICAL from "ical.js";

/** What it says of its one event; instants in UTC. */
export function readWithIcalJs(text) {
    const calendar = parse(text);
    const events = calendar.getAllSubcomponents("vevent");
    assert.equal(events.length, 1, "one event");
    const [event] = events;
    const value = (name) => event.getFirstPropertyValue(name);
    return {
        method: calendar.getFirstPropertyValue("method"),
        uid: value("uid"),
        sequence: value("sequence"),
        status: value("status"),
        organizer: value("organizer"),
        attendees: event.getAllProperties("attendee").map((attendee) => attendee.getFirstValue()),
        zone: event.getFirstProperty("dtstart").getParameter("tzid") ?? null,
        start: instant(value("dtstart")),
        end: instant(value("dtend")),
        stamp: instant(value("dtstamp")),
        summary: value("summary"),
        description: value("description"),
        location: value("location"),
        alarms: event.getAllSubcomponents("valarm").length,
    };
}

/** The UIDs and starting instants of all events. */
export function listWithIcalJs(text) {
    return parse(text).getAllSubcomponents("vevent").map((event) => ({
        uid: event.getFirstPropertyValue("uid"),
        status: event.getFirstPropertyValue("status"),
        start: instant(event.getFirstPropertyValue("dtstart")),
    }));
}

/** What a feed says of the event with this UID, and of itself. */
export function feedWithIcalJs(text, uid) {
    const calendar = parse(text);
    const event = calendar.getAllSubcomponents("vevent").find((one) => one.getFirstPropertyValue("uid") === uid);
    assert.ok(event, `${uid} is in the feed`);
    const value = (name) => event.getFirstPropertyValue(name);
    return {
        name: calendar.getFirstPropertyValue("name"),
        uid,
        sequence: value("sequence"),
        status: value("status"),
        zone: event.getFirstProperty("dtstart").getParameter("tzid") ?? null,
        start: instant(value("dtstart")),
        end: instant(value("dtend")),
        stamp: instant(value("dtstamp")),
        summary: value("summary"),
        description: value("description"),
        location: value("location"),
        alarms: event.getAllSubcomponents("valarm").length,
    };
}

/** The calendar with this one event alone, as a calendar server keeps it. */
export function aloneWithIcalJs(text, uid) {
    const calendar = parse(text);
    for (const event of calendar.getAllSubcomponents("vevent")) {
        if (event.getFirstPropertyValue("uid") !== uid) calendar.removeSubcomponent(event);
    }
    // What a feed says of itself is no business of a server that keeps single events.
    for (const name of ["name", "x-wr-calname", "refresh-interval", "x-published-ttl"]) calendar.removeAllProperties(name);
    return calendar.toString();
}

function parse(text) {
    // It would keep a zone of one file for the next that names the same.
    ICAL.TimezoneService.reset();
    return new ICAL.Component(ICAL.parse(text));
}

function instant(time) {
    assert.notEqual(time.zone, ICAL.Timezone.localTimezone, `${time} is in a zone that the file explains`);
    return time.toJSDate().toISOString();
}
