// Times rrule.js and ical.js at what `crates/interop/examples/calendars.rs` does; prints JSON. `bench.mjs FILE.ics`

import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import rrule from "rrule";

const text = readFileSync(process.argv[2], "utf8");

const [distantUs, starts] = median(5, () => {
    const rule = new rrule.RRule({
        ...rrule.RRule.parseString("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        dtstart: new Date("1997-01-06T09:00:00Z"),
        tzid: "Europe/London",
    });
    return rule.between(new Date("2026-06-01T00:00:00Z"), new Date("2026-07-01T00:00:00Z"), true);
});
const [parseUs, events] = median(5, () => {
    return new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").length;
});
console.log(JSON.stringify({ distant_us: distantUs, starts: starts.length, parse_us: parseUs, events }));

function median(times, work) {
    const took = [];
    let last;
    for (let time = 0; time < times; time += 1) {
        const begun = performance.now();
        last = work();
        took.push((performance.now() - begun) * 1000);
    }
    return [took.sort((a, b) => a - b)[Math.floor(times / 2)], last];
}
