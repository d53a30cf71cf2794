// The demonstration's calendars, read by two libraries that others wrote, which must agree.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import ICAL from "ical.js";
import nodeIcal from "node-ical";
import { writtenFiles } from "./demonstration.mjs";

const YEAR = 365 * 24 * 3600 * 1000;
let calendars;

before(async () => {
    calendars = (await writtenFiles()).filter(({ name }) => name.endsWith(".ics"));
});

test("ical.js refuses what is wrong", () => {
    assert.throws(() => component("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n"));
    assert.throws(() => component("BEGIN:VCALENDAR\r\nSUMMARY Meeting\r\nEND:VCALENDAR\r\n"));
});

test("every calendar is read by both libraries, with what RFC 5545 requires", () => {
    assert.ok(calendars.length > 5);
    for (const { name, text } of calendars) {
        const calendar = component(text);
        assert.equal(calendar.name, "vcalendar", name);
        assert.equal(calendar.getFirstPropertyValue("version"), "2.0", name);
        assert.ok(calendar.getFirstPropertyValue("prodid"), name);
        assert.ok(text.endsWith("END:VCALENDAR\r\n") && !/[^\r]\n/.test(text), `${name}: lines end with CRLF`);
        assert.ok(text.split("\r\n").every((line) => Buffer.byteLength(line) <= 75), `${name}: a line is too long`);
        const events = calendar.getAllSubcomponents("vevent");
        assert.ok(events.length > 0, name);
        for (const event of events) {
            for (const needed of ["uid", "dtstamp", "dtstart"]) {
                assert.equal(event.getAllProperties(needed).length, 1, `${name}: ${needed}`);
            }
        }
        const uids = events.map((event) => event.getFirstPropertyValue("uid"));
        assert.equal(new Set(uids).size, uids.length, `${name}: a UID is there twice`);
        assert.deepEqual(Object.keys(eventsOf(text)).toSorted(), uids.toSorted(), name);
    }
});

test("every time zone that a calendar uses is defined in it", () => {
    for (const { name, text } of calendars) {
        const defined = component(text).getAllSubcomponents("vtimezone").map((zone) => zone.getFirstPropertyValue("tzid"));
        const used = new Set([...text.matchAll(/;TZID=([^:;]+)[:;]/g)].map(([, zone]) => zone));
        assert.deepEqual([...used].filter((zone) => !defined.includes(zone)), [], name);
    }
});

test("both libraries find the same appointments in the year to come, over both changes of the clocks", () => {
    const [from, to] = [new Date(), new Date(Date.now() + YEAR)];
    let all = 0;
    for (const { name, text } of calendars) {
        const expected = byIcalJs(text, from, to);
        assert.deepEqual(byNodeIcal(text, from, to), expected, name);
        all += expected.length;
    }
    assert.ok(all > 100, `${all} appointments`);
});

function component(text) {
    return new ICAL.Component(ICAL.parse(text));
}

/** Events by UID, as node-ical reads them. */
function eventsOf(text) {
    const read = nodeIcal.sync.parseICS(text);
    const events = Object.values(read).filter(({ type }) => type === "VEVENT");
    return Object.fromEntries(events.map((event) => [event.uid, event]));
}

/** Begin and end of every occurrence that begins between two instants; ical.js goes by the zone in the file. */
function byIcalJs(text, from, to) {
    const calendar = component(text);
    ICAL.TimezoneService.reset();
    for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
    const found = [];
    for (const part of calendar.getAllSubcomponents("vevent")) {
        const event = new ICAL.Event(part);
        const occurrences = event.iterator();
        for (let start = occurrences.next(); start && start.toJSDate() <= to; start = occurrences.next()) {
            const { endDate } = event.getOccurrenceDetails(start);
            if (start.toJSDate() >= from) found.push(line(event.uid, start.isDate, start.toJSDate(), endDate.toJSDate()));
        }
    }
    return found.toSorted();
}

/** The same by node-ical, which goes by the names of zones. */
function byNodeIcal(text, from, to) {
    const events = Object.values(eventsOf(text));
    const occurrences = events.flatMap((event) => nodeIcal.expandRecurringEvent(event, { from, to }).map((one) => [event.uid, one]));
    return occurrences
        .filter(([, { start }]) => start >= from && start <= to)
        .map(([uid, { start, end, isFullDay }]) => line(uid, isFullDay, start, end))
        .toSorted();
}

/** A whole day has no instant: both libraries give its midnight here. */
function line(uid, isFullDay, start, end) {
    const written = (at) => (isFullDay ? at.toDateString() : at.toISOString());
    return `${uid} ${written(start)} ${written(end)}`;
}
