// Answers cases of `cases.py` with rrule.js and ical.js: a JSON line in, a JSON line out; null where they cannot.

import { createInterface } from "node:readline";
import ICAL from "ical.js";
import rrule from "rrule";

const ANSWERS = { rules: starts, calendars: busy };
const answer = ANSWERS[process.argv[2]];

for await (const line of createInterface({ input: process.stdin })) {
    let found = null;
    try {
        found = answer(JSON.parse(line));
    } catch {
        // Its caller counts what an engine cannot do.
    }
    process.stdout.write(`${JSON.stringify(found)}\n`);
}

function starts({ dtstart, rrule: text, from, to }) {
    const at = (stamp) => new Date(stamp.replace(/^(....)(..)(..)T(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z"));
    const rule = new rrule.RRule({ ...rrule.RRule.parseString(text), dtstart: at(dtstart) });
    const found = [];
    rule.all((start) => {
        if (start >= at(to)) {
            return false;
        }
        if (start >= at(from)) {
            found.push(start.toISOString().replace(/[-:]/g, "").slice(0, 15));
        }
        return true;
    });
    return found;
}

function busy({ ics, from, to }) {
    ICAL.TimezoneService.reset();
    const calendar = new ICAL.Component(ICAL.parse(ics));
    for (const zone of calendar.getAllSubcomponents("vtimezone")) {
        ICAL.TimezoneService.register(zone);
    }
    const window = [from, to].map((text) => Date.parse(text) / 1000);
    const found = new Set();
    const put = (event, start, end, uid) => {
        const says = (name) => event.component.getFirstPropertyValue(name);
        const [begins, ends] = [start.toUnixTime(), end.toUnixTime()];
        if (says("status") === "CANCELLED" || says("transp") === "TRANSPARENT") {
            return;
        }
        const reaches = window[0] < ends || (begins === ends && window[0] <= begins);
        if (begins <= ends && reaches && begins < window[1]) {
            found.add(JSON.stringify([said(begins), said(ends), uid]));
        }
    };
    for (const [uid, versions] of byUid(calendar)) {
        const { master, changes } = newest(versions);
        const once = (component) => {
            const event = new ICAL.Event(component);
            put(event, event.startDate, event.endDate, uid);
        };
        const series = master && new ICAL.Event(master);
        if (!series?.isRecurring()) {
            [...(master ? [master] : []), ...changes].forEach(once);
            continue;
        }
        changes.forEach((change) => series.relateException(new ICAL.Event(change)));
        const walk = series.iterator();
        for (let next = walk.next(); next && next.toUnixTime() < window[1] + 40 * 86400; next = walk.next()) {
            const { item, startDate, endDate } = series.getOccurrenceDetails(next);
            put(item, startDate, endDate, uid);
        }
    }
    return [...found].map((text) => JSON.parse(text));
}

function byUid(calendar) {
    return Map.groupBy ? Map.groupBy(calendar.getAllSubcomponents("vevent"), uidOf) : grouped(calendar);
}

function grouped(calendar) {
    const groups = new Map();
    for (const event of calendar.getAllSubcomponents("vevent")) {
        groups.set(uidOf(event), [...(groups.get(uidOf(event)) ?? []), event]);
    }
    return groups;
}

function uidOf(event) {
    return event.getFirstPropertyValue("uid");
}

/** Of each version the one with the highest SEQUENCE. ical.js leaves that to its callers. */
function newest(versions) {
    const sequence = (event) => event.getFirstPropertyValue("sequence") ?? 0;
    const kept = new Map();
    for (const event of versions) {
        const key = event.getFirstPropertyValue("recurrence-id")?.toString() ?? "";
        if (!kept.has(key) || sequence(event) > sequence(kept.get(key))) {
            kept.set(key, event);
        }
    }
    const master = kept.get("");
    kept.delete("");
    return { master, changes: [...kept.values()] };
}

function said(seconds) {
    return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
