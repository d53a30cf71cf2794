// What "Tuesday 24 November, 9:00am" on a page means, worked out with the browser engine's own time zones.

import assert from "node:assert/strict";

const WORDS = /^(?<weekday>\w+) (?<day>\d+) (?<month>\w+)(?: (?<year>\d{4}))?, (?<hour>\d+):(?<minute>\d\d)(?<half>am|pm)$/;

/** The instant of a spoken time in a zone; without a year it is the present one. */
export function instantIn(spoken, zone) {
    const said = WORDS.exec(spoken)?.groups;
    assert.ok(said, `a day and a time: ${spoken}`);
    const year = Number(said.year ?? read(new Date(), zone).year);
    const hour = (Number(said.hour) % 12) + (said.half === "pm" ? 12 : 0);
    const month = new Date(`1 ${said.month} 2000 UTC`).getUTCMonth();
    const wall = Date.UTC(year, month, Number(said.day), hour, Number(said.minute));
    // The offset at the wall time itself is at most one change away from the right one.
    let at = wall;
    for (let round = 0; round < 2; round++) at = wall - offset(new Date(at), zone);
    const back = read(new Date(at), zone);
    assert.deepEqual(
        [back.weekday, Number(back.day), back.month, Number(back.hour), Number(back.minute)],
        [said.weekday, Number(said.day), said.month, hour, Number(said.minute)],
        `${spoken} is a time in ${zone}`,
    );
    return new Date(at);
}

/** The first day after an instant on which clocks in the zone are set otherwise, as "2027-03-29". */
export function afterTheChange(at, zone) {
    const begin = new Date(at);
    for (let days = 1; days < 366; days++) {
        const later = new Date(begin.getTime() + days * 86_400_000);
        if (offset(later, zone) === offset(begin, zone)) continue;
        // Swedes write dates the way that addresses do.
        return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(later);
    }
    assert.fail(`clocks in ${zone} are never changed`);
}

function offset(at, zone) {
    const there = read(at, zone);
    const month = new Date(`1 ${there.month} 2000 UTC`).getUTCMonth();
    const wall = Date.UTC(Number(there.year), month, Number(there.day), Number(there.hour), Number(there.minute));
    return wall - Math.floor(at.getTime() / 60_000) * 60_000;
}

function read(at, zone) {
    const format = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, weekday: "long", day: "numeric", month: "long", year: "numeric",
        hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
